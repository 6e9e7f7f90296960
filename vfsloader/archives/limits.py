"""A stream that stops the standard library from believing an untrusted archive.

The readers of the standard library trust what an archive says of itself: they make an object for each of the ten
million names in a zip's directory, read a tar header of two gigabytes into memory, and unpack a compressed tar to its
end to find its members. Here each reader gets its bytes through a stream with limits. The limits on the number of
members and on the unpacked size are in `vfsloader.runtime.budget`; a game can raise them.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from vfsloader.errors import UnsafeArchiveError
from vfsloader.runtime.budget import DEFAULT_LIMITS, RATIO_FROM_BYTES, Limits, check_member_count, unsafe

#: Bytes of all headers together, for each member that is allowed, and of one header: a name, a size and a time.
HEADER_BYTES_A_MEMBER, MAX_ONE_HEADER_BYTES = 1342, 1 << 20
#: What `tarfile` reads past the end of an archive.
_TAR_RECORD_BYTES = 10_240
_ZIP_ENTRY, _ZIP_MEMBER, _MEMBER_HEADER_BYTES = b"PK\1\2", b"PK\3\4", 30
#: The flag of a zip's member whose name is UTF-8.
UTF8_NAME = 0x800


class LimitedStream(io.RawIOBase):
    """A seekable stream that refuses to return more than a sound archive asks for.

    Parameters
    ----------
    file
        The bytes; this stream does not close it.
    name
        The archive's name in messages.
    limits
        How many members and unpacked bytes are allowed.
    packed
        The size of a compressed file whose bytes `file` unpacks; None for a file that is not compressed.
    is_zip
        Whether all headers come in one piece.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        limits: Limits = DEFAULT_LIMITS,
        packed: int | None = None,
        is_zip: bool = False,
    ) -> None:
        self._file = file
        self._name = name
        self._limits = limits
        self._limit = None if packed is None else max(packed * limits.ratio, RATIO_FROM_BYTES)
        self._most_header_bytes = int(limits.members * HEADER_BYTES_A_MEMBER)
        self._is_zip = is_zip
        self._header_bytes: int | None = 0
        #: Whether the headers of a zip lose their flag for names in UTF-8, because one of them lies.
        self.ignores_utf8_flags = False

    def end_of_headers(self) -> None:
        """Lift the limit on headers: everything read from now on is content."""
        self._header_bytes = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self._limit is not None:
            if whence == io.SEEK_CUR:
                offset, whence = self._file.tell() + offset, io.SEEK_SET
            if whence == io.SEEK_END or offset > self._limit:
                raise self._bomb()
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if self._header_bytes is not None:
            if (size < 0 or size > MAX_ONE_HEADER_BYTES) and not self._is_zip:
                raise unsafe(self._name, "has a header that is larger than any tool writes")
            if self._header_bytes + max(size, 0) > self._most_header_bytes:
                raise unsafe(self._name, f"has headers of more than {self._most_header_bytes:,} bytes", "members")
        if self._limit is not None and (size < 0 or self._file.tell() + size > self._limit + _TAR_RECORD_BYTES):
            raise self._bomb()
        data = self._file.read(size)
        if self.ignores_utf8_flags:
            data = _without_utf8_flags(data)
        if self._header_bytes is not None:
            self._header_bytes += len(data)
            if self._is_zip:
                check_member_count(data.count(_ZIP_ENTRY), self._name, self._limits)
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _bomb(self) -> UnsafeArchiveError:
        return unsafe(self._name, f"would unpack to more than {self._limits.ratio} times its size", "ratio")


def _without_utf8_flags(data: bytes) -> bytes:
    """Return a zip's list of members, or the header of one, without the flags for names in UTF-8."""
    if data.startswith(_ZIP_MEMBER) and len(data) == _MEMBER_HEADER_BYTES:
        (flags,) = struct.unpack_from("<H", data, 6)
        return data[:6] + struct.pack("<H", flags & ~UTF8_NAME) + data[8:]
    if not data.startswith(_ZIP_ENTRY):
        return data
    changed = bytearray(data)
    at = 0
    while data.startswith(_ZIP_ENTRY, at) and at + 46 <= len(data):
        flags, name, extra, comment = struct.unpack_from("<8xH18xHHH", data, at)
        struct.pack_into("<H", changed, at + 8, flags & ~UTF8_NAME)
        at += 46 + name + extra + comment
    return bytes(changed)
