"""The names by which fscollections makes its collections, so that a program runs with its import changed."""

from __future__ import annotations

from typing import Any

from vfsloader.collections.asynchronous import AsyncFSDict, AsyncFSList, AsyncFSSet
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.sets import PersistentSet

FSDict, FSList, FSSet = PersistentDict, PersistentList, PersistentSet


def fslist(
    base_path: Any = None,
    klass: type | str | None = None,
    auto_compact: bool = False,
    compaction_threshold: float | None = None,
    cache_type: str | None = None,
    cache_size: int = 128,
) -> PersistentList:
    """Open a list in a file; see :class:`~vfsloader.collections.base.Persistent` for the parameters."""
    return PersistentList(
        base_path,
        klass=_klass(klass),
        auto_compact=auto_compact,
        compaction_threshold=compaction_threshold,
        cache_type=cache_type,
        cache_size=cache_size,
    )


def fsdict(
    base_path: Any = None,
    klass: type | str | None = None,
    auto_compact: bool = False,
    compaction_threshold: float | None = None,
    cache_type: str | None = None,
    cache_size: int = 128,
) -> PersistentDict:
    """Open a dict in a file, whose keys are text."""
    return PersistentDict(
        base_path,
        keys=str,
        klass=_klass(klass),
        auto_compact=auto_compact,
        compaction_threshold=compaction_threshold,
        cache_type=cache_type,
        cache_size=cache_size,
    )


def fsset(
    base_path: Any = None,
    klass: type | str | None = None,
    auto_compact: bool = False,
    compaction_threshold: float | None = None,
    cache_type: str | None = None,
    cache_size: int = 128,
) -> PersistentSet:
    """Open a set in a file."""
    return PersistentSet(
        base_path,
        klass=_klass(klass),
        auto_compact=auto_compact,
        compaction_threshold=compaction_threshold,
        cache_type=cache_type,
        cache_size=cache_size,
    )


def async_fslist(*args: Any, **options: Any) -> AsyncFSList:
    """Open a list whose calls are awaited; the parameters are those of :func:`fslist`."""
    return AsyncFSList(fslist(*args, **options))


def async_fsdict(*args: Any, **options: Any) -> AsyncFSDict:
    """Open a dict whose calls are awaited; the parameters are those of :func:`fsdict`."""
    return AsyncFSDict(fsdict(*args, **options))


def async_fsset(*args: Any, **options: Any) -> AsyncFSSet:
    """Open a set whose calls are awaited; the parameters are those of :func:`fsset`."""
    return AsyncFSSet(fsset(*args, **options))


def _klass(klass: type | str | None) -> type | str | None:
    """Give fscollections' meaning of a type: dicts, lists and tuples are JSON there, and one another."""
    return "json" if klass in (dict, list, tuple) else klass
