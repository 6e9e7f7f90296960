"""Maps as the page draws them: tiles by number, and where the picture of each tile is."""

from __future__ import annotations

from typing import Any

from vfsloader.datamerge.maps.apply import open_map
from vfsloader.datamerge.maps.json_nodes import JsonNode
from vfsloader.datamerge.maps.ldtk import LdtkMap
from vfsloader.datamerge.maps.ldtk_layer import LdtkLayer, tables
from vfsloader.datamerge.maps.model import EditContext, resolve
from vfsloader.datamerge.maps.nodes import OBJECTS, TILES, Node, whole
from vfsloader.datamerge.maps.tiled import TiledMap
from vfsloader.datamerge.maps.tilesets import read_tileset
from vfsloader.datamerge.maps.xml_nodes import XmlNode
from vfsloader.errors import ResourceError, VFSError
from vfsloader.layers.union import Union
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits

#: More tiles and objects of one map are not sent.
_MOST_TILES, _MOST_OBJECTS, _MOST_LEVELS = 400_000, 2_000, 200
#: The highest two bits of an LDtk tile, in the form of Tiled's.
_LDTK_FLIPS = {0: 0, 1: 1 << 31, 2: 1 << 30, 3: 3 << 30}


def drawable_map(union: Union, path: str, content: bytes, limits: Limits) -> dict[str, Any]:
    """Return a map in the form in which the page draws it.

    Parameters
    ----------
    union
        The tree, for tile sets that are files of their own.
    path
        The map.
    content
        Its bytes.
    limits
        What it may cost.

    Raises
    ------
    ResourceError
        It cannot be read as a map.
    """
    budget = Budget(plain(path), limits)
    context = EditContext(path, union.read, budget)
    try:
        model = open_map(path, content, budget, union.read)
        if isinstance(model, TiledMap):
            return _tiled(model, context)
        if isinstance(model, LdtkMap):
            return _ldtk(model, budget)
    except (ValueError, KeyError, VFSError, RecursionError) as error:
        raise ResourceError.at(path, f"{plain(path)} cannot be drawn: {plain(str(error), 500)}") from error
    raise ResourceError.at(path, f"{plain(path)} is not a map that can be drawn")


def _tiled(model: TiledMap, context: EditContext) -> dict[str, Any]:
    root = model.root
    layers: list[dict[str, Any]] = []
    objects: list[dict[str, Any]] = []
    left = _MOST_TILES
    for _, node in model.all_layers():
        name = plain(node.text("name") or node.text("id"), 100)
        if node.kind == TILES:
            grid = node.read_grid(root.text("infinite") in ("1", "true"), context.budget)
            for chunk in grid.chunks:
                left -= chunk.width * chunk.height
                if left < 0:
                    raise ValueError(f"it has more than {_MOST_TILES:,} tiles")
                layers.append(
                    {"name": name, "x": chunk.x, "y": chunk.y, "w": chunk.width, "h": chunk.height,
                     "tiles": list(chunk.tiles)}
                )  # fmt: skip
        elif node.kind == OBJECTS:
            for item in node.objects()[: _MOST_OBJECTS - len(objects)]:
                objects.append({"name": plain(item.text("name"), 100), **_box(item)})
    return {
        "width": whole(root, "width", 0),
        "height": whole(root, "height", 0),
        "tilewidth": max(1, whole(root, "tilewidth")),
        "tileheight": max(1, whole(root, "tileheight")),
        "orientation": plain(root.text("orientation") or "orthogonal", 40),
        "tilesets": [one for node in root.tilesets() if (one := _tileset(node, context)) is not None],
        "layers": layers,
        "objects": objects,
    }


def _box(item: Node) -> dict[str, float]:
    box = {}
    for key in ("x", "y", "width", "height"):
        try:
            box[key] = float(item.text(key)[:30] or 0)
        except ValueError:
            box[key] = 0.0
    return box


def _tileset(node: Node, context: EditContext) -> dict[str, Any] | None:
    """Return a tile set; None for one that is not a single picture, or cannot be read."""
    first, base = whole(node, "firstgid"), context.path
    try:
        if node.text("source"):
            base = resolve(base, node.text("source"))
            node = read_tileset(base, context)
        name, columns = _image(node), whole(node, "columns", 0)
        if not name:
            return None
        return {
            "first": first,
            "image": resolve(base, name),
            "tilewidth": max(1, whole(node, "tilewidth")),
            "tileheight": max(1, whole(node, "tileheight")),
            "columns": columns,
            "spacing": whole(node, "spacing", 0),
            "margin": whole(node, "margin", 0),
        }
    except (ValueError, VFSError, OSError):
        return None


def _image(node: Node) -> str:
    if isinstance(node, XmlNode):
        image = node.element.find("image")
        return "" if image is None else image.get("source", "")
    assert isinstance(node, JsonNode)
    return node.text("image")


def _ldtk(model: LdtkMap, budget: Budget) -> dict[str, Any]:
    """Return the levels of a project as layers, each where its level is in the world."""
    layers: list[dict[str, Any]] = []
    tilesets: dict[str, dict[str, Any]] = {}
    step, first = 0, 1
    placed: list[tuple[int, int, LdtkLayer, str]] = []
    for level in list(model.levels())[:_MOST_LEVELS]:
        if not isinstance(level.get("layerInstances"), list):
            continue
        for table in reversed(tables(level, "layerInstances")):
            if table.get("__type") == "Entities":
                continue
            try:
                layer = LdtkLayer(model.root, table, plain(str(table.get("__identifier")), 100), budget)
            except ValueError:
                continue  # a layer without tiles
            size = table.get("__gridSize")
            step = step or (size if isinstance(size, int) and size > 0 else 16)
            x, y = (value if isinstance(value, int) else 0 for value in (level.get("worldX"), level.get("worldY")))
            placed.append((x // step, y // step, layer, layer.picture(model.path)))
    left = _MOST_TILES
    for x, y, layer, picture in placed:
        left -= layer.width * layer.height
        if left < 0:
            raise ValueError(f"it has more than {_MOST_TILES:,} tiles")
        if layer.is_int_grid:
            tiles = [layer.get(column, row) for row in range(layer.height) for column in range(layer.width)]
        else:
            if picture not in tilesets:
                tilesets[picture] = {"first": first, "image": picture, "tilewidth": step, "tileheight": step,
                                     "columns": 0, "spacing": 0, "margin": 0}  # fmt: skip
                first += 1 << 20
            begin = tilesets[picture]["first"]
            numbers = [layer.get(column, row) for row in range(layer.height) for column in range(layer.width)]
            tiles = [(begin + (one >> 2) - 1) | _LDTK_FLIPS[one & 3] if one else 0 for one in numbers]
        layers.append({"name": layer.label, "x": x, "y": y, "w": layer.width, "h": layer.height, "tiles": tiles})
    for axis in ("x", "y"):  # a world may begin anywhere
        start = min((one[axis] for one in layers), default=0)
        for one in layers:
            one[axis] -= start
    return {
        "width": max((one["x"] + one["w"] for one in layers), default=0),
        "height": max((one["y"] + one["h"] for one in layers), default=0),
        "tilewidth": step or 16,
        "tileheight": step or 16,
        "orientation": "orthogonal",
        "tilesets": list(tilesets.values()),
        "layers": layers,
        "objects": [],
    }
