"""Unpacking archives into a memory file system."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager

from vfsloader import paths
from vfsloader.archives import unpack
from vfsloader.archives.formats import ArchiveAdapter, ArchiveSource
from vfsloader.compat.dmemfs.filesystem import MemoryFileSystem


def expand_archive(
    mfs: MemoryFileSystem,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: unpack.OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
) -> None:
    """Unpack an archive, all of it or nothing; see :func:`vfsloader.archives.expand_archive`.

    The files count as unchanged afterwards, as after :meth:`MemoryFileSystem.import_tree`.
    """
    gathered = _Gathered(mfs)
    unpack.expand_archive(gathered, source, dest, on_conflict=on_conflict, adapter=adapter, adapters=adapters)
    mfs.import_tree(gathered.files)


def expand_archive_streaming(
    mfs: MemoryFileSystem,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: unpack.OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
) -> int:
    """Unpack an archive file by file; see :func:`vfsloader.archives.expand_archive_streaming`."""
    return unpack.expand_archive_streaming(
        _Streamed(mfs), source, dest, on_conflict=on_conflict, adapter=adapter, adapters=adapters
    )


class _Gathered:
    """Collects the files of an archive, to be imported together."""

    def __init__(self, mfs: MemoryFileSystem) -> None:
        self._mfs = mfs
        self.files: dict[str, bytes] = {}

    def isfile(self, path: str, /) -> bool:
        return path in self.files or self._mfs.is_file(path)

    def isdir(self, path: str, /) -> bool:
        return self._mfs.is_dir(path)

    def write_bytes(self, path: str, content: bytes, /) -> None:
        self.files[path] = content

    def atomic_batch(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class _Streamed(_Gathered):
    """Writes each file as soon as it is unpacked."""

    def write_bytes(self, path: str, content: bytes, /) -> None:
        self._mfs.mkdir(paths.parent(path), exist_ok=True)
        with self._mfs.open(path, "wb") as file:
            file.write(content)
