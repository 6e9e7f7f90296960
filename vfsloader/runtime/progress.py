"""The callback by which long calls report how far they are."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the bytes done, the total bytes, and the path just done (empty if there is none).
Progress = Callable[[int, int, str], object]


def ignore_progress(done: int, total: int, path: str) -> None:
    """Do nothing: what long calls use if the caller passed no callback."""
