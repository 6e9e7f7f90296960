"""A list that outlives the process."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence
from typing import Any, ClassVar, SupportsIndex

from vfsloader.collections.base import Persistent
from vfsloader.collections.cache import is_kept
from vfsloader.collections.query import condition
from vfsloader.store.records.sequence import SequenceRows
from vfsloader.store.records.tables import LIST


class PersistentList(Persistent, MutableSequence[Any]):
    """A list in a file, in a file system's store, in memory, or in a file that ends with it.

    It does what ``list`` does, with the builtin's errors. Each call is one transaction. To reach an item and to insert
    or remove one anywhere takes about as long in a list of a million as in a short one.

    The parameters are those of :class:`~vfsloader.collections.base.Persistent`.

    Examples
    --------
    >>> log = PersistentList(":memory:")
    >>> log.extend(["woke up", "fell asleep"])
    >>> log.insert(1, "found a lamp")
    >>> log[-2:], len(log)
    (['found a lamp', 'fell asleep'], 3)
    """

    _kind: ClassVar[int] = LIST
    _rows: SequenceRows
    __hash__ = None  # type: ignore[assignment]

    def _attach(self) -> None:
        self._rows = SequenceRows(self.place.keeper, self.number)

    # --- one item ------------------------------------------------------------------------------------

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return self._slice(index)
        at = index if type(index) is int else _index(index)
        if self._cache is not None:
            return self._cached(at)
        text = self._rows.get(at)
        if text is None:
            raise IndexError("list index out of range")
        return self._decode(text)

    def __setitem__(self, index: SupportsIndex | slice, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, value)
        elif not self._rows.set(_index(index), self._encode(value)):
            raise IndexError("list assignment index out of range")
        self._was_changed()

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        if isinstance(index, slice):
            self._delete_slice(index)
        elif self._rows.pop(_index(index)) is None:
            raise IndexError("list assignment index out of range")
        self._was_changed()

    def append(self, value: Any) -> None:
        """Put an item behind the others."""
        self._rows.append(self._encode(value))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Put an item before the one at an index."""
        self._rows.insert(operator.index(index), self._encode(value))

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Remove an item and give it."""
        text = self._rows.pop(operator.index(index))
        if text is None:
            raise IndexError("pop index out of range" if len(self) else "pop from empty list")
        self._was_changed()
        return self._decode(text)

    def remove(self, value: Any) -> None:
        """Remove the first item that is equal to a value."""
        with self.transaction():
            for place, one in enumerate(self):
                if one is value or one == value:
                    self._rows.splice(place, place + 1, [])
                    break
            else:
                raise ValueError("list.remove(x): x not in list")
        self._was_changed()

    def index(self, value: Any, start: SupportsIndex = 0, stop: SupportsIndex | None = None) -> int:
        """Give the index of the first item that is equal to a value."""
        first, last, _ = slice(start, stop).indices(len(self))
        for place, one in enumerate(self):
            if place >= last:
                break
            if place >= first and (one is value or one == value):
                return place
        raise ValueError(f"{value!r} is not in list")

    def count(self, value: Any) -> int:
        """Give how many items are equal to a value."""
        return sum(1 for one in self if one is value or one == value)

    # --- many ----------------------------------------------------------------------------------------

    def extend(self, values: Iterable[Any]) -> None:
        """Put items behind the others, all or none."""
        values = list(self) if values is self else values
        self._rows.extend(self._encode(value) for value in values)

    def clear(self) -> None:
        """Remove all."""
        self._rows.clear()
        self._was_changed()

    def copy(self) -> list[Any]:
        """Give everything as a builtin list."""
        return list(self)

    def reverse(self) -> None:
        """Turn the order round."""
        with self.transaction():
            self._rows.replace_all(reversed(self._texts()))

    def sort(self, *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> None:
        """Put the items in order; all of them are in memory meanwhile."""
        with self.transaction():
            texts = self._texts()
            values = self._decode_all(texts)
            keys = values if key is None else [key(value) for value in values]
            order = sorted(range(len(texts)), key=keys.__getitem__, reverse=reverse)
            self._rows.replace_all([texts[place] for place in order])

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        for text in self._rows.texts():
            yield from self._values_of(text)

    def __reversed__(self) -> Iterator[Any]:
        for text in self._rows.texts(backwards=True):
            yield from reversed(self._values_of(text))

    def __contains__(self, value: object) -> bool:
        return any(one is value or one == value for one in self)

    def scan(
        self, predicate: Callable[[Any], object] | None = None, *, where: Mapping[str, Any] | None = None
    ) -> Iterator[Any]:
        """Give the items that are asked for, a few at a time, whatever the list's size.

        Parameters
        ----------
        predicate
            Is given an item, and says whether it is meant.
        where
            What items have at paths inside them; see :meth:`PersistentDict.scan`.

        Raises
        ------
        ValueError
            A path or comparison in `where` is none.
        """
        batches = self._rows.texts() if where is None else self._rows.where(*condition(where))
        for text in batches:
            for value in self._values_of(text):
                if predicate is None or predicate(value):
                    yield value

    # --- as a list -----------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, PersistentList)):
            return NotImplemented
        return other is self or (len(self) == len(other) and self.copy() == list(other))

    def __lt__(self, other: Any) -> bool:
        return self.copy() < list(other) if isinstance(other, (list, PersistentList)) else NotImplemented

    def __le__(self, other: Any) -> bool:
        return self.copy() <= list(other) if isinstance(other, (list, PersistentList)) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        return self.copy() > list(other) if isinstance(other, (list, PersistentList)) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        return self.copy() >= list(other) if isinstance(other, (list, PersistentList)) else NotImplemented

    def __add__(self, other: Any) -> list[Any]:
        return self.copy() + list(other) if isinstance(other, (list, PersistentList)) else NotImplemented

    def __radd__(self, other: Any) -> list[Any]:
        return list(other) + self.copy() if isinstance(other, list) else NotImplemented

    def __iadd__(self, other: Iterable[Any]) -> PersistentList:  # type: ignore[misc]
        self.extend(other)
        return self

    def __mul__(self, times: SupportsIndex) -> list[Any]:
        return self.copy() * times

    __rmul__ = __mul__

    def __imul__(self, times: SupportsIndex) -> PersistentList:
        with self.transaction():
            texts = self._texts()
            self._rows.replace_all(texts * operator.index(times))
        return self

    @reprlib.recursive_repr("[...]")
    def __repr__(self) -> str:
        if self.closed:
            return f"<closed {type(self).__name__}>"
        return f"[{', '.join([repr(value) for value in self])}]"

    # --- inside --------------------------------------------------------------------------------------

    def _cached(self, at: int) -> Any:
        assert self._cache is not None
        keeper = self.place.keeper
        version = keeper.header(self.number).version, keeper.database.rollbacks
        value = self._cache.get(version, at, None)
        if value is None:
            text = self._rows.get(at)
            if text is None:
                raise IndexError("list index out of range")
            value = self._decode(text)
            if value is not None and is_kept(value):
                self._cache.put(version, at, value)
        return value

    def _texts(self) -> list[str]:
        return [item for text in self._rows.texts() for item in text.split("\n")[:-1]]

    def _values_of(self, text: str) -> list[Any]:
        return self._decode_all(text.split("\n")[:-1]) if text else []

    def _slice(self, wanted: slice) -> list[Any]:
        start, stop, step = wanted.indices(len(self))
        if step > 0:
            return self._decode_all(self._rows.range(start, stop))[::step]
        return self._decode_all(self._rows.range(stop + 1, start + 1))[::step]

    def _set_slice(self, wanted: slice, values: Iterable[Any]) -> None:
        if not isinstance(values, Iterable):
            [][wanted] = values  # the builtin's own words, which differ from version to version
        texts = [self._encode(value) for value in (list(self) if values is self else values)]
        with self.transaction():
            start, stop, step = wanted.indices(len(self))
            if step == 1:
                self._rows.splice(start, max(start, stop), texts)
                return
            places = range(start, stop, step)
            if len(places) != len(texts):
                raise ValueError(
                    f"attempt to assign sequence of size {len(texts)} to extended slice of size {len(places)}"
                )
            for place, text in zip(places, texts, strict=True):
                self._rows.set(place, text)

    def _delete_slice(self, wanted: slice) -> None:
        with self.transaction():
            start, stop, step = wanted.indices(len(self))
            if step == 1:
                self._rows.splice(start, max(start, stop), [])
                return
            for place in sorted(range(start, stop, step), reverse=True):
                self._rows.splice(place, place + 1, [])

    def _content(self) -> list[Any]:
        return list(self)

    def _fill(self, content: list[Any]) -> None:
        self.extend(content)


def _index(index: Any) -> int:
    try:
        return operator.index(index)
    except TypeError:
        raise TypeError(f"list indices must be integers or slices, not {type(index).__name__}") from None
