"""Dicts, lists and sets that outlive the process, in the same store as files and with the same transactions.

The database is loaded when the first collection is opened, anyio when an awaited collection is first named.

Examples
--------
>>> from vfsloader import VirtualFileSystem
>>> vfs = VirtualFileSystem()
>>> settings = PersistentDict(vfs, "settings")
>>> with settings.transaction():
...     settings["slot"] = 1
...     _ = vfs.write_text("/save/slot1.json", "{}")
>>> settings
{'slot': 1}
"""

from typing import TYPE_CHECKING

from vfsloader.collections.base import Changed, Persistent
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.factories import FSDict, FSList, FSSet, fsdict, fslist, fsset
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.metrics import Metrics
from vfsloader.collections.sets import PersistentSet
from vfsloader.runtime.polling import poll_all

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
    "Changed",
    "FSDict",
    "FSList",
    "FSSet",
    "Metrics",
    "Persistent",
    "PersistentDict",
    "PersistentList",
    "PersistentSet",
    "async_fsdict",
    "async_fslist",
    "async_fsset",
    "fsdict",
    "fslist",
    "fsset",
    "poll_all",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name

    def __getattr__(name):
        """Import an awaited collection when it is first used."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from vfsloader.collections import asynchronous

        return getattr(asynchronous, name)

    def __dir__():
        return sorted({*globals(), *__all__})
