"""An open file of a memory file system: a raw stream that holds the file's lock until it is closed."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import NoReturn

from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.runtime.quoting import plain
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore

#: A file of up to this many bytes that was written in parts is stored as one ``bytes`` when it is closed.
_SMALL_BYTES = 1 << 16


class MemoryFileHandle(io.RawIOBase):
    """An open file; made by :meth:`MemoryFileSystem.open`. Use it in a ``with``.

    Parameters
    ----------
    store
        The store that holds the file.
    locks
        Where the file is locked; closing unlocks it.
    path, mode
        The file, and how it is opened.
    node
        The file, which is written in place; None for a new one.
    preallocate
        Fill the file with zeros up to this size.
    only_appends
        Refuse writes that are not at the end.
    """

    def __init__(
        self,
        store: MemoryStore,
        locks: FileLocks,
        path: str,
        mode: str,
        node: MemoryNode | None,
        preallocate: int = 0,
        *,
        only_appends: bool = False,
    ) -> None:
        self.name = path
        self.mode = mode
        self._store = store
        self._locks = locks
        self._only_appends = only_appends
        self._is_changed = False
        at = 0
        if mode != "rb":
            end = 0 if node is None else len(node.content)
            is_new, node = node is None, store.nodes.open_in_place(path)
            if preallocate or (mode == "wb" and end):
                self._begin(node, 0 if mode == "wb" else end, preallocate, is_new=is_new)
            if mode == "ab":
                at = end  # not after the zeros
        assert node is not None
        self._node = node
        self._at = at

    def _begin(self, node: MemoryNode, size: int, preallocate: int, *, is_new: bool) -> None:
        """Keep the first `size` bytes of the file and add zeros up to `preallocate`."""
        try:
            self._store.nodes.resize_in_place(node, self.name, max(preallocate, size), clear=not size)
        except BaseException:
            if is_new:
                self._store.remove(self.name)
            raise
        self._store.nodes.close_in_place(node)

    @property
    def size(self) -> int:
        """Size of the file in bytes, as it is now."""
        return len(self._node.content)

    def readable(self) -> bool:
        return self.mode in ("rb", "r+b")

    def writable(self) -> bool:
        return self.mode != "rb"

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; everything that is left if negative."""
        if self.closed or self.mode not in ("rb", "r+b"):
            self._refuse("read")
        content, at = self._node.content, self._at
        end = len(content) if size is None or size < 0 else at + size
        if type(content) is bytes:
            data = content[at:end]
        else:
            with self._store.lock, memoryview(content) as view:  # the lock keeps others from resizing it
                data = bytes(view[at:end])
        self._at = at + len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self.read(view.nbytes)
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read()

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Write all of `data`, or nothing if the quota refuses."""
        if self.closed or self.mode == "rb":
            self._refuse("written")
        if type(data) is not bytes:
            try:
                data = memoryview(data).cast("B")
            except TypeError:
                raise TypeError(f"a bytes-like object is required, not {type(data).__name__}") from None
        count = len(data)
        if not count:
            return 0
        store = self._store
        with store.lock:
            end = len(self._node.content)
            at = end if self.mode == "ab" else self._at
            if self._only_appends and at != end:
                raise io.UnsupportedOperation(f"{self.name} can only be appended to: default_storage is 'sequential'")
            store.nodes.write_in_place(self._node, self.name, at, data)
            self._at = at + count
            self._is_changed = True
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position and return it. Only ``SEEK_SET`` and ``SEEK_CUR`` can move past the end."""
        if self.closed:
            self._refuse("used")
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            if offset > 0:
                raise ValueError("an offset from the end must not be positive")
            offset += len(self._node.content)
        elif whence != io.SEEK_SET:
            raise ValueError(f"invalid whence {whence}: use 0, 1 or 2")
        if offset < 0:
            raise ValueError(f"cannot seek to {offset}, before the start of the file")
        self._at = offset
        return offset

    def tell(self) -> int:
        if self.closed:
            self._refuse("used")
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off at `size` bytes or lengthen it with zeros. The position moves back to a nearer end."""
        if self.closed or self.mode == "rb":
            self._refuse("written")
        new = self._at if size is None else size
        if new < 0:
            raise ValueError(f"invalid size {new}: it must not be negative")
        with self._store.lock:
            self._store.nodes.resize_in_place(self._node, self.name, new)
            self._at = min(self._at, new)
            self._is_changed = True
        return new

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        if self._is_changed:
            with self._store.lock:
                if len(self._node.content) <= _SMALL_BYTES:
                    self._node.frozen()
                self._store.nodes.close_in_place(self._node)
        self._locks.release(self.name)

    def __del__(self) -> None:
        if not self.closed and hasattr(self, "_at"):
            warnings.warn(
                f"{plain(self.name)} was not closed: open it in a with statement", ResourceWarning, stacklevel=2
            )
            with contextlib.suppress(OSError, ValueError):
                self.close()

    def _refuse(self, action: str) -> NoReturn:
        """Raise the error of a file that is closed, or was opened for something else."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        raise io.UnsupportedOperation(f"{self.name} cannot be {action}: it was opened with {self.mode!r}")
