"""What unions that follow one another subscribe to: of a thousand layers, a toggled mod is one.

The top layer of a union is left out; unions subscribe to it themselves.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Protocol

from vfsloader.layers.listeners import Unsubscribe
from vfsloader.layers.protocol import Layer


class _Mount(Protocol):
    @property
    def layer(self) -> Layer:
        """A layer."""


class Follower(Protocol):
    """A union that forgets its answers when one of its layers changes."""

    @property
    def mounts(self) -> Sequence[_Mount]:
        """Its layers."""

    def forget(self) -> None:
        """Take note of a change."""

    def forget_uncommitted(self) -> None:
        """Take note of a change in a transaction that runs."""


class Subscriptions:
    """Passes the changes of layers on to a union, and to the next one as well while it takes the first one's place.

    Unions are held weakly, as layers hold those who listen.
    """

    def __init__(self) -> None:
        self._followers: tuple[weakref.ref[Follower], ...] = ()
        #: By the identity of a layer; each is a layer of a follower, which keeps it alive.
        self._ends: dict[int, Unsubscribe] = {}

    def add(self, union: Follower) -> None:
        """Notify a union of changes of its layers from now on."""
        self._followers = (*self._followers, weakref.ref(union))
        for mount in union.mounts[1:]:
            if id(mount.layer) not in self._ends:
                self._ends[id(mount.layer)] = mount.layer.subscribe(self.changed, self.changed_uncommitted)

    def remove(self, union: Follower) -> None:
        """Notify a union no more, and listen only to the layers of the others."""
        left = [ref for ref in self._followers if (other := ref()) is not None and other is not union]
        self._followers = tuple(left)
        kept = {id(mount.layer) for ref in left if (other := ref()) is not None for mount in other.mounts[1:]}
        for key in [key for key in self._ends if key not in kept]:
            self._ends.pop(key)()

    def changed(self) -> None:
        """Pass a change on."""
        for ref in self._followers:
            union = ref()
            if union is not None:
                union.forget()

    def changed_uncommitted(self) -> None:
        """Pass a change on that is not committed."""
        for ref in self._followers:
            union = ref()
            if union is not None:
                union.forget_uncommitted()
