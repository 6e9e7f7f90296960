"""Polls that a game runs once a frame.

A package that has something to poll registers a function when there is first something to do, so that
:func:`vfsloader.update` need not import the package, and costs next to nothing while nothing is registered.
"""

from __future__ import annotations

from collections.abc import Callable

from vfsloader.runtime.forking import Guard

_polls: list[Callable[[], object]] = []
#: One thread may register while another unregisters: neither loses what the other did.
_lock = Guard()


def register(poll: Callable[[], object]) -> None:
    """Call `poll` at each :func:`poll_all` from now on; registering it again changes nothing."""
    with _lock:
        if poll not in _polls:
            _polls.append(poll)


def unregister(poll: Callable[[], object]) -> None:
    """Do not call `poll` any more; called on any thread, also by `poll` itself."""
    global _polls
    with _lock:
        _polls = [other for other in _polls if other != poll]


def poll_all() -> None:
    """Call every registered function, in the order in which they were registered."""
    for poll in _polls:
        poll()
