"""A cache on the disk, shared by processes: remote blocks and prepared pictures are kept in it.

A cache is a folder that may be deleted at any time. *Segments* hold the entries, one appended after another. A
process appends to a segment that it has locked, so processes never wait for each other. The *index* is a hash table of
fixed size in a file, read and written in place, so opening a large cache takes no time and no memory, and each process
sees what the others write.

Nothing in the index is trusted. A slot has a checksum, and the record that it points to repeats the key. So a crash, a
race between two processes or a damaged file makes entries missing, never wrong.

When the cache is full, the segments that were not read for the longest time are deleted. A cache that cannot be read
or written costs time, nothing else: no method raises an `OSError`.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import mmap
import os
import struct
import sys
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vfsloader.runtime.random_access import RandomAccessFile

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_log = logging.getLogger("vfsloader.cache")
DEFAULT_BYTES = 1 << 30
INDEX = "index"
_SEGMENT = "segment-"
#: How many segments the allowed bytes are divided into: what is deleted at once when the cache is full.
_SEGMENTS = 32
#: Records start at multiples of this: engines read aligned pixels faster.
_UNIT = 64
#: Seconds between two updates of the time when a segment was last read.
_READ_TIME_SECONDS = 60

#: The index begins with a header, which takes the place of a bucket: magic, and how many buckets follow.
_MAGIC = b"vfsloader cache1"
_HEADER = struct.Struct("<16sI")
#: Key, segment, offset in units, size, CRC-32 of these.
_SLOT = struct.Struct("<16sIIII")
_SLOT_CHECKED = _SLOT.size - 4
#: A key's slot is one of those in its bucket, which is read and written within one sector of the disk.
_BUCKET_BYTES = 512
_KEY_BYTES = 16
_EMPTY = bytes(_KEY_BYTES)
#: With blocks of 4 KiB, half of the slots are in use when the cache is full.
_BYTES_PER_SLOT = 2048

#: What precedes the data of an entry: magic, key, digest.
_RECORD = struct.Struct("<4s16s16s28x")
_RECORD_MAGIC = b"vfc1"
_RECORD_KEY_END, _RECORD_DIGEST_END = 20, 36
_LARGEST_ENTRY = 1 << 30


class _Segment:
    """An open segment."""

    def __init__(self, number: int, path: Path, flags: int = os.O_RDONLY) -> None:
        self.number = number
        self.path = path
        self.file = RandomAccessFile(path, flags)
        self._view = memoryview(b"")
        self._read_at = float("-inf")

    def mapped(self, end: int) -> memoryview:
        """Return the whole file, mapped copy-on-write; shorter than `end` if the file is."""
        if len(self._view) < end:  # the file has grown; views of the old mapping keep it
            self._view = memoryview(mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_COPY))
        return self._view

    def note_read(self) -> None:
        """Set the time of the last read, if it was not set recently."""
        now = time.monotonic()
        if now - self._read_at > _READ_TIME_SECONDS:
            self._read_at = now
            with contextlib.suppress(OSError):  # a folder that is only read
                os.utime(self.path)


class DiskCache:
    """A cache of bytes in a folder.

    A key is a digest of everything that its bytes depend on, so an entry is never out of date. Of the key, the first 16
    bytes count.

    Parameters
    ----------
    folder
        The folder; made if missing.
    max_bytes
        How much it holds; the entries that were not read for the longest time are deleted first.

    Examples
    --------
    >>> import hashlib, tempfile
    >>> key, other = hashlib.sha256(b"https://example.com/a 1").digest(), hashlib.sha256(b"another").digest()
    >>> with tempfile.TemporaryDirectory() as folder, DiskCache(folder) as cache:
    ...     cache.put({key: b"bytes"})
    ...     list(cache.get([key, other]).values())
    [b'bytes']
    """

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int = DEFAULT_BYTES) -> None:
        self.max_bytes = max_bytes
        self._folder = Path(folder)
        self._segment_bytes = max_bytes // _SEGMENTS
        self._lock = threading.Lock()
        self._segments: dict[int, _Segment] = {}
        self._numbers: set[int] = set()
        self._appended: _Segment | None = None
        self._process = os.getpid()
        self._viewed: set[bytes] = set()
        self._buckets = 0
        self._is_writable = True
        try:
            self._index: RandomAccessFile | None = self._open_index()
        except OSError as error:
            self._index = None
            self._stop_writing(error)

    def __enter__(self) -> DiskCache:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def is_writable(self) -> bool:
        """Whether new entries are kept."""
        return self._is_writable

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the entries that are in the cache, each checked by its digest; drop those that are damaged."""
        entries: dict[bytes, bytes] = {}
        with self._lock:
            for key in keys:
                data = self._read(key[:_KEY_BYTES])
                if data is not None:
                    entries[key] = data
        return entries

    def view(self, key: bytes) -> memoryview | bytes | None:
        """Return an entry that was put `durable`, or None, without checking its digest.

        The first time in a run it is the mapped file itself: nothing is copied, and writing to it changes this
        process's memory only. After that it is a copy, because the first caller may have written to the mapping.
        """
        name = key[:_KEY_BYTES]
        with self._lock:
            if name in self._viewed:
                return self._read(name, check=False)
            data = self._map(name)
            if data is not None:
                self._viewed.add(name)
            return data

    def put(self, entries: Mapping[bytes, bytes], *, durable: bool = False) -> None:
        """Keep entries, in place of old ones with the same keys.

        Parameters
        ----------
        entries
            Bytes by key.
        durable
            Wait until the disk has the bytes before the index names them. Entries that are read by :meth:`view` need
            it: after a power failure nobody would notice that they are damaged.
        """
        with self._lock:
            if not self._is_writable:
                return
            largest = min(self.max_bytes, _LARGEST_ENTRY)
            named = [(key[:_KEY_BYTES], data) for key, data in entries.items() if len(data) <= largest]
            try:
                self._append(deque([(name, data) for name, data in named if self._read(name) != data]), durable)
            except OSError as error:
                self._stop_writing(error)

    def drop(self, keys: Iterable[bytes]) -> None:
        """Forget entries."""
        with self._lock:
            for key in keys:
                slot = self._find(key[:_KEY_BYTES])
                if slot is not None:
                    self._clear(slot[0])

    def close(self) -> None:
        """Close the files. Views stay usable; the cache keeps and returns nothing any more."""
        with self._lock:
            self._is_writable = False
            self._appended = None
            for number in list(self._segments):
                self._close_segment(number)
            if self._index is not None:
                self._index.close()
                self._index = None

    # --- reading -------------------------------------------------------------------------------------

    def _read(self, name: bytes, *, check: bool = True) -> bytes | None:
        slot = self._find(name)
        if slot is None:
            return None
        position, number, offset, size = slot
        try:
            segment = self._segments.get(number) or self._open_segment(number)
            record = segment.file.read(offset, _RECORD.size + size)
        except OSError:  # it was deleted
            record = b""
        if len(record) == _RECORD.size + size and record.startswith(_RECORD_MAGIC + name):
            data = record[_RECORD.size :]
            if not check or record[_RECORD_KEY_END:_RECORD_DIGEST_END] == _digest(data):
                segment.note_read()
                return data
        self._clear(position)
        return None

    def _map(self, name: bytes) -> memoryview | None:
        slot = self._find(name)
        if slot is None:
            return None
        position, number, offset, size = slot
        start = offset + _RECORD.size
        try:
            segment = self._segments.get(number) or self._open_segment(number)
            mapped = segment.mapped(start + size)
        except (OSError, ValueError):  # a file that was deleted, or an empty one
            mapped = memoryview(b"")
        if len(mapped) >= start + size and mapped[offset : offset + _RECORD_KEY_END] == _RECORD_MAGIC + name:
            segment.note_read()
            return mapped[start : start + size]
        self._clear(position)
        return None

    def _open_segment(self, number: int) -> _Segment:
        segment = self._segments[number] = _Segment(number, self._path(number))
        return segment

    def _path(self, number: int) -> Path:
        return self._folder / f"{_SEGMENT}{number:08}"

    # --- the index -----------------------------------------------------------------------------------

    def _open_index(self) -> RandomAccessFile:
        """Open the index; make it if it is missing, and empty it if it is damaged.

        Two processes may do so at the same time: then some of what either writes is missing later.
        """
        path = self._folder / INDEX
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            index = RandomAccessFile(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            index = RandomAccessFile(path)  # shared or installed read-only: what is there can be read
            self._stop_writing(error)
        self._buckets = _bucket_count(index)
        if not self._buckets and self._is_writable:
            slots = _BUCKET_BYTES // _SLOT.size
            buckets = max(self.max_bytes // _BYTES_PER_SLOT // slots, 8)
            os.ftruncate(index.fileno(), 0)
            os.ftruncate(index.fileno(), (1 + buckets) * _BUCKET_BYTES)  # most file systems allocate nothing yet
            index.write(0, _HEADER.pack(_MAGIC, buckets))
            self._buckets = _bucket_count(index)
        return index

    def _bucket(self, name: bytes) -> tuple[int, bytes]:
        """Return the bucket of a key, and where it is in the index."""
        if self._index is None or not self._buckets:
            return 0, b""
        position = (1 + int.from_bytes(name[:4], "little") % self._buckets) * _BUCKET_BYTES
        try:
            return position, self._index.read(position, _BUCKET_BYTES)
        except OSError as error:
            self._stop_writing(error)
            return 0, b""

    def _find(self, name: bytes) -> tuple[int, int, int, int] | None:
        """Return where a key's slot is in the index, and the segment, offset and size that it names."""
        position, bucket = self._bucket(name)
        at = _slot_of(bucket, name)
        if at < 0 or at + _SLOT.size > len(bucket):
            return None
        _, segment, offset, size, checksum = _SLOT.unpack_from(bucket, at)
        if checksum != zlib.crc32(bucket[at : at + _SLOT_CHECKED]):  # torn, or damaged
            return None
        return position + at, segment, offset * _UNIT, size

    def _insert(self, name: bytes, segment: int, offset: int, size: int) -> None:
        position, bucket = self._bucket(name)
        at = _slot_of(bucket, name)
        if at < 0:
            at = _slot_of(bucket, _EMPTY)
        if at < 0:  # the bucket is full
            at = min(range(0, len(bucket), _SLOT.size), key=lambda start: self._usefulness(bucket, start), default=-1)
        if at >= 0 and self._index is not None:
            slot = _SLOT.pack(name, segment, offset // _UNIT, size, 0)[:_SLOT_CHECKED]
            self._index.write(position + at, slot + zlib.crc32(slot).to_bytes(4, "little"))

    def _usefulness(self, bucket: bytes, at: int) -> tuple[bool, int]:
        """Order slots: first those of deleted segments, then those of old ones."""
        _, segment, *_ = _SLOT.unpack_from(bucket, at)
        return segment in self._numbers or segment > max(self._numbers, default=0), segment

    def _clear(self, position: int) -> None:
        if self._is_writable and self._index is not None:
            try:
                self._index.write(position, bytes(_SLOT.size))
            except OSError as error:
                self._stop_writing(error)

    # --- appending -----------------------------------------------------------------------------------

    def _append(self, waiting: deque[tuple[bytes, bytes]], durable: bool) -> None:
        while waiting:
            segment = self._writable_segment(_RECORD.size + len(waiting[0][1]))
            start = end = -(-segment.file.size // _UNIT) * _UNIT
            parts: list[bytes] = []
            slots: list[tuple[bytes, int, int, int]] = []
            while waiting and (not slots or end < self._segment_bytes):
                name, data = waiting.popleft()
                slots.append((name, segment.number, end, len(data)))
                parts += [_RECORD.pack(_RECORD_MAGIC, name, _digest(data)), data, bytes(-len(data) % _UNIT)]
                end += _RECORD.size + len(data) + len(parts[-1])
            segment.file.write(start, b"".join(parts))
            if durable:
                os.fsync(segment.file.fileno())
            for slot in slots:
                self._insert(*slot)

    def _writable_segment(self, size: int) -> _Segment:
        """Return a segment that this process alone appends to."""
        segment = self._appended
        if segment is None or self._process != os.getpid():  # a forked process has its parent's lock
            self._process = os.getpid()
        elif segment.file.size < self._segment_bytes and not segment.file.is_deleted:
            return segment
        self._make_room(max(size, self._segment_bytes))
        segment = self._appended = next(self._lockable_segments())
        self._segments[segment.number] = segment
        self._numbers.add(segment.number)
        return segment

    def _lockable_segments(self) -> Iterator[_Segment]:
        """Lock segments that have room, the newest first, and then new ones."""
        for number in sorted(self._numbers, reverse=True):
            with contextlib.suppress(OSError):  # deleted by another process
                if self._path(number).stat().st_size < self._segment_bytes:
                    segment = _Segment(number, self._path(number), os.O_RDWR)
                    if _try_lock(segment.file.fileno()) and not segment.file.is_deleted:
                        yield segment
        number = max(self._numbers, default=0)
        while True:
            number += 1
            with contextlib.suppress(FileExistsError):
                segment = _Segment(number, self._path(number), os.O_RDWR | os.O_CREAT | os.O_EXCL)
                if _try_lock(segment.file.fileno()):
                    yield segment

    def _make_room(self, needed: int) -> None:
        """Delete the segments that were not read for the longest time, until `needed` bytes are free."""
        status = {}
        for path in self._folder.glob(f"{_SEGMENT}*"):
            with contextlib.suppress(OSError, ValueError):
                status[int(path.name.removeprefix(_SEGMENT))] = path.stat()
        total = sum(each.st_size for each in status.values())
        for number in sorted(status, key=lambda number: (status[number].st_mtime_ns, number)):
            if total + needed <= self.max_bytes:
                break
            self._close_segment(number)
            with contextlib.suppress(OSError):  # Windows keeps a file that another process has open
                self._path(number).unlink()
                total -= status.pop(number).st_size
        self._numbers = set(status)
        for number in self._segments.keys() - status.keys():  # deleted by other processes
            self._close_segment(number)

    def _close_segment(self, number: int) -> None:
        segment = self._segments.pop(number, None)
        if segment is not None:
            segment.file.close()

    def _stop_writing(self, error: OSError) -> None:
        if self._is_writable:
            _log.warning("nothing more is kept in the cache %s: %s", self._folder, error)
        self._is_writable = False
        self._appended = None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _slot_of(bucket: bytes, name: bytes) -> int:
    """Return where the slot of a name starts in a bucket; -1 if it has none."""
    at = bucket.find(name)
    while at > 0 and at % _SLOT.size:
        at = bucket.find(name, at + 1)
    return at


def _bucket_count(index: RandomAccessFile) -> int:
    """Return how many buckets the index has; 0 if it is not one."""
    header = index.read(0, _HEADER.size)
    if len(header) < _HEADER.size:
        return 0
    magic, buckets = _HEADER.unpack(header)
    return int(buckets) if magic == _MAGIC and index.size >= (1 + buckets) * _BUCKET_BYTES else 0


def _try_lock(descriptor: int) -> bool:
    """Lock a file for as long as it is open, unless another process has locked it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 1 << 40, os.SEEK_SET)  # others may read all bytes but this one
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
