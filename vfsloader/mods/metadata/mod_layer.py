"""A mod's files as they appear in the game's tree, without those that cannot be read within limits."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, BinaryIO, NoReturn

from vfsloader import paths
from vfsloader.errors import BudgetError, DamagedError, FileLeftOutError, PathNotFoundError, UnsafeArchiveError
from vfsloader.layers.circumstances import Circumstances
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import BaseLayer, Entry
from vfsloader.mods.metadata.manifest_tables import PartRule
from vfsloader.quoting import message, plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits


class ModLayer(MountedLayer):
    """A view of a mod's files.

    A file that is damaged, or larger than the limits allow, counts as missing from the moment it is noticed, so that
    the next layer's file is used. After :meth:`retry` it is tried again.

    Parameters
    ----------
    *args, **options
        As for :class:`~vfsloader.layers.mounted.MountedLayer`.
    limits
        How much of one file is read at once: ``limits.decoded_bytes``.
    top
        The folder of the layer that the mod starts at.

    Attributes
    ----------
    left_out
        By path, why a file that the mod contains counts as missing.

    Examples
    --------
    >>> from vfsloader import Store
    >>> store = Store(":memory:")
    >>> store.write("/p.png", b"many bytes")
    >>> layer = ModLayer(store, limits=Limits(decoded_bytes=4))
    >>> layer.read(layer.find("/p.png"))
    Traceback (most recent call last):
    ...
    vfsloader.errors.FileLeftOutError: ... needs more than 4 decoded bytes; a game can raise the limit ...
    >>> layer.find("/p.png") is None
    True
    """

    def __init__(self, *args: Any, limits: Limits = DEFAULT_LIMITS, top: str = paths.ROOT, **options: Any) -> None:
        super().__init__(*args, **options)
        self._top = top
        self._limits = limits
        self._most = limits.decoded_bytes
        self._own_without = self._without
        self.left_out: dict[str, str] = {}
        #: What changes to data in this layer may depend on; None while the mod is not in use.
        self.circumstances: Circumstances | None = None

    def part(self, name: str, rule: PartRule) -> ModLayer:
        """Return the view of a part of the mod: files of the same layer at another place.

        Parameters
        ----------
        name
            What messages call it.
        rule
            Where the files are, and where they appear.
        """
        root = paths.rebase(rule.root, paths.ROOT, self._top)
        return ModLayer(
            self.layer,
            limits=self._limits,
            name=name,
            root=root,
            mount=rule.mount,
            without=[path for path in self._own_without if paths.is_inside(path, root) and path != root],
        )

    def retry(self) -> None:
        """Try the files again that could not be read: the mod has changed."""
        if self.left_out:
            self.left_out = {}
            self._without = self._own_without

    def why_left_out(self, path: str) -> str | None:
        """Return why the mod's own file at a path is not shown; None if it has no such file, or shows it.

        Parameters
        ----------
        path
            A normalised path of the game's tree.
        """
        if path in self.left_out or not paths.is_inside(path, self.mount):
            return self.left_out.get(path)
        inner = paths.rebase(path, self.mount, self.root)
        if isinstance(self.layer, FolderLayer):
            return dict(self.layer.left_out(paths.parent(inner))).get(inner)
        if isinstance(self.layer, ListedLayer):
            return next((reason for name, reason in self.layer.left_out if name.strip("/") == inner[1:]), None)
        return None

    def read_own(self, path: str, most: int) -> bytes:
        """Read a file by its path from the mod's top, whether the game sees it or not.

        Parameters
        ----------
        path
            A normalised path, for example ``/icon.png``.
        most
            A file of more bytes is not read.

        Raises
        ------
        PathNotFoundError, BudgetError, DamagedError
            There is no such file, or it is too large, or it is damaged.
        """
        entry = self.layer.find(paths.rebase(path, paths.ROOT, self._top))
        if entry is None or entry.is_folder:
            raise PathNotFoundError.at(path, f"{self.name} has no file {plain(path)}")
        if entry.size > most:
            limits = replace(self._limits, decoded_bytes=most)
            raise Budget(f"{plain(path)} in {self.name}", limits).exceeded("decoded_bytes")
        return self.layer.read(entry)

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        if entry.size > self._most:
            self._leave_out(entry, self._too_large(entry))
        try:
            return self.layer.read(entry)
        except (BudgetError, DamagedError, UnsafeArchiveError) as error:
            self._leave_out(entry, error)

    def view(self, entry: Entry) -> memoryview:
        """View a whole file."""
        if entry.size > self._most:
            self._leave_out(entry, self._too_large(entry))
        try:
            return self.layer.view(entry)
        except (BudgetError, DamagedError, UnsafeArchiveError) as error:
            self._leave_out(entry, error)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file. Only one that has to be unpacked as a whole is subject to the limit."""
        if entry.size > self._most and isinstance(self.layer, BaseLayer) and not self.layer.is_streamed:
            self._leave_out(entry, self._too_large(entry))
        try:
            stream = self.layer.open(entry)
        except (BudgetError, DamagedError, UnsafeArchiveError) as error:
            self._leave_out(entry, error)
        if isinstance(stream, io.BufferedReader):
            # It reads from the layer, which is closed once nothing refers to a view of it; see vfsloader.mods.replaced.
            stream.view_in_use = self  # type: ignore[attr-defined]
        return stream

    def _too_large(self, entry: Entry) -> BudgetError:
        return Budget(f"{plain(entry.path)} in {self.name}", self._limits).exceeded("decoded_bytes")

    def _leave_out(self, entry: Entry, error: Exception) -> NoReturn:
        self.left_out = {**self.left_out, entry.path: message(str(error))}
        self._without |= {paths.rebase(entry.path, self.mount, self.root)}
        raise FileLeftOutError.at(entry.path, str(error)) from error
