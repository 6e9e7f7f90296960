"""A set that outlives the process."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Callable, Iterable, Iterator, MutableSet, Set
from typing import TYPE_CHECKING, Any

from vfsloader.collections.base import Persistent
from vfsloader.collections.keys import key_of, keys_shown, shown
from vfsloader.collections.value_types import ANYTHING
from vfsloader.store.records.tables import SET

if TYPE_CHECKING:
    from vfsloader.store.records.mapping import Key, MappingRows


def _in_place(update: Callable[[PersistentSet, Set[Any]], None]) -> Callable[[PersistentSet, Set[Any]], PersistentSet]:
    """Make an operator such as ``|=`` of a method such as ``update``."""

    def operate(self: PersistentSet, other: Set[Any]) -> PersistentSet:
        if not isinstance(other, Set):
            return NotImplemented
        update(self, other)
        return self

    return operate


class PersistentSet(Persistent, MutableSet[Any], kind=SET, name="set"):
    """A set in a file, in a file system's store, in memory, or in a temporary file.

    It behaves as ``set`` does, and keeps the order in which elements were added. Each call is one transaction.

    The parameters are those of :class:`~vfsloader.collections.base.Persistent`; `value_type` is the elements' type.

    Examples
    --------
    >>> found = PersistentSet(":memory:")
    >>> found |= {"lamp"}
    >>> found.add("key")
    >>> found & {"key", "map"}, len(found)
    ({'key'}, 2)
    """

    _rows: MappingRows
    __hash__ = None  # type: ignore[assignment]

    # --- one element -----------------------------------------------------------------------------------

    def add(self, value: Any) -> None:
        """Add an element; nothing happens if it is there already."""
        form, text = key_of(self._type.check(value), self._codec)
        if not self._rows.has(form):
            self._rows.set_default(form, text, None)

    def discard(self, value: Any) -> None:
        """Remove an element, if it is there."""
        if self._rows.remove(self._form(value)):
            self._compact_if_due()

    def remove(self, value: Any) -> None:
        """Remove an element; raise KeyError if it is not there."""
        if not self._rows.remove(self._form(value)):
            raise KeyError(value)
        self._compact_if_due()

    def pop(self) -> Any:
        """Remove and return the element that was added last."""
        row = self._rows.pop_last()
        if row is None:
            raise KeyError("pop from an empty set")
        self._compact_if_due()
        return self._type.rebuild(shown(row[0], row[1], self._codec))

    def __contains__(self, value: object) -> bool:
        return self._rows.has(self._form(value))

    # --- many ----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        for rows in self._rows.rows(values=False):
            elements = keys_shown(rows, self._codec)
            yield from elements if self._type is ANYTHING else map(self._type.rebuild, elements)

    def scan(self, predicate: Callable[[Any], object] | None = None) -> Iterator[Any]:
        """Yield the elements for which `predicate` is true, reading a few at a time, however large the set is."""
        return (value for value in self if predicate is None or predicate(value))

    def clear(self) -> None:
        """Remove everything."""
        self._rows.clear()
        self._compact_if_due()

    def copy(self) -> set[Any]:
        """Return everything as a builtin set."""
        return set(self)

    def update(self, *others: Iterable[Any]) -> None:
        """Add the elements of others, all or none."""
        forms = [key_of(self._type.check(value), self._codec) for value in itertools.chain(*others)]
        with self.transaction():
            for form, text in forms:
                self._rows.set_default(form, text, None)

    def difference_update(self, *others: Iterable[Any]) -> None:
        """Remove the elements of others, all or none."""
        self._rows.remove_many([self._form(value) for value in itertools.chain(*others)])

    def intersection_update(self, *others: Iterable[Any]) -> None:
        """Remove what any of the others lacks."""
        with self.transaction():
            elements = self.copy()
            self.difference_update(elements - elements.intersection(*others))

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        """Remove what both have, and add what only the other has."""
        with self.transaction():
            theirs = set(other)
            common = {value for value in theirs if value in self}
            self.difference_update(common)
            self.update(theirs - common)

    def union(self, *others: Iterable[Any]) -> set[Any]:
        """Return what any has, as a builtin set."""
        return self.copy().union(*others)

    def intersection(self, *others: Iterable[Any]) -> set[Any]:
        """Return what all have, as a builtin set."""
        return self.copy().intersection(*others)

    def difference(self, *others: Iterable[Any]) -> set[Any]:
        """Return what no other has, as a builtin set."""
        return self.copy().difference(*others)

    def symmetric_difference(self, other: Iterable[Any]) -> set[Any]:
        """Return what only one of the two has, as a builtin set."""
        return self.copy().symmetric_difference(other)

    def issubset(self, other: Iterable[Any]) -> bool:
        """Return whether the other has every element of this set."""
        return self.copy().issubset(other)

    def issuperset(self, other: Iterable[Any]) -> bool:
        """Return whether this set has every element of the other."""
        return all(value in self for value in other)

    __ior__ = _in_place(update)
    __iand__ = _in_place(intersection_update)
    __isub__ = _in_place(difference_update)
    __ixor__ = _in_place(symmetric_difference_update)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return other is self or (len(self) == len(other) and self.copy() == set(other))

    @reprlib.recursive_repr("{...}")
    def __repr__(self) -> str:
        if self.closed:
            return f"<closed {type(self).__name__}>"
        elements = ", ".join([repr(value) for value in self])
        return f"{{{elements}}}" if elements else "set()"

    # --- inside --------------------------------------------------------------------------------------

    @classmethod
    def _from_iterable(cls, elements: Iterable[Any]) -> set[Any]:
        return set(elements)

    def _form(self, value: Any) -> Key:
        return key_of(value, self._codec)[0]

    def _content(self) -> list[Any]:
        return list(self)

    def _fill(self, content: list[Any]) -> None:
        self.update(content)
