"""The tiles of a layer of LDtk: numbers of an IntGrid, or tiles of a tile set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vfsloader.datamerge.maps.model import resolve
from vfsloader.datamerge.maps.nodes import MAX_SIDE
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget

#: In a tile's number, whether it is flipped left to right and upside down; the rest is the tile's id plus 1.
FLIP_BITS = 2
_FLIPS = {"h": 1, "v": 2}


def table_of(value: Any, what: str) -> dict[str, Any]:
    """Return a table of a project.

    Raises
    ------
    ValueError
        It is something else.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a table, not {quoted(value)}")
    return value


def tables(table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a list of tables of a project; empty if it is missing."""
    value = table.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list, not {quoted(value)}")
    return [table_of(item, key) for item in value]


def number(table: Mapping[str, Any], key: str, default: int | None = None) -> int:
    """Return a whole number of a project that is not negative and has at most 32 bits."""
    value = table.get(key, default)
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    if type(value) is not int or not 0 <= value < 1 << 32:
        raise ValueError(f"{key} must be a whole number, not {quoted(value)}")
    return value


class LdtkLayer:
    """A layer of tiles or of numbers.

    A tile is 0 for none, else its id plus 1, shifted by two bits for its flips. In an IntGrid it is the number itself.

    Parameters
    ----------
    root
        The project.
    layer
        The layer of a level.
    label
        What reports call it.
    budget
        Limits the tiles.
    """

    def __init__(self, root: Mapping[str, Any], layer: dict[str, Any], label: str, budget: Budget) -> None:
        self.label = label
        self._layer = layer
        self.width, self.height = number(layer, "__cWid"), number(layer, "__cHei")
        if not (0 < self.width <= MAX_SIDE and 0 < self.height <= MAX_SIDE):
            raise ValueError(f"the layer has {self.width} x {self.height} tiles")
        budget.spend("nodes", self.width * self.height)
        self._size = max(number(layer, "__gridSize"), 1)
        self.is_int_grid = layer.get("__type") == "IntGrid"
        self._key = "autoLayerTiles" if layer.get("__type") == "AutoLayer" else "gridTiles"
        uid = layer.get("overrideTilesetUid") or layer.get("__tilesetDefUid")
        defs = table_of(root.get("defs", {}), "defs")
        self._tileset = next((item for item in tables(defs, "tilesets") if item.get("uid") == uid), None)
        if self.is_int_grid:
            grid = layer.get("intGridCsv")
            count = self.width * self.height
            if not isinstance(grid, list) or len(grid) != count or not all(type(value) is int for value in grid):
                raise ValueError(f"the layer {label} does not have {count:,} whole numbers")
            self._grid: list[int] = list(grid)
            kinds = next((item for item in tables(defs, "layers") if item.get("uid") == layer.get("layerDefUid")), {})
            self._values = {item.get("value") for item in tables(kinds, "intGridValues")}
        else:
            if self._tileset is None:
                raise ValueError(f"the layer {label} has no tile set")
            self._columns = max(number(self._tileset, "__cWid"), 1)
            self._count = self._columns * number(self._tileset, "__cHei")
            #: What is set, by place; the tiles of the file that are not replaced stay as they are.
            self._set: dict[tuple[int, int], int] = {}
            self._old: dict[tuple[int, int], int] = {}
            for tile in tables(layer, self._key):
                self._old[self._place(tile)] = ((number(tile, "t") + 1) << FLIP_BITS) | (number(tile, "f", 0) & 3)

    def _place(self, tile: Mapping[str, Any]) -> tuple[int, int]:
        px = tile.get("px")
        if not isinstance(px, list) or len(px) != 2 or not all(type(axis) is int for axis in px):
            raise ValueError(f"px of a tile must be two whole numbers, not {quoted(px)}")
        return px[0] // self._size, px[1] // self._size

    def picture(self, path: str) -> str:
        """Return the path of the tile set's picture; empty for an IntGrid."""
        if self.is_int_grid or self._tileset is None:
            return ""
        name = self._tileset.get("relPath")
        return resolve(path, name) if name else str(self._tileset.get("embedAtlas"))

    def tile(self, value: Any) -> int:
        """Return the number for a tile as an edit names it: its id, or a text such as ``"12 h"`` or ``"Town:12"``.

        Raises
        ------
        ValueError
            There is no such tile.
        """
        if self.is_int_grid:
            if type(value) is not int or not 0 <= value < 1 << 31:
                raise ValueError(f"a value of an IntGrid must be a whole number, not {quoted(value)}")
            if value and self._values and value not in self._values:
                known = ", ".join(sorted(map(str, self._values))[:20])
                raise ValueError(f"the IntGrid has no value {value}; it has {known}")
            return value
        if value == 0 and type(value) is int:
            return 1 << FLIP_BITS  # the first tile: see `clear` for none
        flips = ""
        shown = value
        if isinstance(value, str):
            name, _, rest = value.rpartition(":")
            digits, _, flips = rest.partition(" ")
            assert self._tileset is not None
            if name and name != self._tileset.get("identifier"):
                known = quoted(self._tileset.get("identifier"))
                raise ValueError(f"the layer uses the tile set {known}, not {quoted(name)}")
            value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1
        if type(value) is not int or set(flips) - set(_FLIPS):
            raise ValueError(f"a tile is a number, or text such as '12 h', not {quoted(shown)}")
        if not 0 <= value < self._count:
            raise ValueError(f"there is no tile {quoted(shown)}: the tile set has {self._count}")
        return ((value + 1) << FLIP_BITS) | sum(_FLIPS[flip] for flip in set(flips))

    def tile_name(self, tile: int) -> str:
        """Return what an edit would call a tile; empty for none."""
        if self.is_int_grid or not tile:
            return str(tile or "")
        flips = "".join(flip for flip, bit in _FLIPS.items() if tile & bit)
        return f"{(tile >> FLIP_BITS) - 1} {flips}".strip()

    def check(self, x: int, y: int) -> None:
        """Raise ValueError if there cannot be a tile at a place."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise ValueError(f"{x}, {y} is outside of the layer, which has {self.width} x {self.height} tiles")

    def get(self, x: int, y: int) -> int:
        """Return a tile; 0 for none."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return 0
        if self.is_int_grid:
            return self._grid[y * self.width + x]
        return self._set.get((x, y), self._old.get((x, y), 0))

    def set(self, x: int, y: int, tile: int) -> None:
        """Set a tile, at a place that was checked."""
        if self.is_int_grid:
            self._grid[y * self.width + x] = tile
        else:
            self._set[x, y] = tile

    def write(self) -> None:
        """Write the tiles into the project."""
        if self.is_int_grid:
            self._layer["intGridCsv"] = self._grid
            return
        if not self._set:
            return
        kept = [tile for tile in tables(self._layer, self._key) if self._place(tile) not in self._set]
        added = [self._made(x, y, tile) for (x, y), tile in self._set.items() if tile]
        self._layer[self._key] = kept + added
        self._old |= self._set
        self._set = {}

    def _made(self, x: int, y: int, tile: int) -> dict[str, Any]:
        assert self._tileset is not None
        local = (tile >> FLIP_BITS) - 1
        size = number(self._tileset, "tileGridSize")
        step, padding = size + number(self._tileset, "spacing", 0), number(self._tileset, "padding", 0)
        row, column = divmod(local, self._columns)
        where = y * self.width + x
        return {
            "px": [x * self._size, y * self._size],
            "src": [padding + column * step, padding + row * step],
            "f": tile & 3,
            "t": local,
            "d": [0, where] if self._key == "autoLayerTiles" else [where],
            "a": 1,
        }
