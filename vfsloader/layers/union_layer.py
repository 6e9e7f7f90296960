"""A whole union as one layer of another: how one file system is mounted in another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import BinaryIO

from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, prepared_of
from vfsloader.layers.union import Found, Union


class UnionLayer(BaseLayer):
    """A whole union as one layer of another.

    Parameters
    ----------
    union
        Returns the union as it is at the moment.
    name
        What messages call the layer.
    path
        Where its writable layer is.
    subscribe
        Registers a listener for changes, as :meth:`Layer.subscribe` does.
    """

    def __init__(
        self,
        union: Callable[[], Union],
        name: str,
        path: str,
        subscribe: Callable[[Listener, Listener | None], Unsubscribe],
    ) -> None:
        self.name = name
        self.path = path
        self._union = union
        self._subscribe = subscribe

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether the layers of the union report theirs."""
        return self._union().reports_changes

    def find(self, path: str) -> Entry | None:
        """Find the winner of a path."""
        found = self._union().find(path)
        return None if found is None else found.entry._replace(locator=found)

    def list(self, path: str) -> Iterator[Entry]:
        """List a merged folder."""
        for found in self._union().children(path).values():
            yield found.entry._replace(locator=found)

    def read(self, entry: Entry) -> bytes:
        """Read from the layer that provides the file."""
        found: Found = entry.locator
        return found.layer.read(found.entry)

    def view(self, entry: Entry) -> memoryview:
        """View the bytes of the layer that provides the file."""
        found: Found = entry.locator
        return found.layer.view(found.entry)

    def open(self, entry: Entry) -> BinaryIO:
        """Open from the layer that provides the file."""
        found: Found = entry.locator
        return found.layer.open(found.entry)

    def disk_path(self, entry: Entry) -> str | None:
        """Ask the layer that provides the file."""
        found: Found = entry.locator
        return found.layer.disk_path(found.entry)

    @property
    def has_prepared(self) -> bool:  # type: ignore[override]
        """Whether a layer of the union keeps files in forms that loaders read faster."""
        return any(getattr(mount.layer, "has_prepared", False) for mount in self._union().mounts)

    def prepared(self, entry: Entry) -> memoryview | None:
        """Ask the layer that provides the file."""
        found: Found = entry.locator
        return prepared_of(found.layer, found.entry)

    def version(self) -> Hashable | None:
        """Return the union's version."""
        union = self._union()
        version = union.version()
        return None if version is None else (id(union), version)

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` after each change of the union."""
        return self._subscribe(listener, uncommitted)
