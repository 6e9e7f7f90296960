"""Zips, in all compressions of the standard library."""

from __future__ import annotations

import stat
import time
import zlib
from lzma import LZMAError
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from vfsloader.archives.limits import LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member
from vfsloader.layers.protocol import EntryType


def is_zip(stream: BinaryIO) -> bool:
    """Return whether a stream holds a zip; its position changes."""
    return is_zipfile(stream)


class ZipReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, BadZipFile, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> None:
        self._stream = LimitedStream(stream, self.name, is_zip=True)
        self._archive = ZipFile(self._stream)
        self._infos = self._archive.infolist()

    def _unpack(self, info: ZipInfo) -> bytes:
        with self._archive.open(info) as file:
            # The archive may understate the size: one byte more shows it without unpacking the rest.
            return bytes(file.read(info.file_size + 1))

    def _member(self, info: ZipInfo) -> Member:
        kind = EntryType.FOLDER if info.is_dir() else None
        if kind is None and stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG):
            kind = EntryType.FILE
        try:
            mtime_ns = int(time.mktime((*info.date_time, 0, 0, -1))) * 1_000_000_000
        except (OverflowError, ValueError):
            mtime_ns = 0
        return Member(info.filename, kind, info.file_size, mtime_ns, info)

    def _member_name(self, info: ZipInfo) -> str:
        return info.filename

    def _size(self, info: ZipInfo) -> int:
        return info.file_size
