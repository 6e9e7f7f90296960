"""What is told of a memory file system, in the shapes that D-MemFS gives."""

from __future__ import annotations

from typing import TypedDict


class MFSStats(TypedDict):
    """What :meth:`MemoryFileSystem.stats` gives."""

    used_bytes: int
    quota_bytes: int
    free_bytes: int
    file_count: int
    dir_count: int
    chunk_count: int
    overhead_per_chunk_estimate: int


class MFSStatResult(TypedDict):
    """What :meth:`MemoryFileSystem.stat` gives; times in seconds since 1970."""

    size: int
    created_at: float
    modified_at: float
    generation: int
    is_dir: bool
