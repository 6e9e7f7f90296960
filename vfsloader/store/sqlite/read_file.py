"""A database that SQLite reads by blocks."""

from __future__ import annotations

from vfsloader.remote.blocks import Blocks
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.files import ScratchFile


class ReadFile(ScratchFile):
    """A database that is only read."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._blocks.read(offset, amount)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        raise engine.ReadOnlyError("the database is only read")

    def xTruncate(self, size: int) -> None:  # noqa: N802
        raise engine.ReadOnlyError("the database is only read")

    def xFileSize(self) -> int:  # noqa: N802
        return self._blocks.size

    def xClose(self) -> None:  # noqa: N802
        self._blocks.close()

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return engine.SQLITE_IOCAP_IMMUTABLE
