"""A layer whose names are found in any case, as on Windows.

A mod made on Windows ships ``/Sprites/P.PNG`` for the game's ``/sprites/p.png``. Through this view it has both. Where
the layer has a name in exactly the case that was asked for, that name counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from vfsloader import paths
from vfsloader.layers.protocol import Entry, Layer
from vfsloader.layers.wrapper import LayerWrapper


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
        self._names: dict[str, dict[str, str]] = {}
        self._version: Hashable | None = None
        layer.subscribe(self._forget, self._forget)

    def __repr__(self) -> str:
        return f"CaseInsensitiveLayer({self.layer!r})"

    def spelling(self, path: str) -> str | None:
        """Return the path as the inner layer spells it, or None where it has no such path."""
        if self.layer.find(path) is not None:
            return path
        if path == paths.ROOT:
            return None
        parent, name = paths.split(path)
        folder = self.spelling(parent)
        if folder is None:
            return None
        spelled = self._names_in(folder).get(name.casefold())
        return None if spelled is None else paths.join(folder, spelled)

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
        actual = self.spelling(path)
        if actual is not None:
            for entry in self.layer.list(actual):
                yield entry._replace(path=paths.join(path, entry.name))

    def hides(self, path: str) -> bool:
        """Return whether the layer hides the path, in its own spelling, in this one, or in any (:meth:`whiteout`)."""
        if self.layer.hides(path) or self.layer.hides(self.whiteout(path)):
            return True
        spelled = self.spelling(path)
        return spelled is not None and self.layer.hides(spelled)

    def whiteout(self, path: str) -> str:
        """Return the path to hide, so that the layer hides every spelling of `path`."""
        folder, name = paths.split(path)
        return paths.join(self.spelling(folder) or folder, name.casefold())

    def _forget(self) -> None:
        self._names = {}

    def _names_in(self, folder: str) -> dict[str, str]:
        if not self.layer.reports_changes:
            version = self.layer.version()
            if version is None or version != self._version:
                self._version, self._names = version, {}
        names = self._names
        known = names.get(folder)
        if known is None:
            # Of two names that differ in case only, always the same one, whatever order the disk has.
            listed = sorted((entry.name for entry in self.layer.list(folder)), reverse=True)
            known = names[folder] = {name.casefold(): name for name in listed}
        return known
