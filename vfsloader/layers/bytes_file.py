"""A file that was read whole: a stream over bytes, for reading only."""

from __future__ import annotations

import io


class BytesFile(io.BytesIO):
    """A small file, read whole when it was opened: a stream for reading that costs no further look-up."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name

    def writable(self) -> bool:
        return False

    def write(self, data: object, /) -> int:
        raise io.UnsupportedOperation("not writable: the file was opened for reading")

    def truncate(self, size: int | None = None, /) -> int:
        raise io.UnsupportedOperation("not writable: the file was opened for reading")
