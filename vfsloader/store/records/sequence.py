"""The rows of a list: leaves of some dozens of items, and the last items in the row of the list itself.

To append changes one row. To insert or remove anywhere rewrites one leaf; one that grows is split, one that shrinks
joins its neighbour. What leaves there are is remembered as long as the list's version says that it holds.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vfsloader.store.records.keeper import CollectionCatalog, gone
from vfsloader.store.records.mapping import AT_ONCE
from vfsloader.store.records.positions import Positions
from vfsloader.store.records.tables import LOGGED
from vfsloader.store.sqlite import engine

#: Items and characters of a leaf, at most; a longer item has a leaf of its own.
LEAF_ITEMS, LEAF_CHARS = 64, 3000
#: Items of a leaf that was made by appending, so that some can be inserted before it is split; the tail has twice as
#: many before leaves are made of it.
_FILL = 48
#: A leaf with fewer items joins its neighbour.
_FEW = 16
#: Between the places of two leaves, so that others fit in.
_GAP = 1 << 20
_EXTEND_BATCH = 4096

_HEADER = (
    "SELECT version, count, flags, length(tail), length(tail) - length(replace(tail, char(10), '')) "
    "FROM collection WHERE id = ?"
)
_APPEND = (
    "UPDATE collection SET version = version + 1, count = count + 1, tail = tail || ? WHERE id = ? AND version = ?"
)
_LEAF = "SELECT c.version, d.items FROM collection c, leaf_data d WHERE c.id = ? AND d.id = ?"
_TAIL = "SELECT version, tail FROM collection WHERE id = ?"
_VERSION = "SELECT version FROM collection WHERE id = ?"
#: The items of a list one by one. An item is shown as it is written: json_each unwraps texts.
_ITEMS = " UNION ALL ".join(
    f"SELECT {leaf} AS leaf, j.key AS place, {items} AS items, "
    "iif(j.type IN ('object', 'array'), j.value, 'null') AS value "
    f"FROM {tables}, json_each('[' || replace(substr({items}, 1, length({items}) - 1), char(10), ',') || ']') j "
    f"WHERE {which} = ? AND {items} != ''"
    for leaf, items, tables, which in (
        ("l.place", "d.items", "leaf l JOIN leaf_data d ON d.id = l.id", "l.list"),
        ("9e18", "c.tail", "collection c", "c.id"),
    )
)
_SIZES = "SELECT count(*), coalesce(sum(d.count), 0) FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ?"
_DIRECTORY = (
    "SELECT l.place, l.id, d.count FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ? ORDER BY l.place"
)
_ITEMS_OF = "SELECT items FROM leaf_data WHERE id = ?"
_REWRITE = "UPDATE leaf_data SET count = ?, items = ? WHERE id = ?"
_COUNT = "UPDATE collection SET version = version + 1, count = ? WHERE id = ?"
_LEAVES = "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ? ORDER BY l.place"


@dataclass(slots=True)
class _Known:
    """What is known of a list, as of one version."""

    undone: int
    version: int
    count: int
    flags: int
    tail_chars: int
    tail_items: int
    positions: Positions | None = None
    leaf: tuple[int, str] | None = None  # the one that was read last


class SequenceRows:
    """Items of one collection, in order. An item is a text without a line end.

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
        self._lock = threading.RLock()
        self._known: _Known | None = None

    def count(self) -> int:
        """Give how many items there are."""
        return self.keeper.count(self.number)

    def get(self, index: int) -> str | None:
        """Give the item at an index, which may count from the end; None where there is none."""
        database, number = self._database, self.number
        with self._lock:
            while True:
                known = self._current()
                at = index + known.count if index < 0 else index
                leaves = known.count - known.tail_items
                if not 0 <= at < known.count:
                    if self._is_current(known):
                        return None
                elif at >= leaves:
                    row = database.one(_TAIL, (number,))
                    if row is not None and row[0] == known.version:
                        return row[1].split("\n", at - leaves + 1)[at - leaves]  # type: ignore[no-any-return]
                else:
                    positions = known.positions or self._positions(known)
                    if positions is None:
                        continue
                    leaf, place = positions.find(at)
                    leaf_number = positions.numbers[leaf]
                    if known.leaf is not None and known.leaf[0] == leaf_number:
                        if self._is_current(known):
                            return known.leaf[1].split("\n", place + 1)[place]
                    else:
                        row = database.one(_LEAF, (number, leaf_number))
                        if row is not None and row[0] == known.version:
                            known.leaf = leaf_number, row[1]
                            return row[1].split("\n", place + 1)[place]  # type: ignore[no-any-return]
                self._known = None

    def range(self, start: int, stop: int) -> list[str]:
        """Give the items from an index to before another."""
        if stop <= start:
            return []
        with self._lock, self._database.snapshot() as connection:
            known = self._current(connection)
            positions = self._positions(known, connection)
            assert positions is not None
            found: list[str] = []
            leaves = positions.total
            if start < leaves:
                first, skip = positions.find(start)
                last, _ = positions.find(min(stop, leaves) - 1)
                rows = connection.execute(
                    "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id "
                    "WHERE l.list = ? AND l.place BETWEEN ? AND ? ORDER BY l.place",
                    (self.number, positions.places[first], positions.places[last]),
                )
                for (items,) in rows:
                    found += items.split("\n")[:-1]
                found = found[skip : skip + min(stop, leaves) - start]
            if stop > leaves:
                tail = self._tail(connection).split("\n")[:-1]
                found += tail[max(start - leaves, 0) : stop - leaves]
            return found

    def texts(self, *, backwards: bool = False) -> Iterator[str]:
        """Give all items as they are now, a leaf at a time: each followed by a line end."""
        order = _LEAVES + (" DESC" if backwards else "")
        if self.count() <= AT_ONCE or self._database.in_memory or self._database.in_own_transaction():
            with self._database.snapshot() as connection:
                tail = self._tail(connection)
                leaves = [items for (items,) in connection.execute(order, (self.number,))]
            yield from itertools.chain([tail], leaves) if backwards else itertools.chain(leaves, [tail])
            return
        with self._database.errors(), contextlib.closing(self._database.connect_apart()) as connection:
            connection.execute("BEGIN")
            tail = self._tail(connection)
            if backwards:
                yield tail
            for (items,) in connection.execute(order, (self.number,)):
                yield items
            if not backwards:
                yield tail

    def where(self, condition: str, bindings: tuple[object, ...]) -> Iterator[str]:
        """Give the items that, as ``value``, fulfil a condition of SQL; each with a line end."""
        statement = "SELECT place, items FROM (" + _ITEMS + ") WHERE " + condition + " ORDER BY leaf, place"
        with self._database.snapshot() as connection:
            rows: list[Any] = connection.execute(statement, (self.number, self.number, *bindings)).fetchall()
        for place, text in rows:
            yield text.split("\n", place + 1)[place] + "\n"

    # --- changes -------------------------------------------------------------------------------------

    def append(self, item: str) -> None:
        """Put an item behind the others."""
        with self._lock:
            while True:
                known = self._known
                if known is None or known.undone != self._database.undone:
                    known = self._current()
                chars = known.tail_chars + len(item) + 1
                if known.tail_items >= 2 * _FILL or (chars > LEAF_CHARS and known.tail_items) or known.flags & LOGGED:
                    self.extend([item])
                    return
                if self._database.change(_APPEND, (item + "\n", self.number, known.version)):
                    known.version += 1
                    known.count += 1
                    known.tail_items += 1
                    known.tail_chars = chars
                    return
                self._known = None  # another process was quicker

    def extend(self, items: Iterable[str]) -> None:
        """Put items behind the others, all or none."""
        rest = iter(items)
        first = list(itertools.islice(rest, _EXTEND_BATCH))
        second = list(itertools.islice(rest, _EXTEND_BATCH))
        if not second:
            self._splice_end(first)
            return
        with self.keeper.transaction():
            self._splice_end(first)
            while second:
                self._splice_end(second)
                second = list(itertools.islice(rest, _EXTEND_BATCH))

    def splice(self, start: int, stop: int, items: list[str]) -> None:
        """Put items in place of those from an index to before another."""
        with self._lock, self._database.changing() as connection:
            self._splice(connection, self._current(connection), start, stop, items)

    def insert(self, index: int, item: str) -> None:
        """Put an item before the one at an index, which is one of a builtin list."""
        with self._lock, self._database.changing() as connection:
            known = self._current(connection)
            at = min(max(index + known.count if index < 0 else index, 0), known.count)
            if not self._edit_leaf(connection, known, at, 0, [item]):
                self._splice(connection, known, at, at, [item])

    def set(self, index: int, item: str) -> bool:
        """Put an item in place of another; False where there is none."""
        with self._lock, self._database.changing() as connection:
            known = self._current(connection)
            at = index + known.count if index < 0 else index
            is_there = 0 <= at < known.count
            if is_there and not self._edit_leaf(connection, known, at, 1, [item]):
                self._splice(connection, known, at, at + 1, [item])
            return is_there

    def pop(self, index: int) -> str | None:
        """Remove an item and give it; None where there is none."""
        with self._lock, self._database.changing() as connection:
            known = self._current(connection)
            at = index + known.count if index < 0 else index
            if not 0 <= at < known.count:
                return None
            item = self.get(at)
            if not self._edit_leaf(connection, known, at, 1, []):
                self._splice(connection, known, at, at + 1, [])
            return item

    def replace_all(self, items: Iterable[str]) -> None:
        """Put other items in place of all."""
        with self.keeper.transaction():
            self.clear()
            self.extend(items)

    def clear(self) -> None:
        """Remove all."""
        with self._lock, self._database.changing() as connection:
            connection.execute("DELETE FROM leaf_data WHERE id IN (SELECT id FROM leaf WHERE list = ?)", (self.number,))
            connection.execute("DELETE FROM leaf WHERE list = ?", (self.number,))
            self._finish(connection, self._current(connection), 0, "")
            self._known = None

    def join_leaves(self) -> None:
        """Make full leaves of small ones."""
        with self.keeper.transaction():
            with self._database.snapshot() as connection:
                leaves, items = connection.execute(_SIZES, (self.number,)).get
            if leaves * _FILL > 2 * items + _FILL:
                self.replace_all([item for text in list(self.texts()) for item in text.split("\n")[:-1]])

    # --- inside: what is known -----------------------------------------------------------------------

    def _current(self, connection: engine.Connection | None = None) -> _Known:
        """Give what is known; with a connection inside a transaction, what holds there."""
        known, undone = self._known, self._database.undone
        if (
            known is not None
            and known.undone == undone
            and (connection is None or connection.execute(_VERSION, (self.number,)).get == known.version)
        ):
            return known
        row = self._database.one(_HEADER, (self.number,))
        if row is None:
            raise gone()
        known = self._known = _Known(undone, *row)
        return known

    def _is_current(self, known: _Known) -> bool:
        version = self._database.one(_VERSION, (self.number,))
        if version is None:
            raise gone()
        return bool(version == known.version)

    def _positions(self, known: _Known, connection: engine.Connection | None = None) -> Positions | None:
        """Give the leaves; None where the list is another one by now."""
        if known.positions is None:
            if connection is None:
                with self._database.snapshot() as connection:
                    if connection.execute(_VERSION, (self.number,)).get != known.version:
                        self._known = None
                        return None
                    return self._positions(known, connection)
            rows = connection.execute(_DIRECTORY, (self.number,)).fetchall()
            known.positions = Positions(rows)  # type: ignore[arg-type]
        return known.positions

    def _tail(self, connection: engine.Connection) -> str:
        row = connection.execute(_TAIL, (self.number,)).fetchone()
        if row is None:
            raise gone()
        return row[1]  # type: ignore[no-any-return]

    # --- inside: changes -----------------------------------------------------------------------------

    def _splice_end(self, items: list[str]) -> None:
        if items:
            with self._lock, self._database.changing() as connection:
                known = self._current(connection)
                tail = [*self._tail(connection).split("\n")[:-1], *items]
                full, rest = _tail_of(tail)
                if full:
                    last = connection.execute("SELECT max(place) FROM leaf WHERE list = ?", (self.number,)).get or 0
                    added = self._add_leaves(connection, full, last, None)
                    if known.positions is not None:
                        known.positions.replace(len(known.positions), len(known.positions), added)
                self._finish(connection, known, known.count + len(items), _lines(rest))

    def _edit_leaf(self, connection: engine.Connection, known: _Known, at: int, gone: int, items: list[str]) -> bool:
        """Change one item where that is the business of one leaf alone; False where it is not."""
        positions = self._positions(known, connection)
        if positions is None or at >= positions.total:
            return False
        leaf, place = positions.find(at)
        lines: list[str] = connection.execute(_ITEMS_OF, (positions.numbers[leaf],)).get.split("\n")
        lines[place : place + gone] = items
        text = "\n".join(lines)
        count = len(lines) - 1
        if not _FEW <= count <= LEAF_ITEMS or len(text) > LEAF_CHARS + count:
            return False
        connection.execute(_REWRITE, (count, text, positions.numbers[leaf]))
        added = len(items) - gone
        if added:
            positions.change(leaf, added)
        self._finish(connection, known, known.count + added, None)
        return True

    def _splice(self, connection: engine.Connection, known: _Known, start: int, stop: int, items: list[str]) -> None:
        positions = self._positions(known, connection)
        assert positions is not None
        count = known.count - (stop - start) + len(items)
        leaves = positions.total
        if start >= leaves:
            tail = self._tail(connection).split("\n")[:-1]
            tail[start - leaves : stop - leaves] = items
            first = len(positions)
            full, rest = _tail_of(tail)
            self._put_leaves(connection, positions, first, first, full)
            self._finish(connection, known, count, _lines(rest))
            return
        tail_text: str | None = None
        first, skip = positions.find(start)
        old = self._leaf(connection, positions, first)
        new = [*old[:skip], *items]
        after = first + 1
        if stop > leaves:
            new += self._tail(connection).split("\n")[max(stop - leaves, 0) : -1]
            after = len(positions)
            full, rest = _tail_of(new)
            tail_text = _lines(rest)
        else:
            if stop > start:
                last, place = positions.find(stop - 1)
                new += (old if last == first else self._leaf(connection, positions, last))[place + 1 :]
                after = last + 1
            else:
                new += old[skip:]
            if len(new) < _FEW and len(positions) > after - first:
                if after < len(positions):
                    new += self._leaf(connection, positions, after)
                    after += 1
                else:
                    first -= 1
                    new = self._leaf(connection, positions, first) + new
            full = _leaves_of(new)
        self._put_leaves(connection, positions, first, after, full)
        self._finish(connection, known, count, tail_text)

    def _leaf(self, connection: engine.Connection, positions: Positions, leaf: int) -> list[str]:
        items = connection.execute(_ITEMS_OF, (positions.numbers[leaf],)).get
        return items.split("\n")[:-1]  # type: ignore[no-any-return]

    def _put_leaves(
        self, connection: engine.Connection, positions: Positions, first: int, after: int, new: list[list[str]]
    ) -> None:
        """Put new leaves in place of those from one to before another."""
        if after > first and new:  # the first stays where it is
            connection.execute(_REWRITE, (len(new[0]), _lines(new[0]), positions.numbers[first]))
            added = len(new[0]) - positions.counts[first]
            if added:
                positions.change(first, added)
            first, new = first + 1, new[1:]
        if first == after and not new:
            return
        if after > first:
            connection.executemany(
                "DELETE FROM leaf_data WHERE id = ?", [(number,) for number in positions.numbers[first:after]]
            )
            connection.execute(
                "DELETE FROM leaf WHERE list = ? AND place BETWEEN ? AND ?",
                (self.number, positions.places[first], positions.places[after - 1]),
            )
        before = positions.places[first - 1] if first else 0
        behind = positions.places[after] if after < len(positions) else None
        if behind is not None and behind - before <= len(new):
            positions.replace(first, after, [])
            self._spread(connection, positions)
            before = positions.places[first - 1] if first else 0
            behind, after = positions.places[first], first
        positions.replace(first, after, self._add_leaves(connection, new, before, behind))

    def _add_leaves(
        self, connection: engine.Connection, new: list[list[str]], before: int, behind: int | None
    ) -> list[tuple[int, int, int]]:
        """Put leaves between two places; give place, number and count of each."""
        step = _GAP if behind is None else (behind - before) // (len(new) + 1)
        added = []
        for turn, items in enumerate(new, 1):
            connection.execute("INSERT INTO leaf_data(count, items) VALUES(?, ?)", (len(items), _lines(items)))
            added.append((before + turn * step, connection.last_insert_rowid(), len(items)))
        connection.executemany(
            "INSERT INTO leaf VALUES(?, ?, ?)", [(self.number, place, number) for place, number, _ in added]
        )
        return added

    def _spread(self, connection: engine.Connection, positions: Positions) -> None:
        """Give all leaves places that are far apart again."""
        leaves = list(zip(positions.numbers, positions.counts, strict=True))
        connection.execute("DELETE FROM leaf WHERE list = ?", (self.number,))
        rows = [(place * _GAP, number, count) for place, (number, count) in enumerate(leaves, 1)]
        connection.executemany("INSERT INTO leaf VALUES(?, ?, ?)", [(self.number, *row[:2]) for row in rows])
        positions.replace(0, len(positions), rows)

    def _finish(self, connection: engine.Connection, known: _Known, count: int, tail: str | None) -> None:
        """Write down what the list is now, and remember it."""
        if tail is None:
            connection.execute(_COUNT, (count, self.number))
        else:
            connection.execute(
                "UPDATE collection SET version = version + 1, count = ?, tail = ? WHERE id = ?",
                (count, tail, self.number),
            )
            known.tail_chars, known.tail_items = len(tail), tail.count("\n")
        known.version += 1
        known.count = count
        known.leaf = None
        if known.flags & LOGGED:
            self.keeper.write_down(connection, self.number, [None])


def _lines(items: list[str]) -> str:
    return "".join([f"{item}\n" for item in items])


def _tail_of(items: list[str]) -> tuple[list[list[str]], list[str]]:
    """Divide items into full leaves and a rest that is no more than one."""
    leaves = _leaves_of(items, even=False)
    if not leaves:
        return [], []
    return leaves[:-1], leaves[-1]


def _leaves_of(items: list[str], *, even: bool = True) -> list[list[str]]:
    """Divide items into leaves, of one size or full ones and a rest."""
    size = LEAF_ITEMS if even else _FILL
    if even and len(items) > LEAF_ITEMS:
        size = -(-len(items) // -(-len(items) // LEAF_ITEMS))
    leaves: list[list[str]] = []
    for start in range(0, len(items), size):
        part = items[start : start + size]
        if sum(map(len, part)) <= LEAF_CHARS:
            leaves.append(part)
            continue
        leaf: list[str] = []
        chars = 0
        for item in part:
            if leaf and chars + len(item) > LEAF_CHARS:
                leaves.append(leaf)
                leaf, chars = [], 0
            leaf.append(item)
            chars += len(item) + 1
        leaves.append(leaf)
    return leaves
