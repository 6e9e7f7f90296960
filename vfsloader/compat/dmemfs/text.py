"""Text over a file of bytes, without a buffer: what is written is there at once."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Self

from vfsloader.compat.dmemfs.handle import MemoryFileHandle


class MFSTextHandle:
    r"""Reads and writes text through a :class:`MemoryFileHandle`, which stays its owner's to close.

    ``io.TextIOWrapper`` does so too, with a buffer, and with the line ends of the platform.

    Parameters
    ----------
    handle
        The file.
    encoding, errors
        As for the builtin ``open``.

    Examples
    --------
    >>> from vfsloader.compat.dmemfs import MemoryFileSystem
    >>> mfs = MemoryFileSystem()
    >>> with mfs.open("/a.txt", "wb") as file:
    ...     MFSTextHandle(file).write("one\ntwo\n")
    8
    >>> with mfs.open("/a.txt", "rb") as file:
    ...     list(MFSTextHandle(file))
    ['one\n', 'two\n']
    """

    def __init__(self, handle: MemoryFileHandle, encoding: str = "utf-8", errors: str = "strict") -> None:
        codecs.lookup(encoding)
        self._handle = handle
        self._encoding = encoding
        self._errors = errors

    @property
    def encoding(self) -> str:
        """The text's encoding."""
        return self._encoding

    @property
    def errors(self) -> str:
        """What is done with bytes that are no text."""
        return self._errors

    def write(self, text: str) -> int:
        """Write text; give its characters."""
        self._handle.write(text.encode(self._encoding, self._errors))
        return len(text)

    def read(self, size: int = -1) -> str:
        """Read up to `size` characters; all that are left if negative."""
        if size < 0:
            return self._handle.read().decode(self._encoding, self._errors)
        return self._take(size, stop_at_line=False)

    def readline(self, limit: int = -1) -> str:
        """Read a line with its end, no more than `limit` characters; nothing at the end of the file."""
        return self._take(limit, stop_at_line=True)

    def _take(self, count: int, *, stop_at_line: bool) -> str:
        decoder = codecs.getincrementaldecoder(self._encoding)(self._errors)
        text: list[str] = []
        while count < 0 or len(text) < count:
            byte = self._handle.read(1)
            char = decoder.decode(byte, final=not byte)
            text.extend(char)
            if not byte or (stop_at_line and char == "\n"):
                break
        return "".join(text)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Do nothing: the file is its owner's."""
