"""Content-defined chunking: splitting bytes where their content says so.

An insertion therefore moves only the boundaries next to it. A boundary follows seven bytes that spell a word: a table
puts each byte into one of four classes, and the word is a sequence of seven classes, which random bytes spell once in
16,384 positions. Translating and searching both work on a whole block at a time, so no Python loop looks at single
bytes.

References
----------
Muthitacharoen, Chen, Mazieres: A low-bandwidth network file system (SOSP 2001), 3.1, for content-defined chunking.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

#: Sizes in bytes: only the last piece of a stream may be smaller, none is larger, and most are about 16 KiB.
SMALLEST, LARGEST = 2 << 10, 128 << 10
_WORD = bytes((0, 1, 2, 3, 1, 0, 2))
_BLOCK_BYTES = 1 << 20


def _classes() -> bytes:
    table = [value % 4 for value in range(256)]
    random.Random("vfsloader").shuffle(table)  # noqa: S311 - a fixed table, not a secret
    return bytes(table)


_CLASSES = _classes()


def boundaries(data: bytes, *, is_end: bool) -> Iterator[int]:
    """Return the ends of the pieces of `data`.

    Parameters
    ----------
    data
        Part of a stream, starting at a boundary.
    is_end
        Whether the stream ends with `data`. If not, pass the bytes after the last boundary again, with more.

    Examples
    --------
    >>> import random
    >>> data = random.Random(1).randbytes(1 << 20)
    >>> edited = data[:500_000] + b"!" + data[500_000:]
    >>> len(set(pieces([data])) - set(pieces([edited])))
    1
    """
    classes = data.translate(_CLASSES)
    start = 0
    while len(data) - start > SMALLEST:
        limit = start + LARGEST
        word = classes.find(_WORD, start + SMALLEST - len(_WORD), limit)
        if word >= 0:
            start = word + len(_WORD)
        elif limit <= len(data):
            start = limit
        else:
            break
        yield start
    if is_end and start < len(data):
        yield len(data)


def pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Split a stream, which comes in blocks of any size, at its boundaries."""
    remaining = iter(blocks)
    buffer = bytearray()
    is_end = False
    while not is_end:
        while len(buffer) < _BLOCK_BYTES and not is_end:
            block = next(remaining, None)
            is_end = block is None
            buffer += block or b""
        data, start = bytes(buffer), 0
        for end in boundaries(data, is_end=is_end):
            yield data[start:end]
            start = end
        del buffer[:start]
