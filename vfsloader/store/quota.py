"""How much a store may hold, and what it holds: counted exactly, refused before a byte is stored.

What is stored is counted inside the transactions of the store, which take turns; one that is undone is counted
back. What a file that is open for writing will need is reserved as it grows, so that no two writers are promised
the last byte, and closing a file that was written never fails for want of room.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

from vfsloader.errors import NodeLimitExceededError, QuotaExceededError
from vfsloader.store.memory.guard import MemoryGuard


class Held(NamedTuple):
    """What a store holds."""

    used: int
    """Bytes of content."""
    nodes: int
    """Files, folders and whiteouts, the root too."""


@dataclass(slots=True)
class Promise:
    """Bytes that a file which is open for writing is sure of."""

    amount: int = 0


class Quota:
    """Counts for one store.

    Parameters
    ----------
    limit
        Bytes of content that the store may hold; None for as many as there is room for.
    max_nodes
        Files and folders that it may hold, the root too; None for any number.
    guard
        Is asked whether the machine has the memory.

    Examples
    --------
    >>> quota = Quota(100)
    >>> promise = Promise()
    >>> quota.reserve(60, promise)
    >>> quota.available
    40
    >>> quota.charge(60, promise)
    >>> quota.held
    Held(used=60, nodes=0)
    """

    def __init__(
        self, limit: int | None = None, max_nodes: int | None = None, guard: MemoryGuard | None = None
    ) -> None:
        for name, value in (("quota", limit), ("max_nodes", max_nodes)):
            if value is not None and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} is a number of at least 0, or None, not {value!r}")
        self.limit = limit
        self.max_nodes = max_nodes
        self._guard = MemoryGuard() if guard is None else guard
        self._guard.check_start(limit)
        self.is_hard = limit is not None or max_nodes is not None
        self._lock = threading.Lock()
        self._used = self._nodes = self._reserved = 0

    @property
    def held(self) -> Held:
        """What is stored, as far as the present transaction."""
        with self._lock:
            return Held(self._used, self._nodes)

    def begin(self, counted: Held | None) -> Held:
        """Begin a transaction; with what was counted anew where others have changed the store. Give what it holds."""
        with self._lock:
            if counted is not None:
                self._used, self._nodes = counted.used, counted.nodes
            return Held(self._used, self._nodes)

    def undo(self, before: Held) -> None:
        """Go back to what was held before a transaction, or a part of one, that is undone."""
        with self._lock:
            self._used, self._nodes = before

    @property
    def reserved(self) -> int:
        """Bytes that files need which are open for writing."""
        return self._reserved

    @property
    def available(self) -> int:
        """Bytes that can still be written; a number past all bounds where there is no limit."""
        with self._lock:
            return self._available()

    def charge(self, size: int, promise: Promise | None = None, path: str | None = None, *, freed: int = 0) -> None:
        """Count bytes that are about to be stored, or, below 0, that are gone.

        Parameters
        ----------
        size
            The bytes.
        promise
            They are taken from it, as far as it goes.
        path
            For the error's sake.
        freed
            Bytes that go as these come.

        Raises
        ------
        QuotaExceededError
            They do not fit; nothing was counted, and the promise stands.
        """
        promised = 0 if promise is None else min(promise.amount, size)
        self._guard.check_write(size - promised - freed)
        with self._lock:
            if size > promised and self.limit is not None and size - promised > self._available() + freed:
                raise QuotaExceededError(size - promised, max(self._available() + freed, 0), path)
            self._used += size - freed
            if promise is not None:
                self._reserved -= promised
                promise.amount -= promised

    def charge_node(self, path: str) -> None:
        """Count a file or folder that is about to be made.

        Raises
        ------
        NodeLimitExceededError
            There may not be one more.
        """
        with self._lock:
            if self.max_nodes is not None and self._nodes >= self.max_nodes:
                raise NodeLimitExceededError(self._nodes, self.max_nodes, path)
            self._nodes += 1

    def release_node(self) -> None:
        """Count a file or folder that is gone."""
        with self._lock:
            self._nodes -= 1

    def reserve(self, size: int, promise: Promise, path: str | None = None) -> None:
        """Promise bytes to a file that is open for writing, or, below 0, take a promise back.

        Raises
        ------
        QuotaExceededError
            They do not fit.
        """
        self._guard.check_write(size)
        with self._lock:
            if size > 0 and self.limit is not None and size > self._available():
                raise QuotaExceededError(size, max(self._available(), 0), path)
            self._reserved += size
            promise.amount += size

    def put_back(self, promise: Promise, amount: int) -> None:
        """Make a promise what it was before the storing of its file was undone; 0 ends it."""
        with self._lock:
            self._reserved += amount - promise.amount
            promise.amount = amount

    def _available(self) -> int:
        return (1 << 62 if self.limit is None else self.limit) - self._used - self._reserved
