"""Mods that were replaced or removed while the game used them: closed as soon as nothing reads from them.

A thread that decodes, a stream that the game has open, or a menu that shows an icon may still read from such a mod.
Each of them refers to a view of its layer, so the layer is closed once all its views are gone.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from vfsloader.layers.protocol import Layer
from vfsloader.mods.metadata.mod import Mod
from vfsloader.runtime.held_files import is_at


class _Replaced:
    """The layer of one file or folder, and everything that may read from it."""

    def __init__(self, path: str, layer: Layer) -> None:
        self.path = path
        self.layer = layer
        self.readers: list[weakref.ref[Any]] = []

    @property
    def is_read(self) -> bool:
        return any(reader() is not None for reader in self.readers)


class ReplacedMods:
    """The replaced mods whose layers are still open.

    Examples
    --------
    >>> replaced = ReplacedMods()
    >>> replaced.close_unused()
    >>> len(replaced)
    0
    """

    def __init__(self) -> None:
        self._layers: dict[int, _Replaced] = {}
        #: Not opened when they were replaced.
        self._unopened: list[weakref.ref[Mod]] = []

    def __len__(self) -> int:
        return len(self._layers) + len(self._unopened)

    def add(self, mods: Iterable[Mod]) -> None:
        """Close some mods when nothing reads from them."""
        for mod in mods:
            view = mod.opened
            if view is None:
                self._unopened.append(weakref.ref(mod))
                continue
            layer = view.layer  # all mods of an archive share it
            found = self._layers.setdefault(id(layer), _Replaced(mod.real_path, layer))
            found.readers += [weakref.ref(mod), weakref.ref(view), *map(weakref.ref, mod.opened_parts)]

    def close_unused(self, in_use: Iterable[Mod] = ()) -> None:
        """Close the layers from which nothing reads.

        Parameters
        ----------
        in_use
            The mods that were not replaced.
        """
        if self._unopened:
            mods = [mod for mod in (reference() for reference in self._unopened) if mod is not None]
            self._unopened = []
            self.add(mods)
            del mods
        unused = [key for key, found in self._layers.items() if not found.is_read]
        if not unused:
            return
        kept = {id(mod.opened.layer) for mod in in_use if mod.opened is not None}
        for key in unused:
            found = self._layers.pop(key)
            if key not in kept:
                found.layer.close()

    def release(self, path: str) -> None:
        """Close those at a path of the disk, whatever reads from them."""
        for found in self._layers.values():
            if is_at(found.path, path):
                found.layer.close()

    def close(self) -> None:
        """Close all."""
        self.add(mod for mod in (reference() for reference in self._unopened) if mod is not None)
        for found in self._layers.values():
            found.layer.close()
        self._layers, self._unopened = {}, []
