"""Errors of SQLite as ``OSError`` subclasses that name the file and say what to do."""

from __future__ import annotations

import errno
import os

from vfsloader.errors import DamagedError, NotAStoreError, PathError, ReadOnlyError
from vfsloader.store.locking import locked
from vfsloader.store.sqlite import engine


class SQLiteErrors:
    """A context manager that translates what SQLite raises inside the ``with``; it can be entered many times.

    Parameters
    ----------
    path
        The database, for messages.
    timeout
        Seconds that a writer waits, for messages.
    read_only
        Whether the database is only read. The package's own statements then fail only if the file is damaged.
    """

    def __init__(self, path: str, *, timeout: float = 0.0, read_only: bool = False) -> None:
        self.read_only = read_only
        self._path = path
        self._timeout = timeout

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, engine.Error):
            raise self.translated(error) from error
        if isinstance(error, UnicodeDecodeError):
            raise self._damaged("it contains text that is not valid UTF-8") from error

    def translated(self, error: engine.Error) -> Exception:
        """Return the exception to raise in place of an error of SQLite."""
        path = self._path
        match error:
            case engine.BusyError() | engine.LockedError():
                return locked(path, "another process", self._timeout)
            case engine.NotADBError():
                return NotAStoreError.at(path, f"{path} is not a vfsloader store")
            case engine.CorruptError() | engine.FormatError() | engine.TooBigError():
                return self._damaged(str(error))
            case engine.FullError():
                return PathError(errno.ENOSPC, f"the disk of {path} is full; nothing was changed", path)
            case engine.ReadOnlyError() | engine.PermissionsError():
                return ReadOnlyError.at(path, f"cannot write {path}: {error}")
            case engine.CantOpenError():
                folder = os.path.dirname(path) or "."
                if os.path.isdir(folder) and not os.access(folder, os.W_OK):
                    return self._cannot_write(folder)
                return PathError(errno.ENOENT, f"cannot open or create the store {path}: {error}", path)
            case engine.ConnectionClosedError():
                return ValueError(f"the store {path} is closed")
            case engine.IOError():
                return PathError(errno.EIO, f"reading or writing {path} failed: {error}", path)
            case engine.NoMemError():
                return MemoryError(f"not enough memory to read {path}")
            case engine.ConstraintError() | engine.MismatchError():  # our own statements never cause them
                return self._damaged(str(error))
            case engine.SQLError() if self.read_only:
                return self._damaged(str(error))
        return error

    def _cannot_write(self, folder: str) -> ReadOnlyError:
        path = self._path
        if os.path.exists(f"{path}-wal"):
            sentence = (
                f"cannot read {path}: its last changes are in {path}-wal, and {folder} cannot be written; copy both "
                "files to a folder that can be written"
            )
        else:
            sentence = f"cannot create {path}: the folder {folder} cannot be written; choose another folder"
        return ReadOnlyError.at(path, sentence)

    def _damaged(self, reason: str) -> DamagedError:
        return DamagedError.at(self._path, f"the store {self._path} is damaged: {reason}")
