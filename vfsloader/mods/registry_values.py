"""What a game's registries are made of: items as files have them, items that can be used, and those that cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vfsloader.quoting import plain

#: An id, with or without the namespace of its mod before it.
ID = re.compile(r"(?:[^:\s]{1,100}:)?[^:\s]{1,200}")


class RawItem(NamedTuple):
    """An item as a file has it."""

    id: str
    """With the namespace."""
    namespace: str
    """The id of the mod that first had it; empty for the game's own."""
    data: Any
    path: str
    pointer: str
    """Where the item is in its file."""
    layer: str
    """Which layer it comes from."""
    writers: Mapping[str, str]
    """By pointer into the file, the layer that wrote each value."""
    payer: str
    """The mod whose budget pays for checking it: the highest one that contributes to the file."""


class RefusedItem(NamedTuple):
    """An item, or a value of one, that cannot be used."""

    layer: str
    path: str
    key: str
    """A pointer into the file; empty for all of it."""
    reason: str
    is_left_out: bool = True
    """Whether the item is left out; else it is there, and names a file that is not."""

    def __str__(self) -> str:
        return f"{plain(self.key, 200)}: {self.reason}" if self.key else self.reason


class Item(NamedTuple):
    """An item that a game can use."""

    id: str
    value: Any
    path: str
    pointer: str
    layer: str
    namespace: str


@dataclass
class Content:
    """What a registry contains."""

    items: dict[str, Item] = field(default_factory=dict)
    refused: list[RefusedItem] = field(default_factory=list)


class Named(NamedTuple):
    """A place in an item that names another item."""

    pointer: str
    target: tuple[str, str] | None
    """The registry and the id; None if there is no such item."""
    value: Any
    is_optional: bool
    registry: str


def near_hint(value: Any, known: Iterable[str]) -> str:
    """Return a hint at a name that is spelled like the wrong one; empty if there is none."""
    import difflib

    names = list(known)[:2000]
    near = difflib.get_close_matches(value, names, 1) if isinstance(value, str) and len(value) < 100 else []
    return f"; did you mean {plain(near[0])}?" if near else ""


def copied(data: Any) -> Any:
    """Return data that shares no list or table with `data`."""
    if isinstance(data, dict):
        return {key: copied(value) for key, value in data.items()}
    return [copied(value) for value in data] if isinstance(data, list) else data
