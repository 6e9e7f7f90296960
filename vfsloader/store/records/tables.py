"""The tables of collections, which a store has from the first collection on.

``collection`` has a row for each: how many items, a version that rises with each change, and, for a list, its last
items (``tail``), so that to append is to change one row. ``item`` holds what dicts and sets have; the upper bits of
its id say of which, the lower ones number the items in the order in which they came, so that to iterate is one sweep.
The other items of a list lie in leaves of some dozens: ``leaf`` says in which order, ``leaf_data`` has them,
one to a line, and says how many. ``change`` remembers the last changes of collections that someone watches.
"""

from __future__ import annotations

import re

DICT, LIST, SET = range(3)
"""Values of ``collection.kind``."""
#: A flag of a collection: its changes are written down.
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

#: An index that a user asked for, by a path inside the values of one collection.
_INDEX = re.compile(
    r'CREATE INDEX "item_(\d{1,9})_([^"\']{1,200})" ON item\(json_extract\(value, \'\$\.([^"\']{1,200})\'\)\) '
    r"WHERE collection = (\d{1,9})"
)


def index_statement(collection: int, path: str) -> str:
    """Give the statement that makes an index of a collection's values by a path.

    Raises
    ------
    ValueError
        The path is none.
    """
    statement = (
        f"CREATE INDEX \"item_{collection}_{path}\" ON item(json_extract(value, '$.{path}')) "
        f"WHERE collection = {collection}"
    )
    if not is_index(f"item_{collection}_{path}", statement):
        raise ValueError(f"{path!r} is no path inside a value: names and numbers, with dots between")
    return statement


def is_index(name: str, statement: str) -> bool:
    """Tell whether a statement is one that :func:`index_statement` gives."""
    match = _INDEX.fullmatch(statement)
    if match is None:
        return False
    number, path, again, collection = match.groups()
    return number == collection and path == again and is_path(path) and name == f"item_{number}_{path}"


def is_path(path: str) -> bool:
    """Tell whether a text is a path inside a JSON value: ``stats.level``, ``tags[0]``."""
    return re.fullmatch(r"\w+(?:\[\d{1,9}\])*(?:\.\w+(?:\[\d{1,9}\])*)*", path) is not None
