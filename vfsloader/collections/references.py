"""References to collections inside collections.

A reference to a collection of the same store is its number. A reference to one in another file is its name and the
file's path relative to the file that refers to it. A save may come from the internet, so that file must be a store in
the folder of the save or below it; no other file is opened, and none is created.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from vfsloader import paths
from vfsloader.collections.locations import Location, existing_file
from vfsloader.errors import DamagedError, InvalidPathError
from vfsloader.quoting import plain, quoted
from vfsloader.store.records.tables import DICT, LIST, SET

#: Files of SQLite beside a database.
_SIDECARS = ("-wal", "-shm", "-journal")


def reference_to(location: Location, number: int, name: str | None, holder: Location) -> Any:
    """Return what a collection at `holder` stores for another collection.

    Raises
    ------
    TypeError
        The other collection is in a store that cannot be referred to.
    """
    if location.catalog is holder.catalog:
        return number
    if location.file is None or holder.file is None or name is None:
        raise TypeError(
            "a collection of another store cannot be stored here: make it in this store, by passing this collection "
            "as its first argument"
        )
    folder = os.path.dirname(holder.file)
    if not _is_inside(location.file, folder):
        raise TypeError(
            f"a collection in {location.file} cannot be stored in {holder.file}: it must be in the folder {folder} or "
            "below it"
        )
    path = os.path.relpath(os.path.realpath(location.file), os.path.realpath(folder))
    return {"file": path.replace(os.sep, "/"), "name": name}


@contextlib.contextmanager
def located(reference: Any, holder: Location) -> Iterator[tuple[Location, int, int]]:
    """Enter with the location, number and kind of the collection that a reference means.

    Raises
    ------
    ValueError
        The collection or its file is missing, or the reference is invalid: to a file outside the folder of the save,
        for example.
    NotAStoreError
        The file is not a store.
    """
    location = _location(reference, holder)
    try:
        number, kind = _number_and_kind(reference, location)
        if kind is None:
            raise ValueError("a collection that is referred to was destroyed")
        if kind not in (DICT, LIST, SET):
            path = location.file or str(location.catalog.store.path)
            raise DamagedError.at(path, f"{path} is damaged: a collection has an unknown kind")
        yield location, number, kind
    finally:
        location.leave()


def _location(reference: Any, holder: Location) -> Location:
    """Enter the location of the collection that a reference means."""
    if isinstance(reference, dict):
        file, name = reference.get("file"), reference.get("name")
        if not isinstance(file, str) or not isinstance(name, str):
            raise _invalid(holder, "a reference without the file or the name of a collection")
        return existing_file(_path_of(file, holder))
    if isinstance(reference, int) and not isinstance(reference, bool) and 0 < reference < 1 << 62:
        return holder.enter()
    raise _invalid(holder, f"the reference {quoted(reference)}, which is not the number of a collection")


def _number_and_kind(reference: Any, location: Location) -> tuple[int, int | None]:
    if isinstance(reference, dict):
        return location.catalog.find(reference["name"]) or (0, None)
    return reference, location.catalog.kind_of(reference)


def _path_of(file: str, holder: Location) -> str:
    """Return the file that a reference names, if it is in the folder of the save."""
    if holder.file is None:
        raise _invalid(holder, f"a reference to the file {quoted(file)}, but is not a file itself")
    folder = os.path.dirname(holder.file)
    try:
        path = os.path.join(folder, file)
        is_inside = is_relative(file) and _is_inside(path, folder)
        exists, is_file = os.path.exists(path), os.path.isfile(path)
    except ValueError:  # a NUL character
        is_inside = exists = is_file = False
    if not is_inside:
        raise _invalid(
            holder, f"a reference to {quoted(file)}, which is not in the folder of the save; it was not opened"
        )
    if not exists:
        raise ValueError(f"a collection is in the file {plain(path)}, which is missing")
    if not is_file:
        raise _invalid(holder, f"a reference to {quoted(file)}, which is not a regular file")
    if path.lower().endswith(_SIDECARS):  # opening and closing it would release the locks of its database
        raise _invalid(holder, f"a reference to {quoted(file)}, which belongs to another database")
    return path


def is_relative(file: str, *, windows: bool = os.name == "nt") -> bool:
    r"""Return whether a path is relative and, on Windows, is neither a device, a stream of a file nor on another drive.

    Windows must not even be asked about such a path: looking at a share connects to its server.

    Examples
    --------
    >>> is_relative("below/list.db", windows=True), is_relative(r"\\server\share\x.db", windows=True)
    (True, False)
    """
    if not windows:
        return not os.path.isabs(file)
    return file[:1] not in ("/", "\\") and paths.name_fault(file.replace("\\", "/")) is None


def _is_inside(path: str, folder: str) -> bool:
    """Return whether a file is in a folder or below it, links followed."""
    root = os.path.realpath(folder)
    return os.path.realpath(path).startswith(root if root.endswith(os.sep) else root + os.sep)


def _invalid(holder: Location, what: str) -> InvalidPathError:
    path = holder.file or str(holder.catalog.store.path)
    return InvalidPathError.at(path, f"{path} contains {what}")
