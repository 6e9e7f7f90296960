"""SQLite databases on any web server, read without downloading them."""

from __future__ import annotations

import itertools

from vfsloader.remote.blocks import Blocks
from vfsloader.remote.http import BLOCK_SIZE, HttpFile
from vfsloader.remote.retry import Retry
from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.files import ReadFile


class HTTPVFS(engine.VFS):
    """A VFS for databases whose name is a URL; the server must support range requests.

    A file is pinned to the version that it has when it is opened. If it is replaced while it is open, reading raises an
    error instead of mixing two versions.

    Parameters
    ----------
    cache
        Keeps blocks on the disk.
    block_size
        Bytes that are fetched and kept together.
    headers
        Sent with each request.
    retry
        How often a request is made, and for how long.

    Examples
    --------
    ::

        vfs = HTTPVFS()
        flags = apsw.SQLITE_OPEN_READONLY
        connection = apsw.Connection("https://example.com/levels.db", flags, vfs=vfs.name)
    """

    _numbers = itertools.count(1)

    def __init__(
        self,
        *,
        cache: DiskCache | None = None,
        block_size: int = BLOCK_SIZE,
        headers: dict[str, str] | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.name = f"vfsloader-http-{next(self._numbers)}"
        self._cache = cache
        self._block_size = block_size
        self._headers = headers
        self._retry = retry
        super().__init__(self.name, base="")

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's names
        return name

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return False

    def xOpen(self, name: str | engine.URIFilename | None, flags: list[int]) -> ReadFile:  # type: ignore[override] # noqa: N802
        if name is None or not flags[0] & engine.SQLITE_OPEN_MAIN_DB:
            raise engine.CantOpenError("a database on a web server can only be read")
        url = name.filename() if isinstance(name, engine.URIFilename) else name
        source = HttpFile(url, block_size=self._block_size, headers=self._headers, retry=self._retry)
        blocks = Blocks(source, self._cache)
        blocks.keep(source.first_blocks())
        flags[1] = engine.SQLITE_OPEN_READONLY
        return ReadFile(blocks)
