"""The writable tree: the names of ``os`` and ``pathlib`` over layers."""

from vfsloader.vfs.filesystem import VirtualFileSystem
from vfsloader.vfs.path import VFSPath
from vfsloader.vfs.readable import StatResult

__all__ = [
    "StatResult",
    "VFSPath",
    "VirtualFileSystem",
]
