"""Fair comparisons: ours and the baseline in turn, medians, and a ratio that means the same on any machine."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5
#: A sample takes at least so long, where nothing has to be done before each call: what is shorter measures mostly
#: whether another process had its turn.
_SAMPLE_SECONDS = 0.04


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


def seconds(call: Callable[[], object], times: int = 1, clock: Callable[[], float] = time.perf_counter) -> float:
    """Time one call, or the average of several."""
    gc.collect()
    gc.disable()
    try:
        start = clock()
        for _ in range(times):
            call()
        return (clock() - start) / times
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
    before: Callable[[], object] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Row:
    """Run both in turn, `rounds` times after one that does not count, and compare their medians.

    `before` runs, untimed, before each. What neither waits for the disk nor uses threads is measured by
    ``clock=time.process_time``, as other processes change that less.
    """
    mine, theirs = [], []
    often = often_theirs = 1
    for step in range(rounds + 1):
        if before is not None:
            before()
        one = seconds(ours, often, clock)
        if before is not None:
            before()
        other = seconds(baseline, often_theirs, clock)
        if step:
            mine.append(one)
            theirs.append(other)
        elif before is None:
            often, often_theirs = (max(1, math.ceil(_SAMPLE_SECONDS / max(took, 1e-9))) for took in (one, other))
    return Row(what, against, statistics.median(mine) / statistics.median(theirs), target)
