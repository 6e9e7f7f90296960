"""Temporary folders that are deleted with their object, or after a crash by the next process that makes one.

Windows never cleans its folder of temporary files, and a game that is killed deletes nothing.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
import weakref

from vfsloader.runtime.file_locks import HAS_LOCKS, try_lock

_PREFIX = "vfsloader-"
_LOCK = ".in-use"


class TemporaryFolder:
    """A temporary folder.

    Parameters
    ----------
    kind
        What it is for; part of its name.

    Examples
    --------
    >>> folder = TemporaryFolder("example")
    >>> os.path.isdir(folder.name)
    True
    >>> folder.cleanup()
    >>> os.path.exists(folder.name)
    False
    """

    def __init__(self, kind: str) -> None:
        _delete_left_over_once(tempfile.gettempdir())
        self.name, handle = locked_folder(tempfile.gettempdir(), f"{_PREFIX}{kind}-")
        self._finish = weakref.finalize(self, _delete, self.name, handle, os.getpid())

    def cleanup(self) -> None:
        """Delete the folder with everything in it; a second time does nothing."""
        self._finish()


def locked_folder(place: str, prefix: str) -> tuple[str, int]:
    """Make a folder that :func:`delete_left_over` deletes once this process has ended.

    Parameters
    ----------
    place
        The folder to make it in.
    prefix
        What its name begins with.

    Returns
    -------
    tuple
        Its path, and the descriptor that locks it while it is open.
    """
    while True:
        folder = tempfile.mkdtemp(prefix=prefix, dir=place)
        lock = os.path.join(folder, _LOCK)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        if try_lock(handle) and os.path.exists(lock):
            return folder, handle
        os.close(handle)  # another process took it for a leftover just then


def _delete(folder: str, handle: int, pid: int) -> None:
    with contextlib.suppress(OSError):
        os.close(handle)
    if pid == os.getpid():  # a child that was forked deletes nothing of its parent's
        shutil.rmtree(folder, ignore_errors=True)


#: Once in a process, and before it has any of its own.
_delete_left_over_once = functools.cache(lambda place: delete_left_over(place))


def delete_left_over(place: str, prefix: str = _PREFIX) -> list[str]:
    """Delete the folders that killed processes left; return their names.

    Parameters
    ----------
    place
        The folder that they are in.
    prefix
        What their names begin with. Those without our lock are somebody else's.
    """
    deleted: list[str] = []
    if not HAS_LOCKS:  # nothing says whether a folder is in use
        return deleted
    try:
        with os.scandir(place) as entries:
            found = [entry for entry in entries if entry.name.startswith(prefix)]
    except OSError:
        return deleted
    for entry in found:
        with contextlib.suppress(OSError):  # somebody else's, or another process was quicker
            if entry.is_symlink() or not _is_left_over(os.path.join(entry.path, _LOCK)):
                continue
            shutil.rmtree(entry.path)
            deleted.append(entry.name)
    return deleted


def _is_left_over(lock: str) -> bool:
    """Return whether a folder has our lock, and no process holds it."""
    handle = os.open(lock, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        return try_lock(handle)
    finally:
        os.close(handle)
