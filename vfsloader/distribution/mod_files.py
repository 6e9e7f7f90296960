"""All files of a mod as they are packed, whatever it is packed in, and making a zip with the same files again."""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.distribution.host_set import MOST_FILES, ListedFile
from vfsloader.errors import BudgetError, DamagedError, VFSError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.mods.metadata.mod import Mod

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

    def listed(self) -> tuple[list[ListedFile], list[Entry]]:
        """Return the files with their digests, and their entries."""
        entries = sorted(self.entries())
        files = [ListedFile(path, entry.size, self.digest(entry)) for path, entry in entries]
        return files, [entry for _, entry in entries]


class OwnContents:
    """The contents of the files in a player's own mods, found by their digests.

    A file is read only if it can be one that is asked for: it has the same size, and is in the same mod or has the same
    name. No file is read twice.

    Parameters
    ----------
    mods
        The mods.
    """

    def __init__(self, mods: Sequence[Mod]) -> None:
        self._mods = mods
        self._entries: dict[tuple[int, str], list[tuple[str, ModFiles, Entry]]] | None = None
        self._digests: dict[tuple[int, str], str] = {}
        self._found: dict[str, tuple[ModFiles, Entry]] = {}

    def find(self, mod: str, wanted: Sequence[ListedFile]) -> dict[str, tuple[ModFiles, Entry]]:
        """Return by digest where contents are.

        Parameters
        ----------
        mod
            The id of the mod whose files are asked for.
        wanted
            The files.
        """
        entries = self._listed()
        found: dict[str, tuple[ModFiles, Entry]] = {}
        for file in wanted:
            candidates = entries.get((file.size, paths.split(file.path)[1]), [])
            for _, files, entry in sorted(candidates, key=lambda one: (one[0] != mod, one[2].path != file.path)):
                if file.sha256 in self._found:
                    break
                self._look_at(files, entry)
            if file.sha256 in self._found:
                found[file.sha256] = self._found[file.sha256]
        if any(file.sha256 not in found for file in wanted):  # files of the mod that have other names now
            sizes = {file.size for file in wanted if file.sha256 not in found}
            for (size, _), candidates in entries.items():
                for owner, files, entry in candidates if size in sizes else ():
                    if owner == mod:
                        self._look_at(files, entry)
            found |= {file.sha256: self._found[file.sha256] for file in wanted if file.sha256 in self._found}
        return found

    def _look_at(self, files: ModFiles, entry: Entry) -> None:
        key = id(files), entry.path
        if key not in self._digests:
            self._digests[key] = ""
            with contextlib.suppress(VFSError, OSError):  # a damaged file has nothing to give
                self._digests[key] = files.digest(entry)
                self._found.setdefault(self._digests[key], (files, entry))

    def _listed(self) -> dict[tuple[int, str], list[tuple[str, ModFiles, Entry]]]:
        if self._entries is None:
            self._entries = {}
            for mod in self._mods:
                with contextlib.suppress(VFSError, OSError):
                    files = ModFiles(mod)
                    for path, entry in files.entries():
                        known = self._entries.setdefault((entry.size, paths.split(path)[1]), [])
                        known.append((mod.id, files, entry))
        return self._entries


def assemble(
    target: Path,
    files: Sequence[ListedFile],
    opener: Callable[[ListedFile], BinaryIO],
    on_bytes: Callable[[int], object],
) -> None:
    """Write a zip of files, each of which is checked while it is copied.

    Parameters
    ----------
    target
        The zip.
    files
        What it contains.
    opener
        Opens the content of a file.
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
            with opener(file) as source, archive.open(name, "w", force_zip64=file.size >= 1 << 31) as out:
                while data := source.read(_CHUNK):
                    digest.update(data)
                    count += len(data)
                    if count > file.size:
                        break
                    out.write(data)
                    on_bytes(len(data))
            if count != file.size or digest.hexdigest() != file.sha256:
                raise DamagedError.at(file.path, f"{file.path} is not what the host said; nothing was changed")
