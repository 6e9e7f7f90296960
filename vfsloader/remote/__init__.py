"""Databases and packs on object stores and web servers: read by the block, published atomically."""

from vfsloader.remote.blocks import RemoteImage
from vfsloader.remote.cache import BlockCache
from vfsloader.remote.httpvfs import HTTPVFS
from vfsloader.remote.opening import open_image, place_of
from vfsloader.remote.published import Published
from vfsloader.remote.publishing import PublishReport, publish, pull
from vfsloader.remote.retrying import Retry
from vfsloader.remote.s3vfs import S3VFS

__all__ = [
    "HTTPVFS",
    "S3VFS",
    "BlockCache",
    "PublishReport",
    "Published",
    "RemoteImage",
    "Retry",
    "open_image",
    "place_of",
    "publish",
    "pull",
]
