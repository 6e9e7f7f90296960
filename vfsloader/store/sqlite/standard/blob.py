"""A blob that is open for reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from vfsloader.store.sqlite.standard.cursor import RawConnection


class Blob:
    """One blob, and then others of the same column.

    Parameters
    ----------
    connection
        The database.
    open_row
        Opens the blob of a row.
    row
        The first row.
    """

    def __init__(self, connection: RawConnection, open_row: Callable[[int], sqlite3.Blob], row: int) -> None:
        self._connection = connection
        self._open_row = open_row
        self._blob: sqlite3.Blob | None = None
        self.reopen(row)

    def reopen(self, row: int) -> None:
        """Go on to the blob of another row."""
        self.close()
        try:
            self._blob = self._open_row(row)
        except sqlite3.Error as error:
            raise self._connection.error_of(error) from error

    def length(self) -> int:
        """Return how many bytes there are."""
        return len(self._opened())

    def seek(self, offset: int, whence: int = 0) -> None:
        """Go to a position."""
        self._opened().seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._opened().tell()

    def read(self, length: int = -1) -> bytes:
        """Read from the position on."""
        try:
            return self._opened().read(length)
        except sqlite3.Error as error:
            raise self._connection.error_of(error) from error

    def read_into(self, buffer: bytearray | memoryview, offset: int = 0, length: int = -1) -> None:
        """Fill a buffer, or a part of it."""
        view = memoryview(buffer).cast("B")
        end = len(view) if length < 0 else offset + length
        data = self.read(end - offset)
        if len(data) < end - offset:
            raise ValueError("there are fewer bytes in the blob")
        view[offset:end] = data

    def close(self, force: bool = False) -> None:
        """Close the blob."""
        if self._blob is not None:
            self._blob.close()
            self._blob = None

    def _opened(self) -> sqlite3.Blob:
        if self._blob is None:
            raise ValueError("the blob is closed")
        return self._blob
