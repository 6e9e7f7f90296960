"""What goes into a pack, and in which order: the tree of a layer without ignored files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.archives.index import clean_path
from vfsloader.errors import PathNotFoundError, UnsafeArchiveError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.packs.ignore_rules import IgnoreRules
from vfsloader.packs.sources import tree_of
from vfsloader.quoting import plain
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.store import Store


@dataclass(frozen=True, slots=True)
class FileList:
    """The tree to pack."""

    folders: list[str]
    files: list[Entry]
    """In the order of their contents in the pack."""
    whiteouts: list[str]
    opaque: set[str]
    """Folders that hide everything that lower layers have in them."""


def list_files(layer: Layer, *, ignore: bool, order: Iterable[str] = ()) -> FileList:
    """List the files of a layer.

    Parameters
    ----------
    layer
        The tree.
    ignore
        Whether to leave out the files that ``.vfsignore`` files name, and the usual junk.
    order
        Paths whose contents come first, in this order; all others follow by path.

    Raises
    ------
    UnsafeArchiveError
        The layer leaves something out, such as a link that leads out of its folder: the list would silently lack it.
    """
    tree = tree_of(layer)
    rules = IgnoreRules(tree) if ignore else None
    folders: list[str] = []
    files: list[Entry] = []
    left_out: list[tuple[str, str]] = list(layer.left_out) if isinstance(layer, ListedLayer) else []
    pending = [paths.ROOT]
    while pending:
        folder = pending.pop()
        if isinstance(layer, FolderLayer):
            left_out += layer.left_out(folder)
        for match in tree.children(folder).values():
            entry = match.entry
            if rules is not None and rules.ignores(entry.path, is_folder=entry.is_folder):
                continue
            if entry.is_folder:
                folders.append(entry.path)
                pending.append(entry.path)
            else:
                files.append(entry)
    _refuse_to_lose(layer, left_out, rules)
    rank = {path: number for number, path in enumerate(dict.fromkeys(order))}
    files.sort(key=lambda entry: (rank.get(entry.path, len(rank)), entry.path))
    hidden = list(layer.hidden()) if isinstance(layer, (Store, MemoryStore)) else []
    whiteouts = [path for path, is_folder in hidden if not is_folder]
    return FileList(sorted(folders), files, whiteouts, {path for path, is_folder in hidden if is_folder})


def _refuse_to_lose(layer: Layer, left_out: list[tuple[str, str]], rules: IgnoreRules | None) -> None:
    """Raise an error for files that the layer does not show and no rule ignores."""
    lost = []
    for name, reason in left_out:
        path = clean_path(name)[0]
        if rules is None or path is None or not rules.ignores(path, is_folder=False):
            lost.append(f"{plain(name)} ({reason})")
    if lost:
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5:,} more" if len(lost) > 5 else "")
        raise UnsafeArchiveError.at(
            layer.name,
            f"{layer.name} contains what cannot be packed: {shown}; replace it by a copy, name it in .vfsignore, "
            "or, if the folder is your own, pass open_layer(folder, trusted=True), which follows links",
        )


def read_order(file: paths.RealPath) -> list[str]:
    """Read a trace: one path a line, as ``VFSLOADER_TRACE`` writes it.

    Raises
    ------
    PathNotFoundError
        The file does not exist.
    InvalidPathError
        A line is not a valid path.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise PathNotFoundError.at(
            str(file), f"there is no order file {file}; run the game with VFSLOADER_TRACE={file} to write one"
        ) from None
    return [paths.normalise(line) for line in lines if line.strip() and not line.startswith("#")]
