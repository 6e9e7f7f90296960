"""The order in which the parts of a line are written: Hebrew and Arabic run from right to left, numbers in them do not.

A part of Unicode's algorithm for bidirectional text (UAX #9): no embeddings, as those control characters never reach
the menu, and no isolates.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

#: Classes of characters that set a direction.
_LEFT, _RIGHT = frozenset({"L"}), frozenset({"R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
#: Letters of scripts that are written from right to left.
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


def is_rightward(text: str) -> bool:
    """Return whether a text begins on the right: whether its first letter is of a script written that way.

    Examples
    --------
    >>> is_rightward("שלום mod"), is_rightward("mod שלום")
    (True, False)
    """
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in _LEFT:
            return False
        if kind in _RIGHT:
            return True
    return False


def visual_runs(text: str) -> list[tuple[str, bool]]:
    """Divide one line into runs of one direction, in the order in which they are drawn from left to right.

    Returns
    -------
    list[tuple[str, bool]]
        Each run in the order in which it is read, and whether it is drawn from right to left.

    Examples
    --------
    >>> visual_runs("mod"), visual_runs("")
    ([('mod', False)], [])
    >>> visual_runs("x אבג y")
    [('x ', False), ('אבג', True), (' y', False)]
    >>> visual_runs("אב 12")
    [('12', False), ('אב ', True)]
    """
    if not text:
        return []
    if text.isascii() or not _RTL.search(text):
        return [(text, False)]
    levels = _levels(text)
    runs = [(level, "".join(text[index] for index in part)) for level, part in _groups(levels)]
    for level in range(max(levels), 0, -1):
        runs = _reversed_from(runs, level)
    return [(run, level % 2 == 1) for level, run in runs]


def _levels(text: str) -> list[int]:
    """Return the embedding level of each character."""
    base = int(is_rightward(text))
    left = 2 * base  # the level of letters written from left to right
    kinds: list[str] = []
    strong = "R" if base else "L"
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in _LEFT or kind in _RIGHT:
            strong = kind = "L" if kind in _LEFT else "R"
        elif kind in _NUMBERS:
            kind = "N" if strong == "R" else "L"
        elif kind == "NSM" and kinds:
            kind = kinds[-1]
        else:
            kind = ""
        kinds.append(kind)
    levels: list[int] = []
    for index, kind in enumerate(kinds):
        if not kind:
            before = next((other for other in reversed(kinds[:index]) if other), "")
            after = next((other for other in kinds[index:] if other), "")
            sides = {"R" if side == "N" else side for side in (before, after)}
            kind = sides.pop() if len(sides) == 1 else ""
        levels.append({"L": left, "R": 1, "N": 2}.get(kind, base))
    return levels


def _groups(levels: list[int]) -> list[tuple[int, list[int]]]:
    return [(level, list(part)) for level, part in groupby(range(len(levels)), key=levels.__getitem__)]


def _reversed_from(runs: list[tuple[int, str]], level: int) -> list[tuple[int, str]]:
    """Reverse the order of neighbours whose level is at least `level`."""
    result: list[tuple[int, str]] = []
    for is_higher, part in groupby(runs, key=lambda run: run[0] >= level):
        neighbours = list(part)
        result += neighbours[::-1] if is_higher else neighbours
    return result
