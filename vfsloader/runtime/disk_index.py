"""The index of a :class:`~vfsloader.runtime.disk_cache.DiskCache`: a hash table in a file, shared by processes.

The table has a fixed size and is read and written in place. A key's slot is one of those in its bucket, which is one
sector of the disk. A full bucket loses an old entry, so nothing is ever moved, and no lock is needed: of two processes
that write to one slot at the same time, one loses an entry.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from vfsloader.runtime.random_access import RandomAccessFile

#: Records start at multiples of this: engines read aligned pixels faster, and offsets are stored in this unit.
UNIT = 64
KEY_BYTES = 16

#: The file begins with a header, which takes the place of a bucket: magic, and how many buckets follow.
_MAGIC = b"vfsloader cache1"
_HEADER = struct.Struct("<16sI")
#: Key, segment, offset in units, size, CRC-32 of these.
_SLOT = struct.Struct("<16sIIII")
_SLOT_CHECKED = _SLOT.size - 4
_BUCKET_BYTES = 512
_MIN_BUCKETS = 8
_EMPTY = bytes(KEY_BYTES)


class DiskIndex:
    """Where entries are, by key.

    Parameters
    ----------
    path
        The file; made if missing, emptied if damaged. If two processes do so at the same time, some of what either
        writes is missing later.
    slots
        How many entries a new index can name.
    read_only
        Open an existing file for reading.

    Raises
    ------
    OSError
        The file cannot be opened. All methods raise it, too.
    """

    def __init__(self, path: Path, slots: int, *, read_only: bool = False) -> None:
        self._file = RandomAccessFile(path, os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT, 0o600)
        self._buckets = self._bucket_count()
        if not self._buckets and not read_only:
            buckets = max(slots * _SLOT.size // _BUCKET_BYTES, _MIN_BUCKETS)
            os.ftruncate(self._file.fileno(), 0)
            os.ftruncate(self._file.fileno(), (1 + buckets) * _BUCKET_BYTES)  # most file systems allocate nothing yet
            self._file.write(0, _HEADER.pack(_MAGIC, buckets))
            self._buckets = self._bucket_count()

    def find(self, key: bytes) -> tuple[int, int, int, int] | None:
        """Return the position of a key's slot, and the segment, offset and size that it names."""
        position, bucket = self._bucket(key)
        start = _slot_of(bucket, key)
        if start < 0:
            return None
        _, segment, offset, size, checksum = _SLOT.unpack_from(bucket, start)
        if checksum != zlib.crc32(bucket[start : start + _SLOT_CHECKED]):  # torn, or damaged
            return None
        return position + start, segment, offset * UNIT, size

    def insert(self, key: bytes, segment: int, offset: int, size: int, is_deleted: Callable[[int], bool]) -> None:
        """Name an entry, if need be in place of one in a deleted segment, or else of an old one."""
        position, bucket = self._bucket(key)
        start = _slot_of(bucket, key)
        if start < 0:
            start = _slot_of(bucket, _EMPTY)
        if start < 0 and bucket:
            segments = {at: _SLOT.unpack_from(bucket, at)[1] for at in range(0, len(bucket), _SLOT.size)}
            start = min(segments, key=lambda at: (not is_deleted(segments[at]), segments[at]))
        if start >= 0:
            slot = _SLOT.pack(key, segment, offset // UNIT, size, 0)[:_SLOT_CHECKED]
            self._file.write(position + start, slot + zlib.crc32(slot).to_bytes(4, "little"))

    def clear(self, position: int) -> None:
        """Empty a slot."""
        self._file.write(position, bytes(_SLOT.size))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _bucket(self, key: bytes) -> tuple[int, bytes]:
        """Return where a key's bucket is, and the bucket; an empty one if the file has become shorter."""
        if not self._buckets:
            return 0, b""
        position = (1 + int.from_bytes(key[:4], "little") % self._buckets) * _BUCKET_BYTES
        bucket = self._file.read(position, _BUCKET_BYTES)
        return position, bucket if len(bucket) == _BUCKET_BYTES else b""

    def _bucket_count(self) -> int:
        """Return how many buckets the file has; 0 if it is not an index."""
        header = self._file.read(0, _HEADER.size)
        if len(header) < _HEADER.size:
            return 0
        magic, buckets = _HEADER.unpack(header)
        return int(buckets) if magic == _MAGIC and self._file.size >= (1 + buckets) * _BUCKET_BYTES else 0


def _slot_of(bucket: bytes, key: bytes) -> int:
    """Return where the slot of a key starts in a bucket; -1 if it has none."""
    start = bucket.find(key)
    while start > 0 and start % _SLOT.size:
        start = bucket.find(key, start + 1)
    return start
