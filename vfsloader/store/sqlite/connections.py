"""Opening connections to a store's database: how its file is opened, checked, and created if it is new."""

from __future__ import annotations

import contextlib
import math
import os
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

from vfsloader.errors import DamagedError, NotAStoreError
from vfsloader.runtime.random_access import RandomAccessFile
from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.pack.seal import Readable, Seal, read_seal
from vfsloader.store.schema import MEMORY
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.errors import SQLiteErrors
from vfsloader.store.sqlite.mounted_source import MountedSource


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How a database is opened, and how its file is laid out if it is new."""

    read_only: bool = False
    """Refuse writes; the file must exist."""
    chunk_size: int = schema.DEFAULT_CHUNK_SIZE
    """Bytes; used when the file is created. An existing file keeps its own."""
    page_size: int = schema.DEFAULT_PAGE_SIZE
    """Bytes; used when the file is created."""
    timeout: float = 10.0
    """Seconds that a writer waits for another before :class:`~vfsloader.errors.LockedError`."""
    mmap: bool = False
    """Read through a memory map. Only for the game's own files: truncating a mapped file kills the process. Without
    it, a store that is only read is inspected before it is used."""
    source: ByteSource | None = None
    """The bytes of a pack that is not a file of its own; its path is then only its name in messages."""
    create: bool = True
    """Create the file if it is missing or empty."""
    auto_vacuum: bool = False
    """Lay a new file out so that its empty pages can be returned to the disk in steps."""


class Connections:
    """The open connections of the database at `path`."""

    def __init__(self, path: str, options: DatabaseOptions) -> None:
        self.read_only = options.read_only or options.source is not None or _is_on_read_only_disk(path)
        #: Whether the database is a pack; known once the first connection is open.
        self.sealed = False
        #: The whole file and the seal of a pack; None for a store.
        self.pack_file: Readable | None = None
        self.pack_seal: Seal | None = None
        self.errors = SQLiteErrors(path, timeout=options.timeout, read_only=self.read_only)
        self._path = path
        self._options = options
        self._in_memory = path == MEMORY
        self._immutable = options.source is not None
        self._source = None if options.source is None else MountedSource(options.source)
        self._open: weakref.WeakSet[engine.Connection] = weakref.WeakSet()

    def open_first(self) -> engine.Connection:
        """Open the first connection: create an empty file's tables, refuse a foreign file, see whether it is sealed."""
        connection = self._open_pack() if self.read_only and not self._in_memory else None
        if connection is None:
            # Without a log nothing is missed by ignoring it, and SQLite does not try to make one.
            self._immutable = self._source is not None or (self.read_only and self._is_unwritable_without_log())
            connection = self.open()
        with inspection.limited(connection) if self.read_only else contextlib.nullcontext():
            self._check_or_create(connection)
            self.sealed = bool(read_meta(connection, "sealed"))
        if self.sealed and not self._immutable:
            connection.close()
            self._immutable = self.read_only = self.errors.read_only = True
            connection = self.open()
        if self.read_only and not self._in_memory and not self._options.mmap:
            inspection.refuse_unsafe(connection, self._path, self.pack_seal)
        return connection

    def open(self) -> engine.Connection:
        """Open a further connection."""
        connection = self._source.connect() if self._source is not None else self._open_file()
        self._open.add(connection)
        connection.set_busy_timeout(int(self._options.timeout * 1000))
        harden(connection)
        if engine.refuses_json_in_indexes():  # the schema is ours to the letter, with the indexes of collections
            connection.config(engine.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1)
        if self._options.mmap:
            connection.pragma("mmap_size", 1 << 40)
        if not self.read_only:
            connection.pragma("page_size", self._options.page_size)
            if self._options.auto_vacuum:  # many small commits: fewer waits for the disk, and a log of 16 MB at most
                connection.pragma("wal_autocheckpoint", 4000)
                connection.pragma("cache_size", -8000)
            connection.pragma("synchronous", "normal")  # in WAL mode: never corrupted, synced by checkpoint()
        return connection

    def release_memory(self) -> None:
        """Make every connection forget the pages it has read."""
        for connection in list(self._open):
            with contextlib.suppress(engine.ConnectionClosedError):
                connection.release_memory()

    def forget(self) -> None:
        """Know the connections no more, without closing them: they belong to the parent process."""
        self._open = weakref.WeakSet()

    def all(self) -> list[engine.Connection]:
        """Return the connections that are open."""
        return list(self._open)

    def close(self) -> None:
        """Close all connections, then the source."""
        for connection in list(self._open):
            connection.close()
        self._open.clear()
        if self._source is not None:
            self._source.close()
        elif isinstance(self.pack_file, RandomAccessFile):
            self.pack_file.close()

    def _open_file(self) -> engine.Connection:
        if self._immutable:
            name = f"{Path(self._path).absolute().as_uri()}?immutable=1"
            return engine.Connection(name, flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI)
        flags = engine.SQLITE_OPEN_READWRITE | (engine.SQLITE_OPEN_CREATE if self._options.create else 0)
        return engine.Connection(self._path, flags=engine.SQLITE_OPEN_READONLY if self.read_only else flags)

    def _is_unwritable_without_log(self) -> bool:
        """Return whether the folder of a file cannot be written, and the file has no log that should be read too."""
        if self._in_memory or os.access(_folder_of(self._path), os.W_OK):
            return False
        try:
            return not os.path.getsize(f"{self._path}-wal")
        except OSError:
            return True

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

    def _check_or_create(self, connection: engine.Connection) -> None:
        deadline = time.monotonic() + self._options.timeout
        while True:
            try:
                if not self._is_store(connection):
                    self._create(connection)
                return
            except engine.BusyError:
                # If two processes create a file at the same time, SQLite refuses one at once instead of waiting.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.002)

    def _is_store(self, connection: engine.Connection) -> bool:
        """Check the file's format; return False if it is new and empty."""
        if not self._in_memory and not schema.is_empty(connection):
            if schema.check(connection, self._path) and self.pack_file is None:
                source = self._options.source
                self.pack_file = RandomAccessFile(self._path) if source is None else source
                self.pack_seal = read_seal(self.pack_file, self._path)
            return True
        if (self.read_only or not self._options.create) and not self._in_memory:
            raise NotAStoreError.at(self._path, f"{self._path} is empty")
        return False

    def _create(self, connection: engine.Connection) -> None:
        if not self._in_memory:
            if self._options.auto_vacuum:
                connection.pragma("auto_vacuum", 2)
            connection.pragma("journal_mode", "wal")
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Two processes may meet here; the second finds the first one's tables.
            if not connection.pragma("application_id"):
                schema.create(connection, chunk_size=self._options.chunk_size, now_ns=time.time_ns())
        finally:
            connection.execute("COMMIT")


def _folder_of(path: str) -> str:
    return os.path.dirname(path) or "."


def _is_on_read_only_disk(path: str) -> bool:
    """Return whether a file exists that cannot be changed, or whose folder cannot: SQLite needs a log there."""
    if path == MEMORY or not os.path.isfile(path):
        return False
    return not (os.access(path, os.W_OK) and os.access(_folder_of(path), os.W_OK))


def read_meta(connection: engine.Connection, name: str) -> int:
    """Return a number from the table ``meta``.

    Raises
    ------
    DamagedError
        It is not there, or is something else.
    """
    value: object = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).get
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise DamagedError.at(name, f"the store is damaged: its {name} is not a number")
    return int(value)


def harden(connection: engine.Connection) -> None:
    """Make it safe to read an untrusted database: no SQL functions or schema tricks run from inside it."""
    connection.config(engine.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(engine.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.pragma("cell_size_check", 1)
