"""Change notification: registering the methods that want to know, and calling them."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import NamedTuple

#: A bound method that is called without arguments.
Listener = Callable[[], None]
#: Ends a subscription; calling it again does nothing.
Unsubscribe = Callable[[], None]
_Reference = weakref.WeakMethod[Listener]


class _Subscription(NamedTuple):
    changed: _Reference
    uncommitted: _Reference | None


class Listeners:
    """Bound methods to be called when something changed.

    They are held weakly, so that a subscriber that nobody uses any more can simply be dropped. A method is called
    once for each change, however often it was added.
    """

    __slots__ = ("__weakref__", "_lock", "_subscriptions")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: tuple[_Subscription, ...] = ()

    def __len__(self) -> int:
        return sum(subscription.changed() is not None for subscription in self._subscriptions)

    def add(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call a bound method from now on, as long as its object lives.

        Parameters
        ----------
        listener
            Called once after each change, when it is committed.
        uncommitted
            Called after each step inside a transaction, and when one is rolled back: for those who remember answers,
            as a transaction sees its own changes before anyone else does.

        Returns
        -------
        callable
            Ends the subscription.
        """
        added = _Subscription(
            weakref.WeakMethod(listener), None if uncommitted is None else weakref.WeakMethod(uncommitted)
        )
        with self._lock:
            alive = tuple(one for one in self._subscriptions if one.changed() is not None)
            self._subscriptions = alive if added in alive else (*alive, added)

        def unsubscribe() -> None:
            with self._lock:
                self._subscriptions = tuple(one for one in self._subscriptions if one != added)

        return unsubscribe

    def notify(self) -> None:
        """Announce a change that is committed."""
        for subscription in self._subscriptions:
            listener = subscription.changed()
            if listener is not None:
                listener()

    def notify_uncommitted(self) -> None:
        """Say that the running transaction sees another tree now."""
        for subscription in self._subscriptions:
            listener = None if subscription.uncommitted is None else subscription.uncommitted()
            if listener is not None:
                listener()
