"""The parameters of collections as types, for functions that pass them on: a type checker finds misspelt ones."""

from __future__ import annotations

from typing import TypedDict


class CollectionOptions(TypedDict, total=False):
    """The parameters of :class:`~vfsloader.collections.base.Persistent` after the name."""

    value_type: type | str | None
    codec: str
    cache_type: str | None
    cache_size: int
    compaction_threshold: float | None
    auto_compact: bool
    klass: type | str | None


class DictOptions(CollectionOptions, total=False):
    """Those of a :class:`~vfsloader.collections.PersistentDict`."""

    keys: type | None
