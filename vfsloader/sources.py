"""Opening anything as a layer: what a source is, is told by its content and not by its suffix."""

from __future__ import annotations

import os
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import PathNotFoundError, UnknownFormatError
from vfsloader.layers import ArchiveLayer, FolderLayer, Layer
from vfsloader.layers.archive import is_archive
from vfsloader.store import Store, is_store

#: A path, a ``memory:`` or remote address, or a layer that is open already.
Source = paths.RealPath | Layer


def open_layer(source: Source, *, name: str | None = None, trusted: bool = False, live: bool = True) -> Layer:
    """Open a layer.

    Parameters
    ----------
    source
        A folder, a zip or tar archive, a pack or store, ``"memory:"`` for an empty store in memory, or a
        layer, which is given back as it is.
    name
        What messages call it; taken from the source if left out.
    trusted
        The game's own file: a pack is then read through a memory map, which is faster, and which a file
        that changes under it would make crash.
    live
        For a folder: look at the disk on each call; see :class:`FolderLayer`.

    Returns
    -------
    Layer
        Its owner closes it. A pack or store opens read only.

    Raises
    ------
    PathNotFoundError
        There is nothing at the path.
    UnknownFormatError, NotAStoreError, DamagedError, UnsafeArchiveError
        What is there cannot be a layer; the sentence says why.

    Examples
    --------
    >>> open_layer("memory:", name="scratch").name
    'scratch'
    """
    if not isinstance(source, (str, os.PathLike)):
        return source
    if source == "memory:":
        return Store(name=name or "memory")
    text = os.fspath(source)
    if "://" in text:
        raise UnknownFormatError.at(text, f"{text}: packs are opened from this disk; remote ones cannot be read yet")
    path = Path(text)
    if path.is_dir():
        return FolderLayer(path, name=name, live=live)
    if not path.exists():
        raise PathNotFoundError.at(text, f"there is no {text}")
    if not path.is_file():
        raise UnknownFormatError.at(text, f"{text} is neither a file nor a folder")
    if is_store(path):
        return Store(path, name=name, read_only=True, trusted=trusted)
    if is_archive(path):
        return ArchiveLayer(path, name=name)
    raise UnknownFormatError.at(text, f"{text} is no folder, zip, tar or pack")
