"""Writing a tree of a file system as a zip or tar: the same tree gives the same bytes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, Literal, Protocol

from vfsloader import paths
from vfsloader.runtime.atomic import staged

Format = Literal["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]
_FORMATS: dict[str, Format] = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar.bz2": "tar.bz2",
    ".tar.xz": "tar.xz",
}


class FileFacts(Protocol):
    """The size and time of a file; see :class:`~vfsloader.vfs.StatResult`."""

    @property
    def st_size(self) -> int:
        """Size in bytes."""

    @property
    def st_mtime(self) -> float:
        """Time of the last change, seconds since 1970."""


class SourceTree(Protocol):
    """A file system to read, such as :class:`~vfsloader.VirtualFileSystem`."""

    def listdir(self, path: str, /) -> list[str]:
        """Return the names in a folder."""

    def walk(self, top: str, /) -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder as ``os.walk`` does."""

    def stat(self, path: str, /) -> FileFacts:
        """Return the size and time of a file."""

    def open(self, path: str, mode: Literal["rb"], /) -> IO[Any]:
        """Open a file for reading."""


def write_archive(
    vfs: SourceTree,
    out: paths.RealPath | BinaryIO,
    *,
    path: paths.PathLike = "/",
    format: Format | None = None,
    keep_times: bool = False,
    overwrite: bool = False,
) -> int:
    """Write a folder of a file system, merged over all layers, as an archive.

    Parameters
    ----------
    vfs
        The file system.
    out
        A path of the disk, where the archive appears whole or not at all; or a binary stream.
    path
        The folder; names in the archive are relative to it.
    format
        The format to write; by default recognised by the suffix of `out`.
    keep_times
        Whether to keep times of change. Otherwise all are the same, and the same tree gives the same bytes.
    overwrite
        Whether to replace an existing file.

    Returns
    -------
    int
        How many files were written.

    Raises
    ------
    ValueError
        `format` is missing, and `out` has no known suffix.
    PathNotFoundError, NotAFolderError, PathExistsError
        `path` is not a folder, or `out` already exists.

    Examples
    --------
    >>> import io, zipfile
    >>> from vfsloader import VirtualFileSystem
    >>> vfs = VirtualFileSystem()
    >>> _ = vfs.write_text("/save/slot1.json", "{}")
    >>> packed = io.BytesIO()
    >>> write_archive(vfs, packed, path="/save", format="zip")
    1
    >>> zipfile.ZipFile(packed).namelist()
    ['slot1.json']
    """
    top = paths.normalise(path)
    vfs.listdir(top)  # raises if it is not a folder
    if not isinstance(out, (str, os.PathLike)):
        if format is None:
            raise ValueError("cannot recognise the format of a stream; pass format")
        return _write(vfs, out, top, format, keep_times=keep_times)
    name = os.fspath(out).lower()
    known = format or next((known for suffix, known in _FORMATS.items() if name.endswith(suffix)), None)
    if known is None:
        raise ValueError(f"{out} does not end in any of {', '.join(_FORMATS)}; rename it or pass format")
    with staged(out, overwrite=overwrite) as staged_path, open(staged_path, "wb") as file:
        return _write(vfs, file, top, known, keep_times=keep_times)


def _write(vfs: SourceTree, out: BinaryIO, top: str, format: Format, *, keep_times: bool) -> int:
    if format == "zip":
        return _write_zip(vfs, out, top, keep_times=keep_times)
    return _write_tar(vfs, out, top, format, keep_times=keep_times)


def _write_zip(vfs: SourceTree, out: BinaryIO, top: str, *, keep_times: bool) -> int:
    from zipfile import ZipFile

    from vfsloader.archives.zip_members import add_file, add_folder

    count = 0
    with ZipFile(out, "w") as archive:
        for path, name, is_folder in _entries(vfs, top):
            if is_folder:
                add_folder(archive, name)
                continue
            stat = vfs.stat(path)
            mtime = stat.st_mtime if keep_times else None
            with vfs.open(path, "rb") as content:
                add_file(archive, name, content, size=stat.st_size, mtime=mtime, deflate=True)
            count += 1
    return count


def _write_tar(vfs: SourceTree, out: BinaryIO, top: str, format: Format, *, keep_times: bool) -> int:
    import gzip
    import tarfile

    count = 0
    with contextlib.ExitStack() as stack:
        if format == "tar.gz":  # tarfile would write the current time into the gzip header
            out = stack.enter_context(gzip.GzipFile("", "wb", fileobj=out, mtime=0))  # type: ignore[assignment]
        mode: Literal["w", "w:bz2", "w:xz"] = {"tar.bz2": "w:bz2", "tar.xz": "w:xz"}.get(format, "w")  # type: ignore[assignment]
        archive = stack.enter_context(tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT))
        for path, name, is_folder in _entries(vfs, top):
            info = tarfile.TarInfo(name)
            if is_folder:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(info)
                continue
            stat = vfs.stat(path)
            info.size, info.mtime = stat.st_size, int(stat.st_mtime) if keep_times else 0
            with vfs.open(path, "rb") as content:
                archive.addfile(info, content)
            count += 1
    return count


def _entries(vfs: SourceTree, top: str) -> Iterator[tuple[str, str, bool]]:
    """Return (path, name in the archive, whether it is a folder), sorted; folders come before their contents."""
    for folder, folders, files in vfs.walk(top):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = paths.join(folder, name)
            yield path, path[len(top.rstrip("/")) + 1 :], name in folders
