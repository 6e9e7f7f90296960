"""The collections of one store: their tables in its database, and the transactions they share with its files."""

from __future__ import annotations

import weakref
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

from vfsloader.errors import DamagedError
from vfsloader.quoting import plain
from vfsloader.runtime.forking import Guard
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.records.tables import ITEM_BITS, LOGGED, TABLES
from vfsloader.store.sqlite.database import Database
from vfsloader.store.store import Store

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

#: How many changes are remembered of a watched collection.
REMEMBERED_CHANGES = 10_000
#: Names of the values of ``collection.kind``.
KINDS = ("dict", "list", "set")


class Header(NamedTuple):
    """The facts of a collection."""

    version: int
    size: int
    """Number of items."""
    flags: int


class CollectionCatalog:
    """The collections of one store.

    Parameters
    ----------
    store
        A database, or a store in memory, which has a database beside its files.
    """

    def __init__(self, store: Store | MemoryStore) -> None:
        self.store = store
        self.database: Database = store.database
        #: The Python objects of collections, by number, so that each collection has one object.
        self.live: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        #: Set and used by the package of the collections.
        self.location: object | None = None
        self._tables_seen_at = -1  # the number of rollbacks when the tables were seen

    def transaction(self) -> AbstractContextManager[None]:
        """Make changes of collections and files all or nothing; may be nested."""
        return self.store.transaction()

    # --- collections ---------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[int, int] | None:
        """Return number and kind of a named collection."""
        if not self._has_tables():
            return None
        row = self.database.one("SELECT id, kind FROM collection WHERE name = ?", (name,))
        return None if row is None else (row[0], row[1])

    def make(self, name: str | None, kind: int) -> int:
        """Create a collection, named or not, or find the one of that name; return its number.

        Raises
        ------
        TypeError
            There is one of that name and another kind.
        """
        existing = None if name is None else self.find(name)
        if existing is None:
            with self.transaction(), self.database.transaction() as connection:
                if not has_tables(connection):
                    for statement in TABLES.values():
                        connection.execute(statement)
                    connection.execute("INSERT INTO meta VALUES('collections', 0)")
                    self.database.count_collections(connection)
                existing = None if name is None else self.find(name)
                if existing is None:
                    # No number is used twice: a dangling reference must not find another collection.
                    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'collections'")
                    number = connection.execute("SELECT value FROM meta WHERE name = 'collections'").get
                    highest = connection.execute("SELECT ifnull(max(id), 0) FROM collection").get
                    if not isinstance(number, int) or not highest < number < 1 << 63 - ITEM_BITS:
                        raise DamagedError.at(plain(str(name)), "the store is damaged: its collections are misnumbered")
                    connection.execute(
                        "INSERT INTO collection(id, name, kind, version, count, flags, tail) "
                        "VALUES((SELECT value FROM meta WHERE name = 'collections'), ?, ?, 1, 0, 0, '')",
                        (name, kind),
                    )
                    return connection.last_insert_rowid()
        number, existing_kind = existing
        self._check_header(number, str(name), existing_kind)
        if existing_kind != kind:
            raise TypeError(f"{name!r} is a {KINDS[existing_kind]}, not a {KINDS[kind]}")
        return number

    def kind_of(self, number: int) -> int | None:
        """Return the kind of a collection; None if it does not exist."""
        if not self._has_tables():
            return None
        kind: int | None = self.database.one("SELECT kind FROM collection WHERE id = ?", (number,))
        return kind

    def numbers(self) -> list[tuple[int, int, bool]]:
        """Return number and kind of each collection, and whether it has a name."""
        rows = self.database.rows("SELECT id, kind, name IS NOT NULL FROM collection ORDER BY id")
        return [(number, kind, bool(is_named)) for number, kind, is_named in rows]

    def drop(self, number: int) -> None:
        """Remove a collection with all its items."""
        with self.transaction(), self.database.transaction() as connection:
            connection.execute("DELETE FROM item WHERE id >= ? AND id < ?", item_range(number))
            connection.execute("DELETE FROM leaf_data WHERE id IN (SELECT id FROM leaf WHERE list = ?)", (number,))
            for table, column in (("leaf", "list"), ("change", "collection"), ("collection", "id")):
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))

    # --- a collection's header -----------------------------------------------------------------------

    def header(self, number: int) -> Header:
        """Return the facts of a collection; raise ValueError if it does not exist."""
        row = self.database.one("SELECT version, count, flags FROM collection WHERE id = ?", (number,))
        if row is None:
            raise missing_collection()
        return Header(*row)

    def _check_header(self, number: int, name: str, kind: object) -> None:
        """Refuse a collection of somebody else's file whose header makes no sense."""
        row = self.database.one(
            "SELECT id, version, count, flags, page_count * page_size FROM collection, pragma_page_count(), "
            "pragma_page_size() WHERE id = ?",
            (number,),
        )
        numbers_are_right = row is not None and all(isinstance(value, int) and value >= 0 for value in row)
        if kind not in range(len(KINDS)) or not numbers_are_right or row[2] > row[4] or number >> 63 - ITEM_BITS:
            raise DamagedError.at(name, f"the collection {plain(name)} is damaged: its header makes no sense")

    def count(self, number: int) -> int:
        """Return how many items a collection has; raise ValueError if it does not exist."""
        count: int | None = self.database.one("SELECT count FROM collection WHERE id = ?", (number,))
        if count is None:
            raise missing_collection()
        return count

    # --- what changed --------------------------------------------------------------------------------

    def watch(self, number: int) -> int:
        """Log the changes of a collection from now on; return its version."""
        with self.transaction(), self.database.transaction() as connection:
            if not self.header(number).flags & LOGGED:
                connection.execute(
                    "UPDATE collection SET flags = flags | ?, version = version + 1 WHERE id = ?", (LOGGED, number)
                )
        return self.header(number).version

    def changes_since(self, number: int, version: int) -> tuple[int, list[str | None]]:
        """Return a collection's version, and the keys changed since an older one; None stands for any key."""
        current = self.header(number).version
        if current == version:
            return version, []
        rows = self.database.rows(
            "SELECT version, key FROM change WHERE collection = ? AND version > ? AND version <= ? ORDER BY version",
            (number, version, current),
        )
        if len(rows) != current - version:  # some were not logged, or are forgotten
            return current, [None]
        return current, [key for _, key in rows]

    @staticmethod
    def log_change(connection: engine.Connection, number: int, key: str | None) -> None:
        """Remember the change that led to a collection's present version."""
        version = connection.execute("SELECT version FROM collection WHERE id = ?", (number,)).get
        connection.execute("INSERT OR REPLACE INTO change VALUES(?, ?, ?)", (number, version, key))
        connection.execute(
            "DELETE FROM change WHERE collection = ? AND version <= ?", (number, version - REMEMBERED_CHANGES)
        )

    def _has_tables(self) -> bool:
        """Return whether the tables exist, from memory where nothing was rolled back since they were seen."""
        rollbacks = self.database.rollbacks
        if self._tables_seen_at != rollbacks:
            with self.database.reading() as connection:
                if not has_tables(connection):
                    return False
            self._tables_seen_at = rollbacks
        return True


_guard = Guard()


def catalog_of(store: Store | MemoryStore) -> CollectionCatalog:
    """Return the one catalog of a store."""
    with _guard:
        if store.catalog is None:
            store.catalog = CollectionCatalog(store)
        assert isinstance(store.catalog, CollectionCatalog)
        return store.catalog


def has_tables(connection: engine.Connection) -> bool:
    """Return whether a database has the tables of collections."""
    return bool(connection.execute("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'collection')").get)


def item_range(number: int) -> tuple[int, int]:
    """Return the first id that items of a collection may have, and the first one after them."""
    return number << ITEM_BITS, (number + 1) << ITEM_BITS


def missing_collection() -> ValueError:
    """Return the error for a collection that no longer exists."""
    return ValueError("the collection was destroyed, or was removed because nothing referred to it")
