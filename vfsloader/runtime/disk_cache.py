"""A cache on the disk, shared by processes: remote blocks and prepared pictures are kept in it.

A cache is a folder that may be deleted at any time. *Segments* hold the entries, one appended after another. A
process appends to a segment that it has locked, so processes never wait for each other. The index is a hash table of
fixed size in a file, read and written in place, so opening a large cache takes no time and no memory, and each process
sees what the others write.

Nothing in the index is trusted. A slot has a checksum, and the record that it points to repeats the key. So a crash, a
race between two processes or a damaged file makes entries missing, never wrong.

Only the user may read what is in a cache, or write it. A folder that other users may write is not used: they could
have put anything into it.

When the cache is full, the segments that were not read for the longest time are deleted. A cache that cannot be read
or written costs time, nothing else: no method raises an `OSError`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vfsloader.runtime.disk_index import KEY_BYTES, UNIT, DiskIndex
from vfsloader.runtime.file_locks import try_lock
from vfsloader.runtime.forking import renew_in_child
from vfsloader.runtime.logs import logger
from vfsloader.runtime.random_access import RandomAccessFile

_log = logger("vfsloader.cache")
DEFAULT_BYTES = 1 << 30
INDEX = "index"
_SEGMENT = "segment-"
#: How many segments the allowed bytes are divided into: what is deleted at once when the cache is full.
_SEGMENTS = 32
#: Seconds between two updates of the time when a segment was last read.
_READ_TIME_SECONDS = 60

#: With blocks of 4 KiB, half of the slots of the index are in use when the cache is full.
_BYTES_PER_SLOT = 2048

#: What precedes the data of an entry: magic, key, digest.
_RECORD = struct.Struct("<4s16s16s28x")
_RECORD_MAGIC = b"vfc1"
_RECORD_KEY_END, _RECORD_DIGEST_END = 20, 36
_LARGEST_ENTRY = 1 << 30
#: Beyond all data: others read the file while it is locked.
_LOCKED_BYTE = 1 << 40


class _Segment:
    """An open segment."""

    def __init__(self, number: int, path: Path, flags: int = os.O_RDONLY) -> None:
        self.number = number
        self.path = path
        self.file = RandomAccessFile(path, flags, 0o600)
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

    A key is a digest, of 16 bytes or more, of everything that its bytes depend on, so an entry is never out of date.
    Only the first 16 bytes are used.

    Parameters
    ----------
    folder
        The folder; made if missing, for this user alone. One that other users may write is not used.
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
        renew_in_child(self, "_lock")
        self._segments: dict[int, _Segment] = {}
        self._numbers: set[int] = set()
        self._appended: _Segment | None = None
        self._process = os.getpid()
        self._viewed: set[bytes] = set()
        self._is_writable = True
        try:
            self._index: DiskIndex | None = self._open_index()
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
                data = self._read(key[:KEY_BYTES])
                if data is not None:
                    entries[key] = data
        return entries

    def view(self, key: bytes) -> memoryview | bytes | None:
        """Return an entry that was put `durable`, or None, without checking its digest.

        The first time in a run it is the mapped file itself: nothing is copied, and writing to it changes this
        process's memory only. After that it is a copy, because the first caller may have written to the mapping.
        """
        name = key[:KEY_BYTES]
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
            if not self._is_writable or self._index is None:
                return
            largest = min(self.max_bytes, _LARGEST_ENTRY)
            named = [(key[:KEY_BYTES], data) for key, data in entries.items() if len(data) <= largest]
            try:
                waiting = deque([(name, data) for name, data in named if self._read(name) != data])
                self._append(self._index, waiting, durable)
            except OSError as error:
                self._stop_writing(error)

    def drop(self, keys: Iterable[bytes]) -> None:
        """Forget entries."""
        with self._lock:
            for key in keys:
                slot = self._find(key[:KEY_BYTES])
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

    def _open_index(self) -> DiskIndex:
        slots = self.max_bytes // _BYTES_PER_SLOT
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            _refuse_shared(self._folder)
            return DiskIndex(self._folder / INDEX, slots)
        except _SharedFolderError:
            raise
        except OSError as error:
            self._stop_writing(error)
            _refuse_shared(self._folder)
            return DiskIndex(self._folder / INDEX, slots, read_only=True)  # shared, or installed with the game

    def _find(self, name: bytes) -> tuple[int, int, int, int] | None:
        try:
            return None if self._index is None else self._index.find(name)
        except OSError as error:
            self._stop_writing(error)
            return None

    def _clear(self, position: int) -> None:
        if self._is_writable and self._index is not None:
            try:
                self._index.clear(position)
            except OSError as error:
                self._stop_writing(error)

    def _is_deleted(self, segment: int) -> bool:
        return segment not in self._numbers and segment < max(self._numbers, default=0)

    # --- appending -----------------------------------------------------------------------------------

    def _append(self, index: DiskIndex, waiting: deque[tuple[bytes, bytes]], durable: bool) -> None:
        while waiting:
            segment = self._writable_segment(_RECORD.size + len(waiting[0][1]))
            start = end = -(-segment.file.size // UNIT) * UNIT
            parts: list[bytes] = []
            slots: list[tuple[bytes, int, int, int]] = []
            while waiting and (not slots or end < self._segment_bytes):
                name, data = waiting.popleft()
                slots.append((name, segment.number, end, len(data)))
                parts += [_RECORD.pack(_RECORD_MAGIC, name, _digest(data)), data, bytes(-len(data) % UNIT)]
                end += _RECORD.size + len(data) + len(parts[-1])
            segment.file.write(start, b"".join(parts))
            if durable:
                os.fsync(segment.file.fileno())
            for slot in slots:
                index.insert(*slot, self._is_deleted)

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
                    if try_lock(segment.file.fileno(), _LOCKED_BYTE) and not segment.file.is_deleted:
                        yield segment
        number = max(self._numbers, default=0)
        while True:
            number += 1
            with contextlib.suppress(FileExistsError):
                segment = _Segment(number, self._path(number), os.O_RDWR | os.O_CREAT | os.O_EXCL)
                if try_lock(segment.file.fileno(), _LOCKED_BYTE):
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


class _SharedFolderError(PermissionError):
    """Other users may write to the folder."""


def _refuse_shared(folder: Path) -> None:
    """Raise if users other than this one and the administrator may write to a folder."""
    if not hasattr(os, "geteuid"):  # Windows: folders inherit who may write from the user's own
        return
    status = folder.stat()
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        sentence = "other users may write to this folder; run chmod 700 on it if it is yours, or use another"
        raise _SharedFolderError(errno.EACCES, sentence, str(folder))


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]
