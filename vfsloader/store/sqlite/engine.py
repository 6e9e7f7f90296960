"""The SQLite library that the package runs on: apsw, or where it is not installed, the standard library's ``sqlite3``.

Everything the package uses of SQLite goes by these names, and no other module imports one of the two. They are plain
re-exports: a call costs what it costs with apsw. ``VFSLOADER_SQLITE=sqlite3`` chooses the standard library's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

    IS_APSW = True
elif os.environ.get("VFSLOADER_SQLITE") == "sqlite3":
    from vfsloader.store.sqlite import standard as apsw

    IS_APSW = False
else:
    try:
        import apsw

        IS_APSW = True
    except ImportError:
        from vfsloader.store.sqlite import standard as apsw

        IS_APSW = False


def refuses_json_in_indexes() -> bool:
    """Return whether this SQLite counts JSON functions as unsafe in a schema that is not trusted."""
    if IS_APSW:
        return False
    from vfsloader.store.sqlite import standard

    return standard.refuses_json_in_indexes()


# Databases
Blob = apsw.Blob
Connection = apsw.Connection

# A virtual file system for SQLite
VFS = apsw.VFS
URIFilename = apsw.URIFilename
VFSFile = apsw.VFSFile

# Errors
BusyError = apsw.BusyError
CantOpenError = apsw.CantOpenError
ConnectionClosedError = apsw.ConnectionClosedError
ConstraintError = apsw.ConstraintError
CorruptError = apsw.CorruptError
Error = apsw.Error
FormatError = apsw.FormatError
FullError = apsw.FullError
IOError = apsw.IOError
InterruptError = apsw.InterruptError
LockedError = apsw.LockedError
MismatchError = apsw.MismatchError
NoMemError = apsw.NoMemError
NotADBError = apsw.NotADBError
PermissionsError = apsw.PermissionsError
ReadOnlyError = apsw.ReadOnlyError
SQLError = apsw.SQLError
TooBigError = apsw.TooBigError

# Constants
SQLITE_ACCESS_EXISTS = apsw.SQLITE_ACCESS_EXISTS
SQLITE_CHECKPOINT_TRUNCATE = apsw.SQLITE_CHECKPOINT_TRUNCATE
SQLITE_DBCONFIG_DEFENSIVE = apsw.SQLITE_DBCONFIG_DEFENSIVE
SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE = apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
SQLITE_DBCONFIG_TRUSTED_SCHEMA = apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA
SQLITE_FCNTL_FILE_POINTER = apsw.SQLITE_FCNTL_FILE_POINTER
SQLITE_FCNTL_SYNC = apsw.SQLITE_FCNTL_SYNC
SQLITE_INNOCUOUS = apsw.SQLITE_INNOCUOUS
SQLITE_IOCAP_IMMUTABLE = apsw.SQLITE_IOCAP_IMMUTABLE
SQLITE_LIMIT_LENGTH = apsw.SQLITE_LIMIT_LENGTH
SQLITE_LIMIT_SQL_LENGTH = apsw.SQLITE_LIMIT_SQL_LENGTH
SQLITE_OPEN_CREATE = apsw.SQLITE_OPEN_CREATE
SQLITE_OPEN_MAIN_DB = apsw.SQLITE_OPEN_MAIN_DB
SQLITE_OPEN_READONLY = apsw.SQLITE_OPEN_READONLY
SQLITE_OPEN_READWRITE = apsw.SQLITE_OPEN_READWRITE
SQLITE_OPEN_URI = apsw.SQLITE_OPEN_URI
SQLITE_OPEN_WAL = apsw.SQLITE_OPEN_WAL
