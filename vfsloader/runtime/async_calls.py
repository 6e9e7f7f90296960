"""Open files of an async file system, and the way to a worker thread."""

from __future__ import annotations

import contextlib
import functools
import io
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from types import TracebackType
from typing import IO, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast

import anyio
import anyio.to_thread

T = TypeVar("T")
P = ParamSpec("P")
AnyText = TypeVar("AnyText", str, bytes)
#: The thread of the batch that this task is in: a transaction belongs to the thread that began it.
batch_thread: ContextVar[ThreadPoolExecutor | None] = ContextVar("vfsloader batch", default=None)
#: Folders that are walked, and lines that are read, for each trip to a thread.
_AT_A_TIME = 64


async def run(call: Callable[..., T], *values: Any, **options: Any) -> T:
    """Run a call on a worker thread, to its end, whoever is cancelled meanwhile."""
    thread = batch_thread.get()
    if thread is None:
        return await anyio.to_thread.run_sync(lambda: call(*values, **options))
    return await result_of(thread.submit(call, *values, **options))


async def result_of(future: Future[T]) -> T:
    """Await what a batch's thread is doing.

    Not on one of the shared threads: tasks that wait for a batch to end could take them all, and it could not go on.
    """
    return await anyio.to_thread.run_sync(future.result, limiter=anyio.CapacityLimiter(1))


def shielded() -> anyio.CancelScope:
    """Give a scope in which a cancellation waits until it is left."""
    return anyio.CancelScope(shield=True)


class AsyncFile(Generic[AnyText]):
    """An open file; made by :meth:`AsyncVirtualFileSystem.open`.

    Parameters
    ----------
    file
        The file that is read and written on worker threads.
    """

    def __init__(self, file: IO[AnyText]) -> None:
        self._file: IO[AnyText] = file
        # A cancelled task may close the file while its last call is still under way on another thread.
        self._lock = threading.Lock()

    async def _run(self, call: Callable[..., T], *values: Any) -> T:
        return await run(self._in_turn, call, *values)

    def _in_turn(self, call: Callable[..., T], *values: Any) -> T:
        with self._lock:
            return call(*values)

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._file.closed

    @property
    def wrapped(self) -> IO[AnyText]:
        """The file itself, for what must not wait."""
        return self._file

    async def read(self, size: int = -1) -> AnyText:
        """Read up to `size` bytes or characters; all that is left if negative."""
        return await self._run(self._file.read, size)

    async def readline(self, size: int = -1) -> AnyText:
        """Read a line."""
        return await self._run(self._file.readline, size)

    async def readlines(self) -> list[AnyText]:
        """Read all lines that are left."""
        return await self._run(self._file.readlines)

    async def readinto(self, buffer: bytearray | memoryview) -> int:
        """Read into a buffer; give the bytes."""
        return int(await self._run(cast("io.BufferedReader", self._file).readinto, buffer))

    async def write(self, data: AnyText) -> int:
        """Write; give the bytes or characters."""
        return await self._run(self._file.write, data)

    async def writelines(self, lines: list[AnyText]) -> None:
        """Write all of a list."""
        await self._run(self._file.writelines, lines)

    async def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; give it."""
        return await self._run(self._file.seek, offset, whence)

    async def tell(self) -> int:
        """Give the place."""
        return await self._run(self._file.tell)

    async def truncate(self, size: int | None = None) -> int:
        """Cut the file off, or lengthen it with zeros."""
        return await self._run(self._file.truncate, size)

    async def flush(self) -> None:
        """Hand on what is buffered; others see it when the file is closed."""
        await self._run(self._file.flush)

    async def close(self) -> None:
        """Close the file; what was written is there for others then."""
        with anyio.CancelScope(shield=True):
            await self._end(self._file.close)

    def __aiter__(self) -> AsyncIterator[AnyText]:
        return self._lines()

    async def _lines(self) -> AsyncIterator[AnyText]:
        while lines := await self._run(self._some_lines):
            for line in lines:
                yield line

    def _some_lines(self) -> list[AnyText]:
        return [line for line in (self._file.readline() for _ in range(_AT_A_TIME)) if line]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self._end(self._file.__exit__, kind, error, trace)

    async def _end(self, call: Callable[..., Any], *values: Any) -> None:
        """Close the file, whoever is cancelled meanwhile: asyncio's own cancellation goes through every shield."""
        try:
            await self._run(call, *values)
        except BaseException:
            threading.Thread(target=self._in_turn, args=(_abandon, self._file)).start()
            raise


class Opening(Generic[AnyText]):
    """A file that is about to be opened: ``async with vfs.open(…) as file``, or ``file = await vfs.open(…)``."""

    def __init__(self, call: Callable[[], IO[AnyText]]) -> None:
        self._call: Callable[[], IO[AnyText]] = call
        self._file: AsyncFile[AnyText] | None = None

    def __await__(self) -> Generator[Any, Any, AsyncFile[AnyText]]:
        return self._open().__await__()

    async def _open(self) -> AsyncFile[AnyText]:
        lock, is_wanted = threading.Lock(), True

        def call() -> IO[AnyText]:
            file = self._call()
            with lock:
                if not is_wanted:
                    _abandon(file)
            return file

        try:
            return AsyncFile(await run(call))
        except BaseException:
            with lock:  # cancelled while it is being opened: whoever comes second closes it
                is_wanted = False
            raise

    async def __aenter__(self) -> AsyncFile[AnyText]:
        self._file = await self._open()
        return self._file

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        await self._file.__aexit__(kind, error, trace)


def _abandon(file: IO[Any]) -> None:
    """Close a file that nobody wants any more; what is being written is left as it was."""
    if not file.closed:
        with contextlib.suppress(OSError, ValueError):
            file.__exit__(RuntimeError, RuntimeError("cancelled"), None)


def wrap_method(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Make the awaited twin of a method, with its docstring and types.

    The twin runs the method of the same name of ``self._wrapped`` on a worker thread.
    """
    name = method.__name__

    @functools.wraps(method)
    async def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        result: T = await run(getattr(self._wrapped, name), *args, **kwargs)
        return result

    return call
