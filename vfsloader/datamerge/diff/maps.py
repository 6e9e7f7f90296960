"""The edits that make one version of a map of Tiled into another: tiles, objects and properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

from vfsloader.datamerge.diff.literal import NoOptions, literal
from vfsloader.datamerge.diff.toml_text import toml_document
from vfsloader.datamerge.maps import values
from vfsloader.datamerge.maps.apply import Changes, apply_edits
from vfsloader.datamerge.maps.edit_file import read_edits
from vfsloader.datamerge.maps.model import EditContext
from vfsloader.datamerge.maps.nodes import OBJECTS, TILES, Node
from vfsloader.datamerge.maps.tile_data import FLAGS
from vfsloader.datamerge.maps.tiled import TiledMap
from vfsloader.datamerge.maps.tilesets import names_of
from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.errors import VFSError
from vfsloader.runtime.budget import Budget

#: What editors write about themselves, or count up; it does not change a map.
_UNIMPORTANT = ("tiledversion", "nextobjectid", "nextlayerid", "version", "compressionlevel")
_FLIPS = (("h", 0x80000000), ("v", 0x40000000), ("d", 0x20000000))
_SHAPES = ("point", "ellipse", "polygon", "polyline")


class _CannotError(Exception):
    """Edits cannot express the difference."""


def map_change(path: str, old: bytes, new: bytes, read: Callable[[str], bytes]) -> bytes | None:
    """Return the content of an ``.edit`` file.

    Parameters
    ----------
    path
        The map.
    old, new
        Both versions.
    read
        Returns another file of the tree, such as a tile set.

    Returns
    -------
    bytes or None
        None if it is not a map of Tiled, or if edits do not give exactly the new map.
    """
    try:
        before, after = TiledMap(path, old, Budget(path)), TiledMap(path, new, Budget(path))
        edits = list(_edits(before, after))
        content = toml_document({"edit": literal(edits)})
        model = TiledMap(path, old, Budget(path))
        changes = Changes()
        context = EditContext(path, read, Budget(path))
        apply_edits(model, read_edits(content, NoOptions(), Budget(path)), "recorded", path, context, changes)
        if any(edit.reason for edit in changes.edits) or _canonical(path, model.encoded()) != _canonical(path, new):
            return None
    except (_CannotError, *DOES_NOT_FIT, VFSError, OSError, ElementTree.ParseError):
        return None
    return content


def same_map(path: str, one: bytes, other: bytes) -> bool:
    """Return whether two files are the same map, however they are written."""
    return one == other or _canonical(path, one) == _canonical(path, other)


def _edits(before: TiledMap, after: TiledMap) -> Iterator[dict[str, Any]]:
    yield from _property_edits(before.root, after.root, {})
    old_layers = {layer.text("id"): layer for _, layer in before.all_layers()}
    new_layers = {layer.text("id"): layer for _, layer in after.all_layers()}
    if list(old_layers) != list(new_layers):
        raise _CannotError
    names = [layer.text("name") for layer in old_layers.values()]
    for number, old in old_layers.items():
        new = new_layers[number]
        name = old.text("name")
        where: dict[str, Any] = {"layer": name if name and names.count(name) == 1 else int(number)}
        if old.kind != new.kind:
            raise _CannotError
        changed = _attributes(old, new, values.LAYER)
        if changed:
            yield {**where, "set": changed}
        yield from _property_edits(old, new, where)
        if old.kind == TILES:
            yield from _tile_edits(before, after, {"layer": int(number)}, where)
        elif old.kind == OBJECTS:
            yield from _object_edits(after, old, new, where)


def _tile_edits(
    before: TiledMap, after: TiledMap, find: dict[str, Any], where: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    old, new = _cells(before, find), _cells(after, find)
    cells = sorted((y, x) for x, y in old.keys() | new.keys() if old.get((x, y)) != new.get((x, y)))
    if cells:
        tiles = [[x, y, _tile_text(after, new.get((x, y), 0))] for y, x in cells]
        yield {**where, "tiles": tiles}


def _cells(model: TiledMap, find: dict[str, Any]) -> dict[tuple[int, int], int]:
    grid = model.tile_layer(find).grid
    return {
        (chunk.x + index % chunk.width, chunk.y + index // chunk.width): tile
        for chunk in grid.chunks
        for index, tile in enumerate(chunk.tiles)
        if tile
    }


def _tile_text(model: TiledMap, gid: int) -> str | int:
    """Return a tile as an edit names it: by its tile set, as its number depends on other mods."""
    if not gid:
        return 0
    first, node = model.tilesets.owner(gid & ~FLAGS)
    flips = "".join(letter for letter, flag in _FLIPS if gid & flag)
    name = names_of(node)[0]
    if ":" in name or gid & FLAGS & ~sum(flag for _, flag in _FLIPS):
        return gid
    return f"{name}:{(gid & ~FLAGS) - first}{' ' if flips else ''}{flips}"


def _object_edits(after: TiledMap, old: Node, new: Node, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    old_objects = {item.text("id"): item for item in old.objects()}
    new_objects = {item.text("id"): item for item in new.objects()}
    for number in old_objects:
        if number not in new_objects:
            yield {**where, "remove_object": int(number)}
    for number, item in new_objects.items():
        at = {"object": int(number)}
        if number not in old_objects:
            added = _attributes(None, item, values.OBJECT, after)
            properties = {name: _property_value(item, name) for name in _property_names(item)}
            yield {
                **where,
                "add_object": {**added, **_shape(item), **({"properties": properties} if properties else {})},
            }
            continue
        changed = _attributes(old_objects[number], item, values.OBJECT, after)
        if changed:
            yield {**at, "set": changed}
        yield from _property_edits(old_objects[number], item, at)


def _attributes(old: Node | None, new: Node, known: Any, model: TiledMap | None = None) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key in known:
        name = "gid" if key == "tile" else key
        text = new.text(name)
        if text == ("" if old is None else old.text(name)):
            continue
        if not text:
            raise _CannotError  # an edit cannot remove an attribute
        if key == "tile" and model is not None:
            changed[key] = _tile_text(model, int(text))
        elif key == "visible":
            changed[key] = text.lower() not in ("0", "false")
        elif key in ("name", "type", "class", "tintcolor"):
            changed[key] = text
        else:
            changed[key] = int(text) if text.lstrip("-").isdecimal() else float(text)
    return changed


def _shape(node: Node) -> dict[str, Any]:
    element = node.identity
    if isinstance(element, ElementTree.Element):
        for name in _SHAPES:
            child = element.find(name)
            if child is not None:
                points = [[float(part) for part in pair.split(",")] for pair in child.get("points", "").split()]
                return {name: points if points else True}
    elif isinstance(element, dict):
        for name in _SHAPES:
            if element.get(name):
                value = element[name]
                return {name: [[point["x"], point["y"]] for point in value] if isinstance(value, list) else True}
    return {}


def _property_edits(old: Node, new: Node, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    old_names, new_names = _property_names(old), _property_names(new)
    removed = [name for name in old_names if name not in new_names]
    if removed:
        yield {**where, "remove_properties": removed}
    changed = {
        name: _property_value(new, name) for name in new_names if old.get_property(name) != new.get_property(name)
    }
    if changed:
        yield {**where, "properties": changed}


def _property_names(node: Node) -> list[str]:
    element = node.identity
    if isinstance(element, ElementTree.Element):
        return [each.get("name", "") for each in element.findall("properties/property")]
    if isinstance(element, dict):
        return [each["name"] for each in element.get("properties") or []]
    raise _CannotError


def _property_value(node: Node, name: str) -> Any:
    found = node.get_property(name)
    if found is None:
        raise _CannotError
    type_name, value = found
    if isinstance(value, str):
        if type_name == "bool":
            return value == "true"
        if type_name == "int":
            return int(value)
        if type_name == "float":
            return float(value)
    return value


# --- comparing -----------------------------------------------------------------------------------------


def _canonical(path: str, data: bytes) -> Any:
    """Return a map as a value that is equal for files that mean the same."""
    model = TiledMap(path, data, Budget(path))
    tiles = {
        layer.text("id"): _cells(model, {"layer": int(layer.text("id"))})
        for _, layer in model.all_layers()
        if layer.kind == TILES
    }
    root = model.root.identity
    return tiles, _plain_xml(root) if isinstance(root, ElementTree.Element) else _plain_json(root)


def _plain_xml(element: ElementTree.Element) -> Any:
    attributes = {key: _number(value) for key, value in element.attrib.items() if key not in _UNIMPORTANT}
    text = "" if element.tag == "data" else (element.text or "").strip()
    children = [] if element.tag == "data" else [_plain_xml(child) for child in element]
    return element.tag, attributes, text, [child for child in children if child[0] != "properties" or child[3]]


def _plain_json(value: Any) -> Any:
    if isinstance(value, dict):
        skipped = (*_UNIMPORTANT, "data", "chunks") if "layers" in value or "type" in value else ()
        plain = {key: _plain_json(item) for key, item in value.items() if key not in skipped}
        return {key: item for key, item in plain.items() if key != "properties" or item}
    return [_plain_json(item) for item in value] if isinstance(value, list) else value


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(text, text)
