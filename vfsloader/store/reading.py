"""Reading content that lies in chunks, as bytes and as a stream.

Three kinds of store, three ways to a chunk, each the fastest that is right for it:

* a sealed pack never changes, so a blob handle is kept per thread and pointed at one row after another;
* a store on disk may change with any statement: small files are read by one SELECT, large ones through a
  connection of their own that holds its snapshot until the stream is closed;
* a store in memory has one connection; a stream pins its content, and whoever replaces the file leaves
  the old chunks until the pin is gone.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from vfsloader.errors import DamagedError, UnsafeArchiveError
from vfsloader.runtime.budget import MAX_RATIO, is_bomb
from vfsloader.store.pack.compression import decompress
from vfsloader.store.schema import CODE_MASK, COMPRESSED, COUNT_MASK, base_of
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.database import Database

#: Puts ``len(view)`` bytes of chunk `index`, from `offset` on, into `view`.
FetchInto = Callable[[int, int, memoryview], None]


class SealedBlobs:
    """Content of a sealed pack, through one blob handle a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chunk_size = database.chunk_size
        self._local = threading.local()

    def read(self, content: int) -> bytes:
        """Read a whole content."""
        try:
            blob = self._local.blob
            if content & CODE_MASK == 1:
                blob.reopen(content - 1)
                if blob.length() <= self._chunk_size:
                    return blob.read()  # type: ignore[no-any-return]
        except AttributeError:
            if not content & COUNT_MASK:
                return b""
            blob = self._local.blob = self.open_blob(base_of(content))
        except engine.Error as error:
            self._drop()
            raise self._database.translated(error) from error
        try:
            return b"".join(self._chunks(blob, content))
        except OSError:
            self._drop()
            raise

    def open_stream(self, content: int, connection: engine.Connection) -> ContentReader:
        """Open a content of several chunks through a connection that is closed with the stream."""
        count, step = content & COUNT_MASK, self._chunk_size
        with self._database.errors():
            blob = connection.blob_open("main", "chunk", "data", base_of(content) + count - 1, False)
            if content & COMPRESSED:
                last = len(self._unpacked(blob.read()))
                fetch = fetch_unpacked(blob, base_of(content), self._unpacked)
            else:
                last = blob.length()
                fetch = fetch_by_blob(blob, base_of(content))
        name = self._database.path

        def on_close() -> None:
            close_blob(blob)
            connection.close()

        return ContentReader((count - 1) * step + last, step, self._told(fetch), on_close, name)

    def open_blob(self, row: int) -> engine.Blob:
        """Open a further handle, for a stream to keep."""
        with self._database.errors():
            return self._database.connection().blob_open("main", "chunk", "data", row, False)

    def forget(self) -> None:
        """Let go of the handles, so that the connections can be closed."""
        self._local = threading.local()

    def _drop(self) -> None:
        """Let go of this thread's handle: one that failed is of no more use."""
        close_blob(self._local.blob)
        del self._local.blob

    def _chunks(self, blob: engine.Blob, content: int) -> Iterator[bytes]:
        """Give the chunks of a content, each of the length that it must have."""
        base, count, step = base_of(content), content & COUNT_MASK, self._chunk_size
        packed = unpacked = 0
        with self._database.errors():
            for row in range(base, base + count):
                blob.reopen(row)
                length = blob.length()
                if length > step + (step >> 7) + 512:  # what a frame of bytes that cannot be packed has at most
                    raise self._damaged("a chunk is larger than it may be")
                chunk = blob.read()
                if content & COMPRESSED:
                    chunk = self._unpacked(chunk)
                if len(chunk) != step and not (row == base + count - 1 and 0 < len(chunk) < step):
                    raise self._damaged("a chunk has not the size that it must have")
                packed, unpacked = packed + length, unpacked + len(chunk)
                if is_bomb(unpacked, packed):
                    sentence = f"a file in {self._database.path} unpacks to {MAX_RATIO} times its size; it is not read"
                    raise UnsafeArchiveError.at(self._database.path, sentence)
                yield chunk

    def _unpacked(self, frame: bytes) -> bytes:
        try:
            return decompress(frame, self._chunk_size)
        except ValueError as error:
            raise self._damaged(f"a chunk of a file: {error}") from error

    def _told(self, fetch: FetchInto) -> FetchInto:
        """Turn what a stream meets in a damaged pack into an error that names it."""

        def fetch_into(index: int, offset: int, view: memoryview) -> None:
            try:
                with self._database.errors():
                    fetch(index, offset, view)
            except ValueError as error:
                raise self._damaged("a chunk is shorter than it must be") from error

        return fetch_into

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError.at(self._database.path, f"the pack {self._database.path} is damaged: {what}")


def close_blob(blob: engine.Blob) -> None:
    """Close a handle; one that failed would tell once more what it told when it was read."""
    with contextlib.suppress(engine.Error):
        blob.close()


def fetch_unpacked(blob: engine.Blob, base: int, unpack: Callable[[bytes], bytes]) -> FetchInto:
    """Fetch from compressed chunks, of which the last one used is kept."""
    kept, chunk = -1, b""

    def fetch_into(index: int, offset: int, view: memoryview) -> None:
        nonlocal kept, chunk
        if index != kept:
            blob.reopen(base + index)
            kept, chunk = index, unpack(blob.read())
        view[:] = chunk[offset : offset + len(view)]

    return fetch_into


def fetch_by_blob(blob: engine.Blob, base: int) -> FetchInto:
    """Fetch through a blob handle that belongs to one stream."""
    reopen, read_into = blob.reopen, blob.read_into

    def fetch_into(index: int, offset: int, view: memoryview) -> None:
        reopen(base + index)
        if offset:
            blob.seek(offset)
        read_into(view)

    return fetch_into


def fetch_by_select(connection: engine.Connection, lock: AbstractContextManager[object], base: int) -> FetchInto:
    """Fetch from a store in memory, whose connection all threads share."""

    def fetch_into(index: int, offset: int, view: memoryview) -> None:
        with lock:
            data = connection.execute("SELECT data FROM chunk WHERE id = ?", (base + index,)).get
        view[:] = data[offset : offset + len(view)]

    return fetch_into


def reader_of_bytes(data: bytes, name: str) -> ContentReader:
    """Give a stream over bytes that are in memory already."""

    def fetch_into(index: int, offset: int, view: memoryview) -> None:
        view[:] = data[offset : offset + len(view)]

    return ContentReader(len(data), max(len(data), 1), fetch_into, lambda: None, name)


class ContentReader(io.RawIOBase):
    """A seekable stream over content in chunks.

    Parameters
    ----------
    size, chunk_size
        Bytes of the whole and of each chunk but the last.
    fetch_into
        How to reach a chunk.
    on_close
        Called once: lets go of what `fetch_into` holds.
    name
        The virtual path.
    """

    def __init__(
        self, size: int, chunk_size: int, fetch_into: FetchInto, on_close: Callable[[], None], name: str
    ) -> None:
        self.name = name
        self.size = size
        self._chunk_size = chunk_size
        self._fetch_into = fetch_into
        self._on_close = on_close
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._check_open()
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError(f"cannot seek to {start + offset}, before the start of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._check_open()
        count = self.read_at(self._at, memoryview(buffer).cast("B"))
        self._at += count
        return count

    def read_at(self, at: int, view: memoryview) -> int:
        """Fill `view` from byte `at` on; give how many bytes there were."""
        wanted = max(min(len(view), self.size - at), 0)
        index, offset = divmod(at, self._chunk_size)
        done = 0
        while done < wanted:
            end = min(done + self._chunk_size - offset, wanted)
            self._fetch_into(index, offset, view[done:end])
            done, index, offset = end, index + 1, 0
        return wanted

    def close(self) -> None:
        if not self.closed:
            self._on_close()
        super().close()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
