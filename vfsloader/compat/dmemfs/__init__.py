"""A file system in memory with a hard quota and locked files: D-MemFS's names and promises, on the one store.

``import vfsloader.compat.dmemfs as dmemfs`` lets a program that was written for D-MemFS run as it is.
"""

from vfsloader.archives import ArchiveAdapter
from vfsloader.compat.dmemfs.asynchronous import AsyncMemoryFileHandle, AsyncMemoryFileSystem
from vfsloader.compat.dmemfs.expanding import expand_archive, expand_archive_streaming
from vfsloader.compat.dmemfs.filesystem import MemoryFileSystem
from vfsloader.compat.dmemfs.handle import MemoryFileHandle
from vfsloader.compat.dmemfs.results import MFSStatResult, MFSStats
from vfsloader.compat.dmemfs.text import MFSTextHandle
from vfsloader.errors import NodeLimitExceededError as MFSNodeLimitExceededError
from vfsloader.errors import QuotaExceededError as MFSQuotaExceededError

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
