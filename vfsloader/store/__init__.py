"""Stores: whole trees of files that are read and written by transactions, in one SQLite database or in memory."""

from vfsloader.store.database import Database
from vfsloader.store.databases import TreeDatabases
from vfsloader.store.image import BytesImage, Image, StreamImage
from vfsloader.store.memory_guard import MemoryGuard
from vfsloader.store.memory_store import MemoryStore
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, DEFAULT_PAGE_SIZE, is_store
from vfsloader.store.sqlar import SqlarLayer, is_sqlar
from vfsloader.store.stats import StoreStats
from vfsloader.store.store import Store

__all__ = [
    "DEFAULT_CHUNK_SIZE",
    "DEFAULT_PAGE_SIZE",
    "BytesImage",
    "Database",
    "Image",
    "MemoryGuard",
    "MemoryStore",
    "SqlarLayer",
    "Store",
    "StoreStats",
    "StreamImage",
    "TreeDatabases",
    "is_sqlar",
    "is_store",
]
