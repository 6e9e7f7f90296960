"""What all views of another layer share: its bytes, its changes and its end are the layer's own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, BinaryIO

from vfsloader.layers.listeners import Listener
from vfsloader.layers.protocol import BaseLayer, Layer, Remote


class LayerWrapper(BaseLayer):
    """A view of another layer, which says itself what it finds and lists.

    Parameters
    ----------
    layer
        The layer looked at; closed together with the view.
    name
        What messages call the view; the layer's name if left out.
    """

    def __init__(self, layer: Layer, name: str | None = None) -> None:
        self.layer = layer
        self.name = layer.name if name is None else name
        self.may_hide = layer.may_hide

    def read(self, key: Any) -> bytes:
        """Read from the layer."""
        return self.layer.read(key)

    def open(self, key: Any) -> BinaryIO:
        """Open from the layer."""
        return self.layer.open(key)

    def version(self) -> Hashable | None:
        """Give the layer's version."""
        return self.layer.version()

    def notify(self, listener: Listener) -> bool:
        """Let the layer call."""
        return self.layer.notify(listener)

    @property
    def is_remote(self) -> bool:
        """Whether the layer lies on another machine."""
        return isinstance(self.layer, Remote) and self.layer.is_remote

    def prefetch(self, keys: Iterable[Any]) -> None:
        """Let the layer fetch files that will be read soon, if it lies far away."""
        if isinstance(self.layer, Remote):
            self.layer.prefetch(keys)

    def close(self) -> None:
        """Close the layer."""
        self.layer.close()
