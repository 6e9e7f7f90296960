"""Reading chunks from the pages of a database file without a statement.

A statement takes and releases a lock and reads whole pages; for a small content these calls of the system take far
longer than its bytes. While the log's index says that the file itself has the current state (see
:meth:`WalIndex.is_log_moved`), the bytes of a chunk are at known offsets of the file. Finding them follows the
documented format of SQLite's tables: https://www.sqlite.org/fileformat2.html#b_tree_pages.

The file is read through SQLite's own descriptor, for the reason that :mod:`vfsloader.store.sqlite.wal_index` gives.
The caller compares the header of the log's index before and after each call; whatever is read in between two states is
discarded. A page that makes no sense is not an error here, as a statement has to say what is wrong.
"""

from __future__ import annotations

import ctypes
import threading
from bisect import bisect_left
from typing import NamedTuple

from vfsloader.runtime.forking import renew_in_child
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.wal_index import sqlite_file

#: The largest chunk that is read this way.
MAX_BYTES = 256 << 10
_INTERIOR, _LEAF = 5, 13
_MAX_DEPTH = 20
#: With the global lock held: it takes as long to release and take it again as to copy a small content.
_Read = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)

#: Where the bytes of a content are: offset and length of each piece.
Pieces = tuple[tuple[int, int], ...]


class _Interior(NamedTuple):
    """An inner page of a table: rows up to ``keys[i]`` are below ``children[i]``."""

    keys: list[int]
    children: list[int]


class ContentPages:
    """The pages of a database's table ``chunk``.

    Parameters
    ----------
    connection
        One that does nothing else, has read from the database, and belongs to this object from now on.
    address, read
        SQLite's file, and its method ``xRead``.
    """

    def __init__(self, connection: engine.Connection, address: int, read: int) -> None:
        self._connection = connection
        self._address = address
        self._read = _Read(read)
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._buffer = ctypes.create_string_buffer(MAX_BYTES)
        self._buffer_address = ctypes.addressof(self._buffer)
        self._bytes = memoryview(self._buffer).cast("B")
        self._page_size = int(connection.pragma("page_size"))
        self._usable = self._page_size - self._at(0, 100)[20]
        self._root = int(connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'").get)
        self._state: bytes | None = None
        self._interior: dict[int, _Interior] = {}

    def read(self, pieces: Pieces) -> bytes | None:
        """Return the bytes of a content; None if they cannot be read."""
        done = 0
        with self._lock:
            if not self._address:
                return None
            for offset, length in pieces:
                if self._read(self._address, self._buffer_address + done, length, offset):
                    return None
                done += length
            return self._bytes[:done].tobytes()

    def locate(self, row: int, state: bytes) -> Pieces | None:
        """Return where the bytes of a chunk are; None where only a statement can tell.

        What is known of inner pages is forgotten with each new `state`.
        """
        if state != self._state:
            self._state, self._interior = state, {}
        try:
            number = self._root
            for _ in range(_MAX_DEPTH):
                known = self._interior.get(number)
                if known is None:
                    page = self._at((number - 1) * self._page_size, self._page_size)
                    if page[0] == _LEAF:
                        return self._in_leaf(page, (number - 1) * self._page_size, row)
                    known = self._interior[number] = _interior(page)
                number = known.children[bisect_left(known.keys, row)]
        except (IndexError, ValueError, OSError):  # a page of another state, or a damaged one
            pass
        return None

    def close(self) -> None:
        """Use SQLite's file no more, and close the connection."""
        with self._lock:
            self._address = 0
            self._connection.close()

    def _at(self, offset: int, length: int) -> bytes:
        data = self.read(((offset, length),))
        if data is None:
            raise OSError(f"no page at {offset}")
        return data

    def _in_leaf(self, page: bytes, offset: int, row: int) -> Pieces | None:
        """Find a row in a leaf page, and its content in the row's record."""
        low, high = 0, _number(page, 3, 2)
        while low < high:
            middle = (low + high) // 2
            cell = _number(page, 8 + 2 * middle, 2)
            size, at = _varint(page, cell)
            found, at = _varint(page, at)
            if found == row:
                return self._pieces(page, offset, at, size)
            low, high = (middle + 1, high) if found < row else (low, middle)
        return None

    def _pieces(self, page: bytes, offset: int, at: int, size: int) -> Pieces | None:
        """Return where the content is in a record of `size` bytes, which begins at `at` of a page."""
        head, next_at = _varint(page, at)
        number_type, next_at = _varint(page, next_at)
        content_type, next_at = _varint(page, next_at)
        length = (content_type - 12) // 2
        is_blob = content_type >= 12 and content_type % 2 == 0
        if number_type or not is_blob or next_at != at + head or head + length != size or length > MAX_BYTES:
            return None
        local = self._local_bytes(size)
        pieces = [(offset + at + head, local - head)]
        rest, number = size - local, _number(page, at + local, 4) if local < size else 0
        while rest:
            start, count = (number - 1) * self._page_size, min(rest, self._usable - 4)
            pieces.append((start + 4, count))
            rest -= count
            number = int.from_bytes(self._at(start, 4), "big") if rest else 0
        return tuple(pieces)

    def _local_bytes(self, size: int) -> int:
        """Return how many bytes of a record are in its leaf page; the rest is in a chain of others."""
        most = self._usable - 35
        if size <= most:
            return size
        least = (self._usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (self._usable - 4)
        return local if local <= most else least


def _interior(page: bytes) -> _Interior:
    if page[0] != _INTERIOR:
        raise ValueError("not a page of a table")
    keys, children = [], []
    for index in range(_number(page, 3, 2)):
        cell = _number(page, 12 + 2 * index, 2)
        children.append(_number(page, cell, 4))
        keys.append(_varint(page, cell + 4)[0])
    return _Interior(keys, [*children, _number(page, 8, 4)])


def _number(page: bytes, at: int, size: int) -> int:
    return int.from_bytes(page[at : at + size], "big")


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and where the next one begins."""
    value = 0
    for step in range(8):
        byte = page[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    return value << 8 | page[at + 8], at + 9


def open_content_pages(connection: engine.Connection) -> ContentPages | None:
    """Return the pages of a database; None where they cannot be read.

    Parameters
    ----------
    connection
        A connection for this alone. It is closed if they cannot be read.
    """
    try:
        connection.execute("SELECT 1 FROM meta").get  # noqa: B018 - takes the lock that keeps the database in WAL mode
        file = sqlite_file(connection)
        if file is not None and file[1].read:
            return ContentPages(connection, file[0], file[1].read)
    except (engine.Error, OSError):
        pass
    connection.close()
    return None
