"""A read-only stream over bytes, with the attributes and errors of the builtin ``open(path, "rb")``."""

from __future__ import annotations

import errno
import io
from typing import Any, NoReturn

from vfsloader.errors import PathError


class BytesFile(io.BytesIO):
    """A small file that was read whole when it was opened, so that reading it costs no further look-up."""

    mode = "rb"

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name

    @property
    def raw(self) -> io.RawIOBase:
        """The same content without a buffer. It has its own position, which starts at the end, as if all was read."""
        raw = RawBytes(self.getvalue(), self.name)
        raw.seek(0, io.SEEK_END)
        return raw

    def detach(self) -> io.RawIOBase:
        """Return the content without a buffer, at the same position, and close this object."""
        raw = RawBytes(self.getvalue(), self.name)
        raw.seek(self.tell())
        self.close()
        return raw

    def peek(self, size: int = 0, /) -> bytes:
        """Return the next bytes, at least one unless the file is at its end, without moving the position."""
        position = self.tell()
        data = self.read(io.DEFAULT_BUFFER_SIZE)
        super().seek(position)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if offset < 0 and whence in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):  # BytesIO would stop at the start
            here = self.tell()
            start = {io.SEEK_SET: 0, io.SEEK_CUR: here, io.SEEK_END: super().seek(0, io.SEEK_END)}[whence]
            super().seek(here)
            if start + offset < 0:
                raise seek_error(start + offset, self.name)
        return super().seek(offset, whence)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        return super(io.BytesIO, self).readlines(-1 if hint is None else hint)  # BytesIO stops a line too early

    def writable(self) -> bool:
        return False

    def write(self, data: object, /) -> int:
        self._refuse_write()

    def writelines(self, lines: object, /) -> None:
        self._refuse_write()

    def truncate(self, size: int | None = None, /) -> int:
        self._refuse_write()

    def _refuse_write(self) -> NoReturn:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        raise io.UnsupportedOperation("not writable: the file was opened for reading")


class RawBytes(io.RawIOBase):
    """Bytes as an unbuffered file."""

    mode = "rb"

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._stream = BytesFile(data, name)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        return self._stream.readinto(buffer)

    def readall(self) -> bytes:
        return self._stream.read()

    def write(self, data: object, /) -> int:
        return self._stream.write(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence not in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):  # as io.FileIO does; a buffer raises ValueError
            raise PathError(
                errno.EINVAL, f"cannot seek in {self.name}: whence must be 0, 1 or 2, not {whence}", self.name
            )
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def close(self) -> None:
        self._stream.close()
        super().close()


def seek_error(position: int, name: str) -> PathError:
    """Return the error for a position before the start of a file: that of the builtin ``open``, with a sentence."""
    return PathError(errno.EINVAL, f"cannot seek to {position}, before the start of {name}", name)
