"""The errors of a writer whose turn did not come, and of a child process that cannot use what it inherited."""

from __future__ import annotations

from vfsloader.errors import LockedError


def locked(path: str, holder: str, timeout: float) -> LockedError:
    """Return the error of a writer that waited `timeout` seconds for `holder`, ``"another thread"`` or process."""
    return LockedError.at(path, f"{holder} has been writing {path} for {timeout:g} s; try again later")


def fork_error(path: str, reason: str) -> LockedError:
    """Return the error of a child process that uses a store which it inherited by ``fork()``."""
    return LockedError.at(path, f"the store {path} cannot be used in this child process: {reason}")
