"""What a store tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

from vfsloader.store.quota import Quota


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What a store holds."""

    used: int
    """Bytes of content, with those promised to files that are open for writing."""
    quota: int | None
    """Bytes that it may hold; None for any number."""
    free: int | None
    """Bytes that can still be written; None where there is no quota."""
    files: int
    folders: int
    """With the root."""
    chunks: int
    """Pieces in which the content lies."""

    @classmethod
    def of(cls, quota: Quota, used: int, *, files: int, folders: int, chunks: int) -> StoreStats:
        """Make the answer of a store whose files have `used` bytes."""
        # Bytes may have moved from promised to stored between the two looks: never told twice.
        most = used + quota.reserved if quota.limit is None else max(used, min(used + quota.reserved, quota.limit))
        free = None if quota.limit is None else max(quota.limit - most, 0)
        return cls(most, quota.limit, free, files, folders, chunks)
