"""Change notification: registering the methods that want to know, and calling them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

from vfsloader.runtime.forking import Guard

#: A bound method that is called without arguments.
Listener = Callable[[], None]
#: Ends a subscription; calling it again does nothing.
Unsubscribe = Callable[[], None]


class _Subscription(NamedTuple):
    owner: weakref.ref[Any]
    changed: Callable[[Any], None]
    uncommitted: Callable[[Any], None] | None


class Listeners:
    """Bound methods to be called when something changed.

    Their objects are held weakly, so that a subscriber that nobody uses any more can simply be dropped. A method is
    called once for each change, however often it was added.
    """

    def __init__(self) -> None:
        self._lock = Guard()
        self._subscriptions: tuple[_Subscription, ...] = ()

    def __len__(self) -> int:
        return sum(subscription.owner() is not None for subscription in self._subscriptions)

    def add(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call a bound method from now on, as long as its object lives.

        Parameters
        ----------
        listener
            Called once after each change, when it is committed.
        uncommitted
            A method of the same object, called after each step inside a transaction, and when one is rolled back: for
            those who remember answers, as a transaction sees its own changes before anyone else does.

        Returns
        -------
        callable
            Ends the subscription.
        """
        owner = listener.__self__  # type: ignore[attr-defined]
        added = _Subscription(
            weakref.ref(owner),
            listener.__func__,  # type: ignore[attr-defined]
            None if uncommitted is None else uncommitted.__func__,  # type: ignore[attr-defined]
        )
        with self._lock:
            alive = tuple(one for one in self._subscriptions if one.owner() is not None)
            is_known = any(one.owner() is owner and one[1:] == added[1:] for one in alive)
            self._subscriptions = alive if is_known else (*alive, added)

        def unsubscribe() -> None:
            with self._lock:
                self._subscriptions = tuple(
                    one for one in self._subscriptions if one.owner is not added.owner or one[1:] != added[1:]
                )

        return unsubscribe

    def notify(self) -> None:
        """Announce a change that is committed."""
        for owner, changed, _ in self._subscriptions:
            listener = owner()
            if listener is not None:
                changed(listener)

    def notify_uncommitted(self) -> None:
        """Say that the running transaction sees another tree now."""
        for owner, _, uncommitted in self._subscriptions:
            if uncommitted is not None:
                listener = owner()
                if listener is not None:
                    uncommitted(listener)
