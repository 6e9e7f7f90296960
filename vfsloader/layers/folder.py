"""A folder of the disk as a layer.

Symbolic links that leave the folder are not there, nor are devices, pipes and names that no virtual
path can have: a mod is a stranger's folder. Names are matched in NFC, so that a file that macOS wrote
as ``e`` + accent is found by its usual spelling.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.layers.listeners import Listener, Listeners, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType


class FolderLayer(BaseLayer):
    """A folder of the disk, read only.

    Parameters
    ----------
    path
        The folder.
    name
        What messages call the layer; the folder's own name if left out.
    live
        True: the disk is looked at on each call, so that every change shows at once. False: answers
        may be remembered until :meth:`refresh` is called, as a watcher of the folder does; reading
        through a :class:`~vfsloader.VirtualFileSystem` is then several times faster.

    Raises
    ------
    PathNotFoundError, NotAFolderError
        There is no such folder.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, "hello.txt").write_text("hi")
    >>> layer = FolderLayer(folder.name, name="base")
    >>> layer.read(layer.find("/hello.txt"))
    b'hi'
    >>> folder.cleanup()
    """

    def __init__(self, path: paths.RealPath, *, name: str | None = None, live: bool = True) -> None:
        self.path = Path(path).absolute()
        if not self.path.is_dir():
            if self.path.exists():
                raise NotAFolderError.at(str(path), f"{path} is not a folder")
            raise PathNotFoundError.at(str(path), f"there is no folder {path}")
        self.name = name if name is not None else self.path.name
        self.live = live
        self._listeners = Listeners()
        self._root = os.path.realpath(self.path)
        self._inside = {self._root}
        self._generation = 0

    def __repr__(self) -> str:
        return f"FolderLayer({str(self.path)!r}, name={self.name!r})"

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether answers hold until :meth:`refresh` is called: False for a live folder."""
        return not self.live

    def version(self) -> int | None:
        """Return None while live, else the number of refreshes."""
        return None if self.live else self._generation

    def refresh(self) -> None:
        """Look at the folder again: it has changed."""
        self._inside = {self._root}
        self._generation += 1
        self._listeners.notify()

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` at each :meth:`refresh`."""
        return self._listeners.add(listener, uncommitted)

    def find(self, path: str) -> Entry | None:
        """Look at the disk; see :meth:`Layer.find`."""
        real = self._root + path if path != paths.ROOT else self._root
        try:
            status = os.lstat(real)
        except OSError:
            if path.isascii():
                return None
            respelled = self._respelled(path)
            if respelled is None:
                return None
            real = respelled
            status = os.lstat(real)
        return self._entry(path, real, status)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder on the disk; see :meth:`Layer.list`."""
        folder = self.find(path)
        if folder is None or not folder.is_folder:
            return
        try:
            with os.scandir(folder.locator) as found:
                items = list(found)
        except OSError:  # removed since, or not ours to read: as good as empty
            return
        for item in items:
            name = unicodedata.normalize("NFC", item.name)
            if not paths.is_valid_name(name):
                continue
            try:
                entry = self._entry(paths.join(path, name), item.path, item.stat(follow_symlinks=False))
            except OSError:  # removed between the two looks
                continue
            if entry is not None:
                yield entry

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        # Unbuffered: one read of the whole file gains nothing from a buffer.
        with open(entry.locator, "rb", buffering=0) as file:
            return file.read()

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file."""
        return open(entry.locator, "rb")

    def disk_path(self, entry: Entry) -> str:
        """Return the file itself."""
        return str(entry.locator)

    def _entry(self, path: str, real: str, status: os.stat_result) -> Entry | None:
        if not self._leads_inside(real, stat.S_ISLNK(status.st_mode)):
            return None
        if stat.S_ISLNK(status.st_mode):
            try:
                status = os.stat(real)
            except OSError:  # a link to nothing
                return None
        if stat.S_ISREG(status.st_mode):
            return Entry(path, EntryType.FILE, status.st_size, status.st_mtime_ns, status.st_ctime_ns, real)
        if stat.S_ISDIR(status.st_mode):
            return Entry(path, EntryType.FOLDER, 0, status.st_mtime_ns, status.st_ctime_ns, real)
        return None

    def _leads_inside(self, real: str, is_link: bool) -> bool:
        """Tell whether no link on the way to `real` leaves the folder; folders are asked once."""
        if is_link:
            return self._is_within(os.path.realpath(real))
        folder = os.path.dirname(real)
        if real == self._root or folder in self._inside:
            return True
        if not self._is_within(os.path.realpath(folder)):
            return False
        self._inside.add(folder)
        return True

    def _is_within(self, real: str) -> bool:
        return real == self._root or real.startswith(self._root + os.sep)

    def _respelled(self, path: str) -> str | None:
        """Give the real path whose names are `path` in another Unicode form."""
        real = self._root
        for part in path.split("/")[1:]:
            step = os.path.join(real, part)
            if not os.path.lexists(step):
                try:
                    names = os.listdir(real)
                except OSError:
                    return None
                match = (name for name in names if unicodedata.normalize("NFC", name) == part)
                step = os.path.join(real, next(match, ""))
                if step == os.path.join(real, ""):
                    return None
            real = step
        return real
