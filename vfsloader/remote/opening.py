"""Packs by their address: ``s3://bucket/prefix`` and ``https://host/file.pack``."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from vfsloader.errors import RemoteError, UnknownFormatError
from vfsloader.remote.blocks import Blocks, RemoteSource
from vfsloader.remote.disk_cache import BlockCache
from vfsloader.remote.http import HttpFile
from vfsloader.remote.manifest import Manifest, decoded
from vfsloader.remote.s3 import Bucket, bucket_named
from vfsloader.remote.versions import Published

_caches: dict[str, BlockCache] = {}


def is_remote(source: str) -> bool:
    """Tell whether a source is an address that :func:`open_image` takes."""
    return source.startswith(("s3://", "http://", "https://"))


def open_source(source: str, cache: BlockCache | None = None) -> RemoteSource:
    """Open a remote pack.

    Parameters
    ----------
    source
        Its address.
    cache
        Keeps blocks on the disk; that of :func:`default_cache` if left out.

    Raises
    ------
    PathNotFoundError, PermissionError, RemoteError
        There is none; the server refuses; it cannot be reached.
    """
    cache = default_cache() if cache is None else cache
    if source.startswith("s3://"):
        published = place_of(source)
        manifest = _manifest_of(published, cache)
        segments = published.source(manifest)
        blocks = Blocks(segments, cache)
        wanted = [block for first, count in manifest.first for block in range(first, first + count)]
        if blocks.lacks(wanted):
            blocks.keep(segments.fetch_first())
        return RemoteSource(blocks, manifest.extents)
    if source.startswith(("http://", "https://")):
        file = HttpFile(source, known=_Known(cache))
        blocks = Blocks(file, cache)
        blocks.keep(file.first_blocks())
        return RemoteSource(blocks, is_unchecked=True)
    raise UnknownFormatError.at(source, f"{source}: packs are opened from s3://, http:// and https://")


def _manifest_of(published: Published, cache: BlockCache) -> Manifest:
    """Give the newest state; without a server, the one that was opened last."""
    known = _Known(cache)
    try:
        manifest = published.needed()
    except RemoteError:
        told = known.recall(published.name)
        if told is None:
            raise
        number, _, data = told.partition(b" ")
        return decoded(data, int(number), published.name)
    known.note(published.name, b"%d %s" % (manifest.number, manifest.encoded()))
    return manifest


class _Known:
    """What was learnt of addresses when they were opened last, for when their server cannot be reached."""

    def __init__(self, cache: BlockCache) -> None:
        self._cache = cache

    def note(self, name: str, told: bytes) -> None:
        """Remember something of an address."""
        self._cache.put({self._key(name): told})

    def recall(self, name: str) -> bytes | None:
        """Give what was remembered."""
        return self._cache.get([self._key(name)]).get(self._key(name))

    @staticmethod
    def _key(name: str) -> bytes:
        return hashlib.sha256(f"known {name}".encode()).digest()


def place_of(source: str, *, single_writer: bool = False) -> Published:
    """Give the place in a bucket that an address names.

    Raises
    ------
    UnknownFormatError
        It is no address of a bucket.
    """
    name, _, prefix = source.removeprefix("s3://").partition("/")
    if not source.startswith("s3://") or not name or not prefix.strip("/"):
        raise UnknownFormatError.at(source, f"{source} is no place in a bucket; s3://bucket/some/prefix is one")
    return Published(Bucket(bucket_named(name)), prefix, single_writer=single_writer)


def default_cache() -> BlockCache:
    """Give the cache of this user: ``VFSLOADER_CACHE``, or a folder where the system keeps caches."""
    folder = os.environ.get("VFSLOADER_CACHE") or os.path.join(
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "vfsloader"
    )
    if folder not in _caches:
        _caches[folder] = BlockCache(folder)
    return _caches[folder]
