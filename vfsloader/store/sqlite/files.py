"""What SQLite asks of an open file, answered from memory: a journal, a temporary table, a start for other files."""

from __future__ import annotations


class ScratchFile:
    """A file that nobody but its connection sees: a journal, a temporary table."""

    def __init__(self) -> None:
        self._own = bytearray()

    def content(self) -> bytearray:
        """Give the bytes."""
        return self._own

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        return bytes(self.content()[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        content = self.content()
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data

    def xTruncate(self, size: int) -> None:  # noqa: N802
        del self.content()[size:]

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.content())

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Do nothing."""

    def xClose(self) -> None:  # noqa: N802
        """Do nothing."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """Do nothing: nobody else has it."""

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
