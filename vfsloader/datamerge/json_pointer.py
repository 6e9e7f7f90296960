"""Pointers into data, such as ``/items/3/name``.

References
----------
RFC 6901, JSON Pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget

#: All pointers into one file that a mod changed together have at most so many characters for each value allowed.
CHARACTERS_A_VALUE = 64


def tokens_of(pointer: str) -> list[str]:
    """Return the keys and indices along a pointer.

    Raises
    ------
    ValueError
        The pointer is not empty and does not start with a slash.

    Examples
    --------
    >>> tokens_of("/a~1b/0")
    ['a/b', '0']
    """
    start, *tokens = pointer.split("/")
    if start:
        raise ValueError(f"a path starts with /, unlike {quoted(pointer)}")
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]


def leaves(data: Any, budget: Budget | None = None) -> Iterator[tuple[str, Any]]:
    """Yield the pointer and the value of everything that has no members: scalars, empty tables and empty lists.

    Parameters
    ----------
    data
        Data as ``json`` or ``tomllib`` returns it.
    budget
        What limits the values, their depth and the length of all pointers together. With None, nothing does.

    Raises
    ------
    BudgetError
        There are more values than the budget allows, or they are nested too deeply.

    Examples
    --------
    >>> dict(leaves({"sword": {"tags": ["old", "sharp"]}, "bow": {}}))
    {'/sword/tags/0': 'old', '/sword/tags/1': 'sharp', '/bow': {}}
    """
    values = characters = 0
    waiting = [("", data)]  # not a recursion: a mod's data may be nested more deeply than the stack allows
    while waiting:
        pointer, node = waiting.pop()
        if not isinstance(node, (dict, list)) or not node:
            yield pointer, node
            continue
        if budget is not None:
            values += len(node)
            characters += len(node) * (len(pointer) + 1) + (sum(map(len, map(str, node))) if type(node) is dict else 0)
            if values > budget.limits.nodes or characters > CHARACTERS_A_VALUE * budget.limits.nodes:
                raise budget.exceeded("nodes")
            budget.check_depth(pointer.count("/") + 1)
        if isinstance(node, dict):
            for key in reversed(node):
                waiting.append((f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", node[key]))
        else:
            waiting += [(f"{pointer}/{index}", node[index]) for index in reversed(range(len(node)))]
