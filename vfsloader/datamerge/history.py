"""Which layer changed which value of a data file, while the layers are merged one by one.

A value keeps its history when an entry before it is added to or removed from a list, so that a mod that adds an item
does not seem to change all that follow. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from vfsloader.datamerge.json_patch import same
from vfsloader.datamerge.json_pointer import leaves
from vfsloader.runtime.budget import Budget


class Absent(enum.Enum):
    """The value of what is not there; ``null`` is a value of JSON."""

    ABSENT = "absent"


#: What a value is before it is added, and after it is removed.
ABSENT: Final = Absent.ABSENT
#: Members by which people distinguish the entries of a list.
_KEYS = ("id", "name", "key", "type")


class ValueChange(NamedTuple):
    """A value that a layer changed, added or removed."""

    layer: str
    pointer: str
    """Where the value is in the result, as in RFC 6901; for one that was removed, where it was."""
    before: Any
    """What it was below the layer; :data:`~vfsloader.datamerge.merge.ABSENT` if the layer added it."""
    after: Any
    """What it is above the layer; :data:`~vfsloader.datamerge.merge.ABSENT` if the layer removed it."""
    is_used: bool
    """Whether no higher layer changed it again."""


class _Write(NamedTuple):
    layer: str
    before: Any
    after: Any


#: The writes to each value, by its present pointer.
_Writes = dict[str, list[_Write]]


class History:
    """The values of a data file, and who wrote them.

    Parameters
    ----------
    layer, data
        The lowest layer, and its file.

    Attributes
    ----------
    sources
        By pointer, the layer that wrote each value.
    """

    def __init__(self, layer: str, data: Any) -> None:
        self._data = data
        self._leaves = dict(leaves(data))
        self.sources = dict.fromkeys(self._leaves, layer)
        self._writes: _Writes = {}
        self._removed: _Writes = {}

    def add(self, layer: str, data: Any, budget: Budget, *, is_whole: bool) -> None:
        """Take what a layer made of the data.

        Parameters
        ----------
        layer
            Its name.
        data
            The data with its change.
        budget
            What limits the values.
        is_whole
            Whether the layer replaced the file, and so wrote every value.

        Raises
        ------
        BudgetError
            There are too many values. The change does not count then.
        """
        after = dict(leaves(data, budget))
        if _has_moved_entries(self._data, data):
            self._follow(layer, data, after)
        else:
            self._compare(layer, data, after)
        if is_whole:
            self.sources = dict.fromkeys(after, layer)
        self._data, self._leaves = data, after

    def changes(self) -> tuple[ValueChange, ...]:
        """Return what the layers changed, sorted by pointer and then in load order."""
        found = []
        for writes_by_pointer in (self._writes, self._removed):
            for pointer, writes in writes_by_pointer.items():
                by_layer: dict[str, _Write] = {}
                for write in writes:
                    first = by_layer.pop(write.layer, write)
                    by_layer[write.layer] = _Write(write.layer, first.before, write.after)
                made = [write for write in by_layer.values() if not _are_same(write.before, write.after)]
                found += [ValueChange(write.layer, pointer, *write[1:], write is made[-1]) for write in made]
        found.sort(key=lambda change: change.pointer)
        return tuple(found)

    def _compare(self, layer: str, data: Any, after: dict[str, Any]) -> None:
        """Compare values by their pointers: no list has its entries at other places than before."""
        before = self._leaves
        sources = {pointer: self.sources.get(pointer, layer) for pointer in after}
        for pointer, value in before.items():
            if pointer not in after and not _is_filled(value, data, pointer):
                self._remove(layer, pointer, pointer, value)
        for pointer, value in after.items():
            old = before.get(pointer, ABSENT)
            if not _are_same(old, value):
                sources[pointer] = layer
                if old is not ABSENT:
                    self._writes.setdefault(pointer, []).append(_Write(layer, old, value))
                elif not _is_filled(value, self._data, pointer):
                    self._writes[pointer] = [*self._removed.pop(pointer, ()), _Write(layer, ABSENT, value)]
        self.sources = sources

    def _follow(self, layer: str, data: Any, after: dict[str, Any]) -> None:
        """Compare values that may have moved in lists, and move what is known of them along."""
        writes, sources = self._writes, self.sources
        self._writes, new_sources = {}, dict.fromkeys(after, layer)
        for old_pointer, new_pointer, old, new in _aligned(self._data, data):
            if new_pointer is None:
                if not _is_filled(old, data, old_pointer or ""):
                    self._removed[old_pointer or ""] = [*writes.get(old_pointer or "", ()), _Write(layer, old, ABSENT)]
            elif old_pointer is None:
                if not _is_filled(new, self._data, new_pointer):
                    known = self._removed.pop(new_pointer, ()) if new_pointer not in self._leaves else ()
                    self._writes[new_pointer] = [*known, _Write(layer, ABSENT, new)]
            else:
                known = writes.get(old_pointer, [])
                if _are_same(old, new):
                    new_sources[new_pointer] = sources[old_pointer]
                else:
                    known = [*known, _Write(layer, old, new)]
                if known:
                    self._writes[new_pointer] = known
        self.sources = new_sources

    def _remove(self, layer: str, pointer: str, key: str, value: Any) -> None:
        self._removed[key] = [*self._writes.pop(pointer, ()), _Write(layer, value, ABSENT)]


def _are_same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return same(one, other)


def _is_filled(value: Any, data: Any, pointer: str) -> bool:
    """Return whether an empty table or list has become one with members, or the reverse: the members say it all."""
    if not (isinstance(value, (dict, list)) and not value):
        return False
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        try:
            data = data[int(token)] if isinstance(data, list) else data[token]
        except (LookupError, TypeError, ValueError):
            return False
    return isinstance(data, type(value)) and bool(data)


def _has_moved_entries(before: Any, after: Any) -> bool:
    """Return whether a list may have entries at other places. What a patch did not touch is the same object still."""
    waiting = [(before, after)]
    while waiting:
        old, new = waiting.pop()
        if old is new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            waiting += [(value, new[key]) for key, value in old.items() if key in new]
        elif isinstance(old, list) and isinstance(new, list) and old and new:
            if len(old) != len(new):
                return True
            known = {id(entry) for entry in old if isinstance(entry, (dict, list))}
            if any(entry is not other and id(other) in known for entry, other in zip(old, new, strict=True)):
                return True
            waiting += zip(old, new, strict=True)
    return False


def _aligned(before: Any, after: Any) -> Iterator[tuple[str | None, str | None, Any, Any]]:
    """Yield old and new pointer, old and new value of each leaf; None and ABSENT for what only one of both has."""
    waiting: list[tuple[str | None, str | None, Any, Any]] = [("", "", before, after)]
    while waiting:
        old_at, new_at, old, new = waiting.pop()
        if old_at is not None and new_at is not None and old and new:
            if isinstance(old, dict) and isinstance(new, dict):
                for key in [*old, *(key for key in new if key not in old)]:
                    token = "/" + str(key).replace("~", "~0").replace("/", "~1")
                    old_child, new_child = old.get(key, ABSENT), new.get(key, ABSENT)
                    waiting.append(
                        (
                            None if old_child is ABSENT else old_at + token,
                            None if new_child is ABSENT else new_at + token,
                            old_child,
                            new_child,
                        )
                    )
                continue
            if isinstance(old, list) and isinstance(new, list):
                for i, j in _pairs(old, new):
                    waiting.append(
                        (
                            None if i is None else f"{old_at}/{i}",
                            None if j is None else f"{new_at}/{j}",
                            ABSENT if i is None else old[i],
                            ABSENT if j is None else new[j],
                        )
                    )
                continue
        if old_at is not None and new_at is not None and not (_has_members(old) or _has_members(new)):
            yield old_at, new_at, old, new
            continue
        if old_at is not None:
            yield from ((old_at + inner, None, value, ABSENT) for inner, value in leaves(old))
        if new_at is not None:
            yield from ((None, new_at + inner, ABSENT, value) for inner, value in leaves(new))


def _has_members(value: Any) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def _pairs(old: list[Any], new: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Yield which entries of two lists are the same one: by identity or key wherever they are, else by their place."""
    places: dict[Any, int | None] = {}
    for index, entry in enumerate(old):
        for key in _entry_keys(entry):
            places[key] = None if key in places else index  # None: it would not distinguish entries
    taken: set[int] = set()
    unmatched = []
    for index, entry in enumerate(new):
        for key in _entry_keys(entry):
            place = places.get(key)
            if place is not None and place not in taken:
                taken.add(place)
                yield place, index
                break
        else:
            unmatched.append(index)
    left = [index for index in range(len(old)) if index not in taken]
    if len(left) == len(unmatched):
        yield from zip(left, unmatched, strict=True)
        return
    at_both = set(left).intersection(unmatched)
    yield from ((index, index) for index in at_both)
    yield from ((index, None) for index in left if index not in at_both)
    yield from ((None, index) for index in unmatched if index not in at_both)


def _entry_keys(entry: Any) -> Iterator[Any]:
    """Yield what identifies an entry of a list: the object itself, its key, or its value."""
    if isinstance(entry, (dict, list)):
        yield id(entry)
        if isinstance(entry, dict):
            for key in _KEYS:
                if isinstance(entry.get(key), (str, int)):
                    yield key, entry[key]
                    return
    else:
        yield "value", type(entry), entry
