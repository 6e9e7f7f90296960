"""What goes into a pack, and in which order: the tree of a layer, less what is ignored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import PathNotFoundError
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.packs.ignore_rules import Ignored
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.store import Store


@dataclass(frozen=True, slots=True)
class Gathered:
    """The tree to pack."""

    folders: list[str]
    files: list[Entry]
    """In the order in which their contents are to lie."""
    hidden: list[tuple[str, bool]]
    """Whiteouts, and folders (True) that hide what lower layers have in them."""


def gather(layer: Layer, *, ignore: bool, order: Iterable[str]) -> Gathered:
    """Look through a layer.

    Parameters
    ----------
    layer
        The tree.
    ignore
        Whether ``.vfsignore`` and the usual junk count.
    order
        Paths, the first of which is loaded first; the others follow by path.
    """
    tree = Union([Mount(layer.name, layer)])
    ignored = Ignored(tree) if ignore else None
    folders: list[str] = []
    files: list[Entry] = []
    waiting = [paths.ROOT]
    while waiting:
        for found in tree.children(waiting.pop()).values():
            entry = found.entry
            if ignored is not None and ignored(entry.path, is_folder=entry.is_folder):
                continue
            if entry.is_folder:
                folders.append(entry.path)
                waiting.append(entry.path)
            else:
                files.append(entry)
    places = {path: place for place, path in enumerate(dict.fromkeys(order))}
    files.sort(key=lambda entry: (places.get(entry.path, len(places)), entry.path))
    hidden = list(layer.hidden()) if isinstance(layer, (Store, MemoryStore)) else []
    return Gathered(sorted(folders), files, hidden)


def read_order(file: paths.RealPath) -> list[str]:
    """Read a trace: a path on each line, as ``VFSLOADER_TRACE`` writes it.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    InvalidPathError
        A line is no path.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise PathNotFoundError.at(str(file), f"there is no {file}; VFSLOADER_TRACE={file} writes one") from None
    return [paths.normalise(line) for line in lines if line.strip() and not line.startswith("#")]
