"""A list that outlives the process."""

from __future__ import annotations

import itertools
import operator
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from vfsloader.collections.base import MISSING, Persistent
from vfsloader.collections.query import condition
from vfsloader.errors import DamagedError
from vfsloader.store.records.tables import LIST

if TYPE_CHECKING:
    from vfsloader.store.records.sequence import SequenceRows


class PersistentList(Persistent, MutableSequence[Any], kind=LIST, name="list"):
    """A list in a file, in a file system's store, in memory, or in a temporary file.

    It behaves as ``list`` does, and raises the builtin's errors. Each call is one transaction. Reaching an item, and
    inserting or removing one anywhere, takes about as long in a list of a million items as in a short one.

    The parameters are those of :class:`~vfsloader.collections.base.Persistent`.

    Examples
    --------
    >>> log = PersistentList(":memory:")
    >>> log.extend(["woke up", "fell asleep"])
    >>> log.insert(1, "found a lamp")
    >>> log[-2:], len(log)
    (['found a lamp', 'fell asleep'], 3)
    """

    _rows: SequenceRows
    __hash__ = None  # type: ignore[assignment]

    # --- one item ------------------------------------------------------------------------------------

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return self._slice(index)
        value = self._read(index if type(index) is int else _index(index))
        if value is MISSING:
            raise IndexError("list index out of range")
        return value

    def __setitem__(self, index: SupportsIndex | slice, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, value)
        elif not self._rows.set(_index(index), self._values.encode(value)):
            raise IndexError("list assignment index out of range")
        self._compact_if_due()

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        if isinstance(index, slice):
            self._delete_slice(index)
        elif self._rows.pop(_index(index)) is None:
            raise IndexError("list assignment index out of range")
        self._compact_if_due()

    def append(self, value: Any) -> None:
        """Add an item at the end."""
        self._rows.append(self._values.encode(value))

    def insert(self, index: SupportsIndex, value: Any) -> None:
        """Insert an item before the one at an index."""
        self._rows.insert(operator.index(index), self._values.encode(value))

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Remove and return an item."""
        text = self._rows.pop(operator.index(index))
        if text is None:
            raise IndexError("pop index out of range" if len(self) else "pop from empty list")
        self._compact_if_due()
        return self._values.decode(text)

    def remove(self, value: Any) -> None:
        """Remove the first item that is equal to a value."""
        with self.transaction():
            index = _find(self, value)
            if index is None:
                raise ValueError("list.remove(x): x not in list")
            self._rows.splice(index, index + 1, [])
        self._compact_if_due()

    def index(self, value: Any, start: SupportsIndex = 0, stop: SupportsIndex | None = None) -> int:
        """Return the index of the first item that is equal to a value."""
        first, last, _ = slice(start, stop).indices(len(self))
        index = _find(itertools.islice(self, first, max(first, last)), value)
        if index is None:
            raise ValueError(f"{value!r} is not in list")
        return first + index

    def count(self, value: Any) -> int:
        """Return the number of items that are equal to a value."""
        return operator.countOf(self, value)

    # --- many ----------------------------------------------------------------------------------------

    def extend(self, values: Iterable[Any]) -> None:
        """Add items at the end, all or none."""
        values = list(self) if values is self else values
        self._rows.extend(self._values.encode(value) for value in values)

    def clear(self) -> None:
        """Remove everything."""
        self._rows.clear()
        self._compact_if_due()

    def copy(self) -> list[Any]:
        """Return everything as a builtin list."""
        return list(self)

    def reverse(self) -> None:
        """Reverse the order of the items."""
        with self.transaction():
            self._rows.replace_all(reversed(self._texts()))

    def sort(self, *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> None:
        """Sort the items; all of them are in memory while it runs."""
        with self.transaction():
            texts = self._texts()
            values = self._values.decode_many(texts)
            keys = values if key is None else [key(value) for value in values]
            order = sorted(range(len(texts)), key=keys.__getitem__, reverse=reverse)
            self._rows.replace_all([texts[index] for index in order])

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        for text in self._rows.texts():
            yield from self._values_of(text)

    def __reversed__(self) -> Iterator[Any]:
        for text in self._rows.texts(backwards=True):
            yield from reversed(self._values_of(text))

    def __contains__(self, value: object) -> bool:
        return value in iter(self)

    def scan(
        self, predicate: Callable[[Any], object] | None = None, *, where: Mapping[str, Any] | None = None
    ) -> Iterator[Any]:
        """Yield the items that match, reading a few at a time, however large the list is.

        Parameters
        ----------
        predicate
            Called with an item; returns whether it matches.
        where
            What items must have at paths inside them; see :meth:`PersistentDict.scan`.

        Raises
        ------
        ValueError
            A path or comparison in `where` is invalid.
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
        return f"<closed {type(self).__name__}>" if self.closed else repr(self.copy())

    # --- inside --------------------------------------------------------------------------------------

    def _texts(self) -> list[str]:
        return [item for text in self._rows.texts() for item in text.split("\n")[:-1]]

    def _values_of(self, text: str) -> list[Any]:
        if not isinstance(text, str):
            raise DamagedError.at("collection", "the list is damaged: a part of it is not text")
        return self._values.decode_many(text.split("\n")[:-1]) if text else []

    def _slice(self, wanted: slice) -> list[Any]:
        start, stop, step = wanted.indices(len(self))
        if step > 0:
            return self._values.decode_many(self._rows.range(start, stop))[::step]
        return self._values.decode_many(self._rows.range(stop + 1, start + 1))[::step]

    def _set_slice(self, wanted: slice, values: Iterable[Any]) -> None:
        if not isinstance(values, Iterable):
            [][wanted] = values  # raises the builtin's own error, which differs from version to version
        texts = [self._values.encode(value) for value in (list(self) if values is self else values)]
        with self.transaction():
            start, stop, step = wanted.indices(len(self))
            if step == 1:
                self._rows.splice(start, max(start, stop), texts)
                return
            indices = range(start, stop, step)
            if len(indices) != len(texts):
                raise ValueError(
                    f"attempt to assign sequence of size {len(texts)} to extended slice of size {len(indices)}"
                )
            for index, text in zip(indices, texts, strict=True):
                self._rows.set(index, text)

    def _delete_slice(self, wanted: slice) -> None:
        with self.transaction():
            start, stop, step = wanted.indices(len(self))
            if step == 1:
                self._rows.splice(start, max(start, stop), [])
                return
            for index in sorted(range(start, stop, step), reverse=True):
                self._rows.splice(index, index + 1, [])

    def _content(self) -> list[Any]:
        return list(self)

    def _fill(self, content: list[Any]) -> None:
        self.extend(content)


def _index(index: Any) -> int:
    try:
        return operator.index(index)
    except TypeError:
        raise TypeError(f"list indices must be integers or slices, not {type(index).__name__}") from None


def _find(items: Iterable[Any], value: Any) -> int | None:
    return next((index for index, item in enumerate(items) if item is value or item == value), None)
