"""Tars: plain, and compressed with gzip, bzip2 or xz."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import Any, BinaryIO

from vfsloader.archives.limits import LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member
from vfsloader.errors import UnknownFormatError
from vfsloader.layers.protocol import EntryType
from vfsloader.runtime.budget import MAX_RATIO, RATIO_FROM_BYTES


class TarReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, tarfile.TarError, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        unpacked = _decompressed(stream)
        limit = None if unpacked is None else max(packed * MAX_RATIO, RATIO_FROM_BYTES)
        limited = LimitedStream(unpacked or stream, self.name, limit=limit)
        try:
            self._archive = tarfile.TarFile(fileobj=limited)
        except tarfile.ReadError as error:
            raise UnknownFormatError.at(self.name, f"{self.name} is not a zip or tar archive") from error
        for info in self._archive:
            kind = EntryType.FILE if info.isreg() else EntryType.FOLDER if info.isdir() else None
            yield Member(info.name, kind, info.size, int(info.mtime * 1_000_000_000), info)
        limited.end_of_headers()

    def _unpack(self, member: Member) -> bytes:
        file = self._archive.extractfile(member.info)
        return b"" if file is None else bytes(file.read())


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
