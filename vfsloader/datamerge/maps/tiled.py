"""A map of Tiled that is being edited: its layers, objects, properties and tile sets.

References
----------
Tiled, "TMX Map Format" and "JSON Map Format", 1.11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vfsloader.datamerge.formats import json_text
from vfsloader.datamerge.maps import values
from vfsloader.datamerge.maps.edit_file import Edit
from vfsloader.datamerge.maps.grid import Grid
from vfsloader.datamerge.maps.json_nodes import JsonNode
from vfsloader.datamerge.maps.model import Cell, EditContext, MapModel, TileLayer, Touched, copied
from vfsloader.datamerge.maps.nodes import GROUP, OBJECTS, TILES, Node, whole
from vfsloader.datamerge.maps.tile_data import FLAGS
from vfsloader.datamerge.maps.tilesets import Tilesets, names_of
from vfsloader.datamerge.maps.xml_nodes import XmlNode, parse_xml, write_xml
from vfsloader.datamerge.parsing import parse_json
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget


class TiledLayer:
    """A layer of tiles, which is decoded when its first tile is set."""

    def __init__(self, node: Node, label: str, grid: Grid, tile_name: Callable[[int], str]) -> None:
        self.tile_name = tile_name
        self.node = node
        self.label = label
        self.grid = grid
        self.check, self.get, self.set = grid.check, grid.get, grid.set


class TiledMap(MapModel):
    """A map of Tiled.

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
        It is not a map of Tiled.
    """

    def __init__(self, path: str, data: bytes, budget: Budget) -> None:
        super().__init__(path, budget)
        self.root: Node
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            element = parse_xml(data, budget)
            if element.tag != "map":
                raise ValueError(f"it is not a map: its first element is {quoted(element.tag)}")
            self.root = XmlNode(element)
        else:
            self.root = JsonNode(parse_json(data, budget))
            if "layers" not in self.root.table or "tilewidth" not in self.root.table:
                raise ValueError("it is not a map of Tiled: it has no layers, or no tilewidth")
        self.tilesets = Tilesets(self.root, path)
        self._is_infinite = self.root.text("infinite") in ("1", "true")
        self._opened: dict[int, TiledLayer] = {}

    def encoded(self) -> bytes:
        """Return the map as a file."""
        for layer in self._opened.values():
            layer.node.write_grid(layer.grid)
        if isinstance(self.root, XmlNode):
            return write_xml(self.root.element)
        assert isinstance(self.root, JsonNode)
        return json_text(self.root.table)

    # --- finding -------------------------------------------------------------------------------------

    def all_layers(self) -> Iterator[tuple[Node, Node]]:
        """Yield every layer with what it is in, those in groups too."""
        todo = [self.root]
        while todo:
            parent = todo.pop()
            children = list(parent.layers())
            for layer in children:
                yield parent, layer
            todo += [layer for layer in reversed(children) if layer.kind == GROUP]

    def find_layer(self, name: Any, kind: str | None = None) -> tuple[Node, Node]:
        """Return the parent and the node of the layer with a name or id.

        Raises
        ------
        ValueError
            There is none, there are several, or it is of another kind.
        """
        layers = list(self.all_layers())
        found = [pair for pair in layers if _is_called(pair[1], name)]
        if kind is not None and len(found) > 1:
            found = [pair for pair in found if pair[1].kind == kind] or found
        if not found:
            known = ", ".join(plain(layer.text("name"), 40) for _, layer in layers[:20]) or "none"
            raise ValueError(f"the map has no layer {quoted(name)}; it has {known}")
        if len(found) > 1:
            raise ValueError(f"{len(found)} layers are called {quoted(name)}: use the id of one")
        if kind is not None and found[0][1].kind != kind:
            raise ValueError(f"the layer {quoted(name)} is not a layer of {kind} but of {found[0][1].kind}")
        return found[0]

    def find_object(self, name: Any, layer: Any = None) -> tuple[Node, Node]:
        """Return the layer and the node of the object with a name or id."""
        layers = [node for _, node in self.all_layers() if node.kind == OBJECTS]
        if layer is not None:
            layers = [self.find_layer(layer, OBJECTS)[1]]
        found = [(node, item) for node in layers for item in node.objects() if _is_called(item, name)]
        if not found:
            raise ValueError(f"the map has no object {quoted(name)}{'' if layer is None else ' on that layer'}")
        if len(found) > 1:
            ids = ", ".join(item.text("id") for _, item in found[:10])
            raise ValueError(f"{len(found)} objects are called {quoted(name)}: use the id of one: {plain(ids)}")
        return found[0]

    def tile_layer(self, table: Mapping[str, Any]) -> TiledLayer:
        _, node = self.find_layer(table["layer"], TILES)
        key = id(node.identity)
        if key not in self._opened:
            grid = node.read_grid(self._is_infinite, self._budget)
            self._opened[key] = TiledLayer(node, node.text("name") or node.text("id"), grid, self.tilesets.tile_name)
        return self._opened[key]

    def tile(self, value: Any, layer: TileLayer, context: EditContext) -> int:
        return self.tilesets.tile(value, context)

    # --- stamps --------------------------------------------------------------------------------------

    def stamp_from(self, stamp: Mapping[str, Any], at: Cell, layer: TileLayer, context: EditContext) -> dict[Cell, int]:
        if stamp.keys() - {"area"} != {"from", "layer"}:
            raise ValueError("stamp: a table must have from and layer, and may have area")
        source = context.resolve(stamp["from"])
        other = TiledMap(source, context.read(source), Budget(source, context.budget.limits))
        other_layer = other.tile_layer(stamp)
        where = stamp.get("area")
        if where is None:
            if other_layer.grid.is_infinite:
                raise ValueError("stamp: an infinite map needs area")
            chunk = other_layer.grid.chunks[0]
            where = [0, 0, chunk.width, chunk.height]
        cells = copied(other_layer, where, at, layer, context.budget)
        numbers = self._merge_tilesets(other, {tile & ~FLAGS for tile in cells.values()}, context)
        return {cell: numbers[tile & ~FLAGS] | (tile & FLAGS) for cell, tile in cells.items()}

    def _merge_tilesets(self, other: TiledMap, gids: set[int], context: EditContext) -> dict[int, int]:
        """Return the ids that tiles of another map have here, after adding the tile sets that are missing."""
        owners = {gid: other.tilesets.owner(gid) for gid in gids}
        wanted = dict(owners.values())
        elsewhere = EditContext(other.path, context.read, context.budget)
        targets: dict[int, str] = {}
        for first, node in sorted(wanted.items()):
            if node.text("source"):
                targets[first] = elsewhere.resolve(node.text("source"))
                continue
            try:
                self.tilesets.find(node.text("name"))
            except ValueError:
                raise ValueError(
                    f"the tile set {quoted(names_of(node)[0])} is inside of {plain(other.path)}: "
                    "save it as a file in Tiled"
                ) from None
        here: dict[int, int] = {}
        for first, node in sorted(wanted.items()):
            if first in targets:
                known = self.tilesets.with_source(targets[first])
                relative = self.tilesets.relative(targets[first])
                here[first] = (
                    known[0]
                    if known is not None
                    else self.tilesets.add({"source": relative}, EditContext(self.path, context.read, context.budget))[
                        0
                    ]
                )
            else:
                here[first] = self.tilesets.find(node.text("name"))[0]
        return {gid: gid - first + here[first] for gid, (first, _) in owners.items()}

    # --- everything else -----------------------------------------------------------------------------

    def change(self, edit: Edit, context: EditContext) -> Touched:
        table, value = edit.table, edit.table[edit.action]
        if edit.action == "add_tileset":
            first, name = self.tilesets.add(value, context)
            return Touched(values={f"tile set {name!r}": first})
        if edit.action == "add_layer":
            return self._add_layer(value)
        if edit.action == "add_object":
            return self._add_object(self.find_layer(table["layer"], OBJECTS)[1], value, context)
        if edit.action == "remove_object":
            layer, node = self.find_object(value, table.get("layer"))
            layer.remove_object(node)
            return Touched(layer.text("name"), values={f"object {_label(node)}": None})
        node, label = self._target(table)
        if edit.action == "set":
            known = values.OBJECT if "object" in table else values.LAYER
            attributes = self._attributes(value, known, context)
            for key, item in attributes.items():
                node.put(key, item)
            return Touched(values={f"{label}: {key}": item for key, item in value.items()})
        if edit.action == "properties":
            typed = values.typed_properties(value, node.get_property)
            for name, (type_name, item) in typed.items():
                node.put_property(name, type_name, item)
            return Touched(values={f"{label}: property {name!r}": item for name, (_, item) in typed.items()})
        names = values.property_names(value)
        for name in names:
            if node.get_property(name) is None:
                raise ValueError(f"{label} has no property {quoted(name)}")
        for name in names:
            node.drop_property(name)
        return Touched(values={f"{label}: property {name!r}": None for name in names})

    def _target(self, table: Mapping[str, Any]) -> tuple[Node, str]:
        if "object" in table:
            node = self.find_object(table["object"], table.get("layer"))[1]
            return node, f"object {_label(node)}"
        if "tileset" in table:
            node = self.tilesets.find(table["tileset"])[1]
            if node.text("source"):
                raise ValueError(
                    f"the tile set {quoted(names_of(node)[0])} is a file of its own: change that by a .patch"
                )
            return node, f"tile set {names_of(node)[0]!r}"
        if "layer" in table:
            node = self.find_layer(table["layer"])[1]
            return node, f"layer {_label(node)}"
        return self.root, "map"

    def _attributes(
        self, table: Mapping[str, Any], known: Mapping[str, values.Check], context: EditContext
    ) -> dict[str, Any]:
        checked = values.checked(table, known)
        if "tile" in checked:
            checked["gid"] = self.tilesets.tile(checked.pop("tile"), context)
        if "type" in checked and self.root.text("version").startswith("1.9"):
            checked["class"] = checked.pop("type")
        return checked

    def _add_object(self, layer: Node, table: Mapping[str, Any], context: EditContext) -> Touched:
        shape, rest = values.split_shape(table)
        properties = values.typed_properties(rest.pop("properties", {}), lambda name: None)
        attributes = self._attributes(rest, values.OBJECT, context)
        for key in ("x", "y"):
            if key not in attributes:
                raise ValueError(f"add_object needs {key}")
        number = max(whole(self.root, "nextobjectid", 1), 1)
        taken = {
            whole(item, "id", 0) for _, node in self.all_layers() if node.kind == OBJECTS for item in node.objects()
        }
        number = number if number not in taken else max(taken) + 1
        node = layer.add_object({"id": number, **attributes}, shape)
        for name, (type_name, item) in properties.items():
            node.put_property(name, type_name, item)
        self.root.put("nextobjectid", number + 1)
        return Touched(layer.text("name"), values={f"object {_label(node)}": number})

    def _add_layer(self, table: Mapping[str, Any]) -> Touched:
        rest = dict(table)
        kind = rest.pop("type", TILES)
        if kind not in (TILES, OBJECTS, GROUP):
            raise ValueError(f"add_layer: type must be tiles, objects or group, not {quoted(kind)}")
        if "above" in rest and "below" in rest:
            raise ValueError("add_layer: above and below exclude each other")
        is_above = "below" not in rest
        beside = rest.pop("above", rest.pop("below", None))
        parent, node = (self.root, None) if beside is None else self.find_layer(beside)
        properties = values.typed_properties(rest.pop("properties", {}), lambda name: None)
        attributes = values.checked(rest, values.LAYER)
        name = attributes.get("name")
        if not name:
            raise ValueError("add_layer needs name")
        if any(_is_called(layer, name) for _, layer in self.all_layers()):
            raise ValueError(f"the map has a layer {quoted(name)} already; choose another name")
        number = max(
            whole(self.root, "nextlayerid", 1), 1, *(whole(layer, "id", 0) + 1 for _, layer in self.all_layers())
        )
        size: dict[str, int] = {}
        if kind == TILES:
            size = {key: whole(self.root, key) for key in ("width", "height")}
            self._budget.spend("nodes", max(size["width"], 0) * max(size["height"], 0))
        added = parent.add_layer(kind, {"id": number, **attributes, **size}, node, is_above=is_above)
        if kind == TILES:
            added.write_grid(values.empty_grid(size["width"], size["height"], is_infinite=self._is_infinite))
        for key, (type_name, item) in properties.items():
            added.put_property(key, type_name, item)
        self.root.put("nextlayerid", number + 1)
        return Touched(name, values={f"layer {name!r}": number})


def _is_called(node: Node, name: Any) -> bool:
    return node.text("id") == str(name) if isinstance(name, int) else node.text("name") == name


def _label(node: Node) -> str:
    name, number = node.text("name"), node.text("id")
    return f"{number} {name!r}" if name and number else repr(name) if name else number
