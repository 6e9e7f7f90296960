"""Locks of files: readers share, writers exclude, and who waits longest is next.

A writer that waits stops readers that come after it, so that a stream of readers cannot keep it out for ever.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from vfsloader.errors import LockedError


class FairLock:
    """One lock for many readers or one writer, taken in turn."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._readers = 0
        self._is_written = False

    @property
    def is_held(self) -> bool:
        """Whether anyone has it."""
        return self._is_written or self._readers > 0

    def acquire(self, *, exclusive: bool, timeout: float | None) -> bool:
        """Wait in line; False where the turn did not come in time.

        Parameters
        ----------
        exclusive
            As a writer.
        timeout
            Seconds; None for any time, 0 to try once.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or self._is_written or (exclusive and self._readers):
                    left = None if deadline is None else deadline - time.monotonic()
                    if left is not None and left <= 0:
                        return False
                    self._changed.wait(left)
                if exclusive:
                    self._is_written = True
                else:
                    self._readers += 1
                return True
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()  # the next in line may share it, or stood behind one that gave up

    def release(self, *, exclusive: bool) -> None:
        """Give it back.

        Raises
        ------
        RuntimeError
            It was not held so.
        """
        with self._changed:
            if not (self._is_written if exclusive else self._readers):
                raise RuntimeError("a lock is given back that nobody holds")
            if exclusive:
                self._is_written = False
            else:
                self._readers -= 1
            self._changed.notify_all()


class FileLocks:
    """The locks of all files that are open or waited for, by path."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[FairLock, int]] = {}

    def acquire(self, path: str, *, exclusive: bool, timeout: float | None) -> None:
        """Wait for a file.

        Raises
        ------
        LockedError
            It is open elsewhere, and was not closed in time.
        """
        with self._guard:
            lock, users = self._locks.get(path, (FairLock(), 0))
            self._locks[path] = lock, users + 1
        if not lock.acquire(exclusive=exclusive, timeout=timeout):
            self._leave(path)
            how = "writing" if exclusive else "reading"
            raise LockedError.at(path, f"{path} is open elsewhere: it cannot be opened for {how} now")

    def release(self, path: str, *, exclusive: bool) -> None:
        """Give a file back."""
        self._locks[path][0].release(exclusive=exclusive)
        self._leave(path)

    def refuse_open(self, top: str) -> None:
        """Raise where a file is open, or one below it.

        Raises
        ------
        LockedError
            One is; it is named.
        """
        with self._guard:
            for path, (lock, _) in self._locks.items():
                if lock.is_held and (path == top or path.startswith(f"{top.rstrip('/')}/")):
                    raise LockedError.at(path, f"{path} is open: it cannot be moved, replaced or removed now")

    def _leave(self, path: str) -> None:
        with self._guard:
            lock, users = self._locks[path]
            if users == 1:
                del self._locks[path]
            else:
                self._locks[path] = lock, users - 1
