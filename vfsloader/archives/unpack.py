"""Unpacking an archive into a file system: all of it or nothing, or file by file."""

from __future__ import annotations

import contextlib
import io
import os
import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Literal, Protocol

from vfsloader import paths
from vfsloader.archives.formats import ArchiveAdapter, ArchiveSource, adapter_for
from vfsloader.errors import IsAFolderError, PathExistsError, PathNotFoundError, UnsafeArchiveError
from vfsloader.runtime.budget import MAX_MEMBERS

OnConflict = Literal["raise", "skip", "overwrite", "rename"]
_CHOICES = ("raise", "skip", "overwrite", "rename")


class Target(Protocol):
    """A file system to unpack into: :class:`~vfsloader.VirtualFileSystem` is one."""

    def isfile(self, path: str, /) -> bool:
        """Tell whether a file is there."""

    def isdir(self, path: str, /) -> bool:
        """Tell whether a folder is there."""

    def write_bytes(self, path: str, content: bytes, /) -> Any:
        """Put a file."""

    def atomic_batch(self) -> AbstractContextManager[None]:
        """Make all that happens inside happen together."""


def expand_archive(
    vfs: Target,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
) -> None:
    """Unpack an archive, all of it or nothing.

    Parameters
    ----------
    vfs
        The file system.
    source
        A path of the disk, the archive's bytes, or a seekable binary stream.
    dest
        The folder to unpack into.
    on_conflict
        What to do where a file is there already, or stands twice in the archive: ``"raise"``; ``"skip"`` it;
        ``"overwrite"`` (with a UserWarning); ``"rename"`` the one that comes, to ``name (2).txt``.
    adapter
        Reads the archive, whatever it is.
    adapters
        Those that are asked; all that are registered if left out.

    Raises
    ------
    ValueError
        No adapter can read it, or `on_conflict` is none of the four.
    PathExistsError
        A file is in the way; nothing has changed.
    IsAFolderError, NotAFolderError
        A folder stands where a file is to go, or a file where a folder is to be.
    QuotaExceededError
        It does not fit; nothing has changed.
    DamagedError, UnsafeArchiveError
        The archive is broken, or a bomb.

    Examples
    --------
    >>> import zipfile
    >>> from vfsloader import VirtualFileSystem
    >>> packed = io.BytesIO()
    >>> with zipfile.ZipFile(packed, "w") as archive:
    ...     archive.writestr("sprites/p.png", b"pixels")
    >>> vfs = VirtualFileSystem()
    >>> expand_archive(vfs, packed, "/mods/hat")
    >>> vfs.glob("/**/*.png")
    ['/mods/hat/sprites/p.png']
    """
    with vfs.atomic_batch():
        _expand(vfs, source, dest, on_conflict, adapter, adapters)


def expand_archive_streaming(
    vfs: Target,
    source: ArchiveSource | bytes,
    dest: str = "/",
    *,
    on_conflict: OnConflict = "raise",
    adapter: ArchiveAdapter | None = None,
    adapters: list[type[ArchiveAdapter]] | None = None,
) -> int:
    """Unpack an archive file by file: what was unpacked before an error stays.

    The parameters and errors are those of :func:`expand_archive`.

    Returns
    -------
    int
        The files written; one that is overwritten counts each time.
    """
    return _expand(vfs, source, dest, on_conflict, adapter, adapters)


def _expand(
    vfs: Target,
    source: ArchiveSource | bytes,
    dest: str,
    on_conflict: OnConflict,
    adapter: ArchiveAdapter | None,
    adapters: list[type[ArchiveAdapter]] | None,
) -> int:
    if on_conflict not in _CHOICES:
        raise ValueError(f"on_conflict is one of {', '.join(_CHOICES)}, not {on_conflict!r}")
    folder, written = paths.normalise(dest), 0
    with _opened(source, adapter, adapters) as opened:
        for number, (name, data) in enumerate(opened.members()):
            if number >= MAX_MEMBERS:
                raise UnsafeArchiveError.at(name, f"the archive holds more than {MAX_MEMBERS:,} files")
            path = paths.normalise(paths.join(folder, _inside(name)))
            if vfs.isdir(path):
                raise IsAFolderError.at(path, f"{path} is a folder, and a file of the archive is to go there")
            if vfs.isfile(path):
                if on_conflict == "skip":
                    continue
                if on_conflict == "raise":
                    raise PathExistsError.at(path, f"{path} is there already, or stands twice in the archive")
                if on_conflict == "rename":
                    path = _free_name(vfs, path)
                else:
                    warnings.warn(f"{path} is overwritten by a file of the archive", UserWarning, stacklevel=3)
            vfs.write_bytes(path, data)
            written += 1
    return written


@contextlib.contextmanager
def _opened(
    source: ArchiveSource | bytes, adapter: ArchiveAdapter | None, adapters: list[type[ArchiveAdapter]] | None
) -> Iterator[ArchiveAdapter]:
    if adapter is not None:  # the caller's, to be closed by the caller
        yield adapter
        return
    stream: paths.RealPath | BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    if isinstance(stream, (str, os.PathLike)) and not os.path.exists(stream):
        raise PathNotFoundError.at(str(stream), f"there is no archive {stream}")
    with adapter_for(stream, adapters) as made:
        yield made


def _inside(name: str) -> str:
    """Give a member's path below the folder; ``..`` and leading slashes lead no further up than to it."""
    parts: list[str] = []
    for part in unicodedata.normalize("NFC", name.replace("\\", "/")).split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    if not parts:
        raise UnsafeArchiveError.at(name, f"a file of the archive has no name: {name!r:.60}")
    return "/".join(parts)


def _free_name(vfs: Target, path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    if not dot or "/" in suffix or not stem.rpartition("/")[2]:
        stem, dot, suffix = path, "", ""
    stem = re.sub(r" \(\d+\)$", "", stem)
    number = 2
    while vfs.isfile(free := f"{stem} ({number}){dot}{suffix}") or vfs.isdir(free):
        number += 1
    return free
