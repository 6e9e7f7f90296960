"""Files that are kept open between two reads, and are let go when somebody wants to replace, move or delete them.

Windows refuses all three for a file that is open. Whatever keeps files open registers a function that closes them.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable

from vfsloader.runtime.forking import Guard

Release = Callable[[str], object]

_lock = Guard()
_holders: list[Callable[[], Release | None]] = []


def on_release(release: Release) -> None:
    """Call a function before a path is given up as open; it closes what it has open there.

    Parameters
    ----------
    release
        Takes the real path of a file or a folder. If it is a method, its object is not kept alive.
    """
    bound = getattr(release, "__self__", None) is not None
    reference: Callable[[], Release | None] = weakref.WeakMethod(release) if bound else lambda: release
    with _lock:
        _holders[:] = [holder for holder in _holders if holder() is not None]
        _holders.append(reference)


def let_go(path: str | os.PathLike[str]) -> None:
    """Close what this process has open at a path, or below it."""
    real = os.path.abspath(path)
    with _lock:
        holders = list(_holders)
    for holder in holders:
        release = holder()
        if release is not None:
            release(real)


def is_at(file: str | os.PathLike[str], path: str) -> bool:
    """Return whether a file is at a path, or below it.

    Examples
    --------
    >>> is_at("mods/snow/a.ogg", os.path.abspath("mods/snow")), is_at("mods/snowy", os.path.abspath("mods/snow"))
    (True, False)
    """
    file, path = os.path.normcase(os.path.abspath(file)), os.path.normcase(path)
    return file == path or file.startswith(path.rstrip(os.sep) + os.sep)
