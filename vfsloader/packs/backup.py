"""A whole tree into a pack and back: save and load of a file system, in memory or not."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.opening import Source, open_layer
from vfsloader.packs.build import BuildReport, build

_COPY_BYTES = 1 << 20


class WritableTree(Protocol):
    """What is restored: a :class:`~vfsloader.VirtualFileSystem`."""

    def as_layer(self) -> Layer:
        """Give the tree as a layer."""

    def atomic_batch(self) -> AbstractContextManager[None]:
        """Make changes happen together."""

    def listdir(self, path: str = ..., /) -> list[str]:
        """Give the names in a folder."""

    def rmtree(self, path: str, /) -> None:
        """Remove a file or folder."""

    def mkdir(self, path: str, /) -> None:
        """Make a folder."""

    def open(self, path: str, mode: str, /) -> IO[Any]:
        """Open a file."""


def backup(tree: WritableTree, out: paths.RealPath) -> BuildReport:
    """Save a whole tree as a pack, in place of an older one.

    Parameters
    ----------
    tree
        The file system; what its layers show together is saved, also what a ``.vfsignore`` would leave out.
    out
        The pack. It is the old one or the new one, whatever happens.

    Raises
    ------
    PathNotFoundError
        There is no folder for `out`.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import VirtualFileSystem
    >>> vfs, other = VirtualFileSystem(), VirtualFileSystem()
    >>> _ = vfs.write_text("/save/player.json", "{}")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = backup(vfs, f"{folder}/slot1.pack")
    ...     restore(f"{folder}/slot1.pack", other)
    >>> other.read_text("/save/player.json")
    '{}'
    """
    return build(tree.as_layer(), out, overwrite=True, ignore=False, keep_times=True)


def restore(source: Source, tree: WritableTree) -> None:
    """Make a tree what a pack holds: all of it, or nothing changes.

    Parameters
    ----------
    source
        The pack; or what else :func:`~vfsloader.open_layer` opens.
    tree
        The file system. What it holds is removed; what underlays show is hidden.

    Raises
    ------
    PathNotFoundError, NotAStoreError, DamagedError
        There is no such pack, or it cannot be read.
    QuotaExceededError
        It does not fit.
    """
    layer = open_layer(source)
    try:
        union = Union([Mount(layer.name, layer)])
        with tree.atomic_batch():
            for name in tree.listdir():
                tree.rmtree(paths.join(paths.ROOT, name))
            for folder, folders, files in union.walk(paths.ROOT):
                for name in folders:
                    tree.mkdir(paths.join(folder, name))
                for name in files:
                    path = paths.join(folder, name)
                    with union.open(path) as old, tree.open(path, "wb") as new:
                        shutil.copyfileobj(old, new, _COPY_BYTES)
    finally:
        if layer is not source:
            layer.close()
