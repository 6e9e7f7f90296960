"""A ``pyglet.resource.Location`` that opens files from the merged tree."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pyglet.resource

from vfsloader import paths
from vfsloader.errors import InvalidPathError, PathNotFoundError
from vfsloader.game.manager import ResourceManager


class Location(pyglet.resource.Location):  # type: ignore[misc] # pyglet is half typed
    """A folder of the merged tree as a ``pyglet.resource.Location``.

    Parameters
    ----------
    manager
        The game.
    root
        The folder, by its virtual path.
    """

    def __init__(self, manager: ResourceManager, root: paths.PathLike = "/") -> None:
        self.manager = manager
        self.root = paths.normalise(root)

    def virtual(self, name: str) -> str:
        """Return the virtual path of a name.

        Raises
        ------
        PathNotFoundError
            The name leaves the folder.
        """
        try:
            path = paths.normalise(paths.join(self.root, name))
        except InvalidPathError as error:
            raise PathNotFoundError.at(name, str(error)) from error
        if not paths.is_inside(path, self.root):
            raise PathNotFoundError.at(name, f"{name} is outside of {self.root}")
        return path

    def open(self, name: str, mode: str = "rb") -> Any:
        """Open a file for reading; as for every resource, the file of the game's language comes first.

        Raises
        ------
        PathNotFoundError
            No layer has the file.
        ValueError
            The mode is for writing.
        """
        if set(mode) - set("rbt"):
            raise ValueError(f"resources can only be read, but the mode is {mode!r}")
        data = self.manager.read(self.virtual(name))
        return io.BytesIO(data) if "b" in mode else io.StringIO(data.decode("utf-8"))


class Names(Mapping[str, Location]):
    """The names of a loader's files, looked up when they are needed and so never out of date."""

    def __init__(self, location: Location) -> None:
        self._location = location

    def __getitem__(self, name: str) -> Location:
        try:
            if self._location.manager.exists(self._location.virtual(name)):
                return self._location
        except PathNotFoundError:
            pass
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        root = self._location.root
        for folder, _, files in self._location.manager.vfs.walk(root):
            for file in files:
                yield paths.rebase(paths.join(paths.normalise(folder), file), root, paths.ROOT)[1:]

    def __len__(self) -> int:
        return sum(1 for _ in self)
