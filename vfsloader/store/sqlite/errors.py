"""What SQLite reports, as an ``OSError`` that names the file and says what to do."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from vfsloader.errors import DamagedError, LockedError, NotAStoreError, PathError, ReadOnlyError
from vfsloader.store.sqlite import engine


def translated(error: engine.Error, path: str, *, timeout: float = 0.0, read_only: bool = False) -> Exception:
    """Give the error that says what SQLite reported.

    Parameters
    ----------
    error
        What apsw raised.
    path
        The database.
    timeout
        Seconds that a writer waited.
    read_only
        Whether the database is only read: then our own statements fail only where the file is not what it says.
    """
    match error:
        case engine.BusyError() | engine.LockedError():
            return locked(path, "another process", timeout)
        case engine.NotADBError():
            return NotAStoreError.at(path, f"{path} is no store of vfsloader")
        case engine.CorruptError() | engine.FormatError() | engine.TooBigError():
            return DamagedError.at(path, f"the store {path} is damaged: {error}")
        case engine.FullError():
            return PathError(errno.ENOSPC, f"the disk of {path} is full; nothing was changed", path)
        case engine.ReadOnlyError() | engine.PermissionsError():
            return ReadOnlyError.at(path, f"{path} cannot be written: {error}")
        case engine.CantOpenError():
            return PathError(errno.ENOENT, f"the store {path} cannot be opened or made: {error}", path)
        case engine.ConnectionClosedError():
            return ValueError(f"the store {path} is closed")
        case engine.IOError():
            return PathError(errno.EIO, f"reading or writing {path} failed: {error}", path)
        case engine.NoMemError():
            return MemoryError(f"reading {path} needs more memory than there is")
        case engine.SQLError() | engine.ConstraintError() | engine.MismatchError() if read_only:
            return DamagedError.at(path, f"the store {path} is damaged: {error}")
    return error


def locked(path: str, who: str, timeout: float) -> LockedError:
    """Give the error of a writer that waited in vain."""
    return LockedError.at(path, f"{who} has been writing {path} for {timeout:g} s; try again later")


@contextlib.contextmanager
def errors_of(path: str, *, read_only: bool = False) -> Iterator[None]:
    """Turn what SQLite reports inside the ``with`` into an ``OSError``."""
    try:
        yield
    except engine.Error as error:
        raise translated(error, path, read_only=read_only) from error
    except UnicodeDecodeError as error:
        raise DamagedError.at(path, f"{path} is damaged: a text in it is none") from error
