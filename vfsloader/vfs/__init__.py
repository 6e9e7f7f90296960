"""The writable tree: the names of ``os`` and ``pathlib`` over layers."""

from typing import TYPE_CHECKING

from vfsloader.runtime.lazy_names import lazy_names

if TYPE_CHECKING:
    from vfsloader.vfs.filesystem import VirtualFileSystem
    from vfsloader.vfs.path import VFSPath
    from vfsloader.vfs.stat_result import StatResult

__all__ = [
    "StatResult",
    "VFSPath",
    "VirtualFileSystem",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "StatResult": "stat_result",
            "VFSPath": "path",
            "VirtualFileSystem": "filesystem",
        },
    )
