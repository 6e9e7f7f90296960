"""Locks of open files between processes, by whatever the system has for them."""

from __future__ import annotations

import os
import sys

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Whether this system has locks.
HAS_LOCKS = fcntl is not None or sys.platform == "win32"


def try_lock(handle: int, offset: int = 0) -> bool:
    """Lock a file until it is closed, unless another process has locked it.

    A system without locks has no second process that matters: there, every file counts as locked by this one.

    Parameters
    ----------
    handle
        Its descriptor, open for writing.
    offset
        The byte that Windows locks; others may read all bytes but this one.
    """
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif sys.platform == "win32":
            import msvcrt

            os.lseek(handle, offset, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def unlock(handle: int, offset: int = 0) -> None:
    """Release the lock of a file that stays open."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_UN)
    elif sys.platform == "win32":
        import msvcrt

        os.lseek(handle, offset, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
