"""Kinds of archives: each says what it can read, and gives the files in it.

The adapters of zip and tar read through :mod:`vfsloader.archives.safe_reader`, so that bombs are refused before they unpack.
An adapter of your own is a class with two methods, handed to :func:`register_archive_adapter`.
"""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, BinaryIO, Self

from vfsloader import paths
from vfsloader.archives.layer import ARCHIVE_DAMAGE, member_kind, member_name, member_size, read_member
from vfsloader.archives.safe_reader import open_guarded
from vfsloader.errors import DamagedError, MissingExtraError, UnsafeArchiveError, VFSError
from vfsloader.layers.protocol import EntryType
from vfsloader.runtime.budget import MAX_MEMBERS, is_bomb

#: A path of the disk, or a seekable binary stream.
ArchiveSource = paths.RealPath | BinaryIO


class ArchiveAdapter(ABC):
    """Reads one kind of archive.

    A subclass tells by :meth:`_can_handle_impl` what it reads, takes the source in its ``__init__``, and gives the
    files by :meth:`members`. It is used in a ``with``.

    Parameters
    ----------
    source
        A path of the disk, or a seekable binary stream, which stays open.
    """

    def __init__(self, source: ArchiveSource) -> None:
        self.source = source

    @classmethod
    def can_handle(cls, source: ArchiveSource) -> bool:
        """Tell whether this adapter reads `source`; a stream stands where it stood before, and no error gets out."""
        if isinstance(source, (str, os.PathLike)):
            with contextlib.suppress(Exception):
                return cls._can_handle_impl(source)
            return False
        at = source.tell()
        try:
            source.seek(0)
            return cls._can_handle_impl(source)
        except Exception:
            return False
        finally:
            source.seek(at)

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        """Tell whether this adapter reads `source`; may raise."""
        raise NotImplementedError

    @abstractmethod
    def members(self) -> Iterator[tuple[str, bytes]]:
        """Give (path in the archive, content) of each file; no folders."""

    def close(self) -> None:
        """Let go of what was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _GuardedAdapter(ArchiveAdapter):
    """What the readers of the standard library read."""

    def __init__(self, source: ArchiveSource) -> None:
        super().__init__(source)
        with contextlib.ExitStack() as on_error:
            if isinstance(source, (str, os.PathLike)):
                stream: BinaryIO = open(source, "rb")  # noqa: SIM115 - closed by `close`
                on_error.callback(stream.close)
                self._opened: BinaryIO | None = stream
            else:
                stream, self._opened = source, None
            self._name = str(getattr(stream, "name", "archive"))
            try:
                self._archive, self._guard, self._members = open_guarded(stream, self._name)
            except ARCHIVE_DAMAGE as error:
                if isinstance(error, VFSError):
                    raise
                raise DamagedError.at(self._name, f"the archive {self._name} is damaged: {error}") from error
            self._refuse_bomb(stream.seek(0, io.SEEK_END))
            on_error.pop_all()

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Unpack one file after another; links and devices are no files."""
        for member in self._members:
            if member_kind(member) is EntryType.FILE:
                yield member_name(member), read_member(self._archive, member, self._name)

    def close(self) -> None:
        """Close what was opened here."""
        self._archive.close()
        if self._opened is not None:
            self._opened.close()

    def _refuse_bomb(self, packed: int) -> None:
        unpacked = sum(map(member_size, self._members))
        if is_bomb(unpacked, packed):
            raise self._guard.bomb(f"would unpack to {unpacked // max(packed, 1)} times its size")


class ZipAdapter(_GuardedAdapter):
    """Zips in all compressions of the standard library."""

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        return zipfile.is_zipfile(source)


class TarAdapter(_GuardedAdapter):
    """Tars: plain, and compressed by gzip, bzip2 or xz."""

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        if zipfile.is_zipfile(source):
            return False
        if not isinstance(source, (str, os.PathLike)):
            source.seek(0)  # the look for a zip ended elsewhere
        return tarfile.is_tarfile(source)


class SevenZipAdapter(ArchiveAdapter):
    """7z archives; needs ``py7zr``."""

    _MAGIC = b"7z\xbc\xaf\x27\x1c"

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        if isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                return file.read(6) == cls._MAGIC
        return source.read(6) == cls._MAGIC

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Unpack everything into memory, no more than a sound archive has, and give it."""
        try:
            import py7zr
            from py7zr.io import BytesIOFactory
        except ImportError as error:
            raise MissingExtraError.of("reading 7z archives", "py7zr", "7z") from error
        source: Any = self.source
        on_disk = isinstance(source, (str, os.PathLike))
        name = str(source if on_disk else getattr(source, "name", "archive"))
        packed = os.path.getsize(source) if on_disk else source.seek(0, io.SEEK_END)
        if not on_disk:
            source.seek(0)
        try:
            with py7zr.SevenZipFile(source, "r") as archive:
                found = [entry for entry in archive.list() if entry.is_file]
                size = sum(entry.uncompressed for entry in found)
                if len(found) > MAX_MEMBERS or is_bomb(size, packed):
                    sentence = f"{name} holds {len(found):,} files of {size:,} bytes; it is left out as unsafe"
                    raise UnsafeArchiveError.at(name, sentence)
                factory = BytesIOFactory(max(size, 1))
                archive.extract(targets=[entry.filename for entry in found], factory=factory)
        except VFSError:
            raise
        except Exception as error:
            raise DamagedError.at(name, f"the archive {name} is damaged: {error}") from error
        for path, content in factory.products.items():
            content.seek(0)
            yield path, content.read()


#: Asked from the first on.
ADAPTERS: list[type[ArchiveAdapter]] = [ZipAdapter, TarAdapter, SevenZipAdapter]


def register_archive_adapter(adapter: type[ArchiveAdapter]) -> None:
    """Let archives of a further kind be expanded; asked before all others.

    Examples
    --------
    >>> class Lines(ArchiveAdapter):
    ...     @classmethod
    ...     def _can_handle_impl(cls, source):
    ...         return source.read(6) == b"LINES:"
    ...     def members(self):
    ...         for number, line in enumerate(self.source.read().splitlines()[1:]):
    ...             yield f"{number}.txt", line
    >>> register_archive_adapter(Lines)
    >>> from vfsloader import VirtualFileSystem
    >>> from vfsloader.archives import expand_archive
    >>> vfs = VirtualFileSystem()
    >>> expand_archive(vfs, io.BytesIO(b"LINES:" + chr(10).encode() + b"hello"))
    >>> vfs.read_text("/0.txt")
    'hello'
    >>> ADAPTERS.remove(Lines)
    """
    ADAPTERS.insert(0, adapter)


def adapter_for(source: ArchiveSource, adapters: list[type[ArchiveAdapter]] | None) -> ArchiveAdapter:
    """Make the adapter that reads `source`.

    Raises
    ------
    ValueError
        None does.
    """
    asked = ADAPTERS if adapters is None else adapters
    for adapter in asked:
        if adapter.can_handle(source):
            if not isinstance(source, (str, os.PathLike)):
                source.seek(0)
            return adapter(source)
    names = ", ".join(adapter.__name__ for adapter in asked)
    raise ValueError(f"no adapter can read {source!r:.60}; asked were {names}")
