"""Tars: plain, and compressed with gzip, bzip2 or xz."""

from __future__ import annotations

import contextlib
import tarfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from typing import Any, BinaryIO

from vfsloader.archives.index import clean_path
from vfsloader.archives.limits import LimitedStream
from vfsloader.archives.reader import COMMON_DAMAGE, ArchiveReader, Member, nanoseconds
from vfsloader.errors import UnknownFormatError
from vfsloader.layers.protocol import EntryType

#: A folder of an incremental backup; its content is a list of names.
_GNU_FOLDER = b"D"


class TarReader(ArchiveReader):
    """See :class:`ArchiveReader`."""

    damage = (*COMMON_DAMAGE, tarfile.TarError, zlib.error, LZMAError)

    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        unpacked = _decompressed(stream)
        limited = LimitedStream(
            unpacked or stream, self.name, limits=self.limits, packed=None if unpacked is None else packed
        )
        try:
            self._archive = tarfile.TarFile(fileobj=limited)
        except tarfile.ReadError as error:
            raise UnknownFormatError.at(self.name, f"{self.name} is not a zip or tar archive") from error
        files: dict[str | None, tarfile.TarInfo] = {}
        for info in self._archive:
            if info.size < 0:  # `tarfile` would read the same header again and again
                raise tarfile.ReadError(f"a member has the size {info.size}")
            name, guess = _name(info.name)
            mtime_ns = nanoseconds(info.mtime)
            if info.isreg():
                files[clean_path(name)[0]] = info
                yield Member(name, EntryType.FILE, info.size, mtime_ns, info, guess)
            elif info.isdir() or info.type == _GNU_FOLDER:
                yield Member(name, EntryType.FOLDER, 0, mtime_ns, info)
            elif info.islnk() and (target := files.get(clean_path(_name(info.linkname)[0])[0])) is not None:
                files[clean_path(name)[0]] = target
                yield Member(name, EntryType.FILE, target.size, mtime_ns, target, guess)
            else:
                yield Member(name, None, 0, 0, info, _reason(info))
        limited.end_of_headers()

    def _unpack(self, member: Member) -> bytes:
        file = self._archive.extractfile(member.info)
        return b"" if file is None else bytes(file.read())


def _name(name: str) -> tuple[str, str]:
    """Return a name as text, and why it is a guess; `tarfile` hides bytes that are not UTF-8 as lone surrogates."""
    if name.isascii():
        return name, ""
    try:
        name.encode()
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeEncodeError):
            return name.encode("utf-8", "surrogateescape").decode("latin-1"), "its name is not UTF-8"
    return name, ""


def _reason(info: tarfile.TarInfo) -> str:
    if info.issym():
        return "it is a symbolic link"
    if info.islnk():
        return "it is a hard link to a file that is not in the archive before it"
    return "it is a device or a pipe" if info.isdev() else f"it is not a file: its type is {info.type!r:.20}"


def begins_as_tar(stream: BinaryIO) -> bool:
    """Return whether a stream begins as a compressed file or with a header of a tar; its position changes."""
    stream.seek(0)
    block = stream.read(tarfile.BLOCKSIZE)
    if block.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")):
        return True
    try:
        tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


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
