"""All files of a mod as they are packed, whatever it is packed in, and making a zip with the same files again."""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.distribution.host_set import MOST_FILES, ListedFile, Piece
from vfsloader.errors import BudgetError, DamagedError, VFSError
from vfsloader.layers.protocol import BaseLayer, Entry, Layer, digest_of
from vfsloader.mods.metadata.mod import Mod
from vfsloader.packs.patch.chunking import pieces as divided

#: Larger files are sent in pieces, so that one that differs in a few places is not sent whole.
LARGE = 1 << 20
_CHUNK = 1 << 20


class ModFiles:
    """The files of a mod, with its manifest and everything else that is beside it.

    Parameters
    ----------
    mod
        The mod.
    """

    def __init__(self, mod: Mod) -> None:
        self._layer: Layer = mod.layer.layer
        self._top = mod.inner

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Yield the path of each file in the mod, and its entry, sorted.

        Raises
        ------
        BudgetError
            There are too many.
        """
        folders, count = [self._top], 0
        while folders:
            for entry in sorted(self._layer.list(folders.pop()), key=lambda entry: entry.path):
                if entry.is_folder:
                    folders.append(entry.path)
                    continue
                count += 1
                if count > MOST_FILES:
                    raise BudgetError.at(entry.path, f"a mod of more than {MOST_FILES:,} files cannot be sent")
                yield paths.rebase(entry.path, self._top, paths.ROOT), entry

    def digest(self, entry: Entry) -> str:
        """Return the SHA-256 of a file."""
        return digest_of(self._layer, entry).hex()

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file."""
        return self._layer.open(entry)

    @property
    def is_unpacked_whole(self) -> bool:
        """Whether opening a file unpacks all of it into memory."""
        return isinstance(self._layer, BaseLayer) and not self._layer.is_streamed

    def listed(self) -> tuple[list[ListedFile], list[Stretch]]:
        """Return the files with their digests, and where each of their pieces is."""
        files, stretches = [], []
        for path, entry in sorted(self.entries()):
            parts = tuple(self.parts(entry)) if entry.size >= LARGE else ()
            file = ListedFile(path, entry.size, self.digest(entry), parts)
            files.append(file)
            offset = 0
            for piece in file.pieces:
                stretches.append(Stretch(self, entry, offset, piece.size))
                offset += piece.size
        return files, stretches

    def parts(self, entry: Entry) -> Iterator[Piece]:
        """Divide a file where its content says so."""
        with self.open(entry) as stream:
            for data in divided(iter(lambda: stream.read(_CHUNK), b"")):
                yield Piece(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of a file of a mod."""

    files: ModFiles
    entry: Entry
    offset: int
    size: int

    def read(self, open_file: Callable[[ModFiles, Entry], BinaryIO] | None = None, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes.

        Parameters
        ----------
        open_file
            Opens the file, if not the mod itself does.
        start
            How many bytes to leave out.

        Raises
        ------
        DamagedError
            The file is shorter than before.
        """
        left = self.size - start
        with self.files.open(self.entry) if open_file is None else open_file(self.files, self.entry) as stream:
            stream.seek(self.offset + start)
            while left:
                data = stream.read(min(_CHUNK, left))
                if not data:
                    raise DamagedError.at(self.entry.path, f"{self.entry.path} is shorter than before")
                left -= len(data)
                yield data


class OwnContents:
    """The contents in a player's own mods, found by their digests: of whole files, and of parts of large ones.

    A file is read only if it can be one that is asked for: it has the same size and is in the same mod or has the same
    name, or it is a large file of that name in the same mod. No file is read twice.

    Parameters
    ----------
    mods
        The mods.
    """

    def __init__(self, mods: Sequence[Mod]) -> None:
        self._mods = mods
        self._entries: dict[str, list[tuple[str, ModFiles, Entry]]] | None = None
        self._seen: set[tuple[int, str, bool]] = set()
        self._found: dict[str, Stretch] = {}

    def find(self, mod: str, wanted: Sequence[ListedFile]) -> dict[str, Stretch]:
        """Return by digest where files and pieces are.

        Parameters
        ----------
        mod
            The id of the mod whose files are asked for.
        wanted
            The files.
        """
        entries = self._listed()
        for file in wanted:
            candidates = entries.get(paths.split(file.path)[1], [])
            ordered = sorted(candidates, key=lambda one: (one[0] != mod, one[2].path != file.path))
            for _, files, entry in ordered:
                if file.sha256 in self._found:
                    break
                if entry.size == file.size:
                    self._look_at(files, entry)
            if file.parts and file.sha256 not in self._found:
                for owner, files, entry in ordered:
                    if owner == mod and entry.size >= LARGE // 2:
                        self._look_into(files, entry)
        sizes = {file.size for file in wanted if file.sha256 not in self._found}
        for candidates in entries.values() if sizes else ():  # files of the mod that have other names now
            for owner, files, entry in candidates:
                if owner == mod and entry.size in sizes:
                    self._look_at(files, entry)
        digests = {file.sha256 for file in wanted} | {piece.sha256 for file in wanted for piece in file.parts}
        return {digest: self._found[digest] for digest in digests if digest in self._found}

    def _look_at(self, files: ModFiles, entry: Entry) -> None:
        if self._is_new(files, entry, is_divided=False):
            with contextlib.suppress(VFSError, OSError):  # a damaged file has nothing to give
                self._found.setdefault(files.digest(entry), Stretch(files, entry, 0, entry.size))

    def _look_into(self, files: ModFiles, entry: Entry) -> None:
        offset = 0
        if self._is_new(files, entry, is_divided=True):
            with contextlib.suppress(VFSError, OSError):
                for piece in files.parts(entry):
                    self._found.setdefault(piece.sha256, Stretch(files, entry, offset, piece.size))
                    offset += piece.size

    def _is_new(self, files: ModFiles, entry: Entry, *, is_divided: bool) -> bool:
        key = id(files), entry.path, is_divided
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _listed(self) -> dict[str, list[tuple[str, ModFiles, Entry]]]:
        if self._entries is None:
            self._entries = {}
            for mod in self._mods:
                with contextlib.suppress(VFSError, OSError):
                    files = ModFiles(mod)
                    for path, entry in files.entries():
                        self._entries.setdefault(paths.split(path)[1], []).append((mod.id, files, entry))
        return self._entries


def assemble(
    target: Path,
    files: Sequence[ListedFile],
    read: Callable[[ListedFile], Iterable[bytes]],
    on_bytes: Callable[[int], object],
) -> None:
    """Write a zip of files, each of which is checked while it is copied.

    Parameters
    ----------
    target
        The zip.
    files
        What it contains.
    read
        Yields the content of a file.
    on_bytes
        Called with the bytes that are copied.

    Raises
    ------
    DamagedError
        A content is not what the list says.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            name = zipfile.ZipInfo(file.path[1:])
            name.external_attr = 0o644 << 16
            digest, count = hashlib.sha256(), 0
            with archive.open(name, "w", force_zip64=file.size >= 1 << 31) as out:
                for data in read(file):
                    digest.update(data)
                    count += len(data)
                    if count > file.size:
                        break
                    out.write(data)
                    on_bytes(len(data))
            if count != file.size or digest.hexdigest() != file.sha256:
                raise DamagedError.at(file.path, f"{file.path} is not what the host said; nothing was changed")
