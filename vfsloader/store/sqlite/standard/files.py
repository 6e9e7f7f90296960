"""Databases that a file system written in Python provides: read whole, then held in memory."""

from __future__ import annotations

import sqlite3
import weakref
from typing import Any, Protocol

from vfsloader.store.sqlite.standard.cursor import RawConnection
from vfsloader.store.sqlite.standard.errors import CantOpenError, NotADBError, TooBigError

#: Bytes of a database that is read whole. The index of a pack of 100,000 files has about 20 MB.
MAX_BYTES = 256 << 20
_READ_BYTES = 8 << 20
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"
#: In the header: how the file is written and read (1 with a rollback journal, 2 with a write-ahead log).
_WRITE_MODES = slice(18, 20)

_systems: weakref.WeakValueDictionary[str, VFS] = weakref.WeakValueDictionary()


class ReadableFile(Protocol):
    """What is called on an open file."""

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        """Return bytes."""

    def xFileSize(self) -> int:  # noqa: N802
        """Return the size."""

    def xClose(self) -> None:  # noqa: N802
        """Close it."""


class URIFilename:
    """The name of a database with parameters. This module passes names as texts, so it never makes one."""

    def filename(self) -> str:
        """Return the name."""
        raise NotImplementedError


class VFSFile:
    """An open file of the system itself, which ``sqlite3`` cannot pass on."""


class VFS:
    """A file system for SQLite that is written in Python.

    Parameters
    ----------
    name
        By which connections find it.
    base
        The file system that it builds on; not used.
    """

    def __init__(self, name: str, base: str | None = None) -> None:
        _systems[name] = self

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name

    def xOpen(self, name: str, flags: list[int]) -> Any:  # noqa: N802
        raise CantOpenError(f"{name} cannot be opened")

    def unregister(self) -> None:
        """Do nothing: it is found only as long as it exists."""


def open_in_memory(system: str, name: str, raw: RawConnection) -> None:
    """Fill a connection to memory with a database of a registered file system."""
    vfs = _systems.get(system)
    if vfs is None:
        raise CantOpenError(f"no such vfs: {system}")
    name = vfs.xFullPathname(name.removeprefix("file:").partition("?")[0])
    file: ReadableFile = vfs.xOpen(name, [0x100 | 1, 0])
    try:
        image = _read(file)
    finally:
        file.xClose()
    try:
        raw.deserialize(image)
    except sqlite3.Error as error:
        raise NotADBError(str(error)) from error
    raw.execute("PRAGMA query_only = 1")


def _read(file: ReadableFile) -> bytearray:
    """Return the pages of a database, without what follows them in a pack."""
    size = file.xFileSize()
    header = file.xRead(_HEADER_BYTES, 0)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise NotADBError("file is not a database")
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    if pages and header[24:28] == header[92:96]:  # else another program has written it, without this number
        size = min(size, pages * (65536 if page == 1 else page))
    if size > MAX_BYTES:
        raise TooBigError(f"it has more than {MAX_BYTES:,} bytes, which cannot be read at once")
    image = bytearray()
    while len(image) < size:
        data = file.xRead(min(_READ_BYTES, size - len(image)), len(image))
        if not data:
            break
        image += data
    image[_WRITE_MODES] = b"\1\1"  # a database in memory has no log
    return image
