"""Collections whose calls are awaited, on asyncio and trio; each runs on a worker thread, and to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, Self, TypeVar

from vfsloader.collections.base import Persistent
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.metrics import Metrics
from vfsloader.collections.sets import PersistentSet
from vfsloader.runtime.async_calls import run

_Kept = TypeVar("_Kept", bound=Persistent)
_BATCH = 256


class AsyncPersistent(Generic[_Kept]):
    """A collection whose calls are awaited.

    Parameters
    ----------
    sync
        The collection.
    """

    def __init__(self, sync: _Kept) -> None:
        self.sync = sync

    @property
    def metrics(self) -> Metrics:
        """See :attr:`Persistent.metrics`."""
        return self.sync.metrics

    @property
    def fragmentation_ratio(self) -> float:
        """See :attr:`Persistent.fragmentation_ratio`."""
        return self.sync.fragmentation_ratio

    async def compact(self) -> None:
        """See :meth:`Persistent.compact`."""
        await run(self.sync.compact)

    async def flush(self) -> None:
        """See :meth:`Persistent.flush`."""
        await run(self.sync.flush)

    async def close(self) -> None:
        """See :meth:`Persistent.close`."""
        await run(self.sync.close)

    def destroy(self) -> None:
        """See :meth:`Persistent.destroy`."""
        self.sync.destroy()

    async def __aenter__(self) -> Self:
        self.sync.__enter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def __len__(self) -> int:
        return await run(len, self.sync)

    async def _each(self, iterator: Any) -> AsyncIterator[Any]:
        """Give what an iterator gives, some hundreds at a time."""
        while batch := await run(_take, iterator):
            for one in batch:
                yield one


class AsyncFSList(AsyncPersistent[PersistentList]):
    """A list whose calls are awaited: ``await items[0]``, ``async for item in items``."""

    async def __getitem__(self, index: int | slice) -> Any:
        return wrapped(await run(self.sync.__getitem__, index))

    async def __setitem__(self, index: int | slice, value: Any) -> None:
        await run(self.sync.__setitem__, index, unwrapped(value))

    async def __delitem__(self, index: int | slice) -> None:
        await run(self.sync.__delitem__, index)

    async def append(self, value: Any) -> None:
        """See :meth:`PersistentList.append`."""
        await run(self.sync.append, unwrapped(value))

    async def insert(self, index: int, value: Any) -> None:
        """See :meth:`PersistentList.insert`."""
        await run(self.sync.insert, index, unwrapped(value))

    async def extend(self, values: Any) -> None:
        """See :meth:`PersistentList.extend`."""
        await run(self.sync.extend, [unwrapped(value) for value in values])

    async def pop(self, index: int = -1) -> Any:
        """See :meth:`PersistentList.pop`."""
        return wrapped(await run(self.sync.pop, index))

    async def clear(self) -> None:
        """See :meth:`PersistentList.clear`."""
        await run(self.sync.clear)

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for value in self._each(iter(self.sync)):
            yield wrapped(value)

    async def scan(self, predicate: Callable[[Any], object] | None = None, **asked: Any) -> AsyncIterator[Any]:
        """See :meth:`PersistentList.scan`."""
        async for value in self._each(self.sync.scan(predicate, **asked)):
            yield wrapped(value)


class AsyncFSDict(AsyncPersistent[PersistentDict]):
    """A dict whose calls are awaited: ``await found["key"]``, ``await found.set("key", value)``."""

    async def __getitem__(self, key: Any) -> Any:
        return wrapped(await run(self.sync.__getitem__, key))

    async def __setitem__(self, key: Any, value: Any) -> None:
        await run(self.sync.__setitem__, key, unwrapped(value))

    async def set(self, key: Any, value: Any) -> None:
        """Give a key a value; what ``await found.__setitem__(key, value)`` does."""
        await run(self.sync.__setitem__, key, unwrapped(value))

    async def __delitem__(self, key: Any) -> None:
        await run(self.sync.__delitem__, key)

    async def __contains__(self, key: Any) -> bool:
        return await run(self.sync.__contains__, key)

    async def get(self, key: Any, default: Any = None) -> Any:
        """See :meth:`PersistentDict.get`."""
        return wrapped(await run(self.sync.get, key, default))

    async def pop(self, key: Any, *default: Any) -> Any:
        """See :meth:`PersistentDict.pop`."""
        return wrapped(await run(self.sync.pop, key, *default))

    async def update(self, other: Any = (), /, **more: Any) -> None:
        """See :meth:`PersistentDict.update`."""
        pairs = {**dict(other), **more}
        await run(self.sync.update, {key: unwrapped(value) for key, value in pairs.items()})

    async def clear(self) -> None:
        """See :meth:`PersistentDict.clear`."""
        await run(self.sync.clear)

    async def keys(self) -> list[Any]:
        """Give all keys."""
        return await run(lambda: list(self.sync))

    async def values(self) -> list[Any]:
        """Give all values."""
        return [wrapped(value) for value in await run(lambda: list(self.sync.values()))]

    async def items(self) -> list[tuple[Any, Any]]:
        """Give all keys with their values."""
        return [(key, wrapped(value)) for key, value in await run(lambda: list(self.sync.items()))]

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for key in self._each(iter(self.sync)):
            yield key

    async def scan(
        self, predicate: Callable[[Any, Any], object] | None = None, **asked: Any
    ) -> AsyncIterator[tuple[Any, Any]]:
        """See :meth:`PersistentDict.scan`."""
        async for key, value in self._each(self.sync.scan(predicate, **asked)):
            yield key, wrapped(value)


class AsyncFSSet(AsyncPersistent[PersistentSet]):
    """A set whose calls are awaited."""

    async def add(self, value: Any) -> None:
        """See :meth:`PersistentSet.add`."""
        await run(self.sync.add, value)

    async def discard(self, value: Any) -> None:
        """See :meth:`PersistentSet.discard`."""
        await run(self.sync.discard, value)

    async def remove(self, value: Any) -> None:
        """See :meth:`PersistentSet.remove`."""
        await run(self.sync.remove, value)

    async def update(self, *others: Any) -> None:
        """See :meth:`PersistentSet.update`."""
        await run(self.sync.update, *others)

    async def clear(self) -> None:
        """See :meth:`PersistentSet.clear`."""
        await run(self.sync.clear)

    async def __contains__(self, value: Any) -> bool:
        return await run(self.sync.__contains__, value)

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for value in self._each(iter(self.sync)):
            yield value

    async def scan(self, predicate: Callable[[Any], object] | None = None) -> AsyncIterator[Any]:
        """See :meth:`PersistentSet.scan`."""
        async for value in self._each(self.sync.scan(predicate)):
            yield value


def wrapped(value: Any) -> Any:
    """Give a collection its awaited face; anything else as it is."""
    match value:
        case PersistentList():
            return AsyncFSList(value)
        case PersistentDict():
            return AsyncFSDict(value)
        case PersistentSet():
            return AsyncFSSet(value)
    return value


def unwrapped(value: Any) -> Any:
    """Give the collection that an awaited one stands for."""
    return value.sync if isinstance(value, AsyncPersistent) else value


def _take(iterator: Any) -> list[Any]:
    batch = []
    for value in iterator:
        batch.append(value)
        if len(batch) == _BATCH:
            break
    return batch
