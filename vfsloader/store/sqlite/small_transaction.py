"""Transactions for a few statements that change no file: cheaper than a whole one, unless a quota counts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from vfsloader.errors import PathError
from vfsloader.store.sqlite import engine

if TYPE_CHECKING:
    from vfsloader.store.sqlite.database import Database


class CountedTransaction:
    """What :attr:`Database.small_transaction` is where a quota counts: a whole transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entered: list[AbstractContextManager[engine.Connection]] = []  # changed by the writer only

    def __enter__(self) -> engine.Connection:
        transaction = self._database.transaction()
        connection = transaction.__enter__()
        self._entered.append(transaction)
        return connection

    def __exit__(self, *exc: Any) -> bool | None:
        return self._entered.pop().__exit__(*exc)


class SmallTransaction:
    """What :attr:`Database.small_transaction` is: one for all threads, as only one at a time is inside."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> engine.Connection:
        database = self._database
        database.take_turn()
        try:
            connection, execute = database.cursor()
            if connection.in_transaction:
                execute("SAVEPOINT small")
            else:
                database.check_file(connection)
                execute("BEGIN IMMEDIATE")
        except engine.Error as error:
            database.lock.release()
            raise database.errors.translated(error) from error
        except BaseException:
            database.lock.release()
            raise
        return connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        database = self._database
        try:
            connection, execute = database.cursor()
            is_nested = database.in_own_transaction()
            if kind is None:
                try:
                    if not is_nested:
                        database.check_file()
                    execute("RELEASE small" if is_nested else "COMMIT")
                    if not is_nested:
                        database.note_moves(connection)
                except (engine.Error, PathError) as failure:
                    kind, error = type(failure), failure
            if kind is not None:
                if connection.in_transaction:  # a full disk makes SQLite roll everything back by itself
                    connection.execute("ROLLBACK TO small; RELEASE small" if is_nested else "ROLLBACK")
                database.rollbacks += 1
                database.rescue(connection)
        finally:
            database.lock.release()
        if isinstance(error, engine.Error):
            raise database.errors.translated(error) from error
        if isinstance(error, PathError) and database.file is not None and database.file.is_lost:
            raise database.file.error() from error
