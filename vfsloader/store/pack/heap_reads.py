"""Reading the contents of a pack, which never changes.

:meth:`HeapReads.read` is what games call most. So a :class:`~vfsloader.Store` that is a pack takes one of these
functions for its own `read`: one call more would make each read a tenth slower. The game's own pack is mapped, and a
plain content is a slice of the mapping: its entry has the ``slice`` as its locator. An untrusted pack is not mapped,
as truncating a mapped file kills the process; its contents are read from the file, and what is missing is an error.
"""

from __future__ import annotations

import contextlib
import io
import mmap
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from vfsloader.errors import DamagedError, UnsafeArchiveError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.mapped_files import MappedFiles
from vfsloader.layers.protocol import Entry
from vfsloader.runtime.budget import MAX_RATIO, is_bomb
from vfsloader.runtime.random_access import RandomAccessFile
from vfsloader.store import schema
from vfsloader.store.pack.compression import FRAME_BYTES, decompress, frame_lengths, table_bytes
from vfsloader.store.pack.seal import Readable, Seal
from vfsloader.store.reading import ContentReader, FetchInto
from vfsloader.store.schema import WHOLE_BYTES

#: Bytes that are read at a time, of more than this many.
_STEP = 256 << 20


class Packed(NamedTuple):
    """The locator of a compressed content."""

    start: int
    stop: int
    size: int
    """Bytes, unpacked."""


class HeapReads:
    """The contents of a pack.

    Parameters
    ----------
    file
        The whole pack.
    seal
        Its seal.
    path
        What messages call it.
    mapped
        Whether to map it; only for the game's own files.
    """

    def __init__(self, file: Readable, seal: Seal, path: str, *, mapped: bool) -> None:
        self._file = file
        self._start, self._end = seal.heap_start, seal.end
        self._path = path
        self.mapped: MappedFiles | None = None
        self.read: Callable[[Entry], bytes] = self.read_from_file
        self.view: Callable[[Entry], memoryview] = self._view_of_bytes
        if mapped and isinstance(file, RandomAccessFile):
            with contextlib.suppress(OSError, ValueError):  # no room for it, or the file has just been cut off
                mapping = mmap.mmap(file.fileno(), seal.end, access=mmap.ACCESS_READ)
                self.read, self.view = self._mapped(mapping)
                self.mapped = MappedFiles(mapping, self.open_plain)

    def locator(self, path: str, size: int, offset: int, length: int, encoding: int) -> slice | Packed:
        """Return the locator of a file.

        Parameters
        ----------
        path
            The file, for messages.
        size, offset, length, encoding
            As the index has them.

        Raises
        ------
        DamagedError
            Its content is not inside the pack.
        """
        if length and not self._start <= offset <= offset + length <= self._end:
            raise self._damaged(f"the content of {path} is not inside it")
        if encoding == schema.PLAIN and length == size:
            return slice(offset, offset + length)
        if encoding == schema.ZSTD and size > 0 < length:
            return Packed(offset, offset + length, size)
        raise self._damaged(f"the content of {path} has an unknown encoding or a wrong size")

    def read_from_file(self, entry: Entry) -> bytes:
        """Return the whole content of a file; the slow way, which every kind of pack has."""
        locator = entry.locator
        start, stop = locator.start, locator.stop
        data = self._file.read(start, stop - start)
        if len(data) != stop - start:
            data = self._read_all(start, stop - start)
        return data if type(locator) is slice else self._unpacked(data, locator)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a content as a stream."""
        locator = entry.locator
        if isinstance(locator, slice):
            return self.open_plain(locator, entry.path)
        if locator.size <= WHOLE_BYTES:
            return BytesFile(self.read(entry), entry.path)
        return io.BufferedReader(
            ContentReader(locator.size, FRAME_BYTES, self._fetch_unpacked(locator), _nothing, entry.path)
        )

    def open_plain(self, part: slice, path: str) -> BinaryIO:
        """Open a plain content as a stream.

        Parameters
        ----------
        part
            Where it is in the pack.
        path
            The name of the stream.
        """
        size = part.stop - part.start
        if size <= WHOLE_BYTES:
            data = self._read_all(part.start, size) if self.mapped is None else self.mapped.mapping[part]
            return BytesFile(data, path)
        return io.BufferedReader(ContentReader(size, size, self._fetch_plain(part.start), _nothing, path))

    def close(self, refuse: Callable[..., Any]) -> None:
        """Let go of the mapping; views keep it for themselves until they are gone.

        Parameters
        ----------
        refuse
            Is called by reads from now on; raises the error.
        """
        if self.mapped is not None:
            self.mapped.close(refuse)

    def _mapped(self, mapping: mmap.mmap) -> tuple[Callable[[Entry], bytes], Callable[[Entry], memoryview]]:
        slowly = self.read_from_file

        def read(entry: Entry) -> bytes:
            try:
                return mapping[entry.locator]  # type: ignore[no-any-return]
            except TypeError:  # not a slice: it is compressed
                return slowly(entry)

        def view(entry: Entry) -> memoryview:
            if isinstance(entry.locator, slice):
                return memoryview(mapping)[entry.locator]
            return memoryview(slowly(entry))

        return read, view

    def _view_of_bytes(self, entry: Entry) -> memoryview:
        return memoryview(self.read(entry))

    def _read_all(self, start: int, amount: int) -> bytes:
        """Read what the system does not read at once; a pack that was cut off is an error."""
        parts = []
        while amount > 0:
            part = self._file.read(start, min(amount, _STEP))
            if not part:
                raise self._damaged("it was cut off")
            parts.append(part)
            start, amount = start + len(part), amount - len(part)
        return b"".join(parts)

    def _unpacked(self, data: bytes, locator: Packed) -> bytes:
        if is_bomb(locator.size, len(data)):
            message = f"a file in {self._path} unpacks to {MAX_RATIO} times its size; it was not read"
            raise UnsafeArchiveError.at(self._path, message)
        if locator.size <= FRAME_BYTES:
            return self._unpack(data, locator.size)
        table = table_bytes(locator.size)
        lengths = self._lengths(data[-table:], locator)
        return b"".join(self._frames(data, lengths, locator.size))

    def _frames(self, data: bytes, lengths: list[int], size: int) -> Iterator[bytes]:
        start = 0
        for length in lengths:
            yield self._unpack(data[start : start + length], min(size, FRAME_BYTES))
            start, size = start + length, size - FRAME_BYTES

    def _lengths(self, table: bytes, locator: Packed) -> list[int]:
        try:
            return frame_lengths(table, locator.size, locator.stop - locator.start)
        except ValueError as error:
            raise self._damaged(str(error)) from error

    def _unpack(self, frame: bytes, size: int) -> bytes:
        try:
            data = decompress(frame, size)
        except ValueError as error:
            raise self._damaged(f"a content: {error}") from error
        if len(data) != size:
            raise self._damaged("a content unpacks to less than its size")
        return data

    def _fetch_plain(self, start: int) -> FetchInto:
        """Return a function that fetches a part of a plain content, which counts as one chunk."""
        file = self._file

        def fetch(_: int, offset: int, view: memoryview) -> None:
            done = file.read_into(start + offset, view) if isinstance(file, RandomAccessFile) else 0
            if done < len(view):
                view[done:] = self._read_all(start + offset + done, len(view) - done)

        return fetch

    def _fetch_unpacked(self, locator: Packed) -> FetchInto:
        """Return a function that fetches from frames and keeps the last one it unpacked."""
        kept, chunk, starts = -1, b"", [locator.start]
        table = table_bytes(locator.size)
        if table > locator.stop - locator.start:
            raise self._damaged("a content is too short")
        for length in self._lengths(self._read_all(locator.stop - table, table), locator):
            starts.append(starts[-1] + length)

        def fetch(index: int, offset: int, view: memoryview) -> None:
            nonlocal kept, chunk
            if index != kept:
                frame = self._read_all(starts[index], starts[index + 1] - starts[index])
                chunk = self._unpack(frame, min(locator.size - index * FRAME_BYTES, FRAME_BYTES))
                kept = index
            view[:] = chunk[offset : offset + len(view)]

        return fetch

    def _damaged(self, reason: str) -> DamagedError:
        return DamagedError.at(self._path, f"the pack {self._path} is damaged: {reason}")


def _nothing() -> None:
    """Close a stream that holds nothing of its own."""
