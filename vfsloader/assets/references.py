"""The files that a tile map names: tile sets, templates and pictures, each of which has to be inside the tree.

Loaders of maps join a name to the map's folder and open the result, so an absolute name or one with ``..`` would open
any file of the disk. Here each name is resolved as a path of the tree, as the formats mean it.

References
----------
Tiled, "TMX Map Format" and "JSON Map Format", 1.10: ``source`` of tileset and image, ``template`` of object; in JSON
``source``, ``image`` and ``template``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from vfsloader import paths
from vfsloader.errors import InvalidPathError, ResourceError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

#: Suffixes of maps, tile sets and templates; ``.json`` is only one of them if a map names it.
SUFFIXES = (".tmx", ".tsx", ".tx", ".tmj", ".tsj", ".tj")
#: A name that begins with a drive or a scheme, such as ``file:``.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
#: Which attribute of which element names a file.
_XML_REFERENCES = {"tileset": "source", "image": "source", "object": "template"}
_JSON_REFERENCES = ("source", "image", "template")
#: Named data files, as opposed to pictures, name files themselves.
_DATA = frozenset({"tileset", "object", "source", "template"})


class MapFile:
    """A map, tile set or template, with the places where it names other files.

    Parameters
    ----------
    path
        Its virtual path.
    data
        Its content.
    layer
        The name of its layer, for messages.
    budget
        Limits nodes and depth.

    Raises
    ------
    ResourceError
        It cannot be parsed.
    BudgetError
        It is larger, or nested more deeply, than the budget allows.
    """

    def __init__(self, path: str, data: bytes, layer: str, budget: Budget) -> None:
        self.path = path
        self.layer = layer
        #: Each place where a file is named: whether that is a data file, the name, and a function that replaces it.
        self.references: list[tuple[bool, str, Callable[[str], object]]] = []
        try:
            text = data.decode("utf-8-sig")
            _check_size(text, budget)
            self._xml: ElementTree.Element | None = None
            if text.lstrip()[:1] == "<":
                self._xml = _parse_xml(text, budget)
                self._find_in_xml(self._xml)
            else:
                self._json = json.loads(text)
                self._find_in_json(self._json, budget)
        except (ValueError, RecursionError, ElementTree.ParseError, LookupError) as error:
            if isinstance(error, ResourceError):
                raise
            reason = plain(str(error) or type(error).__name__)
            raise self._wrong(f"is not a map, tile set or template: {reason}") from error

    def resolve(self, name: str) -> str:
        """Return the virtual path of a file that this one names.

        Raises
        ------
        ResourceError
            The name is absolute, or leaves the tree.

        Examples
        --------
        >>> map_file = MapFile("/maps/a.tmx", b"<map/>", "base", Budget("a map"))
        >>> map_file.resolve("../tiles/t.tsx")
        '/tiles/t.tsx'
        >>> map_file.resolve("/etc/passwd")
        Traceback (most recent call last):
        ...
        vfsloader.errors.ResourceError: /maps/a.tmx in base names '/etc/passwd', which is not relative to its folder
        """
        return resolve_reference(self.path, self.layer, name)

    def encoded(self) -> bytes:
        """Return the file with the names that were replaced."""
        if self._xml is None:
            return json.dumps(self._json).encode()
        data: bytes = ElementTree.tostring(self._xml, encoding="utf-8")
        return data

    def _wrong(self, sentence: str) -> ResourceError:
        return ResourceError.at(self.path, f"{plain(self.path)} in {plain(self.layer)} {sentence}")

    def _find_in_xml(self, root: ElementTree.Element) -> None:
        for element in root.iter():
            attribute = _XML_REFERENCES.get(element.tag)
            name = None if attribute is None else element.attrib.get(attribute)
            if attribute is not None and name is not None:
                self._add(element.tag in _DATA, name, _setter(element.attrib, attribute))

    def _find_in_json(self, value: Any, budget: Budget) -> None:
        todo: list[tuple[Any, int]] = [(value, 0)]
        while todo:
            item, depth = todo.pop()
            budget.spend("nodes")
            budget.check_depth(depth)
            if isinstance(item, list):
                todo += [(child, depth + 1) for child in item if isinstance(child, (list, dict))]
            elif isinstance(item, dict):
                for key, child in item.items():
                    if isinstance(child, (list, dict)):
                        if key != "properties":  # the game's own values
                            todo.append((child, depth + 1))
                    elif key in _JSON_REFERENCES and child is not None:
                        if not isinstance(child, str):
                            raise ValueError(f"{key}: must be text, not {quoted(child)}")
                        self._add(key in _DATA, child, _setter(item, key))

    def _add(self, is_data: bool, name: str, replace: Callable[[str], object]) -> None:
        if name:
            self.references.append((is_data, name, replace))


def resolve_reference(path: str, layer: str, name: str) -> str:
    """Return the virtual path of the file that the file at `path` names; see :meth:`MapFile.resolve`."""
    clean = name.replace("\\", "/")
    where = f"{plain(path)} in {plain(layer)}"
    if clean.startswith("/") or _SCHEME.match(clean):
        raise ResourceError.at(path, f"{where} names {quoted(name)}, which is not relative to its folder")
    try:
        return paths.normalise(paths.join(paths.parent(path), clean))
    except InvalidPathError as error:
        sentence = f"{where} names {quoted(name)}, which is outside of the tree: {plain(str(error))}"
        raise ResourceError.at(path, sentence) from error


def _setter(table: dict[str, str], key: str) -> Callable[[str], object]:
    def replace(value: str) -> None:
        table[key] = value

    return replace


def _check_size(text: str, budget: Budget) -> None:
    """Refuse, before it is parsed, a text of which a parser would make far more than a game's memory."""
    # Tables, lists, texts and attributes take dozens of bytes each; the numbers of tiles take fewer.
    values = text.count("[") + text.count("{") + text.count('"') // 2 + text.count("'") // 2 + text.count(",") // 8
    if values > budget.left("nodes"):
        raise budget.exceeded("nodes")


def _parse_xml(text: str, budget: Budget) -> ElementTree.Element:
    """Parse XML, counting elements and depth as they come. External entities are never read."""
    parser: Any = ElementTree.XMLPullParser(("start", "end"))  # typeshed lacks its events
    depth = 0
    root: ElementTree.Element | None = None
    for at in range(0, len(text), 1 << 16):
        parser.feed(text[at : at + (1 << 16)])  # text, as maps are read: a declared encoding does not count
        for event, element in parser.read_events():
            if event == "start":
                root = element if root is None else root
                depth += 1
                budget.spend("nodes")
                budget.check_depth(depth)
            else:
                depth -= 1
    parser.close()
    if root is None:
        raise ValueError("it has no element")
    return root
