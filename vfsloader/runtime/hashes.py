"""SHA-256 of the small files that a game reads at its start, without OpenSSL.

Importing :mod:`hashlib` loads OpenSSL, which takes 3 MB of memory and 2 ms. It then hashes five times as fast as
Python's own code. So a program that hashes little does without it.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256 as _own
    else:
        from _sha256 import sha256 as _own  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # a Python that was built otherwise
    from hashlib import sha256 as _own

#: Python's own code hashes so many bytes altogether.
SMALL_BYTES = 2 << 20

_left = SMALL_BYTES


class Hasher(Protocol):
    """What :mod:`hashlib` returns."""

    def update(self, data: Any, /) -> None:
        """Hash more bytes."""

    def digest(self) -> bytes:
        """Return the hash."""

    def hexdigest(self) -> str:
        """Return the hash as a text."""


def sha256(data: bytes | bytearray | memoryview = b"") -> Hasher:
    """Return a new SHA-256 object of :mod:`hashlib`, or of Python's own code while there is little to hash.

    Examples
    --------
    >>> sha256(b"moth").hexdigest()[:8]
    '19c3d6e4'
    """
    global _left
    _left -= max(len(data), 64)
    if _left > 0 and "hashlib" not in sys.modules:
        return _own(data)  # type: ignore[no-any-return,unused-ignore]
    import hashlib

    globals()["sha256"] = hashlib.sha256  # callers that ask this module each time save a call
    return hashlib.sha256(data)
