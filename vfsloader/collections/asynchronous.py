"""Collections whose calls are awaited, on asyncio and trio.

Each call runs on a worker thread, and to its end even if the task is cancelled. The methods are wrapped, not written
out: each takes and returns what its twin does, with :class:`AsyncPersistent` in place of the collections.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from vfsloader.collections.base import Persistent
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.factories import fsdict, fslist, fsset
from vfsloader.collections.lists import PersistentList
from vfsloader.collections.metrics import Metrics
from vfsloader.collections.sets import PersistentSet
from vfsloader.runtime.async_calls import run, wrap_method

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=Persistent)
A = TypeVar("A")
#: Values that one trip to a worker thread reads.
_BATCH = 256


def _wrap(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Wrap a method whose arguments and result may be collections."""
    call: Callable[..., Coroutine[Any, Any, T]] = wrap_method(method)

    @functools.wraps(method)
    async def convert(self: Any, /, *args: P.args, **options: P.kwargs) -> T:
        arguments = {name: _to_sync(value) for name, value in options.items()}
        result: T = _to_async(await call(self, *map(_to_sync, args), **arguments))
        return result

    return convert


class AsyncPersistent(Generic[C]):
    """A collection whose calls are awaited.

    Parameters
    ----------
    sync
        The collection.
    """

    def __init__(self, sync: C) -> None:
        self.sync = sync
        self._wrapped: Any = sync  # for wrap_method

    @property
    def metrics(self) -> Metrics:
        """See :attr:`Persistent.metrics`."""
        return self.sync.metrics

    @property
    def fragmentation_ratio(self) -> float:
        """See :attr:`Persistent.fragmentation_ratio`."""
        return self.sync.fragmentation_ratio

    compact = wrap_method(Persistent.compact)
    flush = wrap_method(Persistent.flush)
    close = wrap_method(Persistent.close)

    def destroy(self) -> None:
        """See :meth:`Persistent.destroy`."""
        self.sync.destroy()

    async def clear(self) -> None:
        """Remove everything."""
        await run(self._wrapped.clear)

    async def __aenter__(self) -> Self:
        self.sync.__enter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def __len__(self) -> int:
        return await run(len, self._wrapped)

    def __aiter__(self) -> AsyncIterator[Any]:
        return _batches(iter(self._wrapped), _to_async)

    def scan(self, predicate: Callable[..., object] | None = None, **options: Any) -> AsyncIterator[Any]:
        """Yield the values that match; see :meth:`PersistentList.scan`."""
        return _batches(self._wrapped.scan(predicate, **options), _to_async)


class AsyncFSList(AsyncPersistent[PersistentList]):
    """A list whose calls are awaited: ``await items[0]``, ``async for item in items``."""

    __getitem__ = _wrap(PersistentList.__getitem__)
    __setitem__ = _wrap(PersistentList.__setitem__)
    __delitem__ = _wrap(PersistentList.__delitem__)
    append = _wrap(PersistentList.append)
    insert = _wrap(PersistentList.insert)
    pop = _wrap(PersistentList.pop)

    async def extend(self, values: Iterable[Any]) -> None:
        """Add items at the end, all or none."""
        await run(self.sync.extend, [_to_sync(value) for value in values])


class AsyncFSDict(AsyncPersistent[PersistentDict]):
    """A dict whose calls are awaited: ``await found["key"]``, ``await found.set("key", value)``."""

    __getitem__ = _wrap(PersistentDict.__getitem__)
    __setitem__ = _wrap(PersistentDict.__setitem__)
    __delitem__ = _wrap(PersistentDict.__delitem__)
    __contains__ = _wrap(PersistentDict.__contains__)
    get = _wrap(PersistentDict.get)
    pop = _wrap(PersistentDict.pop)

    async def set(self, key: Any, value: Any) -> None:
        """Set a key to a value, as ``await found.__setitem__(key, value)`` does."""
        await self.__setitem__(key, value)

    async def update(self, other: Mapping[Any, Any] | Iterable[Any] = (), /, **more: Any) -> None:
        """Set many keys, all or none."""
        await run(self.sync.update, {key: _to_sync(value) for key, value in {**dict(other), **more}.items()})

    async def keys(self) -> list[Any]:
        """Return all keys."""
        return await run(list, self.sync.keys())

    async def values(self) -> list[Any]:
        """Return all values."""
        values: list[Any] = await run(list, self.sync.values())
        return [_to_async(value) for value in values]

    async def items(self) -> list[tuple[Any, Any]]:
        """Return all keys with their values."""
        pairs: list[tuple[Any, Any]] = await run(list, self.sync.items())
        return [_pair_to_async(pair) for pair in pairs]

    def scan(self, predicate: Callable[..., object] | None = None, **options: Any) -> AsyncIterator[tuple[Any, Any]]:
        """Yield the keys and values that match; see :meth:`PersistentDict.scan`."""
        return _batches(self.sync.scan(predicate, **options), _pair_to_async)


class AsyncFSSet(AsyncPersistent[PersistentSet]):
    """A set whose calls are awaited."""

    add = wrap_method(PersistentSet.add)
    discard = wrap_method(PersistentSet.discard)
    remove = wrap_method(PersistentSet.remove)
    update = wrap_method(PersistentSet.update)
    __contains__ = wrap_method(PersistentSet.__contains__)


def _awaited(open_sync: Callable[P, C], twin: Callable[[C], A]) -> Callable[P, A]:
    """Make a function that opens the awaited twin of what a function for fscollections opens."""

    @functools.wraps(open_sync)
    def open_twin(*args: P.args, **kwargs: P.kwargs) -> A:
        return twin(open_sync(*args, **kwargs))

    open_twin.__name__ = open_twin.__qualname__ = f"async_{open_sync.__name__}"
    signature = inspect.signature(open_sync).replace(return_annotation=twin)
    open_twin.__signature__ = signature  # type: ignore[attr-defined]
    return open_twin


async_fslist = _awaited(fslist, AsyncFSList)
async_fsdict = _awaited(fsdict, AsyncFSDict)
async_fsset = _awaited(fsset, AsyncFSSet)


async def _batches(values: Iterator[Any], convert: Callable[[Any], Any]) -> AsyncIterator[Any]:
    """Yield what an iterator yields, reading some hundreds of values on each trip to a worker thread."""
    while True:
        batch: list[Any] = await run(list, itertools.islice(values, _BATCH))
        if not batch:
            return
        for value in batch:
            yield convert(value)


def _to_async(value: Any) -> Any:
    """Return the awaited twin of a collection; any other value as it is."""
    match value:
        case PersistentList():
            return AsyncFSList(value)
        case PersistentDict():
            return AsyncFSDict(value)
        case PersistentSet():
            return AsyncFSSet(value)
    return value


def _pair_to_async(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return pair[0], _to_async(pair[1])


def _to_sync(value: Any) -> Any:
    """Return the collection behind its awaited twin; any other value as it is."""
    return value.sync if isinstance(value, AsyncPersistent) else value
