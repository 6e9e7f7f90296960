"""Values that were read, kept as long as nobody changed their collection."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from typing import Any

_MISSING = object()


class Cache:
    """Keeps some values; forgets the one least recently used, least often used, or first come.

    Parameters
    ----------
    kind
        ``"lru"``, ``"lfu"`` or ``"fifo"``.
    size
        Values that are kept.

    Examples
    --------
    >>> cache = Cache("lru", 1)
    >>> cache.put(7, "a", 1)
    >>> cache.get(7, "a"), cache.get(8, "a", default=None)
    (1, None)
    """

    def __init__(self, kind: str, size: int) -> None:
        if kind not in ("lru", "lfu", "fifo"):
            raise ValueError(f"cache_type is lru, lfu or fifo, not {kind!r}")
        if size < 1:
            raise ValueError(f"cache_size is a number of at least 1, not {size}")
        self.hits = self.misses = 0
        self._kind = kind
        self._size = size
        self._version: object = None
        self._values: OrderedDict[Any, Any] = OrderedDict()
        self._uses: Counter[Any] = Counter()
        self._lock = threading.Lock()

    def get(self, version: object, key: Any, default: Any = _MISSING) -> Any:
        """Give a value as of a version, or the default."""
        with self._lock:
            if version != self._version or key not in self._values:
                self.misses += 1
                return default
            self.hits += 1
            if self._kind == "lru":
                self._values.move_to_end(key)
            elif self._kind == "lfu":
                self._uses[key] += 1
            return self._values[key]

    def put(self, version: object, key: Any, value: Any) -> None:
        """Keep a value; those of an older version are forgotten."""
        with self._lock:
            if version != self._version:
                self._values.clear()
                self._uses.clear()
                self._version = version
            if key not in self._values and len(self._values) >= self._size:
                if self._kind == "lfu":
                    least = min(self._values, key=self._uses.__getitem__)
                    del self._values[least], self._uses[least]
                else:
                    self._values.popitem(last=False)
            self._values[key] = value


def is_kept(value: Any) -> bool:
    """Tell whether a value can be kept: nobody can change it."""
    return value is None or type(value) in (str, int, float, bool, bytes)
