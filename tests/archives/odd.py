"""What a generator of archives makes."""

from __future__ import annotations

from typing import NamedTuple


class Odd(NamedTuple):
    """An archive, and what is in it for everybody who reads it."""

    data: bytes
    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()
