"""How much a store may hold, and what it holds: counted exactly, refused before a byte is stored.

Stored bytes are counted inside the store's transactions, which run one at a time; the count is restored when one is
rolled back. A file that is open for writing reserves bytes as it grows, so that the last free byte is never promised
to two writers. Space that a transaction frees can be used by the transaction itself, which gives it back if it is
rolled back; for everybody else it is free only once the transaction is committed.

What is counted is in one or two parts that change independently: the files, and for a store in memory the collections
beside them.
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
        self._used = self._nodes = 0
        self._before: list[Held] = []  # what was stored before each transaction, or part of one, that is running
        self._shared = _Shared([self])
        self._lock = self._shared.lock

    def beside(self) -> Quota:
        """Return a quota for something else in the same store, which counts for itself and shares the limit."""
        part = Quota(self.limit, guard=self._guard)
        part._shared, part._lock = self._shared, self._lock
        self._shared.parts.append(part)
        return part

    @property
    def lock(self) -> threading.Lock:
        """The lock under which the counts change."""
        return self._lock

    def renew_lock(self) -> None:
        """Replace the lock, in a child process that inherited it from a thread that it does not have."""
        self._shared.lock = threading.Lock()
        for part in self._shared.parts:
            part._lock = self._shared.lock

    @property
    def held(self) -> Held:
        """What is stored, including the running transaction."""
        with self._lock:
            return Held(self._used, self._nodes)

    @property
    def used(self) -> int:
        """Bytes stored in all parts of the store, including running transactions."""
        with self._lock:
            return sum(part._used for part in self._shared.parts)

    def begin(self, counted: Held | None = None) -> Held:
        """Begin a transaction or a part of one; return what the store holds, for :meth:`commit` or :meth:`undo`.

        `counted` replaces the counts if another process has changed the store.
        """
        with self._lock:
            if counted is not None:
                self._used, self._nodes = counted
            before = Held(self._used, self._nodes)
            self._before.append(before)
            return before

    def commit(self, before: Held) -> None:
        """End a transaction or a part of one that began at `before`: what it freed can be used now."""
        with self._lock:
            self._before.remove(before)

    def undo(self, before: Held) -> None:
        """Restore the counts from before a transaction, or a part of one, that was rolled back."""
        with self._lock:
            self._before.remove(before)
            self._used, self._nodes = before

    @property
    def reserved(self) -> int:
        """Bytes reserved for files that are open for writing."""
        return self._shared.reserved

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
            if size > 0 and self.limit is not None:
                # Its own transaction can use what it has freed. Bytes that were reserved are checked again, as another
                # process, which knows nothing of the reservation, may have used the space.
                free = self._available() + self._freed() + freed
                if size - reserved > max(free, 0) or size > max(free + self._shared.reserved, 0):
                    raise QuotaExceededError(size - reserved, max(free, 0), path)
            self._used += size - freed
            if reservation is not None:
                self._shared.reserved -= reserved
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
            self._shared.reserved += size
            reservation.amount += size

    def release(self, reservation: Reservation) -> None:
        """Release what is left of a reservation."""
        with self._lock:
            self._shared.reserved -= reservation.amount
            reservation.amount = 0

    def _available(self) -> int:
        """Return the bytes that are free even if all running transactions are rolled back, or some of their parts."""
        left = (1 << 62 if self.limit is None else self.limit) - self._shared.reserved
        for part in self._shared.parts:
            left -= part._used
            if part._before:
                left -= part._freed()
        return left

    def _freed(self) -> int:
        """Return the bytes that the running transaction has freed, at most."""
        return max(max(before.used for before in self._before) - self._used, 0) if self._before else 0


class _Shared:
    """What all parts of one store's quota have in common."""

    def __init__(self, parts: list[Quota]) -> None:
        self.lock = threading.Lock()
        self.parts = parts
        self.reserved = 0
