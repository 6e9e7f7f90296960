"""The rows of a dict or a set: keys in the order in which they came, and values."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from vfsloader.store.records.keeper import CollectionCatalog, gone, in_batches, item_range
from vfsloader.store.records.tables import LOGGED, index_statement
from vfsloader.store.sqlite import engine

#: A key as it is looked up: a text as itself, anything else as bytes that say what it is.
Key = str | bytes
#: Key, the key as it is shown where that is something else, and the value.
Row = tuple[Key, str | None, str | None]

_GET = "SELECT value FROM item WHERE collection = ? AND key = ?"
_HAS = "SELECT 1 FROM item WHERE collection = ? AND key = ?"
_CHANGE = "UPDATE item SET value = ? WHERE collection = ? AND key = ?"
_ADD = (
    "INSERT INTO item(id, collection, key, shown, value) VALUES((SELECT coalesce(max(id) + 1, ?1) FROM item "
    "WHERE id >= ?1 AND id < ?2), ?3, ?4, ?5, ?6)"
)
_REMOVE = "DELETE FROM item WHERE collection = ? AND key = ?"
_COUNT = "UPDATE collection SET version = version + 1, count = count + ? WHERE id = ?"
_FLAGS = "SELECT flags FROM collection WHERE id = ?"
#: Collections of up to this many items are iterated at once; larger ones hold a snapshot of the file.
AT_ONCE = 1024
_BATCH = 256


class MappingRows:
    """Keys and values of one collection.

    Parameters
    ----------
    keeper
        Where it is kept.
    number
        Its number there.
    """

    def __init__(self, keeper: CollectionCatalog, number: int) -> None:
        self.keeper = keeper
        self.number = number
        self._database = keeper.database
        self._range = item_range(number)

    def count(self) -> int:
        """Give how many keys there are."""
        return self.keeper.count(self.number)

    def get(self, key: Key) -> str | None:
        """Give a key's value; None where it is not there."""
        value: str | None = self._database.one(_GET, (self.number, key))
        return value

    def has(self, key: Key) -> bool:
        """Tell whether a key is there."""
        return self._database.one(_HAS, (self.number, key)) is not None

    def set(self, key: Key, shown: str | None, value: str | None) -> bool:
        """Give a key a value; tell whether it is a new one."""
        with self._database.changing() as connection:
            return self._put(connection, key, shown, value)

    def set_default(self, key: Key, shown: str | None, value: str | None) -> str | None:
        """Give a key's value, or give it this one where it is not there."""
        with self._database.changing() as connection:
            row = connection.execute(_GET, (self.number, key)).fetchone()
            if row is not None:
                return row[0]  # type: ignore[no-any-return]
            self._put(connection, key, shown, value)
            return value

    def set_many(self, rows: Iterable[Row]) -> None:
        """Give many keys their values, all or none."""
        with self.keeper.transaction():
            for key, shown, value in rows:
                self.set(key, shown, value)

    def remove(self, key: Key) -> bool:
        """Remove a key; False where it was not there."""
        with self._database.changing() as connection:
            return self._take(connection, key)

    def remove_many(self, keys: Iterable[Key]) -> None:
        """Remove keys, as far as they are there, all or none."""
        with self.keeper.transaction():
            for key in keys:
                self.remove(key)

    def pop(self, key: Key) -> tuple[str | None] | None:
        """Remove a key; give its value in a tuple, or None where it was not there."""
        with self._database.changing() as connection:
            row = connection.execute(_GET, (self.number, key)).fetchone()
            if row is not None:
                self._take(connection, key)
            return row

    def pop_last(self) -> Row | None:
        """Remove the key that came last; give it with its value, or None where there is none."""
        with self._database.changing() as connection:
            row = connection.execute(
                "SELECT key, shown, value FROM item WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1", self._range
            ).fetchone()
            if row is not None:
                self._take(connection, row[0])
            return row

    def clear(self) -> None:
        """Remove all."""
        with self._database.changing() as connection:
            connection.execute("DELETE FROM item WHERE id >= ? AND id < ?", self._range)
            connection.execute("UPDATE collection SET version = version + 1, count = 0 WHERE id = ?", (self.number,))
            self._tell(connection, None)

    # --- all of them ---------------------------------------------------------------------------------

    def rows(self, *, values: bool = True, backwards: bool = False) -> Iterator[list[Row]]:
        """Give all rows in lists of some hundreds, as they are now, whoever writes meanwhile."""
        return self._select(values=values, order="DESC" if backwards else "ASC", condition="", bindings=())

    def where(self, condition: str, bindings: tuple[Any, ...]) -> Iterator[list[Row]]:
        """Give the rows whose ``value`` fulfils a condition of SQL, as :func:`condition` makes it."""
        return self._select(values=True, order="ASC", condition=f" AND {condition}", bindings=bindings)

    def index(self, path: str) -> None:
        """Keep an index of what the values have at a path, for :meth:`where`.

        Raises
        ------
        ValueError
            The path is none.
        """
        statement = index_statement(self.number, path)
        with self.keeper.transaction(), self._database.writing() as connection:
            connection.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", 1))

    def _select(self, *, values: bool, order: str, condition: str, bindings: tuple[Any, ...]) -> Iterator[list[Row]]:
        columns = "key, shown, value" if values else "key, shown, NULL"
        if condition:  # by an index, if there is one for it
            statement = f"SELECT {columns} FROM item WHERE collection = ?{condition} ORDER BY +id {order}"
            given = (self.number, *bindings)
        else:
            statement = f"SELECT {columns} FROM item WHERE id >= ? AND id < ? ORDER BY id {order}"
            given = self._range
        if self.count() <= AT_ONCE or self._database.in_memory or self._database.in_own_transaction():
            yield from in_batches(iter(self._database.rows(statement, given)), _BATCH)
            return
        with self._database.errors(), contextlib.closing(self._database.connect_apart()) as connection:
            connection.execute("BEGIN")
            yield from in_batches(connection.execute(statement, given), _BATCH)

    # --- inside --------------------------------------------------------------------------------------

    def _put(self, connection: engine.Connection, key: Key, shown: str | None, value: str | None) -> bool:
        number = self.number
        connection.execute(_CHANGE, (value, number, key))
        is_new = not connection.changes()
        if is_new:
            connection.execute(_ADD, (*self._range, number, key, shown, value))
        self._count(connection, int(is_new), key)
        return is_new

    def _take(self, connection: engine.Connection, key: Key) -> bool:
        connection.execute(_REMOVE, (self.number, key))
        if not connection.changes():
            return False
        self._count(connection, -1, key)
        return True

    def _count(self, connection: engine.Connection, added: int, key: Key) -> None:
        connection.execute(_COUNT, (added, self.number))
        if not connection.changes():
            raise gone()
        self._tell(connection, key)

    def _tell(self, connection: engine.Connection, key: Key | None) -> None:
        if connection.execute(_FLAGS, (self.number,)).get & LOGGED:
            told = key if isinstance(key, str) else None if key is None else f"\0{key.hex()}"
            self.keeper.write_down(connection, self.number, [told])
