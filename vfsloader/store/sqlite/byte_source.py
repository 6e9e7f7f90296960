"""The bytes of a database that is not a file of its own: in memory, in another file, on another machine."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import BinaryIO, Protocol

from vfsloader.runtime.forking import renew_in_child


class ByteSource(Protocol):
    """A database's bytes, read at random and from any thread. Local ones inherit :class:`LocalSource`."""

    size: int

    @property
    def is_remote(self) -> bool:
        """Whether the bytes come from another machine."""

    @property
    def is_unchecked(self) -> bool:
        """Whether the bytes can arrive corrupted without anyone noticing, so that a reader has to verify them."""

    def read(self, offset: int, amount: int) -> bytes:
        """Return `amount` bytes from `offset` on; fewer only at the end."""

    def prefetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fetch ranges, each a start and an end, that will be read soon."""

    def invalidate(self) -> None:
        """Forget what was fetched, so that it is fetched again."""

    def close(self) -> None:
        """Release what holds the bytes."""


class LocalSource:
    """The part of :class:`ByteSource` that only matters for bytes from another machine."""

    is_remote = False
    is_unchecked = False

    def prefetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Do nothing: the bytes are on this machine."""

    def invalidate(self) -> None:
        """Do nothing: no bytes were fetched."""


class MemorySource(LocalSource):
    """A database in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data).cast("B")
        self.size = len(self._data)

    def read(self, offset: int, amount: int) -> bytes:
        """Copy a range."""
        return bytes(self._data[offset : offset + amount])

    def close(self) -> None:
        """Release the bytes."""
        self._data = memoryview(b"")


class StreamSource(LocalSource):
    """A database in a seekable stream, which it owns."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self.size = stream.seek(0, 2)

    def read(self, offset: int, amount: int) -> bytes:
        """Seek and read."""
        with self._lock:
            self._stream.seek(offset)
            return self._stream.read(amount)

    def close(self) -> None:
        """Close the stream."""
        with self._lock:
            self._stream.close()
