"""The tables of collections, which a store has from the first collection on.

``collection`` has a row for each collection: its number of items, a version that rises with each change, and, for a
list, its last items (``tail``), so that appending changes one row. ``item`` holds the items of dicts and sets. The
upper bits of its id name the collection, the lower ones number the items in the order in which they were added, so
that iterating is one sweep. The other items of a list are in leaves of some dozens: ``leaf`` has their order,
``leaf_data`` their items, one to a line, and how many there are. ``change`` has the last changes of watched
collections.
"""

from __future__ import annotations

import re

DICT, LIST, SET = range(3)
"""Values of ``collection.kind``."""
#: A flag of a collection: its changes are logged.
LOGGED = 1

#: Bits of ``item.id`` that number the items of one collection.
ITEM_BITS = 40

TABLES = {
    "collection": (
        "CREATE TABLE collection(id INTEGER PRIMARY KEY, name TEXT UNIQUE, kind INTEGER NOT NULL, "
        "version INTEGER NOT NULL, count INTEGER NOT NULL, flags INTEGER NOT NULL, tail TEXT NOT NULL)"
    ),
    "item": (
        "CREATE TABLE item(id INTEGER PRIMARY KEY, collection INTEGER NOT NULL, key NOT NULL, shown TEXT, value TEXT)"
    ),
    "item_key": "CREATE UNIQUE INDEX item_key ON item(collection, key)",
    "leaf": (
        "CREATE TABLE leaf(list INTEGER NOT NULL, place INTEGER NOT NULL, id INTEGER NOT NULL, "
        "PRIMARY KEY(list, place)) WITHOUT ROWID"
    ),
    "leaf_data": "CREATE TABLE leaf_data(id INTEGER PRIMARY KEY, count INTEGER NOT NULL, items TEXT NOT NULL)",
    "change": (
        "CREATE TABLE change(collection INTEGER NOT NULL, version INTEGER NOT NULL, key TEXT, "
        "PRIMARY KEY(collection, version)) WITHOUT ROWID"
    ),
}

#: An index that a user created, by a path inside the values of one collection.
_INDEX = re.compile(
    r'CREATE INDEX "item_(\d{1,9})_([^"\']{1,200})" ON item\(json_extract\(value, \'\$\.([^"\']{1,200})\'\)\) '
    r"WHERE collection = (\d{1,9})"
)


def index_statement(collection: int, path: str) -> str:
    """Return the statement that creates an index of a collection's values by a path.

    Raises
    ------
    ValueError
        `path` is not a valid path.
    """
    statement = (
        f"CREATE INDEX \"item_{collection}_{path}\" ON item(json_extract(value, '$.{path}')) "
        f"WHERE collection = {collection}"
    )
    if not is_index(f"item_{collection}_{path}", statement):
        raise ValueError(f"{path!r} is not a path inside a value; paths look like stats.level or tags[0]")
    return statement


def is_index(name: str, statement: str) -> bool:
    """Return whether a statement could have come from :func:`index_statement`."""
    match = _INDEX.fullmatch(statement)
    if match is None:
        return False
    number, path, same_path, collection = match.groups()
    return number == collection and path == same_path and is_path(path) and name == f"item_{number}_{path}"


def is_path(path: str) -> bool:
    """Return whether a text is a path inside a JSON value: ``stats.level``, ``tags[0]``."""
    return re.fullmatch(r"\w+(?:\[\d{1,9}\])*(?:\.\w+(?:\[\d{1,9}\])*)*", path) is not None
