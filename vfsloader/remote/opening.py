"""Files by their address: ``s3://bucket/prefix`` and ``https://host/file.pack``."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from vfsloader.errors import RemoteError, UnknownFormatError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.blocks import Blocks, RemoteSource
from vfsloader.remote.http import HttpFile
from vfsloader.remote.last_seen import LastSeen
from vfsloader.remote.manifest import Manifest
from vfsloader.remote.s3 import Bucket, bucket_named
from vfsloader.remote.versions import Published
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.disk_cache import DiskCache

_caches: dict[str, DiskCache] = {}


def open_source(address: str, cache: DiskCache | None = None, budget: Budget | None = None) -> RemoteSource:
    """Open a remote file.

    Parameters
    ----------
    address
        Its address.
    cache
        Keeps blocks on the disk; that of :func:`default_cache` if left out.
    budget
        Limits the time that opening takes, and the unpacked size of a manifest.

    Raises
    ------
    PathNotFoundError, PermissionError, RemoteError
        No such file, access denied, or server unreachable.
    """
    cache = default_cache() if cache is None else cache
    if address.startswith("s3://"):
        return _open_published(published_at(address), cache, budget or Budget(redacted(address)))
    if address.startswith(("http://", "https://")):
        file = HttpFile(address, last_seen=LastSeen(cache), budget=budget)
        blocks = Blocks(file, cache)
        blocks.keep(file.first_blocks())
        return RemoteSource(blocks, is_unchecked=True)
    shown = redacted(address)
    raise UnknownFormatError.at(shown, f"cannot open {shown}: remote files are at s3://, http:// or https://")


def published_at(address: str, *, single_writer: bool = False) -> Published:
    """Return what is published at ``s3://bucket/prefix``.

    Raises
    ------
    UnknownFormatError
        Not such an address.
    """
    name, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not name or not prefix.strip("/"):
        shown = redacted(address)
        sentence = f"{shown} is not the address of a published pack; write s3://bucket/some/prefix"
        raise UnknownFormatError.at(shown, sentence)
    return Published(Bucket(bucket_named(name)), prefix, single_writer=single_writer)


def default_cache() -> DiskCache:
    """Return the cache of this user: ``VFSLOADER_CACHE``, or a folder where the system keeps caches."""
    folder = os.environ.get("VFSLOADER_CACHE") or os.path.join(
        os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "vfsloader"
    )
    if folder not in _caches:
        with contextlib.suppress(OSError):  # missing, or somebody else's
            # One that an older version made may be readable by others. If they may write, it is not used.
            mode = stat.S_IMODE(os.stat(folder).st_mode)
            if mode & 0o077 and not mode & 0o022:
                os.chmod(folder, 0o700)
        _caches[folder] = DiskCache(folder)
    return _caches[folder]


def _open_published(published: Published, cache: DiskCache, budget: Budget) -> RemoteSource:
    manifest = _latest(published, LastSeen(cache), budget)
    segments = published.source(manifest)
    blocks = Blocks(segments, cache)
    if blocks.missing(manifest.first_blocks):
        blocks.keep(segments.fetch_first())
    return RemoteSource(blocks)


def _latest(published: Published, last_seen: LastSeen, budget: Budget) -> Manifest:
    """Return the newest version, or, if the server cannot be reached, the one that was opened last."""
    try:
        manifest = published.require_latest(budget)
    except RemoteError:
        note = last_seen.load(published.name)
        if note is None:
            raise
        number, _, data = note.partition(b" ")
        return Manifest.decode(data, int(number), published.name, budget)
    last_seen.save(published.name, b"%d %s" % (manifest.number, manifest.encode()))
    return manifest
