"""Unpacking onto the disk: nothing outside the target, no half-written file, and existing files stay.

A pack is untrusted, and the target may contain symbolic links: every step down must go through a real folder, which is
held open, so that nobody can swap it for a link while files are written into it. Each file is written under another
name and then renamed, so running it again skips the files that are complete.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import DamagedError, PathError, PathExistsError, UnsafeArchiveError, VFSError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.layers.union import Union
from vfsloader.opening import Source
from vfsloader.packs.sources import opened, tree_of
from vfsloader.packs.target_folder import TargetFolder, TargetTree
from vfsloader.paths import name_fault
from vfsloader.runtime.budget import check_unpacked_size
from vfsloader.runtime.progress import Progress, ignore_progress

IS_WINDOWS = os.name == "nt"
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """The result of unpacking."""

    folder: str
    written: int
    """How many files were written."""
    kept: int
    """How many files already existed with the same bytes."""
    size: int
    """Bytes written."""


def extract(
    pack: Source,
    folder: paths.RealPath,
    *,
    below: paths.PathLike = "/",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> ExtractReport:
    """Unpack a pack, or any other layer, into a folder.

    To resume after an interruption, run it again: complete files are not written again.

    Parameters
    ----------
    pack
        The pack, or anything else that :func:`~vfsloader.open_layer` opens.
    folder
        The target folder; made if missing.
    below
        Unpack only this folder or file of the pack.
    overwrite
        Whether to replace existing files that have other bytes.
    progress
        Called with the bytes done, the total bytes and a path.

    Returns
    -------
    ExtractReport
        How many files were written, and how many already existed.

    Raises
    ------
    PathNotFoundError
        The pack or `below` does not exist.
    PathExistsError, NotAFolderError
        A file with other bytes, or a link, is in the way. Files unpacked before stay.
    UnsafeArchiveError
        The pack is a decompression bomb, or two of its names are the same file on this disk. Nothing is written.
    DamagedError
        The bytes of a file do not match its digest; that file is not written.

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
    report_progress = progress or ignore_progress
    with opened(pack, "pack") as layer:
        folders, files = _plan(tree_of(layer), paths.normalise(below))
        total = sum(entry.size for entry in files)
        target.mkdir(parents=True, exist_ok=True)
        _refuse_unsafe(layer, target, [*folders, *(entry.path for entry in files)], total)
        with contextlib.closing(TargetTree(target)) as tree:
            for path in folders:
                tree.folder(path)
            done = written = size = 0
            tidied: set[str] = set()
            for entry in files:
                into = paths.parent(entry.path)
                open_folder = tree.folder(into)
                if into not in tidied:
                    tidied.add(into)
                    open_folder.clean_up()
                if not _is_complete(layer, entry, open_folder, overwrite=overwrite):
                    try:
                        _write(layer, entry, open_folder, overwrite=overwrite)
                    except OSError as error:
                        if isinstance(error, VFSError):
                            raise
                        where = str(target / entry.path[1:])
                        raise PathError(
                            error.errno or errno.EIO, f"{where} was not written: {error.strerror}", where
                        ) from error
                    written, size = written + 1, size + entry.size
                done += entry.size
                report_progress(done, total, entry.path)
            for path in sorted(tidied):
                tree.folder(path).sync()
    return ExtractReport(str(target), written, len(files) - written, size)


def _plan(tree: Union, below: str) -> tuple[list[str], list[Entry]]:
    """Return the folders to make and the files to write."""
    match = tree.find(below)
    if match is None:
        raise tree.not_found(below)
    if not match.entry.is_folder:
        return [], [match.entry]
    folders, files = [], []
    for folder, _, names in tree.walk(below):
        folders.append(folder)
        children = tree.children(folder)
        files += [children[name].entry for name in names]
    return folders, files


def _refuse_unsafe(layer: Layer, target: Path, all_paths: Sequence[str], size: int) -> None:
    """Refuse, before anything is written, what would fill the disk or become another file on it."""
    source = getattr(layer, "path", None)
    if isinstance(source, (str, Path)) and os.path.isfile(source):
        check_unpacked_size(size, os.path.getsize(source), str(source))
    faults = [fault for path in all_paths if IS_WINDOWS and (fault := name_fault(path)) is not None]
    if folds_case(target):
        spellings: dict[str, str] = {}
        for path in all_paths:
            other = spellings.setdefault(path.casefold(), path)
            if other != path:
                faults.append(f"{other} and {path} are one file on this disk")
    if faults:
        raise UnsafeArchiveError.at(str(target), f"{faults[0]}; nothing was written to {target}")


def folds_case(folder: Path) -> bool:
    """Return whether the disk ignores the case of names."""
    with tempfile.NamedTemporaryFile(prefix=".CaseTest", dir=folder) as probe:
        return os.path.exists(folder / os.path.basename(probe.name).swapcase())


def _is_complete(layer: Layer, entry: Entry, folder: TargetFolder, *, overwrite: bool) -> bool:
    """Return whether a file is already on the disk as it is in the pack; refuse a file that must not be replaced."""
    status = folder.status(entry.name)
    if status is None:
        return False
    file = os.path.join(folder.path, entry.name)
    if not stat.S_ISREG(status.st_mode):
        raise PathExistsError.at(file, f"cannot replace {file}: it is not a regular file")
    if status.st_size == entry.size:
        with folder.open(entry.name) as content:
            if hashlib.file_digest(content, "sha256").digest() == digest_of(layer, entry):  # type: ignore[arg-type]
                return True
    if not overwrite:
        raise PathExistsError.at(file, f"{file} exists with other bytes; pass overwrite (-f) to replace it")
    return False


def _write(layer: Layer, entry: Entry, folder: TargetFolder, *, overwrite: bool) -> None:
    hasher = hashlib.sha256()
    with folder.staged(entry.name, overwrite=overwrite) as out, layer.open(entry) as content:
        while block := content.read(_READ_BYTES):
            hasher.update(block)
            out.write(block)
        if entry.digest is not None and hasher.digest() != entry.digest:
            raise DamagedError.at(entry.path, f"{entry.path} is damaged: its bytes do not match its digest")
