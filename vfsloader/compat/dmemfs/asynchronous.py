"""The async face of a memory file system, with D-MemFS's names."""

from __future__ import annotations

import io
from typing import Self

from vfsloader import paths
from vfsloader.compat.dmemfs.filesystem import DEFAULT_QUOTA, MemoryFileSystem
from vfsloader.compat.dmemfs.handle import MemoryFileHandle
from vfsloader.compat.dmemfs.results import MFSStatResult, MFSStats
from vfsloader.opening import Source
from vfsloader.vfs.asynchronous import run


class AsyncMemoryFileHandle:
    """What :meth:`AsyncMemoryFileSystem.open` gives.

    Parameters
    ----------
    handle
        The file, which is read and written on worker threads.
    """

    def __init__(self, handle: MemoryFileHandle) -> None:
        self._handle = handle

    async def read(self, size: int = -1) -> bytes:
        """See :meth:`MemoryFileHandle.read`."""
        return await run(self._handle.read, size)

    async def write(self, data: bytes | bytearray | memoryview) -> int:
        """See :meth:`MemoryFileHandle.write`."""
        return await run(self._handle.write, data)

    async def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See :meth:`MemoryFileHandle.seek`."""
        return await run(self._handle.seek, offset, whence)

    async def tell(self) -> int:
        """See :meth:`MemoryFileHandle.tell`."""
        return await run(self._handle.tell)

    async def truncate(self, size: int | None = None) -> int:
        """See :meth:`MemoryFileHandle.truncate`."""
        return await run(self._handle.truncate, size)

    async def flush(self) -> None:
        """Do nothing: there is no buffer."""
        await run(self._handle.flush)

    async def readable(self) -> bool:
        """Tell whether it may be read."""
        return self._handle.readable()

    async def writable(self) -> bool:
        """Tell whether it may be written."""
        return self._handle.writable()

    async def seekable(self) -> bool:
        """Tell that one can seek."""
        return self._handle.seekable()

    async def close(self) -> None:
        """Close the file and give its lock back. Done here and not on a thread: nothing may come between."""
        self._handle.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


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

    def __init__(
        self,
        max_quota: int = DEFAULT_QUOTA,
        chunk_overhead_override: int | None = None,
        promotion_hard_limit: int | None = None,
        max_nodes: int | None = None,
        default_storage: str = "auto",
        default_lock_timeout: float | None = 30.0,
        memory_guard: str = "none",
        memory_guard_action: str = "warn",
        memory_guard_interval: float = 1.0,
    ) -> None:
        #: The same files, for whoever may wait.
        self.sync = MemoryFileSystem(
            max_quota,
            chunk_overhead_override,
            promotion_hard_limit,
            max_nodes,
            default_storage,
            default_lock_timeout,
            memory_guard,
            memory_guard_action,
            memory_guard_interval,
        )

    async def open(
        self, path: str, mode: str = "rb", preallocate: int = 0, lock_timeout: float | None = None
    ) -> AsyncMemoryFileHandle:
        """See :meth:`MemoryFileSystem.open`; ``async with await mfs.open(…) as file``."""
        return AsyncMemoryFileHandle(await run(self.sync.open, path, mode, preallocate, lock_timeout))

    async def walk(self, path: str = "/") -> list[tuple[str, list[str], list[str]]]:
        """Give what :meth:`MemoryFileSystem.walk` gives, as a list."""
        return await run(lambda: list(self.sync.walk(path)))

    async def mkdir(self, path: str, exist_ok: bool = False) -> None:
        """See :meth:`MemoryFileSystem.mkdir`."""
        await run(self.sync.mkdir, path, exist_ok)

    async def rename(self, src: str, dst: str) -> None:
        """See :meth:`MemoryFileSystem.rename`."""
        await run(self.sync.rename, src, dst)

    async def move(self, src: str, dst: str) -> None:
        """See :meth:`MemoryFileSystem.move`."""
        await run(self.sync.move, src, dst)

    async def remove(self, path: str) -> None:
        """See :meth:`MemoryFileSystem.remove`."""
        await run(self.sync.remove, path)

    async def rmtree(self, path: str) -> None:
        """See :meth:`MemoryFileSystem.rmtree`."""
        await run(self.sync.rmtree, path)

    async def listdir(self, path: str) -> list[str]:
        """See :meth:`MemoryFileSystem.listdir`."""
        return await run(self.sync.listdir, path)

    async def exists(self, path: str) -> bool:
        """See :meth:`MemoryFileSystem.exists`."""
        return await run(self.sync.exists, path)

    async def is_dir(self, path: str) -> bool:
        """See :meth:`MemoryFileSystem.is_dir`."""
        return await run(self.sync.is_dir, path)

    async def is_file(self, path: str) -> bool:
        """See :meth:`MemoryFileSystem.is_file`."""
        return await run(self.sync.is_file, path)

    async def stat(self, path: str) -> MFSStatResult:
        """See :meth:`MemoryFileSystem.stat`."""
        return await run(self.sync.stat, path)

    async def stats(self) -> MFSStats:
        """See :meth:`MemoryFileSystem.stats`."""
        return await run(self.sync.stats)

    async def get_size(self, path: str) -> int:
        """See :meth:`MemoryFileSystem.get_size`."""
        return await run(self.sync.get_size, path)

    async def backup(self, out: paths.RealPath) -> None:
        """See :meth:`MemoryFileSystem.backup`."""
        await run(self.sync.backup, out)

    async def restore(self, source: Source) -> None:
        """See :meth:`MemoryFileSystem.restore`."""
        await run(self.sync.restore, source)

    async def export_as_bytesio(self, path: str, max_size: int | None = None) -> io.BytesIO:
        """See :meth:`MemoryFileSystem.export_as_bytesio`."""
        return await run(self.sync.export_as_bytesio, path, max_size)

    async def export_tree(self, prefix: str = "/", only_dirty: bool = False) -> dict[str, bytes]:
        """See :meth:`MemoryFileSystem.export_tree`."""
        return await run(self.sync.export_tree, prefix, only_dirty)

    async def import_tree(self, tree: dict[str, bytes]) -> None:
        """See :meth:`MemoryFileSystem.import_tree`."""
        await run(self.sync.import_tree, tree)

    async def copy(self, src: str, dst: str) -> None:
        """See :meth:`MemoryFileSystem.copy`."""
        await run(self.sync.copy, src, dst)

    async def copy_tree(self, src: str, dst: str) -> None:
        """See :meth:`MemoryFileSystem.copy_tree`."""
        await run(self.sync.copy_tree, src, dst)

    async def glob(self, pattern: str) -> list[str]:
        """See :meth:`MemoryFileSystem.glob`."""
        return await run(self.sync.glob, pattern)
