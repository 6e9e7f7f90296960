"""Calls that every :func:`vfsloader.update` makes, for packages that a game may never import."""

from __future__ import annotations

from collections.abc import Callable

_polls: list[Callable[[], object]] = []


def register(poll: Callable[[], object]) -> None:
    """Call `poll` at each update from now on; once, however often it is registered."""
    if poll not in _polls:
        _polls.append(poll)


def poll_all() -> None:
    """Call everything that is registered."""
    for poll in _polls:
        poll()
