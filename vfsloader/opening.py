"""Opening anything as a layer. What a file is depends on its content, not on its suffix.

Each kind of source has an *opener*, which says whether a source is its own. Openers are asked in turn. They import what
they need only then, so a game that has only folders loads no archive reader and no database.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from vfsloader import paths
from vfsloader.errors import DamagedError, NotAStoreError, SourceTypeError, UnknownFormatError
from vfsloader.layers.protocol import Layer
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits
from vfsloader.runtime.descriptors import are_scarce
from vfsloader.runtime.missing_files import missing_file
from vfsloader.runtime.regular_file import open_buffered

#: How much of a file openers see before one of them opens it.
HEAD_BYTES = 512


@runtime_checkable
class FileInTree(Protocol):
    """A file of a virtual tree, such as a :class:`~vfsloader.VFSPath`."""

    def __vfspath__(self) -> str:
        """Return its path."""

    def open(self, mode: str) -> BinaryIO:
        """Open it."""


@runtime_checkable
class LayeredTree(Protocol):
    """A stack of layers, such as a :class:`~vfsloader.VirtualFileSystem`."""

    def as_layer(self, name: str = ...) -> Layer:
        """Return its merged tree as one layer."""


#: A path, a ``memory:`` or remote address, the bytes of a pack or archive, a seekable binary stream or a file of a
#: virtual tree that holds one, a whole virtual file system, or a layer that is open already.
Source = paths.RealPath | bytes | bytearray | memoryview | BinaryIO | FileInTree | LayeredTree | Layer


@dataclass(frozen=True)
class Candidate:
    """What an opener is asked about: a file of the disk, bytes, a stream, or an address.

    Attributes
    ----------
    location
        The path or address, for messages.
    name
        What the caller wants to call the layer; None to take it from the location.
    head
        The first :data:`HEAD_BYTES` bytes, fewer if there are fewer; empty for an address.
    content
        The path of a file of the disk, the bytes, or a seekable stream at its start, which the layer closes. None if
        there is only an address.
    trusted
        As :func:`open_layer` takes it.
    limits
        How much an archive may hold, and how long a server may take.
    """

    location: str
    name: str | None
    head: bytes
    content: Path | bytes | bytearray | memoryview | BinaryIO | None
    trusted: bool = False
    limits: Limits = DEFAULT_LIMITS


#: Returns a layer if the candidate is its own, and None if it is not. If it is its own but broken, it raises a
#: :class:`~vfsloader.errors.DamagedError`.
Opener = Callable[[Candidate], Layer | None]


def register_opener(opener: Opener, *, scheme: str | None = None) -> None:
    r"""Let :func:`open_layer` open another format or another kind of address.

    Parameters
    ----------
    opener
        It is asked before the openers that were there.
    scheme
        Ask it about addresses that begin with this, such as ``"ftp://"``, instead of files, bytes and streams.

    Examples
    --------
    A format of a line for each file, its name and its text:

    >>> def open_lines(candidate):
    ...     if not candidate.head.startswith(b"LINES\n"):
    ...         return None                            # not mine
    ...     content = candidate.content
    ...     text = content.read_text() if isinstance(content, Path) else bytes(content).decode()
    ...     layer = open_layer("memory:", name=candidate.name or candidate.location)
    ...     for line in text.splitlines()[1:]:
    ...         name, separator, data = line.partition("=")
    ...         if not separator:
    ...             raise DamagedError.at(candidate.location, f"{candidate.location} is damaged: {line!r:.40}")
    ...         layer.write(f"/{name}", data.encode())
    ...     return layer
    >>> register_opener(open_lines)
    >>> layer = open_layer(b"LINES\nhello.txt=Hello")
    >>> layer.read(layer.find("/hello.txt"))
    b'Hello'
    """
    if scheme is None:
        _openers.insert(0, opener)
    else:
        _openers_by_scheme[scheme] = opener


def open_layer(
    source: Source,
    *,
    name: str | None = None,
    trusted: bool = False,
    live: bool = True,
    budget: Limits | Mapping[str, float] | None = None,
) -> Layer:
    """Open a layer.

    Parameters
    ----------
    source
        A folder, a zip or tar archive, a pack or store, an SQLite archive, ``"memory:"`` for an empty store in memory,
        or the address of a remote pack. Packs and archives may also be bytes, a binary stream, which is closed with
        the layer, or a :class:`~vfsloader.VFSPath`: a pack inside a pack. A :class:`~vfsloader.VirtualFileSystem` is
        its merged tree; a tree of PyFilesystem2 is a layer, too. A layer is returned as it is.
    name
        What messages call it; taken from the source if left out.
    trusted
        The source is the game's own. A pack is then read through a memory map, which is faster but crashes if the file
        changes while it is open, and its rows are not verified. Links in a folder are followed out of it.
    live
        For a folder: look at the disk on each call; see :class:`FolderLayer`.
    budget
        How much an archive may hold and how long opening an address may take, where the defaults do not fit, such as
        ``{"members": 200_000}``; ``docs/budget.md`` has the limits.

    Returns
    -------
    Layer
        The caller closes it. A pack or store is opened read-only.

    Raises
    ------
    PathNotFoundError
        There is nothing at the path.
    UnknownFormatError, NotAStoreError, DamagedError, UnsafeArchiveError
        What is there cannot be a layer; the message says why.

    Examples
    --------
    >>> open_layer("memory:", name="scratch").name
    'scratch'

    A pack inside another one:

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
    limits = Limits.of(budget)
    if isinstance(source, (bytes, bytearray, memoryview)):
        name = name or "bytes"
        head = bytes(memoryview(source).cast("B")[:HEAD_BYTES])
        return _open_file(Candidate(name, name, head, source, limits=limits))
    if isinstance(source, (str, os.PathLike)):
        return _open_path(os.fspath(source), name, trusted=trusted, live=live, limits=limits)
    if isinstance(source, FileInTree):
        path = source.__vfspath__()
        return _open_stream(source.open("rb"), path, name or Path(path).stem, limits)
    if isinstance(source, Layer):
        return source
    if isinstance(source, LayeredTree):
        return source.as_layer(name or "vfs")
    from vfsloader.layers.pyfilesystem import PyFilesystemLayer, is_pyfilesystem

    if is_pyfilesystem(source):
        return PyFilesystemLayer(source, name=name or "tree")
    if not hasattr(source, "read") or not hasattr(source, "seek"):
        raise SourceTypeError(f"cannot open {quoted(source)} as a layer: pass a path, an address, bytes or a stream")
    return _open_stream(source, str(getattr(source, "name", "stream")), name or "stream", limits)


def _open_path(location: str, name: str | None, *, trusted: bool, live: bool, limits: Limits) -> Layer:
    for scheme, opener in _openers_by_scheme.items():
        if location.startswith(scheme):
            layer = opener(Candidate(location, name, b"", None, trusted, limits))
            if layer is not None:
                return layer
    if "://" in location:
        from vfsloader.remote.addresses import redacted

        schemes = ", ".join(scheme for scheme in _openers_by_scheme if "://" in scheme)
        shown = redacted(location)
        raise UnknownFormatError.at(shown, f"cannot open {shown}: known kinds of addresses are {schemes}")
    path = Path(location)
    if path.is_dir():
        from vfsloader.layers.folder import FolderLayer

        return FolderLayer(path, name=name, live=live, trusted=trusted)
    if not path.exists():
        raise missing_file(location)
    if not path.is_file():
        raise UnknownFormatError.at(location, f"{location} is neither a file nor a folder")
    with open_buffered(location) as file:
        head = file.read(HEAD_BYTES)
    return _open_file(Candidate(location, name, head, path, trusted, limits))


def _open_stream(stream: BinaryIO, location: str, name: str, limits: Limits) -> Layer:
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return _open_file(Candidate(location, name, head, stream, limits=limits))


def _open_file(candidate: Candidate) -> Layer:
    content = candidate.content
    for opener in _openers:
        if not isinstance(content, (Path, bytes, bytearray, memoryview)) and content is not None:
            content.seek(0)  # the opener before may have read it
        layer = opener(candidate)
        if layer is not None:
            return layer
    hint = next((hint for magic, hint in _OTHER_FORMATS.items() if candidate.head.startswith(magic)), "")
    sentence = f"{candidate.location} is not a folder, zip, tar or pack{hint}"
    raise UnknownFormatError.at(candidate.location, sentence)


def _open_store(candidate: Candidate) -> Layer | None:
    if candidate.head[:16] != _SQLITE_MAGIC:
        return None
    from vfsloader.store.schema import is_store

    if not is_store(candidate.head):
        return None
    from vfsloader.store.sqlite.byte_source import MemorySource, StreamSource
    from vfsloader.store.store import Store

    content = candidate.content
    if content is None:
        return None
    if isinstance(content, Path):
        if not candidate.trusted and are_scarce():
            pack = _open_pooled(candidate)
            if pack is not None:
                return pack
        return Store(content, name=candidate.name, read_only=True, trusted=candidate.trusted)
    if isinstance(content, (bytes, bytearray, memoryview)):
        return Store(candidate.location, name=candidate.name, source=MemorySource(content))
    return Store(candidate.location, name=candidate.name, source=StreamSource(content))


def _open_pooled(candidate: Candidate) -> Layer | None:
    """Open a pack whose file is open only while it is read; return None for a store, which needs its log."""
    from vfsloader.archives.open_files import PooledFile
    from vfsloader.store.sqlite.byte_source import StreamSource
    from vfsloader.store.store import Store

    source = StreamSource(io.BufferedReader(PooledFile(candidate.location)))
    name = candidate.name or Path(candidate.location).stem
    store = Store(candidate.location, name=name, read_only=True, source=source)
    if store.sealed:
        return store
    store.close()
    return None


def _open_sqlar(candidate: Candidate) -> Layer | None:
    if candidate.head[:16] != _SQLITE_MAGIC or not isinstance(candidate.content, Path):
        return None
    from vfsloader.store.pack.sqlar import SqlarLayer, is_sqlar

    if not is_sqlar(candidate.head):
        return None
    return SqlarLayer(candidate.content, name=candidate.name, limits=candidate.limits)


def _open_archive(candidate: Candidate) -> Layer | None:
    """Open a zip or a tar. Neither must begin with a signature: the reader finds out."""
    from vfsloader.archives.layer import ArchiveLayer

    content = candidate.content
    if content is None:
        return None
    if isinstance(content, (bytes, bytearray, memoryview)):
        from vfsloader.layers.bytes_file import BytesFile

        content = BytesFile(bytes(content), candidate.location)
    try:
        return ArchiveLayer(content, name=candidate.name, budget=candidate.limits)
    except UnknownFormatError:
        return None


def _open_memory(candidate: Candidate) -> Layer | None:
    if candidate.location != "memory:":
        return None
    from vfsloader.store.memory.store import MemoryStore

    return MemoryStore(candidate.name or "memory")


def _open_remote(candidate: Candidate) -> Layer:
    from vfsloader.remote.addresses import redacted
    from vfsloader.remote.opening import open_source
    from vfsloader.store.store import Store

    address = candidate.location
    shown = redacted(address)  # a layer is known by this: it may appear anywhere
    name = candidate.name or Path(shown.partition("?")[0].rstrip("/")).stem
    source = open_source(address, budget=Budget(shown, candidate.limits))
    try:
        return Store(shown, name=name, source=source)
    except (DamagedError, NotAStoreError):
        source.invalidate()  # it may have been corrupted on its way
        source.close()
    return Store(shown, name=name, source=open_source(address, budget=Budget(shown, candidate.limits)))


#: What people take for zips.
_OTHER_FORMATS = {
    b"Rar!\x1a\x07": ": it is a RAR archive; unpack it, or pack it again as a zip",
    b"\x28\xb5\x2f\xfd": ": it is compressed with Zstandard; use gzip or xz for a tar",
}
_SQLITE_MAGIC = b"SQLite format 3\0"
_openers: list[Opener] = [_open_store, _open_sqlar, _open_archive]
_openers_by_scheme: dict[str, Opener] = {
    "memory:": _open_memory,
    "s3://": _open_remote,
    "http://": _open_remote,
    "https://": _open_remote,
}
