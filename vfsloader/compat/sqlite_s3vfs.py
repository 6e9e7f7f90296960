"""SQLite databases in a bucket, for reading and writing, each commit one object written only where none is."""

from __future__ import annotations

import datetime
import io
import itertools
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import apsw

from vfsloader.remote.blocks import Blocks
from vfsloader.remote.disk_cache import BlockCache
from vfsloader.remote.manifest import Manifest, digest_of
from vfsloader.remote.retry import Retry
from vfsloader.remote.s3 import Bucket
from vfsloader.remote.versions import DEFAULT_GRACE, Published
from vfsloader.store.sqlite.files import ScratchFile

#: The page size that SQLite has if nobody says otherwise.
DEFAULT_BLOCK_SIZE = 4096


class S3VFS(apsw.VFS):
    """A VFS for databases that lie in a bucket under a prefix.

    It takes and gives what ``S3VFS`` of sqlite-s3vfs does. Different: a commit is whole or not there, two writers
    cannot spoil each other's work, and a reader keeps to the state that it opened until :meth:`refresh`.

    Parameters
    ----------
    bucket
        A Bucket resource of boto3.
    block_size
        Bytes that are stored together; best the database's page size.
    single_writer
        The caller guarantees that nobody else writes: then servers will do that know no conditional writes.
    cache
        Keeps blocks on the disk.
    retry
        How often, and for how long, a request is made again.

    Examples
    --------
    ::

        bucket = boto3.Session().resource("s3").Bucket("my-bucket")
        vfs = S3VFS(bucket)
        with apsw.Connection("saves/world", vfs=vfs.name) as connection:
            connection.execute("CREATE TABLE score(name, points)")
    """

    _numbers = itertools.count(1)

    def __init__(
        self,
        bucket: Any,
        block_size: int = DEFAULT_BLOCK_SIZE,
        *,
        single_writer: bool = False,
        cache: BlockCache | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.name = f"vfsloader-s3-{next(self._numbers)}"
        self._bucket = Bucket(bucket, retry)
        self._block_size = block_size
        self._single_writer = single_writer
        self._cache = cache
        self._lock = threading.Lock()
        self._published: dict[str, Published] = {}
        self._open: weakref.WeakSet[_WrittenFile] = weakref.WeakSet()
        super().__init__(self.name, base="")

    # --- for its users -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Let each connection see the newest state, from its next transaction on."""
        for file in list(self._open):
            file.is_stale = True

    def serialize_iter(self, key_prefix: str) -> Iterator[bytes]:
        """Give the newest state as a plain SQLite file, piece by piece.

        Raises
        ------
        PathNotFoundError
            There is none.
        """
        published = self.at(key_prefix)
        source = published.source(published.needed())
        blocks = Blocks(source, self._cache)
        for start in range(0, source.size, 1 << 20):
            yield blocks.read(start, 1 << 20)

    def serialize_fileobj(self, key_prefix: str) -> io.RawIOBase:
        """Give the same as a stream, to be read from its start to its end."""
        return _Pieces(self.serialize_iter(key_prefix))

    def deserialize_iter(self, key_prefix: str, bytes_iter: Iterable[bytes]) -> None:
        """Make the bytes of a plain SQLite file the newest state.

        Raises
        ------
        ConflictError
            Someone else wrote meanwhile.
        """
        published = self.at(key_prefix)
        old = published.latest()
        step = self._block_size if old is None else old.block_size
        changed: dict[int, bytes] = {}
        size = 0
        for block, data in enumerate(_pieces_of(bytes_iter, step)):
            size += len(data)
            if old is None or block >= old.blocks or digest_of(data) != old.digest(block):
                changed[block] = data
        published.commit(published.next_of(old, size, step, changed))

    def gc(self, key_prefix: str, grace: datetime.timedelta = DEFAULT_GRACE) -> int:
        """Remove what no reader can have open any more; see :meth:`Published.gc`."""
        return self.at(key_prefix).gc(grace)

    def at(self, key_prefix: str) -> Published:
        """Give what lies under a prefix."""
        with self._lock:
            if key_prefix not in self._published:
                self._published[key_prefix] = Published(self._bucket, key_prefix, single_writer=self._single_writer)
            return self._published[key_prefix]

    # --- for SQLite ----------------------------------------------------------------------------------

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's names
        return name

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return False  # what SQLite writes beside a database ends with its connection

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        if not name.endswith("-journal"):
            self.at(name).remove()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> ScratchFile:  # type: ignore[override] # noqa: N802
        if flags[0] & apsw.SQLITE_OPEN_WAL:
            raise apsw.CantOpenError("a database in a bucket is written by a journal, not by a log")
        flags[1] = flags[0]
        if name is None or not flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            return ScratchFile()
        prefix = name.filename() if isinstance(name, apsw.URIFilename) else name
        file = _WrittenFile(self.at(prefix), self._block_size, self._cache)
        self._open.add(file)
        return file


class _WrittenFile(ScratchFile):
    """One connection's view of a database: a state, and the blocks that it has changed."""

    def __init__(self, published: Published, block_size: int, cache: BlockCache | None) -> None:
        self.is_stale = False
        self._published = published
        self._block_size = block_size
        self._cache = cache
        self._changed: dict[int, bytearray] = {}
        self._level = 0
        self._size = 0
        self._take(published.latest())

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if not self._changed:
            return self._blocks.read(offset, amount) if self._blocks is not None else b""
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
                whole = len(part) == self._step
                self._changed[block] = bytearray(self._step) if whole else bytearray(self._block(block))
            mine = self._changed[block]
            if len(mine) < inside:
                mine.extend(bytes(inside - len(mine)))
            mine[inside : inside + len(part)] = part
            done += len(part)
        self._size = max(self._size, offset + len(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._size = size
        self._changed = {block: data for block, data in self._changed.items() if block * self._step < size}

    def xFileSize(self) -> int:  # noqa: N802
        return self._size

    def xLock(self, level: int) -> None:  # noqa: N802
        if self._level == 0 and self.is_stale:
            self._take(self._published.latest())
            self.is_stale = False
        self._level = level

    def xUnlock(self, level: int) -> None:  # noqa: N802
        self._level = level

    def xFileControl(self, code: int, pointer: int) -> bool:  # noqa: N802
        # Sent at each commit, when all pages are written, whatever "synchronous" says; an error undoes the commit.
        if code != apsw.SQLITE_FCNTL_SYNC:
            return False
        self._commit()
        return True

    def xClose(self) -> None:  # noqa: N802
        if self._blocks is not None:
            self._blocks.close()

    def _take(self, manifest: Manifest | None) -> None:
        """Show another state from now on."""
        self._manifest = manifest
        self._step = self._block_size if manifest is None else manifest.block_size
        self._size = 0 if manifest is None else manifest.size
        self._changed = {}
        self._blocks: Blocks | None = None
        if manifest is not None:
            self._blocks = Blocks(self._published.source(manifest), self._cache, self._published.memory)

    def _block(self, block: int) -> bytes | bytearray:
        """Give a block as it is now, whole but for the last one."""
        mine = self._changed.get(block)
        length = min(self._step, max(self._size - block * self._step, 0))
        if mine is not None:
            return mine[:length].ljust(length, b"\0")
        data = b"" if self._blocks is None else self._blocks.read(block * self._step, self._step)
        return data[:length].ljust(length, b"\0")

    def _commit(self) -> None:
        old = self._manifest
        if not self._changed and (old is None or self._size == old.size):
            return
        blocks = set(self._changed)
        if old is not None and old.size != self._size:  # the old last block is full now, or the new one is cut off
            blocks |= {block for block in (old.blocks - 1, -(-self._size // self._step) - 1) if block >= 0}
        now = {block: bytes(self._block(block)) for block in blocks if block * self._step < self._size}
        if old is not None:
            now = {b: d for b, d in now.items() if b >= old.blocks or digest_of(d) != old.digest(b)}
        made = self._published.next_of(old, self._size, self._step, now)
        try:
            self._published.commit(made)
        except OSError:
            self.is_stale = True  # SQLite undoes what it wrote; the next transaction begins on what there is then
            raise
        self._manifest, self._changed = made, {}
        self._blocks = Blocks(self._published.source(made), self._cache, self._published.memory)
        self._blocks.keep(now)


class _Pieces(io.RawIOBase):
    """A stream over pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = next(self._pieces, b"")
        view = memoryview(buffer).cast("B")
        part = self._left[: len(view)]
        self._left = self._left[len(part) :]
        view[: len(part)] = part
        return len(part)


def _pieces_of(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Give bytes in pieces of one size; the last may be shorter."""
    left = bytearray()
    for piece in pieces:
        left += piece
        while len(left) >= size:
            yield bytes(left[:size])
            del left[:size]
    if left:
        yield bytes(left)
