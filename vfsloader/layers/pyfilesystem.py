"""Trees of PyFilesystem2 as layers. Only the methods of a tree are used, so the package itself is not needed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType


def is_pyfilesystem(source: object) -> bool:
    """Return whether an object has the methods of a PyFilesystem2 tree that are used here."""
    return all(callable(getattr(source, method, None)) for method in ("scandir", "getinfo", "openbin", "isdir"))


class PyFilesystemLayer(BaseLayer):
    """A tree with the methods of PyFilesystem2, read-only, asked again on each call.

    Parameters
    ----------
    tree
        The tree; it stays open when the layer is closed.
    name
        What messages call the layer.
    """

    reports_changes = False

    def __init__(self, tree: Any, *, name: str = "tree") -> None:
        self.name = name
        self._tree = tree

    def find(self, path: str) -> Entry | None:
        """Ask the tree for the entry."""
        if path == paths.ROOT:
            return ROOT_ENTRY
        try:
            return self._entry(path, self._tree.getinfo(path, namespaces=["details"]))
        except Exception as error:
            if type(error).__name__ in {"ResourceNotFound", "DirectoryExpected", "ResourceInvalid"}:
                return None
            raise

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder of the tree; names that no virtual path can have are left out."""
        if not self._tree.isdir(path):
            return
        for info in self._tree.scandir(path, namespaces=["details"]):
            if paths.is_valid_name(info.name):
                yield self._entry(paths.join(path, info.name), info)

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        with self._tree.openbin(entry.locator, "r") as file:
            return bytes(file.read())

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file."""
        return io.BufferedReader(self._tree.openbin(entry.locator, "r"))

    def version(self) -> None:
        """Return None: only looking again can tell whether the tree changed."""
        return

    @staticmethod
    def _entry(path: str, info: Any) -> Entry:
        if info.is_dir:
            return Entry(path, EntryType.FOLDER)
        mtime_ns = 0 if info.modified is None else int(info.modified.timestamp() * 1_000_000_000)
        return Entry(path, EntryType.FILE, info.size, mtime_ns, 0, path)
