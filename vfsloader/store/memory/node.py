"""One file, folder or whiteout of a store in memory."""

from __future__ import annotations

from vfsloader.store.schema import FILE


class MemoryNode:
    """What stands at a path.

    The content of a file is ``bytes``, which anybody may hold and nobody changes, or a ``bytearray``, which belongs to
    the node alone and is written in place.
    """

    __slots__ = ("changes", "children", "content", "ctime_ns", "generation", "in_tree", "kind", "mtime_ns")

    content: bytes | bytearray
    children: set[str] | None

    def __init__(self, kind: int, now_ns: int, generation: int, content: bytes | bytearray = b"") -> None:
        self.kind = kind
        self.content = content
        self.mtime_ns = self.ctime_ns = now_ns
        self.generation = generation
        #: How often a file was changed in place since it was made or imported.
        self.changes = 0
        #: The paths of what a folder holds; None for what is none.
        self.children = None
        #: Whether it counts: one that was removed or replaced while it was open does not.
        self.in_tree = True

    def frozen(self) -> bytes:
        """Give the content as bytes that stay as they are, whatever is written afterwards."""
        if type(self.content) is not bytes:
            self.content = bytes(self.content)
        return self.content

    def copied(self) -> MemoryNode:
        """Give a node with the same content, to be changed in this one's place."""
        assert self.kind == FILE
        copy = MemoryNode(FILE, self.mtime_ns, self.generation, self.frozen())
        copy.ctime_ns, copy.changes = self.ctime_ns, self.changes
        return copy

    def emptied(self) -> MemoryNode:
        """Give a folder, or a whiteout, of the same times that holds nothing yet."""
        copy = MemoryNode(self.kind, self.mtime_ns, self.generation)
        copy.ctime_ns = self.ctime_ns
        copy.children = None if self.children is None else set()
        return copy

    def write_at(self, at: int, data: bytes | bytearray | memoryview) -> None:
        """Put bytes at a place; what lies between the end and it becomes zeros."""
        content = self.content
        if type(content) is bytes:
            if not content and not at and type(data) is bytes:
                self.content = data  # as it is: most files are written in one go
                return
            self.content = content = bytearray(content)
        gap = at - len(content)
        if gap > 0:
            content += bytes(gap)
        content[at : at + len(data)] = data  # type: ignore[index]

    def resize(self, size: int) -> None:
        """Cut the content off, or lengthen it with zeros."""
        content = self.content
        if size == len(content):
            return
        if size < len(content):
            if type(content) is bytearray and size > len(content) // 4:
                del content[size:]
            else:  # a copy gives the memory back
                self.content = content[:size]
            return
        if type(content) is bytes:
            self.content = content = bytearray(content)
        content += bytes(size - len(content))
