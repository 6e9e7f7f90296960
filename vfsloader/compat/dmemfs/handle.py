"""An open file of a memory file system: a raw stream that holds the file's lock until it is closed."""

from __future__ import annotations

import contextlib
import io
import warnings

from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore

#: A file of up to this many bytes that was written in pieces is put together when it is closed.
_SMALL_BYTES = 1 << 16


class MemoryFileHandle(io.RawIOBase):
    """What :meth:`MemoryFileSystem.open` gives. To be used in a ``with``.

    Parameters
    ----------
    store
        Holds the file.
    node
        The file, which is written in place.
    locks
        Is given the file's lock back on closing.
    path, mode
        Which file, and how it was opened.
    only_appends
        Refuse writes anywhere but at the end.
    """

    def __init__(
        self,
        store: MemoryStore,
        node: MemoryNode,
        locks: FileLocks,
        path: str,
        mode: str,
        *,
        only_appends: bool = False,
    ) -> None:
        self.name = path
        self.mode = mode
        self._store = store
        self._node = node
        self._locks = locks
        self._only_appends = only_appends
        self._is_changed = False
        self._at = 0

    @property
    def size(self) -> int:
        """Bytes of the file as it is now."""
        return len(self._node.content)

    def readable(self) -> bool:
        return self.mode in ("rb", "r+b")

    def writable(self) -> bool:
        return self.mode != "rb"

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; all that is left if negative."""
        if self.closed:
            raise _closed()
        if self.mode not in ("rb", "r+b"):
            raise io.UnsupportedOperation(f"not readable: {self.name} was opened with {self.mode!r}")
        content, at = self._node.content, self._at
        end = len(content) if size is None or size < 0 else at + size
        if type(content) is bytes:
            data = content[at:end]
        else:
            with self._store.lock, memoryview(content) as view:  # nobody makes it longer meanwhile
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
        """Write all of `data`; nothing of it where the quota refuses."""
        if self.closed or self.mode == "rb":
            self._refuse_writing()
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
            at = len(self._node.content) if self.mode == "ab" else self._at
            if self._only_appends and at != len(self._node.content):
                raise io.UnsupportedOperation(
                    f"{self.name} is stored for appending only: nothing inside it can be written"
                )
            store.nodes.write_in_place(self._node, self.name, at, data)
            self._at = at + count
            self._is_changed = True
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end only from the start or from here; give it."""
        if self.closed:
            raise _closed()
        if whence == io.SEEK_CUR:
            offset += self._at
        elif whence == io.SEEK_END:
            if offset > 0:
                raise ValueError("from the end one can only go back")
            offset += len(self._node.content)
        elif whence != io.SEEK_SET:
            raise ValueError(f"whence is 0, 1 or 2, not {whence}")
        if offset < 0:
            raise ValueError(f"cannot seek to {offset}, before the start of the file")
        self._at = offset
        return offset

    def tell(self) -> int:
        if self.closed:
            raise _closed()
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off at `size` bytes, or lengthen it with zeros; the place is never behind a new end."""
        if self.closed or self.mode == "rb":
            self._refuse_writing()
        new = self._at if size is None else size
        if new < 0:
            raise ValueError("a file cannot have a negative size")
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
            warnings.warn(f"{self.name} was not closed: use a with statement", ResourceWarning, stacklevel=2)
            with contextlib.suppress(OSError, ValueError):
                self.close()

    def _refuse_writing(self) -> None:
        if self.closed:
            raise _closed()
        raise io.UnsupportedOperation(f"not writable: {self.name} was opened with {self.mode!r}")


def _closed() -> ValueError:
    return ValueError("I/O operation on closed file.")
