"""Files that are read and written at offsets, from any thread."""

from __future__ import annotations

import os
import threading

#: What the system can do without moving a position that all threads share.
_HAS_POSITIONS, _HAS_VECTORS = hasattr(os, "pread") and hasattr(os, "pwrite"), hasattr(os, "preadv")
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line endings


class RandomAccessFile:
    r"""An open file without a position of its own.

    Parameters
    ----------
    path
        The file.
    flags
        As :func:`os.open` takes them.
    mode
        Who may read and write a file that is made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as named:
    ...     file = RandomAccessFile(named.name, os.O_RDWR)
    ...     file.write(3, b"def")
    ...     file.size, file.read(2, 10)
    ...     file.close()
    (6, b'\x00def')
    """

    def __init__(self, path: str | os.PathLike[str], flags: int = os.O_RDONLY, mode: int = 0o666) -> None:
        self._descriptor = -1
        self._lock = threading.Lock()
        self._descriptor = os.open(path, flags | _BINARY, mode)

    def __del__(self) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._descriptor).st_size

    @property
    def is_deleted(self) -> bool:
        """Whether the file has no name any more."""
        return os.fstat(self._descriptor).st_nlink == 0

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def read(self, offset: int, amount: int) -> bytes:
        """Return up to `amount` bytes; fewer only at the end."""
        if _HAS_POSITIONS:
            return os.pread(self._descriptor, amount, offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.read(self._descriptor, amount)

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill `view`; return how many bytes there were, fewer than it takes only at the end, or for many bytes."""
        if _HAS_VECTORS:
            return os.preadv(self._descriptor, [view], offset)
        data = self.read(offset, len(view))
        view[: len(data)] = data
        return len(data)

    def write(self, offset: int, data: bytes) -> None:
        """Write all of `data`."""
        view = memoryview(data)
        while view:  # a disk that is almost full takes a part
            written = self._write_some(offset, view)
            offset += written
            view = view[written:]

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _write_some(self, offset: int, data: memoryview) -> int:
        if _HAS_POSITIONS:
            return os.pwrite(self._descriptor, data, offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.write(self._descriptor, data)
