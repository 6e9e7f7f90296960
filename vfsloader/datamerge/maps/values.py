"""The values of an edit, checked: attributes of layers and objects, shapes, and properties with their types."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vfsloader.datamerge.maps.grid import Chunk, Grid
from vfsloader.datamerge.maps.nodes import MAX_SIDE
from vfsloader.quoting import plain, quoted

#: Returns whether a value fits, and what it must be in words.
Check = tuple[Callable[[Any], bool], str]
_MAX_TEXT = 100_000


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e9


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT and is_xml_text(value)


def is_xml_text(value: str) -> bool:
    r"""Return whether a text can be written as XML.

    Examples
    --------
    >>> is_xml_text("Hello"), is_xml_text("\x00"), is_xml_text("\ud800")
    (True, False, False)
    """
    return all(char >= " " or char in "\t\n\r" for char in value) and not any(
        "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff" for char in value
    )


_NUMBER: Check = (_is_number, "a number")
_TEXT: Check = (_is_text, "text")
_BOOL: Check = (lambda value: isinstance(value, bool), "true or false")
_UNIT: Check = (lambda value: _is_number(value) and 0 <= value <= 1, "a number from 0 to 1")
_ANY: Check = (lambda value: True, "a tile")

OBJECT: Mapping[str, Check] = {
    "name": _TEXT,
    "type": _TEXT,
    "x": _NUMBER,
    "y": _NUMBER,
    "width": _NUMBER,
    "height": _NUMBER,
    "rotation": _NUMBER,
    "visible": _BOOL,
    "tile": _ANY,
}
LAYER: Mapping[str, Check] = {
    "name": _TEXT,
    "class": _TEXT,
    "visible": _BOOL,
    "opacity": _UNIT,
    "offsetx": _NUMBER,
    "offsety": _NUMBER,
    "parallaxx": _NUMBER,
    "parallaxy": _NUMBER,
    "tintcolor": _TEXT,
}
_SHAPES = ("point", "ellipse", "polygon", "polyline")


def checked(table: Mapping[str, Any], known: Mapping[str, Check]) -> dict[str, Any]:
    """Return a table of attributes, each of which is known and fits.

    Raises
    ------
    ValueError
        One is not.

    Examples
    --------
    >>> checked({"x": 3}, OBJECT)
    {'x': 3}
    >>> checked({"x": "three"}, OBJECT)
    Traceback (most recent call last):
    ...
    ValueError: x must be a number, not 'three'
    """
    for key, value in table.items():
        if key not in known:
            raise ValueError(f"{plain(key, 40)}: cannot be set; what can be is {', '.join(known)}")
        fits, words = known[key]
        if not fits(value):
            raise ValueError(f"{key} must be {words}, not {quoted(value)}")
    return dict(table)


def split_shape(table: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the shape of a new object, and all else of it."""
    shape = {key: value for key, value in table.items() if key in _SHAPES and value is not False}
    if len(shape) > 1:
        raise ValueError(f"an object has one shape, not {' and '.join(shape)}")
    for key, value in shape.items():
        if key in ("point", "ellipse"):
            if value is not True:
                raise ValueError(f"{key} must be true, not {quoted(value)}")
        elif not isinstance(value, list) or len(value) < 2 or not all(_is_point(point) for point in value):
            raise ValueError(f"{key} must be a list of points such as [[0, 0], [16, 8]], not {quoted(value)}")
    return shape, {key: value for key, value in table.items() if key not in _SHAPES}


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def typed_properties(table: Any, present: Callable[[str], tuple[str, Any] | None]) -> dict[str, tuple[str, Any]]:
    """Return properties with the types that Tiled gives them; one that exists keeps its type if the value fits.

    Raises
    ------
    ValueError
        A value is neither text nor a number nor true or false.

    Examples
    --------
    >>> typed_properties({"loot": 3, "tint": "#ff0000"}, {"tint": ("color", ""), "loot": ("float", 1.5)}.get)
    {'loot': ('float', 3.0), 'tint': ('color', '#ff0000')}
    """
    if not isinstance(table, dict):
        raise ValueError(f"properties must be a table, not {quoted(table)}")
    typed: dict[str, tuple[str, Any]] = {}
    for name, value in table.items():
        if not name or not _is_text(name):
            raise ValueError(f"{quoted(name)} cannot be the name of a property")
        if isinstance(value, bool):
            type_name = "bool"
        elif isinstance(value, int) and abs(value) < 1 << 53:
            type_name = "int"
        elif isinstance(value, float) and math.isfinite(value):
            type_name = "float"
        elif _is_text(value):
            type_name = "string"
        else:
            raise ValueError(f"property {quoted(name)} must be text, a number, true or false, not {quoted(value)}")
        old = present(name)
        if old is not None and old[0] in ("color", "file") and type_name == "string":
            type_name = old[0]
        elif old is not None and old[0] in ("float", "object") and type_name == "int":
            type_name = old[0]
            value = float(value) if type_name == "float" else value
        typed[name] = type_name, value
    return typed


def property_names(value: Any) -> Sequence[str]:
    """Return a list of names of properties."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"must be a list of names, not {quoted(value)}")
    return list(dict.fromkeys(value))


def empty_grid(width: int, height: int, *, is_infinite: bool) -> Grid:
    """Return the tiles of a new layer."""
    if is_infinite:
        return Grid([], is_infinite=True)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise ValueError(f"the map has {width} x {height} tiles")
    return Grid([Chunk(0, 0, width, height, array("I", bytes(4 * width * height)))], is_infinite=False)


def finite(value: Any) -> float:
    """Return a number of a map; 0 for anything that is not one."""
    return value if _is_number(value) else 0
