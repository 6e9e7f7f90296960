"""The part of apsw that this package uses, over the standard library's ``sqlite3``.

It is for systems that apsw has no build for, such as a browser. Names, parameters and errors are those of apsw, so that
nobody above `vfsloader.store.sqlite.engine` knows which of the two is in use. What ``sqlite3`` does not have:

- File systems written in Python. A database that such a file system opens is read whole into memory and cannot be
  changed; for a pack this is its index, not its contents.
- The pointer by which commits of other processes are seen without a statement. Each look is a statement.
"""

import sqlite3

from vfsloader.store.sqlite.standard.blob import Blob
from vfsloader.store.sqlite.standard.connection import Connection, refuses_json_in_indexes
from vfsloader.store.sqlite.standard.errors import (
    BusyError,
    CantOpenError,
    ConnectionClosedError,
    ConstraintError,
    CorruptError,
    Error,
    FormatError,
    FullError,
    InterruptError,
    IOError,  # noqa: A004
    LockedError,
    MismatchError,
    NoMemError,
    NotADBError,
    PermissionsError,
    ReadOnlyError,
    SQLError,
    TooBigError,
)
from vfsloader.store.sqlite.standard.files import VFS, URIFilename, VFSFile

SQLITE_ACCESS_EXISTS = 0
SQLITE_CHECKPOINT_TRUNCATE = 3
SQLITE_DBCONFIG_DEFENSIVE = 1010
SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE = 1006
SQLITE_DBCONFIG_TRUSTED_SCHEMA = 1017
SQLITE_FCNTL_FILE_POINTER = 7
SQLITE_FCNTL_SYNC = 21
SQLITE_INNOCUOUS = 0x200000
SQLITE_IOCAP_IMMUTABLE = 0x2000
SQLITE_LIMIT_LENGTH = sqlite3.SQLITE_LIMIT_LENGTH
SQLITE_LIMIT_SQL_LENGTH = sqlite3.SQLITE_LIMIT_SQL_LENGTH
SQLITE_OPEN_CREATE = 4
SQLITE_OPEN_MAIN_DB = 0x100
SQLITE_OPEN_READONLY = 1
SQLITE_OPEN_READWRITE = 2
SQLITE_OPEN_URI = 0x40
SQLITE_OPEN_WAL = 0x80000

__all__ = [
    "VFS",
    "Blob",
    "BusyError",
    "CantOpenError",
    "Connection",
    "ConnectionClosedError",
    "ConstraintError",
    "CorruptError",
    "Error",
    "FormatError",
    "FullError",
    "IOError",
    "InterruptError",
    "LockedError",
    "MismatchError",
    "NoMemError",
    "NotADBError",
    "PermissionsError",
    "ReadOnlyError",
    "SQLError",
    "TooBigError",
    "URIFilename",
    "VFSFile",
    "refuses_json_in_indexes",
]
