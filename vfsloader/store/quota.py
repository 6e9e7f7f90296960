"""How much a store may hold, and what it holds: counted exactly, refused before a byte is stored.

Stored bytes are counted inside the store's transactions, which run one at a time; the count is restored when one is
rolled back. A file that is open for writing reserves bytes as it grows, so that the last free byte is never promised
to two writers, and closing a written file never fails for lack of space.
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
    """Files, folders and whiteouts, including the root."""


@dataclass(slots=True)
class Reservation:
    """Bytes that are kept free for a file that is open for writing."""

    amount: int = 0


class Quota:
    """The counts and limits of one store.

    Parameters
    ----------
    limit
        Bytes of content that the store may hold; None for no limit.
    max_nodes
        Files and folders that it may hold, including the root; None for no limit.
    guard
        Is asked whether the machine has the memory.

    Examples
    --------
    >>> quota = Quota(100)
    >>> reservation = Reservation()
    >>> quota.reserve(60, reservation)
    >>> quota.available
    40
    >>> quota.charge(60, reservation)
    >>> quota.held
    Held(used=60, nodes=0)
    """

    def __init__(
        self, limit: int | None = None, max_nodes: int | None = None, guard: MemoryGuard | None = None
    ) -> None:
        for name, value in (("quota", limit), ("max_nodes", max_nodes)):
            if value is not None and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} must be an int of at least 0, or None, not {value!r}")
        self.limit = limit
        self.max_nodes = max_nodes
        self._guard = MemoryGuard() if guard is None else guard
        self._guard.check_start(limit)
        self.is_hard = limit is not None or max_nodes is not None
        self._lock = threading.Lock()
        self._used = self._nodes = self._reserved = 0

    @property
    def held(self) -> Held:
        """What is stored, including the running transaction."""
        with self._lock:
            return Held(self._used, self._nodes)

    def begin(self, counted: Held | None) -> Held:
        """Begin a transaction and return what the store holds.

        `counted` replaces the counts if another process has changed the store.
        """
        with self._lock:
            if counted is not None:
                self._used, self._nodes = counted
            return Held(self._used, self._nodes)

    def undo(self, before: Held) -> None:
        """Restore the counts from before a transaction, or a part of one, that was rolled back."""
        with self._lock:
            self._used, self._nodes = before

    @property
    def reserved(self) -> int:
        """Bytes reserved for files that are open for writing."""
        return self._reserved

    @property
    def available(self) -> int:
        """Bytes that can still be written; a very large number where there is no limit."""
        with self._lock:
            return self._available()

    def charge(
        self, size: int, reservation: Reservation | None = None, path: str | None = None, *, freed: int = 0
    ) -> None:
        """Count bytes that are about to be stored, or, if negative, that were removed.

        Parameters
        ----------
        size
            The bytes.
        reservation
            They are taken from it first.
        path
            The file, for the error.
        freed
            Bytes that are removed in the same step.

        Raises
        ------
        QuotaExceededError
            They do not fit; nothing was counted, and the reservation is unchanged.
        """
        reserved = 0 if reservation is None else min(reservation.amount, size)
        self._guard.check_write(size - reserved - freed)
        with self._lock:
            if size > reserved and self.limit is not None and size - reserved > self._available() + freed:
                raise QuotaExceededError(size - reserved, max(self._available() + freed, 0), path)
            self._used += size - freed
            if reservation is not None:
                self._reserved -= reserved
                reservation.amount -= reserved

    def charge_node(self, path: str) -> None:
        """Count a file or folder that is about to be created.

        Raises
        ------
        NodeLimitExceededError
            The store may not hold one more.
        """
        with self._lock:
            if self.max_nodes is not None and self._nodes >= self.max_nodes:
                raise NodeLimitExceededError(self._nodes, self.max_nodes, path)
            self._nodes += 1

    def release_node(self) -> None:
        """Count a file or folder that was removed."""
        with self._lock:
            self._nodes -= 1

    def reserve(self, size: int, reservation: Reservation, path: str | None = None) -> None:
        """Add bytes to a reservation, or, if negative, take some back.

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
            reservation.amount += size

    def release(self, reservation: Reservation) -> None:
        """Release what is left of a reservation."""
        with self._lock:
            self._reserved -= reservation.amount
            reservation.amount = 0

    def _available(self) -> int:
        return (1 << 62 if self.limit is None else self.limit) - self._used - self._reserved
