"""Streams over content that is stored in chunks.

A stream asks for its chunks by a function, as each kind of store has a fastest way that is right for it:

* a sealed pack never changes, so a stream points one blob handle at one row after another;
* a store on disk may change with any statement, so a stream has a connection of its own, which holds a snapshot;
* a store in memory has one connection, so a stream pins its content: a writer that replaces the file leaves the old
  chunks until the pin is gone.
"""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from vfsloader.errors import PathError

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

#: Puts ``len(view)`` bytes of chunk `index`, from `offset` on, into `view`.
FetchInto = Callable[[int, int, memoryview], None]


class ChunkedStream(io.RawIOBase):
    """The seeking and reading of a stream over chunks; a subclass says how to reach a chunk.

    Parameters
    ----------
    size, chunk_size
        Bytes of the whole and of each chunk but the last.
    name
        The virtual path.
    """

    mode = "rb"

    def __init__(self, size: int, chunk_size: int, name: str) -> None:
        self.name = name
        self.size = size
        self.chunk_size = chunk_size
        self._offset = 0

    def fetch_into(self, index: int, offset: int, view: memoryview) -> None:
        """Put ``len(view)`` bytes of chunk `index`, from `offset` on, into `view`."""
        raise NotImplementedError

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check_open()
        return self._offset

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self.size}.get(whence)
        if start is None:
            raise PathError(errno.EINVAL, f"cannot seek: {whence} is not a valid whence", self.name)
        if start + offset < 0:
            from vfsloader.layers.bytes_file import seek_error

            raise seek_error(start + offset, self.name)
        if start + offset > sys.maxsize:
            raise OverflowError(f"cannot seek to {start + offset}: no file is so long")
        self._offset = start + offset
        return self._offset

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._check_open()
        count = self.read_at(self._offset, memoryview(buffer).cast("B"))
        self._offset += count
        return count

    def write(self, data: Any, /) -> int:
        self._check_open()
        raise io.UnsupportedOperation("not writable: the file was opened for reading")

    def readall(self) -> bytes:
        self._check_open()
        if not self.readable():
            raise io.UnsupportedOperation("not readable: the file was opened for writing")
        data = bytearray(max(self.size - self._offset, 0))
        done = self.readinto(data)
        del data[done:]
        return bytes(data)

    def read_at(self, start: int, view: memoryview) -> int:
        """Fill `view` from byte `start` on; return how many bytes there were."""
        wanted = max(min(len(view), self.size - start), 0)
        index, offset = divmod(start, self.chunk_size)
        done = 0
        while done < wanted:
            end = min(done + self.chunk_size - offset, wanted)
            self.fetch_into(index, offset, view[done:end])
            done, index, offset = end, index + 1, 0
        return wanted

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


class ContentReader(ChunkedStream):
    """A seekable stream over stored content.

    Parameters
    ----------
    size, chunk_size, name
        See :class:`ChunkedStream`.
    fetch
        How to reach a chunk.
    on_close
        Called once: releases what `fetch` holds.
    """

    def __init__(self, size: int, chunk_size: int, fetch: FetchInto, on_close: Callable[[], None], name: str) -> None:
        super().__init__(size, chunk_size, name)
        self._fetch = fetch
        self._on_close = on_close

    def fetch_into(self, index: int, offset: int, view: memoryview) -> None:
        """Call the function that reaches a chunk."""
        self._fetch(index, offset, view)

    def close(self) -> None:
        if not self.closed:
            self._on_close()
        super().close()


def fetch_by_blob(blob: engine.Blob, base: int) -> FetchInto:
    """Return a function that fetches through a blob handle which belongs to one stream."""
    reopen, read_into = blob.reopen, blob.read_into

    def fetch(index: int, offset: int, view: memoryview) -> None:
        reopen(base + index)
        if offset:
            blob.seek(offset)
        read_into(view)

    return fetch


def fetch_by_select(connection: engine.Connection, lock: AbstractContextManager[object], base: int) -> FetchInto:
    """Return a function that fetches from a store in memory, whose connection all threads share."""

    def fetch(index: int, offset: int, view: memoryview) -> None:
        with lock:
            data = connection.execute("SELECT data FROM chunk WHERE id = ?", (base + index,)).get
        view[:] = data[offset : offset + len(view)]

    return fetch


def reader_of_bytes(data: bytes, name: str) -> ContentReader:
    """Return a stream over bytes that are in memory already."""

    def fetch(index: int, offset: int, view: memoryview) -> None:
        view[:] = data[offset : offset + len(view)]

    return ContentReader(len(data), max(len(data), 1), fetch, lambda: None, name)
