"""A tree of files in one SQLite database.

A store is a layer, and the only kind besides a folder that can be written. Every change is a
transaction: it is whole or it is not there, also after a crash. What the store knows are its own files,
folders and whiteouts; the layers around it are the business of the rooms above.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from vfsloader import paths
from vfsloader.errors import ReadOnlyError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType
from vfsloader.store import schema
from vfsloader.store.draft import SPILL_BYTES, StagedFile
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.pack.verified_reads import CheckedContents
from vfsloader.store.quota import Quota
from vfsloader.store.reading import ContentReader, SealedBlobs, fetch_by_blob, fetch_by_select, reader_of_bytes
from vfsloader.store.rows import Nodes, read_content
from vfsloader.store.sqlite.database import MEMORY, Database
from vfsloader.store.sqlite.image import ByteSource
from vfsloader.store.stats import StoreStats

#: Files up to this many bytes are read whole when they are opened.
WHOLE_BYTES = 1 << 20

_ENTRY = "SELECT path, kind, size, mtime_ns, ctime_ns, content, digest, generation FROM node "
_FIND = _ENTRY + "WHERE path = ?"
_LIST = _ENTRY + f"WHERE parent = (SELECT id FROM node WHERE path = ?) AND kind != {schema.WHITEOUT}"
_GLOB = f"SELECT path FROM node WHERE path GLOB ? AND kind != {schema.WHITEOUT} AND path != '/'"
#: The content of a file of one chunk. One statement sees one state, whoever commits meanwhile; a join of
#: the two tables is slower.
_READ = (
    "SELECT data FROM chunk WHERE id = "
    f"(SELECT content - 1 FROM node WHERE path = ? AND content & {schema.COUNT_MASK} = 1)"
)


class Store(BaseLayer):
    """A tree of files in one SQLite database: a save, or a sealed pack.

    Parameters
    ----------
    path
        The database file, made if missing; ``":memory:"`` for one that ends with the object.
    name
        What messages call the layer; the file's name without its suffix if left out.
    read_only
        Refuse changes. A sealed pack is always read only.
    chunk_size, page_size
        Bytes; used when the file is made.
    timeout
        Seconds a writer waits for another one.
    shared
        Whether others may write the file while it is open, so that each call looks for their changes.
    trusted
        The game's own file: it is then read through a memory map.
    image
        The bytes of a sealed pack that is no file of its own; `path` is then only what messages call it.
    quota
        Bytes of content that may be stored; a write that needs more is refused before a byte of it is stored.
    max_nodes
        Files and folders that may be stored, the root too.
    memory_guard
        Is asked before writes whether the machine has the memory; for stores in memory.
    gives_back
        Lay a new file out so that its empty pages can be given back in steps, for one that grows and shrinks.

    Raises
    ------
    PathNotFoundError
        `read_only`, and there is no such file.
    NotAStoreError
        The file is something else.

    Examples
    --------
    >>> store = Store(":memory:")
    >>> store.write("/sprites/p.png", b"pixels")
    >>> store.read(store.find("/sprites/p.png"))
    b'pixels'
    """

    def __init__(
        self,
        path: paths.RealPath = MEMORY,
        *,
        name: str | None = None,
        read_only: bool = False,
        chunk_size: int = schema.DEFAULT_CHUNK_SIZE,
        page_size: int = schema.DEFAULT_PAGE_SIZE,
        timeout: float = 10.0,
        shared: bool = True,
        trusted: bool = False,
        image: ByteSource | None = None,
        quota: int | None = None,
        max_nodes: int | None = None,
        memory_guard: MemoryGuard | None = None,
        gives_back: bool = False,
    ) -> None:
        self.path = os.fspath(path)
        self.database = Database(
            self.path,
            read_only=read_only,
            chunk_size=chunk_size,
            page_size=page_size,
            timeout=timeout,
            mmap=trusted and image is None,
            image=image,
            quota=Quota(quota, max_nodes, memory_guard),
            gives_back=gives_back,
        )
        self.quota = self.database.quota
        if name is None:
            name = "memory" if self.path == MEMORY else os.path.splitext(os.path.basename(self.path))[0]
        self.name = name
        self.sealed = self.database.sealed
        self.writable = not self.database.read_only
        self.shared = shared and not self.sealed and not self.database.in_memory
        #: The collections that it keeps, once someone asked for them; see :mod:`vfsloader.store.records`.
        self.keeper: object | None = None
        self._nodes = Nodes(self.database.tick, self.database.quota)
        self._blobs = SealedBlobs(self.database)
        self._read: Callable[[int], bytes] = self._blobs.read
        self._checked: CheckedContents | None = None
        if self.sealed and image is not None and getattr(image, "is_unchecked", False):
            self._checked = CheckedContents(self.database, self._blobs.read, self._fetch_again)
            self._read = self._checked.read
        hiding = self.database.one("SELECT 1 FROM node WHERE kind >= ? LIMIT 1", (schema.WHITEOUT,))
        self.may_hide = self.writable or hiding is not None

    def __repr__(self) -> str:
        return f"Store({self.path!r}, name={self.name!r})"

    # --- the layer -----------------------------------------------------------------------------------

    def find(self, path: str) -> Entry | None:
        """Look the path up; see :meth:`Layer.find`."""
        row = self.database.one(_FIND, (path,))
        return None if row is None or row[1] == schema.WHITEOUT else self._entry(row)

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder; see :meth:`Layer.list`."""
        return map(self._entry, self.database.rows(_LIST, (path,)))

    def glob(self, pattern: str) -> Iterator[str]:
        """Match all paths in one sweep of the index."""
        rows = self.database.rows(_GLOB, (paths.sqlite_glob(pattern),))
        matches = paths.glob_pattern(pattern).fullmatch
        return (path for (path,) in rows if matches(path))

    def hides(self, path: str) -> bool:
        """Tell whether a whiteout or an opaque folder stands at `path`."""
        kind = self.database.one("SELECT kind FROM node WHERE path = ?", (path,))
        return kind is not None and kind >= schema.WHITEOUT

    def hidden(self) -> Iterator[tuple[str, bool]]:
        """Give the whiteouts, and, with True, the folders that show nothing of lower layers."""
        rows = self.database.rows("SELECT path, kind FROM node WHERE kind >= ? ORDER BY path", (schema.WHITEOUT,))
        return ((path, kind == schema.OPAQUE_FOLDER) for path, kind in rows)

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        locator = entry.locator
        if self.sealed:
            return self._read(locator)
        data = self.database.one(_READ, (locator,))
        if type(data) is bytes:
            return data
        with self.database.snapshot() as connection:
            return read_content(connection, self._nodes.file_row(connection, locator)[1])

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file: a stream that keeps to the content as it is now."""
        locator = entry.locator
        if self._checked is not None:
            self._checked.check(locator, lambda: self._buffered(self._open_sealed(locator)))
        reader = self._open_sealed(locator) if self.sealed else self._open_live(locator)
        return self._buffered(reader)

    @staticmethod
    def _buffered(reader: ContentReader | BytesFile) -> BinaryIO:
        if isinstance(reader, BytesFile):
            return reader
        return io.BufferedReader(reader)

    @property
    def is_remote(self) -> bool:  # type: ignore[override]
        """Whether the pack is on another machine."""
        return self.database.is_remote

    def prefetch(self, entries: Iterable[Entry]) -> None:
        """Fetch files that will be read soon, many at once, if the pack is on another machine."""
        self.database.prefetch(entry.locator for entry in entries)

    def version(self) -> int:
        """Give a number that differs whenever the tree is another one."""
        return self.database.version()

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether nobody else can change the file: False for a shared one."""
        return not self.shared

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` after each change made through this object."""
        return self.database.listeners.add(listener, uncommitted)

    def close(self) -> None:
        """Close all connections; what was committed stays."""
        self._blobs.forget()
        self.database.close()

    # --- changes -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the changes inside the ``with`` all or nothing; may be nested.

        Raises
        ------
        ReadOnlyError, LockedError
            The store cannot be written, or another writer did not finish in time.
        """
        with self.database.writing():
            yield

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Put a file, with the folders above it, in place of the one that is there.

        Parameters
        ----------
        path
            A normalised path.
        data
            The whole content.
        exclusive
            Refuse to replace.

        Raises
        ------
        PathExistsError, IsAFolderError, NotAFolderError
            Something is in the way.
        """
        view, step = memoryview(data).cast("B"), self.database.chunk_size
        chunks = (view[at : at + step] for at in range(0, len(view), step))
        with self.database.writing() as connection:
            self._nodes.put_file(connection, path, chunks, exclusive=exclusive)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedFile:
        """Open a file for writing; it changes when the draft is closed.

        Parameters
        ----------
        path
            A normalised path.
        truncate
            Begin empty instead of with the content that is there.
        exclusive
            Refuse, on closing, a file that has come into being meanwhile.
        readable, append
            Whether the caller may read back; whether each write goes to the end.
        """
        self.refuse_read_only(path)

        def commit(draft: StagedFile) -> None:
            promised = draft.promise.amount
            try:
                with self.database.writing() as connection:
                    self._nodes.put_file(connection, path, draft.chunks(), exclusive=exclusive, promise=draft.promise)
            except BaseException:
                self.database.quota.put_back(draft.promise, promised)
                raise

        entry = self.find(path)
        base = None if truncate else self._open_live(path)
        if isinstance(base, BytesFile):
            base = reader_of_bytes(base.getvalue(), path)
        return StagedFile(
            base,
            chunk_size=self.database.chunk_size,
            commit=commit,
            name=path,
            readable=readable,
            append=append,
            quota=self.database.quota,
            old_size=0 if entry is None else entry.size,
            # What lives in memory alone does not touch the disk, while it is written either.
            spill_bytes=math.inf if self.database.in_memory else SPILL_BYTES,
        )

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; nothing happens where it is.

        `opaque` hides what lower layers have in a folder of this path.
        """
        with self.database.writing() as connection:
            self._nodes.make_folder(connection, path, opaque=opaque)

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; nothing happens where there is none.

        `hide` leaves a whiteout, so that lower layers' `path` does not show.
        """
        with self.database.writing() as connection:
            self._nodes.remove(connection, path, hide=hide)

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden by a whiteout."""
        with self.database.writing() as connection:
            self._nodes.rename(connection, old, new)

    def stats(self) -> StoreStats:
        """Tell what the store holds, and what it may."""
        rows = dict(self.database.rows("SELECT kind, count(*) FROM node GROUP BY kind"))
        used, chunks = self.database.one(
            "SELECT (SELECT coalesce(sum(size), 0) FROM node), (SELECT count(*) FROM chunk)"
        )
        return StoreStats.of(
            self.database.quota,
            used,
            files=rows.get(schema.FILE, 0),
            folders=rows.get(schema.FOLDER, 0) + rows.get(schema.OPAQUE_FOLDER, 0),
            chunks=chunks,
        )

    def seal(self) -> None:
        """Make the file a pack: it is complete in itself, and nobody writes it again.

        The layer is to be closed afterwards; opened anew, it reads as a pack.
        """
        self.database.seal()

    def sync(self) -> None:
        """Wait until the disk has everything that was committed."""
        self.database.checkpoint()

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` where nothing can be written."""
        if not self.writable:
            raise ReadOnlyError.at(path, f"cannot change {path}: {self.name} is open for reading only")

    # --- inside --------------------------------------------------------------------------------------

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        path, kind, size, mtime_ns, ctime_ns, content, digest, generation = row
        if kind == schema.FILE:
            locator = content if self.sealed else path
            return Entry(path, EntryType.FILE, size, mtime_ns, ctime_ns, locator, digest, generation)
        return Entry(path, EntryType.FOLDER, 0, mtime_ns, ctime_ns, None, None, generation)

    def _fetch_again(self) -> None:
        """Forget what was fetched from another machine, SQLite's own pages too."""
        self._blobs.forget()
        self.database.fetch_again()

    def _open_sealed(self, content: int) -> ContentReader | BytesFile:
        if (content & schema.COUNT_MASK) * self.database.chunk_size <= WHOLE_BYTES:
            return BytesFile(self._blobs.read(content), self.name)
        with self.database.errors(), contextlib.ExitStack() as on_error:
            connection = self.database.connect_apart()
            on_error.callback(connection.close)
            reader = self._blobs.open_stream(content, connection)
            on_error.pop_all()
        return reader

    def _open_live(self, path: str) -> ContentReader | BytesFile:
        """Open a file of a store that may change: a small one whole, a large one by a snapshot or a pin."""
        with self.database.snapshot() as connection:
            size, content = self._nodes.file_row(connection, path)
            if size <= WHOLE_BYTES or self.database.in_own_transaction():
                # What this thread's own transaction wrote can be seen by no other connection.
                return BytesFile(read_content(connection, content), path)
            if self.database.in_memory:
                self._nodes.pin(content)
                fetch = fetch_by_select(connection, self.database.lock, schema.base_of(content))
                return ContentReader(size, self.database.chunk_size, fetch, lambda: self._unpin(content), path)
        return self._open_snapshot(path)

    def _open_snapshot(self, path: str) -> ContentReader | BytesFile:
        with self.database.errors(), contextlib.ExitStack() as on_error:
            connection = self.database.connect_apart()
            on_error.callback(connection.close)
            connection.execute("BEGIN")
            size, content = self._nodes.file_row(connection, path)
            if size <= WHOLE_BYTES:  # replaced by a smaller one since the caller looked
                return BytesFile(read_content(connection, content), path)
            base = schema.base_of(content)
            blob = connection.blob_open("main", "chunk", "data", base, False)
            on_error.pop_all()

        return ContentReader(size, self.database.chunk_size, fetch_by_blob(blob, base), connection.close, path)

    def _unpin(self, content: int) -> None:
        with self.database.lock:
            if self._nodes.unpin(content) and not self.database.closed:
                with self.database.writing() as connection:
                    self._nodes.drop_content(connection, content)
