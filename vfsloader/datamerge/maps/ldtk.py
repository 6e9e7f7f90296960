"""A project of LDtk that is being edited: levels, layers, entities and fields.

References
----------
LDtk, "JSON documentation", 1.5.
"""

from __future__ import annotations

import posixpath
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.formats import json_text
from vfsloader.datamerge.maps import ldtk_definitions, values
from vfsloader.datamerge.maps.edit_file import Edit
from vfsloader.datamerge.maps.ldtk_layer import LdtkLayer, number, table_of, tables
from vfsloader.datamerge.maps.model import Cell, EditContext, MapModel, TileLayer, Touched, copied
from vfsloader.datamerge.parsing import parse_json
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

#: The versions whose files are known.
NEWEST = (1, 5)
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")
_ENTITY = {key: values.OBJECT[key] for key in ("x", "y", "width", "height")}
_LAYER = {key: values.LAYER[key] for key in ("visible", "opacity", "offsetx", "offsety")}
_LAYER_KEYS = {"visible": "visible", "opacity": "__opacity", "offsetx": "pxOffsetX", "offsety": "pxOffsetY"}


class LdtkMap(MapModel):
    """A project of LDtk.

    Parameters
    ----------
    path
        Its virtual path.
    data
        Its content.
    budget
        Limits what is read.

    Raises
    ------
    ValueError
        It is not a project of LDtk, or of a newer version.
    """

    has_levels = True

    def __init__(self, path: str, data: bytes, budget: Budget) -> None:
        super().__init__(path, budget)
        #: The file that is edited: the project itself, or one of its levels.
        self.file = path
        self.root = table_of(parse_json(data, budget), "the file")
        version = self.root.get("jsonVersion")
        match = _VERSION.match(version) if isinstance(version, str) else None
        if match is None:
            raise ValueError("it is not a project of LDtk: it has no jsonVersion")
        found = int(match[1]), int(match[2])
        if not (1, 0) <= found <= NEWEST:
            newest = ".".join(map(str, NEWEST))
            raise ValueError(
                f"it is of LDtk {plain(match[0])}; versions 1.0 to {newest} can be edited: save it for one of them"
            )
        self._layers: dict[int, LdtkLayer] = {}

    def encoded(self) -> bytes:
        """Return the project as a file."""
        self.write_layers()
        return json_text(self.root)

    def write_layers(self) -> None:
        """Write the tiles that were set into the tables of their layers."""
        for layer in self._layers.values():
            layer.write()

    # --- finding -------------------------------------------------------------------------------------

    def levels(self) -> Iterator[dict[str, Any]]:
        """Yield the levels of all worlds."""
        yield from tables(self.root, "levels")
        for world in tables(self.root, "worlds"):
            yield from tables(world, "levels")

    def level(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return the level that an edit names; it need not where there is only one."""
        levels = list(self.levels())
        name = table.get("level")
        if name is None and len(levels) == 1:
            return levels[0]
        found = [level for level in levels if name in (level.get("identifier"), level.get("iid"), level.get("uid"))]
        if name is None or not found:
            known = ", ".join(plain(str(level.get("identifier")), 40) for level in levels[:20])
            wrong = "level: name one" if name is None else f"there is no level {quoted(name)}"
            raise ValueError(f"{wrong}; the levels are {known}")
        return found[0]

    def _layers_of(self, level: dict[str, Any]) -> list[dict[str, Any]]:
        if level.get("layerInstances") is None:
            raise ValueError(
                f"the level {quoted(level.get('identifier'))} is a file of its own: write this edit into "
                f"{plain(str(level.get('externalRelPath')), 200)}.edit"
            )
        return tables(level, "layerInstances")

    def find_layer(self, table: Mapping[str, Any], kinds: tuple[str, ...] = ()) -> tuple[dict[str, Any], str]:
        """Return the layer that an edit names, and what reports call it."""
        level, name = self.level(table), table["layer"]
        layers = self._layers_of(level)
        found = [layer for layer in layers if name in (layer.get("__identifier"), layer.get("iid"))]
        if not found:
            known = ", ".join(plain(str(layer.get("__identifier")), 40) for layer in layers[:20]) or "none"
            raise ValueError(f"the level has no layer {quoted(name)}; it has {known}")
        if kinds and found[0].get("__type") not in kinds:
            raise ValueError(
                f"the layer {quoted(name)} is of type {quoted(found[0].get('__type'))}, not {' or '.join(kinds)}"
            )
        return found[0], f"{level.get('identifier')}/{found[0].get('__identifier')}"

    def tile_layer(self, table: Mapping[str, Any]) -> LdtkLayer:
        found, label = self.find_layer(table, ("IntGrid", "Tiles", "AutoLayer"))
        if id(found) not in self._layers:
            self._layers[id(found)] = LdtkLayer(self.root, found, label, self._budget)
        return self._layers[id(found)]

    def tile(self, value: Any, layer: TileLayer, context: EditContext) -> int:
        assert isinstance(layer, LdtkLayer)
        return layer.tile(value)

    def stamp_from(self, stamp: Mapping[str, Any], at: Cell, layer: TileLayer, context: EditContext) -> dict[Cell, int]:
        assert isinstance(layer, LdtkLayer)
        if stamp.keys() - {"area", "level"} != {"from", "layer"}:
            raise ValueError("stamp: a table must have from and layer, and may have level and area")
        source = context.resolve(stamp["from"])
        other: LdtkMap = self
        if source != self.file:
            other = self._open(source, context)
        other_layer = other.tile_layer(stamp)
        if other_layer.picture(other.path) != layer.picture(self.path):
            raise ValueError("stamp: both layers must use the same tile set")
        where = stamp.get("area", [0, 0, other_layer.width, other_layer.height])
        return copied(other_layer, where, at, layer, context.budget)

    @staticmethod
    def _open(path: str, context: EditContext) -> LdtkMap:
        from vfsloader.datamerge.maps.ldtk_level import open_ldtk  # which needs this module

        return open_ldtk(path, context.read(path), Budget(path, context.budget.limits), context.read)

    def _entity(self, table: Mapping[str, Any], name: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the layer and the entity with a name or iid."""
        layers = self._layers_of(self.level(table))
        if "layer" in table:
            layers = [self.find_layer(table, ("Entities",))[0]]
        found = [
            (layer, entity)
            for layer in layers
            for entity in tables(layer, "entityInstances")
            if name in (entity.get("__identifier"), entity.get("iid"))
        ]
        if not found:
            raise ValueError(f"the level has no entity {quoted(name)}")
        if len(found) > 1:
            raise ValueError(f"{len(found)} entities are called {quoted(name)}: use the iid of one")
        return found[0]

    # --- changing ------------------------------------------------------------------------------------

    def change(self, edit: Edit, context: EditContext) -> Touched:
        table, value = edit.table, edit.table[edit.action]
        if edit.action == "add_tileset":
            relative = posixpath.relpath(context.resolve(value.get("image")), paths.parent(self.path))
            uid = ldtk_definitions.add_tileset(self.root, value, relative)
            return Touched(values={f"tile set {value['name']!r}": uid})
        if edit.action == "add_layer":
            ldtk_definitions.add_layer(self.root, list(self.levels()), value, self._budget)
            return Touched(values={f"layer {value['name']!r}": True})
        if edit.action == "add_object":
            return self._add_entity(table, value)
        if edit.action == "remove_object":
            layer, entity = self._entity(table, value)
            layer["entityInstances"] = [item for item in tables(layer, "entityInstances") if item is not entity]
            return Touched(str(layer.get("__identifier")), values={f"entity {_label(entity)}": None})
        if edit.action == "set":
            return self._set(table, value)
        if "tileset" in table or ("layer" in table and "object" not in table):
            raise ValueError("in LDtk only levels and entities have fields")
        if "object" in table:
            owner = self._entity(table, table["object"])[1]
            label, definitions = f"entity {_label(owner)}", self._entity_fields(owner.get("defUid"))
        else:
            owner = self.level(table)
            label = f"level {owner.get('identifier')!r}"
            definitions = tables(table_of(self.root.get("defs", {}), "defs"), "levelFields")
        if edit.action == "remove_properties":
            names = values.property_names(value)
            fields = ldtk_definitions.fields_with(owner, dict.fromkeys(names), definitions)
        else:
            fields = ldtk_definitions.fields_with(owner, value, definitions)
            names = list(value)
        owner["fieldInstances"] = fields
        return Touched(
            values={f"{label}: field {name!r}": value[name] if isinstance(value, dict) else None for name in names}
        )

    def _entity_fields(self, uid: Any) -> list[dict[str, Any]]:
        for entity in tables(table_of(self.root.get("defs", {}), "defs"), "entities"):
            if entity.get("uid") == uid:
                return tables(entity, "fieldDefs")
        return []

    def _set(self, table: Mapping[str, Any], value: Mapping[str, Any]) -> Touched:
        if "object" not in table:
            layer, label = self.find_layer(table)
            for key, item in values.checked(value, _LAYER).items():
                layer[_LAYER_KEYS[key]] = item
            return Touched(label, values={f"layer {label}: {key}": item for key, item in value.items()})
        layer, entity = self._entity(table, table["object"])
        self._place(layer, entity, values.checked(value, _ENTITY))
        return Touched(values={f"entity {_label(entity)}: {key}": item for key, item in value.items()})

    def _place(self, layer: Mapping[str, Any], entity: dict[str, Any], attributes: Mapping[str, Any]) -> None:
        old = entity.get("px")
        before = list(old) if isinstance(old, list) and len(old) == 2 else [0, 0]
        place = [attributes.get(key, axis) for key, axis in zip(("x", "y"), before, strict=True)]
        entity["px"] = place
        size = max(number(layer, "__gridSize"), 1)
        pivot = entity.get("__pivot")
        # As LDtk has it: an entity that is held at its right or lower edge is in the cell that this edge closes.
        ends = [value == 1 for value in pivot] if isinstance(pivot, list) and len(pivot) == 2 else [False, False]
        entity["__grid"] = [int((values.finite(axis) - end) / size) for axis, end in zip(place, ends, strict=True)]
        for key, axis, was in zip(("__worldX", "__worldY"), place, before, strict=True):
            if type(entity.get(key)) is int and type(was) is int and type(axis) is int:
                entity[key] += axis - was
        entity |= {key: attributes[key] for key in ("width", "height") if key in attributes}

    def _add_entity(self, table: Mapping[str, Any], value: Mapping[str, Any]) -> Touched:
        layer, label = self.find_layer(table, ("Entities",))
        rest = dict(value)
        name, fields = rest.pop("name", None), rest.pop("properties", {})
        attributes = values.checked(rest, _ENTITY)
        kinds = tables(table_of(self.root.get("defs", {}), "defs"), "entities")
        kind = next((kind for kind in kinds if kind.get("identifier") == name), None)
        if kind is None or not isinstance(name, str):
            known = ", ".join(plain(str(kind.get("identifier")), 40) for kind in kinds[:20]) or "none"
            raise ValueError(f"add_object: the project defines no entity {quoted(name)}; it defines {known}")
        if not isinstance(fields, dict):
            raise ValueError(f"add_object: properties must be a table, not {quoted(fields)}")
        entities = tables(layer, "entityInstances")
        taken = {entity.get("iid") for entity in entities}
        count = len(entities)
        while (iid := str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.file} {label} {name} {count}"))) in taken:
            count += 1
        entity: dict[str, Any] = {
            "__identifier": name,
            "__pivot": [kind.get("pivotX", 0), kind.get("pivotY", 0)],
            "__tags": kind.get("tags", []),
            "__tile": kind.get("tileRect"),
            "__smartColor": kind.get("color", "#FFFFFF"),
            "iid": iid,
            "width": kind.get("width", 0),
            "height": kind.get("height", 0),
            "defUid": kind.get("uid"),
            "fieldInstances": [],
        }
        entity["fieldInstances"] = ldtk_definitions.fields_with(entity, fields, tables(kind, "fieldDefs"))
        self._place(layer, entity, attributes)
        layer["entityInstances"] = [*entities, entity]
        return Touched(label, values={f"entity {_label(entity)}": iid})


def _label(entity: Mapping[str, Any]) -> str:
    return f"{entity.get('__identifier')} {entity.get('iid')}"
