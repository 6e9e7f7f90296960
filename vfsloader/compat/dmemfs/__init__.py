"""A file system in memory with a hard quota and locked files: D-MemFS's names and promises, over our store.

``import vfsloader.compat.dmemfs as dmemfs`` runs a program that was written for D-MemFS without changes. The async
classes are imported when they are first used, because only they need anyio.
"""

from typing import TYPE_CHECKING

from vfsloader.archives.formats import ArchiveAdapter
from vfsloader.compat.dmemfs.expanding import expand_archive, expand_archive_streaming
from vfsloader.compat.dmemfs.filesystem import MemoryFileSystem
from vfsloader.compat.dmemfs.handle import MemoryFileHandle
from vfsloader.compat.dmemfs.results import MFSStatResult, MFSStats
from vfsloader.compat.dmemfs.text import MFSTextHandle
from vfsloader.errors import NodeLimitExceededError as MFSNodeLimitExceededError
from vfsloader.errors import QuotaExceededError as MFSQuotaExceededError

if TYPE_CHECKING:
    from vfsloader.compat.dmemfs.asynchronous import AsyncMemoryFileHandle, AsyncMemoryFileSystem

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

#: The version of D-MemFS whose interface this is.
__version__ = "0.4.1"

if not TYPE_CHECKING:  # type checkers see the import above, and so find a misspelt name

    def __getattr__(name):
        """Import the async classes."""
        if name not in ("AsyncMemoryFileHandle", "AsyncMemoryFileSystem"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from vfsloader.compat.dmemfs import asynchronous

        return getattr(asynchronous, name)
