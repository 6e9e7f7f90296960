"""What SQLite asks of an open file, answered by blocks."""

from __future__ import annotations

import apsw

from vfsloader.remote.blocks import Blocks


class ScratchFile:
    """A file that nobody but its connection sees: a journal, a temporary table."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        return bytes(self._bytes[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if offset > len(self._bytes):
            self._bytes.extend(bytes(offset - len(self._bytes)))
        self._bytes[offset : offset + len(data)] = data

    def xTruncate(self, size: int) -> None:  # noqa: N802
        del self._bytes[size:]

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._bytes)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Do nothing."""

    def xClose(self) -> None:  # noqa: N802
        """Do nothing."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """Do nothing: who writes at the same time is told when it is published."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Do nothing."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0

    def xFileControl(self, code: int, pointer: int) -> bool:  # noqa: N802
        return False


class ReadFile(ScratchFile):
    """A database that is only read."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._blocks.read(offset, amount)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        raise apsw.ReadOnlyError("the database is only read")

    def xTruncate(self, size: int) -> None:  # noqa: N802
        raise apsw.ReadOnlyError("the database is only read")

    def xFileSize(self) -> int:  # noqa: N802
        return self._blocks.size

    def xClose(self) -> None:  # noqa: N802
        self._blocks.close()

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_IMMUTABLE
