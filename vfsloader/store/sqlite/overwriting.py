"""Noticing that another program writes into the file of an open database, in place of its content.

A program that synchronises saves, or a player who copies a backup over one, may write into a file without replacing
it. SQLite would then mix the new pages with those in its cache and its log. SQLite itself writes into the file only
while it moves pages out of its log, and counts them in the log's index. So a file whose time of change is new, while
the index has counted nothing, was written by another program, or was only touched. Samples of its pages distinguish
the two.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.wal_index import WalIndex

_PAGE = 4096
#: Pages at the beginning that are always compared: what each commit changes is there.
_FIRST = 16


class _Seen(NamedTuple):
    size: int
    mtime_ns: int
    moves: bytes
    sample: int


class OverwriteWatch:
    """What the file of a database was when SQLite had last written into it.

    Attributes
    ----------
    moves
        The bytes of :attr:`WalIndex.log` and :attr:`WalIndex.moved` at the last look; empty before the first.
    """

    def __init__(self) -> None:
        self.moves = b""
        self._seen: _Seen | None = None

    def is_overwritten(self, status: os.stat_result, connection: engine.Connection, index: WalIndex) -> bool:
        """Return whether another program has written into the file.

        Parameters
        ----------
        status
            The file's, from before this call.
        connection
            A connection to the database.
        index
            The index of its log.
        """
        moves = self.moves = index.log.tobytes() + index.moved.tobytes()
        seen = self._seen
        is_written = seen is None or (status.st_size, status.st_mtime_ns) != (seen.size, seen.mtime_ns)
        if not is_written and seen is not None and moves == seen.moves:
            return False
        if not is_written and seen is not None:  # a new log, or one without pages that differ
            self._seen = seen._replace(moves=moves)
            return False
        self._seen = None
        if not index.is_still():  # pages are being moved: the next call looks again
            return False
        sample = _sample(connection, status.st_size)
        if index.log.tobytes() + index.moved.tobytes() != moves or not index.is_still():
            return False
        if seen is not None and moves == seen.moves and sample != seen.sample:
            return True
        self._seen = _Seen(status.st_size, status.st_mtime_ns, moves, sample)
        return False


def _sample(connection: engine.Connection, size: int) -> int:
    """Return a checksum of some pages of the file, read by SQLite's own descriptor."""
    checksum = size
    for offset in _offsets(size):
        checksum = zlib.crc32(connection.read("main", 0, offset, _PAGE)[1], checksum & 0xFFFFFFFF)
    return checksum


def _offsets(size: int) -> Iterator[int]:
    """Yield where to look in a file: the beginning, and then less and less often.

    The places stay the same while the file grows. SQLite maps the file, and each new place would count as memory.
    """
    yield from range(0, min(size, _FIRST * _PAGE), _PAGE)
    place = _FIRST * _PAGE
    while place + _PAGE <= size:
        yield from (offset for offset in (place, place + place // 2) if offset + _PAGE <= size)
        place *= 2
