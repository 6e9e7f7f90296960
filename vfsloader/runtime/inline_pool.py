"""A pool for Pythons without threads, as in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class InlinePool(Executor):
    """A pool without threads: :meth:`submit` returns when the call is done."""

    def submit(self, call: Callable[P, T], /, *values: P.args, **options: P.kwargs) -> Future[T]:
        """Call a function now."""
        future: Future[T] = Future()
        try:
            future.set_result(call(*values, **options))
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception):  # Ctrl-C belongs to this thread
                raise
        return future

    def map(
        self, call: Callable[..., T], *values: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[T]:
        """Call a function for each item when its result is asked for."""
        return map(call, *values)
