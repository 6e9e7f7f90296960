"""Giving space back, and removing collections that nothing refers to."""

from __future__ import annotations

from vfsloader.collections.locations import Location
from vfsloader.runtime.threads import start
from vfsloader.store.records.tables import LIST


def compact(location: Location, *, background: bool = False) -> None:
    """Return space to the disk, now or on a thread of its own."""
    if background:
        location.enter()
        start(_compact_and_leave, location)
    else:
        _compact(location)


def _compact_and_leave(location: Location) -> None:
    try:
        _compact(location)
    finally:
        location.leave()


def _compact(location: Location) -> None:
    from vfsloader.store.records import care
    from vfsloader.store.records.sequence import SequenceRows

    catalog = location.catalog
    care.remove_unreachable(catalog)
    for number, kind, _ in catalog.numbers():
        if kind == LIST:
            SequenceRows(catalog, number).join_leaves()
    care.shrink(catalog)
