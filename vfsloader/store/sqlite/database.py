"""One SQLite database, its connections and its single writer.

On disk each thread has a connection of its own, in WAL mode: readers never wait for the writer, and
see a commit of any thread or process with their next statement. In memory there is one connection,
shared under a lock. Writers take turns: a lock between threads, ``BEGIN IMMEDIATE`` between processes.

What apsw raises leaves this room as an ``OSError`` with a sentence.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from vfsloader.errors import DamagedError, NotAStoreError, PathError, PathNotFoundError, ReadOnlyError
from vfsloader.layers.listeners import Listeners
from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.quota import Held, Quota
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.errors import locked, translated
from vfsloader.store.sqlite.image import ByteSource, MountedSource
from vfsloader.store.sqlite.small_transaction import BriefTransaction

MEMORY = ":memory:"


class Database:
    """A store's database: who may read it, who may write it, and when it changed.

    Parameters
    ----------
    path
        The file, or ``":memory:"``.
    read_only
        Refuse writes; the file must exist.
    chunk_size, page_size
        Bytes; used when the file is made, else the file's own count.
    timeout
        Seconds that a writer waits for another before :class:`~vfsloader.errors.LockedError`.
    mmap
        Read through a memory map. Only for the game's own files: a mapped file that someone truncates
        kills the process. Otherwise a store that is only read is looked over before anything is believed.
    image
        The bytes of a pack that is no file of its own; `path` is then only what messages call it.
    quota
        Counts what the store holds.
    gives_back
        Lay a new file out so that its empty pages can be given back in steps.
    """

    def __init__(
        self,
        path: str,
        *,
        read_only: bool = False,
        chunk_size: int = schema.DEFAULT_CHUNK_SIZE,
        page_size: int = schema.DEFAULT_PAGE_SIZE,
        timeout: float = 10.0,
        mmap: bool = False,
        image: ByteSource | None = None,
        quota: Quota | None = None,
        gives_back: bool = False,
    ) -> None:
        self.path = path
        self._gives_back = gives_back
        self.quota = Quota() if quota is None else quota
        self.in_memory = path == MEMORY
        self.read_only = read_only or image is not None
        self.timeout = timeout
        self.closed = False
        self._page_size = page_size
        self._mmap = mmap
        self.lock = threading.RLock()
        self._depth = 0
        self._writer = 0  # the thread inside a transaction
        self._clock = 0
        #: How often something was undone: what was remembered of it may be wrong since.
        self.undone = 0
        self._brief = BriefTransaction(self)
        self._held_at = -1  # the clock when what the store holds was counted last
        self._local = threading.local()
        self._shared: engine.Connection | None = None
        self._connections: weakref.WeakSet[engine.Connection] = weakref.WeakSet()
        self.sealed = False
        self.listeners = Listeners()
        self._image = None if image is None else MountedSource(image)
        self._immutable = False
        if read_only and not self.in_memory and image is None and not Path(path).exists():
            raise PathNotFoundError.at(path, f"there is no store {path}")
        try:
            with self.errors():
                connection = self._open(chunk_size)
                self._shared = connection if self.in_memory else None
                self.chunk_size = int(self._meta(connection, "chunk_size"))
                self._clock = int(self._meta(connection, "clock"))
                if not self.in_memory:
                    self._keep(connection)
        except BaseException:
            self.close()
            raise

    def connection(self) -> engine.Connection:
        """Give this thread's connection."""
        if self._shared is not None:
            self.refuse_closed()
            return self._shared
        try:
            return self._local.connection  # type: ignore[no-any-return]
        except AttributeError:
            if self.closed:
                raise ValueError(f"the store {self.path} is closed") from None
            return self._keep(self._connect())

    def connect_apart(self) -> engine.Connection:
        """Open a further connection, for a stream that holds a snapshot; its user closes it.

        It uses no memory map: the pages of a large file would all count as this process's memory.
        """
        connection = self._connect()
        connection.pragma("mmap_size", 0)
        return connection

    def in_own_transaction(self) -> bool:
        """Tell whether this thread is inside :meth:`writing`."""
        return self._writer == threading.get_ident()

    def one(self, statement: str, values: tuple[object, ...] = ()) -> Any:
        """Give the only row of a query: a value where it has one column, else a tuple; None where there is none.

        The hot paths come through here, so there is no context manager, and each thread keeps its cursor:
        making one for each query is a good part of the time. ``get`` runs the query to its end, so that no read
        transaction stays open.
        """
        try:
            if self._shared is None:
                return self._local.execute(statement, values).get
            with self.lock:
                return self._local.execute(statement, values).get
        except AttributeError:
            self._keep(self.connection())
            return self.one(statement, values)
        except engine.Error as error:
            raise self.translated(error) from error

    def rows(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Give all rows of a query."""
        with self.reading() as connection:
            return connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def reading(self) -> Iterator[engine.Connection]:
        """Give a connection for reading; in memory, wait for a transaction of another thread to end."""
        if self._shared is None:
            with self.errors():
                yield self.connection()
        else:
            with self.lock, self.errors():
                self.refuse_closed()
                yield self._shared

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[engine.Connection]:
        """Give a connection whose statements all see the same state."""
        with self.reading() as connection:
            if self.sealed or connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    @contextlib.contextmanager
    def writing(self) -> Iterator[engine.Connection]:
        """Open a transaction, or a savepoint inside this thread's own: all or nothing."""
        if self.read_only:
            raise ReadOnlyError.at(self.path, f"{self.path} is open for reading only")
        if not self.lock.acquire(timeout=self.timeout):
            raise locked(self.path, "another thread", self.timeout)
        try:
            with self.errors():
                self.refuse_closed()
                connection = self.connection()
                if self._depth:
                    with self._nested(connection):
                        yield connection
                else:
                    with self._outermost(connection):
                        yield connection
        finally:
            self.lock.release()

    def cursor(self) -> tuple[engine.Connection, Callable[..., Any]]:
        """Give this thread's connection, and what runs a statement by its one cursor; what it gave before ends."""
        try:
            return self._local.connection, self._local.execute
        except AttributeError:
            return self._keep(self.connection()), self._local.execute

    def change(self, statement: str, values: tuple[object, ...]) -> int:
        """Run one statement as a transaction of its own, or inside this thread's own; give the rows it changed."""
        if self.read_only:
            raise ReadOnlyError.at(self.path, f"{self.path} is open for reading only")
        if not self.lock.acquire(timeout=self.timeout):
            raise locked(self.path, "another thread", self.timeout)
        try:
            self.refuse_closed()
            connection, execute = self.cursor()
            execute(statement, values)
            changed: int = connection.changes()
            return changed
        except engine.Error as error:
            self.undone += 1
            raise self.translated(error) from error
        finally:
            self.lock.release()

    def changing(self) -> BriefTransaction:
        """Open a transaction for a few statements that no file is touched by; inside this thread's own, a part of it.

        Cheaper than :meth:`writing`: nothing is counted and nobody is told.
        """
        return self._brief

    def tick(self) -> int:
        """Give the next number of the store's clock, inside a transaction: each change has its own."""
        self._clock += 1
        self.listeners.notify_uncommitted()
        return self._clock

    def version(self) -> int:
        """Give a number that differs whenever another state is seen by this thread."""
        if self.sealed:
            return 0
        if self._shared is not None or self.in_own_transaction():
            return self._clock
        return int(self.one("SELECT value FROM meta WHERE name = 'clock'"))

    def checkpoint(self) -> None:
        """Move all committed pages into the main file and wait until the disk has them."""
        if self.in_memory or self.read_only:
            return
        with self.errors():
            self.connection().wal_checkpoint(mode=engine.SQLITE_CHECKPOINT_TRUNCATE)

    def seal(self) -> None:
        """Make the file a pack: one file without a log, that nobody writes again."""
        with self.writing() as connection:
            connection.execute("UPDATE meta SET value = 1 WHERE name = 'sealed'")
        with self.errors():
            self.connection().pragma("journal_mode", "delete")

    def fetch_again(self) -> None:
        """Forget what came from another machine."""
        if self._image is not None:
            self._image.invalidate()
        for connection in list(self._connections):
            with contextlib.suppress(engine.ConnectionClosedError):
                connection.release_memory()

    @property
    def is_remote(self) -> bool:
        """Whether the bytes come from another machine."""
        return self._image is not None and self._image.is_remote

    def prefetch(self, contents: Iterable[int]) -> None:
        """Let the image fetch contents that will be read soon, if it lies far away."""
        if self._image is not None:
            self._image.prefetch(contents)

    def close(self) -> None:
        """Close every thread's connection."""
        self.closed = True
        for connection in list(self._connections):
            connection.close()
        self._connections.clear()
        if self._image is not None:
            self._image.close()
        self._local = threading.local()

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what SQLite reports into an ``OSError`` that names the store."""
        try:
            yield
        except engine.Error as error:
            raise self.translated(error) from error
        except UnicodeDecodeError as error:
            raise DamagedError.at(self.path, f"the store {self.path} is damaged: a text in it is none") from error

    def translated(self, error: engine.Error) -> Exception:
        """Give the error that says what SQLite reported."""
        return translated(error, self.path, timeout=self.timeout, read_only=self.read_only)

    def _keep(self, connection: engine.Connection) -> engine.Connection:
        """Make a connection this thread's own."""
        self._local.connection = connection
        self._local.execute = connection.cursor().execute
        return connection

    def refuse_closed(self) -> None:
        """Raise ValueError after :meth:`close`."""
        if self.closed:
            raise ValueError(f"the store {self.path} is closed")

    def _connect(self) -> engine.Connection:
        connection = self._image.connect() if self._image is not None else self._connect_to_file()
        self._connections.add(connection)
        connection.set_busy_timeout(int(self.timeout * 1000))
        # A store may come from a stranger: no SQL functions or schema tricks run from inside it.
        connection.config(engine.SQLITE_DBCONFIG_DEFENSIVE, 1)
        connection.config(engine.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        connection.pragma("cell_size_check", 1)
        if self._mmap:
            connection.pragma("mmap_size", 1 << 40)
        if not self.read_only:
            connection.pragma("page_size", self._page_size)
            if self._gives_back:  # many small commits: fewer waits for the disk, and a log of 16 MB at most
                connection.pragma("wal_autocheckpoint", 4000)
                connection.pragma("cache_size", -8000)
            connection.pragma("synchronous", "normal")  # in WAL mode: never damaged, synced by checkpoint()
        return connection

    def _connect_to_file(self) -> engine.Connection:
        flags = engine.SQLITE_OPEN_READWRITE | engine.SQLITE_OPEN_CREATE
        if self.read_only:
            flags = engine.SQLITE_OPEN_READONLY
        if not self._immutable:
            return engine.Connection(self.path, flags=flags)
        name = f"{Path(self.path).absolute().as_uri()}?immutable=1"
        return engine.Connection(name, flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI)

    def _open(self, chunk_size: int) -> engine.Connection:
        """Open the first connection and learn what kind of store this is."""
        connection = self._connect_to_pack() if self.read_only and not self.in_memory else None
        if connection is None:
            self._immutable = self._image is not None
            connection = self._connect()
        with inspection.limited(connection) if self.read_only else contextlib.nullcontext():
            self._check_or_create(connection, chunk_size)
            self.sealed = bool(self._meta(connection, "sealed"))
        if self.sealed and not self._immutable:
            connection.close()
            self._immutable = self.read_only = True
            connection = self._connect()
        if self.read_only and not self.in_memory and not self._mmap:
            inspection.refuse_unsafe(connection, self.path)
        return connection

    def _connect_to_pack(self) -> engine.Connection | None:
        """Open a file that is sealed, without a lock or a look at a journal that lies beside it; else give None."""
        self._immutable = True
        connection = self._connect()
        try:
            with inspection.limited(connection):
                if self._meta(connection, "sealed"):
                    return connection
        except engine.Error:  # whatever it is, opening it properly says so
            pass
        connection.close()
        return None

    def _check_or_create(self, connection: engine.Connection, chunk_size: int) -> None:
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                if not self._is_ours(connection):
                    self._create(connection, chunk_size)
                return
            except engine.BusyError:
                # Of two processes that make one file at a time, SQLite refuses one at once instead of waiting.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.002)

    def _is_ours(self, connection: engine.Connection) -> bool:
        """Check the file's format; False for one that is new and empty."""
        if not self.in_memory and not schema.is_empty(connection):
            schema.check(connection, self.path)
            return True
        if self.read_only and not self.in_memory:
            raise NotAStoreError.at(self.path, f"{self.path} is empty")
        return False

    def _create(self, connection: engine.Connection, chunk_size: int) -> None:
        if not self.in_memory:
            if self._gives_back:
                connection.pragma("auto_vacuum", 2)
            connection.pragma("journal_mode", "wal")
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Two processes may meet here; the second finds the first one's tables.
            if not connection.pragma("application_id"):
                schema.create(connection, chunk_size=chunk_size, now_ns=time.time_ns())
        finally:
            connection.execute("COMMIT")

    @staticmethod
    def _meta(connection: engine.Connection, name: str) -> int:
        return connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).get  # type: ignore[no-any-return]

    @contextlib.contextmanager
    def _outermost(self, connection: engine.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        # Never below what this process handed out: a number used in a transaction that was rolled back
        # must not come again with other content behind it.
        clock = self._meta(connection, "clock")
        self._clock = started = max(self._clock, clock)
        before = self.quota.begin(self._count_held(connection, clock))
        self._depth, self._writer = 1, threading.get_ident()
        try:
            yield
            self._refuse_undone(connection)
            if self._clock != started:
                connection.execute("UPDATE meta SET value = ? WHERE name = 'clock'", (self._clock,))
            connection.execute("COMMIT")
            if self._clock != started:
                self._held_at = self._clock
            has_changed = self._clock != started
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self.quota.undo(before)
            self._clock += 1  # what was seen inside the transaction is gone
            self.undone += 1
            self._depth, self._writer = 0, 0
            self.listeners.notify_uncommitted()
            raise
        self._depth, self._writer = 0, 0
        if has_changed:
            self.listeners.notify()

    def _count_held(self, connection: engine.Connection, clock: int) -> Held | None:
        """Count what the store holds, where a quota asks for it and another process has changed it since."""
        if not self.quota.is_hard or self._held_at == clock:
            return None
        self._held_at = clock
        return Held(*connection.execute("SELECT coalesce(sum(size), 0), count(*) FROM node").get)

    @contextlib.contextmanager
    def _nested(self, connection: engine.Connection) -> Iterator[None]:
        self._refuse_undone(connection)
        self._depth += 1
        name = f"depth{self._depth}"
        before = self.quota.held
        connection.execute(f"SAVEPOINT {name}")
        try:
            yield
            connection.execute(f"RELEASE {name}")
        except BaseException:
            if connection.in_transaction:  # a full disk makes SQLite undo everything by itself
                connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")
            self.quota.undo(before)
            self.tick()
            self.undone += 1
            raise
        finally:
            self._depth -= 1

    def _refuse_undone(self, connection: engine.Connection) -> None:
        """Stop a batch whose first half is gone, whoever caught the error that undid it."""
        if not connection.in_transaction:
            sentence = f"the batch on {self.path} was undone when an earlier step of it failed; nothing was changed"
            raise PathError(errno.EIO, sentence, self.path)
