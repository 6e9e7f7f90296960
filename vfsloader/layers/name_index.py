"""Which of many layers may have a name in a folder: a hundred mods are not asked for what one of them has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from vfsloader.layers.protocol import BaseLayer, Layer
from vfsloader.layers.remembered_names import fold
from vfsloader.runtime.fast_paths import use_fast_paths

#: Fewer layers are asked as quickly.
LEAST_LAYERS = 8
#: So often a folder is asked before its names are gathered.
PATIENCE = 8


class _Mount(Protocol):
    @property
    def layer(self) -> Layer:
        """A layer."""


AnyMount = TypeVar("AnyMount", bound=_Mount)


class NameIndex(Generic[AnyMount]):
    """The layers to ask for each name in a folder.

    Layers that do not know their names, and those that hide what is below them, are always asked.

    Parameters
    ----------
    folder
        A normalised path.
    mounts
        The layers that contribute to it, top first.
    """

    def __init__(self, folder: str, mounts: Sequence[AnyMount]) -> None:
        always: list[int] = []
        by_name: dict[str, list[int]] = defaultdict(list)
        for rank, mount in enumerate(mounts):
            layer = mount.layer
            names = layer.names_in(folder) if isinstance(layer, BaseLayer) and not layer.may_hide else None
            if names is None:
                always.append(rank)
            else:
                for name in names:
                    by_name[name].append(rank)
        self._others = tuple(mounts[rank] for rank in always)
        self._by_name = {
            name: tuple(mounts[rank] for rank in sorted({*ranks, *always})) for name, ranks in by_name.items()
        }

    def candidates(self, name: str) -> tuple[AnyMount, ...]:
        """Return the layers that may have a name, top first."""
        return self._by_name.get(fold(name), self._others)


class NameIndexes(Generic[AnyMount]):
    """The indexes of the folders that are asked often, as long as the layers do not change."""

    __slots__ = ("_asked", "_indexes")

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._indexes: dict[str, NameIndex[AnyMount]] = {}

    def gather(self, folder: str, mounts: tuple[AnyMount, ...]) -> None:
        """Gather the names of a folder now, as many of them will be asked for."""
        if folder not in self._indexes and use_fast_paths():
            self._indexes[folder] = NameIndex(folder, mounts)

    def candidates(self, folder: str, path: str, mounts: tuple[AnyMount, ...]) -> tuple[AnyMount, ...]:
        """Return those of the layers that contribute to a folder that may have a path in it."""
        index = self._indexes.get(folder)
        if index is None:
            asked = self._asked[folder] = self._asked.get(folder, 0) + 1
            if asked < PATIENCE or not use_fast_paths():
                return mounts
            index = self._indexes[folder] = NameIndex(folder, mounts)
        return index.candidates(path[path.rfind("/") + 1 :])
