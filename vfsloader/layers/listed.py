"""A layer whose list of files was read when it was opened, such as an archive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from vfsloader.layers.protocol import MAX_INDEXED, BaseLayer, Entry
from vfsloader.layers.remembered_names import fold


class ListedLayer(BaseLayer):
    """A read-only layer that knows all its paths from the start.

    Attributes
    ----------
    left_out
        Name and reason of each member that the layer does not show.
    """

    left_out: list[tuple[str, str]]
    _entries: dict[str, Entry]
    _children: dict[str, list[str]]

    def paths(self) -> Iterable[str]:
        """Return the path of every file and folder."""
        return self._entries.keys()

    def find(self, path: str) -> Entry | None:
        """Look the path up in the list of members."""
        return self._entries.get(path)

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder, unless there are very many."""
        children = self._children.get(folder, ())
        return [fold(child[child.rfind("/") + 1 :]) for child in children] if len(children) < MAX_INDEXED else None

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder."""
        return (self._entries[child] for child in self._children.get(path, ()))
