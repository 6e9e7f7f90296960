"""A file system in memory with a hard quota and locked files: D-MemFS's names and promises, on the one store.

``import vfsloader.memory as dmemfs`` lets a program that was written for D-MemFS run as it is.
"""

from vfsloader.archives import ArchiveAdapter
from vfsloader.errors import NodeLimitExceededError as MFSNodeLimitExceededError
from vfsloader.errors import QuotaExceededError as MFSQuotaExceededError
from vfsloader.memory.asynchronous import AsyncMemoryFileHandle, AsyncMemoryFileSystem
from vfsloader.memory.expanding import expand_archive, expand_archive_streaming
from vfsloader.memory.filesystem import MemoryFileSystem
from vfsloader.memory.handle import MemoryFileHandle
from vfsloader.memory.results import MFSStatResult, MFSStats
from vfsloader.memory.text import MFSTextHandle

__all__ = [
    "ArchiveAdapter",
    "AsyncMemoryFileHandle",
    "AsyncMemoryFileSystem",
    "MFSNodeLimitExceededError",
    "MFSQuotaExceededError",
    "MFSStatResult",
    "MFSStats",
    "MFSTextHandle",
    "MemoryFileHandle",
    "MemoryFileSystem",
    "expand_archive",
    "expand_archive_streaming",
]
