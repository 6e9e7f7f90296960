"""The nodes of a ``.tmj`` file, or of a ``.json`` that Tiled wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vfsloader.datamerge.maps.grid import Chunk, Grid
from vfsloader.datamerge.maps.nodes import GROUP, IMAGE, OBJECTS, TILES, area_of
from vfsloader.datamerge.maps.tile_data import decode_tiles, encode_tiles
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget

_KINDS = {"tilelayer": TILES, "objectgroup": OBJECTS, "group": GROUP, "imagelayer": IMAGE}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class JsonNode:
    """A node of a ``.tmj`` file; see :class:`~vfsloader.datamerge.maps.nodes.Node`."""

    __slots__ = ("table",)

    def __init__(self, table: Any) -> None:
        if not isinstance(table, dict):
            raise ValueError(f"the map has {quoted(table)} where a table must be")
        self.table: dict[str, Any] = table

    @property
    def identity(self) -> object:
        return self.table

    @property
    def kind(self) -> str:
        name = self.table.get("type")
        return _KINDS.get(name, "") if isinstance(name, str) else ""

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if value is None or isinstance(value, (list, dict)):
            return ""
        return (
            str(int(value))
            if isinstance(value, bool) or (isinstance(value, float) and value == value // 1)
            else str(value)
        )

    def put(self, key: str, value: Any) -> None:
        self.table[key] = value

    def _list(self, key: str) -> list[Any]:
        value = self.table.get(key)
        if value is None:
            value = self.table[key] = []
        if not isinstance(value, list):
            raise ValueError(f"{key} of the map must be a list, not {quoted(value)}")
        return value

    def _nodes(self, key: str) -> list[JsonNode]:
        return list(map(JsonNode, self._list(key))) if key in self.table else []

    def layers(self) -> Iterator[JsonNode]:
        return iter(self._nodes("layers"))

    def objects(self) -> list[JsonNode]:
        return self._nodes("objects")

    def tilesets(self) -> list[JsonNode]:
        return self._nodes("tilesets")

    def add_object(self, attributes: Mapping[str, Any], shape: Mapping[str, Any]) -> JsonNode:
        common = {"name": "", "type": "", "width": 0, "height": 0, "rotation": 0, "visible": True}
        points = {key: value if value is True else [{"x": x, "y": y} for x, y in value] for key, value in shape.items()}
        table = {**common, **attributes, **points}
        self._list("objects").append(table)
        return JsonNode(table)

    def remove_object(self, node: JsonNode) -> None:
        self._remove("objects", node.table)

    def _remove(self, key: str, table: Any) -> None:
        items = self._list(key)
        items[:] = [item for item in items if item is not table]

    def add_tileset(self, attributes: Mapping[str, Any], image: Mapping[str, Any]) -> None:
        keys = {"source": "image", "width": "imagewidth", "height": "imageheight"}
        table = {**attributes, **{keys[key]: value for key, value in image.items()}}
        if image:
            table = {"margin": 0, "spacing": 0, **table}
        self._list("tilesets").append(table)

    def add_layer(
        self, kind: str, attributes: Mapping[str, Any], beside: JsonNode | None, *, is_above: bool
    ) -> JsonNode:
        table = {"type": _NAMES[kind], "visible": True, "opacity": 1, "x": 0, "y": 0, **attributes}
        if kind == OBJECTS:
            table |= {"objects": [], "draworder": "topdown"}
        elif kind == GROUP:
            table["layers"] = []
        layers = self._list("layers")
        at = len(layers)
        if beside is not None:
            at = next(at for at, layer in enumerate(layers) if layer is beside.table) + is_above
        layers.insert(at, table)
        return JsonNode(table)

    def get_property(self, name: str) -> tuple[str, Any] | None:
        found = self._property(name)
        return None if found is None else (found.text("type") or "string", found.table.get("value", ""))

    def put_property(self, name: str, type_name: str, value: Any) -> None:
        found = self._property(name)
        if found is None:
            found = JsonNode({"name": name})
            self._list("properties").append(found.table)
        found.table |= {"type": type_name, "value": value}

    def drop_property(self, name: str) -> None:
        found = self._property(name)
        if found is not None:
            self._remove("properties", found.table)

    def _property(self, name: str) -> JsonNode | None:
        return next((node for node in self._nodes("properties") if node.table.get("name") == name), None)

    def read_grid(self, is_infinite: bool, budget: Budget) -> Grid:
        is_chunked = is_infinite and ("chunks" in self.table or "data" not in self.table)
        chunks = []
        for rectangle in self._nodes("chunks") if is_chunked else [self]:
            x, y, width, height = area_of({key: rectangle.text(key) or "0" for key in ("x", "y", "width", "height")})
            data = rectangle.table.get("data")
            if not isinstance(data, (str, list)):
                raise ValueError("the layer has no data")
            encoding, compression = self.text("encoding"), self.text("compression")
            tiles = decode_tiles(data, encoding, compression, width * height, budget)
            chunks.append(Chunk(x, y, width, height, tiles) if is_chunked else Chunk(0, 0, width, height, tiles))
        return Grid(chunks, is_infinite=is_chunked)

    def write_grid(self, grid: Grid) -> None:
        encoding, compression = self.text("encoding"), self.text("compression")
        encoded = [
            encode_tiles(chunk.tiles, encoding, compression, chunk.width) if encoding == "base64" else list(chunk.tiles)
            for chunk in grid.chunks
        ]
        if not grid.is_infinite:
            self.table["data"] = encoded[0]
            return
        self.table["chunks"] = [
            {"data": data, "height": chunk.height, "width": chunk.width, "x": chunk.x, "y": chunk.y}
            for chunk, data in zip(grid.chunks, encoded, strict=True)
        ]
