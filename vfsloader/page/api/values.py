"""Untrusted data as JSON that a browser reads: bounded, without what JSON cannot say, and with text that is safe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vfsloader.datamerge.merge import ABSENT
from vfsloader.quoting import plain

#: Whole numbers beyond these lose digits in a browser.
_MOST_EXACT = 2**53
_DEEPEST = 60
_LONGEST_TEXT = 2000


def plain_data(value: Any, nodes: int = 20_000) -> Any:
    """Return data as JSON can say it: of too much data only a part, and other values as texts.

    What is left out is ``{"$left_out": how many}``, and a value that is not there is ``{"$absent": true}``.

    Examples
    --------
    >>> plain_data({"a": [1, float("nan"), 2**60]})
    {'a': [1, 'nan', '1152921504606846976']}
    >>> plain_data([1, 2, 3, 4], nodes=3)
    [1, 2, {'$left_out': 2}]
    """
    return _plain(value, [nodes], 0)


def _plain(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if value is ABSENT:
        return {"$absent": True}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if abs(value) < _MOST_EXACT else str(value) if value.bit_length() < 4096 else "a huge number"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        if depth >= _DEEPEST:
            return {"$left_out": len(value)}
        table: dict[str, Any] = {}
        for count, (key, member) in enumerate(value.items()):
            if left[0] <= 0:
                table["$left_out"] = len(value) - count
                break
            table[_text(str(key))] = _plain(member, left, depth + 1)
        return table
    if isinstance(value, (list, tuple)):
        items: list[Any] = []
        for count, member in enumerate(value):
            if left[0] <= 0 or depth >= _DEEPEST:
                items.append({"$left_out": len(value) - count})
                break
            items.append(_plain(member, left, depth + 1))
        return items
    return _text(str(value))


def _text(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= _LONGEST_TEXT:
        return text
    return "\n".join(plain(line, _LONGEST_TEXT) for line in text[:_LONGEST_TEXT].split("\n"))
