"""A cache with a budget in bytes: what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class ByteLRU:
    """Values by key, up to a number of bytes in all.

    Parameters
    ----------
    max_bytes
        The budget; a value that is larger alone is not kept at all.
    on_drop
        Called with the key of each value that had to go.

    Examples
    --------
    >>> kept = ByteLRU(10)
    >>> kept.put("a", 1, 6), kept.put("b", 2, 6)
    (None, None)
    >>> kept.get("a", None), kept.get("b", None), kept.bytes
    (None, 2, 6)
    """

    def __init__(self, max_bytes: int, on_drop: Callable[[Any], None] = lambda key: None) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.dropped = 0
        self._on_drop = on_drop
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: Hashable, default: Any) -> Any:
        """Give a value, which counts as used now."""
        item = self._items.get(key)
        if item is None:
            return default
        self._items.move_to_end(key)
        return item[0]

    def put(self, key: Hashable, value: Any, size_bytes: int) -> None:
        """Keep a value in place of the one of this key, and let others go until the budget holds."""
        self.pop(key)
        self._items[key] = value, size_bytes
        self.bytes += size_bytes
        while self.bytes > self.max_bytes:
            oldest, (_, size) = self._items.popitem(last=False)
            self.bytes -= size
            self.dropped += 1
            self._on_drop(oldest)

    def pop(self, key: Hashable) -> None:
        """Keep a value no longer."""
        item = self._items.pop(key, None)
        if item is not None:
            self.bytes -= item[1]

    def clear(self) -> None:
        """Keep nothing."""
        self._items.clear()
        self.bytes = 0
