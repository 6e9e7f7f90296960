"""Dicts, lists and sets that outlive the process: on the same store as files, with the same transactions.

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

from vfsloader.collections.asynchronous import AsyncFSDict, AsyncFSList, AsyncFSSet
from vfsloader.collections.base import Changed, Persistent, poll_all
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.factories import (
    FSDict,
    FSList,
    FSSet,
    async_fsdict,
    async_fslist,
    async_fsset,
    fsdict,
    fslist,
    fsset,
)
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.metrics import Metrics
from vfsloader.collections.sets import PersistentSet

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
