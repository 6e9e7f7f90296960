"""Databases that are no file of the disk: bytes in memory, a file inside a pack, a member of an archive.

SQLite reads them through a VFS of its own, ``vfsloader-image``, which asks an :class:`Image` for ranges of bytes.
Nothing is copied, whatever the number of connections; ``sqlite3_deserialize`` would copy the whole for each thread.

References
----------
https://www.sqlite.org/vfs.html
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterable
from typing import BinaryIO, Protocol

from vfsloader.store.sqlite import engine


class ByteSource(Protocol):
    """A database's bytes, read at random and from any thread."""

    size: int

    def read(self, offset: int, amount: int) -> bytes:
        """Give `amount` bytes from `offset` on; fewer only at the end."""

    def close(self) -> None:
        """Let go of what holds the bytes."""


class MemorySource:
    """A database in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data).cast("B")
        self.size = len(self._data)

    def read(self, offset: int, amount: int) -> bytes:
        """Copy a range."""
        return bytes(self._data[offset : offset + amount])

    def close(self) -> None:
        """Let go of the bytes."""
        self._data = memoryview(b"")


class StreamSource:
    """A database in a seekable stream, of which it becomes the owner."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.size = stream.seek(0, 2)

    def read(self, offset: int, amount: int) -> bytes:
        """Seek and read."""
        with self._lock:
            self._stream.seek(offset)
            return self._stream.read(amount)

    def close(self) -> None:
        """Close the stream."""
        with self._lock:
            self._stream.close()


class _ImageFile:
    """What SQLite asks of an open file."""

    def __init__(self, image: ByteSource) -> None:
        self._image = image

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's names
        return self._image.read(offset, amount)

    def xFileSize(self) -> int:  # noqa: N802
        return self._image.size

    def xClose(self) -> None:  # noqa: N802
        """Do nothing: the image outlives each connection."""

    def xLock(self, level: int) -> None:  # noqa: N802
        """Do nothing: no one writes."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Do nothing: no one writes."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return engine.SQLITE_IOCAP_IMMUTABLE

    def xFileControl(self, code: int, pointer: int) -> bool:  # noqa: N802
        return False


class _ImageVFS(engine.VFS):
    """Opens images by the names that :meth:`register` gave them."""

    NAME = "vfsloader-image"

    def __init__(self) -> None:
        self._images: dict[str, ByteSource] = {}
        self._numbers = itertools.count(1)
        super().__init__(self.NAME)

    def register(self, image: ByteSource) -> str:
        name = f"/{next(self._numbers)}"
        self._images[name] = image
        return name

    def forget(self, name: str) -> None:
        self._images.pop(name, None)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return False  # no journal lies beside an image

    def xOpen(self, name: str | engine.URIFilename | None, flags: list[int]) -> _ImageFile:  # type: ignore[override] # noqa: N802 - SQLite asks for no more
        image = self._images.get(name.filename() if isinstance(name, engine.URIFilename) else str(name))
        if image is None:
            raise engine.CantOpenError("there is no such image")
        flags[1] = engine.SQLITE_OPEN_READONLY
        return _ImageFile(image)


_lock = threading.Lock()
_vfs: _ImageVFS | None = None


class MountedSource:
    """An image that SQLite can open.

    Parameters
    ----------
    image
        The bytes; closed together with this.
    """

    def __init__(self, image: ByteSource) -> None:
        global _vfs
        with _lock:
            if _vfs is None:
                _vfs = _ImageVFS()
            self._vfs = _vfs
            self._name = self._vfs.register(image)
        self._image = image

    def connect(self) -> engine.Connection:
        """Open a connection for reading."""
        return engine.Connection(
            f"file:{self._name}?immutable=1",
            flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI,
            vfs=_ImageVFS.NAME,
        )

    def invalidate(self) -> None:
        """Let the image forget what it fetched."""
        forget = getattr(self._image, "distrust", None)
        if forget is not None:
            forget()

    @property
    def is_remote(self) -> bool:
        """Whether the bytes come from another machine."""
        return hasattr(self._image, "prefetch")

    def prefetch(self, contents: Iterable[int]) -> None:
        """Let the image fetch contents that will be read soon, if it can."""
        fetch = getattr(self._image, "prefetch", None)
        if fetch is not None:
            fetch(contents)

    def close(self) -> None:
        """Close the image; its connections are closed by then."""
        self._vfs.forget(self._name)
        with contextlib.suppress(OSError, ValueError):  # a stream whose own layer was closed first
            self._image.close()
