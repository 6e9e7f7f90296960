"""The SQLite layer: a whole tree of files in one database, read and written by transactions."""

from vfsloader.store.database import Database
from vfsloader.store.image import BytesImage, Image, StreamImage
from vfsloader.store.memory_guard import MemoryGuard
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, DEFAULT_PAGE_SIZE, is_store
from vfsloader.store.sqlar import SqlarLayer, is_sqlar
from vfsloader.store.store import Store

__all__ = [
    "DEFAULT_CHUNK_SIZE",
    "DEFAULT_PAGE_SIZE",
    "BytesImage",
    "Database",
    "Image",
    "MemoryGuard",
    "SqlarLayer",
    "Store",
    "StreamImage",
    "is_sqlar",
    "is_store",
]
