"""Large files are stored while they are written, in small transactions, and belong to a file once they are closed.

A file that is stored in one transaction goes to a temporary file, into the log, and from there into the database: the
log grows to the size of the file before any of it can be moved. In many small transactions each part goes into a log
that stays short, and which SQLite empties all the time. Nobody sees these parts, as no file has them until the last
transaction. Other writers take their turns in between.

A killed process leaves parts that no file will ever have. A row of ``meta`` names them. The next one that opens the
store removes them, unless somebody is still writing: all who write keep a lock on a file beside the store.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from vfsloader.errors import DamagedError, LockedError
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.store.schema import NUMBER_SHIFT, STAGED

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine
    from vfsloader.store.sqlite.database import Database

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Whether a file can be locked for as long as a process lives, and removed while it is open.
_HAS_LOCKS = fcntl is not None and hasattr(os, "O_NOFOLLOW")


class StagedRows:
    """The parts of one file that is being written.

    Parameters
    ----------
    staging
        Made by its :meth:`Staging.begin` alone.
    database
        Where they are stored.
    """

    def __init__(self, staging: Staging, database: Database) -> None:
        self._staging = staging
        self._database = database
        self._base = 0
        self._stored: set[int] = set()
        self._is_refused = self._is_kept = False

    @property
    def is_used(self) -> bool:
        """Whether any part is stored."""
        return bool(self._base)

    def store(self, chunks: Mapping[int, bytearray]) -> bool:
        """Store parts by their index, each filled up to the size of a chunk.

        Returns
        -------
        bool
            False if another writer has its turn, or this thread is in a transaction, which may be rolled back.
        """
        database = self._database
        if self._is_refused or database.in_own_transaction() or not database.lock.acquire(blocking=False):
            return False
        try:
            with database.transaction() as connection:
                if not self._base:
                    base = database.bump_version() << NUMBER_SHIFT
                    connection.execute("INSERT INTO meta VALUES(?, ?)", (f"staged {base}", base))
                else:
                    base = self._base
                size = database.chunk_size
                for chunk in chunks.values():
                    if len(chunk) < size:
                        chunk.extend(bytes(size - len(chunk)))
                self._insert(connection, base, chunks.items())
        except LockedError:  # do not wait for another process at each part
            self._is_refused = True
            return False
        finally:
            database.lock.release()
        self._base = base
        self._stored.update(chunks)
        return True

    def read(self, index: int) -> bytes:
        """Return a part."""
        data: object = self._database.one("SELECT data FROM chunk WHERE id = ?", (self._base + index,))
        if not isinstance(data, bytes):
            raise DamagedError.at(self._database.path, f"{self._database.path} is damaged: a part of a file is missing")
        return data

    def finish(self, connection: engine.Connection, others: Iterable[tuple[int, bytes]], count: int) -> int:
        """Complete the content, inside the transaction that makes it a file's.

        Parameters
        ----------
        connection
            The transaction's.
        others
            The parts that are not stored yet, or have changed, with their index.
        count
            Of all parts; what is stored beyond is deleted.

        Returns
        -------
        int
            The number of the first part.
        """
        base = self._base
        self._insert(connection, base, others)
        end = max(self._stored, default=0) + 1
        connection.execute("DELETE FROM chunk WHERE id >= ? AND id < ?", (base + count, base + max(end, count)))
        connection.execute("DELETE FROM meta WHERE name = ?", (f"staged {base}",))
        if not connection.changes():
            path = self._database.path
            raise DamagedError.at(path, f"{path} is damaged: the parts of a file that was being written were removed")
        self._is_kept = True
        return base

    def close(self, *, is_stored: bool) -> None:
        """Remove the parts unless they have become a file's."""
        if self._base and not (self._is_kept and is_stored):
            # Where that is impossible now, it is done when the store is opened the next time.
            with contextlib.suppress(OSError, ValueError), self._database.transaction() as connection:
                _remove(connection, self._base)
        self._staging.end()

    @staticmethod
    def _insert(connection: engine.Connection, base: int, chunks: Iterable[tuple[int, bytes | bytearray]]) -> None:
        execute = connection.cursor().execute
        for index, chunk in chunks:
            execute("INSERT OR REPLACE INTO chunk VALUES(?, ?)", (base + index, chunk))


class Staging:
    """The files of one store that are stored while they are written.

    Parameters
    ----------
    database
        The store's database, on disk, which can be written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._path = f"{database.path}-staging"
        self._guard = threading.Lock()
        self._active = 0
        self._handle: int | None = None

    def begin(self) -> StagedRows | None:
        """Return where the parts of one more file go; None where they should go to a temporary file."""
        if not _HAS_LOCKS or not use_fast_paths():
            return None
        with self._guard:
            if not self._active:
                self._clean()
                self._handle = _locked(self._path, fcntl.LOCK_SH)
            if self._handle is None:
                return None
            self._active += 1
        return StagedRows(self, self._database)

    def end(self) -> None:
        """Release the lock with the last file."""
        with self._guard:
            self._active -= 1
            if not self._active and self._handle is not None:
                _release(self._handle, self._path)
                self._handle = None

    def clean(self) -> None:
        """Remove what killed processes have left, unless another one is writing."""
        with self._guard:
            self._clean()

    def _clean(self) -> None:
        if not _HAS_LOCKS or not self._database.rows(STAGED):
            return
        handle = _locked(self._path, fcntl.LOCK_EX)
        if handle is None:
            return
        try:
            with contextlib.suppress(LockedError), self._database.transaction() as connection:
                for (base,) in connection.execute(STAGED).fetchall():
                    _remove(connection, int(base))  # type: ignore[arg-type] # the statement selects integers
        finally:
            _release(handle, self._path)


def _remove(connection: engine.Connection, base: int) -> None:
    connection.execute("DELETE FROM chunk WHERE id >= ? AND id < ?", (base, base + (1 << NUMBER_SHIFT)))
    connection.execute("DELETE FROM meta WHERE name = ?", (f"staged {base}",))


def _locked(path: str, kind: int) -> int | None:
    """Open and lock a file, which may be removed by another one at any time; None where that is impossible."""
    for _ in range(10):
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError:
            return None
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            if _is_at(handle, path):
                return handle
        except OSError:
            os.close(handle)
            return None
        os.close(handle)
    return None


def _release(handle: int, path: str) -> None:
    """Close a locked file, and remove it if nobody else has locked it."""
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(handle, path):
            os.unlink(path)
    os.close(handle)


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
