"""Opening a stranger's zip or tar without believing it: bombs are refused before they unpack.

The readers of the standard library believe what an archive says of itself: a zip's directory of ten million names is
made into ten million objects, a tar's header of two gigabytes is read into memory, a compressed tar is unpacked to
its end to find its members. Each reader gets its bytes through a guard here that knows what is too much.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from vfsloader.errors import UnknownFormatError, UnsafeArchiveError
from vfsloader.runtime.budget import MAX_MEMBERS, MAX_RATIO, RATIO_FROM_BYTES

#: Bytes of all headers together, and of one: a header is a name, a size and a time.
MAX_HEADER_BYTES, MAX_ONE_HEADER_BYTES = 128 << 20, 1 << 20

_ZIP_ENTRY = b"PK\1\2"
_COMPRESSIONS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),  # type: ignore[dict-item, return-value]
    b"BZh": lambda file: bz2.BZ2File(file),  # type: ignore[dict-item, return-value]
    b"\xfd7zXZ\0": lambda file: lzma.LZMAFile(file),  # type: ignore[dict-item, return-value] # noqa: SIM115
}

Archive = zipfile.ZipFile | tarfile.TarFile
Member = zipfile.ZipInfo | tarfile.TarInfo
Members = list[Member]


def open_guarded(file: BinaryIO, name: str) -> tuple[Archive, Guard, Members]:
    """Open an archive, which is told by its content, and list it.

    Parameters
    ----------
    file
        Its bytes, seekable; the caller closes it.
    name
        What messages call it.

    Returns
    -------
    tuple
        The archive, the guard through which it reads, and its members.

    Raises
    ------
    UnknownFormatError
        It is neither a zip nor a tar.
    UnsafeArchiveError
        It is a bomb.
    """
    archive, guard, members = _open(file, name)
    guard.members_are_known()
    return archive, guard, members


def _open(file: BinaryIO, name: str) -> tuple[Archive, Guard, Members]:
    if zipfile.is_zipfile(file):
        guard = Guard(file, name, is_zip=True)
        archive = zipfile.ZipFile(guard)
        return archive, guard, list(archive.infolist())
    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    magic = file.read(6)
    file.seek(0)
    for start, unpacked in _COMPRESSIONS.items():
        if magic.startswith(start):
            limit = max(packed * MAX_RATIO, RATIO_FROM_BYTES)
            guard = Guard(unpacked(file), name, limit=limit)
            break
    else:
        guard = Guard(file, name)
    try:
        tar = tarfile.TarFile(fileobj=guard)
    except tarfile.ReadError as error:
        raise UnknownFormatError.at(name, f"{name} is neither a zip nor a tar archive") from error
    members: Members = []
    for each in tar:  # one by one: a bomb is refused before its list fills memory
        members.append(each)
        if len(members) > MAX_MEMBERS:
            raise guard.bomb(f"holds more than {MAX_MEMBERS:,} members")
    return tar, guard, members


class Guard(io.RawIOBase):
    """A seekable stream that refuses to give more than a sound archive asks for.

    Parameters
    ----------
    file
        The bytes; not closed with this.
    name
        What messages call the archive.
    limit
        Bytes of the whole; None where it is as long as it is.
    is_zip
        Whether its list of members comes in one piece.
    """

    def __init__(self, file: BinaryIO, name: str, *, limit: int | None = None, is_zip: bool = False) -> None:
        self._file = file
        self._name = name
        self._limit = limit
        self._is_zip = is_zip
        self._header_bytes: int | None = 0

    def members_are_known(self) -> None:
        """Say that what is read from now on is content."""
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
                raise self.bomb("would unpack to far more than it has")
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if self._header_bytes is not None:
            self._refuse_header(size)
        if self._limit is not None and (size < 0 or self._file.tell() + size > self._limit + tarfile.RECORDSIZE):
            raise self.bomb("would unpack to far more than it has")
        data = self._file.read(size)
        if self._header_bytes is not None:
            self._header_bytes += len(data)
            if self._is_zip and data.count(_ZIP_ENTRY) > MAX_MEMBERS:
                raise self.bomb(f"holds more than {MAX_MEMBERS:,} members")
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _refuse_header(self, size: int) -> None:
        most = MAX_HEADER_BYTES if self._is_zip else MAX_ONE_HEADER_BYTES
        assert self._header_bytes is not None
        if size > most or self._header_bytes + max(size, 0) > MAX_HEADER_BYTES:
            raise self.bomb("has headers of more bytes than any archive needs")

    def bomb(self, what: str) -> UnsafeArchiveError:
        """Give the error that says why the archive is left out."""
        return UnsafeArchiveError.at(self._name, f"{self._name} {what}; it is left out as unsafe")
