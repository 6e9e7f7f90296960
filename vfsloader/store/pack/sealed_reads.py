"""Reading the contents of a sealed pack, which never changes: through blob handles that are kept open.

:meth:`SealedReads.read` is what games call most, and a small read takes less than a microsecond. So a sealed
:class:`~vfsloader.Store` takes this method for its own `read`: one call more would make each read a tenth slower.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from vfsloader.errors import DamagedError, UnsafeArchiveError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.protocol import Entry
from vfsloader.runtime.budget import MAX_RATIO, is_bomb
from vfsloader.store.pack.compression import decompress
from vfsloader.store.reading import ContentReader, FetchInto, fetch_by_blob
from vfsloader.store.schema import CODE_MASK, COMPRESSED, COUNT_MASK, WHOLE_BYTES, base_of
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.database import Database


class SealedReads:
    """The contents of a pack, read through one blob handle per thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chunk_size = database.chunk_size
        self._local = threading.local()

    def read(self, entry: Entry) -> bytes:
        """Return the whole content of a file.

        Most files have one plain chunk: the thread's handle is moved to its row, without a statement.
        """
        content = entry.locator
        try:
            blob = self._local.blob
            if content & CODE_MASK == 1:
                blob.reopen(content - 1)
                if blob.length() <= self._chunk_size:
                    return blob.read()  # type: ignore[no-any-return]
        except AttributeError:  # the first read of this thread
            pass
        except engine.Error as error:
            self._drop_blob()
            raise self._database.errors.translated(error) from error
        return self.read_content(content)

    def read_content(self, content: int) -> bytes:
        """Return a whole content, of any number of chunks."""
        if not content & COUNT_MASK:
            return b""
        blob = getattr(self._local, "blob", None)
        if blob is None:
            with self._database.errors:
                blob = self._local.blob = _open_blob(self._database.connection(), base_of(content))
        try:
            return b"".join(self._chunks(blob, content))
        except OSError:
            self._drop_blob()
            raise

    def open(self, content: int, name: str) -> BinaryIO:
        """Open a content as a stream; a large one has a connection of its own, which is closed with it."""
        if (content & COUNT_MASK) * self._chunk_size <= WHOLE_BYTES:
            return BytesFile(self.read_content(content), name)
        with self._database.errors, contextlib.ExitStack() as on_error:
            connection = self._database.connect_apart()
            on_error.callback(connection.close)
            reader = self._open_chunks(content, connection, name)
            on_error.pop_all()
        return io.BufferedReader(reader)

    def forget(self) -> None:
        """Let go of the handles, so that the connections can be closed."""
        self._local = threading.local()

    def _open_chunks(self, content: int, connection: engine.Connection, name: str) -> ContentReader:
        base, count, step = base_of(content), content & COUNT_MASK, self._chunk_size
        blob = _open_blob(connection, base + count - 1)
        if content & COMPRESSED:
            last = len(self._unpack(blob.read()))
            fetch = _fetch_unpacked(blob, base, self._unpack)
        else:
            last = blob.length()
            fetch = fetch_by_blob(blob, base)

        def on_close() -> None:
            _close_blob(blob)
            connection.close()

        return ContentReader((count - 1) * step + last, step, self._with_errors(fetch), on_close, name)

    def _drop_blob(self) -> None:
        """Let go of this thread's handle: one that failed cannot be used again."""
        _close_blob(self._local.blob)
        del self._local.blob

    def _chunks(self, blob: engine.Blob, content: int) -> Iterator[bytes]:
        """Iterate over the chunks of a content, and check their lengths."""
        base, count, step = base_of(content), content & COUNT_MASK, self._chunk_size
        packed = unpacked = 0
        with self._database.errors:
            for row in range(base, base + count):
                blob.reopen(row)
                length = blob.length()
                if length > step + (step >> 7) + 512:  # the longest frame of bytes that cannot be compressed
                    raise self._damaged("a chunk is too large")
                chunk = blob.read()
                if content & COMPRESSED:
                    chunk = self._unpack(chunk)
                if len(chunk) != step and not (row == base + count - 1 and 0 < len(chunk) < step):
                    raise self._damaged("a chunk has the wrong size")
                packed, unpacked = packed + length, unpacked + len(chunk)
                if is_bomb(unpacked, packed):
                    message = f"a file in {self._database.path} unpacks to {MAX_RATIO} times its size; it was not read"
                    raise UnsafeArchiveError.at(self._database.path, message)
                yield chunk

    def _unpack(self, frame: bytes) -> bytes:
        try:
            return decompress(frame, self._chunk_size)
        except ValueError as error:
            raise self._damaged(f"a chunk of a file: {error}") from error

    def _with_errors(self, fetch: FetchInto) -> FetchInto:
        """Make `fetch` raise errors that name the pack."""

        def fetch_into(index: int, offset: int, view: memoryview) -> None:
            try:
                with self._database.errors:
                    fetch(index, offset, view)
            except ValueError as error:
                raise self._damaged("a chunk is too short") from error

        return fetch_into

    def _damaged(self, reason: str) -> DamagedError:
        return DamagedError.at(self._database.path, f"the pack {self._database.path} is damaged: {reason}")


def _open_blob(connection: engine.Connection, row: int) -> engine.Blob:
    return connection.blob_open("main", "chunk", "data", row, False)


def _close_blob(blob: engine.Blob) -> None:
    """Close a handle; if its last read failed, closing raises the same error again."""
    with contextlib.suppress(engine.Error):
        blob.close()


def _fetch_unpacked(blob: engine.Blob, base: int, unpack: Callable[[bytes], bytes]) -> FetchInto:
    """Return a function that fetches from compressed chunks and keeps the last one it unpacked."""
    kept, chunk = -1, b""

    def fetch(index: int, offset: int, view: memoryview) -> None:
        nonlocal kept, chunk
        if index != kept:
            blob.reopen(base + index)
            kept, chunk = index, unpack(blob.read())
        view[:] = chunk[offset : offset + len(view)]

    return fetch
