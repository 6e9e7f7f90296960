"""Fingerprints that are kept with saves, in the layer that the game writes its saves to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from vfsloader import paths
from vfsloader.errors import PathNotFoundError
from vfsloader.mods import messages
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.vfs.filesystem import VirtualFileSystem

if TYPE_CHECKING:
    from vfsloader.collections.base import Persistent

    #: What a fingerprint is kept with: a path, or a collection of the save.
    Save: TypeAlias = paths.PathLike | Persistent

#: The folder of the fingerprints: not beside the saves, where a game that lists them would see them.
FOLDER = "/.fingerprints"
COLLECTIONS = "/.fingerprints-of-collections"


class Stamps:
    """The fingerprints of the saves in a tree.

    Parameters
    ----------
    vfs
        The tree. What is written to it in a transaction is kept as a whole, or not at all.
    """

    def __init__(self, vfs: VirtualFileSystem) -> None:
        self._vfs = vfs

    def write(self, save: Save, fingerprint: Fingerprint) -> None:
        """Keep a fingerprint with a save.

        Raises
        ------
        PathNotFoundError
            There is no such save.
        ValueError
            The collection is not one of this save.
        """
        file, path = self._file_of(save)
        if path is not None and not self._vfs.exists(path):
            raise PathNotFoundError.at(path, messages.fill(messages.NOTHING_AT_SAVE, path=path))
        self._vfs.makedirs(paths.parent(file), exist_ok=True)
        self._vfs.write_bytes(file, fingerprint.to_json().encode())

    def read(self, save: Save) -> Fingerprint | None:
        """Return the fingerprint of a save; None if it has none, or there is no such save.

        Raises
        ------
        ConfigError
            It is damaged, or a newer version wrote it.
        """
        file, path = self._file_of(save)
        if path is not None and not self._vfs.exists(path):
            return None
        try:
            return Fingerprint.from_json(self._vfs.read_bytes(file))
        except PathNotFoundError:
            return None

    def _file_of(self, save: Save) -> tuple[str, str | None]:
        """Return the file of a fingerprint, and the path of the save, if it is not a collection."""
        if isinstance(save, (str, os.PathLike)):
            path = paths.normalise(save)
            return f"{FOLDER}{path}.json", path
        location = getattr(save, "location", None)
        name = getattr(save, "name", None)
        if location is None or name is None or location.catalog.store is not getattr(self._vfs, "store", None):
            raise ValueError(messages.fill(messages.NOT_OF_THE_SAVE, what=type(save).__name__))
        return f"{COLLECTIONS}/{quote(name, safe='')}.json", None
