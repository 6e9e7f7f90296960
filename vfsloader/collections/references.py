"""Collections inside collections: kept as references, and given back alive.

One of the same store is a number. One of another file is that file, as seen from the one that refers to it, and a
name. A temporary one moves in: from then on it lies where it was put.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vfsloader.collections.locations import Location, location_of
from vfsloader.store.records.tables import DICT, LIST, SET

if TYPE_CHECKING:
    from vfsloader.collections.base import Persistent


def refer(value: Any, holder: Persistent) -> Any:
    """Give what a reference to a collection says; None where it is no collection.

    Raises
    ------
    TypeError
        It lies in another store, which no reference can name.
    """
    from vfsloader.collections.base import Persistent

    if not isinstance(value, Persistent):
        return None
    if value.closed:
        raise ValueError("I/O operation on closed file.")
    if value.place.keeper is holder.place.keeper:
        return value.number
    if value.place.is_temporary:
        _move_in(value, holder)
        return value.number
    file, here = value.place.file, holder.place.file
    if file is None or here is None or value.name is None:
        raise TypeError(
            f"a {type(value).__name__} of another store cannot be kept here: make it in this one, by passing this "
            "collection as its place"
        )
    return {"file": os.path.relpath(file, os.path.dirname(here)).replace(os.sep, "/"), "name": value.name}


def resolve(told: Any, holder: Persistent) -> Any:
    """Give the collection that a reference says.

    Raises
    ------
    ValueError
        It is gone.
    """
    from vfsloader.collections.dicts import PersistentDict
    from vfsloader.collections.lists import PersistentList
    from vfsloader.collections.sets import PersistentSet

    classes: dict[int, type[Persistent]] = {DICT: PersistentDict, LIST: PersistentList, SET: PersistentSet}
    place: Location = holder.place
    number = told
    if isinstance(told, dict):
        here = place.file
        path = os.path.join(os.path.dirname(here or ""), told["file"])
        if not os.path.exists(path):
            raise ValueError(f"the collection lies in {path}, which is not there")
        place = location_of(path)
        found = place.keeper.find(told["name"])
        number = None if found is None else found[0]
    kind = None if number is None else place.keeper.kind_of(number)
    if kind is None:
        raise ValueError("a collection that is referred to was destroyed")
    return classes[kind].at(place, number, pickles=holder._pickles)


def _move_in(value: Persistent, holder: Persistent) -> None:
    """Move a temporary collection, and those inside it, into the holder's store."""
    old = value.place
    keeper = holder.place.keeper
    with keeper.transaction():
        content = value._content()
        number = keeper.make(None, value._kind)
        old.keeper.live.pop(value.number, None)
        value._settle(holder.place, number, None)  # before its content: it may hold itself
        value._fill(content)
    old.leave()
