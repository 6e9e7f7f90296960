"""Zips, in all compressions of the standard library."""

from __future__ import annotations

import stat
import struct
import time
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from vfsloader.archives.limits import UTF8_NAME, LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member, nanoseconds
from vfsloader.layers.protocol import EntryType

_DOS_FOLDER = 0x10
_ENCRYPTED = 0x1
#: Methods that real tools use and Python does not read.
_METHODS = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES encryption"}
_NO_DATE = 1980, 1, 1, 0, 0, 0
#: The extra field of Info-ZIP for a name in UTF-8.
_UNICODE_PATH = 0x7075
#: Systems whose members have a mode: Unix and macOS.
_UNIX = (3, 19)
_SPECIAL = (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK)


class ZipReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, BadZipFile, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        limited = LimitedStream(stream, self.name, limits=self.limits, is_zip=True)
        try:
            self._archive = ZipFile(limited)
        except UnicodeDecodeError:
            stream.seek(0)
            limited = LimitedStream(stream, self.name, limits=self.limits, is_zip=True)
            limited.ignores_utf8_flags = True
            self._archive = ZipFile(limited)
        limited.end_of_headers()
        for info in self._archive.infolist():
            name, guess = _name(info)
            kind, reason = _kind(info, name)
            mtime_ns = _mtime_ns(info)
            info.date_time = _NO_DATE  # one for all: some mods have thousands of files
            yield Member(name, kind, info.file_size, mtime_ns, info, reason or guess)
        self._archive.NameToInfo.clear()  # members are opened by their entries

    def _unpack(self, member: Member) -> bytes:
        if member.info.flag_bits & _ENCRYPTED:
            raise BadZipFile("it is encrypted")
        try:
            file = self._archive.open(member.info)
        except NotImplementedError as error:
            method = member.info.compress_type
            name = _METHODS.get(method, "unknown")
            sentence = f"its compression method, {method} ({name}), is not supported; pack it again with Deflate"
            raise BadZipFile(sentence) from error
        with file:
            # The archive may understate the size: one byte more shows it without unpacking the rest.
            return bytes(file.read(member.size + 1))


def _name(info: ZipInfo) -> tuple[str, str]:
    """Return a member's name, and why it is a guess.

    A name without the flag for UTF-8 is in the encoding of the machine that made the zip, which is not recorded. macOS
    and many libraries write UTF-8 without the flag. Info-ZIP adds the name in UTF-8 as an extra field.
    """
    name = info.filename
    if info.flag_bits & UTF8_NAME or name.isascii():
        return name, ""
    try:
        raw = name.encode("cp437")  # which `zipfile` decoded it by
    except UnicodeEncodeError:  # newer versions of Python use the extra field, too
        return name, ""
    for candidate in (_unicode_extra(info.extra, raw), raw):
        if candidate is not None:
            try:
                return candidate.decode(), ""
            except UnicodeDecodeError:
                continue
    return name, "its name is not UTF-8"


def _unicode_extra(extra: bytes, raw: bytes) -> bytes | None:
    """Return the name in the Unicode path extra field, if it belongs to the name in the header."""
    at = 0
    while at + 4 <= len(extra):
        field, size = struct.unpack_from("<HH", extra, at)
        data = extra[at + 4 : at + 4 + size]
        if field == _UNICODE_PATH and size > 5 and data[:5] == struct.pack("<BL", 1, zlib.crc32(raw)):
            return data[5:]
        at += 4 + size
    return None


def _kind(info: ZipInfo, name: str) -> tuple[EntryType | None, str]:
    """Return what a member is, and why it is left out."""
    # Tools on Windows end the names of folders with a backslash, or only set the attribute of DOS.
    is_dos_folder = info.external_attr & _DOS_FOLDER and not info.file_size
    mode = stat.S_IFMT(info.external_attr >> 16)
    if name.endswith(("/", "\\")) or mode == stat.S_IFDIR or is_dos_folder:
        return EntryType.FOLDER, ""
    if mode == stat.S_IFLNK:
        return None, "it is a symbolic link"
    if mode in _SPECIAL and info.create_system in _UNIX:
        return None, "it is a device or a pipe"
    return EntryType.FILE, ""


def _mtime_ns(info: ZipInfo) -> int:
    try:
        return nanoseconds(time.mktime((*info.date_time, 0, 0, -1)))
    except (OverflowError, ValueError):
        return 0
