"""Locks of files: readers share, writers exclude, and who waits longest is next.

A writer that waits stops readers that come after it, so that a stream of readers cannot keep it out for ever.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from vfsloader.errors import LockedError

_WRITTEN = -1


@dataclass(eq=False, slots=True)
class _Waiting:
    """One who waits for a file, until it is given to them."""

    exclusive: bool
    given: threading.Event = field(default_factory=threading.Event)


class FileLocks:
    """The locks of all files that are open or waited for, by path.

    Parameters
    ----------
    guard
        Held for the moment of each call, never while one waits.
    """

    def __init__(self, guard: AbstractContextManager[object]) -> None:
        self._guard = guard
        self._held: dict[str, int] = {}  # how many read each file, or _WRITTEN
        self._waiting: dict[str, deque[_Waiting]] = {}

    def try_acquire(self, path: str, *, exclusive: bool) -> bool:
        """Lock a file if it can be had at once."""
        with self._guard:
            if path in self._waiting:
                return False
            held = self._held.get(path)
            if held is None:
                self._held[path] = _WRITTEN if exclusive else 1
                return True
            if exclusive or held == _WRITTEN:
                return False
            self._held[path] = held + 1
            return True

    def acquire(self, path: str, *, exclusive: bool, timeout: float | None) -> None:
        """Wait in line for a file.

        Parameters
        ----------
        path
            The file.
        exclusive
            To write it.
        timeout
            Seconds; None for any time, 0 to try once.

        Raises
        ------
        LockedError
            It is open elsewhere, and was not closed in time.
        """
        with self._guard:
            if self.try_acquire(path, exclusive=exclusive):
                return
            one = _Waiting(exclusive)
            self._waiting.setdefault(path, deque()).append(one)
        if one.given.wait(timeout):
            return
        with self._guard:
            if one.given.is_set():  # just now
                return
            self._waiting[path].remove(one)
            self._give(path)  # to those that stood behind
        how = "writing" if exclusive else "reading"
        raise LockedError.at(path, f"{path} is open elsewhere: it cannot be opened for {how} now")

    def release(self, path: str) -> None:
        """Give a file back.

        Raises
        ------
        KeyError
            Nobody has it.
        """
        with self._guard:
            if self._held[path] in (_WRITTEN, 1):
                del self._held[path]
            else:
                self._held[path] -= 1
            if path in self._waiting:
                self._give(path)

    def refuse_open(self, top: str) -> None:
        """Raise where a file is open, or one below it.

        Raises
        ------
        LockedError
            One is; it is named.
        """
        with self._guard:
            for path in self._held:
                if path == top or path.startswith(f"{top.rstrip('/')}/"):
                    raise LockedError.at(path, f"{path} is open: it cannot be moved, replaced or removed now")

    def _give(self, path: str) -> None:
        """Give a file to the first in line, and to those behind who can share it."""
        line = self._waiting[path]
        while line:
            held = self._held.get(path, 0)
            if held and (line[0].exclusive or held == _WRITTEN):
                return
            one = line.popleft()
            self._held[path] = _WRITTEN if one.exclusive else held + 1
            one.given.set()
        del self._waiting[path]
