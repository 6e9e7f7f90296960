"""The files that SQLite opens through a VFS written in Python: one in memory, one that is only read."""

from __future__ import annotations

from typing import Protocol

from vfsloader.store.sqlite import engine


class _UnsharedFile:
    """What SQLite calls on any open file, for one that needs no locks and no disk."""

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's names
        """Do nothing."""

    def xClose(self) -> None:  # noqa: N802
        """Do nothing."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """Do nothing."""

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


class ScratchFile(_UnsharedFile):
    """A file in memory that only its connection sees: a journal, a temporary table."""

    def __init__(self) -> None:
        self._own = bytearray()

    def content(self) -> bytearray:
        """Return the bytes; subclasses return those of a shared file."""
        return self._own

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
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


class ReadableBytes(Protocol):
    """What a read-only file reads: a :class:`ByteSource`, or the blocks of a remote file."""

    @property
    def size(self) -> int:
        """Bytes of the whole."""

    def read(self, offset: int, amount: int, /) -> bytes:
        """Return a range of bytes."""

    def close(self) -> None:
        """Release what holds the bytes."""


class ReadFile(_UnsharedFile):
    """A file that never changes.

    Parameters
    ----------
    source
        Its bytes.
    owned
        Close the source with the file.
    """

    def __init__(self, source: ReadableBytes, *, owned: bool = True) -> None:
        self._source = source
        self._owned = owned

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._source.read(offset, amount)

    def xFileSize(self) -> int:  # noqa: N802
        return self._source.size

    def xClose(self) -> None:  # noqa: N802
        if self._owned:
            self._source.close()

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return engine.SQLITE_IOCAP_IMMUTABLE
