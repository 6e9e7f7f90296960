"""The names of the library fscollections: a program that uses it runs with its import changed.

Examples
--------
>>> from vfsloader.compat.fscollections import fsdict
>>> settings = fsdict(klass=float)
>>> settings["volume"] = 0.8
>>> settings.destroy()
"""

from typing import TYPE_CHECKING

from vfsloader import collections
from vfsloader.collections.factories import FSDict, FSList, FSSet, fsdict, fslist, fsset

if TYPE_CHECKING:
    from vfsloader.collections.asynchronous import (
        AsyncFSDict,
        AsyncFSList,
        AsyncFSSet,
        async_fsdict,
        async_fslist,
        async_fsset,
    )

__all__ = [
    "AsyncFSDict",
    "AsyncFSList",
    "AsyncFSSet",
    "FSDict",
    "FSList",
    "FSSet",
    "async_fsdict",
    "async_fslist",
    "async_fsset",
    "fsdict",
    "fslist",
    "fsset",
]

if not TYPE_CHECKING:

    def __getattr__(name):
        """Import an awaited collection when it is first used, and anyio with it."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(collections, name)
