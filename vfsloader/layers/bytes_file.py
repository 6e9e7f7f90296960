"""A read-only stream over bytes."""

from __future__ import annotations

import io


class BytesFile(io.BytesIO):
    """A small file that was read whole when it was opened, so that reading it costs no further look-up."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name

    def writable(self) -> bool:
        return False

    def write(self, data: object, /) -> int:
        raise io.UnsupportedOperation("not writable: the file was opened for reading")

    def truncate(self, size: int | None = None, /) -> int:
        raise io.UnsupportedOperation("not writable: the file was opened for reading")
