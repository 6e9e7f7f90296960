"""The async version of a memory file system, with D-MemFS's names."""

from __future__ import annotations

from typing import IO, Any, cast

from vfsloader.compat.dmemfs.filesystem import MemoryFileSystem
from vfsloader.runtime.async_calls import AsyncFile, open_file, run, same_parameters, wrap_method


class AsyncMemoryFileHandle(AsyncFile[bytes]):
    """An open file; made by :meth:`AsyncMemoryFileSystem.open`. Use it in an ``async with``.

    Parameters
    ----------
    file
        The :class:`MemoryFileHandle` that is read and written on worker threads.
    """

    async def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write all of `data`, or nothing if the quota refuses."""
        return await run(self._wrapped.write, data)


class AsyncMemoryFileSystem:
    """A :class:`MemoryFileSystem` whose calls are awaited, on asyncio or trio.

    The parameters are those of :class:`MemoryFileSystem`.

    Examples
    --------
    >>> import anyio
    >>> async def main():
    ...     mfs = AsyncMemoryFileSystem()
    ...     async with await mfs.open("/f.bin", "wb") as file:
    ...         await file.write(b"data")
    ...     return await mfs.get_size("/f.bin")
    >>> anyio.run(main)
    4
    """

    @same_parameters(MemoryFileSystem.__init__)
    def __init__(self, *args: Any, **options: Any) -> None:
        #: The same files, for code that may wait.
        self.sync = self._wrapped = MemoryFileSystem(*args, **options)

    async def open(
        self, path: str, mode: str = "rb", preallocate: int = 0, lock_timeout: float | None = None
    ) -> AsyncMemoryFileHandle:
        """Open a file; see :meth:`MemoryFileSystem.open`. Write ``async with await mfs.open(…) as file``."""
        return AsyncMemoryFileHandle(
            await open_file(lambda: cast("IO[bytes]", self.sync.open(path, mode, preallocate, lock_timeout)))
        )

    async def walk(self, path: str = "/") -> list[tuple[str, list[str], list[str]]]:
        """Return as a list what :meth:`MemoryFileSystem.walk` yields."""
        return await run(lambda: list(self.sync.walk(path)))

    mkdir = wrap_method(MemoryFileSystem.mkdir)
    rename = wrap_method(MemoryFileSystem.rename)
    move = wrap_method(MemoryFileSystem.move)
    remove = wrap_method(MemoryFileSystem.remove)
    rmtree = wrap_method(MemoryFileSystem.rmtree)
    copy = wrap_method(MemoryFileSystem.copy)
    copy_tree = wrap_method(MemoryFileSystem.copy_tree)
    listdir = wrap_method(MemoryFileSystem.listdir)
    glob = wrap_method(MemoryFileSystem.glob)
    exists = wrap_method(MemoryFileSystem.exists)
    is_dir = wrap_method(MemoryFileSystem.is_dir)
    is_file = wrap_method(MemoryFileSystem.is_file)
    stat = wrap_method(MemoryFileSystem.stat)
    stats = wrap_method(MemoryFileSystem.stats)
    get_size = wrap_method(MemoryFileSystem.get_size)
    backup = wrap_method(MemoryFileSystem.backup)
    restore = wrap_method(MemoryFileSystem.restore)
    export_as_bytesio = wrap_method(MemoryFileSystem.export_as_bytesio)
    export_tree = wrap_method(MemoryFileSystem.export_tree)
    import_tree = wrap_method(MemoryFileSystem.import_tree)
