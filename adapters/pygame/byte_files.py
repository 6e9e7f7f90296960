"""Bytes for pygame's loaders. pygame-ce in a browser reads no file objects, only real files."""

from __future__ import annotations

import io
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Whether pygame reads only real files; there, they are in memory.
NEEDS_REAL_FILES = sys.platform == "emscripten"
_numbers = itertools.count()


def read_bytes(load: Callable[..., T], data: bytes, *values: Any) -> T:
    """Call a loader of pygame with bytes.

    Parameters
    ----------
    load
        Takes a file object, or the path of a real file.
    data
        The content of the file.
    values
        What else it takes.

    Examples
    --------
    >>> read_bytes(lambda file, size: file.read(size), b"hello", 4)
    b'hell'
    """
    if not NEEDS_REAL_FILES:
        return load(io.BytesIO(data), *values)
    path = os.path.join(tempfile.gettempdir(), f"vfsloader-{os.getpid()}-{next(_numbers)}")
    try:
        with open(path, "xb") as file:
            file.write(data)
        return load(path, *values)
    finally:
        os.unlink(path)  # a font that goes on reading has the file open
