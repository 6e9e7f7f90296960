"""Giving space back, and removing collections that nothing holds."""

from __future__ import annotations

import threading

from vfsloader.collections.locations import Location
from vfsloader.store.records import care
from vfsloader.store.records.catalog import CollectionCatalog
from vfsloader.store.records.sequence import SequenceRows
from vfsloader.store.records.tables import LIST


def fragmentation(keeper: CollectionCatalog) -> float:
    """Give the part of a store's file that is empty, 0 to 1."""
    return care.fragmentation(keeper)


def compact(place: Location, *, background: bool) -> None:
    """Give space back, at once or on a thread."""
    if background:
        place.enter()
        threading.Thread(target=_compact_and_leave, args=(place,), name="vfsloader-compact", daemon=True).start()
    else:
        _compact(place.keeper)


def _compact_and_leave(place: Location) -> None:
    try:
        _compact(place.keeper)
    finally:
        place.leave()


def _compact(keeper: CollectionCatalog) -> None:
    care.remove_unreachable(keeper)
    for number, kind, _ in keeper.numbers():
        if kind == LIST:
            SequenceRows(keeper, number).join_leaves()
    care.shrink(keeper)
