"""The rows of a dict or a set: keys in the order in which they were added, and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from vfsloader.store.records.catalog import CollectionCatalog, item_range, missing_collection
from vfsloader.store.records.collection_rows import CollectionRows
from vfsloader.store.records.tables import LOGGED, index_statement

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

#: A key as it is looked up: text as itself, anything else as bytes that encode its type and value.
Key = str | bytes
#: The key; how it is displayed, if that differs; and the value.
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


class MappingRows(CollectionRows):
    """Keys and values of one collection."""

    def __init__(self, catalog: CollectionCatalog, number: int) -> None:
        super().__init__(catalog, number)
        self._range = item_range(number)

    def get(self, key: Key) -> str | None:
        """Return a key's value; None if the key is missing."""
        value: str | None = self._database.one(_GET, (self.number, key))
        return value

    def has(self, key: Key) -> bool:
        """Return whether a key exists."""
        return self._database.one(_HAS, (self.number, key)) is not None

    def set(self, key: Key, shown: str | None, value: str | None) -> bool:
        """Set a key's value; return whether the key is new."""
        with self._database.small_transaction as connection:
            return self._put(connection, key, shown, value)

    def set_default(self, key: Key, shown: str | None, value: str | None) -> str | None:
        """Return a key's value; if the key is missing, set it to `value` first."""
        with self._database.small_transaction as connection:
            row = connection.execute(_GET, (self.number, key)).fetchone()
            if row is not None:
                return row[0]  # type: ignore[no-any-return]
            self._put(connection, key, shown, value)
            return value

    def set_many(self, rows: Iterable[Row]) -> None:
        """Set the values of many keys, all or none."""
        with self.catalog.transaction():
            for key, shown, value in rows:
                self.set(key, shown, value)

    def remove(self, key: Key) -> bool:
        """Remove a key; return whether it existed."""
        with self._database.small_transaction as connection:
            return self._take(connection, key)

    def remove_many(self, keys: Iterable[Key]) -> None:
        """Remove those of the keys that exist, all or none."""
        with self.catalog.transaction():
            for key in keys:
                self.remove(key)

    def pop(self, key: Key) -> tuple[str | None] | None:
        """Remove a key; return its value in a tuple, or None if the key is missing."""
        with self._database.small_transaction as connection:
            row = connection.execute(_GET, (self.number, key)).fetchone()
            if row is not None:
                self._take(connection, key)
            return row

    def pop_last(self) -> Row | None:
        """Remove the key that was added last; return it with its value, or None if there are no keys."""
        with self._database.small_transaction as connection:
            row = connection.execute(
                "SELECT key, shown, value FROM item WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1", self._range
            ).fetchone()
            if row is not None:
                self._take(connection, row[0])
            return row

    def clear(self) -> None:
        """Remove all keys."""
        with self._database.small_transaction as connection:
            connection.execute("DELETE FROM item WHERE id >= ? AND id < ?", self._range)
            connection.execute("UPDATE collection SET version = version + 1, count = 0 WHERE id = ?", (self.number,))
            self._log_change(connection, None)

    # --- all of them ---------------------------------------------------------------------------------

    def rows(self, *, values: bool = True, backwards: bool = False) -> Iterator[list[Row]]:
        """Iterate over all rows as they are now, in lists of some hundreds, even if others write at the same time."""
        return self._select(values=values, order="DESC" if backwards else "ASC", condition="", bindings=())

    def where(self, condition: str, bindings: tuple[Any, ...]) -> Iterator[list[Row]]:
        """Iterate over the rows whose ``value`` fulfils an SQL condition."""
        return self._select(values=True, order="ASC", condition=f" AND {condition}", bindings=bindings)

    def index(self, path: str) -> None:
        """Create an index of the values by a path inside them, for :meth:`where`.

        Raises
        ------
        ValueError
            `path` is not a valid path.
        """
        statement = index_statement(self.number, path)
        with self.catalog.transaction(), self._database.transaction() as connection:
            connection.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", 1))

    def _select(self, *, values: bool, order: str, condition: str, bindings: tuple[Any, ...]) -> Iterator[list[Row]]:
        columns = "key, shown, value" if values else "key, shown, NULL"
        if condition:  # uses an index if there is one
            statement = f"SELECT {columns} FROM item WHERE collection = ?{condition} ORDER BY +id {order}"
            bound = (self.number, *bindings)
        else:
            statement = f"SELECT {columns} FROM item WHERE id >= ? AND id < ? ORDER BY id {order}"
            bound = self._range
        return self._scan(statement, bound)

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
            raise missing_collection()
        self._log_change(connection, key)

    def _log_change(self, connection: engine.Connection, key: Key | None) -> None:
        if connection.execute(_FLAGS, (self.number,)).get & LOGGED:
            text = f"\0{key.hex()}" if isinstance(key, bytes) else key
            self.catalog.log_change(connection, self.number, text)
