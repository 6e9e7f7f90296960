"""What ``stat`` returns."""

from __future__ import annotations

import datetime
import stat as stat_bits
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatResult:
    """Facts about a file or folder.

    ``st_mtime`` and ``st_ctime`` are seconds since 1970 as in ``os.stat``; ``modified_at`` and
    ``created_at`` are the same times as ISO text.
    """

    st_size: int
    """Bytes; 0 for a folder."""
    st_mode: int
    st_mtime_ns: int
    st_ctime_ns: int
    source_layer: str
    """The name of the layer that provides it."""
    generation: int = 0
    """Rises with each change of a store; 0 elsewhere."""
    digest: bytes | None = None
    """SHA-256 where the layer keeps it; see :meth:`VirtualFileSystem.digest`."""

    @property
    def st_mtime(self) -> float:
        """Last change, seconds since 1970."""
        return self.st_mtime_ns / 1e9

    @property
    def st_ctime(self) -> float:
        """Creation, seconds since 1970."""
        return self.st_ctime_ns / 1e9

    @property
    def size(self) -> int:
        """The same as ``st_size``."""
        return self.st_size

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return stat_bits.S_ISDIR(self.st_mode)

    @property
    def modified_at(self) -> str:
        """Last change as ISO text."""
        return datetime.datetime.fromtimestamp(self.st_mtime).isoformat()

    @property
    def created_at(self) -> str:
        """Creation as ISO text."""
        return datetime.datetime.fromtimestamp(self.st_ctime).isoformat()
