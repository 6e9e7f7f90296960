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


def leaves(data: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the pointer and the value of everything that has no members: scalars, empty tables and empty lists.

    Examples
    --------
    >>> dict(leaves({"sword": {"tags": ["old", "sharp"]}, "bow": {}}))
    {'/sword/tags/0': 'old', '/sword/tags/1': 'sharp', '/bow': {}}
    """
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(data, list) and data:
        for index, value in enumerate(data):
            yield from leaves(value, f"{pointer}/{index}")
    else:
        yield pointer, data
