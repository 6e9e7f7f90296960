"""The rows of a list: leaves of some dozens of items, and the last items in the row of the list itself.

Appending changes one row. Inserting or removing anywhere rewrites one leaf; a leaf that grows is split, one that
shrinks is joined with its neighbour. The directory of leaves is remembered as long as the list has the same version.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfsloader.runtime.forking import renew_in_child
from vfsloader.store.records.catalog import CollectionCatalog, missing_collection
from vfsloader.store.records.collection_rows import CollectionRows
from vfsloader.store.records.leaves import FEW, FILL, LEAF_CHARS, LeafRows, divide, divide_tail
from vfsloader.store.records.positions import Positions
from vfsloader.store.records.tables import LOGGED

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

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
#: The items of a list one by one. An item is returned as it is written: json_each unwraps texts.
_ITEMS = " UNION ALL ".join(
    f"SELECT {leaf} AS leaf, j.key AS line, {items} AS items, "
    "iif(j.type IN ('object', 'array'), j.value, 'null') AS value "
    f"FROM {tables}, json_each('[' || replace(substr({items}, 1, length({items}) - 1), char(10), ',') || ']') j "
    f"WHERE {which} = ? AND {items} != ''"
    for leaf, items, tables, which in (
        ("l.place", "d.items", "leaf l JOIN leaf_data d ON d.id = l.id", "l.list"),
        ("9e18", "c.tail", "collection c", "c.id"),
    )
)
_SIZES = "SELECT count(*), coalesce(sum(d.count), 0) FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ?"
_COUNT = "UPDATE collection SET version = version + 1, count = ? WHERE id = ?"
_COUNT_AND_TAIL = "UPDATE collection SET version = version + 1, count = ?, tail = ? WHERE id = ?"
_LEAVES = "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ? ORDER BY l.place"


@dataclass(slots=True)
class _State:
    """What is remembered of a list, as of one version."""

    rollbacks: int
    version: int
    count: int
    flags: int
    tail_chars: int
    tail_items: int
    positions: Positions | None = None
    leaf: tuple[int, str] | None = None  # the one that was read last


class SequenceRows(CollectionRows):
    """Items of one collection, in order. An item is text without a line end."""

    def __init__(self, catalog: CollectionCatalog, number: int) -> None:
        super().__init__(catalog, number)
        self._leaves = LeafRows(number)
        self._lock = threading.RLock()
        renew_in_child(self, "_lock")
        self._state: _State | None = None

    def get(self, index: int) -> str | None:
        """Return the item at an index, which may count from the end; None if there is none."""
        database, number = self._database, self.number
        with self._lock:
            while True:
                state = self._current()
                start = index + state.count if index < 0 else index
                in_leaves = state.count - state.tail_items
                if not 0 <= start < state.count:
                    if self._is_current(state):
                        return None
                elif start >= in_leaves:
                    row = database.one(_TAIL, (number,))
                    if row is not None and row[0] == state.version:
                        return row[1].split("\n", start - in_leaves + 1)[start - in_leaves]  # type: ignore[no-any-return]
                else:
                    positions = state.positions or self._read_positions(state)
                    if positions is None:
                        continue
                    leaf, offset = positions.find(start)
                    leaf_number = positions.numbers[leaf]
                    if state.leaf is not None and state.leaf[0] == leaf_number:
                        if self._is_current(state):
                            return state.leaf[1].split("\n", offset + 1)[offset]
                    else:
                        row = database.one(_LEAF, (number, leaf_number))
                        if row is not None and row[0] == state.version:
                            state.leaf = leaf_number, row[1]
                            return row[1].split("\n", offset + 1)[offset]  # type: ignore[no-any-return]
                self._state = None

    def range(self, start: int, stop: int) -> list[str]:
        """Return the items from an index to before another."""
        if stop <= start:
            return []
        with self._lock, self._database.snapshot() as connection:
            positions = self._positions(self._current(connection), connection)
            items: list[str] = []
            in_leaves = positions.total
            if start < in_leaves:
                first, skip = positions.find(start)
                last, _ = positions.find(min(stop, in_leaves) - 1)
                rows = connection.execute(
                    "SELECT d.items FROM leaf l JOIN leaf_data d ON d.id = l.id "
                    "WHERE l.list = ? AND l.place BETWEEN ? AND ? ORDER BY l.place",
                    (self.number, positions.sort_keys[first], positions.sort_keys[last]),
                )
                for (text,) in rows:
                    items += text.split("\n")[:-1]
                items = items[skip : skip + min(stop, in_leaves) - start]
            if stop > in_leaves:
                items += self._tail(connection)[max(start - in_leaves, 0) : stop - in_leaves]
            return items

    def texts(self, *, backwards: bool = False) -> Iterator[str]:
        """Iterate over all items as they are now, a leaf at a time: each item is followed by a line end."""
        order = _LEAVES + (" DESC" if backwards else "")
        if self._is_read_at_once():
            with self._database.snapshot() as connection:
                tail = self._tail_text(connection)
                leaves = [items for (items,) in connection.execute(order, (self.number,))]
            yield from itertools.chain([tail], leaves) if backwards else itertools.chain(leaves, [tail])
            return
        with self._database.errors, contextlib.closing(self._database.connect_apart()) as connection:
            connection.execute("BEGIN")
            tail = self._tail_text(connection)
            if backwards:
                yield tail
            for (items,) in connection.execute(order, (self.number,)):
                yield items
            if not backwards:
                yield tail

    def where(self, condition: str, bindings: tuple[object, ...]) -> Iterator[str]:
        """Iterate over the items that, as ``value``, fulfil an SQL condition; each with a line end."""
        statement = "SELECT line, items FROM (" + _ITEMS + ") WHERE " + condition + " ORDER BY leaf, line"
        with self._database.snapshot() as connection:
            rows: list[Any] = connection.execute(statement, (self.number, self.number, *bindings)).fetchall()
        for line, text in rows:
            yield text.split("\n", line + 1)[line] + "\n"

    # --- changes -------------------------------------------------------------------------------------

    def append(self, item: str) -> None:
        """Append an item."""
        with self._lock:
            while True:
                state = self._state
                if state is None or state.rollbacks != self._database.rollbacks:
                    state = self._current()
                chars = state.tail_chars + len(item) + 1
                # The tail may have twice the items of a leaf before leaves are made of it.
                if state.tail_items >= 2 * FILL or (chars > LEAF_CHARS and state.tail_items) or state.flags & LOGGED:
                    self.extend([item])
                    return
                if self._database.change(_APPEND, (item + "\n", self.number, state.version)):
                    state.version += 1
                    state.count += 1
                    state.tail_items += 1
                    state.tail_chars = chars
                    return
                self._state = None  # another process was faster

    def extend(self, items: Iterable[str]) -> None:
        """Append items, all or none."""
        rest = iter(items)
        first = list(itertools.islice(rest, _EXTEND_BATCH))
        second = list(itertools.islice(rest, _EXTEND_BATCH))
        if not second:
            self._extend_tail(first)
            return
        with self.catalog.transaction():
            self._extend_tail(first)
            while second:
                self._extend_tail(second)
                second = list(itertools.islice(rest, _EXTEND_BATCH))

    def splice(self, start: int, stop: int, items: list[str]) -> None:
        """Replace the items from an index to before another."""
        with self._lock, self._database.small_transaction as connection:
            self._splice(connection, self._current(connection), start, stop, items)

    def insert(self, index: int, item: str) -> None:
        """Insert an item before an index, which is interpreted as by ``list.insert``."""
        with self._lock, self._database.small_transaction as connection:
            state = self._current(connection)
            start = min(max(index + state.count if index < 0 else index, 0), state.count)
            self._edit(connection, state, start, 0, [item])

    def set(self, index: int, item: str) -> bool:
        """Replace an item; return whether it existed."""
        with self._lock, self._database.small_transaction as connection:
            state = self._current(connection)
            start = index + state.count if index < 0 else index
            exists = 0 <= start < state.count
            if exists:
                self._edit(connection, state, start, 1, [item])
            return exists

    def pop(self, index: int) -> str | None:
        """Remove an item and return it; None if there is none."""
        with self._lock, self._database.small_transaction as connection:
            state = self._current(connection)
            start = index + state.count if index < 0 else index
            if not 0 <= start < state.count:
                return None
            item = self.get(start)
            self._edit(connection, state, start, 1, [])
            return item

    def replace_all(self, items: Iterable[str]) -> None:
        """Replace all items."""
        with self.catalog.transaction():
            self.clear()
            self.extend(items)

    def clear(self) -> None:
        """Remove all items."""
        with self._lock, self._database.small_transaction as connection:
            self._leaves.clear(connection)
            self._finish(connection, self._current(connection), 0, "")
            self._state = None

    def join_leaves(self) -> None:
        """Make full leaves of small ones."""
        with self.catalog.transaction():
            with self._database.snapshot() as connection:
                leaves, items = connection.execute(_SIZES, (self.number,)).get
            if leaves * FILL > 2 * items + FILL:
                self.replace_all([item for text in list(self.texts()) for item in text.split("\n")[:-1]])

    # --- inside: what is remembered ------------------------------------------------------------------

    def _current(self, connection: engine.Connection | None = None) -> _State:
        """Return what is remembered; with the connection of a transaction, re-read it if it is out of date."""
        state, rollbacks = self._state, self._database.rollbacks
        if (
            state is not None
            and state.rollbacks == rollbacks
            and (connection is None or connection.execute(_VERSION, (self.number,)).get == state.version)
        ):
            return state
        row = self._database.one(_HEADER, (self.number,))
        if row is None:
            raise missing_collection()
        state = self._state = _State(rollbacks, *row)
        return state

    def _is_current(self, state: _State) -> bool:
        version = self._database.one(_VERSION, (self.number,))
        if version is None:
            raise missing_collection()
        return bool(version == state.version)

    def _positions(self, state: _State, connection: engine.Connection) -> Positions:
        """Return the directory of leaves; `connection` sees the version of `state`."""
        if state.positions is None:
            state.positions = self._leaves.directory(connection)
        return state.positions

    def _read_positions(self, state: _State) -> Positions | None:
        """Read the directory of leaves; return None if the list has another version by now."""
        with self._database.snapshot() as connection:
            if connection.execute(_VERSION, (self.number,)).get != state.version:
                self._state = None
                return None
            return self._positions(state, connection)

    def _tail_text(self, connection: engine.Connection) -> str:
        row = connection.execute(_TAIL, (self.number,)).fetchone()
        if row is None:
            raise missing_collection()
        return row[1]  # type: ignore[no-any-return]

    def _tail(self, connection: engine.Connection) -> list[str]:
        return self._tail_text(connection).split("\n")[:-1]

    # --- inside: changes -----------------------------------------------------------------------------

    def _extend_tail(self, items: list[str]) -> None:
        if items:
            with self._lock, self._database.small_transaction as connection:
                state = self._current(connection)
                full, rest = divide_tail([*self._tail(connection), *items])
                self._leaves.append(connection, state.positions, full)
                self._finish(connection, state, state.count + len(items), rest)

    def _edit(self, connection: engine.Connection, state: _State, index: int, removed: int, items: list[str]) -> None:
        """Replace `removed` items, 0 or 1, at an index; mostly that changes one leaf alone."""
        if self._leaves.edit(connection, self._positions(state, connection), index, removed, items):
            self._finish(connection, state, state.count + len(items) - removed, None)
        else:
            self._splice(connection, state, index, index + removed, items)

    def _splice(self, connection: engine.Connection, state: _State, start: int, stop: int, items: list[str]) -> None:
        positions = self._positions(state, connection)
        count = state.count - (stop - start) + len(items)
        in_leaves = positions.total
        if start >= in_leaves:
            tail = self._tail(connection)
            tail[start - in_leaves : stop - in_leaves] = items
            full, rest = divide_tail(tail)
            self._leaves.replace(connection, positions, len(positions), len(positions), full)
            self._finish(connection, state, count, rest)
            return
        first, skip = positions.find(start)
        old = self._leaves.read(connection, positions, first)
        new = [*old[:skip], *items]
        if stop > in_leaves:
            new += self._tail(connection)[max(stop - in_leaves, 0) :]
            full, rest = divide_tail(new)
            self._leaves.replace(connection, positions, first, len(positions), full)
            self._finish(connection, state, count, rest)
            return
        after = first + 1
        if stop > start:
            last, offset = positions.find(stop - 1)
            new += (old if last == first else self._leaves.read(connection, positions, last))[offset + 1 :]
            after = last + 1
        else:
            new += old[skip:]
        if len(new) < FEW and len(positions) > after - first:
            if after < len(positions):
                new += self._leaves.read(connection, positions, after)
                after += 1
            else:
                first -= 1
                new = self._leaves.read(connection, positions, first) + new
        self._leaves.replace(connection, positions, first, after, divide(new))
        self._finish(connection, state, count, None)

    def _finish(self, connection: engine.Connection, state: _State, count: int, tail: str | None) -> None:
        """Write the list's header, and remember it; None leaves the tail as it is."""
        if tail is None:
            connection.execute(_COUNT, (count, self.number))
        else:
            connection.execute(_COUNT_AND_TAIL, (count, tail, self.number))
            state.tail_chars, state.tail_items = len(tail), tail.count("\n")
        state.version += 1
        state.count = count
        state.leaf = None
        if state.flags & LOGGED:
            self.catalog.log_change(connection, self.number, None)
