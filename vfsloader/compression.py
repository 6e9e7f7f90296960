"""Zstandard where it is at hand: in Python 3.14 and later, or by ``pip install vfsloader[zstd]``."""

from __future__ import annotations

import importlib
from typing import Any

#: A worse ratio of size than this is not worth unpacking it.
WORTHWHILE = 0.9
LEVEL = 1
_MAGIC = b"\x28\xb5\x2f\xfd"


def _find() -> Any:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


zstd = _find()


def pack(data: bytes) -> bytes:
    """Make bytes smaller where that is possible and worthwhile.

    Examples
    --------
    >>> unpack(pack(b"snow " * 1000)) == b"snow " * 1000
    True
    """
    if zstd is not None:
        smaller: bytes = zstd.compress(data, LEVEL)
        if len(smaller) < len(data) * WORTHWHILE:
            return smaller
    return b"\0" + data


def unpack(data: bytes) -> bytes:
    """Give the bytes that :func:`pack` was given.

    Raises
    ------
    ValueError
        They are damaged, or were packed where Zstandard was at hand, and here it is not.
    """
    if data[:1] == b"\0":
        return data[1:]
    if data[:4] != _MAGIC or zstd is None:
        raise ValueError("it was packed in another way")
    try:
        plain: bytes = zstd.decompress(data)
    except zstd.ZstdError as error:
        raise ValueError(f"it is damaged: {error}") from error
    return plain
