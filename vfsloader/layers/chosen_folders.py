"""Several folders of the disk as one layer, each at its place below the folder that contains them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from vfsloader import paths
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Entry


class ChosenFolders(FolderLayer):
    """A folder of the disk of which only some folders are shown.

    Parameters
    ----------
    path
        The folder.
    chosen
        The virtual paths of the folders that are shown, with everything in them.
    without
        The virtual paths of folders inside of those that are not.
    name, live, trusted
        As for :class:`FolderLayer`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> for file in ("images/p.png", "sounds/s.wav", "src/main.py"):
    ...     pathlib.Path(folder.name, file).parent.mkdir()
    ...     _ = pathlib.Path(folder.name, file).write_text("")
    >>> layer = ChosenFolders(folder.name, ["/images", "/sounds"])
    >>> [entry.path for entry in layer.list("/")], layer.find("/src/main.py")
    (['/images', '/sounds'], None)
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: paths.RealPath,
        chosen: Iterable[str],
        *,
        without: Iterable[str] = (),
        name: str | None = None,
        live: bool = True,
        trusted: bool = False,
    ) -> None:
        super().__init__(path, name=name, live=live, trusted=trusted)
        self._chosen = tuple(chosen)
        self._without = tuple(without)

    @property
    def watched_folders(self) -> list[Path]:
        """The chosen folders: the folder that contains them may be as large as the disk."""
        return [self.path / folder[1:] for folder in self._chosen]

    def find(self, path: str) -> Entry | None:
        """Look at the disk, where the path is shown."""
        return super().find(path) if self._shows(path) else None

    def list(self, path: str) -> Iterator[Entry]:
        """List what is shown of a folder, in the order of its names."""
        if self._shows(path):
            yield from sorted(
                (entry for entry in super().list(path) if self._shows(entry.path)), key=lambda entry: entry.path
            )

    def _shows(self, path: str) -> bool:
        if any(paths.is_inside(path, folder) for folder in self._without):
            return False
        return any(paths.is_inside(path, folder) or paths.is_inside(folder, path) for folder in self._chosen)
