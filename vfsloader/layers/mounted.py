"""A view of part of a layer, under another folder, with some paths removed.

This is how a mod's ``[files]`` table is applied: ``root`` says which folder of the mod counts, ``mount`` where it
appears, ``remove`` which paths of lower layers it hides, ``without`` which of its own paths stay out (its manifest).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from vfsloader import globs, paths
from vfsloader.layers.protocol import Entry, EntryType, Layer
from vfsloader.layers.wrapper import LayerWrapper


class MountedLayer(LayerWrapper):
    """A view of another layer.

    Parameters
    ----------
    layer
        The inner layer; closed together with this one.
    name
        What messages call the view; the layer's name if left out.
    root
        The folder of `layer` that becomes the top of the view.
    mount
        The folder at which that top appears.
    remove
        Globs on whole paths of the merged tree that hide what lower layers have there.
    without
        Paths of `layer` that the view leaves out.
    without_folders
        Folders of `layer` that the view leaves out, with everything in them.

    Examples
    --------
    >>> from vfsloader import Store
    >>> store = Store(":memory:")
    >>> store.write("/assets/p.png", b"...")
    >>> view = MountedLayer(store, root="/assets", mount="/mods/winter")
    >>> view.find("/mods/winter/p.png").size
    3
    """

    def __init__(
        self,
        layer: Layer,
        *,
        name: str | None = None,
        root: str = paths.ROOT,
        mount: str = paths.ROOT,
        remove: Sequence[str] = (),
        without: Collection[str] = (),
        without_folders: Sequence[str] = (),
    ) -> None:
        super().__init__(layer, name)
        self.root = paths.normalise(root)
        self.mount = paths.normalise(mount)
        self.remove = tuple(remove)
        self.may_hide = layer.may_hide or bool(remove)
        self.hides_by_pattern = bool(remove) or getattr(layer, "hides_by_pattern", False)
        self._removed = [globs.glob_pattern(glob) for glob in remove]
        self._without = frozenset(without) | frozenset(without_folders)
        self._without_below = tuple(f"{folder}/" for folder in without_folders)
        self._is_plain = self.root == self.mount == paths.ROOT

    def __repr__(self) -> str:
        return f"MountedLayer({self.layer!r}, root={self.root!r}, mount={self.mount!r})"

    def find(self, path: str) -> Entry | None:
        """Find the path in the layer, or as a folder on the way to the mount."""
        if self._is_plain:  # as most mods are: there is nothing to translate
            return None if path in self._without or path.startswith(self._without_below) else self.layer.find(path)
        if not paths.is_inside(path, self.mount):
            return Entry(path, EntryType.FOLDER) if paths.is_inside(self.mount, path) else None
        inner = paths.rebase(path, self.mount, self.root)
        if inner in self._without or inner.startswith(self._without_below):
            return None
        entry = self.layer.find(inner)
        return None if entry is None else entry._replace(path=path)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder of the layer, or the next folder on the way to the mount."""
        if not paths.is_inside(path, self.mount):
            if paths.is_inside(self.mount, path):
                rest = paths.rebase(self.mount, path, paths.ROOT)
                yield Entry(paths.join(path, rest.split("/")[1]), EntryType.FOLDER)
            return
        inner = paths.rebase(path, self.mount, self.root)
        if f"{inner}/".startswith(self._without_below):
            return
        for entry in self.layer.list(inner):
            if entry.path not in self._without:
                yield entry._replace(path=paths.join(path, entry.name))

    def glob(self, pattern: str) -> Iterator[str]:
        """Let the inner layer match where the view is its own tree, else walk."""
        if not self._is_plain:
            return super().glob(pattern)
        without, below = self._without, self._without_below
        return (path for path in self.layer.glob(pattern) if path not in without and not path.startswith(below))

    def hides(self, path: str) -> bool:
        """Return whether a ``remove`` glob or the inner layer hides `path`."""
        if any(pattern.fullmatch(path) for pattern in self._removed):
            return True
        if self.layer.may_hide and paths.is_inside(path, self.mount):
            return self.layer.hides(paths.rebase(path, self.mount, self.root))
        return False
