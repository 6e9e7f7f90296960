"""The upkeep of collections: what they take, what nothing holds, what can be given back, what is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vfsloader.store.records.keeper import CollectionCatalog, item_range
from vfsloader.store.records.tables import DICT, LIST, SET
from vfsloader.store.sqlite import engine

#: Pages that are given back in one transaction, so that others get their turn.
_PAGES_AT_ONCE = 256
_REFERENCE = re.compile(r'"\$ref":(\d+)')


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a collection takes, in bytes."""

    items: int
    content: int
    file: int
    empty: int
    log: int


def sizes(keeper: CollectionCatalog, number: int) -> Sizes:
    """Look at a collection and its file."""
    database = keeper.database
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


def fragmentation(keeper: CollectionCatalog) -> float:
    """Give the part of a file that is empty, 0 to 1."""
    with keeper.database.reading() as connection:
        pages, empty = connection.pragma("page_count"), connection.pragma("freelist_count")
    return float(empty / pages) if pages else 0.0


def give_back(keeper: CollectionCatalog) -> None:
    """Give the empty pages of a file back to the disk."""
    database = keeper.database
    if database.in_memory or database.in_own_transaction():
        return
    with database.errors(), database.lock:
        connection = database.connection()
        if connection.pragma("auto_vacuum") == 2:
            while connection.pragma("freelist_count"):
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
        elif connection.pragma("freelist_count"):
            try:
                connection.execute("VACUUM")
            except (engine.BusyError, engine.LockedError):  # someone is reading: the next time will do
                return
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def remove_unreachable(keeper: CollectionCatalog) -> int:
    """Remove the collections without a name that nothing refers to and no object of this process stands for.

    Returns
    -------
    int
        How many.
    """
    with keeper.transaction():
        known = {number: kind for number, kind, _ in keeper.numbers()}
        held = {number for number, _, named in keeper.numbers() if named} | set(keeper.live.keys())
        waiting = [number for number in held if number in known]
        while waiting:
            number = waiting.pop()
            for other in _referred(keeper, number, known[number]):
                if other in known and other not in held:
                    held.add(other)
                    waiting.append(other)
        gone = [number for number in known if number not in held]
        for number in gone:
            keeper.drop(number)
    return len(gone)


def faults(connection: engine.Connection) -> Iterator[str]:
    """Give a sentence for each collection whose rows contradict each other."""
    if not connection.execute("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'collection')").get:
        return
    rows: list[Any] = connection.execute("SELECT id, coalesce(name, id), kind, count, tail FROM collection").fetchall()
    known = {row[0] for row in rows}
    for number, name, kind, count, tail in rows:
        if kind not in (DICT, LIST, SET):
            yield f"the collection {name} is of an unknown kind"
            continue
        texts: Iterable[Any]
        if kind == LIST:
            leaves: list[Any] = connection.execute(
                "SELECT d.count, d.items FROM leaf l LEFT JOIN leaf_data d ON d.id = l.id WHERE l.list = ?", (number,)
            ).fetchall()
            if any(items is None or items.count("\n") != told for told, items in leaves):
                yield f"a leaf of the list {name} has not the items that it should have"
            found = sum(told or 0 for told, _ in leaves) + tail.count("\n")
            texts = [*((items,) for _, items in leaves), (tail,)]
        else:
            first, after = item_range(number)
            found = connection.execute("SELECT count(*) FROM item WHERE id >= ? AND id < ?", (first, after)).get
            if connection.execute("SELECT count(*) FROM item WHERE collection = ?", (number,)).get != found:
                yield f"items of the collection {name} are numbered as those of another"
            texts = connection.execute("SELECT value FROM item WHERE id >= ? AND id < ?", (first, after))
        if found != count:
            yield f"the collection {name} has {found:,} items, and says that it has {count:,}"
        wrong = referred = 0
        for (text,) in texts:
            for line in (text or "").split("\n") if kind == LIST else [text]:
                if line:
                    wrong += not connection.execute("SELECT json_valid(?)", (line,)).get
                    referred += any(int(other) not in known for other in _REFERENCE.findall(line))
        if wrong:
            yield f"{wrong:,} values of the collection {name} are no JSON"
        if referred:
            yield f"{referred:,} values of the collection {name} refer to one that is not there"
    items = connection.execute("SELECT count(*) FROM item WHERE collection NOT IN (SELECT id FROM collection)").get
    lost = connection.execute("SELECT count(*) FROM leaf WHERE list NOT IN (SELECT id FROM collection)").get
    data = connection.execute("SELECT count(*) FROM leaf_data WHERE id NOT IN (SELECT id FROM leaf)").get
    if items or lost or data:
        yield f"{items + lost + data:,} rows belong to no collection"


def _referred(keeper: CollectionCatalog, number: int, kind: int) -> set[int]:
    """Give the numbers that a collection's values refer to."""
    if kind == SET:
        return set()
    if kind == DICT:
        statement = "SELECT value FROM item WHERE id >= ? AND id < ? AND instr(value, '\"$ref\":')"
        texts = [text for (text,) in keeper.database.rows(statement, item_range(number))]
    else:
        statement = (
            "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ?1 "
            "AND instr(d.items, '\"$ref\":') "
            "UNION ALL SELECT tail FROM collection WHERE id = ?1"
        )
        texts = [text for (text,) in keeper.database.rows(statement, (number,))]
    return {int(found) for text in texts for found in _REFERENCE.findall(text)}
