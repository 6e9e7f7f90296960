"""What a collection holds, and what that takes."""

from __future__ import annotations

from typing import TypedDict

from vfsloader.collections.cache import Cache
from vfsloader.store.records.care import sizes
from vfsloader.store.records.catalog import CollectionCatalog


class Metrics(TypedDict):
    """What :attr:`Persistent.metrics` gives; sizes in bytes, ratios from 0 to 1."""

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


def measure(keeper: CollectionCatalog, number: int, cache: Cache | None) -> Metrics:
    """Look at a collection and its file.

    ``bytes`` is the collection's own content; ``wasted`` is what is empty in the whole file, which is also what
    ``fragmentation`` is a part of. The names of fscollections are there too: its index has no file of its own here,
    and a crash needs no repair.
    """
    found = sizes(keeper, number)
    ratio = found.empty / found.file if found.file else 0.0
    return Metrics(
        items=found.items,
        bytes=found.content,
        wasted=found.empty,
        fragmentation=ratio,
        cache_hits=0 if cache is None else cache.hits,
        cache_misses=0 if cache is None else cache.misses,
        fragmentation_ratio=ratio,
        wasted_bytes=found.empty,
        logical_size_bytes=found.content,
        data_file_size_bytes=found.file,
        index_file_size_bytes=0,
        total_disk_usage_bytes=found.file + found.log,
        clean_shutdown=True,
    )
