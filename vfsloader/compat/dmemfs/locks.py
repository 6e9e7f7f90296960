"""Locks of files: readers share a file, a writer has it alone, and the thread that waits longest is next.

A waiting writer holds back the readers that come after it, so that a stream of readers cannot keep it out for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import AbstractContextManager
from typing import NamedTuple

from vfsloader import paths
from vfsloader.errors import LockedError

_WRITER = -1


class _Waiter(NamedTuple):
    exclusive: bool
    granted: threading.Event


class FileLocks:
    """The locks of all files that are open or waited for, by path.

    Parameters
    ----------
    guard
        Held during each call, but never while a call waits. It is re-entrant.
    """

    def __init__(self, guard: AbstractContextManager[object]) -> None:
        self._guard = guard
        self._held: dict[str, int] = {}  # the number of readers of each open file, or _WRITER
        self._waiters: dict[str, deque[_Waiter]] = {}

    def try_acquire(self, path: str, *, exclusive: bool) -> bool:
        """Lock a file if it is free and nobody waits for it. Return whether it is locked now."""
        with self._guard:
            return path not in self._waiters and self._take(path, exclusive)

    def acquire(self, path: str, *, exclusive: bool, timeout: float | None) -> None:
        """Wait in line for a file.

        Parameters
        ----------
        path
            The file.
        exclusive
            Whether to lock it for writing.
        timeout
            Seconds. None waits for ever, 0 tries once.

        Raises
        ------
        LockedError
            The file is open elsewhere and was not closed in time.
        """
        with self._guard:
            if self.try_acquire(path, exclusive=exclusive):
                return
            waiter = _Waiter(exclusive, threading.Event())
            self._waiters.setdefault(path, deque()).append(waiter)
        if waiter.granted.wait(timeout):
            return
        with self._guard:
            if waiter.granted.is_set():  # in the last moment
                return
            self._waiters[path].remove(waiter)
            self._grant(path)  # to those behind it
        action = "written" if exclusive else "read"
        raise LockedError.at(path, f"{path} cannot be {action} now: it is open elsewhere")

    def release(self, path: str) -> None:
        """Unlock a file.

        Raises
        ------
        KeyError
            The file is not locked.
        """
        with self._guard:
            if self._held[path] in (_WRITER, 1):
                del self._held[path]
            else:
                self._held[path] -= 1
            if path in self._waiters:
                self._grant(path)

    def refuse_open(self, top: str) -> None:
        """Raise LockedError if the file `top`, or a file below the folder `top`, is open."""
        with self._guard:
            for path in self._held:
                if paths.is_inside(path, top):
                    raise LockedError.at(path, f"{path} is open: close it before it is moved, replaced or removed")

    def _take(self, path: str, exclusive: bool) -> bool:
        """Lock a file if those who have it allow that."""
        readers = self._held.get(path, 0)
        if readers == _WRITER or (exclusive and readers):
            return False
        self._held[path] = _WRITER if exclusive else readers + 1
        return True

    def _grant(self, path: str) -> None:
        """Lock a file for the first in line, and for those behind who can share it."""
        line = self._waiters[path]
        while line and self._take(path, line[0].exclusive):
            line.popleft().granted.set()
        if not line:
            del self._waiters[path]
