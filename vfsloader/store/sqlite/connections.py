"""Opening connections to a store's database: how its file is opened, checked, and created if it is new."""

from __future__ import annotations

import contextlib
import time
import weakref
from pathlib import Path

from vfsloader.errors import NotAStoreError
from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.schema import MEMORY
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.errors import SQLiteErrors
from vfsloader.store.sqlite.mounted_source import MountedSource


class Connections:
    """The open connections of one database. See :class:`Database` for the parameters."""

    def __init__(
        self,
        path: str,
        *,
        read_only: bool,
        page_size: int,
        timeout: float,
        mmap: bool,
        source: ByteSource | None,
        auto_vacuum: bool,
    ) -> None:
        self.read_only = read_only or source is not None
        #: Whether the database is a pack; known once the first connection is open.
        self.sealed = False
        self.errors = SQLiteErrors(path, timeout=timeout, read_only=self.read_only)
        self._path = path
        self._in_memory = path == MEMORY
        self._page_size = page_size
        self._timeout = timeout
        self._mmap = mmap
        self._auto_vacuum = auto_vacuum
        self._immutable = source is not None
        self._source = None if source is None else MountedSource(source)
        self._open: weakref.WeakSet[engine.Connection] = weakref.WeakSet()

    def open_first(self, chunk_size: int) -> engine.Connection:
        """Open the first connection: create an empty file's tables, refuse a foreign file, see whether it is sealed."""
        connection = self._open_pack() if self.read_only and not self._in_memory else None
        if connection is None:
            self._immutable = self._source is not None
            connection = self.open()
        with inspection.limited(connection) if self.read_only else contextlib.nullcontext():
            self._check_or_create(connection, chunk_size)
            self.sealed = bool(read_meta(connection, "sealed"))
        if self.sealed and not self._immutable:
            connection.close()
            self._immutable = self.read_only = self.errors.read_only = True
            connection = self.open()
        if self.read_only and not self._in_memory and not self._mmap:
            inspection.refuse_unsafe(connection, self._path)
        return connection

    def open(self) -> engine.Connection:
        """Open a further connection."""
        connection = self._source.connect() if self._source is not None else self._open_file()
        self._open.add(connection)
        connection.set_busy_timeout(int(self._timeout * 1000))
        # A store may be untrusted: no SQL functions or schema tricks run from inside it.
        connection.config(engine.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(engine.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.pragma("cell_size_check", 1)
        if self._mmap:
            connection.pragma("mmap_size", 1 << 40)
        if not self.read_only:
            connection.pragma("page_size", self._page_size)
            if self._auto_vacuum:  # many small commits: fewer waits for the disk, and a log of 16 MB at most
                connection.pragma("wal_autocheckpoint", 4000)
                connection.pragma("cache_size", -8000)
            connection.pragma("synchronous", "normal")  # in WAL mode: never corrupted, synced by checkpoint()
        return connection

    def release_memory(self) -> None:
        """Make every connection forget the pages it has read."""
        for connection in list(self._open):
            with contextlib.suppress(engine.ConnectionClosedError):
                connection.release_memory()

    def close(self) -> None:
        """Close all connections, then the source."""
        for connection in list(self._open):
            connection.close()
        self._open.clear()
        if self._source is not None:
            self._source.close()

    def _open_file(self) -> engine.Connection:
        if self._immutable:
            name = f"{Path(self._path).absolute().as_uri()}?immutable=1"
            return engine.Connection(name, flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI)
        flags = engine.SQLITE_OPEN_READWRITE | engine.SQLITE_OPEN_CREATE
        return engine.Connection(self._path, flags=engine.SQLITE_OPEN_READONLY if self.read_only else flags)

    def _open_pack(self) -> engine.Connection | None:
        """Open a sealed file without locking it or looking for a journal beside it; return None for another file."""
        self._immutable = True
        connection = self.open()
        try:
            with inspection.limited(connection):
                if read_meta(connection, "sealed"):
                    return connection
        except engine.Error:  # opening it as an ordinary store reports what is wrong
            pass
        connection.close()
        return None

    def _check_or_create(self, connection: engine.Connection, chunk_size: int) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                if not self._is_store(connection):
                    self._create(connection, chunk_size)
                return
            except engine.BusyError:
                # If two processes create a file at the same time, SQLite refuses one at once instead of waiting.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.002)

    def _is_store(self, connection: engine.Connection) -> bool:
        """Check the file's format; return False if it is new and empty."""
        if not self._in_memory and not schema.is_empty(connection):
            schema.check(connection, self._path)
            return True
        if self.read_only and not self._in_memory:
            raise NotAStoreError.at(self._path, f"{self._path} is empty")
        return False

    def _create(self, connection: engine.Connection, chunk_size: int) -> None:
        if not self._in_memory:
            if self._auto_vacuum:
                connection.pragma("auto_vacuum", 2)
            connection.pragma("journal_mode", "wal")
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Two processes may meet here; the second finds the first one's tables.
            if not connection.pragma("application_id"):
                schema.create(connection, chunk_size=chunk_size, now_ns=time.time_ns())
        finally:
            connection.execute("COMMIT")


def read_meta(connection: engine.Connection, name: str) -> int:
    """Return a number from the table ``meta``."""
    return connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).get  # type: ignore[no-any-return]
