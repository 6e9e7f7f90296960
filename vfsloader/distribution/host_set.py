"""What a host says about its set of mods, and reading that as the untrusted text that it is.

There are three texts. The head is small and names the set by its digest: a client with the same set needs nothing else.
The set has the fingerprint, and says for each mod whether the host may pass it on. The list of a mod has its files with
their digests, and is asked for only where the client's copy differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.rows import DIGEST, MOST_MOD_BYTES
from vfsloader.errors import DamagedError, VFSError
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget, Limits
from vfsloader.runtime.zstd import zstd

HEAD, FORMAT, VERSION = "join.json", "vfsloader host", 1
#: Bytes of the texts: the head, and the others as they are sent and unpacked.
MOST_HEAD_BYTES, MOST_SENT_BYTES, MOST_RAW_BYTES = 4 << 10, 16 << 20, 64 << 20
#: Files of one mod, and characters of a path.
MOST_FILES, _LONGEST_PATH, _LONGEST_VERSION = 200_000, 1000, 100
#: Files of all mods that differ.
MOST_LISTED = 500_000
_LIMITS = Limits(nodes=2_000_000, depth=40)
_LEVEL = 9
_SUFFIXES = (".zip", ".pack")


@dataclass(frozen=True, slots=True)
class HostHead:
    """The first thing that a host says."""

    name: str
    """What the host calls itself."""
    digest: str
    """The digest of its fingerprint."""
    set: str
    """The SHA-256 of the packed set."""
    size: int

    def to_json(self) -> bytes:
        """Return the bytes that are sent."""
        table = {"format": FORMAT, "version": VERSION, "name": self.name, "digest": self.digest}
        return json.dumps({**table, "set": self.set, "size": self.size}).encode()


@dataclass(frozen=True, slots=True)
class HostedMod:
    """How a mod of the host can be had."""

    is_sent: bool = False
    """Whether the host passes it on."""
    file: str = ""
    """The name of its file in its source: its SHA-256 and ``.zip`` or ``.pack``; empty if it came from none."""
    size: int = 0
    """Bytes of that file."""
    source: str = ""
    """The address of that source."""


@dataclass(frozen=True, slots=True)
class HostedSet:
    """The set of a host."""

    fingerprint: Fingerprint
    mods: Mapping[str, HostedMod] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the bytes that are sent."""
        rows = {
            mod: {"sent": one.is_sent}
            | ({"file": one.file, "size": one.size, "source": one.source} if one.file else {})
            for mod, one in self.mods.items()
        }
        return _packed({"fingerprint": self.fingerprint.to_json(), "mods": rows})


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file that is sent as a whole."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a mod."""

    path: str
    """Its path in the mod, from ``/``."""
    size: int
    sha256: str
    parts: tuple[Piece, ...] = ()
    """The pieces of a large file, divided where its content says so."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What is sent of it: its parts, or itself."""
        return self.parts or (Piece(self.size, self.sha256),)


def read_host_head(data: bytes, where: str) -> HostHead:
    """Read what :meth:`HostHead.to_json` returned.

    Raises
    ------
    DamagedError
        It is not that.
    """
    try:
        table = parse_json(data, Budget(where, _LIMITS))
        if table["format"] != FORMAT or type(table["version"]) is not int or type(table["size"]) is not int:
            raise ValueError("it has another format")
        if table["version"] > VERSION:
            raise ValueError("it runs a newer version of vfsloader")
        digest, set_digest, size = str(table["digest"]), str(table["set"]), table["size"]
        if not (DIGEST.fullmatch(digest) and DIGEST.fullmatch(set_digest) and 0 < size <= MOST_SENT_BYTES):
            raise ValueError("a digest or a size is wrong")
        return HostHead(plain(str(table["name"]), 60), digest, set_digest, size)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError.at(where, f"{where} is not a host of mods: {plain(str(error))}") from None


def read_set(data: bytes, head: HostHead, where: str) -> HostedSet:
    """Read the set that a head names.

    Raises
    ------
    DamagedError
        It is another one, or is not a set.
    """
    if len(data) != head.size or hashlib.sha256(data).hexdigest() != head.set:
        raise DamagedError.at(where, f"the set of {where} is not the one that it announced; nothing was changed")
    try:
        table = _unpacked(data, where)
        fingerprint = Fingerprint.from_json(str(table["fingerprint"]))
        if fingerprint.digest != head.digest or fingerprint.only is not None:
            raise ValueError("its fingerprint is another one")
        if len(fingerprint.mods) > 5_000 or len({mod.id for mod in fingerprint.mods}) < len(fingerprint.mods):
            raise ValueError("a mod is in it twice, or there are too many")
        rows = table["mods"]
        mods = {mod.id: _hosted(rows.get(mod.id, {})) for mod in fingerprint.mods}
        for mod in fingerprint.mods:
            if not (ID.fullmatch(mod.id) and DIGEST.fullmatch(mod.sha256) and len(mod.version) <= _LONGEST_VERSION):
                raise ValueError("an id, a version or a digest is wrong")
        return HostedSet(fingerprint, mods)
    except (ValueError, TypeError, KeyError, AttributeError, VFSError) as error:
        raise _not_one("a set of mods", where, error) from None


def _hosted(row: Any) -> HostedMod:
    file, size, source = str(row.get("file", "")), row.get("size", 0), str(row.get("source", ""))
    is_file = DIGEST.fullmatch(file[:64]) is not None and file[64:] in _SUFFIXES
    if (file and not is_file) or type(size) is not int or not 0 <= size <= MOST_MOD_BYTES or len(source) > 2000:
        raise ValueError("an entry is wrong")
    return HostedMod(row.get("sent") is True, file, size, source)


def write_list(files: Sequence[ListedFile]) -> bytes:
    """Return the list of a mod's files as it is sent."""
    rows: list[list[Any]] = []
    for file in files:
        parts = [[[piece.size, piece.sha256] for piece in file.parts]] if file.parts else []
        rows.append([file.path, file.size, file.sha256, *parts])
    return _packed({"files": rows})


def read_list(data: bytes, where: str) -> list[ListedFile]:
    """Read what :func:`write_list` returned.

    Raises
    ------
    DamagedError
        It is not a list, or a name in it is not one of a file in a mod.
    """
    try:
        rows = _unpacked(data, where)["files"]
        if not isinstance(rows, list) or len(rows) > MOST_FILES:
            raise ValueError(f"it lists more than {MOST_FILES:,} files")
        files = [_listed(*row) for row in rows]
        names = {file.path for file in files}
        above = {folder for name in names for folder in _folders_above(name)}
        if len(names) < len(files) or names & above:
            raise ValueError("a name is in it twice")
        if sum(file.size for file in files) > MOST_MOD_BYTES:
            raise ValueError("the mod is too large")
        return files
    except (ValueError, TypeError, KeyError, AttributeError, VFSError) as error:
        raise _not_one("a list of files", where, error) from None


def _listed(path: Any, size: Any, sha256: Any, parts: Any = ()) -> ListedFile:
    if not isinstance(path, str) or not 1 < len(path) <= _LONGEST_PATH or paths.normalise(path) != path:
        raise ValueError(f"{quoted(path)} is not the name of a file in a mod")
    if any(ord(char) < 32 for char in path) or "\\" in path or path.count("/") > _LIMITS.depth:
        raise ValueError(f"{quoted(path)} is not the name of a file in a mod")
    pieces = tuple(_piece(*part) for part in parts)
    if pieces and sum(piece.size for piece in pieces) != size:
        raise ValueError("the parts of a file are not the file")
    whole = _piece(size, sha256)
    return ListedFile(path, whole.size, whole.sha256, pieces)


def _piece(size: Any, sha256: Any) -> Piece:
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not DIGEST.fullmatch(sha256):
        raise ValueError("a size or a digest is wrong")
    return Piece(size, sha256)


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[1:-1]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def _packed(table: Mapping[str, Any]) -> bytes:
    raw = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return bytes(zstd().compress(raw, _LEVEL))


def _unpacked(data: bytes, where: str) -> Any:
    module = zstd()
    try:
        raw = module.ZstdDecompressor().decompress(data, MOST_RAW_BYTES + 1)
    except module.ZstdError as error:
        raise ValueError(str(error)) from None
    if len(raw) > MOST_RAW_BYTES:
        raise ValueError("it is too large")
    return parse_json(raw, Budget(where, _LIMITS))


def _not_one(what: str, where: str, error: Exception) -> DamagedError:
    return DamagedError.at(where, f"what {where} sent is not {what}: {plain(str(error))}; nothing was changed")
