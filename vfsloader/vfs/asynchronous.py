"""The async version of a file system, on asyncio and trio: nothing blocks the event loop, nothing is left half done.

Each call runs on a worker thread until it is done, even if the task that awaits it is cancelled: a change happens
completely or not at all. If an ``async with`` around a file that is being written is cancelled, the file keeps its old
content.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self, overload

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.runtime.async_calls import (
    AsyncFile,
    Opening,
    batch_thread,
    require_threads,
    result_of,
    run,
    shielded,
    wrap_method,
)
from vfsloader.vfs.filesystem import VirtualFileSystem

if TYPE_CHECKING:
    from _typeshed import OpenBinaryMode, OpenTextMode

__all__ = ["AsyncFile", "AsyncVirtualFileSystem", "run"]


class AsyncVirtualFileSystem:
    """A :class:`~vfsloader.VirtualFileSystem` whose calls are awaited.

    Parameters
    ----------
    source
        A file system, which its owner closes; or the first parameter of :class:`~vfsloader.VirtualFileSystem`.
    **options
        The other parameters of :class:`~vfsloader.VirtualFileSystem`.

    Raises
    ------
    PathNotFoundError, NotAStoreError
        As :class:`~vfsloader.VirtualFileSystem` does.

    Examples
    --------
    >>> import anyio
    >>> async def main():
    ...     async with AsyncVirtualFileSystem() as vfs:
    ...         async with vfs.open("/log.txt", "w") as file:
    ...             await file.write("hello")
    ...         return await vfs.read_text("/log.txt")
    >>> anyio.run(main)
    'hello'
    """

    def __init__(self, source: VirtualFileSystem | paths.RealPath = ":memory:", **options: Any) -> None:
        self._is_owner = not isinstance(source, VirtualFileSystem)
        #: The same files, for code that may wait.
        self.vfs = source if isinstance(source, VirtualFileSystem) else VirtualFileSystem(source, **options)
        self._wrapped = self.vfs

    def __repr__(self) -> str:
        return f"AsyncVirtualFileSystem({self.vfs!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    # --- files ---------------------------------------------------------------------------------------

    @overload
    def open(
        self,
        path: paths.PathLike,
        mode: OpenTextMode = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> Opening[str]: ...
    @overload
    def open(
        self, path: paths.PathLike, mode: OpenBinaryMode, buffering: int = -1, *, preallocate: int = 0
    ) -> Opening[bytes]: ...
    @overload
    def open(
        self,
        path: paths.PathLike,
        mode: str,
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> Opening[Any]: ...
    def open(self, path: paths.PathLike, mode: str = "r", *args: Any, **options: Any) -> Opening[Any]:
        """Open a file; see :meth:`VirtualFileSystem.open`. Use it in an ``async with``, or await it."""
        return Opening(lambda: self.vfs.open(path, mode, *args, **options))

    read_bytes = wrap_method(VirtualFileSystem.read_bytes)
    view = wrap_method(VirtualFileSystem.view)
    read_text = wrap_method(VirtualFileSystem.read_text)
    write_bytes = wrap_method(VirtualFileSystem.write_bytes)
    write_text = wrap_method(VirtualFileSystem.write_text)
    copy = wrap_method(VirtualFileSystem.copy)
    rename = wrap_method(VirtualFileSystem.rename)
    remove = wrap_method(VirtualFileSystem.remove)
    unlink = wrap_method(VirtualFileSystem.unlink)
    prefetch = wrap_method(VirtualFileSystem.prefetch)
    exists = wrap_method(VirtualFileSystem.exists)
    isfile = wrap_method(VirtualFileSystem.isfile)
    isdir = wrap_method(VirtualFileSystem.isdir)
    stat = wrap_method(VirtualFileSystem.stat)
    getsize = wrap_method(VirtualFileSystem.getsize)
    digest = wrap_method(VirtualFileSystem.digest)

    # --- folders -------------------------------------------------------------------------------------

    mkdir = wrap_method(VirtualFileSystem.mkdir)
    makedirs = wrap_method(VirtualFileSystem.makedirs)
    rmdir = wrap_method(VirtualFileSystem.rmdir)
    rmtree = wrap_method(VirtualFileSystem.rmtree)
    copytree = wrap_method(VirtualFileSystem.copytree)
    listdir = wrap_method(VirtualFileSystem.listdir)
    glob = wrap_method(VirtualFileSystem.glob)

    async def walk(
        self, top: paths.PathLike = "/", onerror: Callable[[OSError], None] | None = None
    ) -> AsyncIterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down; see :meth:`VirtualFileSystem.walk`."""
        folders = self.vfs.walk(top, onerror)
        while (folder := await run(lambda: next(folders, None))) is not None:
            yield folder

    # --- layers --------------------------------------------------------------------------------------

    async def add_underlay(
        self, layer: Layer | VirtualFileSystem | AsyncVirtualFileSystem, priority: float = 0, name: str | None = None
    ) -> str:
        """Mount a layer below the writable one; see :meth:`VirtualFileSystem.add_underlay`."""
        source = layer.vfs if isinstance(layer, AsyncVirtualFileSystem) else layer
        return await run(self.vfs.add_underlay, source, priority, name)

    remove_underlay = wrap_method(VirtualFileSystem.remove_underlay)
    list_layers = wrap_method(VirtualFileSystem.list_layers)
    which_layer = wrap_method(VirtualFileSystem.which_layer)
    which_layer_detailed = wrap_method(VirtualFileSystem.which_layer_detailed)

    # --- transactions --------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def atomic_batch(self) -> AsyncIterator[None]:
        """Make all changes of this task inside the ``async with`` happen together, or none of them.

        Examples
        --------
        >>> import anyio
        >>> async def main():
        ...     async with AsyncVirtualFileSystem() as vfs:
        ...         with contextlib.suppress(RuntimeError):
        ...             async with vfs.atomic_batch():
        ...                 await vfs.write_text("/half", "1")
        ...                 raise RuntimeError("out of ideas")
        ...         return await vfs.listdir()
        >>> anyio.run(main)
        []
        """
        thread, token = batch_thread.get(), None
        if thread is None:
            require_threads("an awaited batch")
            thread = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-batch")
            token = batch_thread.set(thread)
        batch = self.vfs.atomic_batch()
        begun = thread.submit(batch.__enter__)
        try:
            try:
                await result_of(begun)
                yield
            except BaseException as error:
                # Submitted before anything is awaited: no cancellation comes between, and it is next in the queue.
                ended = thread.submit(_end, batch, begun, error)
                with shielded():
                    await result_of(ended)
                raise
            ended = thread.submit(_end, batch, begun, None)
            with shielded():
                await result_of(ended)
        finally:
            if token is not None:
                batch_thread.reset(token)
                thread.shutdown(wait=False)

    flush = wrap_method(VirtualFileSystem.flush)
    sync = wrap_method(VirtualFileSystem.sync)
    stats = wrap_method(VirtualFileSystem.stats)

    async def close(self) -> None:
        """Close the file system if this object opened it."""
        if self._is_owner:
            with shielded():
                await run(self.vfs.close)


def _end(batch: AbstractContextManager[None], begun: Future[None], error: BaseException | None) -> None:
    """End a batch, if it ever began. The task that awaits re-raises `error` itself."""
    if begun.exception() is not None:
        return
    if error is None:
        batch.__exit__(None, None, None)
        return
    try:
        batch.__exit__(type(error), error, error.__traceback__)
    except BaseException as raised:
        if raised is not error:
            raise
