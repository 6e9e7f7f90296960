"""Connections."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vfsloader.errors import MissingExtraError
from vfsloader.store.sqlite.standard.blob import Blob
from vfsloader.store.sqlite.standard.cursor import Cursor, RawConnection
from vfsloader.store.sqlite.standard.errors import BusyError, translated
from vfsloader.store.sqlite.standard.files import open_in_memory

_READ_ONLY, _CREATE, _URI = 1, 4, 0x40
_NO_CHECKPOINT_ON_CLOSE, _TRUSTED_SCHEMA = 1006, 1017
_MEMORY = ":memory:"


class Connection:
    """A connection to a database.

    Parameters
    ----------
    filename
        Its file, or ``":memory:"``.
    flags
        How to open it, as SQLite numbers it.
    vfs
        The name of a file system written in Python.
    """

    def __init__(self, filename: str, flags: int = 6, vfs: str | None = None) -> None:
        self._is_kept_open = False
        self._depth = 0
        name = _MEMORY if vfs is not None else _uri_of(filename, flags)
        try:
            self._raw = sqlite3.connect(
                name,
                uri=name != _MEMORY,
                isolation_level=None,
                check_same_thread=False,
                factory=RawConnection,
                cached_statements=200,
            )
        except sqlite3.Error as error:
            raise translated(error) from error
        if vfs is not None:
            try:
                if not flags & _READ_ONLY:
                    raise MissingExtraError(
                        f"changing {filename} in a tree needs apsw; run: pip install apsw; or open it read-only",
                        name="apsw",
                    )
                open_in_memory(vfs, filename, self._raw)
            except BaseException:
                self._raw.close()
                raise

    # --- statements ----------------------------------------------------------------------------------

    def cursor(self) -> Cursor:
        """Return a cursor."""
        try:
            return self._raw.cursor(Cursor)
        except sqlite3.Error as error:
            raise translated(error) from error

    def execute(self, statement: str, values: Any = ()) -> Cursor:
        """Run a statement on a cursor of its own."""
        return self.cursor().execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Any]) -> Cursor:
        """Run a statement for each row of values."""
        return self.cursor().executemany(statement, rows)

    def pragma(self, name: str, value: object = None) -> Any:
        """Return or change a setting."""
        if value is None:
            return self.execute(f"PRAGMA {name}").get
        return self.execute(f"PRAGMA {name} = {int(value) if isinstance(value, bool) else value}").get

    def changes(self) -> int:
        """Return how many rows the last statement changed."""
        return int(self.execute("SELECT changes()").get)

    def last_insert_rowid(self) -> int:
        """Return the row that was added last."""
        return int(self.execute("SELECT last_insert_rowid()").get)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._raw.in_transaction

    def __enter__(self) -> Self:
        self.execute(f"SAVEPOINT with{self._depth}")
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        self._depth -= 1
        name = f"with{self._depth}"
        if kind is None:
            self.execute(f"RELEASE {name}")
        elif self.in_transaction:
            self.execute(f"ROLLBACK TO {name}")
            self.execute(f"RELEASE {name}")
        return None

    # --- blobs and whole databases -------------------------------------------------------------------

    def blob_open(self, database: str, table: str, column: str, row: int, writeable: bool) -> Blob:
        """Open a blob."""
        raw = self._raw
        return Blob(raw, lambda row: raw.blobopen(table, column, row, readonly=not writeable, name=database), row)

    def serialize(self, database: str) -> bytes:
        """Return the database as the bytes of its file."""
        return self._raw.serialize(name=database)

    @contextlib.contextmanager
    def backup(self, database: str, source: Connection, source_database: str) -> Iterator[_Backup]:
        """Copy another database into this one."""
        yield _Backup(lambda: source._raw.backup(self._raw, name=source_database))

    # --- settings ------------------------------------------------------------------------------------

    def config(self, option: int, value: int) -> None:
        """Change a setting of SQLite itself."""
        setconfig = getattr(self._raw, "setconfig", None)  # since Python 3.12
        try:
            if setconfig is not None:
                setconfig(option, bool(value))
            elif option == _TRUSTED_SCHEMA:
                self.pragma("trusted_schema", value)
            elif option == _NO_CHECKPOINT_ON_CLOSE:
                self._is_kept_open = bool(value)
        except sqlite3.Error as error:
            raise translated(error) from error

    def limit(self, category: int, limit: int = -1) -> int:
        """Return a limit, and change it."""
        return self._raw.setlimit(category, limit)

    def set_busy_timeout(self, milliseconds: int) -> None:
        """Wait so long for another process."""
        self.execute(f"PRAGMA busy_timeout = {milliseconds}")

    def set_progress_handler(self, call: Callable[[], bool] | None, steps: int = 100) -> None:
        """Call a function every so many steps; it stops the statement by returning True."""
        self._raw.set_progress_handler(call, steps)

    def create_scalar_function(self, name: str, call: Callable[..., Any], parameters: int, *, flags: int = 0) -> None:
        """Add a function to SQL."""
        raw = self._raw

        def run(*values: Any) -> Any:
            try:
                return call(*values)
            except BaseException as error:
                raw.failure = error
                raise

        raw.create_function(name, parameters, run)

    def txn_state(self) -> int:
        """Return 0 outside of a transaction, else 1."""
        return int(self._raw.in_transaction)

    def file_control(self, database: str, code: int, pointer: int) -> bool:
        """Return False: there is no way to a database's open file."""
        return False

    def release_memory(self) -> None:
        """Forget pages that were read."""
        self.pragma("shrink_memory")

    def wal_checkpoint(self, mode: int = 0) -> None:
        """Move what is in the log into the file, and empty the log."""
        row = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row is not None and row[0] == 1:
            raise BusyError("database is locked")

    def close(self, force: bool = False) -> None:
        """Close the connection."""
        if self._is_kept_open:
            # This Python cannot keep SQLite from moving the log into the file when it closes; so it never closes.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._raw))
            self._is_kept_open = False
            return
        self._raw.close()


@functools.cache
def refuses_json_in_indexes() -> bool:
    """Return whether this SQLite counts JSON functions as unsafe in a schema that is not trusted, as old ones do."""
    with contextlib.closing(sqlite3.connect(_MEMORY)) as raw:
        raw.execute("PRAGMA trusted_schema = 0")
        raw.execute("CREATE TABLE t(value)")
        try:
            raw.execute("CREATE INDEX i ON t(json_extract(value, '$.a'))")
            raw.execute("INSERT INTO t VALUES('{}')")
        except sqlite3.OperationalError:
            return True
        return False


class _Backup:
    """A copy that is made by one step."""

    def __init__(self, copy: Callable[[], None]) -> None:
        self._copy = copy

    def step(self) -> None:
        """Copy everything."""
        try:
            self._copy()
        except sqlite3.Error as error:
            raise translated(error) from error


def _uri_of(filename: str, flags: int) -> str:
    if filename == _MEMORY or flags & _URI:
        return filename
    mode = "ro" if flags & _READ_ONLY else "rwc" if flags & _CREATE else "rw"
    return f"{Path(os.fspath(filename)).absolute().as_uri()}?mode={mode}"
