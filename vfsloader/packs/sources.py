"""Opening what is to be packed, unpacked or converted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union
from vfsloader.opening import Source, open_layer


@contextlib.contextmanager
def opened(source: Source, name: str | None = None, *, trusted: bool = False) -> Iterator[Layer]:
    """Open a source as a layer, and close it afterwards unless the source is a layer itself.

    Parameters
    ----------
    source
        Anything that :func:`~vfsloader.open_layer` opens.
    name
        The layer's name in messages; by default taken from the source.
    trusted
        Whether it is the caller's own, so that links that leave a folder are followed.
    """
    layer = open_layer(source, name=name, trusted=trusted)
    try:
        yield layer
    finally:
        if layer is not source:
            layer.close()


def tree_of(layer: Layer) -> Union:
    """Return a layer as a tree that can be walked."""
    return Union([Mount(layer.name, layer)])
