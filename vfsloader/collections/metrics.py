"""What a collection contains, and how much space that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from vfsloader.collections.cache import Cache

if TYPE_CHECKING:
    from vfsloader.collections.locations import Location


class Metrics(TypedDict):
    """What :attr:`Persistent.metrics` returns; sizes in bytes, ratios from 0 to 1."""

    items: int
    bytes: int
    wasted: int
    fragmentation: float
    cache_hits: int
    cache_misses: int
    fragmentation_ratio: float
    wasted_bytes: int
    logical_size_bytes: int
    data_file_size_bytes: int
    index_file_size_bytes: int
    total_disk_usage_bytes: int
    clean_shutdown: bool


def measure(location: Location, number: int, cache: Cache | None) -> Metrics:
    """Measure a collection and its file.

    ``bytes`` is the collection's own content; ``wasted`` is the empty part of the whole file, and ``fragmentation``
    the same as a ratio. The other names are those of fscollections. Its index is a file of its own, ours is part of
    the store; a crash needs no repair here, so every shutdown is clean.
    """
    from vfsloader.store.records.care import sizes

    measured = sizes(location.catalog, number)
    ratio = measured.empty / measured.file if measured.file else 0.0
    return Metrics(
        items=measured.items,
        bytes=measured.content,
        wasted=measured.empty,
        fragmentation=ratio,
        cache_hits=0 if cache is None else cache.hits,
        cache_misses=0 if cache is None else cache.misses,
        fragmentation_ratio=ratio,
        wasted_bytes=measured.empty,
        logical_size_bytes=measured.content,
        data_file_size_bytes=measured.file,
        index_file_size_bytes=0,
        total_disk_usage_bytes=measured.file + measured.log,
        clean_shutdown=True,
    )
