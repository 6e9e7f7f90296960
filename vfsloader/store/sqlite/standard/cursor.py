"""Statements and their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Self

from vfsloader.store.sqlite.standard.errors import Error, translated


class RawConnection(sqlite3.Connection):
    """A connection that remembers what a Python function raised inside a statement; ``sqlite3`` forgets it."""

    failure: BaseException | None = None

    def error_of(self, error: sqlite3.Error) -> BaseException:
        """Return the error to raise: what a function raised, or else the translated one."""
        failure, self.failure = self.failure, None
        return translated(error) if failure is None else failure


class Cursor(sqlite3.Cursor):
    """Runs statements, and iterates over their rows."""

    connection: RawConnection

    def execute(self, statement: str, values: Any = ()) -> Self:
        """Run a statement, or several that need no values."""
        try:
            return sqlite3.Cursor.execute(self, statement, values)
        except sqlite3.ProgrammingError as error:
            if "one statement" not in str(error):
                raise self.connection.error_of(error) from error
            for part in split(statement):
                self.execute(part)
            return self
        except sqlite3.Error as error:
            raise self.connection.error_of(error) from error

    def executemany(self, statement: str, rows: Iterable[Any]) -> Self:
        """Run a statement for each row of values."""
        try:
            return sqlite3.Cursor.executemany(self, statement, rows)
        except sqlite3.Error as error:
            raise self.connection.error_of(error) from error

    def __next__(self) -> Any:
        try:
            return sqlite3.Cursor.__next__(self)
        except sqlite3.Error as error:
            raise self.connection.error_of(error) from error

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        try:
            return sqlite3.Cursor.fetchone(self)
        except sqlite3.Error as error:
            raise self.connection.error_of(error) from error

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        try:
            return sqlite3.Cursor.fetchall(self)
        except sqlite3.Error as error:
            raise self.connection.error_of(error) from error

    @property
    def get(self) -> Any:
        """All rows: None if there is none, the row or the value if there is one, else a list."""
        rows = self.fetchall()
        if not rows:
            return None
        if len(rows) == 1:
            row = rows[0]
            return row[0] if len(row) == 1 else row
        return [row[0] if len(row) == 1 else row for row in rows]


def split(statements: str) -> list[str]:
    """Return the statements of a text, one by one."""
    done: list[str] = []
    pending = ""
    for piece in statements.split(";"):
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            done.append(pending)
            pending = ""
    if pending.strip("; \n\t"):
        done.append(pending[:-1])
    return [statement for statement in done if statement.strip("; \n\t")]


__all__ = ["Cursor", "Error", "RawConnection", "split"]
