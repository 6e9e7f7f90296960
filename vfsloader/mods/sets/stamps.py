"""Fingerprints that are kept with saves, in the layer that the game writes its saves to."""

from __future__ import annotations

from vfsloader import paths
from vfsloader.errors import PathNotFoundError
from vfsloader.mods import messages
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.vfs.filesystem import VirtualFileSystem

#: The folder of the fingerprints: not beside the saves, where a game that lists them would see them.
FOLDER = "/.fingerprints"


class Stamps:
    """The fingerprints of the saves in a tree.

    Parameters
    ----------
    vfs
        The tree. What is written to it in a transaction is kept as a whole, or not at all.
    """

    def __init__(self, vfs: VirtualFileSystem) -> None:
        self._vfs = vfs

    def write(self, path: paths.PathLike, fingerprint: Fingerprint) -> None:
        """Keep a fingerprint with a save.

        Raises
        ------
        PathNotFoundError
            There is no such save.
        """
        save = paths.normalise(path)
        if not self._vfs.exists(save):
            raise PathNotFoundError.at(save, messages.fill(messages.NOTHING_AT_SAVE, path=save))
        self._vfs.write_bytes(_file_of(save), fingerprint.to_json().encode())

    def read(self, path: paths.PathLike) -> Fingerprint | None:
        """Return the fingerprint of a save; None if it has none, or there is no such save.

        Raises
        ------
        ConfigError
            It is damaged, or a newer version wrote it.
        """
        save = paths.normalise(path)
        if not self._vfs.exists(save):
            return None
        try:
            return Fingerprint.from_json(self._vfs.read_bytes(_file_of(save)))
        except PathNotFoundError:
            return None


def _file_of(save: str) -> str:
    return f"{FOLDER}{save}.json"
