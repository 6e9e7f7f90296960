"""Tars: plain, and compressed with gzip, bzip2 or xz."""

from __future__ import annotations

import tarfile
import zlib
from lzma import LZMAError
from typing import Any, BinaryIO

from vfsloader.archives.limits import LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member
from vfsloader.errors import UnknownFormatError
from vfsloader.layers.protocol import EntryType
from vfsloader.runtime.budget import MAX_RATIO, RATIO_FROM_BYTES, check_member_count


class TarReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, tarfile.TarError, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> None:
        unpacked = _decompressed(stream)
        limit = None if unpacked is None else max(packed * MAX_RATIO, RATIO_FROM_BYTES)
        self._stream = LimitedStream(unpacked or stream, self.name, limit=limit)
        try:
            self._archive = tarfile.TarFile(fileobj=self._stream)
        except tarfile.ReadError as error:
            raise UnknownFormatError.at(self.name, f"{self.name} is not a zip or tar archive") from error
        self._infos = []
        for info in self._archive:  # one by one, so that a bomb is refused before its list fills the memory
            self._infos.append(info)
            check_member_count(len(self._infos), self.name)

    def _unpack(self, info: tarfile.TarInfo) -> bytes:
        file = self._archive.extractfile(info)
        return b"" if file is None else bytes(file.read())

    def _member(self, info: tarfile.TarInfo) -> Member:
        kind = EntryType.FILE if info.isreg() else EntryType.FOLDER if info.isdir() else None
        return Member(info.name, kind, info.size, int(info.mtime * 1_000_000_000), info)

    def _member_name(self, info: tarfile.TarInfo) -> str:
        return info.name

    def _size(self, info: tarfile.TarInfo) -> int:
        return info.size


def is_tar(stream: BinaryIO) -> bool:
    """Return whether a stream starts with a tar header, compressed or not; its position changes.

    ``tarfile.is_tarfile`` would read as many bytes as an untrusted header states.
    """
    stream.seek(0)
    block = (_decompressed(stream) or stream).read(tarfile.BLOCKSIZE)
    try:
        tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return block == bytes(tarfile.BLOCKSIZE)  # the end mark: an empty tar
    return True


def _decompressed(stream: BinaryIO) -> Any:
    """Return a stream of the unpacked bytes, or None if the bytes are not compressed."""
    stream.seek(0)
    magic = stream.read(6)
    stream.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        import gzip

        return gzip.GzipFile(fileobj=stream)
    if magic.startswith(b"BZh"):
        import bz2

        return bz2.BZ2File(stream)
    if magic == b"\xfd7zXZ\0":
        import lzma

        return lzma.LZMAFile(stream)
    return None
