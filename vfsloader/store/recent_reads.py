"""Small contents of a store on disk that were read lately, as long as nobody has committed.

A statement takes several times as long as the copying of a small content. So contents stay in memory together with the
state of the database in which they were read. A look at the log's index says whether the database is still in it. If
anybody has committed since, all of it is forgotten, and the statement decides.

Once there is no more room, it is remembered where in the file a content is, which takes little memory and one call of
the system at the next read; see :mod:`vfsloader.store.sqlite.content_pages`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from vfsloader.runtime.forking import renew_in_child
from vfsloader.store.sqlite.content_pages import ContentPages, Pieces
from vfsloader.store.sqlite.database import Database
from vfsloader.store.sqlite.wal_index import is_settled

#: Bytes of contents that are kept in memory.
MAX_BYTES = 64 << 20
#: What a content costs besides its bytes.
_OVERHEAD = 200
#: Once there is no room, only every so many contents take an older one's place. A game that reads more than there is
#: room for, again and again in the same order, would otherwise never find a content that is still there.
_ADMITTED = 8
#: The most contents of which it is remembered where they are.
_MOST_PLACES = 1 << 18

_ROW = "SELECT content - 1 FROM node WHERE path = ?"


class _Known(NamedTuple):
    """What was read in one state; another state gets another one."""

    state: bytes | None
    contents: OrderedDict[str, bytes]
    places: dict[str, tuple[ContentPages, Pieces]]


class RecentReads:
    """The contents that were read lately from one store.

    Parameters
    ----------
    database
        The store's database.
    max_bytes
        Contents that are kept, at most; `MAX_BYTES` if left out.
    """

    def __init__(self, database: Database, max_bytes: int | None = None) -> None:
        self._database = database
        self._state_of = database.state
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._max_bytes = MAX_BYTES if max_bytes is None else max_bytes
        self._known = _Known(None, OrderedDict(), {})
        self._bytes = 0
        self._refused = 0

    def get(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return the content of a file where it is known, and the state of the database before it was read."""
        state = self._state_of()
        known, contents, places = self._known
        if state is None or state != known:
            return None, state
        data = contents.get(path)
        if data is None and path in places:
            pages, pieces = places[path]
            data = pages.read(pieces)
            if self._state_of() != state:  # somebody has committed, and the pages may have changed
                return None, None
        return data, state

    def put(self, path: str, data: bytes, state: bytes) -> None:
        """Keep the content of a file, which was read after the database was seen in `state`."""
        size = len(data) + _OVERHEAD
        if not is_settled(state):
            return
        with self._lock:
            known = self._known
            if state != known.state:
                known = self._known = _Known(state, OrderedDict(), {})
                self._bytes = 0
            contents = known.contents
            if path in contents:
                return
            if self._bytes + size > self._max_bytes:
                self._locate(known, path, data)
                self._refused += 1
                if self._refused % _ADMITTED or size > self._max_bytes:
                    return
                while self._bytes + size > self._max_bytes:
                    _, evicted = contents.popitem(last=False)
                    self._bytes -= len(evicted) + _OVERHEAD
            contents[path] = data
            self._bytes += size

    def _locate(self, known: _Known, path: str, data: bytes) -> None:
        """Remember where in the file a content is, if the file itself has the state in which it was read."""
        state = known.state
        assert state is not None
        pages = self._database.pages_in(state)
        if pages is None or len(known.places) >= _MOST_PLACES:
            return
        row = self._database.one(_ROW, (path,))
        pieces = pages.locate(row, state) if isinstance(row, int) else None
        if pieces is not None and pages.read(pieces) == data and self._state_of() == state:
            known.places[path] = pages, pieces
