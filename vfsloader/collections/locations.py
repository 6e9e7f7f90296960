"""Where a collection may be kept: in a file, a file system's own store, memory, or a temporary file.

The store is imported when the first collection is opened, so that importing this package loads no database.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

from vfsloader import paths
from vfsloader.runtime.forking import Guard
from vfsloader.runtime.logs import logger
from vfsloader.store.records.tables import LIST

if TYPE_CHECKING:
    from vfsloader.store.memory.store import MemoryStore
    from vfsloader.store.records.catalog import CollectionCatalog
    from vfsloader.store.records.mapping import MappingRows
    from vfsloader.store.records.sequence import SequenceRows
    from vfsloader.store.store import Store

#: Small pages: each commit writes whole pages, and most commits change a few bytes.
_PAGE_SIZE = 2048

_log = logger("vfsloader.collections")
_guard = Guard()
#: Protects the counts of users. A garbage collection may end a collection, and with it a use, inside of these lines.
_counting = Guard(threading.RLock)
_open_files: weakref.WeakValueDictionary[str, Location] = weakref.WeakValueDictionary()


class Location:
    """A store that collections were opened from; closed when the last of its users leaves it.

    A location that was looked up has a user from that moment, so that it stays open until a collection is there:
    ``location_of`` and ``existing_file`` return it entered, and their caller leaves it.

    Parameters
    ----------
    store
        The store.
    owned
        Whether it is closed with the last user.
    temporary
        Whether its file is deleted then, too.
    """

    def __init__(self, store: Store | MemoryStore, *, owned: bool, temporary: bool = False) -> None:
        from vfsloader.store.records.catalog import catalog_of

        self.catalog: CollectionCatalog = catalog_of(store)
        self.is_temporary = temporary
        self._users = 0
        # A finalizer, for collections that are never closed: their file must not stay behind.
        self._finish = weakref.finalize(self, _collected, store, temporary) if owned else None

    @property
    def file(self) -> str | None:
        """The absolute path of the file; None if others cannot open it."""
        is_private = self.is_temporary or self.catalog.database.in_memory
        return None if is_private else os.path.abspath(self.catalog.store.path)

    def rows(self, kind: int, number: int) -> MappingRows | SequenceRows:
        """Return the rows of a collection."""
        from vfsloader.store.records.mapping import MappingRows
        from vfsloader.store.records.sequence import SequenceRows

        return SequenceRows(self.catalog, number) if kind == LIST else MappingRows(self.catalog, number)

    def fragmentation(self) -> float:
        """Return the part of the file that is empty, 0 to 1."""
        from vfsloader.store.records import care

        return care.fragmentation(self.catalog)

    def enter(self) -> Self:
        """Count one more user."""
        with _counting:
            self._users += 1
        return self

    def enter_if_open(self) -> bool:
        """Count one more user, unless the last one has left; return whether that was done."""
        with _counting:
            if self.catalog.database.closed or (self._finish is not None and not self._finish.alive):
                return False
            self._users += 1
            return True

    def leave(self) -> None:
        """Count one user less; close a store without users."""
        with _counting:
            self._users -= 1
            is_last = not self._users and self._finish is not None and self._finish.detach() is not None
        if is_last:
            _close(self.catalog.store, self.is_temporary)


def location_of(where: Any) -> Location:
    """Open the location that a user names, and enter it.

    Parameters
    ----------
    where
        A path, ``":memory:"``, None for a temporary file; a :class:`~vfsloader.VirtualFileSystem`, a store, or
        another collection, to be kept in the same store.

    Raises
    ------
    TypeError
        It is something else.
    NotAStoreError
        The file is not one of ours.
    """
    from vfsloader.store.schema import MEMORY

    if isinstance(where, (str, os.PathLike)) and os.fspath(where) != MEMORY:
        return _file(where)
    return _unshared(where).enter()


def _unshared(where: Any) -> Location:
    """Return the location that is not looked up by its file."""
    from vfsloader.store.memory.store import MemoryStore
    from vfsloader.store.schema import MEMORY
    from vfsloader.store.store import Store

    if where is None:
        handle, path = tempfile.mkstemp(prefix="vfsloader-", suffix=".db")
        os.close(handle)
        return Location(Store(path, page_size=_PAGE_SIZE, auto_vacuum=True), owned=True, temporary=True)
    if isinstance(where, (str, os.PathLike)):
        return Location(Store(MEMORY), owned=True)
    location = getattr(where, "location", None)
    if isinstance(location, Location):
        return location
    store = where if isinstance(where, (Store, MemoryStore)) else getattr(where, "store", None)
    if isinstance(store, (Store, MemoryStore)):
        return Location(store, owned=False)
    raise TypeError(
        f"a collection is kept in a file, a VirtualFileSystem or a store, not in a {type(where).__name__}: pass one "
        "of these, or nothing for a temporary file"
    )


def existing_file(where: paths.RealPath) -> Location:
    """Enter the location of a file that must be a store already: it is not created, nor made a store if it is empty.

    Raises
    ------
    NotAStoreError, PathError
        It is not a store, or does not exist.
    """
    path = os.path.realpath(where)
    with _guard:
        others = [location for known, location in _open_files.items() if known != path]
    for location in others:
        if _is_same(location.catalog.store.path, path) and location.enter_if_open():
            return location  # it is open under another name: in other case, or by a second hard link
    return _file(path, create=False)


def _is_same(path: paths.RealPath, other: str) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samefile(path, other)
    return False


def _file(where: paths.RealPath, *, create: bool = True) -> Location:
    """Enter the location of a file; it is one for all collections that are open from it."""
    from vfsloader.store.store import Store

    path = os.path.realpath(where)
    with _guard:
        location = _open_files.get(path)
        if location is None or not location.enter_if_open():
            store = Store(path, page_size=_PAGE_SIZE, auto_vacuum=True, create=create)
            location = _open_files[path] = Location(store, owned=True).enter()
        return location


def _collected(store: Store | MemoryStore, temporary: bool) -> None:
    """Close the store of collections that nobody closed; nobody could catch an error."""
    try:
        _close(store, temporary)
    except OSError as error:
        _log.warning("%s", error)


def _close(store: Store | MemoryStore, temporary: bool) -> None:
    store.close()
    if temporary:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{store.path}{suffix}")
