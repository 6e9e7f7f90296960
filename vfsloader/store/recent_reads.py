"""Small contents of a store on disk that were read lately, as long as nobody has committed.

A statement takes several times as long as the copying of a small content. So contents stay in memory together with the
state of the database in which they were read. A look at the log's index says whether the database is still in it. If
anybody has committed since, all of it is forgotten, and the statement decides.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from vfsloader.store.sqlite.database import Database
from vfsloader.store.sqlite.wal_index import is_settled

#: Bytes of contents that are kept in memory.
MAX_BYTES = 64 << 20
#: What a content costs besides its bytes.
_OVERHEAD = 200
#: Once there is no room, only every so many contents take an older one's place. A game that reads more than there is
#: room for, again and again in the same order, would otherwise never find a content that is still there.
_ADMITTED = 8


class RecentReads:
    """The contents that were read lately from one store.

    Parameters
    ----------
    database
        The store's database.
    max_bytes
        Contents that are kept, at most.
    """

    def __init__(self, database: Database, max_bytes: int = MAX_BYTES) -> None:
        self._state_of = database.state
        self._lock = threading.Lock()
        self._max_bytes = max_bytes
        #: The contents, and the state in which all of them were read: another state gets another dict.
        self._known: tuple[bytes | None, OrderedDict[str, bytes]] = None, OrderedDict()
        self._bytes = 0
        self._refused = 0

    def get(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return the content of a file where it is known, and the state of the database before it was read."""
        state = self._state_of()
        known, contents = self._known
        if state is None or state != known:
            return None, state
        return contents.get(path), state

    def put(self, path: str, data: bytes, state: bytes) -> None:
        """Keep the content of a file, which was read after the database was seen in `state`."""
        size = len(data) + _OVERHEAD
        if size > self._max_bytes or not is_settled(state):
            return
        with self._lock:
            known, contents = self._known
            if state != known:
                contents, self._bytes = OrderedDict(), 0
                self._known = state, contents
            if path in contents:
                return
            if self._bytes + size > self._max_bytes:
                self._refused += 1
                if self._refused % _ADMITTED:
                    return
                while self._bytes + size > self._max_bytes:
                    _, evicted = contents.popitem(last=False)
                    self._bytes -= len(evicted) + _OVERHEAD
            contents[path] = data
            self._bytes += size
