"""The resources that somebody holds: found again by path, loader and options, and brought up to date in place.

They are held weakly: what nobody holds any more is forgotten, and its bytes may still be kept decoded. A value that
cannot be held weakly, a text or a number, is kept within a budget.
"""

from __future__ import annotations

import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from vfsloader.assets.decoder import Decoded
from vfsloader.assets.loader import Loader
from vfsloader.runtime.lru import ByteLRU

Key = tuple[Loader[Any], str, Hashable]


class Record:
    """One resource that somebody holds."""

    __slots__ = ("error", "key", "number", "options", "paths", "size_bytes", "value")

    def __init__(self, key: Key, options: Mapping[str, Any], number: int) -> None:
        self.key = key
        self.number = number
        """Grows with each record that is made."""
        self.error: str | None = None
        """Why it could not be brought up to date."""
        self.options = options
        """As the caller gave them."""
        self.paths: frozenset[str] = frozenset()
        self.size_bytes = 0
        self.value: Callable[[], Any] = lambda: None
        """Gives the resource, or None where nobody holds it any more."""

    @property
    def loader(self) -> Loader[Any]:
        return self.key[0]

    @property
    def path(self) -> str:
        return self.key[1]


class LiveResources:
    """All resources that somebody holds.

    Parameters
    ----------
    max_bytes
        The budget for values that cannot be held weakly.

    Attributes
    ----------
    unused
        Paths on which no resource depends any more.
    """

    def __init__(self, max_bytes: int) -> None:
        self.unreferenced_paths: set[str] = set()
        #: From what a caller typed to the resource; looked into without a lock.
        self.shortcuts: dict[Hashable, Callable[[], Any]] = {}
        self._records: dict[Key, Record] = {}
        self._by_path: dict[str, set[Record]] = defaultdict(set)
        self._made = 0
        self._typed: dict[Key, set[Hashable]] = defaultdict(set)
        self._strong = ByteLRU(max_bytes, self._drop)
        self._dead: deque[tuple[Key, object]] = deque()

    def __len__(self) -> int:
        self.purge_collected()
        return len(self._records)

    def get(self, key: Key) -> Any:
        """Give a resource that somebody holds, or None."""
        record = self._records.get(key)
        return None if record is None else record.value()

    def add(self, key: Key, options: Mapping[str, Any], value: Any, decoded: Decoded) -> None:
        """Know a resource from now on."""
        self.purge_collected()
        self._made += 1
        record = self._records[key] = Record(key, options, self._made)
        self.track(record, value, decoded.paths, decoded.size_bytes)

    def shorten(self, typed: Hashable, key: Key) -> None:
        """Find a resource by what a caller typed, too."""
        record = self._records.get(key)
        if record is not None:
            self.shortcuts[typed] = record.value
            self._typed[key].add(typed)

    def track(self, record: Record, value: Any, paths: frozenset[str], size_bytes: int | None = None) -> None:
        """Let a record stand for a value, which depends on some paths; its size is as before if left out."""
        key = record.key
        record.size_bytes = record.size_bytes if size_bytes is None else size_bytes
        try:
            # The callback may come at any time and on any thread: it only says what is to be done.
            record.value = weakref.ref(value, lambda ref: self._dead.append((key, ref)))
            self._strong.pop(key)
        except TypeError:
            record.value = lambda: value
            self._strong.put(key, value, record.size_bytes)
        for typed in self._typed.get(key, ()):
            self.shortcuts[typed] = record.value
        for path in record.paths - paths:
            self._unuse(path, record)
        for path in paths:
            self._by_path[path].add(record)
        self.unreferenced_paths -= paths
        record.paths = paths

    def using(self, paths: Iterable[str]) -> list[Record]:
        """Give the records that depend on any of some paths, each once, in the order in which they were made."""
        self.purge_collected()
        found = {record for path in paths for record in self._by_path.get(path, ())}
        return sorted(found, key=lambda record: record.number)

    def paths_of(self, loader: Loader[Any]) -> list[str]:
        """Give the paths of a loader's resources, in the order in which they were made."""
        self.purge_collected()
        return list(dict.fromkeys(path for made_by, path, _ in self._records if made_by == loader))

    def purge_collected(self) -> None:
        """Forget what nobody holds any more."""
        while self._dead:
            key, ref = self._dead.popleft()
            record = self._records.get(key)
            if record is not None and record.value is ref:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        record = self._records.pop(key, None)
        if record is None:
            return
        for typed in self._typed.pop(key, ()):
            self.shortcuts.pop(typed, None)
        for path in record.paths:
            self._unuse(path, record)

    def _unuse(self, path: str, record: Record) -> None:
        users = self._by_path.get(path)
        if users is not None:
            users.discard(record)
            if not users:
                del self._by_path[path]
                self.unreferenced_paths.add(path)
