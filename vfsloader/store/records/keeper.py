"""Where collections are kept: the tables in one database, and the transactions of its store."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.records.tables import ITEM_BITS, LOGGED, TABLES
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.database import Database
from vfsloader.store.store import Store

#: The last changes that are remembered of a collection that is watched.
REMEMBERED_CHANGES = 10_000


class Header(NamedTuple):
    """What is known of a collection: its version, how many items it has, its flags."""

    version: int
    size: int
    flags: int


class CollectionCatalog:
    """The collections of one store.

    Parameters
    ----------
    store
        A database, or a store in memory, which keeps one beside its files.
    """

    def __init__(self, store: Store | MemoryStore) -> None:
        self.store = store
        self.database: Database = store.database
        #: The Python objects of collections, by number, so that each is one object.
        self.live: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        #: What the room above keeps with it.
        self.place: object | None = None
        self._has_tables_since = -1  # how often something had been undone when the tables were seen

    def transaction(self) -> AbstractContextManager[None]:
        """Make changes of collections and files all or nothing; may be nested."""
        return self.store.transaction()

    # --- collections ---------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[int, int] | None:
        """Give number and kind of a named collection."""
        if not self._look_for_tables():
            return None
        row = self.database.one("SELECT id, kind FROM collection WHERE name = ?", (name,))
        return None if row is None else (row[0], row[1])

    def make(self, name: str | None, kind: int) -> int:
        """Make a collection, named or not, or find the one of that name; give its number.

        Raises
        ------
        TypeError
            There is one of another kind.
        """
        found = None if name is None else self.find(name)
        if found is None:
            with self.transaction(), self.database.writing() as connection:
                self._make_tables(connection)
                found = None if name is None else self.find(name)
                if found is None:
                    # No number is used twice: a reference that is left over must not find another collection.
                    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'collections'")
                    connection.execute(
                        "INSERT INTO collection(id, name, kind, version, count, flags, tail) "
                        "VALUES((SELECT value FROM meta WHERE name = 'collections'), ?, ?, 1, 0, 0, '')",
                        (name, kind),
                    )
                    return connection.last_insert_rowid()
        if found[1] != kind:
            raise TypeError(f"{name!r} is a {KINDS[found[1]]}, not a {KINDS[kind]}")
        return found[0]

    def kind_of(self, number: int) -> int | None:
        """Give the kind of a collection; None where it is gone."""
        if not self._look_for_tables():
            return None
        kind: int | None = self.database.one("SELECT kind FROM collection WHERE id = ?", (number,))
        return kind

    def numbers(self) -> list[tuple[int, int, bool]]:
        """Give number and kind of each, and whether it has a name."""
        rows = self.database.rows("SELECT id, kind, name IS NOT NULL FROM collection ORDER BY id")
        return [(number, kind, bool(named)) for number, kind, named in rows]

    def drop(self, number: int) -> None:
        """Remove a collection with all its items."""
        with self.transaction(), self.database.writing() as connection:
            first, after = item_range(number)
            connection.execute("DELETE FROM item WHERE id >= ? AND id < ?", (first, after))
            connection.execute("DELETE FROM leaf_data WHERE id IN (SELECT id FROM leaf WHERE list = ?)", (number,))
            for table, column in (("leaf", "list"), ("change", "collection"), ("collection", "id")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))

    # --- a collection's header -----------------------------------------------------------------------

    def header(self, number: int) -> Header:
        """Give what is known of a collection.

        Raises
        ------
        ValueError
            It is gone.
        """
        row = self.database.one("SELECT version, count, flags FROM collection WHERE id = ?", (number,))
        if row is None:
            raise gone()
        return Header(*row)

    def count(self, number: int) -> int:
        """Give how many items a collection has."""
        count: int | None = self.database.one("SELECT count FROM collection WHERE id = ?", (number,))
        if count is None:
            raise gone()
        return count

    # --- what changed --------------------------------------------------------------------------------

    def watch(self, number: int) -> int:
        """Have the changes of a collection written down from now on; give its version."""
        with self.transaction(), self.database.writing() as connection:
            if not self.header(number).flags & LOGGED:
                connection.execute(
                    "UPDATE collection SET flags = flags | ?, version = version + 1 WHERE id = ?", (LOGGED, number)
                )
        return self.header(number).version

    def changes_since(self, number: int, version: int) -> tuple[int, list[str | None]]:
        """Give a collection's version, and what was changed since an older one: keys, and None for anything."""
        now = self.header(number).version
        if now == version:
            return version, []
        rows = self.database.rows(
            "SELECT version, key FROM change WHERE collection = ? AND version > ? AND version <= ? ORDER BY version",
            (number, version, now),
        )
        if len(rows) != now - version:  # some were not written down, or are forgotten
            return now, [None]
        return now, [key for _, key in rows]

    @staticmethod
    def write_down(connection: engine.Connection, number: int, keys: list[str | None]) -> None:
        """Remember the changes that end with a collection's present version, one version each."""
        version = connection.execute("SELECT version FROM collection WHERE id = ?", (number,)).get
        first = version - len(keys) + 1
        connection.executemany(
            "INSERT OR REPLACE INTO change VALUES(?, ?, ?)",
            [(number, first + step, key) for step, key in enumerate(keys)],
        )
        connection.execute(
            "DELETE FROM change WHERE collection = ? AND version <= ?", (number, version - REMEMBERED_CHANGES)
        )

    # --- inside --------------------------------------------------------------------------------------

    def _look_for_tables(self) -> bool:
        undone = self.database.undone
        if self._has_tables_since != undone:
            if not self.database.one("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'collection')"):
                return False
            self._has_tables_since = undone
        return True

    def _make_tables(self, connection: engine.Connection) -> None:
        if not connection.execute("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'collection')").get:
            for statement in TABLES.values():
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES('collections', 0)")


KINDS = ("dict", "list", "set")
_guard = threading.Lock()


def catalog_of(store: Store | MemoryStore) -> CollectionCatalog:
    """Give the one keeper of a store."""
    with _guard:
        if store.keeper is None:
            store.keeper = CollectionCatalog(store)
        assert isinstance(store.keeper, CollectionCatalog)
        return store.keeper


def item_range(number: int) -> tuple[int, int]:
    """Give the first id that items of a collection may have, and the first behind them."""
    return number << ITEM_BITS, (number + 1) << ITEM_BITS


def gone() -> ValueError:
    """Make the error for a collection that is not there any more."""
    return ValueError("the collection was destroyed, or was removed as nothing held it any more")


def in_batches(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Give rows in lists of some size."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
