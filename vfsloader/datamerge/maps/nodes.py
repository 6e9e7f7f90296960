"""What a map of Tiled consists of, the same for its XML and its JSON: nodes with attributes, layers and properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

from vfsloader.datamerge.maps.grid import Grid
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget

#: Kinds of layers.
TILES, OBJECTS, GROUP, IMAGE = "tiles", "objects", "group", "image"
#: Larger layers are not read; more than all but a few infinite maps have.
MAX_SIDE = 1 << 20


class Node(Protocol):
    """A map, layer, object or tile set of Tiled."""

    @property
    def identity(self) -> object:
        """The element or table itself; equal for the same node only."""

    @property
    def kind(self) -> str:
        """The kind of a layer; empty if it is not a layer."""

    def text(self, key: str) -> str:
        """Return an attribute as text; empty if there is none."""

    def put(self, key: str, value: Any) -> None:
        """Set an attribute."""

    def layers(self) -> Iterator[Self]:
        """Yield the layers directly inside."""

    def objects(self) -> list[Self]:
        """Return the objects of a layer."""

    def tilesets(self) -> list[Self]:
        """Return the tile sets of a map."""

    def add_object(self, attributes: Mapping[str, Any], shape: Mapping[str, Any]) -> Self:
        """Add an object to a layer."""

    def remove_object(self, node: Self) -> None:
        """Remove an object from a layer."""

    def add_tileset(self, attributes: Mapping[str, Any], image: Mapping[str, Any]) -> None:
        """Add a tile set to a map, after the others."""

    def add_layer(self, kind: str, attributes: Mapping[str, Any], beside: Self | None, *, is_above: bool) -> Self:
        """Add a layer to a map or group: next to another one, or above all."""

    def get_property(self, name: str) -> tuple[str, Any] | None:
        """Return the type and the value of a property; None if there is none."""

    def put_property(self, name: str, type_name: str, value: Any) -> None:
        """Set a property."""

    def drop_property(self, name: str) -> None:
        """Remove a property."""

    def read_grid(self, is_infinite: bool, budget: Budget) -> Grid:
        """Return the tiles of a layer."""

    def write_grid(self, grid: Grid) -> None:
        """Replace the tiles of a layer."""


def whole(node: Node, key: str, default: int | None = None) -> int:
    """Return an attribute as a whole number.

    Raises
    ------
    ValueError
        It is missing and has no default, or it is not a whole number of up to 32 bits.
    """
    text = node.text(key)
    if not text and default is not None:
        return default
    return whole_number(text, key)


def whole_number(text: str, key: str) -> int:
    """Return a text of a map as a whole number; see :func:`whole`."""
    try:
        value = int(text) if len(text) <= 12 else 1 << 40
    except ValueError:
        raise ValueError(f"{key} of the map must be a whole number, not {quoted(text)}") from None
    if abs(value) >= 1 << 32:
        raise ValueError(f"{key} of the map is too large: {quoted(text)}")
    return value


def area_of(texts: Mapping[str, str]) -> tuple[int, int, int, int]:
    """Return x, y, width and height of a chunk or a layer.

    Raises
    ------
    ValueError
        One of them is not such a number.
    """
    x, y, width, height = (whole_number(texts[key], key) for key in ("x", "y", "width", "height"))
    if not (0 <= width <= MAX_SIDE and 0 <= height <= MAX_SIDE):
        raise ValueError(f"a layer of the map has {width} x {height} tiles, which is too large")
    return x, y, width, height
