"""A mod that was found: its manifest, where it is, and its files once they are needed."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from vfsloader import paths
from vfsloader.errors import UnknownFormatError
from vfsloader.layers.folder import FolderLayer
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.formats import FORMATS, FilesOnDisk
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.metadata.mod_layer import ModLayer
from vfsloader.runtime.forking import renew_in_child

#: A picture for menus is small.
MAX_ICON_BYTES = 4 << 20


class Stamp(NamedTuple):
    """Distinguishes a mod from one that replaced it at the same path."""

    is_file: bool
    inode: int
    size: int
    mtime_ns: int


class Mod:
    """A mod that was found.

    Parameters
    ----------
    manifest
        Its manifest.
    path
        Its path on the disk.
    stamp
        Changes when the mod is replaced.
    open_layer
        Opens its files. Called when they are first needed.
    inner
        The folder of an archive that it starts at. One archive may contain several mods.

    Attributes
    ----------
    beside
        What is wrong with other mods in the same archive.
    """

    def __init__(
        self, manifest: Manifest, path: str, stamp: Stamp, open_layer: Callable[[], ModLayer], inner: str = paths.ROOT
    ) -> None:
        self.manifest = manifest
        self.real_path = path
        self.inner = inner
        self.beside: tuple[Problem, ...] = ()
        self.stamp = stamp
        self._open_layer = open_layer
        self._layer: ModLayer | None = None
        self._parts: tuple[ModLayer, ...] | None = None
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")

    @property
    def path(self) -> Path:
        """Its path on the disk."""
        return Path(self.real_path)

    @property
    def layer(self) -> ModLayer:
        """Its files as they appear in the game's tree."""
        with self._lock:
            if self._layer is None:
                self._layer = self._open_layer()
            return self._layer

    @property
    def parts(self) -> tuple[ModLayer, ...]:
        """The files of its parts, in the order of the manifest, whether they count now or not."""
        if self._parts is None:
            layer = self.layer
            self._parts = tuple(layer.part(f"{self.id}:{rule.name}", rule) for rule in self.manifest.part)
        return self._parts

    @property
    def opened(self) -> ModLayer | None:
        """The layer, if it was needed so far."""
        return self._layer

    @property
    def opened_parts(self) -> tuple[ModLayer, ...]:
        """The files of its parts that were needed so far."""
        return self._parts or ()

    @property
    def file(self) -> str:
        """Its path on the disk, and where it starts inside of an archive: no two mods have the same."""
        return self.real_path if self.inner == paths.ROOT else f"{self.real_path}!{self.inner}"

    @property
    def id(self) -> str:
        """The mod's id."""
        return self.manifest.id

    @property
    def name(self) -> str:
        """The name that is shown to players."""
        return self.manifest.name

    @property
    def version(self) -> Version:
        """The mod's version."""
        return self.manifest.version

    @property
    def description(self) -> str:
        """The author's description of the mod."""
        return self.manifest.description

    @property
    def authors(self) -> tuple[str, ...]:
        """Who made it."""
        return self.manifest.authors

    def read_icon(self, most: int = MAX_ICON_BYTES) -> bytes | None:
        """Return the bytes of the picture that the manifest names as ``icon``.

        Parameters
        ----------
        most
            A larger file is not read.

        Returns
        -------
        bytes or None
            The file, as untrusted as the rest of the mod. None if the manifest names none.

        Raises
        ------
        VFSError, OSError
            There is no such file, or it cannot be read, or it is too large.
        """
        return self.layer.read_own(self.manifest.icon, most) if self.manifest.icon else None

    def refresh(self) -> None:
        """Notice changed files of the mod on the disk."""
        if self._layer is not None and isinstance(self._layer.layer, FolderLayer):
            for layer in (self._layer, *(self._parts or ())):
                layer.retry()
            self._layer.layer.refresh()

    def close(self) -> None:
        """Close the layer, if it was ever opened."""
        with self._lock:
            if self._layer is not None:
                self._layer.close()

    def __repr__(self) -> str:
        return f"Mod({self.id!r}, version={str(self.version)!r}, path={str(self.path)!r})"


def stamp_of(path: str, files: FilesOnDisk | None = None) -> Stamp:
    """Return the present stamp of a path.

    Parameters
    ----------
    path
        A folder or a file.
    files
        The folder's content, if it was listed already.

    Raises
    ------
    UnknownFormatError
        It is neither a folder nor a regular file.
    OSError
        There is no such path.
    """
    status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer
            raise UnknownFormatError.at(path, messages.NOT_A_CONTAINER)
        return Stamp(True, status.st_ino, status.st_size, status.st_mtime_ns)
    # Only a folder's manifest matters here. The layer notices changes of its other files, and so of a script.
    files = files or FilesOnDisk(path)
    for known in FORMATS:
        name = None if known.marker == "init.lua" else files.named(known.marker)
        if name is not None:
            try:
                manifest = os.stat(os.path.join(path, name))
            except OSError:
                continue
            return Stamp(False, manifest.st_ino, manifest.st_size, manifest.st_mtime_ns)
    return Stamp(False, status.st_ino, 0, 0)
