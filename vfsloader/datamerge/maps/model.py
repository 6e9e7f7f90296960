"""What all maps have in common: an edit is checked first, then carried out, and says what it touched."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vfsloader import paths
from vfsloader.datamerge.maps.edit_file import Edit
from vfsloader.errors import InvalidPathError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

Cell = tuple[int, int]
#: What a rectangle may have in tiles on a side.
_MAX_SIDE = 1 << 16


@dataclass(slots=True)
class EditContext:
    """What the edits of one file share."""

    path: str
    """The map's virtual path; names in the file are relative to its folder."""
    read: Callable[[str], bytes]
    """Returns another file of the tree."""
    budget: Budget
    numbering: list[tuple[int, int, int]] = field(default_factory=list)
    """For each tile set that the file added with its own ``firstgid``: that, the number of tiles, and the real one."""

    def resolve(self, name: Any) -> str:
        """Return the virtual path of a file that an edit names.

        Raises
        ------
        ValueError
            It is not a path inside the tree.
        """
        return resolve(self.path, name)


@dataclass(slots=True)
class Touched:
    """What an edit changed."""

    layer: str = ""
    cells: dict[Cell, int] = field(default_factory=dict)
    """Tiles of the layer, with what they are now."""
    values: dict[str, Any] = field(default_factory=dict)
    """Other places, in words, with their values."""
    tiles: dict[Cell, tuple[str, str]] = field(default_factory=dict)
    """What each of the tiles was and is, as an edit would call it."""


class TileLayer(Protocol):
    """A layer of which tiles can be set."""

    @property
    def label(self) -> str:
        """What reports call the layer."""

    def check(self, x: int, y: int) -> None:
        """Raise ValueError if there cannot be a tile at a place."""

    def get(self, x: int, y: int) -> int:
        """Return a tile; 0 is none."""

    def set(self, x: int, y: int, tile: int) -> None:
        """Set a tile; 0 clears it."""

    def tile_name(self, tile: int) -> str:
        """Return what an edit would call a tile; empty for none."""


class MapModel(ABC):
    """A map that is being edited.

    Parameters
    ----------
    path
        Its virtual path.
    budget
        Limits what is read of it.
    """

    #: Whether an edit may name a level.
    has_levels = False

    def __init__(self, path: str, budget: Budget) -> None:
        self.path = path
        self._budget = budget

    @abstractmethod
    def encoded(self) -> bytes:
        """Return the map as a file."""

    @abstractmethod
    def tile_layer(self, table: Mapping[str, Any]) -> TileLayer:
        """Return the layer that an edit names."""

    @abstractmethod
    def tile(self, value: Any, layer: TileLayer, context: EditContext) -> int:
        """Return the number for a tile as an edit names it."""

    @abstractmethod
    def stamp_from(self, stamp: Mapping[str, Any], at: Cell, layer: TileLayer, context: EditContext) -> dict[Cell, int]:
        """Return the tiles of a layer of another map, each with its place in this one."""

    @abstractmethod
    def change(self, edit: Edit, context: EditContext) -> Touched:
        """Carry out an edit that is not about tiles of a layer."""

    def carry_out(self, edit: Edit, context: EditContext) -> Touched:
        """Carry out an edit, wholly or not at all.

        Raises
        ------
        ValueError
            It does not fit the map.
        BudgetError
            It costs too much.
        """
        if "level" in edit.table and not self.has_levels:
            raise ValueError("level: only LDtk has levels; leave it out")
        if edit.action not in ("tiles", "clear", "stamp"):
            return self.change(edit, context)
        layer = self.tile_layer(edit.table)
        value = edit.table[edit.action]
        if edit.action == "stamp" and isinstance(value, dict):
            cells = self.stamp_from(value, _cell(edit.table["at"], "at"), layer, context)
        else:
            cells = {}
            for x, y, name in _CELLS[edit.action](value, edit.table, context.budget):
                layer.check(x, y)
                cells[x, y] = 0 if edit.action == "clear" else self.tile(name, layer, context)
        names: dict[tuple[int, int], tuple[str, str]] = {}
        tiles: dict[Cell, tuple[str, str]] = {}
        for (x, y), tile in cells.items():
            change = layer.get(x, y), tile
            if change not in names:
                names[change] = layer.tile_name(change[0]), layer.tile_name(tile)
            tiles[x, y] = names[change]
            layer.set(x, y, tile)
        return Touched(layer.label, cells, tiles=tiles)


def copied(source: TileLayer, where: Any, at: Cell, layer: TileLayer, budget: Budget) -> dict[Cell, int]:
    """Return the tiles of a rectangle of another layer, each with its place in this one.

    Raises
    ------
    ValueError
        The rectangle is wrong, or a tile has no place in this layer.
    """
    left, top, width, height = area(where, "area", budget)
    cells: dict[Cell, int] = {}
    for y in range(height):
        for x in range(width):
            tile = source.get(left + x, top + y)
            if tile:
                layer.check(at[0] + x, at[1] + y)
                cells[at[0] + x, at[1] + y] = tile
    return cells


def resolve(path: str, name: Any) -> str:
    """Return the virtual path of a file that the file at `path` names."""
    if not isinstance(name, str) or not name or name.startswith("/") or "\\" in name or ":" in name:
        raise ValueError(f"{quoted(name)} is not a path relative to the folder of the map")
    try:
        return paths.normalise(paths.join(paths.parent(path), name))
    except InvalidPathError as error:
        raise ValueError(f"{quoted(name)} is outside of the tree: {plain(str(error))}") from error


def whole_numbers(value: Any, count: int, key: str) -> list[int]:
    """Return a list of so many whole numbers.

    Raises
    ------
    ValueError
        It is something else.
    """
    is_right = isinstance(value, list) and len(value) == count
    if not is_right or not all(type(number) is int and abs(number) < 1 << 31 for number in value):
        raise ValueError(f"{key} must be {count} whole numbers in brackets, not {quoted(value)}")
    return value  # type: ignore[no-any-return]


def _cell(value: Any, key: str) -> Cell:
    x, y = whole_numbers(value, 2, key)
    return x, y


def area(value: Any, key: str, budget: Budget) -> tuple[int, int, int, int]:
    """Return x, y, width and height of a rectangle of tiles, whose tiles are spent."""
    x, y, width, height = whole_numbers(value, 4, key)
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise ValueError(f"{key}: width and height must be from 1 to {_MAX_SIDE}, not {width} and {height}")
    if width * height > budget.left("nodes"):
        raise budget.exceeded("nodes")  # before it is spent, so that the other edits are still possible
    budget.spend("nodes", width * height)
    return x, y, width, height


def _listed(value: Any, table: Mapping[str, Any], budget: Budget) -> Iterable[tuple[int, int, Any]]:
    for item in _rows(value, "tiles"):
        if len(item) != 3:
            raise ValueError(f"a tile must be [x, y, tile], not {quoted(item)}")
        yield (*_cell(item[:2], "x and y of a tile"), item[2])


def _cleared(value: Any, table: Mapping[str, Any], budget: Budget) -> Iterable[tuple[int, int, Any]]:
    is_one = isinstance(value, list) and not any(isinstance(item, list) for item in value)
    for item in [value] if is_one else _rows(value, "clear"):
        left, top, width, height = area(item, "clear", budget)
        for y in range(top, top + height):
            for x in range(left, left + width):
                yield x, y, 0


def _stamped(value: Any, table: Mapping[str, Any], budget: Budget) -> Iterable[tuple[int, int, Any]]:
    left, top = _cell(table["at"], "at")
    for y, row in enumerate(_rows(value, "stamp"), top):
        for x, tile in enumerate(row, left):
            if tile not in (-1, ""):
                yield x, y, tile


def _rows(value: Any, key: str) -> Sequence[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(item, list) for item in value):
        raise ValueError(f"must be a list of lists, not {quoted(value)}")
    return value


_CELLS = {"tiles": _listed, "clear": _cleared, "stamp": _stamped}
