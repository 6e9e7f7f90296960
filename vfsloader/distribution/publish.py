"""Putting an index into a bucket: the files that never change first, and the head that names them last.

A reader sees the old index or the new one at every moment, also if the upload is interrupted. What is there already is
not sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.distribution.check import check_index
from vfsloader.distribution.head import MOST_HEAD_BYTES, NAME, read_head
from vfsloader.errors import ConfigError, ConflictError, DamagedError, PathNotFoundError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.retry import Retry
from vfsloader.remote.s3 import Bucket, bucket_named
from vfsloader.runtime.progress import ignore_progress
from vfsloader.runtime.threads import make_pool

#: Uploads that run at the same time; each holds a file in memory.
_THREADS = 4


@dataclass(frozen=True, slots=True)
class PublishedIndex:
    """What was put into a bucket."""

    address: str
    version: int
    """The version of the head that is there now."""
    uploaded: int
    """Files that were sent."""
    present: int
    """Files that were there already."""
    size: int
    """Bytes that were sent."""


def publish_index(
    public: paths.RealPath, address: str, progress: Callable[[int, int, str], object] = ignore_progress
) -> PublishedIndex:
    """Put an index into a bucket, sending only what is new there.

    Parameters
    ----------
    public
        The folder that is published.
    address
        ``s3://bucket/some/prefix``, with the credentials of the environment.
    progress
        Called with the bytes sent, the bytes to send, and the name of a file.

    Raises
    ------
    DamagedError
        The folder is not a whole index.
    ConflictError
        The bucket has a newer index, or another one of the same version.
    ConfigError
        It is not such an address.
    MissingExtraError
        boto3 is not installed.
    PermissionError, RemoteError
        Access denied, or server unreachable.
    """
    name, _, prefix = address.removeprefix("s3://").strip("/").partition("/")
    if not address.startswith("s3://") or not name:
        raise ConfigError.at("address", f"{redacted(address)} is not the address of a bucket: s3://bucket/some/prefix")
    folder = Path(public)
    if wrong := check_index(folder):
        raise DamagedError.at(str(folder), f"{folder} is not published: {wrong[0]}")
    base = f"{prefix}/" if prefix else ""
    bucket = Bucket(bucket_named(name), Retry())
    raw = (folder / NAME).read_bytes()
    head = read_head(raw, str(folder / NAME))
    is_there = _compare_heads(bucket, base + NAME, raw, head.version, address)
    files = sorted(file for file in (folder / "by-hash").iterdir() if file.is_file() and not file.name.startswith("."))
    listed = {found.key: found.size for found in bucket.list(f"{base}by-hash/")}
    new = [file for file in files if listed.get(f"{base}by-hash/{file.name}") != file.stat().st_size]
    total = sum(file.stat().st_size for file in new)
    done = 0

    def send(file: Path) -> tuple[str, int]:
        data = file.read_bytes()
        bucket.put(f"{base}by-hash/{file.name}", data)
        return file.name, len(data)

    with make_pool(_THREADS, "vfsloader-publish") as pool:
        for sent, size in pool.map(send, new):
            done += size
            progress(done, total, sent)
    if not is_there:
        bucket.put(base + NAME, raw)
    return PublishedIndex(
        redacted(address), head.version, len(new) + (not is_there), len(files) - len(new) + is_there, done
    )


def _compare_heads(bucket: Bucket, key: str, raw: bytes, version: int, address: str) -> bool:
    """Return whether the head is in the bucket already."""
    try:
        present = bucket.get(key)
    except PathNotFoundError:
        return False
    there = read_head(present[: MOST_HEAD_BYTES + 1], redacted(address))
    if there.version > version or (there.version == version and present != raw):
        which = f"version {there.version}" if there.version > version else f"another version {version}"
        sentence = f"{redacted(address)} has {which} of the index, and this is version {version}"
        raise ConflictError.at(redacted(address), f"{sentence}; begin with a copy of what is there, and add to it")
    return present == raw
