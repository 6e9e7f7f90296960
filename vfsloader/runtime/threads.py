"""Threads where there are some. A browser has none: there, work is done at once by the code that asks for it."""

from __future__ import annotations

import _thread
import functools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor

P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def have_threads() -> bool:
    """Return whether this Python can start threads; found out by starting one."""
    try:
        _thread.start_new_thread(lambda: None, ())
    except RuntimeError:
        return False
    return True


def make_pool(threads: int | None, name: str) -> Executor:
    """Return a pool of threads, or one that calls in line where there are no threads.

    Parameters
    ----------
    threads
        At most so many; what suits the machine if None.
    name
        What the threads' names begin with.

    Examples
    --------
    >>> with make_pool(2, "vfsloader-example") as pool:
    ...     list(pool.map(abs, [-1, 2]))
    [1, 2]
    """
    if have_threads():
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(threads, thread_name_prefix=name)
    from vfsloader.runtime.inline_pool import InlinePool

    return InlinePool()


def start(call: Callable[P, object], /, *values: P.args, **options: P.kwargs) -> None:
    """Call a function that nobody waits for: on a thread of its own, or now where there are no threads."""
    if have_threads():
        threading.Thread(target=call, args=values, kwargs=options, name="vfsloader-aside", daemon=True).start()
    else:
        call(*values, **options)


def ahead(items: Iterable[T], depth: int) -> Iterator[T]:
    """Iterate over `items` on another thread, at most `depth` of them ahead of the caller.

    An exception raised by `items` is raised here. The other thread stops when the caller stops iterating. Without
    threads, each item is made when it is asked for.

    Examples
    --------
    >>> list(ahead(range(4), 2))
    [0, 1, 2, 3]
    """
    if not have_threads():
        yield from items
        return
    import queue

    ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: T | None, error: BaseException | None) -> None:
        while not stopped.is_set():
            try:
                ready.put((item, error), timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(item, None)
                if stopped.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    thread = threading.Thread(target=work, name="vfsloader-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
