"""Which layers a file system is made of: a local one on top, and underlays by priority.

Changing the list makes another union and swaps one reference, so that who reads meanwhile sees the old list
or the new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
from vfsloader.layers.listeners import Listener, Listeners
from vfsloader.layers.protocol import Layer, WritableLayer
from vfsloader.layers.union import Mount, Union, UnionLayer
from vfsloader.vfs.readable import View


@dataclass(frozen=True, slots=True)
class Underlay:
    """A layer mounted below the local one."""

    name: str
    priority: float
    layer: Layer


class LayerStack(View):
    """A local layer and its underlays, seen as one tree for reading.

    Parameters
    ----------
    local
        The layer on top, the only one that may be written.
    case_insensitive
        Find names in any case; see :class:`~vfsloader.VirtualFileSystem`.
    """

    def __init__(self, local: WritableLayer, *, case_insensitive: bool = False) -> None:
        self._local = local
        self._fold = case_insensitive
        self._top = Mount(local.name, CaseInsensitiveLayer(local) if case_insensitive else local)
        self._underlays: tuple[Underlay, ...] = ()
        self._unnamed = 0
        self._listeners = Listeners()
        super().__init__(Union([self._top], fold=case_insensitive))

    def add_underlay(self, layer: Layer | LayerStack, priority: float = 0, name: str | None = None) -> str:
        """Mount a layer below the local one.

        Parameters
        ----------
        layer
            Any layer, or another file system. It stays the caller's to close.
        priority
            The higher one wins a path; of two equal ones, the later added.
        name
            What messages and :meth:`which_layer` call it; ``underlay_1`` and so on if left out.

        Returns
        -------
        str
            The name.

        Raises
        ------
        ValueError
            The name is taken.

        Examples
        --------
        >>> from vfsloader import VirtualFileSystem, open_layer
        >>> vfs = VirtualFileSystem()
        >>> vfs.add_underlay(open_layer("memory:"), priority=10, name="winter")
        'winter'
        """
        if name is None:
            self._unnamed += 1
            name = f"underlay_{self._unnamed}"
        if name == self._local.name or any(underlay.name == name for underlay in self._underlays):
            raise ValueError(f"there is a layer {name!r} already")
        if isinstance(layer, LayerStack):
            layer = layer.as_layer(name)
        if self._fold:
            layer = CaseInsensitiveLayer(layer)
        self.set_underlays([*self._underlays, Underlay(name, priority, layer)])
        return name

    def remove_underlay(self, name: str) -> bool:
        """Unmount a layer; False where there is none of this name."""
        left = [underlay for underlay in self._underlays if underlay.name != name]
        if len(left) == len(self._underlays):
            return False
        self.set_underlays(left)
        return True

    def set_underlays(self, underlays: list[Underlay]) -> None:
        """Mount these layers instead of the present ones, in one step."""
        # Sorted from the lowest: of two with one priority the later added stands higher.
        self._underlays = tuple(sorted(underlays, key=lambda underlay: underlay.priority))
        below = [Mount(underlay.name, underlay.layer) for underlay in reversed(self._underlays)]
        self._mount(Union([self._top, *below], fold=self._fold, previous=self._union))
        self._union.notify(self._listeners.tell)
        self._listeners.tell()

    def list_layers(self) -> list[dict[str, Any]]:
        """Give the layers, the highest first: ``name``, ``priority``, ``db_path``, ``writable``."""
        local = self._local
        rows: list[dict[str, Any]] = [
            {"name": local.name, "priority": math.inf, "db_path": str(local.path), "writable": local.writable}
        ]
        for underlay in reversed(self._underlays):
            source = getattr(getattr(underlay.layer, "layer", underlay.layer), "path", None)
            rows.append(
                {
                    "name": underlay.name,
                    "priority": underlay.priority,
                    "db_path": None if source is None else str(source),
                    "writable": False,
                }
            )
        return rows

    def notify(self, listener: Listener) -> bool:
        """Call `listener` at each change of the merged tree; see :meth:`Layer.notify`."""
        self._listeners.add(listener)
        return self._union.notify(self._listeners.tell)

    @property
    def union(self) -> Union:
        """The merged view of the layers as they are mounted now."""
        return self._union

    def as_layer(self, name: str = "vfs") -> Layer:
        """Give the merged tree as a layer of another file system."""
        return UnionLayer(lambda: self._union, name, str(self._local.path), self.notify)
