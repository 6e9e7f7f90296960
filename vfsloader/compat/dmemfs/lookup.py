"""What is at a path of a memory file system: the questions and the errors that its methods share."""

from __future__ import annotations

from collections.abc import Iterator

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import WHITEOUT


def normalise(path: str) -> str:
    """Return the normalised form of a path. Backslashes separate too, and an empty path is the root."""
    if not isinstance(path, str):
        raise TypeError(f"a path must be str, not {type(path).__name__}")
    if "\\" in path or not path:
        path = path.replace("\\", "/") or paths.ROOT
    return paths.normalise(path)


class Lookup:
    """Finds the nodes of a store. The caller holds the store's lock.

    Parameters
    ----------
    store
        The store.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def find(self, path: str) -> MemoryNode | None:
        """Return the file or folder at a path, or None."""
        node = self._store.nodes.by_path.get(path)
        return None if node is None or node.kind == WHITEOUT else node

    def need(self, path: str) -> MemoryNode:
        """Return the file or folder at a path; raise PathNotFoundError if there is none."""
        node = self.find(path)
        if node is None:
            raise PathNotFoundError.at(path, f"{path} does not exist")
        return node

    def need_file(self, path: str) -> MemoryNode:
        """Return the file at a path; raise PathNotFoundError or IsAFolderError if there is none."""
        node = self.need(path)
        if node.children is not None:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        return node

    def need_folder(self, path: str) -> None:
        """Raise PathNotFoundError or NotAFolderError if a path is not a folder."""
        if self.need(path).children is None:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")

    def need_free(self, path: str) -> None:
        """Raise PathExistsError if there is anything at a path."""
        if self.find(path) is not None:
            raise PathExistsError.at(path, f"{path} already exists")

    def need_folder_above(self, path: str) -> None:
        """Raise PathNotFoundError if the folder above a path does not exist."""
        folder = paths.parent(path)
        node = self.find(folder)
        if node is None or node.children is None:
            raise PathNotFoundError.at(folder, f"there is no folder {folder} for {path}")

    def walk(self, top: str) -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down, each folder's names sorted."""
        folders: list[str] = []
        files: list[str] = []
        for entry in sorted(self._store.list(top)):
            (folders if entry.is_folder else files).append(entry.name)
        yield top, folders, files
        for name in folders:
            yield from self.walk(paths.join(top, name))
