"""Where a collection may lie: a file, a file system's own store, memory, or a file that ends with it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref
from typing import Any

from vfsloader import paths
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.records.catalog import CollectionCatalog, catalog_of
from vfsloader.store.schema import MEMORY
from vfsloader.store.store import Store

#: Small pages: each commit writes whole ones, and most are of a few bytes.
_PAGE_SIZE = 2048

_guard = threading.Lock()
_open: weakref.WeakValueDictionary[str, Location] = weakref.WeakValueDictionary()


class Location:
    """A store that collections were opened from; closed when the last of them lets go of it.

    Parameters
    ----------
    store
        The store.
    owned
        Whether it is closed with the last user.
    temporary
        Whether its file goes with it.
    """

    def __init__(self, store: Store | MemoryStore, *, owned: bool, temporary: bool = False) -> None:
        self.keeper: CollectionCatalog = catalog_of(store)
        self.is_temporary = temporary
        self._users = 0
        # Also where nobody closes anything: the file is not to stay.
        self._finish = weakref.finalize(self, _close, store, temporary) if owned else None

    @property
    def file(self) -> str | None:
        """The file, where it is one that others can open."""
        store = self.keeper.store
        return None if store.path == MEMORY or self.is_temporary else os.path.abspath(store.path)

    def enter(self) -> Location:
        """Count one more user."""
        self._users += 1
        return self

    def leave(self) -> None:
        """Count one less; close the store that nobody uses."""
        self._users -= 1
        if not self._users and self._finish is not None:
            self._finish()


def location_of(where: Any) -> Location:
    """Open the place that a user names.

    Parameters
    ----------
    where
        A path, ``":memory:"``, None for a file that ends with the collection; a
        :class:`~vfsloader.VirtualFileSystem`, a store, or another collection, to lie beside it.

    Raises
    ------
    TypeError
        It is something else.
    NotAStoreError
        The file is none of ours.
    """
    if where is None:
        handle, path = tempfile.mkstemp(prefix="vfsloader-", suffix=".db")
        os.close(handle)
        return Location(Store(path, page_size=_PAGE_SIZE, auto_vacuum=True), owned=True, temporary=True)
    if isinstance(where, (str, os.PathLike)):
        return Location(Store(MEMORY), owned=True) if os.fspath(where) == MEMORY else _file(where)
    if isinstance(where, Location):
        return where
    inner = getattr(where, "place", None)
    if isinstance(inner, Location):
        return inner
    store = where if isinstance(where, (Store, MemoryStore)) else getattr(where, "store", None)
    if isinstance(store, (Store, MemoryStore)):
        with _guard:
            place = getattr(store.catalog, "location", None)
            if not isinstance(place, Location):
                place = Location(store, owned=False)
                place.keeper.location = place
            return place
    raise TypeError(f"a collection lies in a file, a VirtualFileSystem or a store, not in a {type(where).__name__}")


def _file(where: paths.RealPath) -> Location:
    """Open a file, or give the place that it is open as already."""
    path = os.path.realpath(where)
    with _guard:
        place = _open.get(path)
        if place is None or place.keeper.database.closed:
            place = Location(Store(path, page_size=_PAGE_SIZE, auto_vacuum=True), owned=True)
            _open[path] = place
        return place


def _close(store: Store | MemoryStore, temporary: bool) -> None:
    store.close()
    if temporary:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{store.path}{suffix}")
