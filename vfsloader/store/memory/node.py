"""One file, folder or whiteout of a store in memory."""

from __future__ import annotations

from vfsloader.store.schema import FILE


class MemoryNode:
    """A file, folder or whiteout.

    The content of a file is either ``bytes``, which can be shared because they never change, or a ``bytearray``,
    which belongs to the node alone and is written in place.
    """

    __slots__ = ("changes", "children", "content", "ctime_ns", "generation", "in_tree", "kind", "mtime_ns")

    content: bytes | bytearray
    children: set[str] | None

    def __init__(self, kind: int, now_ns: int, generation: int, content: bytes | bytearray = b"") -> None:
        self.kind = kind
        self.content = content
        self.mtime_ns = self.ctime_ns = now_ns
        self.generation = generation
        #: How often a file was changed in place since it was created or imported.
        self.changes = 0
        #: The paths of a folder's children; None for a file or whiteout.
        self.children = None
        #: False for a file that was removed or replaced while it was open: it no longer counts.
        self.in_tree = True

    def frozen(self) -> bytes:
        """Return the content as bytes, which later writes do not change."""
        if type(self.content) is not bytes:
            self.content = bytes(self.content)
        return self.content

    def copy_file(self) -> MemoryNode:
        """Return a node with the same content, to be changed in place of this one."""
        assert self.kind == FILE
        copy = MemoryNode(FILE, self.mtime_ns, self.generation, self.frozen())
        copy.ctime_ns, copy.changes = self.ctime_ns, self.changes
        return copy

    def copy_empty(self) -> MemoryNode:
        """Return a folder or whiteout of the same times without children."""
        copy = MemoryNode(self.kind, self.mtime_ns, self.generation)
        copy.ctime_ns = self.ctime_ns
        copy.children = None if self.children is None else set()
        return copy

    def write_at(self, start: int, data: bytes | bytearray | memoryview) -> None:
        """Write bytes from `start` on; fill a gap after the old end with zeros."""
        content = self.content
        if type(content) is bytes:
            if not content and not start and type(data) is bytes:
                self.content = data  # without a copy: most files are written in one go
                return
            self.content = content = bytearray(content)
        gap = start - len(content)
        if gap > 0:
            content += bytes(gap)
        content[start : start + len(data)] = data  # type: ignore[index]

    def resize(self, size: int) -> None:
        """Truncate the content, or extend it with zeros."""
        content = self.content
        if size == len(content):
            return
        if size < len(content):
            if type(content) is bytearray and size > len(content) // 4:
                del content[size:]
            else:  # a copy releases the memory
                self.content = content[:size]
            return
        if type(content) is bytes:
            self.content = content = bytearray(content)
        content += bytes(size - len(content))
