"""Cutting bytes where their content says so, so that an insertion moves no cut but those beside it.

A cut lies after seven bytes that spell a word: a table puts each byte into one of four classes, and the word is a row
of seven classes, which chance spells at one place in 16,384, whatever stands before. Both steps, translating and
searching, work on a whole block at a time, so that no loop of Python looks at a byte.

References
----------
Muthitacharoen, Chen, Mazieres: A low-bandwidth network file system (SOSP 2001), 3.1, for cutting by content.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

#: Bytes: no piece is smaller but the last of a stream, none larger; most are of about 16 KiB.
SMALLEST, LARGEST = 2 << 10, 128 << 10
_WORD = bytes((0, 1, 2, 3, 1, 0, 2))


def _classes() -> bytes:
    table = [value % 4 for value in range(256)]
    random.Random("vfsloader").shuffle(table)  # noqa: S311 - the same everywhere, and no secret
    return bytes(table)


_CLASSES = _classes()


def cuts(data: bytes, *, is_end: bool) -> Iterator[int]:
    """Give the ends of the pieces of `data`.

    Parameters
    ----------
    data
        A stream from one cut on.
    is_end
        Whether the stream ends with `data`. Else what follows the last cut is to be given again, with more.

    Examples
    --------
    >>> import random
    >>> data = random.Random(1).randbytes(1 << 20)
    >>> before, after = ({data[:9] + data[9:][a:b] for a, b in zip([0, *ends], ends)} and set(
    ...     text[a:b] for a, b in zip([0, *ends], ends)) for text in (data, data[:500_000] + b"!" + data[500_000:])
    ...     for ends in [list(cuts(text, is_end=True))])
    >>> len(before - after)
    1
    """
    classes = data.translate(_CLASSES)
    start = 0
    while len(data) - start > SMALLEST:
        limit = start + LARGEST
        found = classes.find(_WORD, start + SMALLEST - len(_WORD), limit)
        if found >= 0:
            start = found + len(_WORD)
        elif limit <= len(data):
            start = limit
        else:
            break
        yield start
    if is_end and start < len(data):
        yield len(data)
