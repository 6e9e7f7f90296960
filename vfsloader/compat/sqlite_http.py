"""SQLite databases on any web server, read without downloading them."""

from __future__ import annotations

from vfsloader.compat.named_vfs import NamedVFS
from vfsloader.remote.blocks import Blocks
from vfsloader.remote.http import BLOCK_SIZE, HttpFile
from vfsloader.remote.retry import Retry
from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.files import ReadFile, ScratchFile


class HTTPVFS(NamedVFS):
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

        connection = apsw.Connection("https://example.com/levels.db", vfs=HTTPVFS().name)
    """

    def __init__(
        self,
        *,
        cache: DiskCache | None = None,
        block_size: int = BLOCK_SIZE,
        headers: dict[str, str] | None = None,
        retry: Retry | None = None,
    ) -> None:
        self._cache = cache
        self._block_size = block_size
        self._headers = headers
        self._retry = retry
        super().__init__("vfsloader-http")

    def xOpen(  # type: ignore[override] # noqa: N802 - SQLite's names
        self, name: str | engine.URIFilename | None, flags: list[int]
    ) -> ReadFile | ScratchFile:
        if name is None:  # a temporary table
            flags[1] = flags[0]
            return ScratchFile()
        if not flags[0] & engine.SQLITE_OPEN_MAIN_DB:
            raise engine.CantOpenError("a database on a web server can only be read")
        url = name.filename() if isinstance(name, engine.URIFilename) else name
        source = HttpFile(url, block_size=self._block_size, headers=self._headers, retry=self._retry)
        blocks = Blocks(source, self._cache)
        blocks.keep(source.first_blocks())
        flags[1] = engine.SQLITE_OPEN_READONLY
        return _RemoteFile(blocks, self)


class _RemoteFile(ReadFile):
    """An open database. It keeps its VFS alive, which SQLite itself does not."""

    def __init__(self, blocks: Blocks, vfs: HTTPVFS) -> None:
        super().__init__(blocks)
        self._vfs = vfs
