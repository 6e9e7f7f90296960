"""Transactions of a few statements, that no file is touched by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader.errors import ReadOnlyError
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.errors import locked

if TYPE_CHECKING:
    from vfsloader.store.sqlite.database import Database


class BriefTransaction:
    """What :meth:`Database.changing` gives; one for all threads, as only one is inside."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> engine.Connection:
        database = self._database
        if database.read_only:
            raise ReadOnlyError.at(database.path, f"{database.path} is open for reading only")
        if not database.lock.acquire(timeout=database.timeout):
            raise locked(database.path, "another thread", database.timeout)
        try:
            database.refuse_closed()
            connection, execute = database.cursor()
            execute("SAVEPOINT brief" if connection.in_transaction else "BEGIN IMMEDIATE")
        except engine.Error as error:
            database.lock.release()
            raise database.translated(error) from error
        except BaseException:
            database.lock.release()
            raise
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        database = self._database
        try:
            connection, execute = database.cursor()
            is_part = database.in_own_transaction()
            if kind is None:
                try:
                    execute("RELEASE brief" if is_part else "COMMIT")
                except engine.Error as failed:
                    kind, error = type(failed), failed
            if kind is not None:
                if connection.in_transaction:  # a full disk makes SQLite undo everything by itself
                    connection.execute("ROLLBACK TO brief; RELEASE brief" if is_part else "ROLLBACK")
                database.undone += 1
        finally:
            database.lock.release()
        if isinstance(error, engine.Error):
            raise database.translated(error) from error
