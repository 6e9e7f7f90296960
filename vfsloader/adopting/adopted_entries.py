"""What ``os.scandir`` returns for a folder that mods change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Self


class Entry(os.PathLike[Any]):
    """An entry that another layer than the game's own provides; the others are those of the disk."""

    def __init__(self, folder: Any, name: str, *, is_folder: bool) -> None:
        folder = os.fspath(folder)
        self.name: Any = os.fsencode(name) if isinstance(folder, bytes) else name
        self.path: Any = os.path.join(folder, self.name)
        self._is_folder = is_folder

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._is_folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return not self._is_folder

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path)

    def inode(self) -> int:
        return self.stat().st_ino


class Scan:
    """The iterator that ``os.scandir`` returns, which is also a context manager."""

    def __init__(self, entries: Iterable[Any]) -> None:
        self._entries = iter(list(entries))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())
