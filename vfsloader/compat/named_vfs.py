"""VFSes for SQLite that live as long as their name or a file that was opened by them."""

from __future__ import annotations

import itertools
from typing import ClassVar, Self

from vfsloader.store.sqlite import engine


class VFSName(str):
    """The name of a registered VFS. It keeps the VFS alive, because SQLite knows it only by its name."""

    vfs: NamedVFS

    @classmethod
    def of(cls, name: str, vfs: NamedVFS) -> Self:
        """Return the name of a VFS."""
        named = cls(name)
        named.vfs = vfs
        return named


class NamedVFS(engine.VFS):
    """A VFS whose files have addresses instead of paths, and that keeps journals and temporary tables in memory.

    Parameters
    ----------
    prefix
        What the name begins with; a number follows.
    """

    _numbers: ClassVar[itertools.count[int]] = itertools.count(1)

    def __init__(self, prefix: str) -> None:
        self._name = f"{prefix}-{next(self._numbers)}"
        super().__init__(self._name, base="")

    @property
    def name(self) -> str:
        """The name to pass as ``vfs=`` to ``apsw.Connection``; it keeps the VFS alive, and so does each connection."""
        return VFSName.of(self._name, self)

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's names
        return name

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        # Journals are in memory and never outlive their connection. A folder for temporary files is never used.
        return flags != engine.SQLITE_ACCESS_EXISTS
