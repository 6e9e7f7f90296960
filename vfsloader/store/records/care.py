"""Maintenance of collections: their sizes, unreachable ones, empty pages, faults."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vfsloader.store.records.catalog import CollectionCatalog, has_tables, item_range
from vfsloader.store.records.tables import DICT, LIST, SET
from vfsloader.store.sqlite import engine

#: Pages that are returned in one transaction, so that other writers get their turn.
_PAGES_AT_ONCE = 256
_REFERENCE = re.compile(r'"\$ref":(\d+)')


@dataclass(frozen=True, slots=True)
class Sizes:
    """The size of a collection, in bytes."""

    items: int
    content: int
    file: int
    empty: int
    log: int


def sizes(catalog: CollectionCatalog, number: int) -> Sizes:
    """Measure a collection and its file."""
    database = catalog.database
    items, content = database.one(
        "SELECT count, length(CAST(tail AS BLOB)) + (SELECT coalesce(sum(length(CAST(key AS BLOB)) "
        "+ coalesce(length(CAST(value AS BLOB)), 0)), 0) FROM item WHERE id >= ? AND id < ?) "
        "+ (SELECT coalesce(sum(length(CAST(d.items AS BLOB))), 0) FROM leaf l JOIN leaf_data d ON d.id = l.id "
        "WHERE l.list = ?) FROM collection WHERE id = ?",
        (*item_range(number), number, number),
    )
    with database.reading() as connection:
        page = connection.pragma("page_size")
        pages, empty = connection.pragma("page_count"), connection.pragma("freelist_count")
    log = f"{database.path}-wal"
    log_bytes = 0 if database.in_memory or not os.path.exists(log) else os.path.getsize(log)
    return Sizes(items, content, pages * page, empty * page, log_bytes)


def fragmentation(catalog: CollectionCatalog) -> float:
    """Return the empty fraction of a file, 0 to 1."""
    with catalog.database.reading() as connection:
        pages, empty = connection.pragma("page_count"), connection.pragma("freelist_count")
    return float(empty / pages) if pages else 0.0


def shrink(catalog: CollectionCatalog) -> None:
    """Return the empty pages of a file to the disk."""
    database = catalog.database
    if database.in_memory or database.in_own_transaction():
        return
    with database.errors, database.lock:
        connection = database.connection()
        database.check_file(connection)
        if connection.pragma("auto_vacuum") == 2:
            while connection.pragma("freelist_count"):
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
        elif connection.pragma("freelist_count"):
            try:
                connection.execute("VACUUM")
            except (engine.BusyError, engine.LockedError):  # someone is reading; try again next time
                return
        database.checkpoint()


def remove_unreachable(catalog: CollectionCatalog) -> int:
    """Remove the collections without a name that nothing refers to and that have no object in this process.

    Returns
    -------
    int
        How many were removed.
    """
    with catalog.transaction():
        known = {number: kind for number, kind, _ in catalog.numbers()}
        reachable = {number for number, _, is_named in catalog.numbers() if is_named} | set(catalog.live.keys())
        unvisited = [number for number in reachable if number in known]
        while unvisited:
            number = unvisited.pop()
            new = (_references(catalog, number, known[number]) & known.keys()) - reachable
            reachable |= new
            unvisited += new
        unreachable = known.keys() - reachable
        for number in unreachable:
            catalog.drop(number)
    return len(unreachable)


def faults(connection: engine.Connection) -> Iterator[str]:
    """Iterate over the collections whose rows contradict each other, a sentence each."""
    if not has_tables(connection):
        return
    rows: list[Any] = connection.execute("SELECT id, coalesce(name, id), kind, count, tail FROM collection").fetchall()
    known = {row[0] for row in rows}
    for number, name, kind, count, tail in rows:
        if kind not in (DICT, LIST, SET):
            yield f"the collection {name} has an unknown kind"
            continue
        texts: Iterable[Any]
        if kind == LIST:
            leaves: list[Any] = connection.execute(
                "SELECT d.count, d.items FROM leaf l LEFT JOIN leaf_data d ON d.id = l.id WHERE l.list = ?", (number,)
            ).fetchall()
            if any(items is None or items.count("\n") != stored for stored, items in leaves):
                yield f"a leaf of the list {name} has the wrong number of items"
            actual = sum(stored or 0 for stored, _ in leaves) + tail.count("\n")
            texts = [*((items,) for _, items in leaves), (tail,)]
        else:
            ids = item_range(number)
            actual = connection.execute("SELECT count(*) FROM item WHERE id >= ? AND id < ?", ids).get
            if connection.execute("SELECT count(*) FROM item WHERE collection = ?", (number,)).get != actual:
                yield f"items of the collection {name} have ids of another collection"
            texts = connection.execute("SELECT value FROM item WHERE id >= ? AND id < ?", ids)
        if actual != count:
            yield f"the collection {name} has {actual:,} items, but its header says {count:,}"
        invalid = dangling = 0
        for (text,) in texts:
            for line in (text or "").split("\n") if kind == LIST else [text]:
                if line:
                    invalid += not connection.execute("SELECT json_valid(?)", (line,)).get
                    dangling += any(int(other) not in known for other in _REFERENCE.findall(line))
        if invalid:
            yield f"{invalid:,} values of the collection {name} are not JSON"
        if dangling:
            yield f"{dangling:,} values of the collection {name} refer to a collection that does not exist"
    items = connection.execute("SELECT count(*) FROM item WHERE collection NOT IN (SELECT id FROM collection)").get
    leaf_rows = connection.execute("SELECT count(*) FROM leaf WHERE list NOT IN (SELECT id FROM collection)").get
    data = connection.execute("SELECT count(*) FROM leaf_data WHERE id NOT IN (SELECT id FROM leaf)").get
    if items or leaf_rows or data:
        yield f"{items + leaf_rows + data:,} rows belong to no collection"


def _references(catalog: CollectionCatalog, number: int, kind: int) -> set[int]:
    """Return the numbers of the collections that a collection's values refer to."""
    if kind == SET:
        return set()
    if kind == DICT:
        statement = "SELECT value FROM item WHERE id >= ? AND id < ? AND instr(value, '\"$ref\":')"
        texts = [text for (text,) in catalog.database.rows(statement, item_range(number))]
    else:
        statement = (
            "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ?1 "
            "AND instr(d.items, '\"$ref\":') "
            "UNION ALL SELECT tail FROM collection WHERE id = ?1"
        )
        texts = [text for (text,) in catalog.database.rows(statement, (number,))]
    return {int(number) for text in texts for number in _REFERENCE.findall(text)}
