"""References to collections inside collections.

A reference to a collection of the same store is its number. A reference to one in another file is its name and the
file's path relative to the file that refers to it.
"""

from __future__ import annotations

import os
from typing import Any

from vfsloader.collections.locations import Location, location_of


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
    path = os.path.relpath(location.file, os.path.dirname(holder.file))
    return {"file": path.replace(os.sep, "/"), "name": name}


def locate(reference: Any, holder: Location) -> tuple[Location, int, int]:
    """Return the location, number and kind of the collection that a reference means.

    Raises
    ------
    ValueError
        The collection or its file is missing.
    """
    location = holder
    if isinstance(reference, dict):
        path = os.path.join(os.path.dirname(holder.file or ""), reference["file"])
        if not os.path.exists(path):
            raise ValueError(f"a collection is in the file {path}, which is missing")
        location = location_of(path)
        number, kind = location.catalog.find(reference["name"]) or (0, None)
    else:
        number, kind = reference, holder.catalog.kind_of(reference)
    if kind is None:
        raise ValueError("a collection that is referred to was destroyed")
    return location, number, kind
