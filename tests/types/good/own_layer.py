"""A layer of one's own."""

import io
from typing import BinaryIO

import vfsloader
from vfsloader import Layer
from vfsloader.layers import ROOT_ENTRY, BaseLayer, Entry, EntryType


class HelloLayer(BaseLayer):
    """One file."""

    name = "hello"

    def find(self, path: str) -> Entry | None:
        """Find the file or the root."""
        if path == "/":
            return ROOT_ENTRY
        return Entry(path, EntryType.FILE, 5) if path == "/hello.txt" else None

    def list(self, path: str) -> list[Entry]:
        """List the root."""
        return [Entry("/hello.txt", EntryType.FILE, 5)] if path == "/" else []

    def read(self, entry: Entry) -> bytes:
        """Read the file."""
        return b"hello"

    def open(self, entry: Entry) -> BinaryIO:
        """Open the file."""
        return io.BytesIO(self.read(entry))


layer: Layer = HelloLayer()
vfsloader.init(HelloLayer(), dlc=[layer])
