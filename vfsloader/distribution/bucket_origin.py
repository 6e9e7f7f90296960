"""A source in an object store: ``s3://bucket/some/prefix``, with the credentials of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vfsloader.errors import ConfigError, RemoteError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.retry import Retry
from vfsloader.remote.s3 import Bucket, bucket_named
from vfsloader.runtime.budget import Limits

_PIECE_BYTES = 8 << 20


class BucketOrigin:
    """The files below a prefix of a bucket.

    Parameters
    ----------
    address
        ``s3://bucket/some/prefix``.
    limits
        How long to wait for an answer.

    Raises
    ------
    ConfigError
        It is not such an address.
    MissingExtraError
        boto3 is not installed.
    """

    def __init__(self, address: str, limits: Limits) -> None:
        name, _, prefix = address.removeprefix("s3://").partition("/")
        if not name:
            raise ConfigError.at("address", f"{redacted(address)} has no bucket; write s3://bucket/some/prefix")
        self._prefix = prefix.strip("/")
        self._limits = limits
        self._bucket = Bucket(bucket_named(name), Retry(deadline=limits.seconds))

    def read(self, path: str, most: int) -> bytes:
        """Return a small file."""
        data = self._bucket.get(self._key(path))
        if len(data) > most:
            raise RemoteError.at(path, f"{path} has {len(data):,} bytes, and at most {most:,} were expected")
        return data

    def download(self, path: str, target: Path, size: int, on_bytes: Callable[[int], object]) -> None:
        """Write a file, piece by piece; `target` may contain its beginning."""
        key = self._key(path)
        found = next((one for one in self._bucket.list(key) if one.key == key), None)
        if found is None:
            self._bucket.get(key, 0, 1)  # raises: it is missing, or access is denied
        elif found.size > size:
            raise RemoteError.at(path, f"{path} has {found.size:,} bytes, and at most {size:,} were expected")
        else:
            size = found.size
        offset = target.stat().st_size if target.exists() else 0
        with open(target, "ab" if offset < size else "wb") as file:
            while (at := file.tell()) < size:
                file.write(self._bucket.get(key, at, min(_PIECE_BYTES, size - at)))
                on_bytes(file.tell())
            file.flush()
            os.fsync(file.fileno())

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self._prefix, path) if part)
