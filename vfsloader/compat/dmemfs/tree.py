"""The names in a memory file system: making, moving and removing them, while no open file is touched."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from vfsloader import paths
from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.errors import InvalidPathError, IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import WHITEOUT
from vfsloader.vfs.filesystem import VirtualFileSystem


class MemoryTree:
    """Files and folders by name.

    Parameters
    ----------
    store
        Holds them.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._tree = store.lock  # held while names change
        self._locks = FileLocks(store.lock)

    @functools.cached_property
    def vfs(self) -> VirtualFileSystem:
        """The same files as a :class:`~vfsloader.VirtualFileSystem`: to mount, to look into, to write by batches."""
        return VirtualFileSystem(self._store)

    def remove(self, path: str) -> None:
        """Remove a file.

        Raises
        ------
        PathNotFoundError, IsAFolderError, LockedError
            It is not there, is a folder, or is open.
        """
        clean = normalise(path)
        with self._tree:
            self._need_file(clean)
            self._locks.refuse_open(clean)
            self._store.remove(clean)

    def copy(self, src: str, dst: str) -> None:
        """Copy a file to a path where nothing stands; the folder above it must be there."""
        old, new = normalise(src), normalise(dst)
        with self._tree:
            node = self._need_file(old)
            self._need_free(new)
            self._copy(node, new)

    # --- folders -------------------------------------------------------------------------------------

    def mkdir(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder and those above it.

        Raises
        ------
        PathExistsError
            It is there and `exist_ok` is not given, or a file stands there or above.
        """
        clean = normalise(path)
        with self._tree:
            there = self._there(clean)
            if there is None:
                try:
                    self._store.make_folder(clean)
                except NotAFolderError as error:
                    raise PathExistsError.at(clean, str(error)) from error
            elif there.children is None or not exist_ok:
                raise PathExistsError.at(clean, f"{clean} exists already")

    def rename(self, src: str, dst: str) -> None:
        """Move a file or folder to a path where nothing stands, in a folder that is there.

        Raises
        ------
        ValueError
            `src` is the root, or holds `dst`.
        PathNotFoundError, PathExistsError, LockedError
            It is not there; something stands at `dst`; it, or a file below it, is open.
        """
        self._move(src, dst, make_folders=False)

    def move(self, src: str, dst: str) -> None:
        """Move a file or folder as :meth:`rename` does, making the folders above `dst`."""
        self._move(src, dst, make_folders=True)

    def rmtree(self, path: str) -> None:
        """Remove a folder with all that it holds.

        Raises
        ------
        ValueError
            It is the root.
        PathNotFoundError, NotAFolderError, LockedError
            It is not there, is a file, or a file below it is open.
        """
        clean = normalise(path)
        if clean == paths.ROOT:
            raise ValueError("the root of the tree cannot be removed")
        with self._tree:
            self._need_folder(clean)
            self._locks.refuse_open(clean)
            self._store.remove(clean)

    def copy_tree(self, src: str, dst: str) -> None:
        """Copy a folder to a path where nothing stands: all of it, or nothing where the quota refuses."""
        old, new = normalise(src), normalise(dst)
        with self._tree:
            self._need_folder(old)
            self._need_free(new)
            tree = list(self._walk(old))
            with self._store.transaction():
                for folder, _, files in tree:
                    self._store.make_folder(paths.rebase(folder, old, new))
                    for path in (paths.join(folder, name) for name in files):
                        self._copy(self._store.nodes.file(path), paths.rebase(path, old, new))

    def listdir(self, path: str) -> list[str]:
        """Give the names in a folder."""
        clean = normalise(path)
        with self._tree:
            self._need_folder(clean)
            return sorted(self._store.names(clean))

    def walk(self, path: str = "/") -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down; what others change meanwhile may show or not."""
        clean = normalise(path)
        self._need_folder(clean)
        yield from self._walk(clean)

    def glob(self, pattern: str) -> list[str]:
        """Give the paths that match a pattern, sorted, each once."""
        pattern = "/" + pattern.replace("\\", "/").removeprefix("/")
        if not paths.has_magic(pattern):
            return [pattern] if self._there(pattern) else []
        return sorted(set(self._store.glob(pattern)))

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is there; False for what is no path."""
        return self._asked(path) is not None

    def is_dir(self, path: str) -> bool:
        """Tell whether a folder is there."""
        there = self._asked(path)
        return there is not None and there.children is not None

    def is_file(self, path: str) -> bool:
        """Tell whether a file is there."""
        there = self._asked(path)
        return there is not None and there.children is None

    def _move(self, src: str, dst: str, *, make_folders: bool) -> None:
        old, new = normalise(src), normalise(dst)
        if old == paths.ROOT:
            raise ValueError("the root of the tree cannot be moved")
        with self._tree:
            if self._there(old) is None:
                raise PathNotFoundError.at(old, f"there is no {old}")
            self._need_free(new, folder_above=not make_folders)
            self._locks.refuse_open(old)
            if paths.is_inside(new, old):
                raise InvalidPathError.at(new, f"cannot move {old} into itself, to {new}")
            self._store.rename(old, new)

    def _walk(self, top: str) -> Iterator[tuple[str, list[str], list[str]]]:
        folders: list[str] = []
        files: list[str] = []
        for entry in sorted(self._store.list(top)):
            (folders if entry.is_folder else files).append(entry.name)
        yield top, folders, files
        for name in folders:
            yield from self._walk(paths.join(top, name))

    def _copy(self, node: MemoryNode, path: str) -> None:
        """Put a copy of a file, as far as it has been written, where nothing stands."""
        self._store.write(path, node.frozen())
        self._store.nodes.file(path).changes = int(bool(node.content))

    def _there(self, path: str) -> MemoryNode | None:
        node = self._store.nodes.by_path.get(path)
        return None if node is None or node.kind == WHITEOUT else node

    def _asked(self, path: str) -> MemoryNode | None:
        try:
            clean = normalise(path)
        except InvalidPathError:
            return None
        with self._tree:
            return self._there(clean)

    def _need_file(self, path: str) -> MemoryNode:
        node = self._there(path)
        if node is None:
            raise PathNotFoundError.at(path, f"there is no {path}")
        if node.children is not None:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        return node

    def _need_folder(self, path: str) -> None:
        node = self._there(path)
        if node is None:
            raise PathNotFoundError.at(path, f"there is no {path}")
        if node.children is None:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")

    def _need_free(self, path: str, *, folder_above: bool = True) -> None:
        if self._there(path) is not None:
            raise PathExistsError.at(path, f"{path} exists already")
        if folder_above:
            self._need_above(path)

    def _need_above(self, path: str) -> None:
        above = paths.parent(path)
        node = self._there(above)
        if node is None or node.children is None:
            raise PathNotFoundError.at(above, f"there is no folder {above} for {path}")


def normalise(path: str) -> str:
    """Give a path's one spelling; backslashes separate, and nothing is the root."""
    if not isinstance(path, str):
        raise TypeError(f"a path is text, not {type(path).__name__}")
    if "\\" in path or not path:
        path = path.replace("\\", "/") or paths.ROOT
    return paths.normalise(path)
