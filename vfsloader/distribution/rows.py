"""What an index says about mods: one row for each mod, with its versions.

An index is untrusted even if it is signed: every value is checked before it is used, and a name of a file is a digest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from packaging.version import Version

from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import DamagedError
from vfsloader.mods.metadata.manifest import ID, Manifest, parse_manifest
from vfsloader.mods.solve.versions import read_version
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits

MOST_MODS, MOST_VERSIONS, MOST_PATCHES = 20_000, 1_000, 20
#: Bytes of the slim index: as it is sent, and unpacked.
MOST_INDEX_BYTES, MOST_RAW_BYTES = 16 << 20, 64 << 20
#: Bytes of one mod's file.
MOST_MOD_BYTES = 4 << 30
DIGEST = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[0-9a-f]{64}\.(zip|pack)")
_BLOB = re.compile(r"[0-9a-f]{64}\.[a-z]{2,5}")
_RULES = ("requires", "recommends", "incompatible", "provides")
_LIMITS = Limits(nodes=4_000_000, depth=20)


@dataclass(frozen=True)
class Release:
    """One version of a mod in an index."""

    id: str
    name: str
    number: str
    """The version as text."""
    file: str
    """The name of its file: its SHA-256 and ``.zip`` or ``.pack``."""
    size: int
    rules: Mapping[str, Any] = field(default_factory=dict)
    """Keys of its manifest that decide what it loads with."""
    withdrawn: str = ""
    """Why nobody should install it any more; empty if it may be installed."""
    author: str = ""
    """The public key of the author who signed it, in hexadecimal; empty if nobody did."""
    patches: Mapping[str, int] = field(default_factory=dict)
    """By older version, the size of the patch that makes this file of the older one."""
    address: str = ""
    """Where its file is, if that is not named by a digest: in an index of another kind."""

    @property
    def sha256(self) -> str:
        """The digest of its file; empty if only its address is known."""
        return "" if self.address else self.file[:64]

    @property
    def suffix(self) -> str:
        """``.zip`` or ``.pack``."""
        return os.path.splitext(self.file)[1] or ".zip"

    @cached_property
    def version(self) -> Version:
        """The version."""
        return read_version(self.number)

    @cached_property
    def manifest(self) -> Manifest:
        """The part of the manifest that the index contains.

        Raises
        ------
        ManifestError
            The index says something that no manifest can say.
        """
        return parse_manifest({"id": self.id, "name": self.name, "version": self.number, **self.rules}, self.id)

    def to_json(self) -> dict[str, Any]:
        """Return the row of the index."""
        row = {"version": self.number, "file": self.file, "size": self.size, **self.rules}
        more = {"author": self.author, "patches": dict(self.patches), "withdrawn": self.withdrawn}
        return row | {key: value for key, value in more.items() if value}


@dataclass(frozen=True)
class IndexedMod:
    """A mod in an index."""

    id: str
    name: str
    summary: str = ""
    tags: tuple[str, ...] = ()
    icon: str = ""
    """The name of its picture in ``by-hash/``; empty if it has none."""
    details: str = ""
    """The name of the file with its description, changelog and licence."""
    releases: tuple[Release, ...] = ()
    """Its versions, the newest first."""

    @property
    def newest(self) -> Release | None:
        """The newest version that may be installed."""
        return next((release for release in self.releases if not release.withdrawn), None)

    @cached_property
    def searched(self) -> str:
        """What a search looks through."""
        return "\n".join((self.id, self.name, self.summary, *self.tags)).casefold()

    def to_json(self) -> dict[str, Any]:
        """Return the row of the index."""
        row: dict[str, Any] = {"id": self.id, "name": self.name}
        for key, value in (("summary", self.summary), ("tags", list(self.tags)), ("icon", self.icon)):
            row |= {key: value} if value else {}
        return {**row, "details": self.details, "versions": [release.to_json() for release in self.releases]}


def read_rows(data: bytes, where: str) -> dict[str, IndexedMod]:
    """Read a slim index.

    Parameters
    ----------
    data
        The unpacked file.
    where
        What messages call it.

    Raises
    ------
    DamagedError
        It is not an index, or says something impossible.
    """
    try:
        rows = parse_json(data, Budget(where, _LIMITS))["mods"]
        _require(isinstance(rows, list) and len(rows) <= MOST_MODS, f"lists more than {MOST_MODS:,} mods")
        mods = [_mod(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError.at(where, f"{where} is not an index of mods: {plain(str(error))}") from None
    return {mod.id: mod for mod in mods}


def _mod(row: Mapping[str, Any]) -> IndexedMod:
    mod, name = _text(row["id"], 64), plain(_text(row["name"], 1000))
    _require(ID.fullmatch(mod) is not None, f"{mod!r} is not an id")
    versions = row["versions"]
    _require(isinstance(versions, list) and len(versions) <= MOST_VERSIONS, f"{mod} has too many versions")
    releases = sorted((_release(mod, name, version) for version in versions), key=_by_version, reverse=True)
    icon, details = row.get("icon", ""), row.get("details", "")
    _require(all(not blob or _BLOB.fullmatch(_text(blob, 80)) for blob in (icon, details)), f"{mod}: wrong digest")
    tags = tuple(plain(_text(tag, 100)) for tag in row.get("tags", [])[:50])
    return IndexedMod(mod, name, plain(_text(row.get("summary", ""), 2000)), tags, icon, details, tuple(releases))


def _release(mod: str, name: str, row: Mapping[str, Any]) -> Release:
    file, size = _text(row["file"], 80), row["size"]
    _require(_FILE.fullmatch(file) is not None, f"{mod}: {file!r} is not the name of a mod's file")
    _require(type(size) is int and 0 < size <= MOST_MOD_BYTES, f"{mod}: impossible size")
    rules = {key: row[key] for key in ("game_version", *_RULES) if key in row}
    withdrawn = plain(_text(row.get("withdrawn", ""), 1000))
    author, patches = _text(row.get("author", ""), 64), row.get("patches", {})
    _require(not author or DIGEST.fullmatch(author) is not None, f"{mod}: {author!r} is not a key")
    _require(isinstance(patches, dict) and len(patches) <= MOST_PATCHES, f"{mod} has too many patches")
    _require(all(type(bytes) is int and 0 < bytes <= size for bytes in patches.values()), f"{mod}: impossible patch")
    return Release(mod, name, _text(row["version"], 200), file, size, rules, withdrawn, author, patches)


def _by_version(release: Release) -> Version:
    return release.version


def _text(value: object, most: int) -> str:
    _require(isinstance(value, str) and len(value) <= most, "a text is missing or too long")
    return str(value)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)


def rules_of(manifest: Manifest) -> dict[str, Any]:
    """Return the keys of a manifest that an index contains.

    Examples
    --------
    >>> rules_of(parse_manifest({"id": "hud", "name": "HUD", "version": "1", "requires": {"lib": ">=2"}}, "hud"))
    {'requires': {'lib': '>=2'}}
    """
    rules: dict[str, Any] = {}
    if str(manifest.game_version):
        rules["game_version"] = str(manifest.game_version)
    for key in _RULES:
        if table := getattr(manifest, key):
            rules[key] = {other: str(which) or "*" for other, which in sorted(table.items())}
    return rules


def releases_of(mods: Mapping[str, IndexedMod]) -> Iterator[Release]:
    """Yield all versions of all mods."""
    for mod in mods.values():
        yield from mod.releases
