"""The resources in use: found again by path, loader and options, and brought up to date in place.

They are held weakly: a resource that nobody uses any more is forgotten, though its decoded data may still be cached. A
loader may name an anchor that is held weakly in its place, such as what all copies of a picture share. A
value that cannot be held weakly, such as a text or a number, is kept within a budget.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from vfsloader.assets.loader import Decoded, Loader
from vfsloader.runtime.lru import ByteLRU

Key = tuple[Loader[Any], str, Hashable]


class Record:
    """One resource in use."""

    __slots__ = (
        "anchor", "changed_at", "error", "is_strong", "key", "number", "options", "paths", "reloads", "seconds",
        "size_bytes", "value",
    )  # fmt: skip

    def __init__(self, key: Key, options: Mapping[str, Any], number: int) -> None:
        self.key = key
        self.anchor: Callable[[], Any] = _nothing
        """Returns what the loader brings up to date, or None if nothing of it is in use; see `Loader.anchor`."""
        self.number = number
        """Grows with each record that is made."""
        self.error: str | None = None
        """Why the last reload failed."""
        self.changed_at = 0.0
        """When the resource was brought up to date last, as :func:`time.time` returns it; 0 if never."""
        self.reloads = 0
        """How often that happened."""
        self.seconds = 0.0
        """How long its file was decoded last; 0 if that was decoded before."""
        self.is_strong = False
        """Whether the value cannot be held weakly."""
        self.options = options
        """As the caller gave them."""
        self.paths: frozenset[str] = frozenset()
        """Every path on which the resource depends."""
        self.size_bytes = 0
        self.value: Callable[[], Any] = _nothing
        """Returns the resource, or None if it is no longer in use."""

    @property
    def loader(self) -> Loader[Any]:
        return self.key[0]

    @property
    def path(self) -> str:
        return self.key[1]


class _RecordRef(weakref.ref[Any]):
    """A weak reference to the anchor of a record."""

    __slots__ = ("record",)
    record: Record


def _nothing() -> None:
    """Stand in for the resource of a record that has none yet."""


class LiveResources:
    """All resources in use.

    Parameters
    ----------
    max_bytes
        The budget for values that cannot be held weakly.

    Attributes
    ----------
    unreferenced_paths
        Paths on which no resource depends any more.
    shortcuts
        From the arguments of an earlier call to the resource that it returned; read without a lock.
    """

    def __init__(self, max_bytes: int) -> None:
        self.unreferenced_paths: set[str] = set()
        self.shortcuts: dict[Hashable, Callable[[], Any]] = {}
        self._records: dict[Key, Record] = {}
        #: Most paths have one record: a set of one takes five times its memory.
        self._by_path: dict[str, Record | set[Record]] = {}
        self._count = 0
        self._shortcuts_of: dict[Key, tuple[Hashable, ...]] = {}
        self._strong = ByteLRU(max_bytes, self._drop)
        self._collected: deque[_RecordRef] = deque()

    def __len__(self) -> int:
        self.purge_collected()
        return len(self._records)

    def get(self, key: Key) -> Any:
        """Return a resource that is in use, or None."""
        record = self._records.get(key)
        return None if record is None else record.value()

    def add(self, key: Key, options: Mapping[str, Any], value: Any, decoded: Decoded, anchor: object = None) -> None:
        """Track a new resource; with an anchor, as long as that lives."""
        if self._collected:
            self.purge_collected()
        self._count += 1
        earlier = self._records.get(key)
        if earlier is not None and earlier.anchor() is not None:  # only things made of that resource are in use
            earlier.key = (key[0], key[1], (*options.items(), ("earlier", earlier.number)))
            self._records[earlier.key] = earlier
        record = self._records[key] = Record(key, options, self._count)
        record.seconds = decoded.seconds
        self.track(record, value, decoded.paths, decoded.size_bytes, anchor)

    def add_shortcut(self, arguments: Hashable, key: Key) -> None:
        """Remember a call's arguments, so that the same call finds the resource at once."""
        record = self._records.get(key)
        if record is not None:
            self.shortcuts[arguments] = record.value
            known = self._shortcuts_of.get(key, ())
            if arguments not in known:
                self._shortcuts_of[key] = (*known, arguments)

    def track(
        self,
        record: Record,
        value: Any,
        paths: frozenset[str],
        size_bytes: int | None = None,
        anchor: object = None,
    ) -> None:
        """Make a record refer to a value and the paths it depends on; without a size, the old size stays."""
        record.size_bytes = record.size_bytes if size_bytes is None else size_bytes
        was_strong = record.is_strong
        anchor = value if anchor is None else anchor
        try:
            # The callback may come at any time and on any thread: it only notes what has to be done.
            record.anchor = ref = _RecordRef(anchor, self._collected.append)
            ref.record = record
            record.value = ref if anchor is value else weakref.ref(value)
            record.is_strong = False
        except TypeError:
            record.value = record.anchor = lambda: value
            record.is_strong = True
            self._strong.put(record.key, value, record.size_bytes)
        if was_strong and not record.is_strong:
            self._strong.pop(record.key)
        for arguments in self._shortcuts_of.get(record.key, ()):
            self.shortcuts[arguments] = record.value
        if record.paths:
            self.depend(record, paths)
            return
        for path in paths:
            if self._by_path.setdefault(path, record) is not record:
                self._share(path, record)
        self.unreferenced_paths -= paths
        record.paths = paths

    def depend(self, record: Record, paths: frozenset[str], size_bytes: int | None = None) -> None:
        """Set the paths on which a record depends; without a size, the old size stays."""
        record.size_bytes = record.size_bytes if size_bytes is None else size_bytes
        if not record.paths <= paths:
            self._release(record.paths - paths, record)
        for path in paths:
            if self._by_path.setdefault(path, record) is not record:
                self._share(path, record)
        self.unreferenced_paths -= paths
        record.paths = paths

    def _share(self, path: str, record: Record) -> None:
        users = self._by_path[path]
        if isinstance(users, set):
            users.add(record)
        else:
            self._by_path[path] = {users, record}

    def using(self, paths: Iterable[str]) -> list[Record]:
        """Return the records that depend on any of the given paths, each once, in the order in which they were made."""
        self.purge_collected()
        records: set[Record] = set()
        for path in paths:
            users = self._by_path.get(path)
            if isinstance(users, set):
                records |= users
            elif users is not None:
                records.add(users)
        return sorted(records, key=lambda record: record.number)

    @property
    def made(self) -> int:
        """How many resources were made so far."""
        return self._count

    def records(self) -> list[Record]:
        """Return the records of all resources; one may have been dropped a moment ago."""
        return list(self._records.values())

    def paths_of(self, loader: Loader[Any]) -> list[str]:
        """Return the paths of a loader's resources, in the order in which they were made."""
        self.purge_collected()
        return list(dict.fromkeys(path for made_by, path, _ in self._records if made_by == loader))

    def paths_by_id(self) -> dict[int, str]:
        """Return the paths of the resources in use, by the :func:`id` of the resource."""
        self.purge_collected()
        return {id(value): record.path for record in self._records.values() if (value := record.value()) is not None}

    def picture_loader(self, path: str) -> Loader[Any] | None:
        """Return a loader that applies edits and made a resource of a path that is in use."""
        return next((key[0] for key in self._records if key[1] == path and key[0].shows_edits), None)

    def purge_collected(self) -> None:
        """Forget the resources that are no longer in use."""
        while self._collected:
            ref = self._collected.popleft()
            record = ref.record
            if record.anchor is ref and self._records.get(record.key) is record:
                self._drop(record.key)

    def _drop(self, key: Key) -> None:
        record = self._records.pop(key, None)
        if record is None:
            return
        record.anchor = record.value = _nothing  # the reference knows its record: that would be a circle
        for arguments in self._shortcuts_of.pop(key, ()):
            self.shortcuts.pop(arguments, None)
        self._release(record.paths, record)

    def _release(self, paths: Iterable[str], record: Record) -> None:
        for path in paths:
            users = self._by_path.get(path)
            if isinstance(users, set):
                users.discard(record)
            if not users or users is record:
                del self._by_path[path]
                self.unreferenced_paths.add(path)
