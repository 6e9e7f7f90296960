"""Opening anything as a layer: what a source is, is told by its content and not by its suffix."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from vfsloader import paths
from vfsloader.archives.layer import ArchiveLayer
from vfsloader.errors import DamagedError, NotAStoreError, PathNotFoundError, UnknownFormatError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.pyfilesystem import PyFilesystemLayer, is_pyfilesystem
from vfsloader.remote.opening import is_remote, open_source
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.pack.sqlar import SqlarLayer, is_sqlar
from vfsloader.store.schema import is_store
from vfsloader.store.sqlite.byte_source import MemorySource, StreamSource
from vfsloader.store.store import Store

#: Bytes by which a database is told.
_HEAD_BYTES = 100


@runtime_checkable
class FileInTree(Protocol):
    """A file of a virtual tree, as a :class:`~vfsloader.VFSPath` is one."""

    def __vfspath__(self) -> str:
        """Give its path."""

    def open(self, mode: str) -> BinaryIO:
        """Open it."""


@runtime_checkable
class LayeredTree(Protocol):
    """A stack of layers, as a :class:`~vfsloader.VirtualFileSystem` is one."""

    def as_layer(self, name: str = ...) -> Layer:
        """Give its merged tree as one layer."""


#: A path, a ``memory:`` or remote address, the bytes of a pack or archive, a seekable binary stream or a file of a
#: virtual tree that holds one, a whole virtual file system, or a layer that is open already.
Source = paths.RealPath | bytes | bytearray | memoryview | BinaryIO | FileInTree | LayeredTree | Layer


def open_layer(source: Source, *, name: str | None = None, trusted: bool = False, live: bool = True) -> Layer:
    """Open a layer.

    Parameters
    ----------
    source
        A folder, a zip or tar archive, a pack or store, an SQLite archive, ``"memory:"`` for an empty store in
        memory. Packs and archives may also be bytes, a binary stream, which is closed with the layer, or a
        :class:`~vfsloader.VFSPath`: a pack inside a pack. A :class:`~vfsloader.VirtualFileSystem` is its merged
        tree; a tree of PyFilesystem2 is a layer, too. A layer is given back as it is.
    name
        What messages call it; taken from the source if left out.
    trusted
        The game's own file: a pack is then read through a memory map, which is faster, and which a file
        that changes under it would make crash; and its rows are believed as they are.
    live
        For a folder: look at the disk on each call; see :class:`FolderLayer`.

    Returns
    -------
    Layer
        Its owner closes it. A pack or store opens read only.

    Raises
    ------
    PathNotFoundError
        There is nothing at the path.
    UnknownFormatError, NotAStoreError, DamagedError, UnsafeArchiveError
        What is there cannot be a layer; the sentence says why.

    Examples
    --------
    >>> open_layer("memory:", name="scratch").name
    'scratch'

    A pack that lies in another one:

    >>> import tempfile
    >>> from vfsloader import Store, VirtualFileSystem, packs
    >>> inner, vfs = Store(), VirtualFileSystem()
    >>> inner.write("/hat.png", b"pixels")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = packs.build(inner, f"{folder}/hats.pack")
    ...     with open(f"{folder}/hats.pack", "rb") as file:
    ...         _ = vfs.path("/extras/hats.pack").write_bytes(file.read())
    >>> open_layer(vfs.path("/extras/hats.pack")).find("/hat.png").size
    6
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _open_bytes(source, name or "bytes")
    if isinstance(source, (str, os.PathLike)):
        return _open_path(source, name, trusted=trusted, live=live)
    if isinstance(source, FileInTree):
        path = source.__vfspath__()
        return _open_stream(source.open("rb"), path, name or Path(path).stem)
    if isinstance(source, Layer):
        return source
    if isinstance(source, LayeredTree):
        return source.as_layer(name or "vfs")
    if is_pyfilesystem(source):
        return PyFilesystemLayer(source, name=name or "tree")
    return _open_stream(source, str(getattr(source, "name", "stream")), name or "stream")


def _open_path(source: paths.RealPath, name: str | None, *, trusted: bool, live: bool) -> Layer:
    text = os.fspath(source)
    if text == "memory:":
        return MemoryStore(name or "memory")
    if is_remote(text):
        return _open_remote(text, name or Path(text.rstrip("/")).stem)
    if "://" in text:
        raise UnknownFormatError.at(text, f"{text}: packs are opened from this disk, s3://, http:// and https://")
    path = Path(text)
    if path.is_dir():
        return FolderLayer(path, name=name, live=live)
    if not path.exists():
        raise PathNotFoundError.at(text, f"there is no {text}")
    if not path.is_file():
        raise UnknownFormatError.at(text, f"{text} is neither a file nor a folder")
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    if is_store(head):
        return Store(path, name=name, read_only=True, trusted=trusted)
    if is_sqlar(head):
        return SqlarLayer(path, name=name)
    try:
        return ArchiveLayer(path, name=name)
    except UnknownFormatError as error:
        raise UnknownFormatError.at(text, f"{text} is no folder, zip, tar or pack") from error


def _open_remote(address: str, name: str) -> Layer:
    image = open_source(address)
    try:
        return Store(address, name=name, source=image)
    except (DamagedError, NotAStoreError):
        image.invalidate()  # it may have been spoilt on its way
        image.close()
    return Store(address, name=name, source=open_source(address))


def _open_bytes(data: bytes | bytearray | memoryview, name: str) -> Layer:
    if is_store(bytes(memoryview(data).cast("B")[:_HEAD_BYTES])):
        return Store(name, name=name, source=MemorySource(data))
    return ArchiveLayer(BytesFile(bytes(data), name), name=name)


def _open_stream(stream: BinaryIO, path: str, name: str) -> Layer:
    stream.seek(0)
    if is_store(stream.read(_HEAD_BYTES)):
        return Store(path, name=name, source=StreamSource(stream))
    stream.seek(0)
    return ArchiveLayer(stream, name=name)
