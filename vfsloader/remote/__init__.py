"""Files on object stores and web servers: blocks, retries, published versions. Knows no SQLite."""

from vfsloader.remote.blocks import RemoteSource
from vfsloader.remote.opening import open_source, published_at
from vfsloader.remote.retry import Retry
from vfsloader.remote.versions import Published

__all__ = [
    "Published",
    "RemoteSource",
    "Retry",
    "open_source",
    "published_at",
]
