"""The files of a running game: its layers, its language, its data files, and real files for what needs them.

Nothing here makes objects out of files; that is the resource manager's task.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vfsloader import paths
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshots
from vfsloader.datamerge.merge import Merged
from vfsloader.game.layers import GameLayers
from vfsloader.game.merged_data import DataFiles

_LANGUAGE = re.compile(r"[A-Za-z0-9_@-]+")


class GameFiles:
    """The files of a game in the order of its layers and in its language.

    The methods are those of :class:`ResourceManager` with the same names.

    Parameters
    ----------
    layers
        The layers; closed together with this object.
    cache
        A folder for real files; None: a temporary one.
    on_language
        Called after the language was set.
    """

    def __init__(self, layers: GameLayers, cache: paths.RealPath | None, on_language: Callable[[], object]) -> None:
        self.layers = layers
        self.vfs = layers.vfs
        self.snapshots = Snapshots(layers.vfs)
        self.real_files = RealFiles(cache, layers.limits)
        self.data = DataFiles(layers.limits)
        self._on_language = on_language

    def close(self) -> None:
        """Close every layer that was opened for the game."""
        self.real_files.close()
        self.layers.close()

    @property
    def language(self) -> str | None:
        """The language whose files count first."""
        return self.snapshots.language

    @language.setter
    def language(self, language: str | None) -> None:
        if language is not None and not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{language!r} is not a language such as fi or pt-BR: it names a folder below /tl")
        with self.snapshots.lock:
            self.snapshots.language = self.data.language = language
            self._on_language()

    def exists(self, path: paths.PathLike) -> bool:
        """Return whether there is a file."""
        with self.snapshots.lock:
            return self.snapshots.find(paths.normalise(path)) is not None

    def read(self, path: paths.PathLike) -> bytes:
        """Read a file."""
        with self.snapshots.lock:
            return self.snapshots.read(paths.normalise(path))[0]

    def real_folder(self, path: paths.PathLike) -> str:
        """Return a folder of the disk with the files of a folder of the tree."""
        clean = paths.normalise(path)
        with self.snapshots.lock:
            self.vfs.union.need_folder(clean)
            return self.real_files.mirror(self.vfs.union, clean)

    def real_path(self, path: paths.PathLike) -> str:
        """Return a file of the disk with the content of a path."""
        clean = paths.normalise(path)
        with self.snapshots.lock:
            snapshot = self.snapshots.look(clean)
            if snapshot.entry is None:
                raise self.vfs.union.not_found(clean)
            return self.real_files.real_path(snapshot)

    def merge_report(self, path: paths.PathLike) -> Merged:
        """Read a data file with its changes."""
        with self.snapshots.lock:
            return self.data.read(self.vfs.union, paths.normalise(path))
