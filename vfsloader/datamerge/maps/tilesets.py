"""The tile sets of a map of Tiled: which tile has which global id, and what a new tile set gets."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from vfsloader import paths
from vfsloader.datamerge.maps.json_nodes import JsonNode
from vfsloader.datamerge.maps.model import EditContext, resolve
from vfsloader.datamerge.maps.nodes import Node, whole
from vfsloader.datamerge.maps.tile_data import FLAGS, FLIPPED_D, FLIPPED_H, FLIPPED_V
from vfsloader.datamerge.maps.xml_nodes import XmlNode, parse_xml
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import VFSError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

_FLIPS = {"h": FLIPPED_H, "v": FLIPPED_V, "d": FLIPPED_D}
#: The highest global id without flags.
MAX_GID = (1 << 28) - 1
_SET_KEYS = ("name", "tilewidth", "tileheight", "tilecount", "columns", "spacing", "margin")
_IMAGE_KEYS = {"image": "source", "imagewidth": "width", "imageheight": "height"}


class Tilesets:
    """The tile sets of one map.

    Parameters
    ----------
    root
        The map.
    path
        Its virtual path.
    """

    def __init__(self, root: Node, path: str) -> None:
        self._root = root
        self._path = path
        self._counts: dict[int, int | None] = {}
        self._sets: list[tuple[int, Node]] = []
        self.refresh()

    def refresh(self) -> None:
        """Look again which tile sets there are."""
        self._sets = sorted(
            ((whole(node, "firstgid"), node) for node in self._root.tilesets()), key=lambda pair: pair[0]
        )

    def tile(self, value: Any, context: EditContext) -> int:
        """Return the global id of a tile: a number, or a text such as ``"town:12"`` or ``"town:12 hv"``.

        Raises
        ------
        ValueError
            The map has no such tile.
        """
        if isinstance(value, str):
            name, colon, rest = value.rpartition(":")
            number, _, flips = rest.partition(" ")
            if not colon or not number.isascii() or not number.isdigit() or len(number) > 9 or set(flips) - set(_FLIPS):
                raise ValueError(f"a tile is a number, or text such as 'town:12' or 'town:12 hv', not {quoted(value)}")
            first, node = self.find(name)
            self._check(first, node, int(number), value, context)
            return (first + int(number)) | sum(_FLIPS[flip] for flip in set(flips))
        if type(value) is not int or not 0 <= value < 1 << 32:
            raise ValueError(f"a tile is a number, or text such as 'town:12', not {quoted(value)}")
        flags, gid = value & FLAGS, value & ~FLAGS
        if not gid:
            return 0
        for declared, count, actual in context.numbering:
            if declared <= gid < declared + count:
                return (gid - declared + actual) | flags
        first, node = self.owner(gid)
        self._check(first, node, gid - first, value, context)
        return value

    def tile_name(self, tile: int) -> str:
        """Return what an edit would call a tile: ``"town:12 h"``; empty for none, a number if no tile set has it.

        A number that the map has is not checked: it may be larger than its tile set.
        """
        gid = tile & ~FLAGS
        if not gid:
            return ""
        try:
            first, node = self.owner(gid)
        except ValueError:
            return str(tile)
        flips = "".join(flip for flip, flag in _FLIPS.items() if tile & flag)
        return f"{plain(names_of(node)[0], 60)}:{gid - first} {flips}".strip()

    def owner(self, gid: int) -> tuple[int, Node]:
        """Return the first id and the node of the tile set that a tile is from."""
        for first, node in reversed(self._sets):
            if first <= gid:
                return first, node
        raise ValueError(f"no tile set of the map has the tile {gid}")

    def find(self, name: str | int) -> tuple[int, Node]:
        """Return the tile set with a name: its own, or that of its file."""
        for first, node in self._sets:
            if name in names_of(node):
                return first, node
        known = ", ".join(plain(names_of(node)[0], 40) for _, node in self._sets[:10]) or "none"
        raise ValueError(f"the map has no tile set {quoted(name)}; it has {known}")

    def with_source(self, target: str) -> tuple[int, Node] | None:
        """Return the tile set that is in a file of the tree; None if there is none."""
        for first, node in self._sets:
            try:
                if node.text("source") and resolve(self._path, node.text("source")) == target:
                    return first, node
            except ValueError:
                continue
        return None

    def _check(self, first: int, node: Node, number: int, value: Any, context: EditContext) -> None:
        count = self._count(node, context)
        if count is not None and number >= count:
            raise ValueError(f"there is no tile {quoted(value)}: its tile set {names_of(node)[0]!r} has {count}")

    def _count(self, node: Node, context: EditContext) -> int | None:
        """Return how many tiles a tile set has; None if it cannot be read."""
        key = id(node.identity)
        if key not in self._counts:
            try:
                source = node.text("source")
                target = resolve(self._path, source) if source else ""
                self._counts[key] = count_tiles(read_tileset(target, context) if source else node)
            except (VFSError, OSError, ValueError, RecursionError):
                self._counts[key] = None
        return self._counts[key]

    def next_first(self, context: EditContext) -> int:
        """Return the first global id that is free."""
        first = 1
        for begin, node in self._sets:
            count = self._count(node, context)
            if count is None:
                raise ValueError(f"the tile set {quoted(names_of(node)[0])} cannot be read, so no id after it is known")
            first = max(first, begin + count)
        return first

    def add(self, table: Mapping[str, Any], context: EditContext) -> tuple[int, str]:
        """Add a tile set, or find it if the map has it; return its first id and its name."""
        declared = table.get("firstgid")
        if declared is not None and (type(declared) is not int or not 0 < declared <= MAX_GID):
            raise ValueError(f"firstgid must be a number above 0, not {quoted(declared)}")
        unknown = [key for key in table if key not in ("firstgid", "source", *_SET_KEYS, *_IMAGE_KEYS)]
        if unknown:
            raise ValueError(f"{plain(unknown[0], 40)}: unknown key of a tile set")
        if "source" in table:
            target = context.resolve(table["source"])
            count = count_tiles(read_tileset(target, context))
            known = self.with_source(target)
            first = (
                known[0] if known is not None else self.insert({"source": self.relative(target)}, {}, count, context)
            )
            name = paths.split(target)[1].rpartition(".")[0]
        else:
            first, count, name = self._add_embedded(table, context)
        if declared is not None:
            context.numbering.append((declared, count, first))
        return first, name

    def _add_embedded(self, table: Mapping[str, Any], context: EditContext) -> tuple[int, int, str]:
        for key in ("name", "image"):
            if not isinstance(table.get(key), str):
                raise ValueError(
                    f"add_tileset needs source, or name, image, tilewidth, tileheight, tilecount and columns: "
                    f"{key} is missing"
                )
        for key in (
            "tilewidth",
            "tileheight",
            "tilecount",
            "columns",
            "spacing",
            "margin",
            "imagewidth",
            "imageheight",
        ):
            value = table.get(key, 0 if key[0] in "smi" else None)
            if (
                type(value) is not int
                or not 0 <= value <= MAX_GID
                or (key in ("tilewidth", "tileheight") and not value)
            ):
                raise ValueError(f"add_tileset: {key} must be a whole number, not {quoted(value)}")
        target = context.resolve(table["image"])
        if any(table["name"] in names_of(node) for _, node in self._sets):
            raise ValueError(f"the map has a tile set {quoted(table['name'])} already; choose another name")
        attributes = {key: table[key] for key in _SET_KEYS if key in table}
        image = {_IMAGE_KEYS[key]: table[key] for key in _IMAGE_KEYS if key in table}
        image["source"] = self.relative(target)
        if "imagewidth" not in table:
            step = table["tilewidth"] + table.get("spacing", 0)
            image["width"] = 2 * table.get("margin", 0) + table["columns"] * step - table.get("spacing", 0)
        if "imageheight" not in table:
            rows = -(-table["tilecount"] // max(table["columns"], 1))
            step = table["tileheight"] + table.get("spacing", 0)
            image["height"] = 2 * table.get("margin", 0) + rows * step - table.get("spacing", 0)
        first = self.insert(attributes, image, table["tilecount"], context)
        return first, table["tilecount"], table["name"]

    def insert(self, attributes: Mapping[str, Any], image: Mapping[str, Any], count: int, context: EditContext) -> int:
        """Add a tile set with so many tiles, and return its first id."""
        first = self.next_first(context)
        if first + count > MAX_GID:
            raise ValueError(f"there is no room for {count:,} more tiles: ids end at {MAX_GID:,}")
        self._root.add_tileset({"firstgid": first, **attributes}, image)
        self.refresh()
        return first

    def relative(self, target: str) -> str:
        """Return how the map names a file of the tree."""
        return posixpath.relpath(target, paths.parent(self._path))


def names_of(node: Node) -> list[str]:
    """Return the names by which an edit may call a tile set, the shortest first."""
    source = node.text("source")
    file = posixpath.basename(source)
    names = [node.text("name"), file.rpartition(".")[0], file, source]
    return [name for name in names if name] or ["without a name"]


def read_tileset(path: str, context: EditContext) -> Node:
    """Return a tile set of its own file.

    Raises
    ------
    ValueError
        It is not a tile set.
    VFSError
        It cannot be read.
    """
    data = context.read(path)
    budget = Budget(path, context.budget.limits)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        root = parse_xml(data, budget)
        if root.tag != "tileset":
            raise ValueError(f"{plain(path)} is not a tile set")
        return XmlNode(root)
    return JsonNode(parse_json(data, budget))


def count_tiles(node: Node) -> int:
    """Return how many local ids a tile set has."""
    count = whole(node, "tilecount", 0)
    if isinstance(node, XmlNode):
        ids = [tile.get("id", "0") for tile in node.element.findall("tile") if tile.find("image") is not None]
        image = node.element.find("image")
        size = {} if image is None else {key: image.get(key, "0") for key in ("width", "height")}
    else:
        assert isinstance(node, JsonNode)
        tiles = node.table.get("tiles")
        ids = (
            [str(tile.get("id", 0)) for tile in tiles if isinstance(tile, dict) and "image" in tile]
            if isinstance(tiles, list)
            else []
        )
        size = {}
    if ids:
        return max(count, *(int(number[:9]) + 1 for number in ids))
    if not count and size:  # old files do not say
        step = [whole(node, key) + whole(node, "spacing", 0) for key in ("tilewidth", "tileheight")]
        count = (int(size["width"][:9]) // max(step[0], 1)) * (int(size["height"][:9]) // max(step[1], 1))
    if not 0 < count <= MAX_GID:
        raise ValueError(f"the tile set {quoted(names_of(node)[0])} does not say how many tiles it has")
    return count
