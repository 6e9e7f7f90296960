"""Files that appear whole or not at all.

A draft is written beside its target under a hidden name, and renamed over it when it is finished and the disk has
it. While it is written it is locked; one that is not was left by a process that was killed, and goes when the next
one comes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vfsloader.errors import PathError, PathExistsError, PathNotFoundError, VFSError

try:
    import fcntl
except ImportError:  # Windows, where a file that someone has open cannot be deleted: no lock is needed
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"
_DRAFT = re.compile(r"\..+\.[a-z0-9_]{8}\.part")


@contextlib.contextmanager
def draft(target: str | os.PathLike[str], *, overwrite: bool, tidy: bool = True) -> Iterator[str]:
    """Give a new, empty file to fill; it becomes `target` when the ``with`` ends well.

    Parameters
    ----------
    target
        The file to make.
    overwrite
        Replace one that is there.
    tidy
        Clean the folder up before, and wait until the disk has the file's name afterwards; else the caller does so,
        once for many files.

    Raises
    ------
    PathExistsError
        `target` is there, and `overwrite` is not given.
    PathNotFoundError
        There is no folder for it.
    """
    place = Path(target).absolute()
    if not overwrite:
        _refuse_taken(place)
    if not place.parent.is_dir():
        raise PathNotFoundError.at(str(place.parent), f"there is no folder {place.parent} for {place.name}")
    if tidy:
        clean_up(place.parent)
    with _locked_file(place) as made:
        try:
            yield made
            if not overwrite:
                _refuse_taken(place)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(made, 0o666 & ~umask)  # mkstemp makes it private; a pack is for everyone
            sync_file(made)
            os.replace(made, place)
        except BaseException as error:
            for leftover in (made, f"{made}-journal", f"{made}-wal", f"{made}-shm"):
                Path(leftover).unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC and not isinstance(error, VFSError):
                sentence = f"the disk of {place} is full; nothing was changed"
                raise PathError(errno.ENOSPC, sentence, str(place)) from error
            raise
    if tidy:
        sync_folder(place.parent)


def clean_up(folder: str | os.PathLike[str]) -> list[str]:
    """Delete the drafts that processes left in a folder when they were killed; give their names.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, ".base.pack.a1b2c3d4.part").write_bytes(b"half a pack")
    >>> clean_up(folder.name)
    ['.base.pack.a1b2c3d4.part']
    >>> folder.cleanup()
    """
    gone = []
    for name in sorted(os.listdir(folder)):
        if _DRAFT.fullmatch(name):
            with contextlib.suppress(OSError):  # in use, or another process was quicker
                _delete_unlocked(os.path.join(folder, name))
                gone.append(name)
    return gone


def sync_file(path: str) -> None:
    """Wait until the disk has a file's bytes."""
    file = os.open(path, os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Wait until the disk has a folder's names."""
    if os.name == "nt":  # where a folder cannot be opened, and the file system journals its names
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_taken(place: Path) -> None:
    if place.exists():
        raise PathExistsError.at(
            str(place), f"{place} exists already; it is replaced only where you ask for it (overwrite, or -f)"
        )


@contextlib.contextmanager
def _locked_file(place: Path) -> Iterator[str]:
    """Make a file beside `place`, locked until the ``with`` ends."""
    while True:
        handle, made = tempfile.mkstemp(prefix=f".{place.name}.", suffix=SUFFIX, dir=place.parent)
        if fcntl is None:
            os.close(handle)
            yield made
            return
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(made):  # else someone took it for a leftover before it was locked
            break
        os.close(handle)
    try:
        yield made
    finally:
        os.close(handle)


def _delete_unlocked(path: str) -> None:
    if fcntl is None:
        os.unlink(path)
        return
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(handle)
