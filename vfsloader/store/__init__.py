"""The SQLite layer: a whole tree of files in one database, read and written by transactions."""

from vfsloader.store.database import Database
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, DEFAULT_PAGE_SIZE, is_store
from vfsloader.store.store import Store

__all__ = ["DEFAULT_CHUNK_SIZE", "DEFAULT_PAGE_SIZE", "Database", "Store", "is_store"]
