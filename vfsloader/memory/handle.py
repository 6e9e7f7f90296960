"""An open file of a memory file system: a raw stream that holds the file's lock until it is closed."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import BinaryIO

from vfsloader.store.draft import Draft


class MemoryFileHandle(io.RawIOBase):
    """What :meth:`MemoryFileSystem.open` gives. To be used in a ``with``.

    Parameters
    ----------
    stream
        The file's content: a draft where it may be written.
    path, mode
        Which file, and how it was opened.
    on_change
        Called at each change of the content.
    on_close
        Called once: puts the file away and gives its lock back.
    only_appends
        Refuse writes anywhere but at the end.
    """

    def __init__(
        self,
        stream: Draft | BinaryIO,
        path: str,
        mode: str,
        *,
        on_change: Callable[[], None],
        on_close: Callable[[], None],
        only_appends: bool = False,
    ) -> None:
        super().__init__()
        self.name = path
        self.mode = mode
        self.stream = stream
        self._on_change = on_change
        self._on_close = on_close
        self._only_appends = only_appends
        self._at = 0

    @property
    def size(self) -> int:
        """Bytes of the file as it is now."""
        if isinstance(self.stream, Draft):
            return self.stream.size
        return self.stream.seek(0, io.SEEK_END)

    def readable(self) -> bool:
        return self.mode in ("rb", "r+b")

    def writable(self) -> bool:
        return self.mode != "rb"

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; all that is left if negative."""
        self._check_open()
        if not self.readable():
            raise io.UnsupportedOperation(f"not readable: {self.name} was opened with {self.mode!r}")
        count = max(self.size - self._at, 0)
        if size is not None and size >= 0:
            count = min(count, size)
        if not isinstance(self.stream, Draft):
            self.stream.seek(self._at)
            data = self.stream.read(count)
        else:
            buffer = bytearray(count)
            self.stream.seek(self._at)
            self.stream.readinto(buffer)
            data = bytes(buffer)
        self._at += len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(memoryview(buffer).nbytes)
        memoryview(buffer).cast("B")[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read()

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Write all of `data`; nothing of it where the quota refuses."""
        draft = self._draft()
        try:
            view = memoryview(data).cast("B")
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not {type(data).__name__}") from None
        if self.mode == "ab":
            self._at = draft.size
        if not view:
            return 0
        if self._only_appends and self._at != draft.size:
            raise io.UnsupportedOperation(f"{self.name} is stored for appending only: nothing inside it can be written")
        draft.seek(self._at)
        draft.write(view)
        self._at += len(view)
        self._on_change()
        return len(view)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end only from the start or from here; give it."""
        self._check_open()
        if whence not in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):
            raise ValueError(f"whence is 0, 1 or 2, not {whence}")
        if whence == io.SEEK_END and offset > 0:
            raise ValueError("from the end one can only go back")
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size if whence == io.SEEK_END else 0}[whence]
        if start + offset < 0:
            raise ValueError(f"cannot seek to {start + offset}, before the start of the file")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        self._check_open()
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off at `size` bytes, or lengthen it with zeros; the place is never behind a new end."""
        draft = self._draft()
        new = self._at if size is None else size
        if new < 0:
            raise ValueError("a file cannot have a negative size")
        draft.truncate(new)
        self._at = min(self._at, new)
        self._on_change()
        return new

    def flush(self) -> None:
        self._check_open()

    def close(self) -> None:
        if self.closed:
            return
        try:
            self._on_close()
        finally:
            super().close()

    def __del__(self) -> None:
        if not getattr(self, "closed", True) and hasattr(self, "_on_close"):
            warnings.warn(f"{self.name} was not closed: use a with statement", ResourceWarning, stacklevel=2)
            with contextlib.suppress(OSError, ValueError):
                self.close()

    def _draft(self) -> Draft:
        self._check_open()
        if not isinstance(self.stream, Draft):
            raise io.UnsupportedOperation(f"not writable: {self.name} was opened with {self.mode!r}")
        return self.stream

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
