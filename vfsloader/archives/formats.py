"""Archive formats that can be expanded: each adapter says what it reads, and returns the files in it.

The adapters for zip and tar read through `vfsloader.archives.safe_reader`, as mounted archives do. To add a format,
write a class with two methods and pass it to :func:`register_archive_adapter`.
"""

from __future__ import annotations

import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Self

from vfsloader import paths
from vfsloader.archives.index import ArchiveIndex
from vfsloader.archives.reader import ArchiveReader
from vfsloader.archives.safe_reader import is_seven_zip, is_zip, open_reader
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.regular_file import open_buffered

#: A path of the disk, or a seekable binary stream.
ArchiveSource = paths.RealPath | BinaryIO


class ArchiveAdapter(ABC):
    """Reads one format of archives.

    A subclass recognises its format in :meth:`_can_handle_impl`, takes the source in its ``__init__``, and returns the
    files from :meth:`members`. It is used in a ``with`` statement.

    Parameters
    ----------
    source
        A path of the disk, or a seekable binary stream, which stays open.

    Attributes
    ----------
    left_out
        Name and reason of each member that :meth:`members` does not return.
    """

    left_out: Sequence[tuple[str, str]] = ()

    def __init__(self, source: ArchiveSource) -> None:
        self.source = source

    @classmethod
    def can_handle(cls, source: ArchiveSource) -> bool:
        """Return whether this adapter reads `source`; never raises, and keeps the position of a stream."""
        with contextlib.suppress(Exception), contextlib.ExitStack() as stack:
            if not isinstance(source, (str, os.PathLike)):
                stack.callback(source.seek, source.tell())
                source.seek(0)
            return cls._can_handle_impl(source)
        return False

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        """Return whether this adapter reads `source`; may raise."""
        raise NotImplementedError

    @abstractmethod
    def members(self) -> Iterator[tuple[str, bytes]]:
        """Return (path in the archive, content) of each file, without folders."""

    def close(self) -> None:
        """Release what was opened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _ReaderAdapter(ArchiveAdapter):
    """A format that one of our readers reads.

    Parameters
    ----------
    source
        A path of the disk, or a seekable binary stream, which stays open.
    budget
        How much it may hold, where the defaults do not fit; ``docs/budget.md`` has the limits.
    """

    def __init__(self, source: ArchiveSource, *, budget: Limits | Mapping[str, float] | None = None) -> None:
        super().__init__(source)
        self._limits = Limits.of(budget)
        with contextlib.ExitStack() as on_error:
            stream = on_error.enter_context(_opened(source))
            name = str(getattr(stream, "name", "archive"))
            self._reader = self._open_reader(stream, name)
            on_error.callback(self._reader.close)
            index = ArchiveIndex(self._reader.members, name, self._limits)
            self._files, self.left_out = index.files, index.left_out
            self._on_close = on_error.pop_all()

    @classmethod
    def _can_handle_impl(cls, source: ArchiveSource) -> bool:
        with _opened(source) as stream:
            return cls._recognises(stream)

    @classmethod
    @abstractmethod
    def _recognises(cls, stream: BinaryIO) -> bool:
        """Return whether the stream holds an archive of this format."""

    def _open_reader(self, stream: BinaryIO, name: str) -> ArchiveReader:
        return open_reader(stream, name, self._limits)

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Unpack one file after another; a mounted archive shows the same files at the same paths."""
        for path, member in self._files:
            yield path[1:], self._reader.read(member)

    def close(self) -> None:
        """Close the archive, and a file that was opened here."""
        self._on_close.close()


class ZipAdapter(_ReaderAdapter):
    """Zips, in all compressions of the standard library."""

    @classmethod
    def _recognises(cls, stream: BinaryIO) -> bool:
        return is_zip(stream)


class TarAdapter(_ReaderAdapter):
    """Tars: plain, and compressed with gzip, bzip2 or xz."""

    @classmethod
    def _recognises(cls, stream: BinaryIO) -> bool:
        from vfsloader.archives.tar_reader import is_tar

        return not ZipAdapter._recognises(stream) and is_tar(stream)


class SevenZipAdapter(_ReaderAdapter):
    """7z archives; needs ``py7zr``."""

    @classmethod
    def _recognises(cls, stream: BinaryIO) -> bool:
        return is_seven_zip(stream)


def _opened(source: ArchiveSource) -> contextlib.AbstractContextManager[BinaryIO]:
    """Return the stream to read; only a stream that is opened here is closed."""
    if isinstance(source, (str, os.PathLike)):
        return open_buffered(os.fspath(source))
    return contextlib.nullcontext(source)


#: Asked in this order.
ADAPTERS: list[type[ArchiveAdapter]] = [ZipAdapter, TarAdapter, SevenZipAdapter]


def register_archive_adapter(adapter: type[ArchiveAdapter]) -> None:
    """Add a format of archives; its adapter is asked before all others.

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
    >>> import io
    >>> from vfsloader import VirtualFileSystem
    >>> from vfsloader.archives import expand_archive
    >>> vfs = VirtualFileSystem()
    >>> expand_archive(vfs, io.BytesIO(b"LINES:" + chr(10).encode() + b"hello"))
    >>> vfs.read_text("/0.txt")
    'hello'
    >>> ADAPTERS.remove(Lines)
    """
    ADAPTERS.insert(0, adapter)


def adapter_for(
    source: ArchiveSource, adapters: list[type[ArchiveAdapter]] | None, limits: Limits = DEFAULT_LIMITS
) -> ArchiveAdapter:
    """Return the first adapter that reads `source`, opened within the limits.

    Raises
    ------
    ValueError
        No adapter reads it.
    """
    asked = ADAPTERS if adapters is None else adapters
    for adapter in asked:
        if adapter.can_handle(source):
            if not isinstance(source, (str, os.PathLike)):
                source.seek(0)
            return adapter(source, budget=limits) if issubclass(adapter, _ReaderAdapter) else adapter(source)
    names = ", ".join(adapter.__name__ for adapter in asked)
    raise ValueError(f"no adapter can read {source!r:.60}; tried {names}")
