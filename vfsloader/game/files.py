"""The files of a running game: its layers, its language, its data, and real files for what needs them.

Nothing here makes anything of a file; that is the resource manager's business.
"""

from __future__ import annotations

import re
from typing import Any

from vfsloader import paths
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshots
from vfsloader.datamerge.merge import Merged
from vfsloader.game.layers import GameLayers
from vfsloader.game.merged_data import DataFiles


class GameFiles:
    """The files of a game as its layers and its language have them.

    Parameters
    ----------
    layers
        The layers; closed together with this.
    cache
        A folder for real files; None: a temporary one.
    """

    def __init__(self, layers: GameLayers, cache: paths.RealPath | None) -> None:
        self._layers = layers
        self.mods = layers.mods
        self.vfs = layers.vfs
        self._sight = Snapshots(lambda: self.vfs.union)
        self._files = RealFiles(cache)
        self._data = DataFiles()

    def close(self) -> None:
        """Close every layer that was opened for the game."""
        self._files.close()
        self._layers.close()

    def _looks_different(self) -> None:
        """Take note that paths may look different now."""

    @property
    def language(self) -> str | None:
        """The language whose files count first; may be set at any time, and shows at the next :meth:`update`.

        ``/tl/fi/sprites/sign.png``, in whatever layer, is taken for ``/sprites/sign.png`` in Finnish; so with sounds,
        and with data and what changes it.
        """
        return self._sight.language

    @language.setter
    def language(self, language: str | None) -> None:
        if language is not None and not re.fullmatch(r"[A-Za-z0-9_@-]+", language):
            raise ValueError(f"{language!r} is no language such as fi or pt-BR: it names a folder below /tl")
        with self._sight.lock:
            self._sight.language = self._data.language = language
            self._looks_different()

    def exists(self, path: paths.PathLike) -> bool:
        """Tell whether a file is there, in the present language or in none."""
        with self._sight.lock:
            return self._sight.find(paths.normalise(path)) is not None

    def read(self, path: paths.PathLike) -> bytes:
        """Read a file's bytes, in the present language where there are some; the path is watched from then on.

        Raises
        ------
        PathNotFoundError
            No layer has it.
        """
        with self._sight.lock:
            return self._sight.read(paths.normalise(path))[0]

    def real_folder(self, path: paths.PathLike = "/") -> str:
        """Give a folder of the disk with the files of a folder of the tree, as they are now.

        For what reads several files that name each other, such as a tile map. It is there as long as the manager is
        open, and is not to be written: its files may be the game's own under another name.

        Parameters
        ----------
        path
            The folder; all below it is made, too.

        Raises
        ------
        PathNotFoundError, NotAFolderError
            There is no such folder.
        """
        clean = paths.normalise(path)
        with self._sight.lock:
            self.vfs.union.need_folder(clean)
            return self._files.mirror(self.vfs.union, clean)

    def real_path(self, path: paths.PathLike) -> str:
        """Give a file of the disk with the content of a path, for what can read nothing else.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        str
            The file itself where a folder provides it; else a copy in the cache folder, which is there as long as
            the manager is open, and is not to be written.

        Raises
        ------
        PathNotFoundError
            No layer has it.
        """
        clean = paths.normalise(path)
        with self._sight.lock:
            look = self._sight.look(clean)
            if look.entry is None:
                raise self.vfs.union.not_found(clean)
            return self._files.real_path(look)

    def read_merged(self, path: paths.PathLike) -> Any:
        """Read a data file with what mods change in it.

        The highest layer that has the whole file counts; above it, each layer's ``<path>.merge`` (for JSON and TOML by
        RFC 7396) and ``<path>.patch`` (RFC 6902) is applied in load order. The path is watched from then on. What a
        mod wrote wrongly is passed over; :meth:`merge_report` says it.

        Parameters
        ----------
        path
            The data file. Its suffix says what it is: ``.toml``; ``.csv`` and ``.tsv``, rows by their first column;
            ``.txt``, a list of lines; anything else is JSON. See :func:`~vfsloader.mods.register_data_kind`.

        Returns
        -------
        object
            The data, made for this call.

        Raises
        ------
        PathNotFoundError
            No layer has the whole file.
        ResourceError
            No whole file is what its suffix says; the layer is named.
        """
        return self.merge_report(path).data

    def merge_report(self, path: paths.PathLike) -> Merged:
        """Read a file as :meth:`read_merged` does, and tell who wrote what, and who overwrote whom.

        Examples
        --------
        >>> from vfsloader import Store
        >>> base, more = Store(), Store()
        >>> base.write("/items.json", b'{"sword": 3}')
        >>> more.write("/items.json.patch", b'[{"op": "add", "path": "/bow", "value": 2}]')
        >>> from vfsloader import ResourceManager
        >>> ResourceManager(base, dlc=[more]).merge_report("/items.json").sources
        {'/bow': 'memory', '/sword': 'base'}
        """
        with self._sight.lock:
            return self._data.read(self.vfs.union, paths.normalise(path))
