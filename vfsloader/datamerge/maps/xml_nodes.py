"""The nodes of a ``.tmx`` file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vfsloader.datamerge.maps.grid import Chunk, Grid
from vfsloader.datamerge.maps.nodes import GROUP, IMAGE, OBJECTS, TILES, area_of
from vfsloader.datamerge.maps.tile_data import decode_tiles, encode_tiles, make_tiles
from vfsloader.runtime.budget import Budget

_KINDS = {"layer": TILES, "objectgroup": OBJECTS, "group": GROUP, "imagelayer": IMAGE}
_TAGS = {kind: tag for tag, kind in _KINDS.items()}


def parse_xml(data: bytes, budget: Budget) -> Element:
    """Parse XML, counting elements and depth as they come.

    Raises
    ------
    ValueError
        It is not XML in UTF-8, or it declares an entity.
    BudgetError
        It is larger, or nested more deeply, than the budget allows.
    """
    text = data.decode("utf-8-sig")
    if "<!ENTITY" in text:
        raise ValueError("it declares an entity, which is not allowed in a map")
    builder = ElementTree.TreeBuilder(insert_comments=True)
    target = ElementTree.XMLParser(target=builder)  # noqa: S314 - without entities, and counted as it comes
    parser: Any = ElementTree.XMLPullParser(("start", "end"), _parser=target)
    depth, root = 0, None
    try:
        for at in range(0, len(text), 1 << 16):
            parser.feed(text[at : at + (1 << 16)])
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if event == "start":
                    root = element if root is None else root
                    budget.spend("nodes", 1 + len(element.attrib))
                    budget.check_depth(depth)
        parser.close()
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    if root is None:
        raise ValueError("it has no element")
    return root  # type: ignore[no-any-return]


def write_xml(root: Element) -> bytes:
    """Return XML as a file."""
    data: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + data + b"\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


class XmlNode:
    """A node of a ``.tmx`` file; see :class:`~vfsloader.datamerge.maps.nodes.Node`."""

    __slots__ = ("element",)

    def __init__(self, element: Element) -> None:
        self.element = element

    @property
    def identity(self) -> object:
        return self.element

    @property
    def kind(self) -> str:
        return _KINDS.get(self.element.tag, "") if isinstance(self.element.tag, str) else ""

    def text(self, key: str) -> str:
        return self.element.get(key, "")

    def put(self, key: str, value: Any) -> None:
        self.element.set(key, _text(value))

    def layers(self) -> Iterator[XmlNode]:
        return (XmlNode(child) for child in list(self.element) if child.tag in _TAGS.values())

    def objects(self) -> list[XmlNode]:
        return [XmlNode(child) for child in self.element.findall("object")]

    def tilesets(self) -> list[XmlNode]:
        return [XmlNode(child) for child in self.element.findall("tileset")]

    def add_object(self, attributes: Mapping[str, Any], shape: Mapping[str, Any]) -> XmlNode:
        child = SubElement(self.element, "object", {key: _text(value) for key, value in attributes.items()})
        for name, value in shape.items():
            points = {"points": " ".join(f"{_text(x)},{_text(y)}" for x, y in value)} if value is not True else {}
            SubElement(child, name, points)
        return XmlNode(child)

    def remove_object(self, node: XmlNode) -> None:
        self.element.remove(node.element)

    def add_tileset(self, attributes: Mapping[str, Any], image: Mapping[str, Any]) -> None:
        child = Element("tileset", {key: _text(value) for key, value in attributes.items()})
        if image:
            SubElement(child, "image", {key: _text(value) for key, value in image.items()})
        before = [at for at, other in enumerate(self.element) if other.tag in ("tileset", "properties")]
        self.element.insert(before[-1] + 1 if before else 0, child)

    def add_layer(self, kind: str, attributes: Mapping[str, Any], beside: XmlNode | None, *, is_above: bool) -> XmlNode:
        child = Element(_TAGS[kind], {key: _text(value) for key, value in attributes.items()})
        if kind == TILES:
            SubElement(child, "data", {"encoding": "csv"})
        at = len(self.element) if beside is None else list(self.element).index(beside.element) + is_above
        self.element.insert(at, child)
        return XmlNode(child)

    def get_property(self, name: str) -> tuple[str, Any] | None:
        found = self._property(name)
        return None if found is None else (found.get("type", "string"), found.get("value", found.text or ""))

    def put_property(self, name: str, type_name: str, value: Any) -> None:
        found = self._property(name)
        if found is None:
            table = self.element.find("properties")
            if table is None:
                table = Element("properties")
                self.element.insert(0, table)
            found = SubElement(table, "property", {"name": name})
        if type_name == "string":
            found.attrib.pop("type", None)
        else:
            found.set("type", type_name)
        found.text = None
        found.set("value", str(value).lower() if isinstance(value, bool) else _text(value))

    def drop_property(self, name: str) -> None:
        found, table = self._property(name), self.element.find("properties")
        if found is not None and table is not None:
            table.remove(found)

    def _property(self, name: str) -> Element | None:
        return next(
            (child for child in self.element.iterfind("properties/property") if child.get("name") == name), None
        )

    def read_grid(self, is_infinite: bool, budget: Budget) -> Grid:
        data = self.element.find("data")
        if data is None:
            raise ValueError("the layer has no data")
        rectangles = data.findall("chunk") if is_infinite else [data]
        chunks = []
        for rectangle in rectangles:
            size = self.element if rectangle is data else rectangle
            default = "0" if rectangle is data else ""
            x, y, width, height = area_of({key: size.get(key, default) for key in ("x", "y", "width", "height")})
            if data.get("encoding"):
                text = rectangle.text or ""
                tiles = decode_tiles(text, data.get("encoding"), data.get("compression"), width * height, budget)
            else:
                numbers = [int(tile.get("gid", "0")[:12]) for tile in rectangle.findall("tile")]
                if not numbers and not (rectangle.text or "").strip():
                    budget.spend("nodes", width * height)
                    numbers = [0] * (width * height)
                tiles = decode_tiles(make_tiles(numbers), None, None, width * height, budget)
            chunks.append(Chunk(x, y, width, height, tiles) if is_infinite else Chunk(0, 0, width, height, tiles))
        return Grid(chunks, is_infinite=is_infinite)

    def write_grid(self, grid: Grid) -> None:
        data = self.element.find("data")
        if data is None:
            return
        encoding, compression = data.get("encoding"), data.get("compression")
        if not encoding:  # <tile> elements, which Tiled no longer writes
            encoding = "csv"
            data.set("encoding", encoding)
        for child in list(data):
            data.remove(child)
        for chunk in grid.chunks:
            text = encode_tiles(chunk.tiles, encoding, compression, chunk.width)
            text = f"\n{text}\n" if encoding == "csv" else f"\n   {text}\n  "
            if not grid.is_infinite:
                data.text = text
                continue
            child = SubElement(data, "chunk", {key: str(getattr(chunk, key)) for key in ("x", "y", "width", "height")})
            child.text, child.tail = text, "\n"
