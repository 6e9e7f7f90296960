"""Pointers into data, such as ``/items/3/name``.

References
----------
RFC 6901, JSON Pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


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
        raise ValueError(f"a path starts with /, unlike {pointer!r:.60}")
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]


def leaves(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield the pointer and the value of everything that has no members: scalars, empty tables and empty lists.

    Examples
    --------
    >>> dict(leaves({"sword": {"tags": ["old", "sharp"]}, "bow": {}}))
    {'/sword/tags/0': 'old', '/sword/tags/1': 'sharp', '/bow': {}}
    """
    waiting = [("", data)]  # not a recursion: a mod's data may be nested more deeply than the stack allows
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, dict) and node:
            for key in reversed(node):
                waiting.append((f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}", node[key]))
        elif isinstance(node, list) and node:
            waiting += [(f"{pointer}/{index}", node[index]) for index in reversed(range(len(node)))]
        else:
            yield pointer, node
