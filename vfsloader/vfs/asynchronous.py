"""The async face of a file system, on asyncio and trio: nothing blocks the loop, nothing is left half done.

Each call runs on a worker thread and to its end, also where the task that awaits it is cancelled, so that a change is
whole or was never begun. A file that is being written is left as it was when its ``async with`` is cancelled.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Self

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.runtime.async_calls import AsyncFile, Opening, batch_thread, result_of, run, shielded
from vfsloader.store.stats import StoreStats
from vfsloader.vfs.filesystem import VirtualFileSystem
from vfsloader.vfs.readable import StatResult

__all__ = ["AsyncFile", "AsyncVirtualFileSystem", "run"]


class AsyncVirtualFileSystem:
    """A :class:`~vfsloader.VirtualFileSystem` whose calls are awaited.

    Parameters
    ----------
    source
        A file system, which stays its owner's to close; or what :class:`~vfsloader.VirtualFileSystem` takes as its
        first parameter.
    **options
        Its other parameters.

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
        self.vfs = source if isinstance(source, VirtualFileSystem) else VirtualFileSystem(source, **options)

    def __repr__(self) -> str:
        return f"AsyncVirtualFileSystem({self.vfs!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    # --- files ---------------------------------------------------------------------------------------

    def open(
        self,
        path: paths.PathLike,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        preallocate: int = 0,
    ) -> Opening[Any]:
        """Open a file; see :meth:`VirtualFileSystem.open`. To be used in ``async with``, or awaited."""
        return Opening(lambda: self.vfs.open(path, mode, buffering, encoding, errors, newline, preallocate=preallocate))

    async def read_bytes(self, path: paths.PathLike) -> bytes:
        """Give the content of a file."""
        return await run(self.vfs.read_bytes, path)

    async def read_text(self, path: paths.PathLike, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Give the text of a file."""
        return await run(self.vfs.read_text, path, encoding, errors)

    async def write_bytes(self, path: paths.PathLike, content: bytes | bytearray | memoryview) -> int:
        """Put bytes into a file."""
        return await run(self.vfs.write_bytes, path, content)

    async def write_text(self, path: paths.PathLike, content: str, encoding: str = "utf-8") -> int:
        """Put text into a file."""
        return await run(self.vfs.write_text, path, content, encoding)

    async def copy(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a file."""
        await run(self.vfs.copy, src, dst)

    async def rename(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Move a file or folder."""
        await run(self.vfs.rename, src, dst)

    async def remove(self, path: paths.PathLike) -> None:
        """Remove a file."""
        await run(self.vfs.remove, path)

    async def unlink(self, path: paths.PathLike) -> None:
        """Remove a file."""
        await run(self.vfs.unlink, path)

    async def prefetch(self, wanted: Iterable[paths.PathLike]) -> None:
        """Fetch files that will be read soon; see :meth:`VirtualFileSystem.prefetch`."""
        await run(self.vfs.prefetch, wanted)

    async def exists(self, path: paths.PathLike) -> bool:
        """Tell whether a file or folder is there."""
        return await run(self.vfs.exists, path)

    async def isfile(self, path: paths.PathLike) -> bool:
        """Tell whether a file is there."""
        return await run(self.vfs.isfile, path)

    async def isdir(self, path: paths.PathLike) -> bool:
        """Tell whether a folder is there."""
        return await run(self.vfs.isdir, path)

    async def stat(self, path: paths.PathLike) -> StatResult:
        """Give what is known of a file or folder."""
        return await run(self.vfs.stat, path)

    async def getsize(self, path: paths.PathLike) -> int:
        """Give the bytes of a file."""
        return await run(self.vfs.getsize, path)

    async def digest(self, path: paths.PathLike) -> bytes:
        """Give the SHA-256 of a file's content."""
        return await run(self.vfs.digest, path)

    # --- folders -------------------------------------------------------------------------------------

    async def mkdir(self, path: paths.PathLike, parents: bool = False, exist_ok: bool = False) -> None:
        """Make a folder."""
        await run(self.vfs.mkdir, path, parents, exist_ok)

    async def makedirs(self, path: paths.PathLike, exist_ok: bool = False) -> None:
        """Make a folder and those above it."""
        await run(self.vfs.makedirs, path, exist_ok)

    async def rmdir(self, path: paths.PathLike) -> None:
        """Remove an empty folder."""
        await run(self.vfs.rmdir, path)

    async def rmtree(self, path: paths.PathLike) -> None:
        """Remove a folder with all that it holds."""
        await run(self.vfs.rmtree, path)

    async def copytree(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a folder."""
        await run(self.vfs.copytree, src, dst)

    async def listdir(self, path: paths.PathLike = "/") -> list[str]:
        """Give the names in a folder, sorted."""
        return await run(self.vfs.listdir, path)

    async def glob(self, pattern: str) -> list[str]:
        """Give the paths that match a pattern, sorted."""
        return await run(self.vfs.glob, pattern)

    async def walk(
        self, top: paths.PathLike = "/", onerror: Callable[[OSError], None] | None = None
    ) -> AsyncIterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down; the caller may prune the folders."""
        folders = self.vfs.walk(top, onerror)
        while (folder := await run(next, folders, None)) is not None:
            yield folder

    # --- layers --------------------------------------------------------------------------------------

    async def add_underlay(
        self, layer: Layer | VirtualFileSystem | AsyncVirtualFileSystem, priority: float = 0, name: str | None = None
    ) -> str:
        """Mount a layer below the local one."""
        below = layer.vfs if isinstance(layer, AsyncVirtualFileSystem) else layer
        return await run(self.vfs.add_underlay, below, priority, name)

    async def remove_underlay(self, name: str) -> bool:
        """Unmount a layer."""
        return await run(self.vfs.remove_underlay, name)

    async def list_layers(self) -> list[dict[str, Any]]:
        """Give the layers, the highest first."""
        return await run(self.vfs.list_layers)

    async def which_layer(self, path: paths.PathLike) -> str | None:
        """Give the name of the layer that provides a path."""
        return await run(self.vfs.which_layer, path)

    async def which_layer_detailed(self, path: paths.PathLike) -> dict[str, Any]:
        """Give every layer's answer for a path."""
        return await run(self.vfs.which_layer_detailed, path)

    # --- transactions --------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def atomic_batch(self) -> AsyncIterator[None]:
        """Make all changes that this task makes inside the ``async with`` happen together, or none of them.

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
            thread = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-batch")
            token = batch_thread.set(thread)
        batch = self.vfs.atomic_batch()
        begun = thread.submit(batch.__enter__)
        try:
            try:
                await result_of(begun)
                yield
            except BaseException as error:
                # Handed over before anything is awaited: no cancellation comes between, and it is next in line.
                left = thread.submit(_leave, batch, begun, error)
                with shielded():
                    await result_of(left)
                raise
            left = thread.submit(_leave, batch, begun, None)
            with shielded():
                await result_of(left)
        finally:
            if token is not None:
                batch_thread.reset(token)
                thread.shutdown(wait=False)

    async def flush(self) -> None:
        """Do nothing; see :meth:`VirtualFileSystem.flush`."""

    async def sync(self) -> None:
        """Wait until the disk has every change."""
        await run(self.vfs.sync)

    async def stats(self) -> StoreStats:
        """Tell what the local layer holds, and what it may."""
        return await run(self.vfs.stats)

    async def close(self) -> None:
        """Close the file system, if it was made here."""
        if self._is_owner:
            with shielded():
                await run(self.vfs.close)


def _leave(batch: AbstractContextManager[None], begun: Future[None], error: BaseException | None) -> None:
    """End a batch, if it ever began; what undid it is raised by whoever awaits."""
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
