"""A set that outlives the process."""

from __future__ import annotations

import itertools
import reprlib
from collections.abc import Callable, Iterable, Iterator, MutableSet, Set
from typing import Any, ClassVar

from vfsloader.collections.base import Persistent
from vfsloader.collections.keys import key_of, shown
from vfsloader.store.records.mapping import MappingRows
from vfsloader.store.records.tables import SET


class PersistentSet(Persistent, MutableSet[Any]):
    """A set in a file, in a file system's store, in memory, or in a file that ends with it.

    It does what ``set`` does; elements come in the order in which they were added. Each call is one transaction.

    The parameters are those of :class:`~vfsloader.collections.base.Persistent`; `klass` is the elements' type.

    Examples
    --------
    >>> found = PersistentSet(":memory:")
    >>> found |= {"lamp"}
    >>> found.add("key")
    >>> found & {"key", "map"}, len(found)
    ({'key'}, 2)
    """

    _kind: ClassVar[int] = SET
    _rows: MappingRows
    __hash__ = None  # type: ignore[assignment]

    def _attach(self) -> None:
        self._rows = MappingRows(self.place.keeper, self.number)

    # --- one element -----------------------------------------------------------------------------------

    def add(self, value: Any) -> None:
        """Put an element in; nothing happens where it is."""
        form, text = key_of(self._typed.check(value), self._codec)
        if not self._rows.has(form):
            self._rows.set_default(form, text, None)

    def discard(self, value: Any) -> None:
        """Remove an element, if it is there."""
        if self._rows.remove(key_of(value, self._codec)[0]):
            self._was_changed()

    def remove(self, value: Any) -> None:
        """Remove an element that is there."""
        if not self._rows.remove(key_of(value, self._codec)[0]):
            raise KeyError(value)
        self._was_changed()

    def pop(self) -> Any:
        """Remove an element and give it: the one that came last."""
        row = self._rows.pop_last()
        if row is None:
            raise KeyError("pop from an empty set")
        self._was_changed()
        return self._typed.make(shown(row[0], row[1], self._codec))

    def __contains__(self, value: object) -> bool:
        return self._rows.has(key_of(value, self._codec)[0])

    # --- many ----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Any]:
        for rows in self._rows.rows(values=False):
            for key, text, _ in rows:
                value = key if text is None and type(key) is str else shown(key, text, self._codec)
                yield value if self._typed.is_any else self._typed.make(value)

    def scan(self, predicate: Callable[[Any], object] | None = None) -> Iterator[Any]:
        """Give the elements for which `predicate` holds, a few at a time, whatever the set's size."""
        return (value for value in self if predicate is None or predicate(value))

    def clear(self) -> None:
        """Remove all."""
        self._rows.clear()
        self._was_changed()

    def copy(self) -> set[Any]:
        """Give everything as a builtin set."""
        return set(self)

    def update(self, *others: Iterable[Any]) -> None:
        """Put the elements of others in, all or none."""
        forms = [key_of(self._typed.check(value), self._codec) for value in itertools.chain(*others)]
        with self.transaction():
            for form, text in forms:
                self._rows.set_default(form, text, None)

    def difference_update(self, *others: Iterable[Any]) -> None:
        """Remove the elements of others, all or none."""
        self._rows.remove_many([key_of(value, self._codec)[0] for value in itertools.chain(*others)])

    def intersection_update(self, *others: Iterable[Any]) -> None:
        """Keep what all others have, too."""
        with self.transaction():
            self._keep(self.intersection(*others))

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        """Keep what only one of the two has."""
        with self.transaction():
            theirs = set(other)
            common = {value for value in theirs if value in self}
            self.difference_update(common)
            self.update(theirs - common)

    def union(self, *others: Iterable[Any]) -> set[Any]:
        """Give what any has, as a builtin set."""
        return self.copy().union(*others)

    def intersection(self, *others: Iterable[Any]) -> set[Any]:
        """Give what all have, as a builtin set."""
        return self.copy().intersection(*others)

    def difference(self, *others: Iterable[Any]) -> set[Any]:
        """Give what no other has, as a builtin set."""
        return self.copy().difference(*others)

    def symmetric_difference(self, other: Iterable[Any]) -> set[Any]:
        """Give what only one has, as a builtin set."""
        return self.copy().symmetric_difference(other)

    def issubset(self, other: Iterable[Any]) -> bool:
        """Tell whether another has everything that is here."""
        return self.copy().issubset(other)

    def issuperset(self, other: Iterable[Any]) -> bool:
        """Tell whether everything of another is here."""
        return all(value in self for value in other)

    def isdisjoint(self, other: Iterable[Any]) -> bool:
        """Tell whether nothing of another is here."""
        return not any(value in self for value in other)

    def __ior__(self, other: Set[Any]) -> PersistentSet:  # type: ignore[misc]
        if not isinstance(other, Set):
            return NotImplemented
        self.update(other)
        return self

    def __iand__(self, other: Set[Any]) -> PersistentSet:
        if not isinstance(other, Set):
            return NotImplemented
        self.intersection_update(other)
        return self

    def __isub__(self, other: Set[Any]) -> PersistentSet:
        if not isinstance(other, Set):
            return NotImplemented
        self.clear() if other is self else self.difference_update(other)
        return self

    def __ixor__(self, other: Set[Any]) -> PersistentSet:  # type: ignore[misc]
        if not isinstance(other, Set):
            return NotImplemented
        self.clear() if other is self else self.symmetric_difference_update(other)
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return other is self or (len(self) == len(other) and self.copy() == set(other))

    @reprlib.recursive_repr("{...}")
    def __repr__(self) -> str:
        if self.closed:
            return f"<closed {type(self).__name__}>"
        inside = ", ".join([repr(value) for value in self])
        return f"{{{inside}}}" if inside else "set()"

    # --- inside --------------------------------------------------------------------------------------

    @classmethod
    def _from_iterable(cls, found: Iterable[Any]) -> set[Any]:
        return set(found)

    def _keep(self, wanted: set[Any]) -> None:
        self.difference_update([value for value in self.copy() if value not in wanted])

    def _content(self) -> list[Any]:
        return list(self)

    def _fill(self, content: list[Any]) -> None:
        self.update(content)
