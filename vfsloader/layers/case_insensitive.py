"""A layer whose names are found in any case, as on Windows.

A mod made on Windows ships ``/Sprites/P.PNG`` for the game's ``/sprites/p.png``. Through this view it has both. Where
the layer has a name in exactly the case that was asked for, that name counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from vfsloader import paths
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.wrapper import LayerWrapper

#: The names in a folder, by their form in which case does not matter.
_Names = dict[str, list[str]]


@runtime_checkable
class ListsHidden(Protocol):
    """A layer that can list what it hides, as a store can."""

    def hidden(self) -> Iterable[tuple[str, bool]]:
        """Return the whiteouts, and, with True, the folders that show nothing of lower layers."""


@runtime_checkable
class HidesInAnyCase(Protocol):
    """A layer that looks itself for what hides a path in another case, as a live folder does."""

    def hides_in_any_case(self, path: str) -> bool:
        """Return whether something hides the path in any case."""


class CaseInsensitiveLayer(LayerWrapper):
    """A view of another layer in which case does not matter.

    Parameters
    ----------
    layer
        The inner layer; closed together with this one.

    Examples
    --------
    >>> from vfsloader import Store
    >>> store = Store(":memory:")
    >>> store.write("/Sprites/P.PNG", b"...")
    >>> CaseInsensitiveLayer(store).find("/sprites/p.png").path
    '/sprites/p.png'
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__(layer)
        self._names: dict[str, _Names] = {}
        self._hidden: frozenset[str] | None = None
        self._version: Hashable | None = None
        layer.subscribe(self._forget, self._forget)

    def __repr__(self) -> str:
        return f"CaseInsensitiveLayer({self.layer!r})"

    def spelling(self, path: str) -> str | None:
        """Return the path as the inner layer spells it, or None where it has no such path."""
        if self.layer.find(path) is not None:
            return path
        spellings = self.spellings(path)
        return spellings[0] if spellings else None

    def spellings(self, path: str) -> Sequence[str]:
        """Return all paths of the inner layer that differ from this one in case only; that in this case comes first."""
        if path == paths.ROOT:
            return [path]
        parent, name = paths.split(path)
        folded = name.casefold()
        found = [
            paths.join(folder, spelled)
            for folder in self.spellings(parent)
            for spelled in self._names_in(folder).get(folded, ())
        ]
        if len(found) > 1 and path in found:
            found.remove(path)
            found.insert(0, path)
        return found

    def find(self, path: str) -> Entry | None:
        """Find the path in this case, or else in another."""
        entry = self.layer.find(path)
        if entry is not None:
            return entry
        actual = self.spelling(path)
        entry = None if actual is None else self.layer.find(actual)
        return None if entry is None else entry._replace(path=path)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder; names keep the layer's case."""
        seen: set[str] = set()
        for actual in self.spellings(path):
            for entry in self.layer.list(actual):
                if entry.name not in seen:
                    seen.add(entry.name)
                    yield entry._replace(path=paths.join(path, entry.name))

    def hides(self, path: str) -> bool:
        """Return whether the layer hides the path in any case: a removed file must not show in another spelling."""
        layer = self.layer
        if layer.hides(path):
            return True
        if isinstance(layer, HidesInAnyCase):
            return layer.hides_in_any_case(path)
        if not isinstance(layer, ListsHidden):
            return layer.hides(self.spelling(path) or path)
        self._look_for_changes()
        hidden = self._hidden
        if hidden is None:
            hidden = self._hidden = frozenset(place.casefold() for place, _ in layer.hidden())
        return bool(hidden) and path.casefold() in hidden

    def _forget(self) -> None:
        self._names = {}
        self._hidden = None

    def _look_for_changes(self) -> None:
        """Forget what is remembered if the layer may have changed without notice."""
        if not self.layer.reports_changes:
            version = self.layer.version()
            if version is None or version != self._version:
                self._version = version
                self._forget()

    def _names_in(self, folder: str) -> _Names:
        self._look_for_changes()
        names = self._names
        known = names.get(folder)
        if known is None:
            known = names[folder] = {}
            # Of two names that differ in case only, always the same one comes first, whatever order the disk has.
            for name in sorted(entry.name for entry in self.layer.list(folder)):
                known.setdefault(name.casefold(), []).append(name)
        return known
