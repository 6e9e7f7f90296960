"""Awaitable versions of blocking calls, on asyncio and trio: the way to a worker thread, and open files.

Each call runs on a worker thread until it is done, even if the task that awaits it is cancelled.
:func:`wrap_method` makes an async method out of a sync one, so that an async class does not write out its sync class
again.
"""

from __future__ import annotations

import contextlib
import functools
import io
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import IO, Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from vfsloader.errors import MissingExtraError
from vfsloader.runtime.threads import have_threads, start

P = ParamSpec("P")
T = TypeVar("T")
AnyText = TypeVar("AnyText", str, bytes)
#: The thread of the batch that this task is in: a transaction belongs to the thread that began it.
batch_thread: ContextVar[ThreadPoolExecutor | None] = ContextVar("vfsloader batch", default=None)
#: Lines that one call on a thread reads.
_LINES_AT_A_TIME = 64


async def run(call: Callable[..., T], *values: Any, **options: Any) -> T:
    """Run a call on a worker thread until it is done, even if the awaiting task is cancelled."""
    thread = batch_thread.get()
    if thread is None:
        if not have_threads():
            return call(*values, **options)
        result: T = await _to_thread().run_sync(lambda: call(*values, **options))
        return result
    return await result_of(thread.submit(call, *values, **options))


async def result_of(future: Future[T]) -> T:
    """Await the result of a call that runs on a batch's thread.

    The wait does not use one of the shared threads: tasks that wait for a batch to end could take all of them, and
    the batch could not go on.
    """
    import anyio

    result: T = await _to_thread().run_sync(future.result, limiter=anyio.CapacityLimiter(1))
    return result


def shielded() -> AbstractContextManager[object]:
    """Return a scope in which a cancellation has to wait."""
    if not have_threads():  # nothing is awaited inside
        return contextlib.nullcontext()
    import anyio

    return anyio.CancelScope(shield=True)


def require_threads(what: str) -> None:
    """Raise an error where no threads can be started.

    Raises
    ------
    NotImplementedError
        There are none.
    """
    if not have_threads():
        raise NotImplementedError(f"{what} needs threads, which this Python has not; use the calls without await")


def _to_thread() -> Any:
    """Import anyio when it is first needed.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import anyio.to_thread
    except ImportError:
        raise MissingExtraError("awaiting files needs anyio; run: pip install anyio", name="anyio") from None
    return anyio.to_thread


def wrap_method(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Make an async method out of a sync one.

    The async method has the same name and parameters. It calls the method of this name of ``self._wrapped``, so a
    subclass that overrides the sync method is respected.

    Parameters
    ----------
    method
        A method of the class that ``self._wrapped`` is an instance of.

    Examples
    --------
    >>> import asyncio
    >>> class Numbers:
    ...     def double(self, number: int) -> int:
    ...         "Return twice the number."
    ...         return 2 * number
    >>> class AsyncNumbers:
    ...     double = wrap_method(Numbers.double)
    ...     def __init__(self):
    ...         self._wrapped = Numbers()
    >>> asyncio.run(AsyncNumbers().double(21))
    42
    """
    name = method.__name__

    @functools.wraps(method)
    async def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await run(getattr(self._wrapped, name), *args, **kwargs)

    summary = (method.__doc__ or "").partition("\n")[0]
    call.__doc__ = f"{summary}\n\nThe awaitable version of :meth:`{method.__qualname__}`.".lstrip()
    return call


def same_parameters(
    method: Callable[Concatenate[Any, P], Any],
) -> Callable[[Callable[..., T]], Callable[Concatenate[Any, P], T]]:
    """Decorate a method that passes all its arguments on to `method`: it gets the parameters of `method`."""

    def decorate(forwarding: Callable[..., T]) -> Callable[Concatenate[Any, P], T]:
        return functools.wraps(method)(forwarding)

    return decorate


class _OneAtATime:
    """A file whose methods wait for each other.

    A cancelled task may close its file while its last call is still running on another thread.
    """

    def __init__(self, file: IO[Any]) -> None:
        self.file = file
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return functools.partial(self.call, getattr(self.file, name))

    def call(self, method: Callable[..., T], *args: Any, **options: Any) -> T:
        with self._lock:
            return method(*args, **options)


class AsyncFile(Generic[AnyText]):
    """An open file; made by :meth:`AsyncVirtualFileSystem.open`.

    Parameters
    ----------
    file
        The file that is read and written on worker threads.
    """

    def __init__(self, file: IO[AnyText]) -> None:
        self._wrapped = _OneAtATime(file)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._wrapped.file.closed

    @property
    def wrapped(self) -> IO[AnyText]:
        """The file itself, for code that must not wait."""
        return self._wrapped.file

    tell = wrap_method(IO.tell)
    flush = wrap_method(IO.flush)
    readable = wrap_method(IO.readable)
    writable = wrap_method(IO.writable)
    seekable = wrap_method(IO.seekable)

    # The methods below are written out because files of the standard library take no keyword arguments.

    async def read(self, size: int = -1) -> AnyText:
        """Read up to `size` bytes or characters; everything that is left if negative."""
        return await run(self._wrapped.read, size)

    async def readline(self, size: int = -1) -> AnyText:
        """Read a line, up to `size` bytes or characters of it."""
        return await run(self._wrapped.readline, size)

    async def readlines(self) -> list[AnyText]:
        """Read all lines that are left."""
        return await run(self._wrapped.readlines)

    async def readinto(self, buffer: bytearray | memoryview) -> int:
        """Read into a buffer, and return the number of bytes."""
        return await run(self._wrapped.readinto, buffer)

    async def write(self, data: AnyText) -> int:
        """Write, and return the number of bytes or characters."""
        return await run(self._wrapped.write, data)

    async def writelines(self, lines: list[AnyText]) -> None:
        """Write all texts of a list."""
        await run(self._wrapped.writelines, lines)

    async def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position, and return it."""
        return await run(self._wrapped.seek, offset, whence)

    async def truncate(self, size: int | None = None) -> int:
        """Cut the file off at `size` bytes, by default at the position, or lengthen it with zeros."""
        return await run(self._wrapped.truncate, size)

    async def close(self) -> None:
        """Close the file. What was written becomes visible to others."""
        await self.__aexit__(None, None, None)

    def __aiter__(self) -> AsyncIterator[AnyText]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[AnyText]:
        while lines := await run(self._wrapped.call, self._some_lines):
            for line in lines:
                yield line

    def _some_lines(self) -> list[AnyText]:
        return [line for line in (self.wrapped.readline() for _ in range(_LINES_AT_A_TIME)) if line]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            with shielded():
                await run(self._wrapped.__exit__, *exc)
        except BaseException:
            # asyncio's own cancellation goes through every shield. Then another thread closes the file.
            start(self._wrapped.call, _abandon, self.wrapped)
            raise


async def open_file(call: Callable[[], IO[AnyText]]) -> IO[AnyText]:
    """Open a file on a worker thread. If the task is cancelled before it has the file, the file is closed again."""
    lock, is_wanted, opened = threading.Lock(), True, None

    def open_if_wanted() -> IO[AnyText]:
        nonlocal opened
        file = call()
        with lock:  # of the two threads, the one that comes second here closes the file
            opened = file
            if not is_wanted:
                _abandon(file)
        return file

    try:
        return await run(open_if_wanted)
    except BaseException:
        with lock:
            is_wanted = False
            if opened is not None:
                start(_abandon, opened)
        raise


class Opening(Generic[AnyText]):
    """A file that is about to be opened: ``async with vfs.open(…) as file``, or ``file = await vfs.open(…)``."""

    def __init__(self, call: Callable[[], IO[AnyText]]) -> None:
        self._call: Callable[[], IO[AnyText]] = call
        self._file: AsyncFile[AnyText] | None = None

    def __await__(self) -> Generator[Any, Any, AsyncFile[AnyText]]:
        return self._open().__await__()

    async def _open(self) -> AsyncFile[AnyText]:
        return AsyncFile(await open_file(self._call))

    async def __aenter__(self) -> AsyncFile[AnyText]:
        self._file = await self._open()
        return self._file

    async def __aexit__(self, *exc: object) -> None:
        assert self._file is not None
        await self._file.__aexit__(*exc)


def _abandon(file: IO[Any]) -> None:
    """Close a file that nobody wants any more. A file that is being written keeps its old content."""
    if not file.closed:
        with contextlib.suppress(OSError, ValueError):
            file.__exit__(RuntimeError, RuntimeError("cancelled"), None)
