"""One SQLite database: its readers and its single writer.

On disk each thread has a connection of its own, in WAL mode: readers never wait for the writer, and
see a commit of any thread or process with their next statement. In memory there is one connection,
shared under a lock. Writers take turns: a lock between threads, ``BEGIN IMMEDIATE`` between processes.

Errors of SQLite leave this package as an ``OSError`` with a message.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from vfsloader.errors import DamagedError, PathError, PathNotFoundError, ReadOnlyError
from vfsloader.layers.listeners import Listeners
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.runtime.forking import Lock, survive_fork
from vfsloader.store import schema
from vfsloader.store.locking import fork_error, locked
from vfsloader.store.quota import Held, Quota
from vfsloader.store.records import collection_bytes
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.connections import Connections, DatabaseOptions, read_meta
from vfsloader.store.sqlite.content_pages import ContentPages, open_content_pages
from vfsloader.store.sqlite.open_file import OpenFile
from vfsloader.store.sqlite.small_transaction import CountedTransaction, SmallTransaction
from vfsloader.store.sqlite.wal_index import WalIndex, is_settled, open_wal_index

#: A transaction that took longer, or had several steps, is checked again before it is committed.
RECHECK_SECONDS = 0.005


class Database:
    """A store's database: its connections, its transactions, and its version.

    Parameters
    ----------
    path
        The file, or ``":memory:"``.
    options
        How to open it.
    quota
        Counts what the store holds.
    is_only_collections
        The database is beside the files of a store in memory, and nobody else changes it.
    """

    def __init__(
        self, path: str, options: DatabaseOptions, quota: Quota | None = None, *, is_only_collections: bool = False
    ) -> None:
        self.path = path
        self.quota = Quota() if quota is None else quota
        self.in_memory = path == schema.MEMORY
        self.timeout = options.timeout
        self.closed = False
        self.lock = threading.RLock()
        self.listeners = Listeners()
        #: How many transactions, or parts of one, were rolled back: what was remembered before may be wrong.
        self.rollbacks = 0
        #: A transaction for a few statements that change no file; inside this thread's own transaction, a part of it.
        #: Cheaper than :meth:`transaction`: nothing is counted and nobody is notified.
        self.small_transaction: AbstractContextManager[engine.Connection] = (
            CountedTransaction(self) if self.quota.is_hard else SmallTransaction(self)
        )
        self._depth = 0
        self._writer = 0  # the thread inside a transaction
        self._version = self._started_at = 0
        self._checked_at = 0.0
        self._counted_at: object = None  # the state at which the store's content was counted last
        self._is_only_collections = is_only_collections
        self._is_loss_reported = False
        self._fork_error: str | None = None
        self._local = threading.local()
        self._shared: engine.Connection | None = None
        self._wal_index: WalIndex | None = None
        self._pages: ContentPages | None = None
        self._may_have_pages = True
        #: The version, and the state in which it was read.
        self._known_version: tuple[bytes | None, int] = None, 0
        if options.read_only and not self.in_memory and options.source is None and not Path(path).exists():
            raise PathNotFoundError.at(path, f"there is no store {path}")
        self.file: OpenFile | None = None
        self._connections = Connections(path, options)
        #: Translates errors of SQLite: ``with database.errors:``.
        self.errors = self._connections.errors
        try:
            with self.errors:
                connection = self._connections.open_first()
                self.read_only, self.sealed = self._connections.read_only, self._connections.sealed
                if not self.in_memory and not self.read_only:
                    self.file = OpenFile(path)
                self.pack_file, self.pack_seal = self._connections.pack_file, self._connections.pack_seal
                self.chunk_size = schema.DEFAULT_CHUNK_SIZE
                if self.pack_seal is None:  # a pack has no chunks, and is never changed
                    self.chunk_size = read_meta(connection, "chunk_size")
                    if self.chunk_size < 1:
                        raise DamagedError.at(str(path), f"{path} is damaged: its chunks have no size")
                    self._version = read_meta(connection, "clock")
                if self.in_memory:
                    self._shared = connection
                else:
                    self._adopt(connection)
                    if not self.sealed and use_fast_paths():
                        self._wal_index = open_wal_index(connection)
                        self.check_file(connection)
        except BaseException:
            self.close()
            raise
        survive_fork(self)

    # --- a fork --------------------------------------------------------------------------------------

    def fork_locks(self) -> Sequence[Lock]:
        """Return the locks that a fork waits for: on disk none, as the child cannot use the connections anyhow."""
        return (self.lock, self.quota.lock) if self.in_memory and not self._is_only_collections else ()

    def kept_by_fork(self) -> object:
        """Return the connections: closing them in a child would act on the parent's file."""
        return None if self.in_memory else self._connections.all()

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Go on in a child process where that is safe: in memory, and for files that nobody changes."""
        if self.in_memory and not was_busy:
            return
        self.lock = threading.RLock()
        self.quota.renew_lock()
        self._local = threading.local()
        self._wal_index = self._pages = None
        if self.sealed and not self.in_memory:
            self._connections.forget()
            return
        self.closed = True
        self._connections.forget()
        self._fork_error = (
            "another thread was changing it when the process was forked; make it after the fork"
            if self.in_memory
            else "SQLite does not survive fork(); open the store after the fork, or start the process by spawn"
        )

    # --- reading -------------------------------------------------------------------------------------

    def connection(self) -> engine.Connection:
        """Return this thread's connection."""
        if self._shared is not None:
            self._refuse_closed()
            return self._shared
        try:
            return self._local.connection  # type: ignore[no-any-return]
        except AttributeError:
            self._refuse_closed()
            self.check_file()
            return self._adopt(self._connections.open())

    def connect_apart(self) -> engine.Connection:
        """Open a further connection, for a stream that holds a snapshot; its user closes it.

        It uses no memory map: the pages of a large file would all count as this process's memory.
        """
        self.check_file()
        connection = self._connections.open()
        connection.pragma("mmap_size", 0)
        return connection

    def cursor(self) -> tuple[engine.Connection, Callable[..., Any]]:
        """Return this thread's connection and the ``execute`` of its one cursor, which ends the statement before."""
        try:
            return self._local.connection, self._local.execute
        except AttributeError:
            return self._adopt(self.connection()), self._local.execute

    def one(self, statement: str, values: tuple[object, ...] = ()) -> Any:
        """Return the only row of a query: a value if it has one column, else a tuple; None if there is no row.

        The hot paths come through here, so there is no context manager, and each thread keeps its cursor:
        creating one for each query takes a good part of the time. ``get`` runs the query to its end, so that no
        read transaction stays open.
        """
        try:
            if self._shared is None:
                return self._local.execute(statement, values).get
            with self.lock:
                return self._local.execute(statement, values).get
        except AttributeError:
            self._adopt(self.connection())
            return self.one(statement, values)
        except engine.Error as error:
            raise self.errors.translated(error) from error

    def rows(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self.reading() as connection:
            return connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def reading(self) -> Iterator[engine.Connection]:
        """Enter with a connection for reading; in memory, wait for a transaction of another thread to end."""
        if self._shared is None:
            with self.errors:
                yield self.connection()
        else:
            with self.lock, self.errors:
                yield self.connection()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[engine.Connection]:
        """Enter with a connection whose statements all see the same state."""
        with self.reading() as connection:
            if self.sealed or connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    def version(self) -> int:
        """Return a number that differs whenever this thread sees another state."""
        if self.sealed:
            return 0
        if self._shared is not None or self._writer == threading.get_ident():
            return self._version
        state = self.state()
        known, version = self._known_version
        if state is None or state != known:
            version = int(self.one("SELECT value FROM meta WHERE name = 'clock'"))
            if state is not None and is_settled(state):
                self._known_version = state, version
        return version

    def state(self) -> bytes | None:
        """Return a value that is another one after each commit of any process; None where only a statement can tell.

        What a statement returns that is run afterwards holds as long as this returns the same value, if the value
        `is_settled`.
        """
        index = self._wal_index
        if index is None:
            return None
        try:
            if self._local.connection.txn_state():  # its statements see its own snapshot, or its own changes
                return None
            return index.look()
        except (AttributeError, ValueError, engine.ConnectionClosedError):  # no connection yet, or closed
            return None

    def pages_in(self, state: bytes) -> ContentPages | None:
        """Return the pages of the file if the file itself has a `state`, and not only together with its log.

        One thread at a time may call this.
        """
        index = self._wal_index
        try:
            if index is None or not index.is_log_moved(state):
                return None
            if self._pages is None and self._may_have_pages:
                self._pages = open_content_pages(self.connect_apart())
                self._may_have_pages = self._pages is not None
            return self._pages
        except (ValueError, OSError, engine.Error):  # closed, or lost: a statement says so
            return None

    def release_memory(self) -> None:
        """Forget all pages that were read, so that they are read again."""
        self._connections.release_memory()

    # --- writing -------------------------------------------------------------------------------------

    def in_own_transaction(self) -> bool:
        """Return whether this thread is inside :meth:`transaction`."""
        return self._writer == threading.get_ident()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[engine.Connection]:
        """Open a transaction, or a savepoint inside this thread's own: all or nothing."""
        self.take_turn()
        try:
            with self.errors:
                connection = self.connection()
                before = self._begin(connection)
                try:
                    yield connection
                    has_changed = self._commit(connection, before)
                except BaseException:
                    self._roll_back(connection, before)
                    self.rescue(connection)
                    raise
                if has_changed:
                    self.listeners.notify()
        finally:
            self.lock.release()

    def change(self, statement: str, values: tuple[object, ...]) -> int:
        """Run one statement as a transaction, or inside this thread's own; return how many rows it changed."""
        if self.quota.is_hard:
            with self.transaction() as connection:
                connection.execute(statement, values)
                return connection.changes()
        self.take_turn()
        try:
            connection, execute = self.cursor()
            self.check_file(connection)
            execute(statement, values)
            changed: int = connection.changes()
            return changed
        except engine.Error as error:
            self.rollbacks += 1
            raise self.errors.translated(error) from error
        finally:
            self.lock.release()

    def take_turn(self) -> None:
        """Acquire `lock` for a change; the caller releases it.

        Raises
        ------
        ReadOnlyError, LockedError, ValueError
            The database is read-only, another thread kept the lock too long, or the database is closed.
        """
        if self.read_only:
            raise ReadOnlyError.at(self.path, f"{self.path} is open for reading only")
        if not self.lock.acquire(timeout=self.timeout):
            raise locked(self.path, "another thread", self.timeout)
        if self.closed:
            self.lock.release()
            self._refuse_closed()

    def bump_version(self) -> int:
        """Return the next version, inside a transaction: each change has its own."""
        if self._version > schema.LAST_VERSION:
            sentence = f"the store {self.path} is damaged: its clock is at {self._version:,}"
            raise DamagedError.at(str(self.path), sentence)
        self._version += 1
        if self._depth > 1:  # a step of a longer transaction, which may read what it has changed
            self.listeners.notify_uncommitted()
        return self._version

    def count_collections(self, connection: engine.Connection) -> None:
        """Let this thread's connection count the bytes of collections, once there are any and a quota needs it."""
        is_counted = not self.quota.is_hard or self._local.__dict__.get("counts", False)
        if not is_counted and collection_bytes.has_collections(connection):
            collection_bytes.count_changes(connection, self.quota)
            self._local.counts = True

    def checkpoint(self) -> None:
        """Move all committed pages into the main file and wait until the disk has them."""
        if self.in_memory or self.read_only:
            return
        with self.errors:
            connection = self.connection()
            self.check_file(connection)
            connection.wal_checkpoint(mode=engine.SQLITE_CHECKPOINT_TRUNCATE)
            self.note_moves(connection)

    def seal(self) -> None:
        """Make the file a pack: one file without a log that is never written again."""
        with self.transaction() as connection:
            connection.execute("UPDATE meta SET value = 1 WHERE name = 'sealed'")
        self._forget_wal_index()
        with self.errors:
            self.connection().pragma("journal_mode", "delete")

    def close(self) -> None:
        """Close every thread's connection."""
        was_closed, self.closed = self.closed, True
        file = self.file
        if file is None or was_closed:
            self._forget_wal_index()
            self._connections.close()
            self._local = threading.local()
            return
        with contextlib.suppress(PathError, engine.Error):
            self.check_file(next(iter(self._connections.all()), None))
        self._forget_wal_index()
        if file.is_lost:
            file.forsake(self._connections.all())
        self._connections.close()
        self._local = threading.local()
        if file.is_lost:
            file.take_log_away()
            if not self._is_loss_reported:
                raise file.error()

    # --- inside --------------------------------------------------------------------------------------

    def _forget_wal_index(self) -> None:
        """Forget SQLite's memory, as it will be unmapped, and its file."""
        index, self._wal_index = self._wal_index, None
        if index is not None:
            index.close()
        pages, self._pages = self._pages, None
        if pages is not None:
            pages.close()

    def _adopt(self, connection: engine.Connection) -> engine.Connection:
        """Make a connection this thread's own."""
        self._local.connection = connection
        self._local.execute = connection.cursor().execute
        return connection

    def _refuse_closed(self) -> None:
        if self._fork_error is not None:
            raise fork_error(self.path, self._fork_error)
        if self.closed:
            raise ValueError(f"the store {self.path} is closed")

    def check_file(self, connection: engine.Connection | None = None) -> None:
        """Raise an error if the file is not the one that was opened; rescue that by a connection in no transaction."""
        file = self.file
        if file is not None:
            try:
                file.check(connection, self._wal_index)
            except ValueError:  # another thread closes the store, and what follows says so
                return
            except PathError:
                if connection is not None and not connection.in_transaction:
                    self.rescue(connection)
                self._is_loss_reported = self._is_loss_reported or not self.closed
                raise file.error() from None

    def note_moves(self, connection: engine.Connection) -> None:
        """See what a commit or a checkpoint has written into the file."""
        file, index = self.file, self._wal_index
        if file is None or index is None:
            return
        try:
            has_moved = file.overwrites.moves != index.log.tobytes() + index.moved.tobytes()
        except ValueError:  # another thread closes the store
            return
        if has_moved:
            file.note_moves(connection, index)

    def rescue(self, connection: engine.Connection) -> None:
        """Save what a file contains that is not at its path any more."""
        if self.file is not None and self.file.is_lost and not connection.in_transaction:
            self.file.rescue(connection)

    def _begin(self, connection: engine.Connection) -> Held:
        """Begin a transaction or a savepoint; return what the quota is to be set back to."""
        if self._depth:
            self._refuse_rolled_back(connection)
            self.count_collections(connection)
            connection.execute(f"SAVEPOINT depth{self._depth}")
            self._depth += 1
            self._checked_at = 0.0  # a transaction of several steps
            return self.quota.begin()
        self.count_collections(connection)
        self.check_file(connection)
        self._checked_at = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        # Never below what this process handed out: a number used in a transaction that was rolled back
        # must not come again with other content behind it.
        stored_version = read_meta(connection, "clock")
        self._version = self._started_at = max(self._version, stored_version)
        before = self.quota.begin(self._count_held(connection, stored_version))
        self._depth, self._writer = 1, threading.get_ident()
        return before

    def _commit(self, connection: engine.Connection, before: Held) -> bool:
        """End a transaction or a savepoint. Return whether a change is to be announced."""
        if self._depth > 1:
            connection.execute(f"RELEASE depth{self._depth - 1}")
            self._depth -= 1
            self.quota.commit(before)
            return False
        self._refuse_rolled_back(connection)
        has_changed = self._version != self._started_at
        if has_changed:
            connection.execute("UPDATE meta SET value = ? WHERE name = 'clock'", (self._version,))
        state = self._countable_state(connection, self._version) if self.quota.is_hard else None
        if time.monotonic() - self._checked_at > RECHECK_SECONDS:
            self.check_file()
        connection.execute("COMMIT")
        self.note_moves(connection)
        self._counted_at = state
        self._depth, self._writer = 0, 0
        self.quota.commit(before)
        return has_changed

    def _roll_back(self, connection: engine.Connection, before: Held) -> None:
        """Undo a transaction or a savepoint."""
        if connection.in_transaction:  # a full disk makes SQLite roll everything back by itself
            name = f"depth{self._depth - 1}"
            connection.execute("ROLLBACK" if self._depth == 1 else f"ROLLBACK TO {name}; RELEASE {name}")
        self.quota.undo(before)
        if self.quota.is_hard:
            self._local.counts = False  # the triggers may have been made by what was rolled back
        self._version += 1  # what was seen inside the transaction is gone
        self.rollbacks += 1
        self._depth -= 1
        if not self._depth:
            self._writer = 0
        self.listeners.notify_uncommitted()

    def _count_held(self, connection: engine.Connection, version: int) -> Held | None:
        """Count what the store holds, if a quota needs it and another process has changed the store."""
        if not self.quota.is_hard or self._is_only_collections:
            return None
        state = self._countable_state(connection, version)
        if state == self._counted_at:
            return None
        self._counted_at = state
        used, nodes = connection.execute("SELECT coalesce(sum(size), 0), count(*) FROM node").get
        return Held(used + collection_bytes.count(connection), nodes)

    @staticmethod
    def _countable_state(connection: engine.Connection, version: int) -> tuple[int, ...]:
        """Return numbers that differ after every change of what a quota counts."""
        return (version, *collection_bytes.stamp(connection))

    def _refuse_rolled_back(self, connection: engine.Connection) -> None:
        """Stop a batch whose first half was rolled back, even if the caller caught the error that did it."""
        if not connection.in_transaction:
            message = f"the batch on {self.path} was rolled back when an earlier step failed; nothing was changed"
            raise PathError(errno.EIO, message, self.path)
