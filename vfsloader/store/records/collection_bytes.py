"""The bytes of collections, for a quota: keys, values, and the keys of remembered changes.

A store with a quota counts each change by temporary triggers, which belong to one connection and are not in the file.
They call the quota with the bytes that a row gains or loses; if it refuses, the statement fails and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader.store.quota import Quota
from vfsloader.store.sqlite import engine

if TYPE_CHECKING:
    from collections.abc import Callable

_FUNCTION = "vfsloader_charge"
#: The columns that are counted, by table.
_COUNTED = {
    "item": ("key", "shown", "value"),
    "leaf_data": ("items",),
    "collection": ("name", "tail"),
    "change": ("key",),
}


def _bytes_of(columns: tuple[str, ...], row: str = "") -> str:
    return " + ".join(f"coalesce(length(CAST({row}{column} AS BLOB)), 0)" for column in columns)


def _triggers() -> list[str]:
    statements = []
    for table, columns in _COUNTED.items():
        new, old = _bytes_of(columns, "new."), _bytes_of(columns, "old.")
        for event, amount in (
            ("INSERT", new),
            (f"UPDATE OF {', '.join(columns)}", f"{new} - ({old})"),
            ("DELETE", f"-({old})"),
        ):
            name = f"count_{table}_{event.split()[0].lower()}"
            statements.append(
                f"CREATE TEMP TRIGGER IF NOT EXISTS {name} AFTER {event} ON main.{table} "
                f"BEGIN SELECT {_FUNCTION}({amount}); END"
            )
    return statements


_TRIGGERS = _triggers()
_COUNT = " + ".join(
    f"(SELECT coalesce(sum({_bytes_of(columns)}), 0) FROM {table})" for table, columns in _COUNTED.items()
)
#: Differs after every change of a collection: each raises a version, or makes or drops a collection.
_STAMP = (
    "SELECT (SELECT value FROM meta WHERE name = 'collections'), count(*), coalesce(sum(version), 0), "
    "coalesce(sum(id), 0) FROM collection"
)


def count(connection: engine.Connection) -> int:
    """Return the bytes of all collections of a database."""
    return int(connection.execute(f"SELECT {_COUNT}").get) if has_collections(connection) else 0


def stamp(connection: engine.Connection) -> tuple[int, ...]:
    """Return numbers that differ after every change of a collection."""
    return tuple(connection.execute(_STAMP).get) if has_collections(connection) else ()


def count_changes(connection: engine.Connection, quota: Quota) -> None:
    """Let a connection charge the quota for each change of a collection."""
    connection.create_scalar_function(_FUNCTION, _charge(quota), 1, flags=engine.SQLITE_INNOCUOUS)
    connection.pragma("recursive_triggers", True)  # a row that REPLACE removes counts too
    for statement in _TRIGGERS:
        connection.execute(statement)


def has_collections(connection: engine.Connection) -> bool:
    """Return whether a database has the tables of collections."""
    return bool(connection.execute("SELECT EXISTS(SELECT 1 FROM main.sqlite_schema WHERE name = 'collection')").get)


def _charge(quota: Quota) -> Callable[..., int]:
    def charge(size: int) -> int:
        if size:
            quota.charge(size, path="a collection")
        return 0

    return charge
