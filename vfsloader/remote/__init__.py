"""Object stores and web servers: blocks, objects, retries, versions. Knows no SQLite."""

from vfsloader.remote.blocks import RemoteSource
from vfsloader.remote.disk_cache import BlockCache
from vfsloader.remote.opening import open_source, place_of
from vfsloader.remote.retry import Retry
from vfsloader.remote.versions import Published

__all__ = [
    "BlockCache",
    "Published",
    "RemoteSource",
    "Retry",
    "open_source",
    "place_of",
]
