"""The content of a file while it is being written.

A staged file holds only the chunks that were changed; the rest is still read from the old content. Nothing is in the
store until the file is closed, or flushed if it was opened to change or extend its content. Then one transaction
stores all of it, so that readers see the old content or the new, never a mixture. Past `SPILL_BYTES` the chunks go to
where the store keeps the parts of large files (:mod:`vfsloader.store.staging`), or else to a nameless temporary file.
Both keep memory use flat, and leave nothing behind after a crash.
"""

from __future__ import annotations

import errno
import io
import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from vfsloader.errors import PathError
from vfsloader.store.quota import Quota, Reservation
from vfsloader.store.reading import ChunkedStream, ContentReader
from vfsloader.store.staging import StagedRows

SPILL_BYTES = 16 << 20


class StagedFile(ChunkedStream):
    """A raw stream for writing, and for reading back what the file will be.

    Parameters
    ----------
    base
        The old content; None for a new or truncated file.
    chunk_size
        Bytes of a chunk.
    commit
        Called with the staged file when it is closed: stores it.
    publish
        Called with the staged file when it is flushed: stores it, and returns False where that has to wait for the end
        of a transaction. None if the file must not change before it is closed.
    name
        The virtual path.
    readable
        Whether the caller may read.
    append
        Whether each write goes to the end.
    quota
        Must grant a reservation before the file grows past `old_size`, the bytes of the file that it replaces.
    spill_bytes
        Bytes kept in memory at most; the rest goes to the disk.
    stage
        Called once there is more: returns where the parts go, or None for a temporary file.
    """

    def __init__(
        self,
        base: ContentReader | None,
        *,
        chunk_size: int,
        commit: Callable[[StagedFile], object],
        publish: Callable[[StagedFile], bool] | None = None,
        name: str,
        readable: bool,
        append: bool,
        quota: Quota,
        old_size: int = 0,
        spill_bytes: float = SPILL_BYTES,
        stage: Callable[[], StagedRows | None] | None = None,
    ) -> None:
        super().__init__(0 if base is None else base.size, chunk_size, name)
        self.is_dirty = base is None
        self.reservation = Reservation()
        self._base = base
        self._base_size = self.size
        self._is_discarded = False
        self._commit = commit
        self._publish = publish
        self._readable = readable
        self._append = append
        self._offset = self.size if append else 0
        self._quota = quota
        self._old_size = old_size
        self._chunks: dict[int, bytearray] = {}
        self._spilled: set[int] = set()
        self._spill_bytes = spill_bytes
        self._spill: IO[bytes] | None = None
        self._stage = stage
        #: Where parts are stored ahead, and which of them are as they should be.
        self.rows: StagedRows | None = None
        self._in_rows: set[int] = set()

    def readable(self) -> bool:
        return self._readable

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._check_open()
        if not self._readable:
            raise io.UnsupportedOperation("not readable: the file was opened for writing")
        return super().readinto(buffer)

    def fetch_into(self, index: int, offset: int, view: memoryview) -> None:
        """Fill `view` from one chunk; what the chunk lacks at its end is zeros."""
        view[:] = self._chunk(index)[offset : offset + len(view)].ljust(len(view), b"\0")

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._check_open()
        view = memoryview(data).cast("B")
        if not view:
            return 0
        if self._append:
            self._offset = self.size
        self._reserve(max(self.size, self._offset + len(view)))
        self.is_dirty = True
        done = 0
        while done < len(view):
            index, offset = divmod(self._offset + done, self.chunk_size)
            step = min(self.chunk_size - offset, len(view) - done)
            if step == self.chunk_size:
                self._chunks[index] = bytearray(view[done : done + step])
            else:
                chunk = self._chunk_to_change(index)
                if len(chunk) < offset:
                    chunk.extend(bytes(offset - len(chunk)))
                chunk[offset : offset + step] = view[done : done + step]
            done += step
            if len(self._chunks) * self.chunk_size > self._spill_bytes:
                self._move_to_disk()
        self._offset += done
        self.size = max(self.size, self._offset)
        return done

    def truncate(self, size: int | None = None) -> int:
        self._check_open()
        size = self._offset if size is None else size
        if size < 0:
            raise ValueError("a file cannot have a negative size")
        self._reserve(size)
        if size < self.size:
            index, rest = divmod(size, self.chunk_size)
            if rest:
                del self._chunk_to_change(index)[rest:]
            end = index + bool(rest)
            self._chunks = {index: chunk for index, chunk in self._chunks.items() if index < end}
            self._spilled = {index for index in self._spilled if index < end}
            self._in_rows = {index for index in self._in_rows if index < end}
            self._base_size = min(self._base_size, size)
        self.is_dirty = self.is_dirty or size != self.size
        self.size = size
        return size

    def chunks(self) -> Iterator[bytes]:
        """Iterate over the whole content as it will be, in chunks."""
        return (self._whole_chunk(index) for index in range(self.chunk_count))

    @property
    def chunk_count(self) -> int:
        """Of how many chunks the content will be."""
        return -(-self.size // self.chunk_size)

    def chunks_not_in_rows(self) -> Iterator[tuple[int, bytes]]:
        """Iterate over the chunks that are not stored yet, with their index, and over the last one if it is short."""
        last = self.size // self.chunk_size
        for index in range(self.chunk_count):
            if index == last or index in self._chunks or index not in self._in_rows:
                yield index, self._whole_chunk(index)

    def flush(self) -> None:
        """Publish what was written so far, if the file was opened to add to its content, and outside a transaction."""
        super().flush()
        if self._publish is not None and self.is_dirty and not self._is_discarded and self._publish(self):
            self.is_dirty = False
            self._old_size = self.size
            self._quota.release(self.reservation)

    def close(self) -> None:
        if self.closed:
            return
        is_kept = self.is_dirty and not self._is_discarded
        is_stored = False
        try:
            if is_kept:
                self._commit(self)
            is_stored = is_kept
        finally:
            if self.rows is not None:
                self.rows.close(is_stored=is_stored)
            self._is_discarded = True  # closing flushes
            self._quota.release(self.reservation)
            if self._spill is not None:
                self._spill.close()
            if self._base is not None:
                self._base.close()
            super().close()

    def discard(self) -> None:
        """Leave the file as it was, or as it was published last: closing stores nothing."""
        self._is_discarded = True

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def _reserve(self, size: int) -> None:
        """Reserve the bytes that a file of `size` needs beyond those of the file that it replaces."""
        needed = max(size - self._old_size, 0) - self.reservation.amount
        if needed:
            self._quota.reserve(needed, self.reservation, self.name)

    def _chunk(self, index: int) -> bytearray:
        """Return a chunk: changed, moved to disk, or from the old content; it may be shorter than the others."""
        if index in self._chunks:
            return self._chunks[index]
        if index in self._in_rows:
            assert self.rows is not None
            return bytearray(self.rows.read(index))
        if index in self._spilled:
            assert self._spill is not None
            self._spill.seek(index * self.chunk_size)
            return bytearray(self._spill.read(self.chunk_size))
        chunk = bytearray(max(min(self._base_size - index * self.chunk_size, self.chunk_size), 0))
        if self._base is not None and chunk:
            self._base.read_at(index * self.chunk_size, memoryview(chunk))
        return chunk

    def _chunk_to_change(self, index: int) -> bytearray:
        chunk = self._chunks[index] = self._chunk(index)
        return chunk

    def _whole_chunk(self, index: int) -> bytes:
        """Return a chunk as long as it will be."""
        length = min(self.chunk_size, self.size - index * self.chunk_size)
        return bytes(self._chunk(index)[:length].ljust(length, b"\0"))

    def _move_to_disk(self) -> None:
        if self._stage is not None:
            self.rows, self._stage = self._stage(), None
        try:
            is_stored = self.rows is not None and self.rows.store(self._chunks)
        except OSError:
            self.discard()  # half of a write must not be stored
            raise
        if is_stored:
            self._in_rows.update(self._chunks)
            self._spilled.difference_update(self._chunks)
            self._chunks.clear()
            return
        if self._spill is None:
            self._spill = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the staged file
        try:
            for index, chunk in self._chunks.items():
                self._spill.seek(index * self.chunk_size)
                # A short chunk is padded, so that what an earlier, longer one left there is not read again.
                self._spill.write(chunk.ljust(self.chunk_size, b"\0"))
            self._spill.flush()
        except OSError as error:
            self.discard()  # half of a write must not be stored
            sentence = f"cannot write {self.name}: the disk of temporary files is full; the file was not changed"
            raise PathError(errno.ENOSPC, sentence, self.name) from error
        self._spilled.update(self._chunks)
        self._in_rows.difference_update(self._chunks)
        self._chunks.clear()
