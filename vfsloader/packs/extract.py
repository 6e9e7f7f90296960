"""Unpacking onto the disk: nothing outside the target, no file by half, and what is there already stays.

A pack is a stranger's file, and the target may hold links that someone put there: every step down goes through a
folder that is no link. Each file is written beside its place and renamed; run again, what is whole is left alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError, NotAFolderError, PathExistsError, UnsafeArchiveError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.layers.union import Mount, Union
from vfsloader.opening import Source, open_layer
from vfsloader.paths import name_fault
from vfsloader.runtime.atomic import clean_up, draft, sync_folder
from vfsloader.runtime.budget import is_bomb

IS_WINDOWS = os.name == "nt"
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What was unpacked."""

    folder: str
    written: int
    """Files that were written."""
    kept: int
    """Files that were there already, with the same bytes."""
    size: int
    """Bytes written."""


def extract(
    pack: Source,
    folder: paths.RealPath,
    *,
    below: paths.PathLike = "/",
    overwrite: bool = False,
    progress: Callable[[int, int, str], object] | None = None,
) -> ExtractReport:
    """Unpack a pack, or any other layer, into a folder.

    A run that was stopped is resumed by running it again: files that are whole are not written again.

    Parameters
    ----------
    pack
        What to unpack.
    folder
        Where to; made if it is missing.
    below
        Only what lies in this folder of the pack, or only this file.
    overwrite
        Replace files that are there with other bytes.
    progress
        Called with the bytes done, the bytes in all, and a path.

    Returns
    -------
    ExtractReport
        How many files were written, and how many were there.

    Raises
    ------
    PathNotFoundError
        There is no such pack, or nothing at `below`.
    PathExistsError, NotAFolderError
        A file with other bytes, or a link, is in the way. What was unpacked until then stays.
    UnsafeArchiveError
        The pack would unpack to far more than it has, or has names that this disk takes for others; nothing is
        written then.
    DamagedError
        A file's bytes are not those of its digest; that file is not written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from vfsloader import Store
    >>> store = Store(":memory:")
    >>> store.write("/sprites/p.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = extract(store, folder)
    ...     pathlib.Path(folder, "sprites", "p.png").read_bytes()
    b'pixels'
    """
    target = Path(folder).absolute()
    layer = open_layer(pack, name="pack")
    try:
        tree = Union([Mount(layer.name, layer)])
        folders, files = _plan(tree, paths.normalise(below))
        target.mkdir(parents=True, exist_ok=True)
        _refuse_unsafe(layer, target, [*folders, *(entry.path for entry in files)], sum(e.size for e in files))
        total, done, written, kept = sum(entry.size for entry in files), 0, 0, 0
        cleaned: set[Path] = set()
        for path in folders:
            _make_folders(target, path)
        size = 0
        for entry in files:
            place = _make_folders(target, paths.parent(entry.path)) / entry.name
            if place.parent not in cleaned:
                cleaned.add(place.parent)
                clean_up(place.parent)
            if _is_there(layer, entry, place, overwrite=overwrite):
                kept += 1
            else:
                _write(layer, entry, place, overwrite=overwrite)
                written, size = written + 1, size + entry.size
            done += entry.size
            if progress is not None:
                progress(done, total, entry.path)
        for each in cleaned:
            sync_folder(each)
    finally:
        if layer is not pack:
            layer.close()
    return ExtractReport(str(target), written, kept, size)


def _plan(tree: Union, below: str) -> tuple[list[str], list[Entry]]:
    found = tree.find(below)
    if found is None:
        raise tree.not_found(below)
    if not found.entry.is_folder:
        return [], [found.entry]
    folders, files = [], []
    for folder, _, names in tree.walk(below):
        folders.append(folder)
        children = tree.children(folder)
        files += [children[name].entry for name in names]
    return folders, files


def _refuse_unsafe(layer: Layer, target: Path, every: list[str], size: int) -> None:
    """Refuse, before anything is written, what would fill the disk or become another file on it."""
    source = getattr(layer, "path", None)
    packed = os.path.getsize(source) if isinstance(source, (str, Path)) and os.path.isfile(source) else None
    if packed is not None and is_bomb(size, packed):
        sentence = f"{source} would unpack to {size // max(packed, 1)} times its size; nothing was written"
        raise UnsafeArchiveError.at(str(source), sentence)
    faults = [fault for path in every if IS_WINDOWS and (fault := name_fault(path)) is not None]
    if _folds_case(target):
        spellings: dict[str, str] = {}
        for path in every:
            other = spellings.setdefault(path.casefold(), path)
            if other != path:
                faults.append(f"{other} and {path} are one file on this disk")
    if faults:
        raise UnsafeArchiveError.at(str(target), f"{faults[0]}; nothing was written to {target}")


def _folds_case(folder: Path) -> bool:
    """Tell whether the disk finds a name in another case."""
    with tempfile.NamedTemporaryFile(prefix=".CaseTest", dir=folder) as probe:
        return os.path.exists(folder / os.path.basename(probe.name).swapcase())


def _make_folders(target: Path, path: str) -> Path:
    """Make a folder and those above it, through nothing but folders."""
    place = target
    for name in path.split("/"):
        if not name:
            continue
        place /= name
        with contextlib.suppress(FileExistsError):
            place.mkdir()
        status = place.lstat()
        if not stat.S_ISDIR(status.st_mode):
            raise NotAFolderError.at(str(place), f"{place} is a file or a link and no folder; nothing is put into it")
    return place


def _is_there(layer: Layer, entry: Entry, place: Path, *, overwrite: bool) -> bool:
    """Tell whether a file is on the disk as it is in the pack; refuse what may not be replaced."""
    try:
        status = place.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise PathExistsError.at(str(place), f"{place} is in the way, and no file: it is not replaced")
    if status.st_size == entry.size:
        with place.open("rb") as file:
            if _digest(file) == digest_of(layer, entry):
                return True
    if not overwrite:
        raise PathExistsError.at(
            str(place),
            f"{place} is there with other bytes; it is replaced only where you ask for it (overwrite, or -f)",
        )
    return False


def _write(layer: Layer, entry: Entry, place: Path, *, overwrite: bool) -> None:
    hasher = hashlib.sha256()
    with (
        draft(place, overwrite=overwrite, tidy=False) as made,
        layer.open(entry) as content,
        open(made, "wb") as file,
    ):
        while block := content.read(_READ_BYTES):
            hasher.update(block)
            file.write(block)
        if entry.digest is not None and hasher.digest() != entry.digest:
            raise DamagedError.at(entry.path, f"{entry.path} has other bytes than its digest says; it is not written")


def _digest(file: BinaryIO) -> bytes:
    return hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
