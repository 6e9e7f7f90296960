"""Adding members to a zip so that the same tree gives the same bytes on any machine."""

from __future__ import annotations

import shutil
import time
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

#: A zip stores local times from 1980 to 2107, in steps of two seconds.
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_YEARS = range(1980, 2108)
_FILE_MODE, _FOLDER_MODE = 0o100644 << 16, (0o40755 << 16) | 0x10
_ZIP64_FROM_BYTES = 1 << 31
_COPY_BYTES = 1 << 20


def add_folder(archive: ZipFile, name: str) -> None:
    """Add an empty folder."""
    info = ZipInfo(f"{name}/", _FIRST_TIME)
    info.external_attr = _FOLDER_MODE
    archive.writestr(info, b"")


def add_file(archive: ZipFile, name: str, content: IO[Any], *, size: int, mtime: float | None, deflate: bool) -> None:
    """Add a file.

    Parameters
    ----------
    archive
        A zip open for writing.
    name
        The name in the archive.
    content
        The bytes, read to the end.
    size
        How many bytes that is.
    mtime
        Seconds since 1970; None, or a time that a zip cannot store, becomes the first day of 1980.
    deflate
        Whether to compress the file.
    """
    when = _FIRST_TIME if mtime is None else time.gmtime(mtime)[:6]
    info = ZipInfo(name, when if when[0] in _YEARS else _FIRST_TIME)
    info.external_attr = _FILE_MODE
    info.compress_type = ZIP_DEFLATED if deflate else ZIP_STORED
    with archive.open(info, "w", force_zip64=size >= _ZIP64_FROM_BYTES) as member:
        shutil.copyfileobj(content, member, _COPY_BYTES)
