"""What ``keys()``, ``values()`` and ``items()`` return: views that read the values in one sweep."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, Protocol


class SweptMapping(Protocol):
    """A mapping whose values can be read in one sweep, as a :class:`PersistentDict`'s can."""

    def __reversed__(self) -> Iterator[Any]:
        """Iterate over the keys, from the last one."""
        ...

    def every_value(self) -> Iterator[Any]:
        """Iterate over the values."""
        ...

    def pairs(self, *, backwards: bool = False) -> Iterator[tuple[Any, Any]]:
        """Iterate over keys and values."""
        ...


class KeysInOrder(KeysView[Any]):
    """The keys of a dict."""

    _mapping: SweptMapping

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._mapping)

    def __repr__(self) -> str:
        return f"dict_keys({list(self)!r})"


class ValuesInOrder(ValuesView[Any]):
    """The values of a dict."""

    _mapping: SweptMapping

    def __iter__(self) -> Iterator[Any]:
        return self._mapping.every_value()

    def __reversed__(self) -> Iterator[Any]:
        return (value for _, value in self._mapping.pairs(backwards=True))

    def __contains__(self, value: object) -> bool:
        return value in iter(self)

    def __repr__(self) -> str:
        return f"dict_values({list(self)!r})"


class ItemsInOrder(ItemsView[Any, Any]):
    """The keys of a dict with their values."""

    _mapping: SweptMapping

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return self._mapping.pairs()

    def __reversed__(self) -> Iterator[tuple[Any, Any]]:
        return self._mapping.pairs(backwards=True)

    def __repr__(self) -> str:
        return f"dict_items({list(self)!r})"
