"""What a game's own files are: pictures with their sizes, sounds with their lengths, maps with their layers.

Only the base and the expansions are looked at, and each file on its own: one that cannot be read is listed without
facts. Large files cost no more than their first part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vfsloader import paths
from vfsloader.assets.edits.frames import description_paths, read_rows
from vfsloader.assets.media_formats import picture_format, sound_format
from vfsloader.assets.picture_size import picture_size
from vfsloader.assets.sound_length import sound_seconds
from vfsloader.datamerge.formats import kind_of
from vfsloader.datamerge.maps.apply import open_map
from vfsloader.datamerge.maps.ldtk import LdtkMap
from vfsloader.datamerge.maps.ldtk_layer import number, tables
from vfsloader.datamerge.maps.nodes import OBJECTS, TILES, whole
from vfsloader.datamerge.maps.tiled import TiledMap
from vfsloader.errors import BudgetError, VFSError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget
from vfsloader.vfs.filesystem import VirtualFileSystem

#: The kinds of files, in the order of the guide, each with its title.
KINDS = {
    "picture": "Pictures",
    "sound": "Sounds and music",
    "map": "Maps",
    "data": "Data",
    "text": "Translations",
    "font": "Fonts",
    "other": "Other files",
}
_SUFFIXES = {
    "picture": (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".qoi", ".gif", ".tga", ".svg"),
    "sound": (".wav", ".ogg", ".opus", ".flac", ".mp3"),
    "font": (".ttf", ".otf", ".ttc", ".woff", ".woff2", ".fnt"),
    "text": (".po", ".mo"),
}
#: Maps of Tiled may end in .json, too: what is in the file decides.
_MAPS, _DATA = (".tmx", ".tmj", ".ldtk"), (".json", ".toml", ".csv", ".tsv", ".txt")
#: What is read of a file for its facts; longer sounds and data have none.
_HEAD, _MOST_SOUND, _MOST_DATA, _MOST_NAMES = 256 << 10, 32 << 20, 2 << 20, 40
#: Where vfsloader itself keeps files in a pack.
_OWN = "/.prepared/"


@dataclass(slots=True)
class FileFacts:
    """A file of the game."""

    path: str
    kind: str
    """One of :data:`KINDS`."""
    size: int
    """Bytes."""
    format: str = ""
    """Such as ``png``; empty if it is not known."""
    pixels: tuple[int, int] | None = None
    """Width and height of a picture."""
    seconds: float | None = None
    frames: tuple[str, ...] = ()
    """Names of the frames of a sheet."""
    layers: tuple[str, ...] = ()
    """Layers of a map, each with what it is."""
    tiles: tuple[int, int] | None = None
    """Width and height of a map."""
    tile_size: tuple[int, int] | None = None
    data: Any = None
    """What is in a data file; None if it was not read."""
    note: str = ""
    """What the developer says about it."""


@dataclass(slots=True)
class GameFacts:
    """All files of a game, by path."""

    files: list[FileFacts] = field(default_factory=list)
    languages: tuple[str, ...] = ()
    """Languages that have files of their own below ``/tl``."""

    def of_kind(self, kind: str) -> list[FileFacts]:
        """Return the files of a kind."""
        return [file for file in self.files if file.kind == kind]

    def find(self, path: str) -> FileFacts | None:
        """Return a file by its path."""
        return next((file for file in self.files if file.path == path), None)


def collect(vfs: VirtualFileSystem, hides: Callable[[str], bool], note: Callable[[str], str]) -> GameFacts:
    """Look at all files of a tree.

    Parameters
    ----------
    vfs
        The game's tree, without mods.
    hides
        Returns whether a path is left out.
    note
        Returns what the developer says about a path.
    """
    found = [path for path in _all_files(vfs) if not path.startswith(_OWN) and not hides(path)]
    found.sort(key=paths.natural_key)
    everything = set(found)
    sheets = {}
    for path in found:
        if _kind(path) == "picture":
            described = next((name for name in description_paths(path) if name in everything), None)
            frames = None if described is None else _frames(vfs, described)
            if frames is not None:
                sheets[path], sheets[str(described)] = frames, ()
    facts = GameFacts()
    for path in found:
        kind = "other" if path in sheets and not sheets[path] and _kind(path) == "data" else _kind(path)
        file = FileFacts(path, kind, vfs.stat(path).st_size, note=note(path), frames=sheets.get(path, ()))
        try:
            _look(vfs, file)
        except (VFSError, ValueError, KeyError, TypeError, RecursionError):
            pass  # a file that is not what its name says is still listed
        facts.files.append(file)
    facts.languages = tuple(sorted({path.split("/")[2] for path in found if path.startswith("/tl/")}))
    return facts


def _all_files(vfs: VirtualFileSystem) -> Iterator[str]:
    for folder, _, names in vfs.walk("/"):
        for name in names:
            yield paths.join(folder, name)


def _kind(path: str) -> str:
    low = path.lower()
    for kind, suffixes in _SUFFIXES.items():
        if low.endswith(suffixes):
            return kind
    return "map" if low.endswith(_MAPS) else "data" if low.endswith(_DATA) else "other"


def _frames(vfs: VirtualFileSystem, described: str) -> tuple[str, ...] | None:
    """Return the names of the frames of a sheet; None if the file does not describe one."""
    try:
        rows = read_rows(vfs.read_bytes(described), Budget(plain(described)))
    except (VFSError, ValueError):
        return None
    return tuple(plain(name, 60) for name, _ in rows) or None


def _look(vfs: VirtualFileSystem, file: FileFacts) -> None:
    if file.kind == "picture":
        head = _head(vfs, file.path)
        file.format = picture_format(head, file.path) or ""
        file.pixels = picture_size(head, file.path)
        if file.pixels is None and _HEAD < file.size <= _MOST_SOUND:
            file.pixels = picture_size(vfs.read_bytes(file.path), file.path)
    elif file.kind == "sound":
        file.format = sound_format(_head(vfs, file.path)) or ""
        if file.size <= _MOST_SOUND:
            file.seconds = sound_seconds(vfs.read_bytes(file.path))
    elif file.kind == "map" and file.size <= _MOST_SOUND:
        _look_at_map(vfs, file)
    elif file.kind == "data" and file.size <= _MOST_DATA:
        kind = kind_of(file.path)
        file.data = kind.result(kind.parse(vfs.read_bytes(file.path)))
        if isinstance(file.data, dict) and {"layers", "tilewidth"} <= file.data.keys():
            file.kind, file.data = "map", None
            _look_at_map(vfs, file)


def _head(vfs: VirtualFileSystem, path: str) -> bytes:
    with vfs.open(path, "rb") as opened:
        data: bytes = opened.read(_HEAD)
        return data


def _look_at_map(vfs: VirtualFileSystem, file: FileFacts) -> None:
    try:
        model = open_map(file.path, vfs.read_bytes(file.path), Budget(plain(file.path)))
    except BudgetError:
        return
    if isinstance(model, TiledMap):
        root = model.root
        file.tiles = whole(root, "width", 0), whole(root, "height", 0)
        file.tile_size = whole(root, "tilewidth"), whole(root, "tileheight")
        names = []
        for _, node in model.all_layers():
            name = plain(node.text("name") or node.text("id"), 60)
            what = {TILES: "tiles", OBJECTS: f"{len(node.objects())} objects"}.get(node.kind, node.kind)
            names.append(f"{name} ({what})")
        file.layers = tuple(names[:_MOST_NAMES])
    elif isinstance(model, LdtkMap):
        levels = list(model.levels())
        file.layers = tuple(plain(str(level.get("identifier")), 60) + " (level)" for level in levels[:_MOST_NAMES])
        grids = {number(layer, "__gridSize", 0) for level in levels for layer in tables(level, "layerInstances")}
        if len(grids) == 1:
            (side,) = grids
            file.tile_size = side, side
