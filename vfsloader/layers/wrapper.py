"""What all views of another layer share: bytes, changes and closing are the inner layer's own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import BinaryIO

from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, Layer, prepared_of


class LayerWrapper(BaseLayer):
    """A view of another layer. Subclasses say what the view finds and lists.

    An entry that a view returns keeps the inner layer's locator, so that the inner layer can read it.

    Parameters
    ----------
    layer
        The inner layer; closed together with the view.
    name
        What messages call the view; the inner layer's name if left out.
    """

    def __init__(self, layer: Layer, name: str | None = None) -> None:
        self.layer = layer
        self.name = layer.name if name is None else name
        self.may_hide = layer.may_hide
        self.hides_by_pattern = getattr(layer, "hides_by_pattern", False)

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether the inner layer reports its changes."""
        return self.layer.reports_changes

    @property
    def is_remote(self) -> bool:  # type: ignore[override]
        """Whether the inner layer is on another machine."""
        return self.layer.is_remote

    @property
    def has_prepared(self) -> bool:  # type: ignore[override]
        """Whether the inner layer keeps files in forms that loaders read faster."""
        return getattr(self.layer, "has_prepared", False)

    def read(self, entry: Entry) -> bytes:
        """Read from the inner layer."""
        return self.layer.read(entry)

    def view(self, entry: Entry) -> memoryview:
        """View the inner layer's bytes."""
        return self.layer.view(entry)

    def open(self, entry: Entry) -> BinaryIO:
        """Open from the inner layer."""
        return self.layer.open(entry)

    def disk_path(self, entry: Entry) -> str | None:
        """Ask the inner layer."""
        return self.layer.disk_path(entry)

    def prepared(self, entry: Entry) -> memoryview | None:
        """Ask the inner layer."""
        return prepared_of(self.layer, entry)

    def prefetch(self, entries: Iterable[Entry]) -> None:
        """Let the inner layer fetch files that will be read soon."""
        self.layer.prefetch(entries)

    def version(self) -> Hashable | None:
        """Return the inner layer's version."""
        return self.layer.version()

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Subscribe to the inner layer."""
        return self.layer.subscribe(listener, uncommitted)

    def close(self) -> None:
        """Close the inner layer."""
        self.layer.close()
