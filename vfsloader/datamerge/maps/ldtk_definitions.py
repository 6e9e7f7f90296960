"""What a project of LDtk defines for all levels: layers, tile sets and the fields of entities."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from vfsloader.datamerge.maps.ldtk_layer import number, table_of, tables
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

_LAYER_TYPES = {"tiles": "Tiles", "objects": "Entities"}
#: What a value of a field may be, by the type that LDtk writes.
_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    "Int": (int,),
    "Float": (int, float),
    "Bool": (bool,),
    "String": (str,),
    "Multilines": (str,),
    "Color": (str,),
    "FilePath": (str,),
}


def add_tileset(root: dict[str, Any], table: Mapping[str, Any], relative: str) -> int:
    """Define a tile set, and return its uid.

    Raises
    ------
    ValueError
        A key is missing or wrong, or there is such a tile set.
    """
    defs = table_of(root.get("defs"), "defs")
    known = ("name", "image", "tilewidth", "tileheight", "columns", "tilecount", "spacing", "margin")
    unknown = [key for key in table if key not in known]
    if unknown:
        raise ValueError(f"add_tileset: {plain(unknown[0], 40)} is unknown; known keys are {', '.join(known)}")
    name = _identifier(table.get("name"), tables(defs, "tilesets"), "tile set")
    size, columns, count = (number(table, key) for key in ("tilewidth", "columns", "tilecount"))
    if not size or not columns or number(table, "tileheight", size) != size:
        raise ValueError("add_tileset: LDtk has square tiles, in at least one column")
    spacing, padding = number(table, "spacing", 0), number(table, "margin", 0)
    rows = -(-count // columns)
    uid = _next_uid(root)
    entry = {
        "__cWid": columns,
        "__cHei": rows,
        "identifier": name,
        "uid": uid,
        "relPath": relative,
        "embedAtlas": None,
        "pxWid": 2 * padding + columns * (size + spacing) - spacing,
        "pxHei": 2 * padding + rows * (size + spacing) - spacing,
        "tileGridSize": size,
        "spacing": spacing,
        "padding": padding,
        "tags": [],
        "tagsSourceEnumUid": None,
        "enumTags": [],
        "customData": [],
        "savedSelections": [],
        "cachedPixelData": None,
    }
    defs["tilesets"] = [*tables(defs, "tilesets"), entry]
    return uid


def add_layer(root: dict[str, Any], levels: Sequence[dict[str, Any]], table: Mapping[str, Any], budget: Budget) -> None:
    """Define a layer, and add it to all levels.

    Raises
    ------
    ValueError
        A key is wrong, or there is such a layer.
    """
    defs = table_of(root.get("defs"), "defs")
    unknown = [key for key in table if key not in ("name", "type", "tileset", "above", "below", "gridsize")]
    if unknown:
        raise ValueError(f"add_layer: {plain(unknown[0], 40)} is unknown for LDtk")
    kind = _LAYER_TYPES.get(str(table.get("type", "tiles")))
    if kind is None:
        raise ValueError(f"add_layer: type must be tiles or objects in LDtk, not {quoted(table.get('type'))}")
    name = _identifier(table.get("name"), tables(defs, "layers"), "layer")
    tileset = next((item for item in tables(defs, "tilesets") if item.get("identifier") == table.get("tileset")), None)
    if kind == "Tiles" and tileset is None:
        raise ValueError(f"add_layer: tileset must name one of the project, not {quoted(table.get('tileset'))}")
    size = number(table, "gridsize", number(root, "defaultGridSize", 16)) or 16
    uid = None if tileset is None else tileset.get("uid")
    layers = tables(defs, "layers")
    beside = table.get("above", table.get("below"))
    names = [layer.get("identifier") for layer in layers]
    if beside is not None and beside not in names:
        raise ValueError(f"add_layer: there is no layer {quoted(beside)}")
    plans = []
    for level in levels:
        if level.get("layerInstances") is None:
            raise ValueError("add_layer: levels that are files of their own cannot get a layer")
        width, height = number(level, "pxWid"), number(level, "pxHei")
        budget.spend("nodes", 30)
        plans.append((level, tables(level, "layerInstances"), -(-width // size), -(-height // size)))
    layer_uid = _next_uid(root)
    entry = {"__type": kind, "type": kind, "identifier": name, "uid": layer_uid, "gridSize": size}
    entry |= {"displayOpacity": 1, "pxOffsetX": 0, "pxOffsetY": 0, "parallaxFactorX": 0, "parallaxFactorY": 0}
    entry |= {"tilesetDefUid": uid, "intGridValues": [], "autoRuleGroups": [], "autoSourceLayerDefUid": None}
    defs["layers"] = _inserted(layers, entry, "identifier", beside, is_above="below" not in table)
    for level, instances, columns, rows in plans:
        iid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{level.get('iid')} {name}"))
        instance = {"__identifier": name, "__type": kind, "__cWid": columns, "__cHei": rows, "__gridSize": size}
        instance |= {"__opacity": 1, "__pxTotalOffsetX": 0, "__pxTotalOffsetY": 0, "__tilesetDefUid": uid}
        instance |= {"__tilesetRelPath": None if tileset is None else tileset.get("relPath"), "iid": iid}
        instance |= {"levelId": level.get("uid"), "layerDefUid": layer_uid, "pxOffsetX": 0, "pxOffsetY": 0}
        instance |= {"visible": True, "optionalRules": [], "intGridCsv": [], "autoLayerTiles": [], "seed": 0}
        instance |= {"overrideTilesetUid": None, "gridTiles": [], "entityInstances": []}
        placed = _inserted(instances, instance, "__identifier", beside, is_above="below" not in table)
        level["layerInstances"] = placed


def _inserted(
    items: list[dict[str, Any]], item: dict[str, Any], key: str, beside: Any, *, is_above: bool
) -> list[dict[str, Any]]:
    """Return layers with one more; the first is drawn above the others."""
    at = next((at for at, other in enumerate(items) if beside is not None and other.get(key) == beside), None)
    where = 0 if at is None else at if is_above else at + 1
    return [*items[:where], item, *items[where:]]


def fields_with(
    owner: Mapping[str, Any], changes: Mapping[str, Any], definitions: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the fields of an entity or level with some changed; None for one means its default.

    Raises
    ------
    ValueError
        It has no such field, or the value does not fit.
    """
    fields = [dict(field) for field in tables(owner, "fieldInstances")]
    for name, value in changes.items():
        field = next((field for field in fields if field.get("__identifier") == name), None)
        if field is None:
            definition = next((item for item in definitions if item.get("identifier") == name), None)
            if definition is None:
                known = {str(item.get("__identifier", item.get("identifier"))) for item in (*fields, *definitions)}
                raise ValueError(
                    f"there is no field {quoted(name)}; there are {plain(', '.join(sorted(known))) or 'none'}"
                )
            field = {"__identifier": name, "__type": definition.get("__type"), "defUid": definition.get("uid")}
            fields.append(field)
        wanted = _FIELD_TYPES.get(str(field.get("__type")))
        if value is not None and wanted is not None:
            is_right = isinstance(value, wanted) and isinstance(value, bool) == (wanted == (bool,))
            if not is_right:
                raise ValueError(f"the field {quoted(name)} is {field['__type']}, and cannot be {quoted(value)}")
        field |= {"__value": value, "realEditorValues": []}
    return fields


def _identifier(name: Any, present: Sequence[Mapping[str, Any]], what: str) -> str:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii() or len(name) > 100:
        raise ValueError(f"the name of a {what} must be an identifier such as Winter_1, not {quoted(name)}")
    if any(item.get("identifier") == name for item in present):
        raise ValueError(f"the project has a {what} {quoted(name)} already; choose another name")
    return name


def _next_uid(root: dict[str, Any]) -> int:
    uid = number(root, "nextUid", 1_000_000)
    root["nextUid"] = uid + 1
    return uid
