"""SQLite databases in a bucket, for reading and writing. A commit is one object that must not exist before."""

from __future__ import annotations

import datetime
import io
import struct
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vfsloader.compat.named_vfs import NamedVFS
from vfsloader.remote.blocks import Blocks
from vfsloader.remote.manifest import Manifest
from vfsloader.remote.retry import Retry
from vfsloader.remote.s3 import Bucket
from vfsloader.remote.upload import upload_next
from vfsloader.remote.versions import DEFAULT_GRACE, Published
from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.files import ScratchFile

#: SQLite's default page size.
DEFAULT_BLOCK_SIZE = 4096
#: The header of a database: the page size, how often it was changed, how many pages it has; and where the change is
#: noted at which that count was written.
_HEADER_BYTES = 100
_HEADER_SIZES = struct.Struct(">16xH6xII")
_SIZE_CHECKED_AT = 92


class S3VFS(NamedVFS):
    """A VFS for databases that are in a bucket under a prefix.

    It has the interface of ``S3VFS`` of sqlite-s3vfs. The differences: commits are atomic, two writers cannot corrupt
    each other's work, and a reader keeps to the version that it opened until :meth:`refresh`.

    Parameters
    ----------
    bucket
        A Bucket resource of boto3.
    block_size
        Bytes that are stored together; best the database's page size.
    single_writer
        The caller guarantees that nobody else writes. Then the server need not support conditional writes.
    cache
        Keeps blocks on the disk.
    retry
        How often a request is made, and for how long.

    Examples
    --------
    ::

        bucket = boto3.Session().resource("s3").Bucket("my-bucket")
        vfs = S3VFS(bucket)
        with apsw.Connection("saves/world", vfs=vfs.name) as connection:
            connection.execute("CREATE TABLE score(name, points)")
    """

    def __init__(
        self,
        bucket: Any,
        block_size: int = DEFAULT_BLOCK_SIZE,
        *,
        single_writer: bool = False,
        cache: DiskCache | None = None,
        retry: Retry | None = None,
    ) -> None:
        self._bucket = Bucket(bucket, retry)
        self._block_size = block_size
        self._single_writer = single_writer
        self._cache = cache
        self._lock = threading.Lock()
        self._published: dict[str, Published] = {}
        self._open: weakref.WeakSet[_WrittenFile] = weakref.WeakSet()
        super().__init__("vfsloader-s3")

    # --- for users -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Let each connection see the newest version, from its next transaction on."""
        for file in list(self._open):
            file.is_stale = True

    def serialize_iter(self, key_prefix: str) -> Iterator[bytes]:
        """Yield the newest version as an ordinary SQLite file, piece by piece.

        Raises
        ------
        PathNotFoundError
            Nothing was written under this prefix.
        """
        published = self.at(key_prefix)
        source = published.source(published.require_latest())
        blocks = Blocks(source, self._cache)
        for start in range(0, source.size, 1 << 20):
            yield blocks.read(start, 1 << 20)

    def serialize_fileobj(self, key_prefix: str) -> io.RawIOBase:
        """Return the same as a stream, which cannot seek."""
        return _Pieces(self.serialize_iter(key_prefix))

    def deserialize_iter(self, key_prefix: str, bytes_iter: Iterable[bytes]) -> None:
        """Make the bytes of an ordinary SQLite file the newest version.

        Raises
        ------
        ConflictError
            Someone else wrote concurrently.
        """
        published = self.at(key_prefix)
        old = published.latest()
        step = self._block_size if old is None else old.block_size
        changed: dict[int, bytes] = {}
        size = 0
        for block, data in enumerate(_pieces_of(bytes_iter, step)):
            size += len(data)
            if old is None or old.differs(block, data):
                changed[block] = data
        published.commit(upload_next(published, old, size, step, changed))

    def gc(self, key_prefix: str, grace: datetime.timedelta = DEFAULT_GRACE) -> int:
        """Delete what no reader can have open any more; see :meth:`Published.gc`."""
        return self.at(key_prefix).gc(grace)

    def at(self, key_prefix: str) -> Published:
        """Return what is published under a prefix."""
        with self._lock:
            if key_prefix not in self._published:
                self._published[key_prefix] = Published(self._bucket, key_prefix, single_writer=self._single_writer)
            return self._published[key_prefix]

    # --- for SQLite ----------------------------------------------------------------------------------

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's names
        if not name.endswith("-journal"):
            self.at(name).remove()

    def xOpen(self, name: str | engine.URIFilename | None, flags: list[int]) -> ScratchFile:  # type: ignore[override] # noqa: N802
        if flags[0] & engine.SQLITE_OPEN_WAL:
            raise engine.CantOpenError("a database in a bucket cannot use WAL mode; use another journal mode")
        flags[1] = flags[0]
        if name is None or not flags[0] & engine.SQLITE_OPEN_MAIN_DB:
            return ScratchFile()
        prefix = name.filename() if isinstance(name, engine.URIFilename) else name
        file = _WrittenFile(self, self.at(prefix), self._block_size, self._cache)
        self._open.add(file)
        return file


class _WrittenFile(ScratchFile):
    """One connection's view of a database: a version, and the blocks that were changed."""

    def __init__(self, vfs: S3VFS, published: Published, block_size: int, cache: DiskCache | None) -> None:
        self.is_stale = False
        self._vfs = vfs  # which SQLite itself does not keep alive
        self._published = published
        self._block_size = block_size
        self._cache = cache
        self._changed: dict[int, bytearray] = {}
        self._level = 0
        self._size = self._kept = 0
        self._show(published.latest())

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if not self._changed and self._blocks is not None and self._kept == self._size == self._blocks.size:
            return self._blocks.read(offset, amount)
        amount = max(min(amount, self._size - offset), 0)
        data = bytearray()
        while len(data) < amount:
            block, inside = divmod(offset + len(data), self._step)
            data += self._block(block)[inside : inside + amount - len(data)]
        return bytes(data)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        done = 0
        while done < len(data):
            block, inside = divmod(offset + done, self._step)
            part = data[done : done + self._step - inside]
            if block not in self._changed:
                is_whole = len(part) == self._step
                self._changed[block] = bytearray(self._step) if is_whole else bytearray(self._block(block))
            content = self._changed[block]
            if len(content) < inside:
                content.extend(bytes(inside - len(content)))
            content[inside : inside + len(part)] = part
            done += len(part)
        self._size = max(self._size, offset + len(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if size < self._size:
            self._changed = {block: data for block, data in self._changed.items() if block * self._step < size}
            last, inside = divmod(size, self._step)
            if last in self._changed:
                del self._changed[last][inside:]
            self._kept = min(self._kept, size)
        self._size = size

    def xFileSize(self) -> int:  # noqa: N802
        return self._size

    def xLock(self, level: int) -> None:  # noqa: N802
        if self._level == 0 and self.is_stale:
            self._show(self._published.latest())
            self.is_stale = False
        self._level = level

    def xUnlock(self, level: int) -> None:  # noqa: N802
        self._level = level

    def xFileControl(self, code: int, pointer: int) -> bool:  # noqa: N802
        # Sent at each commit, after all pages, whatever "synchronous" is; an error rolls the commit back.
        if code != engine.SQLITE_FCNTL_SYNC:
            return False
        self._commit()
        return True

    def xClose(self) -> None:  # noqa: N802
        if self._blocks is not None:
            self._blocks.close()

    def _show(self, manifest: Manifest | None, written: Mapping[int, bytes] | None = None) -> None:
        """Read another version from now on, of which some blocks are here already."""
        self._manifest = manifest
        self._step = self._block_size if manifest is None else manifest.block_size
        # Of the version, only the first `_kept` bytes still count: the file may have been truncated and grown again.
        self._size = self._kept = 0 if manifest is None else manifest.size
        self._changed = {}
        self._blocks: Blocks | None = None
        if manifest is not None:
            self._blocks = Blocks(self._published.source(manifest), self._cache, self._published.memory)
            self._blocks.keep(written or {})

    def _block(self, block: int) -> bytes | bytearray:
        """Return a block as it is now; only the last one can be shorter than the others."""
        length = min(self._step, max(self._size - block * self._step, 0))
        data: bytes | bytearray | None = self._changed.get(block)
        if data is None:
            start = block * self._step
            kept = min(self._step, self._kept - start)
            data = self._blocks.read(start, kept) if self._blocks is not None and kept > 0 else b""
        return data[:length].ljust(length, b"\0")

    def _commit(self) -> None:
        old = self._manifest
        size = self._committed_size()
        if not self._changed and (size == 0 if old is None else size == self._kept == old.size):
            return
        count = -(-size // self._step)
        touched = set(self._changed)
        if old is not None and not old.size == size == self._kept:
            # The old last block is full now, or the new one is cut off, or what was cut off has grown again.
            touched |= {old.blocks - 1, count - 1, *range(self._kept // self._step, min(old.blocks, count))}
        contents = {b: bytes(self._block(b))[: size - b * self._step] for b in touched if 0 <= b < count}
        changed = {block: data for block, data in contents.items() if old is None or old.differs(block, data)}
        manifest = upload_next(self._published, old, size, self._step, changed)
        try:
            self._published.commit(manifest)
        except OSError:
            self.is_stale = True  # SQLite rolls back; the next transaction reads the newest version
            raise
        self._show(manifest, changed)

    def _committed_size(self) -> int:
        """Return how long the file will be: SQLite cuts it off only after a commit, but has written how many pages."""
        if self._size < _HEADER_BYTES:
            return self._size
        head = self._block(0)
        block = 1
        while len(head) < _HEADER_BYTES:  # blocks can be smaller than the header
            head = bytes(head) + self._block(block)
            block += 1
        page, change, pages = _HEADER_SIZES.unpack_from(head)
        (checked_at,) = struct.unpack_from(">I", head, _SIZE_CHECKED_AT)
        size = (65536 if page == 1 else page) * pages
        is_valid = change == checked_at and head.startswith(b"SQLite format 3\0")
        return size if is_valid and 0 < size < self._size else self._size


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        view = memoryview(buffer).cast("B")
        part = self._rest[: len(view)]
        self._rest = self._rest[len(part) :]
        view[: len(part)] = part
        return len(part)


def _pieces_of(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the bytes in pieces of one size; the last may be shorter."""
    rest = bytearray()
    for piece in pieces:
        rest += piece
        while len(rest) >= size:
            yield bytes(rest[:size])
            del rest[:size]
    if rest:
        yield bytes(rest)
