"""A folder of the disk as a layer.

A mod is untrusted: links that leave its folder are left out, and checked again on the file that was opened. The game's
own folders are trusted: their links are followed anywhere. Devices, pipes, and names that no virtual path can have are
always left out. A link that leads back to a folder on its own path is left out, too, as it would never end.

Names are matched in NFC, so that a file that macOS wrote as ``e`` + accent is found by its usual spelling. Their case
matters on every disk: a file that Windows would find by another case is not found, as on Linux it would be missing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Container, Hashable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.layers.listeners import Listener, Listeners, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType
from vfsloader.layers.remembered_names import PATIENCE, RememberedNames
from vfsloader.runtime.composed import nfc
from vfsloader.runtime.disk_names import MAX_PATH, ignores_case, long_path, names_in
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.runtime.regular_file import is_within, open_buffered, read_regular, real_folder

#: Files and folders of an untrusted folder that are listed below links. A few links, each to a folder of links, could
#: otherwise show the same files a billion times.
MAX_LISTED_BELOW_LINKS = 50_000


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
    trusted
        Whether links are followed that leave the folder: True for the game's own files, never for a mod.
    real_path
        Where the folder is after all links, and files that are opened in it are, if that has just been determined.

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

    def __init__(
        self,
        path: paths.RealPath,
        *,
        name: str | None = None,
        live: bool = True,
        trusted: bool = False,
        real_path: str | None = None,
    ) -> None:
        self.path = Path(path).absolute()
        if not os.path.isdir(self.path if real_path is None else real_path):
            if self.path.exists():
                raise NotAFolderError.at(str(path), f"{path} is not a folder")
            raise PathNotFoundError.at(str(path), f"there is no folder {path}")
        self.name = name if name is not None else self.path.name
        self.live = live
        self.trusted = trusted
        self._listeners = Listeners()
        self._root = os.path.realpath(self.path) if real_path is None else real_path
        #: Where opened files must be; None for anywhere.
        self._confined = None if trusted else real_folder(self._root) if real_path is None else real_path
        # Windows finds files by their short names, which no listing has.
        self._remembers = not live and os.name != "nt" and use_fast_paths()
        self._reset()
        self._generation = 0

    def __repr__(self) -> str:
        return f"FolderLayer({str(self.path)!r}, name={self.name!r})"

    @property
    def reports_changes(self) -> bool:  # type: ignore[override]
        """Whether answers hold until :meth:`refresh` is called: False for a live folder."""
        return not self.live

    @property
    def real_path(self) -> str:
        """Where the folder was, after all links, when the layer was made: all its files are looked for there."""
        return self._root

    @property
    def watched_folders(self) -> Sequence[Path]:
        """The folders of the disk in which a change concerns this layer."""
        return [self.path]

    def version(self) -> int | None:
        """Return None while live, else the number of refreshes."""
        return None if self.live else self._generation

    def refresh(self) -> None:
        """Look at the folder again: it has changed."""
        self._reset()
        self._generation += 1
        self._listeners.notify()

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` at each :meth:`refresh`."""
        return self._listeners.add(listener, uncommitted)

    def find(self, path: str) -> Entry | None:
        """Look at the disk; see :meth:`Layer.find`."""
        names = self._names
        if names is not None and names.listed and names.lacks(path):
            return None
        real = self._root + path.replace("/", os.sep) if path != paths.ROOT else self._root
        if len(real) > MAX_PATH:
            real = long_path(real)
        try:
            status = os.lstat(real)
        except OSError:
            respelled = None if path.isascii() else self._respelled(path)
            if respelled is None:
                if names is not None:
                    folder = path[: path.rfind("/")]
                    names.missed[folder] = missed = names.missed.get(folder, 0) + 1
                    if missed == PATIENCE and self._has_no_link(folder):
                        names.list(folder)
                return None
            real = respelled
            status = os.lstat(real)
        if self._ignores_case is not False and path != paths.ROOT and not self._is_exact(path):
            return None
        return self._entry(path, real, status)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder on the disk; see :meth:`Layer.list`."""
        folder = self.find(path)
        if folder is None or not folder.is_folder:
            return
        is_counted = self._is_counted(path)
        if is_counted and path not in self._counted and self._count >= MAX_LISTED_BELOW_LINKS:
            return
        try:
            with os.scandir(folder.locator) as scan:
                items = list(scan)
        except OSError:  # removed since, or not readable: treated as empty
            return
        if is_counted:
            items = items[: self._may_list(path, len(items))]
        for item in items:
            entry = self._listed(path, item)
            if entry is not None:
                yield entry

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names on the disk, in all spellings; None while live, and below a link."""
        names = self._names
        folder = "" if folder == paths.ROOT else folder
        if names is None or not self._has_no_link(folder):
            return None
        if folder not in names.listed:
            names.list(folder)
        return names.listed.get(folder)

    def left_out(self, path: str, shown: Container[str] = ()) -> Sequence[tuple[str, str]]:
        """Return what a folder on the disk contains and the layer does not show.

        Parameters
        ----------
        path
            A folder of the layer.
        shown
            Names that the layer is known to show: they are not looked at again.

        Returns
        -------
        sequence of tuple
            Paths as messages show them, each with the reason.
        """
        folder = self.find(path)
        if folder is None or not folder.is_folder:
            return []
        try:
            with os.scandir(folder.locator) as scan:
                items = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            return [(path, f"cannot be listed: {error.strerror}")]
        faults = [
            (paths.join(path, item.name), self._fault(item))
            for item in items
            if nfc(item.name) not in shown and self._listed(path, item) is None
        ]
        if self._is_counted(path) and self._counted.get(path, 0) < len(items):
            faults.append((path, f"more than {MAX_LISTED_BELOW_LINKS:,} files and folders are below links"))
        return faults

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        return read_regular(entry.locator, self._confined)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file."""
        return open_buffered(entry.locator, self._confined)

    def disk_path(self, entry: Entry) -> str:
        """Return the file itself."""
        return str(entry.locator)

    def _reset(self) -> None:
        #: Whether the disk finds names in any case; None until there is a name to try it with.
        self._ignores_case: bool | None = None
        #: For such a disk: the names in a folder as they are spelled, and the time of the folder when it was listed.
        self._spellings: dict[str, tuple[int, frozenset[str]]] = {}
        #: Virtual folders that may be entered; the root is the empty text. Where a link is on the way, also the
        #: identities of all folders on the way, so that none is entered twice.
        self._folders: dict[str, frozenset[Hashable] | None] = {"": None}
        self._names = RememberedNames(self._root) if self._remembers else None
        #: How many entries below links were listed, in all and by folder.
        self._count = 0
        self._counted: dict[str, int] = {}

    def _listed(self, folder: str, item: os.DirEntry[str]) -> Entry | None:
        name = nfc(item.name)
        if not paths.is_valid_name(name):
            return None
        try:
            return self._entry(paths.join(folder, name), long_path(item.path), item.stat(follow_symlinks=False))
        except OSError:  # removed between the two looks
            return None

    def _entry(self, path: str, real: str, status: os.stat_result) -> Entry | None:
        folder = path[: path.rfind("/")]
        if folder not in self._folders and not self._enter(folder, real[: real.rfind(os.sep)]):
            return None
        mode = status.st_mode
        if stat.S_ISLNK(mode):
            try:
                status = os.stat(real)
            except OSError:  # a link to nothing, or a circle of links
                return None
            mode = status.st_mode
            if not self.trusted and not is_within(os.path.realpath(real), self._root):
                return None
            if stat.S_ISDIR(mode) and not self._enter_link(path, real, status):
                return None
        elif stat.S_ISDIR(mode) and self._folders[folder] is not None and not self._enter(path, real):
            return None
        if stat.S_ISREG(mode):
            return Entry(path, EntryType.FILE, status.st_size, status.st_mtime_ns, status.st_ctime_ns, real)
        if stat.S_ISDIR(mode):
            return Entry(path, EntryType.FOLDER, 0, status.st_mtime_ns, status.st_ctime_ns, real)
        return None

    def _enter(self, folder: str, real: str) -> bool:
        """Return whether a folder may be entered, from the nearest one that is known on down."""
        unknown = []
        while folder not in self._folders:
            unknown.append((folder, real))
            folder, real = folder[: folder.rfind("/")], real[: real.rfind(os.sep)]
        for below, step in reversed(unknown):
            try:
                status = os.lstat(step)
                is_link = stat.S_ISLNK(status.st_mode)
                if is_link:
                    status = os.stat(step)
            except OSError:  # removed since, or a circle of links
                return False
            if is_link:
                if not self.trusted and not is_within(os.path.realpath(step), self._root):
                    return False
                if not self._enter_link(below, step, status):
                    return False
                continue
            visited = self._folders[below[: below.rfind("/")]]
            if visited is not None:
                identity = _identity(status, step)
                if identity in visited:
                    return False
                visited |= {identity}
            self._folders[below] = visited
        return True

    def _has_no_link(self, folder: str) -> bool:
        """Return whether a folder can be reached without a link."""
        is_entered = folder in self._folders or self._enter(folder, self._root + folder.replace("/", os.sep))
        return is_entered and self._folders[folder] is None

    def _enter_link(self, path: str, real: str, status: os.stat_result) -> bool:
        """Return whether a link to a folder may be entered: it must not lead back to a folder on its way."""
        parent = path[: path.rfind("/")]
        visited = self._folders[parent]
        if visited is None:
            above = real
            identities = []
            for _ in range(path.count("/")):
                above = above[: above.rfind(os.sep)]
                try:
                    identities.append(_identity(os.stat(above), above))
                except OSError:  # removed since
                    return False
            visited = frozenset(identities)
        identity = _identity(status, real)
        if identity in visited:
            return False
        self._folders[path] = visited | {identity}
        return True

    def _is_counted(self, path: str) -> bool:
        """Return whether a folder is below a link of an untrusted folder."""
        return not self.trusted and self._folders.get(path) is not None

    def _may_list(self, path: str, count: int) -> int:
        """Return how many of the entries of a folder below a link are shown."""
        known = self._counted.get(path, 0)
        allowed = min(count, known + max(MAX_LISTED_BELOW_LINKS - self._count, 0))
        if allowed > known:
            self._count += allowed - known
            self._counted[path] = allowed
        return allowed

    def _fault(self, item: os.DirEntry[str]) -> str:
        """Return why an entry of the disk is left out."""
        if not paths.is_valid_name(nfc(item.name)):
            return "its name cannot be part of a path"
        try:
            if not item.is_symlink():
                return "it is not a regular file" if not item.is_dir() else "it is already on its own path"
            os.stat(item.path)
        except OSError:
            return "it is a link that leads nowhere"
        target = os.path.realpath(item.path)
        if not self.trusted and not is_within(target, self._root):
            return "it is a link that leads out of the folder"
        return "it is a link back to a folder on its own path" if os.path.isdir(target) else "it is not a regular file"

    def _is_exact(self, path: str) -> bool:
        """Return whether all names of a path, which the disk has found, are spelled as on the disk."""
        if self._ignores_case is None:
            self._ignores_case = ignores_case(self._root)
        if not self._ignores_case:
            return True
        folder = self._root
        for name in path.split("/")[1:]:
            try:
                stamp = os.stat(folder).st_mtime_ns if self.live else 0
            except OSError:  # removed since
                return False
            known = self._spellings.get(folder)
            if known is None or known[0] != stamp or name not in known[1]:
                known = self._spellings[folder] = stamp, names_in(folder)
            if name not in known[1]:
                return False
            folder = os.path.join(folder, name)
        return True

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
                match = (name for name in names if nfc(name) == part)
                step = os.path.join(real, next(match, ""))
                if step == os.path.join(real, ""):
                    return None
            real = step
        return real


def _identity(status: os.stat_result, real: str) -> Hashable:
    """Return what makes a folder the same folder; some file systems number none."""
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(real)
