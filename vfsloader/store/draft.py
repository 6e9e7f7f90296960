"""The content of a file while it is being written.

A draft holds only the chunks that were touched; the rest is still the file as it was. Nothing of it is
in the store until it is closed: then one transaction puts it there, so that others see the old content
or the new, never a half. Past `SPILL_BYTES` the chunks go to a nameless temporary file, which keeps memory
flat and leaves nothing behind in a crash.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from vfsloader.store.quota import Promise, Quota
from vfsloader.store.reading import ContentReader

SPILL_BYTES = 8 << 20


class StagedFile(io.RawIOBase):
    """A raw stream for writing, and for reading back what it will be.

    Parameters
    ----------
    base
        The content as it is; None for a new or truncated file.
    chunk_size
        Bytes of a chunk.
    commit
        Called once with the draft when it is closed: puts it into the store.
    name
        The virtual path.
    readable
        Whether the caller may read.
    append
        Whether each write goes to the end.
    quota
        Is asked before the draft grows past `old_size`, the bytes of the file whose place it takes.
    spill_bytes
        What is kept in memory at most; the rest goes to a nameless temporary file.
    """

    def __init__(
        self,
        base: ContentReader | None,
        *,
        chunk_size: int,
        commit: Callable[[StagedFile], None],
        name: str,
        readable: bool,
        append: bool,
        quota: Quota | None = None,
        old_size: int = 0,
        spill_bytes: float = SPILL_BYTES,
    ) -> None:
        self.name = name
        self.size = 0 if base is None else base.size
        self.chunk_size = chunk_size
        self.base = base
        self.touched = base is None
        self._abandoned = False
        self._base_size = self.size
        self._commit = commit
        self._readable = readable
        self._append = append
        self._at = self.size if append else 0
        self._quota = quota
        self._old_size = old_size
        self.promise = Promise()
        self._chunks: dict[int, bytearray] = {}
        self._spilled: set[int] = set()
        self._spill_bytes = spill_bytes
        self._spill: IO[bytes] | None = None

    def readable(self) -> bool:
        return self._readable

    def writable(self) -> bool:
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
        if not self._readable:
            raise io.UnsupportedOperation("not readable: the file was opened for writing")
        view = memoryview(buffer).cast("B")
        wanted = max(min(len(view), self.size - self._at), 0)
        done = 0
        while done < wanted:
            index, offset = divmod(self._at + done, self.chunk_size)
            step = min(self.chunk_size - offset, wanted - done)
            chunk = self._chunk(index)
            view[done : done + step] = chunk[offset : offset + step].ljust(step, b"\0")
            done += step
        self._at += done
        return done

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._check_open()
        view = memoryview(data).cast("B")
        if not view:
            return 0
        if self._append:
            self._at = self.size
        self._promise(max(self.size, self._at + len(view)))
        self.touched = True
        done = 0
        while done < len(view):
            index, offset = divmod(self._at + done, self.chunk_size)
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
        self._at += done
        self.size = max(self.size, self._at)
        return done

    def truncate(self, size: int | None = None) -> int:
        self._check_open()
        size = self._at if size is None else size
        if size < 0:
            raise ValueError("a file cannot have a negative size")
        self._promise(size)
        if size < self.size:
            index, rest = divmod(size, self.chunk_size)
            if rest:
                del self._chunk_to_change(index)[rest:]
            first_gone = index + bool(rest)
            for gone in [at for at in self._chunks if at >= first_gone]:
                del self._chunks[gone]
            self._spilled = {at for at in self._spilled if at < first_gone}
            self._base_size = min(self._base_size, size)
        self.touched = self.touched or size != self.size
        self.size = size
        return size

    def chunks(self) -> Iterator[bytes]:
        """Give the whole content as it will be, in chunks."""
        for index in range(-(-self.size // self.chunk_size)):
            length = min(self.chunk_size, self.size - index * self.chunk_size)
            yield bytes(self._chunk(index)[:length].ljust(length, b"\0"))

    def close(self) -> None:
        if self.closed:
            return
        try:
            if self.touched and not self._abandoned:
                self._commit(self)
        finally:
            if self._quota is not None:
                self._quota.put_back(self.promise, 0)
            if self._spill is not None:
                self._spill.close()
            if self.base is not None:
                self.base.close()
            super().close()

    def discard(self) -> None:
        """Leave the file as it was: closing puts nothing into the store."""
        self._abandoned = True

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        self.close()

    def _promise(self, size: int) -> None:
        """Have the bytes promised that a file of `size` needs above those of the one whose place it takes."""
        if self._quota is not None:
            needed = max(size - self._old_size, 0) - self.promise.amount
            if needed:
                self._quota.reserve(needed, self.promise, self.name)

    def _chunk(self, index: int) -> bytearray:
        chunk = self._own_chunk(index)
        return self._base_chunk(index) if chunk is None else chunk

    def _chunk_to_change(self, index: int) -> bytearray:
        chunk = self._chunks[index] = self._chunk(index)
        return chunk

    def _own_chunk(self, index: int) -> bytearray | None:
        if index in self._chunks:
            return self._chunks[index]
        if index not in self._spilled:
            return None
        assert self._spill is not None
        self._spill.seek(index * self.chunk_size)
        return bytearray(self._spill.read(self.chunk_size))

    def _base_length(self, index: int) -> int:
        return max(min(self._base_size - index * self.chunk_size, self.chunk_size), 0)

    def _base_chunk(self, index: int) -> bytearray:
        chunk = bytearray(self._base_length(index))
        if self.base is not None and chunk:
            self.base.read_at(index * self.chunk_size, memoryview(chunk))
        return chunk

    def _move_to_disk(self) -> None:
        if self._spill is None:
            self._spill = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the draft
        for index, chunk in self._chunks.items():
            self._spill.seek(index * self.chunk_size)
            # A short chunk is padded, so that what an earlier, longer one left there is not read again.
            self._spill.write(chunk.ljust(self.chunk_size, b"\0"))
            self._spilled.add(index)
        self._chunks.clear()

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
