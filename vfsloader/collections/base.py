"""What a persistent dict, list and set share: where they are kept, when they are closed, who hears of changes."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from vfsloader.collections import references
from vfsloader.collections.cache import Cache
from vfsloader.collections.codec import Codec, Referable
from vfsloader.collections.compaction import compact
from vfsloader.collections.keys import shown
from vfsloader.collections.locations import Location, location_of
from vfsloader.collections.metrics import Metrics, measure
from vfsloader.collections.value_types import ANYTHING, TypedCodec, ValueType, value_type_of
from vfsloader.runtime import polling
from vfsloader.runtime.logs import logger

_log = logger("vfsloader.collections")

#: Changes between two looks at how much of the file is empty.
_LOOK_EVERY = 256
#: No value.
MISSING = object()


@dataclass(frozen=True)
class Changed:
    """What a subscriber is called with."""

    collection: Persistent
    keys: tuple[Any, ...] | None
    """The keys, or elements, that were set or removed, each once; None for lists, and after too many changes."""


class Persistent(Referable):
    """A collection that outlives the process.

    Parameters
    ----------
    where
        A file, made if missing; ``":memory:"``; a :class:`~vfsloader.VirtualFileSystem`, in whose own store the
        collection is then kept; another collection, to be kept in the same store. None for a temporary file, which
        is deleted with the object.
    name
        Which of the collections there; made if missing. ``"dict"``, ``"list"`` or ``"set"`` if left out.
    value_type
        The type that all values must have: a type, a dataclass, a msgspec struct, or one of
        ``int32 int64 int128 string bool float bytes json``. None for anything that can be stored.
    codec
        ``"json"``, or ``"pickle"`` to store objects of any type. A pickle can run any code when it is read: only for
        files that nobody else writes.
    cache_type, cache_size
        ``"lru"``, ``"lfu"`` or ``"fifo"``: keep that many values in memory.
    compaction_threshold
        The part of the file, 0 to 1, that may be empty before space is given back automatically.
    auto_compact
        Give space back after every few hundred removals.
    klass
        Another name for `value_type`, which fscollections uses.

    Raises
    ------
    TypeError
        A collection cannot be kept in `where`, or the name is that of another kind of collection.
    NotAStoreError, ReadOnlyError
        The file is not one of ours, or cannot be written.
    """

    #: The number of the kind of collection, in the database.
    _kind: ClassVar[int]
    _default_name: ClassVar[str]
    _rows: Any
    _type: ValueType = ANYTHING
    _cache: Cache | None = None
    _threshold: float | None = None
    _pickles = False
    _closed = True  # until it is open

    def __init_subclass__(cls, *, kind: int | None = None, name: str = "", **options: Any) -> None:
        """Register the class that stands for a kind of collection, by which references are resolved."""
        super().__init_subclass__(**options)
        if kind is not None:
            cls._kind, cls._default_name = kind, name
            _classes[kind] = cls

    def __init__(
        self,
        where: Any = None,
        name: str | None = None,
        *,
        value_type: type | str | None = None,
        codec: str = "json",
        cache_type: str | None = None,
        cache_size: int = 128,
        compaction_threshold: float | None = None,
        auto_compact: bool = False,
        klass: type | str | None = None,
    ) -> None:
        if codec not in ("json", "pickle"):
            raise ValueError(f"codec is json or pickle, not {codec!r}")
        if compaction_threshold is not None and not 0 < compaction_threshold <= 1:
            raise ValueError(f"compaction_threshold is more than 0 and at most 1, not {compaction_threshold!r}")
        self._type = value_type_of(klass if value_type is None else value_type)
        self._cache = None if cache_type is None else Cache(cache_type, cache_size)
        self._threshold = 0.0 if auto_compact else compaction_threshold
        self._pickles = codec == "pickle"
        name = self._default_name if name is None else name
        location = location_of(where)
        try:
            self._open(location, location.catalog.make(name, self._kind), name)
        finally:
            location.leave()

    @classmethod
    def at(cls, location: Location, number: int, *, pickles: bool) -> Self:
        """Return the collection of a number, which must exist; the same object each time."""
        collection = location.catalog.live.get(number)
        if not isinstance(collection, cls):
            collection = cls.__new__(cls)
            collection._pickles = pickles
            collection._open(location, number, None)
        return collection

    def _open(self, location: Location, number: int, name: str | None) -> None:
        self._closing = threading.Lock()
        self._changes = 0
        self._subscribers: list[Callable[[Changed], object]] = []
        self._version_seen = 0
        self._codec = Codec(self._refer, self._resolve, pickles=self._pickles)
        self._values = self._codec
        if self._type is not ANYTHING:
            self._values = TypedCodec(self._type, self._refer, self._resolve, pickles=self._pickles)
        self._attach(location, number, name)

    def _attach(self, location: Location, number: int, name: str | None) -> None:
        """Be the collection of a number from now on."""
        self.location = location.enter()
        self.name = name
        self.number = number
        self._closed = False
        self._rows = location.rows(self._kind, number)
        location.catalog.live[number] = self

    def _content(self) -> list[Any]:
        """Return everything in it, to be put into another store by :meth:`_fill`."""
        raise NotImplementedError

    def _fill(self, content: list[Any]) -> None:
        """Add what :meth:`_content` returned."""
        raise NotImplementedError

    def _move_into(self, location: Location) -> None:
        """Move a temporary collection, and those inside it, into another store."""
        left, catalog = self.location, location.catalog
        with catalog.transaction():
            content = self._content()
            left.catalog.live.pop(self.number, None)
            self._attach(location, catalog.make(None, self._kind), None)  # first, as it may contain itself
            self._fill(content)
        left.leave()
        if self._subscribers:
            self._version_seen = catalog.watch(self.number)

    # --- values --------------------------------------------------------------------------------------

    def _refer(self, collection: Persistent) -> Any:
        collection._check_open()
        if collection.location.is_temporary and collection.location.catalog is not self.location.catalog:
            collection._move_into(self.location)
        return references.reference_to(collection.location, collection.number, collection.name, self.location)

    def _resolve(self, reference: Any) -> Persistent:
        with references.located(reference, self.location) as (location, number, kind):
            return _classes[kind].at(location, number, pickles=self._pickles)

    def _read(self, key: Any) -> Any:
        """Return the value of a key in the rows, from the cache if nothing changed since; else `MISSING`."""
        if self._cache is None:
            text = self._rows.get(key)
            return MISSING if text is None else self._values.decode(text)
        catalog = self.location.catalog
        version = catalog.header(self.number).version, catalog.database.rollbacks
        value = self._cache.get(version, key)
        if value is None:
            text = self._rows.get(key)
            if text is None:
                return MISSING
            value = self._values.decode(text)
            self._cache.put(version, key, value)
        return value

    # --- opening and closing -------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it was closed or destroyed."""
        return self._closed

    def close(self) -> None:
        """Close the collection; a temporary one is deleted. Using it afterwards raises ValueError."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._rows = _ClosedRows()
                self.location.leave()

    def destroy(self) -> None:
        """Remove the collection from its store, and close it."""
        if not self._closed:
            if not self.location.is_temporary:
                self.location.catalog.drop(self.number)
            self.close()

    def flush(self) -> None:
        """Do nothing: each change is in the file as soon as its call returns. See ``sync``."""
        self._check_open()

    def sync(self) -> None:
        """Wait until all changes are on the disk, so that a power cut cannot lose them."""
        self._check_open()
        self.location.catalog.store.sync()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Others may still use the location: it must not wait for this one to close its file.
        if not self._closed:
            try:
                self.close()
            except OSError as error:  # nobody could catch it
                _log.warning("%s", error)

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled or copied: its copy() method returns a builtin")

    def _check_open(self) -> None:
        """Raise ValueError if the collection is closed."""
        if self._closed:
            raise ValueError("I/O operation on closed file.")

    # --- transactions and changes ----------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """Make all changes inside the ``with`` block or none, to all collections and files of the store.

        Nobody else changes what is read inside the block before it ends.

        Examples
        --------
        >>> from vfsloader.collections import PersistentDict
        >>> scores = PersistentDict()
        >>> with scores.transaction():
        ...     scores["moth"] = scores.get("moth", 0) + 1
        """
        self._check_open()
        return self.location.catalog.transaction()

    def subscribe(self, callback: Callable[[Changed], object]) -> Callable[[], None]:
        """Call a function, at each :meth:`poll`, with the changes made by this process and others.

        :func:`vfsloader.update` polls all collections that have subscribers.

        Returns
        -------
        callable
            Ends the subscription.
        """
        self._check_open()
        if not self._subscribers:
            self._version_seen = self.location.catalog.watch(self.number)
        self._subscribers.append(callback)
        _watched[id(self)] = self
        polling.register(_poll_watched)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def poll(self) -> bool:
        """Notify the subscribers of what changed since the last poll; return whether anything did."""
        self._check_open()
        if not self._subscribers:
            return False
        self._version_seen, changes = self.location.catalog.changes_since(self.number, self._version_seen)
        if not changes:
            return False
        keys = None
        if None not in changes:
            forms = [bytes.fromhex(key[1:]) if key.startswith("\0") else key for key in changes if key is not None]
            keys = tuple([shown(form, None, self._codec) for form in dict.fromkeys(forms)])
        for callback in self._subscribers.copy():
            callback(Changed(self, keys))
        return True

    # --- space ---------------------------------------------------------------------------------------

    @property
    def metrics(self) -> Metrics:
        """How much it contains and how much space that takes; reads all of it."""
        self._check_open()
        return measure(self.location, self.number, self._cache)

    @property
    def fragmentation_ratio(self) -> float:
        """The part of the file that is empty, 0 to 1."""
        self._check_open()
        return self.location.fragmentation()

    def compact(self, *, background: bool = False) -> None:
        """Return unused space to the disk, in steps between which others read and write.

        Collections without a name that nothing refers to any more are removed.

        Parameters
        ----------
        background
            Do so on a thread of its own, and return at once.
        """
        self._check_open()
        compact(self.location, background=background)

    def _compact_if_due(self) -> None:
        """After every few hundred changes, give space back if more of the file is empty than the threshold allows."""
        if self._threshold is not None:
            self._changes += 1
            if self._changes % _LOOK_EVERY == 0 and not self.location.catalog.database.in_own_transaction():
                ratio = self.location.fragmentation()
                if ratio > 0 and ratio >= self._threshold:
                    compact(self.location, background=True)


class _ClosedRows:
    """The rows of a closed collection."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError("I/O operation on closed file.")


#: The class that stands for each kind of collection.
_classes: dict[int, type[Persistent]] = {}
#: The collections that have subscribers, by id: they cannot be hashed.
_watched: weakref.WeakValueDictionary[int, Persistent] = weakref.WeakValueDictionary()


def _poll_watched() -> None:
    for collection in list(_watched.values()):
        if not collection.closed:
            collection.poll()
