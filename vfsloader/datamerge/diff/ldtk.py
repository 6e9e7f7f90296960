"""The edits that make one version of a project or level of LDtk into another: tiles, entities and fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vfsloader.datamerge.diff.literal import NoOptions, literal
from vfsloader.datamerge.diff.toml_text import toml_document
from vfsloader.datamerge.maps.apply import Changes, apply_edits
from vfsloader.datamerge.maps.edit_file import read_edits
from vfsloader.datamerge.maps.ldtk import LdtkMap
from vfsloader.datamerge.maps.ldtk_layer import FLIP_BITS, LdtkLayer, tables
from vfsloader.datamerge.maps.ldtk_level import open_ldtk
from vfsloader.datamerge.maps.model import EditContext
from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import VFSError
from vfsloader.runtime.budget import Budget

#: What only the editor needs.
_UNIMPORTANT = ("realEditorValues", "nextUid", "appBuildId", "d")
_TILES = ("Tiles", "AutoLayer")
_LAYER_KEYS = {"visible": "visible", "opacity": "__opacity", "offsetx": "pxOffsetX", "offsety": "pxOffsetY"}


class _CannotError(Exception):
    """Edits cannot express the difference."""


def ldtk_change(path: str, old: bytes, new: bytes, read: Callable[[str], bytes]) -> bytes | None:
    """Return the content of an ``.edit`` file.

    Parameters
    ----------
    path
        The project or the level.
    old, new
        Both versions.
    read
        Returns another file of the tree, such as the project of a level.

    Returns
    -------
    bytes or None
        None if it is not of LDtk, or if edits do not give exactly the new version.
    """
    try:
        before, after = (open_ldtk(path, data, Budget(path), read) for data in (old, new))
        content = toml_document({"edit": literal(list(_edits(before, after)))})
        model = open_ldtk(path, old, Budget(path), read)
        changes = Changes()
        context = EditContext(path, read, Budget(path))
        apply_edits(model, read_edits(content, NoOptions(), Budget(path)), "recorded", path, context, changes)
        if any(edit.reason for edit in changes.edits) or not same_ldtk(model.encoded(), new):
            return None
    except (_CannotError, *DOES_NOT_FIT, VFSError, OSError):
        return None
    return content


def same_ldtk(one: bytes, other: bytes) -> bool:
    """Return whether two files are the same for a game."""
    return one == other or _plain(parse_json(one, None)) == _plain(parse_json(other, None))


def _edits(before: LdtkMap, after: LdtkMap) -> Iterator[dict[str, Any]]:
    old_levels, new_levels = list(before.levels()), list(after.levels())
    if [level.get("iid") for level in old_levels] != [level.get("iid") for level in new_levels]:
        raise _CannotError
    for old, new in zip(old_levels, new_levels, strict=True):
        where: dict[str, Any] = {"level": old["identifier"]} if len(old_levels) > 1 else {}
        yield from _field_edits(old, new, where)
        old_layers, new_layers = tables(old, "layerInstances"), tables(new, "layerInstances")
        if [layer.get("iid") for layer in old_layers] != [layer.get("iid") for layer in new_layers]:
            raise _CannotError
        for one, other in zip(old_layers, new_layers, strict=True):
            here = {**where, "layer": one["__identifier"]}
            changed = {key: other.get(name) for key, name in _LAYER_KEYS.items() if one.get(name) != other.get(name)}
            if changed:
                yield {**here, "set": changed}
            yield from _entity_edits(one, other, here)
            if one.get("__type") == "IntGrid" or (one.get("__type") in _TILES and one != other):
                budget = Budget("the tiles")
                yield from _tile_edits(
                    LdtkLayer(before.root, one, "", budget), LdtkLayer(after.root, other, "", budget), here
                )


def _tile_edits(old: LdtkLayer, new: LdtkLayer, where: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if (old.width, old.height) != (new.width, new.height):
        raise _CannotError
    cells = [(x, y) for y in range(new.height) for x in range(new.width) if old.get(x, y) != new.get(x, y)]
    tiles = [[x, y, _tile(new, x, y)] for x, y in cells if new.is_int_grid or new.get(x, y)]
    cleared = [[x, y, 1, 1] for x, y in cells if not (new.is_int_grid or new.get(x, y))]
    if tiles:
        yield {**where, "tiles": tiles}
    if cleared:
        yield {**where, "clear": cleared}


def _tile(layer: LdtkLayer, x: int, y: int) -> int | str:
    tile = layer.get(x, y)
    if layer.is_int_grid:
        return tile
    return layer.tile_name(tile) if tile & ((1 << FLIP_BITS) - 1) else (tile >> FLIP_BITS) - 1


def _entity_edits(old: Mapping[str, Any], new: Mapping[str, Any], where: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    before = {entity["iid"]: entity for entity in tables(old, "entityInstances")}
    after = {entity["iid"]: entity for entity in tables(new, "entityInstances")}
    if not after.keys() <= before.keys():
        raise _CannotError  # an edit makes the iid of what it adds by itself
    for iid, entity in before.items():
        if iid not in after:
            yield {**where, "remove_object": iid}
            continue
        at = {**where, "object": iid}
        other = after[iid]
        changed = {key: other.get(key) for key in ("width", "height") if entity.get(key) != other.get(key)}
        if entity.get("px") != other.get("px"):
            changed |= dict(zip(("x", "y"), other["px"], strict=True))
        if changed:
            yield {**at, "set": changed}
        yield from _field_edits(entity, other, at)


def _field_edits(old: Mapping[str, Any], new: Mapping[str, Any], where: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    before = {field["__identifier"]: field.get("__value") for field in tables(old, "fieldInstances")}
    after = {field["__identifier"]: field.get("__value") for field in tables(new, "fieldInstances")}
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    if before.keys() - after.keys() or None in changed.values():
        raise _CannotError
    if changed:
        yield {**where, "properties": changed}


def _plain(value: Any) -> Any:
    """Return a project as a value that is equal where a game sees no difference."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _plain(item) for key, item in value.items() if key not in _UNIMPORTANT}
    for key in ("gridTiles", "autoLayerTiles"):
        if isinstance(plain.get(key), list) and "__cWid" in plain:  # those of one place stay in their order
            plain[key] = sorted(plain[key], key=lambda tile: repr(tile.get("px")) if isinstance(tile, dict) else "")
    return plain
