"""The results of ``stat`` and ``stats``, in the form that D-MemFS returns."""

from __future__ import annotations

from typing import TypedDict


class MFSStats(TypedDict):
    """The result of :meth:`MemoryFileSystem.stats`."""

    used_bytes: int
    quota_bytes: int
    free_bytes: int
    file_count: int
    dir_count: int
    chunk_count: int
    overhead_per_chunk_estimate: int


class MFSStatResult(TypedDict):
    """The result of :meth:`MemoryFileSystem.stat`. Times are in seconds since 1970."""

    size: int
    created_at: float
    modified_at: float
    generation: int
    is_dir: bool
