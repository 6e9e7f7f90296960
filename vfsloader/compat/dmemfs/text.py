"""Text in a binary file, without a buffer: what is written is in the file at once."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Self

from vfsloader.compat.dmemfs.handle import MemoryFileHandle


class MFSTextHandle:
    r"""Reads and writes text through a :class:`MemoryFileHandle`, and leaves it to its owner to close.

    ``io.TextIOWrapper`` can be used too. It has a buffer, writes the line ends of the platform, and closes the file.

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
        """What is done with bytes that cannot be decoded."""
        return self._errors

    def write(self, text: str) -> int:
        """Write text, and return the number of characters."""
        self._handle.write(text.encode(self._encoding, self._errors))
        return len(text)

    def read(self, size: int = -1) -> str:
        """Read up to `size` characters; everything that is left if negative."""
        if size < 0:
            return self._handle.read().decode(self._encoding, self._errors)
        return self._take(size)

    def readline(self, limit: int = -1) -> str:
        r"""Read a line with its end, which is ``\n``, ``\r\n`` or ``\r``, up to `limit` characters of it."""
        line = self._take(limit, ends=("\n", "\r"))
        if line.endswith("\r") and len(line) != limit:
            position = self._handle.tell()
            if self._take(1) == "\n":
                return line + "\n"
            self._handle.seek(position)
        return line

    def _take(self, count: int, ends: tuple[str, ...] = ()) -> str:
        """Read byte by byte up to `count` characters, or to one of `ends`, and no further."""
        decoder = codecs.getincrementaldecoder(self._encoding)(self._errors)
        text = ""
        while (count < 0 or len(text) < count) and not text.endswith(ends):
            byte = self._handle.read(1)
            text += decoder.decode(byte, final=not byte)
            if not byte:
                break
        return text

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
        """Do nothing: the owner of the file closes it."""
