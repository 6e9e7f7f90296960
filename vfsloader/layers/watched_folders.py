"""Exact answers about live folders without asking each of them at each read.

Which of a hundred folders has a file takes a hundred calls to find out, and a live folder can change at any time. Where
the system queues a notice of each change (:mod:`vfsloader.layers.folder_notices`), one look at the queue says that all
answers still hold.

What is remembered are names: which folder has a file, never its content, size or time. Whatever notices cannot show is
left to the ordinary way, one path at a time: symbolic links, whose targets are elsewhere; folders on other disks;
and file systems that match names in any case.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Sequence

from vfsloader import paths
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.folder_notices import FolderNotices
from vfsloader.layers.protocol import Entry
from vfsloader.layers.remembered_names import fold
from vfsloader.layers.wrapper import LayerWrapper
from vfsloader.layers.writable_folder import WritableFolderLayer

#: What is known of a name in a folder.
_Listing = dict[str, bool]


class UnsettledError(Exception):
    """A path about which notices cannot say everything."""


class WatchedFolder(LayerWrapper):
    """A live folder whose names are remembered as long as no notice of a change arrives.

    Parameters
    ----------
    layer
        The folder.
    notices
        Where changes are reported.
    """

    reports_changes = True

    def __init__(self, layer: FolderLayer, notices: FolderNotices) -> None:
        super().__init__(layer)
        self._notices = notices
        self._root = layer.real_path
        self._device: int | None = None
        #: What folders contain; None for one that does not exist. Replaced, never changed by :meth:`forget`: a thread
        #: that is listing a folder at the time writes into a dict where nobody looks.
        self._listings: dict[str, _Listing | None] = {}

    def forget(self, folders: Sequence[str] | None) -> None:
        """List these folders again, or all of them."""
        if folders is None:
            self._device, self._listings = None, {}
        else:
            listings = self._listings.copy()
            for folder in folders:
                listings.pop(folder, None)
            self._listings = listings

    def find(self, path: str) -> Entry | None:
        """Look into the listing of the folder first; raise :class:`UnsettledError` where that does not say enough."""
        if path == paths.ROOT:
            return self.layer.find(path)
        cut = path.rfind("/")
        listing = self._listing(path[:cut])
        if listing is None:
            return None
        name = path[cut + 1 :]
        is_plain = listing.get(name)
        if is_plain:
            return self.layer.find(path)
        if is_plain is not None or fold(name) in listing:
            raise UnsettledError
        return None

    def hides(self, path: str) -> bool:
        """Ask the folder, with everything watched that its answer depends on."""
        self._listing(path)
        return self.layer.hides(path)

    def _listing(self, folder: str) -> _Listing | None:
        """Return the names in a folder, whose path is empty for the root; None if it is not a folder."""
        listings = self._listings
        if folder in listings:
            return listings[folder]
        real = self._root
        if folder:
            cut = folder.rfind("/")
            above = self._listing(folder[:cut])
            name = folder[cut + 1 :]
            is_plain = None if above is None else above.get(name)
            if above is not None and not is_plain and (is_plain is not None or fold(name) in above):
                raise UnsettledError
            if not is_plain:
                listings[folder] = None
                return None
            real += folder.replace("/", os.sep)
        listings[folder] = listing = self._list(real, folder)
        return listing

    def _list(self, real: str, folder: str) -> _Listing | None:
        """Watch a folder, then list it."""
        device = self._device
        if device is None:
            if not self._notices.watch_root(self._root):
                raise UnsettledError
            device = self._device = os.stat(self._root).st_dev
        is_watched = self._notices.watch(real, (self, folder))
        try:
            status = os.lstat(real)
            if stat.S_ISREG(status.st_mode):
                return None
            if not is_watched or not stat.S_ISDIR(status.st_mode) or status.st_dev != device:
                raise UnsettledError
            listing: _Listing = {}
            with os.scandir(real) as scan:
                for item in scan:
                    name = item.name
                    # One entry for the name itself, which is plain or not, and one, not plain, for any other spelling.
                    is_plain = item.is_file(follow_symlinks=False) or item.is_dir(follow_symlinks=False)
                    listing[name] = is_plain and unicodedata.is_normalized("NFC", name)
                    listing.setdefault(fold(name), False)
        except OSError as error:
            raise UnsettledError from error
        return listing


def is_watchable(layer: FolderLayer) -> bool:
    """Return whether a folder's answers are those of its names on the disk; a subclass may have others."""
    return type(layer) in (FolderLayer, WritableFolderLayer)
