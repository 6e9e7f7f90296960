"""Finding the leaf that holds the item at an index: sums over leaves of different sizes, in two steps.

The item counts of leaves are summed by segments of a fixed number of leaves, and the segments are summed again. Both
sums are recomputed only where something changed, by C code, so that a look-up costs two bisections.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

_SEGMENT = 128
#: Sort key, number and item count of a leaf.
Leaf = tuple[int, int, int]


class Positions:
    """The leaves of a list in order, and how many items each has.

    Parameters
    ----------
    leaves
        All of them, in order.

    Examples
    --------
    >>> positions = Positions([(10, 1, 3), (20, 2, 4)])
    >>> positions.find(3), positions.total
    ((1, 0), 7)
    """

    def __init__(self, leaves: list[Leaf]) -> None:
        self.sort_keys = [sort_key for sort_key, _, _ in leaves]
        self.numbers = [number for _, number, _ in leaves]
        self.counts = [count for _, _, count in leaves]
        self.total = sum(self.counts)
        self._sums: list[int] = []
        self._ends: list[int] | None = None
        self._inner: dict[int, list[int]] = {}
        self._sum_up(0)

    def __len__(self) -> int:
        return len(self.numbers)

    def find(self, index: int) -> tuple[int, int]:
        """Return which leaf holds the item at `index`, which must exist, and which of the leaf's items it is."""
        if self._ends is None:
            self._ends = list(accumulate(self._sums))
        segment = bisect_right(self._ends, index)
        if segment:
            index -= self._ends[segment - 1]
        first = segment * _SEGMENT
        ends = self._inner.get(segment)
        if ends is None:
            ends = self._inner[segment] = list(accumulate(self.counts[first : first + _SEGMENT]))
        leaf = bisect_right(ends, index)
        return first + leaf, index - ends[leaf - 1] if leaf else index

    def change(self, leaf: int, added: int) -> None:
        """Count items that were added to a leaf, or removed if negative."""
        self.counts[leaf] += added
        self.total += added
        self._sums[leaf // _SEGMENT] += added
        self._inner.pop(leaf // _SEGMENT, None)
        self._ends = None

    def replace(self, first: int, after: int, leaves: list[Leaf]) -> None:
        """Replace the leaves from `first` to before `after`."""
        added = sum(count for _, _, count in leaves) - sum(self.counts[first:after])
        self.total += added
        self.sort_keys[first:after] = [sort_key for sort_key, _, _ in leaves]
        self.numbers[first:after] = [number for _, number, _ in leaves]
        self.counts[first:after] = [count for _, _, count in leaves]
        segment = first // _SEGMENT
        if len(leaves) - (after - first) == 1 and after // _SEGMENT == segment and len(self.counts) % _SEGMENT != 1:
            # The most common case is a leaf that was split: each later segment takes over one leaf from the one before.
            counts, sums = self.counts, self._sums
            for start in range(segment + 1, len(sums)):
                sums[start] += counts[start * _SEGMENT] - (
                    counts[(start + 1) * _SEGMENT] if (start + 1) * _SEGMENT < len(counts) else 0
                )
            sums[segment] += added - (counts[(segment + 1) * _SEGMENT] if (segment + 1) * _SEGMENT < len(counts) else 0)
            self._inner.clear()
            self._ends = None
        else:
            self._sum_up(segment)

    def _sum_up(self, segment: int) -> None:
        counts = self.counts
        self._sums[segment:] = [
            sum(counts[start : start + _SEGMENT]) for start in range(segment * _SEGMENT, len(counts), _SEGMENT)
        ]
        self._inner.clear()
        self._ends = None
