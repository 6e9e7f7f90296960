"""The leaves of a list: dividing items into leaves, and the rows that hold them.

A leaf is a list of items; as text, each item is followed by a line end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader.store.records.positions import Leaf, Positions

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

#: Items and characters of a leaf, at most; a longer item has a leaf of its own.
LEAF_ITEMS, LEAF_CHARS = 64, 3000
#: Items of a leaf that was made by appending, so that some can be inserted before it is split.
FILL = 48
#: A leaf with fewer items is joined with its neighbour.
FEW = 16
#: The distance between the sort keys of two leaves, so that others fit in between.
_GAP = 1 << 20

_DIRECTORY = (
    "SELECT l.place, l.id, d.count FROM leaf l JOIN leaf_data d ON d.id = l.id WHERE l.list = ? ORDER BY l.place"
)
_ITEMS = "SELECT items FROM leaf_data WHERE id = ?"
_REWRITE = "UPDATE leaf_data SET count = ?, items = ? WHERE id = ?"


class LeafRows:
    """The rows of one list's leaves.

    Each method runs inside the caller's transaction, and keeps `positions` in step with the rows.

    Parameters
    ----------
    number
        The list's number.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def directory(self, connection: engine.Connection) -> Positions:
        """Read which leaves there are."""
        return Positions(connection.execute(_DIRECTORY, (self._number,)).fetchall())  # type: ignore[arg-type]

    def read(self, connection: engine.Connection, positions: Positions, leaf: int) -> list[str]:
        """Return the items of a leaf."""
        items = connection.execute(_ITEMS, (positions.numbers[leaf],)).get
        return items.split("\n")[:-1]  # type: ignore[no-any-return]

    def edit(
        self, connection: engine.Connection, positions: Positions, index: int, removed: int, items: list[str]
    ) -> bool:
        """Replace `removed` items at an index if that changes one leaf alone; return whether it did."""
        if index >= positions.total:
            return False
        leaf, offset = positions.find(index)
        lines: list[str] = connection.execute(_ITEMS, (positions.numbers[leaf],)).get.split("\n")
        lines[offset : offset + removed] = items
        text = "\n".join(lines)
        count = len(lines) - 1
        if not FEW <= count <= LEAF_ITEMS or len(text) > LEAF_CHARS + count:
            return False
        connection.execute(_REWRITE, (count, text, positions.numbers[leaf]))
        if len(items) != removed:
            positions.change(leaf, len(items) - removed)
        return True

    def append(self, connection: engine.Connection, positions: Positions | None, new: list[list[str]]) -> None:
        """Add leaves after the last one."""
        if new:
            last = connection.execute("SELECT max(place) FROM leaf WHERE list = ?", (self._number,)).get or 0
            added = self._insert(connection, new, last, None)
            if positions is not None:
                positions.replace(len(positions), len(positions), added)

    def replace(
        self, connection: engine.Connection, positions: Positions, first: int, after: int, new: list[list[str]]
    ) -> None:
        """Replace the leaves from `first` to before `after`."""
        if after > first and new:  # the row of the first one is used again
            connection.execute(_REWRITE, (len(new[0]), join(new[0]), positions.numbers[first]))
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
                (self._number, positions.sort_keys[first], positions.sort_keys[after - 1]),
            )
        before = positions.sort_keys[first - 1] if first else 0
        behind = positions.sort_keys[after] if after < len(positions) else None
        if behind is not None and behind - before <= len(new):
            positions.replace(first, after, [])
            self._spread(connection, positions)
            before = positions.sort_keys[first - 1] if first else 0
            behind, after = positions.sort_keys[first], first
        positions.replace(first, after, self._insert(connection, new, before, behind))

    def clear(self, connection: engine.Connection) -> None:
        """Remove all leaves."""
        connection.execute("DELETE FROM leaf_data WHERE id IN (SELECT id FROM leaf WHERE list = ?)", (self._number,))
        connection.execute("DELETE FROM leaf WHERE list = ?", (self._number,))

    def _insert(
        self, connection: engine.Connection, new: list[list[str]], before: int, behind: int | None
    ) -> list[Leaf]:
        """Add leaves between two sort keys."""
        step = _GAP if behind is None else (behind - before) // (len(new) + 1)
        added = []
        for index, items in enumerate(new, 1):
            connection.execute("INSERT INTO leaf_data(count, items) VALUES(?, ?)", (len(items), join(items)))
            added.append((before + index * step, connection.last_insert_rowid(), len(items)))
        self._insert_order(connection, added)
        return added

    def _insert_order(self, connection: engine.Connection, leaves: list[Leaf]) -> None:
        rows = [(self._number, sort_key, number) for sort_key, number, _ in leaves]
        connection.executemany("INSERT INTO leaf VALUES(?, ?, ?)", rows)

    def _spread(self, connection: engine.Connection, positions: Positions) -> None:
        """Make the sort keys of all leaves far apart again."""
        leaves = list(zip(positions.numbers, positions.counts, strict=True))
        connection.execute("DELETE FROM leaf WHERE list = ?", (self._number,))
        rows = [(index * _GAP, number, count) for index, (number, count) in enumerate(leaves, 1)]
        self._insert_order(connection, rows)
        positions.replace(0, len(positions), rows)


def join(items: list[str]) -> str:
    """Return the text of a leaf."""
    return "".join([f"{item}\n" for item in items])


def divide(items: list[str], *, even: bool = True) -> list[list[str]]:
    """Divide items into leaves: of equal size, or full ones and a rest."""
    size = LEAF_ITEMS if even else FILL
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


def divide_tail(items: list[str]) -> tuple[list[list[str]], str]:
    """Divide items into full leaves and the text of the rest, which is at most one leaf."""
    *full, rest = divide(items, even=False) or [[]]
    return full, join(rest)
