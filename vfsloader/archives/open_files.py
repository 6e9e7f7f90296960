"""Files that are open only while they are in use, so that a thousand archives do not need a thousand descriptors.

Some systems allow a process 256 open files. The archives that were read last share :data:`MOST_OPEN` of them; the file
of another archive is opened again when it is read.

Windows does not let a player delete or replace a file that is open. There, all are closed once a frame.
"""

from __future__ import annotations

import errno
import io
import itertools
import os
import stat
import threading
from collections import OrderedDict

from vfsloader.errors import DamagedError, PathNotFoundError
from vfsloader.runtime import polling
from vfsloader.runtime.held_files import on_release
from vfsloader.runtime.random_access import RandomAccessFile

MOST_OPEN = 16
_NONBLOCKING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_keys = itertools.count()


class FilePool:
    """Open files that nobody uses at the moment, the longest unused first.

    A file that is in use is not in the pool, so it is never closed under its reader.

    Attributes
    ----------
    is_short
        Whether all are closed at the next ``update()``.
    """

    def __init__(self, limit: int = MOST_OPEN) -> None:
        self.limit = limit
        self.is_short = os.name == "nt"
        self._lock = threading.Lock()
        self._files: OrderedDict[int, RandomAccessFile] = OrderedDict()

    def __len__(self) -> int:
        return len(self._files)

    def take(self, key: int) -> RandomAccessFile | None:
        """Remove a file from the pool and return it, or None if it is not there."""
        with self._lock:
            return self._files.pop(key, None)

    def put(self, key: int, file: RandomAccessFile) -> None:
        """Keep a file open; close the file that was unused longest if there are too many."""
        with self._lock:
            self._files[key] = file
            unused = self._files.popitem(last=False)[1] if len(self._files) > self.limit else None
        if unused is not None:
            unused.close()
        if self.is_short:
            polling.register(self.clear)

    def clear(self) -> None:
        """Close all files."""
        polling.unregister(self.clear)
        with self._lock:
            unused, self._files = self._files, OrderedDict()
        for file in unused.values():
            file.close()

    def renew_lock(self) -> None:
        """Forget a lock that another thread held when the process was forked."""
        self._lock = threading.Lock()


POOL = FilePool()
on_release(lambda path: POOL.clear())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.renew_lock)


class PooledFile(io.RawIOBase):
    """A regular file of the disk for reading, which is closed while others are read.

    Parameters
    ----------
    path
        The file.
    pool
        Keeps it open while there is space.

    Raises
    ------
    PathNotFoundError
        There is no such file, or it is not a regular file.
    """

    def __init__(self, path: str, pool: FilePool = POOL) -> None:
        self._pool = pool
        self._key = next(_keys)
        self._position = 0
        self.name = path
        file, self._identity = _opened(path, pool)
        self._size = self._identity[0]
        pool.put(self._key, file)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        position = offset + (0, self._position, self._size)[whence]
        if position < 0:
            raise OSError(errno.EINVAL, f"cannot seek to {position}")
        self._position = position
        return position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._read_at(self._position, len(buffer))
        count = len(data)
        buffer[:count] = data
        self._position += count
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            file = self._pool.take(self._key) if hasattr(self, "_key") else None
            if file is not None:
                file.close()

    def _read_at(self, offset: int, amount: int) -> bytes:
        self._check_open()
        file = self._pool.take(self._key)
        if file is None:
            file = self._reopened()
        try:
            return file.read(offset, amount)
        finally:
            self._pool.put(self._key, file)

    def _reopened(self) -> RandomAccessFile:
        try:
            file, identity = _opened(self.name, self._pool)
        except FileNotFoundError as error:
            sentence = f"{self.name} was removed after it was opened; put it back or open it again"
            raise DamagedError.at(self.name, sentence) from error
        if identity != self._identity:
            file.close()
            raise DamagedError.at(self.name, f"{self.name} was changed after it was opened; open it again")
        return file

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


def _opened(path: str, pool: FilePool) -> tuple[RandomAccessFile, tuple[int, int]]:
    """Open a regular file, and return it with its size and time of change."""
    try:
        file = _open(path)
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        pool.clear()
        file = _open(path)
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        raise PathNotFoundError.at(path, f"{path} is not a regular file")
    return file, (status.st_size, status.st_mtime_ns)


def _open(path: str) -> RandomAccessFile:
    try:
        return RandomAccessFile(path, _NONBLOCKING)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise PathNotFoundError.at(path, f"{path} is not a regular file") from error
        raise
