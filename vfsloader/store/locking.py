"""The error of a writer whose turn did not come."""

from __future__ import annotations

from vfsloader.errors import LockedError


def locked(path: str, holder: str, timeout: float) -> LockedError:
    """Return the error of a writer that waited `timeout` seconds for `holder`, ``"another thread"`` or process."""
    return LockedError.at(path, f"{holder} has been writing {path} for {timeout:g} s; try again later")
