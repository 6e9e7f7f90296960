"""Opening an untrusted zip, tar or 7z: the one way in, whether an archive is mounted or expanded."""

from __future__ import annotations

from typing import BinaryIO

from vfsloader.archives.reader import ArchiveReader
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

_SEVEN_ZIP_MAGIC = b"7z\xbc\xaf\x27\x1c"


def open_reader(stream: BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS) -> ArchiveReader:
    """Open a zip, tar or 7z, which is recognised by content; see :class:`ArchiveReader` for the parameters and errors.

    The readers are imported here because most games mount no archive.
    """
    if is_zip(stream):
        from vfsloader.archives.zip_reader import ZipReader

        return ZipReader(stream, name, limits)
    if is_seven_zip(stream):
        from vfsloader.archives.seven_zip_reader import SevenZipReader

        return SevenZipReader(stream, name, limits)
    from vfsloader.archives.tar_reader import TarReader

    return TarReader(stream, name, limits)


def is_seven_zip(stream: BinaryIO) -> bool:
    """Return whether a stream is a 7z; its position changes."""
    stream.seek(0)
    return stream.read(len(_SEVEN_ZIP_MAGIC)) == _SEVEN_ZIP_MAGIC


def is_zip(stream: BinaryIO) -> bool:
    """Return whether a stream is a zip; its position changes.

    A zip ends with its list of members and may begin with anything. A tar whose last member is a zip ends in the same
    way, so what begins as a tar is not a zip.
    """
    from zipfile import is_zipfile

    if not is_zipfile(stream):
        return False
    stream.seek(0)
    if stream.read(2) == b"PK":
        return True
    from vfsloader.archives.tar_reader import begins_as_tar

    return not begins_as_tar(stream)
