"""A cache in memory with a limit in bytes, from which the least recently used values are evicted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from vfsloader.runtime.forking import renew_in_child


class ByteLRU:
    """Values by key, up to a number of bytes in all; usable from any thread.

    Parameters
    ----------
    max_bytes
        The limit; a value that is larger alone is not kept at all.
    on_evict
        Called with the key of each evicted value.

    Examples
    --------
    >>> cache = ByteLRU(10)
    >>> cache.put("a", 1, 6), cache.put("b", 2, 6)
    (None, None)
    >>> cache.get("a", None), cache.get("b", None), cache.bytes
    (None, 2, 6)
    """

    def __init__(self, max_bytes: int, on_evict: Callable[[Any], None] | None = None) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.evicted = 0
        self._on_evict = on_evict
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Hashable, default: Any) -> Any:
        """Return a value, which counts as used now."""
        with self._lock:
            item = self._items.get(key)
            if item is None:
                return default
            self._items.move_to_end(key)
            return item[0]

    def put(self, key: Hashable, value: Any, size_bytes: int) -> None:
        """Keep a value in place of the old one of this key, and evict others until the limit holds."""
        evicted = []
        with self._lock:
            old = self._items.pop(key, None)
            self._items[key] = value, size_bytes
            self.bytes += size_bytes if old is None else size_bytes - old[1]
            while self.bytes > self.max_bytes:
                oldest, (_, size) = self._items.popitem(last=False)
                self.bytes -= size
                self.evicted += 1
                evicted.append(oldest)
        if self._on_evict is not None:  # without the lock, as it may use the cache
            for key in evicted:
                self._on_evict(key)

    def pop(self, key: Hashable) -> None:
        """Forget a value, if there is one."""
        with self._lock:
            item = self._items.pop(key, None)
            if item is not None:
                self.bytes -= item[1]

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._items.clear()
            self.bytes = 0
