"""Values that were read, kept until their collection changes."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from typing import Any

from vfsloader.runtime.forking import renew_in_child

#: Types of values that cannot be changed, so that one object may be returned to everybody.
_IMMUTABLE = frozenset({str, int, float, bool, bytes})


class Cache:
    """Keeps some values, and drops the one least recently used, least often used, or added first.

    Parameters
    ----------
    policy
        ``"lru"``, ``"lfu"`` or ``"fifo"``.
    size
        The number of values that are kept.

    Examples
    --------
    >>> cache = Cache("lru", 1)
    >>> cache.put(7, "a", 1)
    >>> cache.get(7, "a"), cache.get(8, "a")
    (1, None)
    """

    def __init__(self, policy: str, size: int) -> None:
        if policy not in ("lru", "lfu", "fifo"):
            raise ValueError(f"cache_type is lru, lfu or fifo, not {policy!r}")
        if size < 1:
            raise ValueError(f"cache_size must be at least 1, not {size}")
        self.hits = self.misses = 0
        self._policy = policy
        self._size = size
        self._version: object = None
        self._values: OrderedDict[Any, Any] = OrderedDict()
        self._uses: Counter[Any] = Counter()
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")

    def get(self, version: object, key: Any) -> Any:
        """Return the value of a key in a version of the collection, or None."""
        with self._lock:
            if version != self._version or key not in self._values:
                self.misses += 1
                return None
            self.hits += 1
            if self._policy == "lru":
                self._values.move_to_end(key)
            elif self._policy == "lfu":
                self._uses[key] += 1
            return self._values[key]

    def put(self, version: object, key: Any, value: Any) -> None:
        """Keep a value, unless it could be changed, and drop those of an older version."""
        if type(value) not in _IMMUTABLE:
            return
        with self._lock:
            if version != self._version:
                self._values.clear()
                self._uses.clear()
                self._version = version
            if key not in self._values and len(self._values) >= self._size:
                if self._policy == "lfu":
                    least = min(self._values, key=self._uses.__getitem__)
                    del self._values[least], self._uses[least]
                else:
                    self._values.popitem(last=False)
            self._values[key] = value
