"""Fair comparisons: ours and the baseline in turn, medians, and a ratio that means the same on any machine."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    against: str
    ratio: float
    """Time of ours over time of the baseline; below 1 is faster."""
    target: float | None
    """The largest ratio that is good enough; None where the row is for information."""

    @property
    def good(self) -> bool:
        return self.target is None or self.ratio <= self.target

    def __str__(self) -> str:
        told = f"{1 / self.ratio:8.2f}x faster" if 0 < self.ratio < 1 else f"{self.ratio:8.2f}x the time"
        if not self.ratio:
            told = "    none at all"
        wanted = ""
        if self.target is not None:
            wanted = f"{1 / self.target:.2f}x faster" if self.target < 0.9 else f"{self.target:.2f}x the time"
        mark = "" if self.target is None else "ok" if self.good else "MISSED"
        return f"{self.what:<58} {self.against:<34} {told:<20} {wanted:<15} {mark}"


def seconds(call: Callable[[], object]) -> float:
    """Time one call."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start
    finally:
        gc.enable()


def compare(
    what: str,
    ours: Callable[[], object],
    against: str,
    baseline: Callable[[], object],
    target: float | None = None,
    *,
    rounds: int = ROUNDS,
    before: Callable[[], object] = lambda: None,
) -> Row:
    """Run both in turn, `rounds` times after one that does not count, and compare their medians.

    `before` runs, untimed, before each.
    """
    mine, theirs = [], []
    for step in range(rounds + 1):
        before()
        one = seconds(ours)
        before()
        other = seconds(baseline)
        if step:
            mine.append(one)
            theirs.append(other)
    return Row(what, against, statistics.median(mine) / statistics.median(theirs), target)
