"""The functions by which fscollections opens its collections, with its parameters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.sets import PersistentSet

P = ParamSpec("P")
C = TypeVar("C")

FSDict, FSList, FSSet = PersistentDict, PersistentList, PersistentSet


def options_of(
    base_path: Any = None,
    klass: type | str | None = None,
    auto_compact: bool = False,
    compaction_threshold: float | None = None,
    cache_type: str | None = None,
    cache_size: int = 128,
) -> dict[str, Any]:
    """Return our parameters for those of fscollections, in which dict, list and tuple all mean JSON."""
    return {
        "where": base_path,
        "value_type": "json" if klass in (dict, list, tuple) else klass,
        "auto_compact": auto_compact,
        "compaction_threshold": compaction_threshold,
        "cache_type": cache_type,
        "cache_size": cache_size,
    }


def factory(collection: type[C], options: Callable[P, dict[str, Any]], name: str, **fixed: Any) -> Callable[P, C]:
    """Make a function that opens a collection and has the parameters of `options`."""

    @functools.wraps(options)
    def open_collection(*args: P.args, **kwargs: P.kwargs) -> C:
        return collection(**options(*args, **kwargs), **fixed)

    open_collection.__name__ = open_collection.__qualname__ = name
    open_collection.__doc__ = f"Open a :class:`{collection.__name__}` in a file; see :class:`Persistent`."
    signature = inspect.signature(options).replace(return_annotation=collection)
    open_collection.__signature__ = signature  # type: ignore[attr-defined]
    return open_collection


fslist = factory(PersistentList, options_of, "fslist")
fsdict = factory(PersistentDict, options_of, "fsdict", keys=str)  # whose keys are text
fsset = factory(PersistentSet, options_of, "fsset")
