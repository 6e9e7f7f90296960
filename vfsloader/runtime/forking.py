"""What becomes of locks when the process forks while another thread works.

A child process inherits locks in the state that they have, but not the threads that would release them. Therefore the
thread that forks first waits a moment for the locks of all registered objects, so that no change is half-way. An object
whose lock it does not get learns that in the child, and refuses to be used there.

Caches and the like need less: whatever another thread was doing with them, the child can use them with a new lock.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol

#: Seconds that a fork waits for a thread that changes something.
_PATIENCE = 1.0


class Lock(Protocol):
    """A lock of :mod:`threading`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire it; return whether that worked in time."""

    def release(self) -> None:
        """Release it."""


class Forkable(Protocol):
    """An object with locks that a child process inherits."""

    def fork_locks(self) -> Sequence[Lock]:
        """Return the locks that protect it, outermost first."""

    def kept_by_fork(self) -> object:
        """Return what must not be closed in the child."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Be ready for use in the child, or for refusing it; `was_busy` if another thread was changing this object."""


class Guard:
    """A lock of a module, for a few lines that never wait, which a child process can use as well.

    Parameters
    ----------
    make
        Makes the lock: :class:`threading.RLock` if a finalizer may need it inside of these lines.
    """

    def __init__(self, make: Callable[[], Lock] = threading.Lock) -> None:
        self._make = make
        self._lock = make()
        survive_fork(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    def fork_locks(self) -> Sequence[Lock]:
        """Return the lock."""
        return (self._lock,)

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Replace a lock that nobody would release."""
        if was_busy:
            self._lock = self._make()


_objects: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
#: Objects that only need new locks, with the names of their attributes.
_renewed: dict[weakref.ref[Any], tuple[str, ...]] = {}
_forking = threading.local()
#: What the child inherited and must not close, as long as it runs.
_kept: list[object] = []


def survive_fork(forkable: Forkable) -> None:
    """Care for the locks of an object when the process forks, as long as it lives."""
    _objects[id(forkable)] = forkable


def renew_in_child(owner: object, *attributes: str) -> None:
    """Replace the locks of an object in each child process, as long as the object lives.

    Parameters
    ----------
    owner
        An object that can be used whatever another thread was doing with it when the process was forked.
    attributes
        Where it keeps its locks, each a ``threading.Lock`` or ``threading.RLock``.
    """
    _renewed[weakref.ref(owner, _forget)] = attributes


def _forget(owner: weakref.ref[Any]) -> None:
    _renewed.pop(owner, None)


def _before() -> None:
    _forking.held = []
    _forking.busy = []
    _forking.kept = []
    for forkable in _all():
        acquired = []
        for lock in forkable.fork_locks():
            if not lock.acquire(timeout=_PATIENCE):
                break
            acquired.append(lock)
        else:
            _forking.held.append((forkable, acquired))
            _forking.kept.append(forkable.kept_by_fork())
            continue
        _release(acquired)
        _forking.busy.append(forkable)
        _forking.kept.append(forkable.kept_by_fork())


def _after_in_parent() -> None:
    for _, acquired in _forking.held:
        _release(acquired)
    _forking.held = _forking.busy = _forking.kept = []


def _after_in_child() -> None:
    _kept.extend(_forking.kept)
    for forkable, acquired in _forking.held:
        _release(acquired)
        forkable.after_fork_in_child(was_busy=False)
    for forkable in _forking.busy:
        forkable.after_fork_in_child(was_busy=True)
    _forking.held = _forking.busy = _forking.kept = []
    for reference, attributes in list(_renewed.items()):
        owner = reference()
        for attribute in attributes if owner is not None else ():
            is_reentrant = isinstance(getattr(owner, attribute), type(threading.RLock()))
            setattr(owner, attribute, threading.RLock() if is_reentrant else threading.Lock())


def _release(acquired: list[Lock]) -> None:
    for lock in reversed(acquired):
        lock.release()


def _all() -> list[Forkable]:
    while True:
        try:
            return list(_objects.values())
        except RuntimeError:  # another thread has just registered one
            continue


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
