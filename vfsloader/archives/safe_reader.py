"""Opening an untrusted zip or tar: the one way in, whether an archive is mounted or expanded."""

from __future__ import annotations

from typing import BinaryIO

from vfsloader.archives.reader import ArchiveReader


def open_reader(stream: BinaryIO, name: str) -> ArchiveReader:
    """Open a zip or tar, which is recognised by content; see :class:`ArchiveReader` for the parameters and errors.

    The readers are imported here because most games mount no archive.
    """
    from zipfile import is_zipfile

    if is_zipfile(stream):
        from vfsloader.archives.zip_reader import ZipReader

        return ZipReader(stream, name)
    from vfsloader.archives.tar_reader import TarReader

    return TarReader(stream, name)
