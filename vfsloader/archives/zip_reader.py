"""Zips, in all compressions of the standard library."""

from __future__ import annotations

import stat
import time
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from vfsloader.archives.limits import LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member
from vfsloader.layers.protocol import EntryType


class ZipReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, BadZipFile, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        limited = LimitedStream(stream, self.name, is_zip=True)
        self._archive = ZipFile(limited)
        limited.end_of_headers()
        for info in self._archive.infolist():
            yield Member(info.filename, _kind(info), info.file_size, _mtime_ns(info), info)

    def _unpack(self, member: Member) -> bytes:
        with self._archive.open(member.info) as file:
            # The archive may understate the size: one byte more shows it without unpacking the rest.
            return bytes(file.read(member.size + 1))


def _kind(info: ZipInfo) -> EntryType | None:
    if info.is_dir():
        return EntryType.FOLDER
    return EntryType.FILE if stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG) else None


def _mtime_ns(info: ZipInfo) -> int:
    try:
        return int(time.mktime((*info.date_time, 0, 0, -1))) * 1_000_000_000
    except (OverflowError, ValueError):
        return 0
