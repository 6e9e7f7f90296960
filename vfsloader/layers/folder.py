"""A folder of the disk as a layer.

Symbolic links that leave the folder are left out, and so are devices, pipes and names that no virtual path can have: a
mod is untrusted. Names are matched in NFC, so that a file that macOS wrote as ``e`` + accent is found by its usual
spelling.
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
        True: look at the disk on each call, so that every change shows at once. False: answers may be remembered
        until :meth:`refresh` is called, as a watcher of the folder does; reading through a
        :class:`~vfsloader.VirtualFileSystem` is then several times faster.

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
        #: Virtual folders that no link on the way leads out of; the root is the empty text.
        self._inside = {""}
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
        self._inside = {""}
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
            with os.scandir(folder.locator) as scan:
                items = list(scan)
        except OSError:  # removed since, or not readable: treated as empty
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
        mode = status.st_mode
        if stat.S_ISLNK(mode):
            if not self._is_within(os.path.realpath(real)):
                return None
            try:
                status = os.stat(real)
            except OSError:  # a link to nothing
                return None
            mode = status.st_mode
        folder = path[: path.rfind("/")]
        if folder not in self._inside and not self._leads_inside(folder, real, path):
            return None
        if stat.S_ISREG(mode):
            return Entry(path, EntryType.FILE, status.st_size, status.st_mtime_ns, status.st_ctime_ns, real)
        if stat.S_ISDIR(mode):
            return Entry(path, EntryType.FOLDER, 0, status.st_mtime_ns, status.st_ctime_ns, real)
        return None

    def _leads_inside(self, folder: str, real: str, path: str) -> bool:
        """Return whether no link on the way to a folder leaves the layer; each folder is looked at once."""
        if real != self._root + path:  # spelled in another Unicode form
            is_inside = self._is_within(os.path.realpath(os.path.dirname(real)))
            if is_inside:
                self._inside.add(folder)
            return is_inside
        unknown = []
        while folder not in self._inside:
            unknown.append(folder)
            folder = folder[: folder.rfind("/")]
        for below in reversed(unknown):
            step = self._root + below
            try:
                is_link = stat.S_ISLNK(os.lstat(step).st_mode)
            except OSError:  # removed since
                return False
            if is_link and not self._is_within(os.path.realpath(step)):
                return False
            self._inside.add(below)
        return True

    def _is_within(self, real: str) -> bool:
        return real == self._root or real.startswith(self._root + os.sep)

    def _respelled(self, path: str) -> str | None:
        """Return the real path whose names are those of `path` in another Unicode form."""
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
