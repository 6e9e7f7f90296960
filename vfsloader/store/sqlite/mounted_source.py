"""Opening a :class:`ByteSource` with SQLite, through a VFS that asks it for ranges of bytes.

Nothing is copied, however many connections there are; ``sqlite3_deserialize`` would copy the whole for each thread.

References
----------
https://www.sqlite.org/vfs.html
"""

from __future__ import annotations

import contextlib
import itertools

from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.files import ReadFile


class _SourceVFS(engine.VFS):
    """Opens mounted sources by their names."""

    NAME = "vfsloader-source"

    def __init__(self) -> None:
        self.sources: dict[str, ByteSource] = {}
        self.numbers = itertools.count(1)
        super().__init__(self.NAME)

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's names
        return name

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return False  # a source has no journal beside it

    def xOpen(self, name: str | engine.URIFilename | None, flags: list[int]) -> ReadFile:  # type: ignore[override] # noqa: N802 - SQLite calls no other methods
        source = self.sources.get(name.filename() if isinstance(name, engine.URIFilename) else str(name))
        if source is None:
            raise engine.CantOpenError("the source is closed")
        flags[1] = engine.SQLITE_OPEN_READONLY
        return ReadFile(source, owned=False)


_vfs = _SourceVFS()


class MountedSource:
    """A source that SQLite can open.

    Parameters
    ----------
    source
        The bytes; closed together with this.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._name = f"/{next(_vfs.numbers)}"
        _vfs.sources[self._name] = source

    def connect(self) -> engine.Connection:
        """Open a connection for reading."""
        return engine.Connection(
            f"file:{self._name}?immutable=1",
            flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI,
            vfs=_SourceVFS.NAME,
        )

    def close(self) -> None:
        """Close the source, after its connections."""
        _vfs.sources.pop(self._name, None)
        with contextlib.suppress(OSError, ValueError):  # a stream whose own layer was closed first
            self._source.close()
