"""The names in a memory file system: making, moving and removing them, while no open file is touched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import cast

from vfsloader import paths
from vfsloader.errors import (
    InvalidPathError,
    IsAFolderError,
    NotAFolderError,
    PathError,
    PathExistsError,
    PathNotFoundError,
)
from vfsloader.memory.handle import MemoryFileHandle
from vfsloader.memory.locks import FileLocks
from vfsloader.store.draft import Draft
from vfsloader.vfs import VirtualFileSystem


class MemoryTree:
    """Files and folders by name.

    Parameters
    ----------
    vfs
        Holds them.
    """

    def __init__(self, vfs: VirtualFileSystem) -> None:
        #: The file system underneath: to mount, to save as a pack, to look into.
        self.vfs = vfs
        self._locks = FileLocks()
        self._tree = threading.RLock()  # held while names change
        self._writers: dict[str, MemoryFileHandle] = {}
        self._generations: dict[str, int] = {}

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
            self.vfs.remove(clean)
            self._forget(clean)

    def copy(self, src: str, dst: str) -> None:
        """Copy a file to a path where nothing stands; the folder above it must be there."""
        old, new = normalise(src), normalise(dst)
        with self._tree:
            self._need_file(old)
            self._need_free(new)
            data = self._read(old)
            self.vfs.write_bytes(new, data)
            self._generations[new] = int(bool(data))

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
            try:
                self.vfs.makedirs(clean, exist_ok=exist_ok)
            except NotAFolderError as error:
                raise PathExistsError.at(clean, str(error)) from error

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
            self.vfs.rmtree(clean)
            self._forget(clean)

    def copy_tree(self, src: str, dst: str) -> None:
        """Copy a folder to a path where nothing stands: all of it, or nothing where the quota refuses."""
        old, new = normalise(src), normalise(dst)
        with self._tree:
            self._need_folder(old)
            self._need_free(new)
            tree = list(self.vfs.walk(old))
            with self.vfs.atomic_batch():
                copied: dict[str, int] = {}
                for folder, _, files in tree:
                    self.vfs.makedirs(paths.rebase(folder, old, new), exist_ok=True)
                    for name in files:
                        path = paths.join(folder, name)
                        data = self._read(path)
                        self.vfs.write_bytes(paths.rebase(path, old, new), data)
                        copied[paths.rebase(path, old, new)] = int(bool(data))
            self._generations.update(copied)

    def listdir(self, path: str) -> list[str]:
        """Give the names in a folder."""
        clean = normalise(path)
        self._need_folder(clean)
        return self.vfs.listdir(clean)

    def walk(self, path: str = "/") -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down; what others change meanwhile may show or not."""
        clean = normalise(path)
        self._need_folder(clean)
        yield from self.vfs.walk(clean)

    def glob(self, pattern: str) -> list[str]:
        """Give the paths that match a pattern, sorted, each once."""
        return self.vfs.glob(pattern.replace("\\", "/"))

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is there; False for what is no path."""
        return _asked(self.vfs.exists, path)

    def is_dir(self, path: str) -> bool:
        """Tell whether a folder is there."""
        return _asked(self.vfs.isdir, path)

    def is_file(self, path: str) -> bool:
        """Tell whether a file is there."""
        return _asked(self.vfs.isfile, path)

    def _move(self, src: str, dst: str, *, make_folders: bool) -> None:
        old, new = normalise(src), normalise(dst)
        if old == paths.ROOT:
            raise ValueError("the root of the tree cannot be moved")
        with self._tree:
            if not self.vfs.exists(old):
                raise PathNotFoundError.at(old, f"there is no {old}")
            self._need_free(new, folder_above=not make_folders)
            self._locks.refuse_open(old)
            self.vfs.rename(old, new)
            moved = {path: count for path, count in self._generations.items() if paths.is_inside(path, old)}
            for path, count in moved.items():
                del self._generations[path]
                self._generations[paths.rebase(path, old, new)] = count

    def _read(self, path: str) -> bytes:
        """Give a file as far as it has been written."""
        writer = self._writers.get(path)
        if writer is None:
            return self.vfs.read_bytes(path)
        return b"".join(cast("Draft", writer.stream).chunks())

    def _forget(self, top: str) -> None:
        for path in [path for path in self._generations if paths.is_inside(path, top)]:
            del self._generations[path]

    def _need_file(self, path: str) -> None:
        if self.vfs.isdir(path):
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        if not self.vfs.isfile(path):
            raise PathNotFoundError.at(path, f"there is no {path}")

    def _need_folder(self, path: str) -> None:
        if self.vfs.isfile(path):
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        if not self.vfs.isdir(path):
            raise PathNotFoundError.at(path, f"there is no {path}")

    def _need_free(self, path: str, *, folder_above: bool = True) -> None:
        if self.vfs.exists(path):
            raise PathExistsError.at(path, f"{path} exists already")
        if folder_above:
            self._need_above(path)

    def _need_above(self, path: str) -> None:
        above = paths.parent(path)
        if not self.vfs.isdir(above):
            raise PathNotFoundError.at(above, f"there is no folder {above} for {path}")


def normalise(path: str) -> str:
    """Give a path's one spelling; backslashes separate, and nothing is the root."""
    if not isinstance(path, str):
        raise TypeError(f"a path is text, not {type(path).__name__}")
    return paths.normalise(path.replace("\\", "/") or paths.ROOT)


def _asked(question: object, path: str) -> bool:
    try:
        return bool(question(normalise(path)))  # type: ignore[operator]
    except (InvalidPathError, PathError):
        return False
