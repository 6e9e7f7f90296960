"""A layer whose names are found whatever their case, as Windows would.

A mod made on Windows ships ``/Sprites/P.PNG`` for the game's ``/sprites/p.png``. Seen through this view it has
both; where it has a name in the very case that is asked for, that one counts.
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
        The layer looked at; closed together with this one.

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
        self._asked = not layer.notify(self._forget)
        self._version: Hashable | None = None

    def __repr__(self) -> str:
        return f"CaseInsensitiveLayer({self.layer!r})"

    def spelling(self, path: str) -> str | None:
        """Give the path as the layer itself spells it, or None where it has none such."""
        if self.layer.find(path) is not None:
            return path
        if path == paths.ROOT:
            return None
        above, name = paths.split(path)
        folder = self.spelling(above)
        if folder is None:
            return None
        found = self._names_in(folder).get(name.casefold())
        return None if found is None else paths.join(folder, found)

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
        """Tell whether the layer hides the path, in the case in which it has it or in this one."""
        return self.layer.hides(path) or self.layer.hides(self.spelling(path) or path)

    def _forget(self) -> None:
        self._names = {}

    def _names_in(self, folder: str) -> dict[str, str]:
        if self._asked:
            version = self.layer.version()
            if version is None or version != self._version:
                self._version, self._names = version, {}
        names = self._names
        known = names.get(folder)
        if known is None:
            # Of two names that differ in case only, the same one each time, whatever order the disk gives.
            listed = sorted((entry.name for entry in self.layer.list(folder)), reverse=True)
            known = names[folder] = {name.casefold(): name for name in listed}
        return known
