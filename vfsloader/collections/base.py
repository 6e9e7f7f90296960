"""What a persistent dict, list and set share: where they lie, their life, what is told of them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from vfsloader.collections import check
from vfsloader.collections.cache import Cache
from vfsloader.collections.codec import Codec
from vfsloader.collections.keys import shown
from vfsloader.collections.locations import Location, location_of
from vfsloader.collections.metrics import Metrics, measure
from vfsloader.collections.references import refer, resolve
from vfsloader.collections.value_types import ValueType
from vfsloader.store.records.catalog import KINDS
from vfsloader.store.records.mapping import MappingRows
from vfsloader.store.records.sequence import SequenceRows

#: Changes between two looks at how much of the file is empty.
_LOOK_EVERY = 256


@dataclass(frozen=True)
class Changed:
    """What a subscriber is told."""

    collection: Persistent
    keys: tuple[Any, ...] | None
    """The keys, or elements, that were set or removed, each once; None for anything: lists, and where too much was."""


class Persistent:
    """A collection that outlives the process.

    Parameters
    ----------
    where
        A file, made if missing; ``":memory:"``; a :class:`~vfsloader.VirtualFileSystem`, whose own store then holds it;
        another collection, to lie in the same store. None for a file that ends with the object.
    name
        Which of the collections there; made if missing. ``"dict"``, ``"list"`` or ``"set"`` if left out.
    klass
        The type that all values must have: a type, a dataclass, a msgspec struct, or one of
        ``int32 int64 int128 string bool float bytes json``. None for anything that can be kept.
    codec
        ``"json"``, or ``"pickle"`` to keep objects of any type. A pickle can run any code when it is read: only for
        files that nobody else writes.
    cache_type, cache_size
        ``"lru"``, ``"lfu"`` or ``"fifo"``: keep that many values in memory.
    compaction_threshold
        The part of the file, 0 to 1, that may be empty before space is given back by itself.
    auto_compact
        Give space back after every few hundred removals.

    Raises
    ------
    TypeError
        `where` is nothing to lie in, or the name is that of another kind of collection.
    NotAStoreError, ReadOnlyError
        The file is none of ours, or cannot be written.
    """

    _kind: ClassVar[int]

    def __init__(
        self,
        where: Any = None,
        name: str | None = None,
        *,
        klass: type | str | None = None,
        codec: str = "json",
        cache_type: str | None = None,
        cache_size: int = 128,
        compaction_threshold: float | None = None,
        auto_compact: bool = False,
    ) -> None:
        self._life = threading.Lock()
        self._closed = True  # until it is open
        if codec not in ("json", "pickle"):
            raise ValueError(f"codec is json or pickle, not {codec!r}")
        if compaction_threshold is not None and not 0 < compaction_threshold <= 1:
            raise ValueError(f"compaction_threshold is a part of 1, not {compaction_threshold!r}")
        self._typed = ValueType(klass)
        self._cache = None if cache_type is None else Cache(cache_type, cache_size)
        self._threshold = 0.0 if auto_compact else compaction_threshold
        self._pickles = codec == "pickle"
        place, name = location_of(where), KINDS[self._kind] if name is None else name
        self._settle(place, place.keeper.make(name, self._kind), name)

    @classmethod
    def at(cls, place: Location, number: int, *, pickles: bool) -> Self:
        """Give the collection of a number, which is there; one object for each."""
        live = place.keeper.live
        known = live.get(number)
        if isinstance(known, cls):
            return known
        made = cls.__new__(cls)
        made._life = threading.Lock()
        made._typed, made._cache, made._threshold, made._pickles = ValueType(), None, None, pickles
        made._settle(place, number, None)
        return made

    def _settle(self, place: Location, number: int, name: str | None) -> None:
        """Lie at a place from now on."""
        self.place = place.enter()
        self.name = name
        self.number = number
        self._closed = False
        self._changes = 0
        self._subscribers: list[Callable[[Changed], object]] = []
        self._seen = 0
        self._codec = Codec(lambda value: refer(value, self), lambda told: resolve(told, self), pickles=self._pickles)
        if self._typed.is_any:  # the hot paths go straight through
            self._encode, self._decode = self._codec.encode, self._codec.decode  # type: ignore[method-assign]
        self._attach()
        place.keeper.live[number] = self

    def _attach(self) -> None:
        """Take up the rows of the place."""
        raise NotImplementedError

    def _content(self) -> list[Any]:
        """Give all that it holds, to be put elsewhere by :meth:`_fill`."""
        raise NotImplementedError

    def _fill(self, content: list[Any]) -> None:
        """Take what :meth:`_content` gave."""
        raise NotImplementedError

    # --- values --------------------------------------------------------------------------------------

    def _encode(self, value: Any) -> str:
        if self._typed.is_any or isinstance(value, Persistent):
            return self._codec.encode(value)
        return self._codec.encode(self._typed.check(value))

    def _decode(self, text: str) -> Any:
        value = self._codec.decode(text)
        return value if self._typed.is_any or isinstance(value, Persistent) else self._typed.make(value)

    def _decode_all(self, texts: list[str]) -> list[Any]:
        values = self._codec.decode_many(texts)
        if self._typed.is_any:
            return values
        return [value if isinstance(value, Persistent) else self._typed.make(value) for value in values]

    # --- life ----------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it was closed or destroyed."""
        return self._closed

    def close(self) -> None:
        """Let go of the file; a temporary collection ends. Everything else then raises ValueError."""
        with self._life:
            if not self._closed:
                self._closed = True
                self._rows: MappingRows | SequenceRows | Any = _Closed()
                self.place.leave()

    def destroy(self) -> None:
        """Remove the collection from its place, and close it."""
        if not self._closed:
            if not self.place.is_temporary:
                self.place.keeper.drop(self.number)
            self.close()

    def flush(self) -> None:
        """Do nothing: each change is in the file as soon as its call returns. See :meth:`sync`."""
        self._check_open()

    def sync(self) -> None:
        """Wait until the disk has every change, so that a power cut cannot lose it."""
        self._check_open()
        self.place.keeper.store.sync()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled or copied by copy: .copy() gives a builtin one")

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file.")

    # --- transactions and changes ----------------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """Make all changes inside the ``with`` happen together, or none: of all collections and files of one store.

        What was read inside it is not changed by others until it ends.

        Examples
        --------
        >>> from vfsloader.collections import PersistentDict
        >>> scores = PersistentDict()
        >>> with scores.transaction():
        ...     scores["moth"] = scores.get("moth", 0) + 1
        """
        self._check_open()
        return self.place.keeper.transaction()

    def subscribe(self, callback: Callable[[Changed], object]) -> Callable[[], None]:
        """Have a function told, at each :meth:`poll`, of changes by this process and others.

        :func:`vfsloader.update` polls the collections of a game's save.

        Returns
        -------
        callable
            Ends the subscription.
        """
        self._check_open()
        if not self._subscribers:
            self._seen = self.place.keeper.watch(self.number)
        self._subscribers.append(callback)
        _watched.add(self)

        def end() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return end

    def poll(self) -> bool:
        """Tell the subscribers what changed since the last time; tell whether anything did."""
        self._check_open()
        if not self._subscribers:
            return False
        self._seen, told = self.place.keeper.changes_since(self.number, self._seen)
        if not told:
            return False
        keys = None
        if None not in told:
            found = [bytes.fromhex(key[1:]) if key.startswith("\0") else key for key in told if key is not None]
            keys = tuple([shown(key, None, self._codec) for key in dict.fromkeys(found)])
        for callback in self._subscribers.copy():
            callback(Changed(self, keys))
        return True

    # --- care ----------------------------------------------------------------------------------------

    @property
    def metrics(self) -> Metrics:
        """What it holds and what that takes; looks at all of it."""
        self._check_open()
        return measure(self.place.keeper, self.number, self._cache)

    @property
    def fragmentation_ratio(self) -> float:
        """The part of the file that is empty, 0 to 1."""
        self._check_open()
        return check.fragmentation(self.place.keeper)

    def compact(self, *, background: bool = False) -> None:
        """Give back space that nothing needs any more, in steps between which others read and write.

        Collections that nothing holds any more are removed.

        Parameters
        ----------
        background
            Do so on a thread of its own, and return at once.
        """
        self._check_open()
        check.compact(self.place, background=background)

    def _was_changed(self) -> None:
        """Now and then look whether space is to be given back."""
        if self._threshold is not None:
            self._changes += 1
            if self._changes % _LOOK_EVERY == 0 and not self.place.keeper.database.in_own_transaction():
                ratio = check.fragmentation(self.place.keeper)
                if ratio > 0 and ratio >= self._threshold:
                    check.compact(self.place, background=True)


class _Closed:
    """The rows of a collection that is closed."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError("I/O operation on closed file.")


class _Watched:
    """The collections that someone watches, to be polled together."""

    def __init__(self) -> None:
        self._collections: weakref.WeakValueDictionary[int, Persistent] = weakref.WeakValueDictionary()

    def add(self, collection: Persistent) -> None:
        self._collections[id(collection)] = collection

    def poll(self) -> None:
        for collection in list(self._collections.values()):
            if not collection.closed:
                collection.poll()


_watched = _Watched()


def poll_all() -> None:
    """Poll every collection that someone watches."""
    _watched.poll()
