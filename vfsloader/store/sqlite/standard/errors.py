"""Errors of ``sqlite3`` as apsw names them: a class for each of SQLite's result codes."""

from __future__ import annotations

import sqlite3


class Error(Exception):
    """Any error of SQLite."""


class SQLError(Error):
    """SQLITE_ERROR: an invalid statement, or one that failed."""


class PermissionsError(Error):
    """SQLITE_PERM."""


class AbortError(Error):
    """SQLITE_ABORT: a statement was rolled back by another."""


class BusyError(Error):
    """SQLITE_BUSY: another process has the database."""


class LockedError(Error):
    """SQLITE_LOCKED: another statement of this connection has the table."""


class NoMemError(Error):
    """SQLITE_NOMEM."""


class ReadOnlyError(Error):
    """SQLITE_READONLY."""


class InterruptError(Error):
    """SQLITE_INTERRUPT: the progress handler stopped a statement."""


class IOError(Error):
    """SQLITE_IOERR: the disk failed."""


class CorruptError(Error):
    """SQLITE_CORRUPT: the file is damaged."""


class FullError(Error):
    """SQLITE_FULL: the disk is full."""


class CantOpenError(Error):
    """SQLITE_CANTOPEN."""


class TooBigError(Error):
    """SQLITE_TOOBIG: a text, a blob or a statement above its limit."""


class ConstraintError(Error):
    """SQLITE_CONSTRAINT."""


class MismatchError(Error):
    """SQLITE_MISMATCH: a value of the wrong type."""


class MisuseError(Error):
    """SQLITE_MISUSE."""


class FormatError(Error):
    """SQLITE_FORMAT."""


class NotADBError(Error):
    """SQLITE_NOTADB: the file is not a database."""


class ConnectionClosedError(Error):
    """The connection was closed."""


_BY_CODE: dict[int, type[Error]] = {
    1: SQLError,
    3: PermissionsError,
    4: AbortError,
    5: BusyError,
    6: LockedError,
    7: NoMemError,
    8: ReadOnlyError,
    9: InterruptError,
    10: IOError,
    11: CorruptError,
    13: FullError,
    14: CantOpenError,
    18: TooBigError,
    19: ConstraintError,
    20: MismatchError,
    21: MisuseError,
    24: FormatError,
    26: NotADBError,
}


def translated(error: sqlite3.Error) -> Error:
    """Return the error that apsw raises in the place of one of ``sqlite3``."""
    text = str(error)
    code = getattr(error, "sqlite_errorcode", None)  # missing where sqlite3 itself found the fault
    if code is not None:
        return _BY_CODE.get(code & 0xFF, Error)(text)
    if "closed" in text:
        return ConnectionClosedError(text)
    if "UTF-8" in text:
        return CorruptError("it contains text that is not valid UTF-8")
    if isinstance(error, sqlite3.DataError):
        return TooBigError(text)
    return SQLError(text)
