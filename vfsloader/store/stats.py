"""Statistics of a store."""

from __future__ import annotations

from dataclasses import dataclass

from vfsloader.store.quota import Quota


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What a store holds."""

    used: int
    """Bytes of files and, if there is a quota, of collections, with those reserved for files that are open."""
    quota: int | None
    """Bytes that it may hold; None for no limit."""
    free: int | None
    """Bytes that can still be written; None where there is no quota."""
    files: int
    folders: int
    """Including the root."""
    chunks: int
    """Pieces of content."""

    @classmethod
    def of(cls, quota: Quota, used: int, *, files: int, folders: int, chunks: int) -> StoreStats:
        """Return the statistics of a store whose files have `used` bytes."""
        # Bytes may have moved from reserved to stored between the two reads: they must not be counted twice.
        total = used + quota.reserved if quota.limit is None else max(used, min(used + quota.reserved, quota.limit))
        free = None if quota.limit is None else max(quota.limit - total, 0)
        return cls(total, quota.limit, free, files, folders, chunks)
