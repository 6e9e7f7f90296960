"""A tree of files in one SQLite database.

A store is a layer, and besides a folder the only kind that can be written. Every change is a
transaction: it happens completely or not at all, even in a crash. A store knows only its own files,
folders and whiteouts; higher packages combine it with other layers.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Collection, Iterable, Iterator
from typing import Any, BinaryIO

from vfsloader import globs, paths
from vfsloader.errors import DamagedError, ReadOnlyError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import MAX_INDEXED, BaseLayer, Entry, EntryType
from vfsloader.layers.remembered_names import fold
from vfsloader.quoting import plain
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.store import schema
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.pack.heap_reads import HeapReads
from vfsloader.store.pack.verified_reads import VerifiedReads
from vfsloader.store.quota import Quota
from vfsloader.store.reading import ContentReader, fetch_by_blob, fetch_by_select, reader_of_bytes
from vfsloader.store.recent_reads import RecentReads
from vfsloader.store.records import collection_bytes
from vfsloader.store.rows import FOREIGN_ROW, TreeRows, read_content
from vfsloader.store.schema import MEMORY, WHOLE_BYTES
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.connections import DatabaseOptions
from vfsloader.store.sqlite.database import Database
from vfsloader.store.staged_file import SPILL_BYTES, StagedFile
from vfsloader.store.staging import Staging
from vfsloader.store.stats import StoreStats

_ENTRY = "SELECT path, kind, size, mtime_ns, digest, ctime_ns, generation FROM node "
_PACK_ENTRY = "SELECT path, kind, size, mtime_ns, digest, offset, length, encoding FROM node "
_FIND = "WHERE path = ?"
_FORM = f"SELECT size, offset, length, encoding FROM node WHERE path = ? AND kind = {schema.FILE}"
_LIST = f"WHERE parent = (SELECT id FROM node WHERE path = ?) AND kind != {schema.WHITEOUT}"
_GLOB = f"SELECT path FROM node WHERE path GLOB ? AND kind != {schema.WHITEOUT} AND path != '/'"
#: The content of a file of one chunk. One statement sees one state, even if another process commits at the same
#: time; a join of the two tables is slower.
_READ = (
    "SELECT data FROM chunk WHERE id = "
    f"(SELECT content - 1 FROM node WHERE path = ? AND content & {schema.COUNT_MASK} = 1)"
)


class Store(BaseLayer):
    """A tree of files in one SQLite database: a save, or a sealed pack.

    Parameters
    ----------
    path
        The database file, by default created if missing; ``":memory:"`` for one that ends with the object.
    name
        The layer's name in messages; by default the file's name without its suffix.
    read_only
        Refuse changes. A sealed pack is always read-only.
    chunk_size, page_size
        Bytes; used when the file is created.
    timeout
        Seconds that a writer waits for another one.
    shared
        Whether others may write the file while it is open, so that each call looks for their changes.
    trusted
        The file is the game's own: it is read through a memory map, and its rows are not inspected first.
    source
        The bytes of a sealed pack that is not a file of its own; `path` is then only its name in messages.
    quota
        Bytes of content that may be stored; a write that needs more is refused before any of it is stored.
    max_nodes
        Files and folders that may be stored, including the root.
    memory_guard
        Is asked before writes whether the machine has the memory; for stores in memory.
    create
        Create the file if it is missing or empty.
    auto_vacuum
        Lay a new file out so that its empty pages can be returned to the disk in steps, for one that grows and
        shrinks.

    Raises
    ------
    PathNotFoundError
        `read_only` is True and the file does not exist.
    NotAStoreError
        The file is not a store.
    DamagedError
        It has rows that no store can have.

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
        source: ByteSource | None = None,
        quota: int | None = None,
        max_nodes: int | None = None,
        memory_guard: MemoryGuard | None = None,
        create: bool = True,
        auto_vacuum: bool = False,
    ) -> None:
        self.path = os.fspath(path)
        options = DatabaseOptions(
            read_only=read_only,
            chunk_size=chunk_size,
            page_size=page_size,
            timeout=timeout,
            mmap=trusted and source is None,
            source=source,
            create=create,
            auto_vacuum=auto_vacuum,
        )
        self.database = Database(self.path, options, Quota(quota, max_nodes, memory_guard))
        self.quota = self.database.quota
        if name is None:
            name = "memory" if self.path == MEMORY else os.path.splitext(os.path.basename(self.path))[0]
        self.name = name
        self.sealed = self.database.sealed
        self.writable = not self.database.read_only
        self.shared = shared and not self.sealed and not self.database.in_memory
        #: The collections in this store, once they are used; see ``vfsloader.store.records``.
        self.catalog: object | None = None
        self._source = source
        self._rows = TreeRows(self.database.bump_version, self.quota)
        self._recent = RecentReads(self.database)
        self._pack: HeapReads | VerifiedReads | None = None
        self._select = _ENTRY
        self.has_prepared = False
        try:
            self._open_pack(mapped=options.mmap and use_fast_paths())
            if self._pack is None and not self.database.in_memory:
                self._refuse_foreign_rows()
        except BaseException:
            self.close()
            raise
        self._staging = Staging(self.database)
        if self.writable and not self.database.in_memory:
            self._staging.clean()
        hiding = self.database.one("SELECT 1 FROM node WHERE kind >= ? LIMIT 1", (schema.WHITEOUT,))
        self.may_hide = self.writable or hiding is not None

    def __repr__(self) -> str:
        return f"Store({self.path!r}, name={self.name!r})"

    # --- the layer -----------------------------------------------------------------------------------

    def find(self, path: str) -> Entry | None:
        """Look the path up; see :meth:`Layer.find`."""
        row = self.database.one(self._select + _FIND, (path,))
        return None if row is None or row[1] == schema.WHITEOUT else self._entry(row)

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder; see :meth:`Layer.list`."""
        entries = map(self._entry, self.database.rows(self._select + _LIST, (path,)))
        if self.has_prepared and path == paths.ROOT:
            return (entry for entry in entries if entry.path != schema.PREPARED_FOLDER)
        return entries

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder of a sealed pack, unless there are very many."""
        if not self.sealed or self.is_remote:
            return None
        rows = self.database.rows(f"SELECT path FROM node {_LIST} LIMIT ?", (folder, MAX_INDEXED))
        start = len(folder) + (folder != paths.ROOT)
        # Nearly all names are ASCII, which folding makes lower-case: a call for each would take most of the time.
        names = [path[start:].lower() if path.isascii() else fold(path[start:]) for (path,) in rows]
        return names if len(names) < MAX_INDEXED else None

    def glob(self, pattern: str) -> Iterator[str]:
        """Match all paths in one sweep of the index."""
        rows = self.database.rows(_GLOB, (globs.sqlite_glob(pattern),))
        matches = globs.glob_pattern(pattern).fullmatch
        hidden = schema.PREPARED_FOLDER if self.has_prepared else "\0"  # no path contains a zero byte
        return (path for (path,) in rows if matches(path) and not path.startswith(hidden))

    def hides(self, path: str) -> bool:
        """Return whether there is a whiteout or an opaque folder at `path`."""
        kind = self.database.one("SELECT kind FROM node WHERE path = ?", (path,))
        return kind is not None and kind >= schema.WHITEOUT

    def hidden(self) -> Iterator[tuple[str, bool]]:
        """Iterate over the whiteouts, and, with True, the folders that show nothing of lower layers."""
        rows = self.database.rows("SELECT path, kind FROM node WHERE kind >= ? ORDER BY path", (schema.WHITEOUT,))
        return ((path, kind == schema.OPAQUE_FOLDER) for path, kind in rows)

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        locator = entry.locator
        known, state = self._recent.get(locator)
        if known is not None:
            return known
        data = self.database.one(_READ, (locator,))
        if type(data) is bytes:
            if state is not None:
                self._recent.put(locator, data, state)
            return data
        with self.database.snapshot() as connection:
            return read_content(connection, self._rows.file_row(connection, locator)[1], locator)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file: a stream over the content as it is now."""
        if self._pack is not None:
            return self._pack.open(entry)
        content = self._open_content(entry.locator)
        return BytesFile(content, entry.path) if isinstance(content, bytes) else io.BufferedReader(content)

    def prepared(self, entry: Entry) -> memoryview | None:
        """Return what ``pack build --prepare`` made of a file; None if it made nothing of it."""
        if not self.has_prepared or entry.digest is None:
            return None
        path = f"{schema.PREPARED_FOLDER}/{entry.digest.hex()}"
        row = self.database.one(_FORM, (path,))
        if row is None or self._pack is None:
            return None
        return self.view(Entry(path, EntryType.FILE, row[0], 0, 0, self._pack.locator(path, *row)))

    @property
    def is_remote(self) -> bool:  # type: ignore[override]
        """Whether the pack is on another machine."""
        return self._source is not None and self._source.is_remote

    def prefetch(self, entries: Iterable[Entry]) -> None:
        """Fetch files that will be read soon, many at once, if the pack is on another machine."""
        if self._source is not None:
            self._source.prefetch((entry.locator.start, entry.locator.stop) for entry in entries)

    def version(self) -> int:
        """Return a number that differs whenever the tree is another one."""
        return self.database.version()

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether only this object can change the file: False for a shared one."""
        return not self.shared

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` once after each change that was committed through this object."""
        return self.database.listeners.add(listener, uncommitted)

    def close(self) -> None:
        """Close all connections."""
        if self._pack is not None:
            self._pack.close(self._refuse_closed)
            self.read = self.view = self.open = self._refuse_closed  # type: ignore[method-assign]
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
        with self.database.transaction():
            yield

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Write a file, replacing an existing one; create the folders above it.

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
            `exclusive` is True and the file exists, `path` is a folder, or a file is above it.
        """
        view, step = memoryview(data).cast("B"), self.database.chunk_size
        chunks = (view[start : start + step] for start in range(0, len(view), step))
        with self.database.transaction() as connection:
            self._rows.put_file(connection, path, chunks, exclusive=exclusive)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedFile:
        """Open a file for writing; it changes when the staged file is closed, or flushed if it keeps content.

        Parameters
        ----------
        path
            A normalised path.
        truncate
            Begin empty instead of with the old content.
        exclusive
            Refuse, on closing, to replace a file that has been created since.
        readable, append
            Whether the caller may read back; whether each write goes to the end.
        """
        self.refuse_read_only(path)

        def commit(staged: StagedFile) -> None:
            with self.database.transaction() as connection:
                self._rows.put_file(
                    connection,
                    path,
                    staged.chunks(),
                    exclusive=exclusive,
                    reservation=staged.reservation,
                    staged=staged,
                )

        def publish(staged: StagedFile) -> bool:
            if self.database.in_own_transaction():  # it shows all its changes at its end
                return False
            with self.database.transaction() as connection:
                self._rows.put_file(connection, path, staged.chunks(), exclusive=False, reservation=staged.reservation)
            return True

        entry = self.find(path)
        old = None if truncate else self._open_content(path)
        return StagedFile(
            reader_of_bytes(old, path) if isinstance(old, bytes) else old,
            chunk_size=self.database.chunk_size,
            commit=commit,
            publish=publish if append or not truncate else None,
            name=path,
            readable=readable,
            append=append,
            quota=self.quota,
            old_size=0 if entry is None else entry.size,
            # A store in memory never touches the disk, not even while a file is written.
            spill_bytes=math.inf if self.database.in_memory else SPILL_BYTES,
            # A file that others see while it grows is stored again and again.
            stage=None if self.database.in_memory or append or not truncate else self._staging.begin,
        )

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Create a folder and those above it; do nothing if it exists.

        `opaque` hides what lower layers have in a folder of this path.
        """
        with self.database.transaction() as connection:
            self._rows.make_folder(connection, path, opaque=opaque)

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; do nothing if it does not exist.

        `hide` leaves a whiteout, which hides the `path` of lower layers.
        """
        with self.database.transaction() as connection:
            self._rows.remove(connection, path, hide=hide)

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden by a whiteout."""
        with self.database.transaction() as connection:
            self._rows.rename(connection, old, new)

    def stats(self) -> StoreStats:
        """Return what the store holds and what it may hold."""
        rows = dict(self.database.rows("SELECT kind, count(*) FROM node GROUP BY kind"))
        used = self.database.one("SELECT coalesce(sum(size), 0) FROM node")
        chunks = 0 if self._pack is not None else self.database.one("SELECT count(*) FROM chunk")
        if self.quota.is_hard:
            with self.database.reading() as connection:
                used += collection_bytes.count(connection)
        return StoreStats.of(
            self.quota,
            used,
            files=rows.get(schema.FILE, 0),
            folders=rows.get(schema.FOLDER, 0) + rows.get(schema.OPAQUE_FOLDER, 0),
            chunks=chunks,
        )

    def seal(self) -> None:
        """Make the file complete in itself, and never written again.

        Close the layer afterwards. The contents stay where they are: :func:`vfsloader.packs.build` makes a pack, which
        is faster to read.
        """
        self.database.seal()

    def sync(self) -> None:
        """Wait until everything committed is on the disk."""
        self.database.checkpoint()

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` if the store cannot be written."""
        if not self.writable:
            raise ReadOnlyError.at(path, f"cannot change {path}: {self.name} is open for reading only")

    # --- inside --------------------------------------------------------------------------------------

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        path, kind, size, mtime_ns, digest, ctime_ns, generation = row
        if kind == schema.FILE:
            return Entry(path, EntryType.FILE, size, mtime_ns, ctime_ns, path, digest, generation)
        return Entry(path, EntryType.FOLDER, 0, mtime_ns, ctime_ns, None, None, generation)

    def _refuse_foreign_rows(self) -> None:
        """Raise DamagedError if the file has a row that no store can have: somebody else has written it."""
        foreign = self.database.one(FOREIGN_ROW)
        if foreign is not None:
            shown = plain(bytes(foreign).decode("utf-8", "replace"))
            raise DamagedError.at(self.path, f"{self.path} is damaged: what it says of {shown} makes no sense")

    def _open_pack(self, *, mapped: bool) -> None:
        """Read from the heap, if the file is a pack."""
        file, seal = self.database.pack_file, self.database.pack_seal
        if file is None or seal is None:
            return
        reads = HeapReads(file, seal, self.path, mapped=mapped)
        self._pack = reads
        if self._source is not None and self._source.is_unchecked:
            self._pack = VerifiedReads(self.database, reads, self._source, seal)
        self._select, self._entry = _PACK_ENTRY, self._pack_entry  # type: ignore[method-assign]
        folder = self.database.one("SELECT 1 FROM node WHERE path = ?", (schema.PREPARED_FOLDER,))
        self.has_prepared = folder is not None
        # These save a call: see `heap_reads`.
        self.read, self.view = self._pack.read, self._pack.view  # type: ignore[method-assign, assignment]
        self.mapped = self._pack.mapped

    def _refuse_closed(self, entry: Any, path: str = "") -> Any:
        """Read from a pack that is closed; a mapping that views still use would go on."""
        raise ValueError(f"the pack {self.path} is closed")

    def _pack_entry(self, row: tuple[Any, ...]) -> Entry:
        path, kind, size, mtime_ns, digest, offset, length, encoding = row
        if kind == schema.FILE:
            assert self._pack is not None
            locator = self._pack.locator(path, size, offset, length, encoding)
            return Entry(path, EntryType.FILE, size, mtime_ns, mtime_ns, locator, digest, 1)
        return Entry(path, EntryType.FOLDER, 0, mtime_ns, mtime_ns, None, None, 1)

    def _open_content(self, path: str) -> ContentReader | bytes:
        """Read a small file of a store that may change; open a large one with a snapshot or a pin."""
        with self.database.snapshot() as connection:
            size, content = self._rows.file_row(connection, path)
            if size <= WHOLE_BYTES or self.database.in_own_transaction():
                # What this thread's own transaction wrote is visible to no other connection.
                return read_content(connection, content, path)
            if self.database.in_memory:
                self._rows.pin(content)
                fetch = fetch_by_select(connection, self.database.lock, schema.base_of(content))
                return ContentReader(size, self.database.chunk_size, fetch, lambda: self._unpin(content), path)
        return self._open_snapshot(path)

    def _open_snapshot(self, path: str) -> ContentReader | bytes:
        with self.database.errors, contextlib.ExitStack() as on_error:
            connection = self.database.connect_apart()
            on_error.callback(connection.close)
            connection.execute("BEGIN")
            size, content = self._rows.file_row(connection, path)
            if size <= WHOLE_BYTES:  # replaced by a smaller one since the caller looked
                return read_content(connection, content, path)
            base = schema.base_of(content)
            blob = connection.blob_open("main", "chunk", "data", base, False)
            on_error.pop_all()

        return ContentReader(size, self.database.chunk_size, fetch_by_blob(blob, base), connection.close, path)

    def _unpin(self, content: int) -> None:
        with self.database.lock:
            if self._rows.unpin(content) and not self.database.closed:
                with self.database.transaction() as connection:
                    self._rows.drop_content(connection, content)
