"""Saving a whole file system as a pack, and restoring it."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source
from vfsloader.packs.build import BuildReport, build
from vfsloader.packs.sources import opened, tree_of

_COPY_BYTES = 1 << 20


class WritableTree(Protocol):
    """A file system to save and restore, such as :class:`~vfsloader.VirtualFileSystem`."""

    def as_layer(self) -> Layer:
        """Return the tree as a layer."""

    def atomic_batch(self) -> AbstractContextManager[None]:
        """Make all changes inside the ``with`` block, or none."""

    def listdir(self, path: str = ..., /) -> list[str]:
        """Return the names in a folder."""

    def rmtree(self, path: str, /) -> None:
        """Remove a file or folder."""

    def mkdir(self, path: str, /) -> None:
        """Make a folder."""

    def open(self, path: str, mode: str, /) -> IO[Any]:
        """Open a file."""


def backup(tree: WritableTree, out: paths.RealPath) -> BuildReport:
    """Save a whole tree as a pack, replacing an older one.

    Parameters
    ----------
    tree
        The file system. The merged tree of its layers is saved, including files that a ``.vfsignore`` names.
    out
        The pack. If the call fails, the old pack is still there.

    Raises
    ------
    PathNotFoundError
        The folder of `out` does not exist.

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
    """Replace the contents of a tree with those of a pack: all of it, or nothing changes.

    Parameters
    ----------
    source
        The pack, or anything else that :func:`~vfsloader.open_layer` opens.
    tree
        The file system. Its own files are removed, and files of underlays are hidden.

    Raises
    ------
    PathNotFoundError, NotAStoreError, DamagedError
        The pack does not exist, or cannot be read.
    QuotaExceededError
        The files do not fit.
    """
    with opened(source) as layer, tree.atomic_batch():
        for name in tree.listdir():
            tree.rmtree(paths.join(paths.ROOT, name))
        pack = tree_of(layer)
        for folder, folders, files in pack.walk(paths.ROOT):
            for name in folders:
                tree.mkdir(paths.join(folder, name))
            for name in files:
                path = paths.join(folder, name)
                with pack.open(path) as content, tree.open(path, "wb") as file:
                    shutil.copyfileobj(content, file, _COPY_BYTES)
