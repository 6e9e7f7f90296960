"""Which leaf holds the item at an index: sums over leaves of changing sizes.

References
----------
P. M. Fenwick, "A new data structure for cumulative frequency tables", Software: Practice and Experience 24 (1994).
"""

from __future__ import annotations


class Positions:
    """The leaves of a list in order, and how many items each has.

    Parameters
    ----------
    leaves
        Place, number and count of each.

    Examples
    --------
    >>> positions = Positions([(10, 1, 3), (20, 2, 4)])
    >>> positions.find(3), positions.total
    ((1, 0), 7)
    """

    def __init__(self, leaves: list[tuple[int, int, int]]) -> None:
        self.places = [place for place, _, _ in leaves]
        self.numbers = [number for _, number, _ in leaves]
        self.counts = [count for _, _, count in leaves]
        self.total = sum(self.counts)
        self._tree: list[int] = []
        self._top = 0

    def find(self, index: int) -> tuple[int, int]:
        """Give which leaf holds the item at `index`, and which of its items it is."""
        if not self._tree:
            self._build()
        tree, at, step = self._tree, 0, self._top
        while step:
            after = at + step
            if after < len(tree) and tree[after] <= index:
                at = after
                index -= tree[after]
            step >>= 1
        return at, index

    def change(self, leaf: int, added: int) -> None:
        """Count items that came to a leaf, or went."""
        self.counts[leaf] += added
        self.total += added
        tree, at = self._tree, leaf + 1
        while at < len(tree):
            tree[at] += added
            at += at & -at

    def replace(self, first: int, after: int, leaves: list[tuple[int, int, int]]) -> None:
        """Put leaves in place of some others."""
        self.total += sum(count for _, _, count in leaves) - sum(self.counts[first:after])
        self.places[first:after] = [place for place, _, _ in leaves]
        self.numbers[first:after] = [number for _, number, _ in leaves]
        self.counts[first:after] = [count for _, _, count in leaves]
        self._tree = []

    def __len__(self) -> int:
        return len(self.numbers)

    def _build(self) -> None:
        tree = [0, *self.counts]
        for at in range(1, len(tree)):
            above = at + (at & -at)
            if above < len(tree):
                tree[above] += tree[at]
        self._tree = tree
        self._top = 1 << (len(self.counts).bit_length() - 1) if self.counts else 0
