"""A tree of a file system as a zip or tar: the same tree gives the same bytes."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tarfile
import time
import zipfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, Literal, Protocol

from vfsloader import paths
from vfsloader.runtime.atomic import draft

Format = Literal["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"]
_FORMATS: dict[str, Format] = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar.bz2": "tar.bz2",
    ".tar.xz": "tar.xz",
}
_FIRST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_COPY_BYTES = 1 << 20


class FileFacts(Protocol):
    """What is known of a file; see :class:`~vfsloader.vfs.StatResult`."""

    @property
    def st_size(self) -> int:
        """Bytes of content."""

    @property
    def st_mtime(self) -> float:
        """Last change, seconds since 1970."""


class ReadableTree(Protocol):
    """What is read of a file system: :class:`~vfsloader.VirtualFileSystem` is one."""

    def listdir(self, path: str, /) -> list[str]:
        """Return the names in a folder."""

    def walk(self, top: str, /) -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder as ``os.walk`` does."""

    def stat(self, path: str, /) -> FileFacts:
        """Return what is known of a file."""

    def open(self, path: str, mode: Literal["rb"], /) -> IO[Any]:
        """Open a file for reading."""


def write_archive(
    vfs: ReadableTree,
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
        The file to make, which appears whole or not at all; or a binary stream.
    path
        The folder; names in the archive begin below it.
    format
        What to write; told by the file's name if left out.
    keep_times
        Keep times of change; else all are the same, and the same tree gives the same bytes.
    overwrite
        Replace a file that is there.

    Returns
    -------
    int
        The files written.

    Raises
    ------
    ValueError
        Nothing says what to write.
    PathNotFoundError, NotAFolderError, PathExistsError
        There is no such folder, or the file is there already.

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
    vfs.listdir(top)  # says what is wrong with the folder
    if not isinstance(out, (str, os.PathLike)):
        if format is None:
            raise ValueError("a stream has no name that says what to write; give format")
        return _write(vfs, out, top, format, keep_times=keep_times)
    wanted = format or next((kind for end, kind in _FORMATS.items() if os.fspath(out).lower().endswith(end)), None)
    if wanted is None:
        raise ValueError(f"{out} does not end in any of {', '.join(_FORMATS)}; give format")
    with draft(out, overwrite=overwrite) as made, open(made, "wb") as file:
        return _write(vfs, file, top, wanted, keep_times=keep_times)


def _write(vfs: ReadableTree, out: BinaryIO, top: str, format: Format, *, keep_times: bool) -> int:
    return (_write_zip if format == "zip" else _write_tar)(vfs, out, top, format, keep_times=keep_times)


def _write_zip(vfs: ReadableTree, out: BinaryIO, top: str, format: Format, *, keep_times: bool) -> int:
    count = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name, is_folder in _entries(vfs, top):
            stat = vfs.stat(path)
            when = time.gmtime(stat.st_mtime)[:6] if keep_times and not is_folder else _FIRST_ZIP_TIME
            info = zipfile.ZipInfo(name + "/" * is_folder, max(when, _FIRST_ZIP_TIME))
            info.external_attr = (0o40755 << 16 | 0x10) if is_folder else 0o100644 << 16
            if is_folder:
                archive.writestr(info, b"")
                continue
            info.compress_type = zipfile.ZIP_DEFLATED
            with (
                vfs.open(path, "rb") as content,
                archive.open(info, "w", force_zip64=stat.st_size >= 1 << 31) as member,
            ):
                shutil.copyfileobj(content, member, _COPY_BYTES)
            count += 1
    return count


def _write_tar(vfs: ReadableTree, out: BinaryIO, top: str, format: Format, *, keep_times: bool) -> int:
    count = 0
    with contextlib.ExitStack() as stack:
        if format == "tar.gz":  # opened here, as tarfile would write the present time
            out = stack.enter_context(gzip.GzipFile("", "wb", fileobj=out, mtime=0))  # type: ignore[assignment]
        mode: Literal["w", "w:bz2", "w:xz"] = {"tar.bz2": "w:bz2", "tar.xz": "w:xz"}.get(format, "w")  # type: ignore[assignment]
        archive = stack.enter_context(tarfile.open(fileobj=out, mode=mode, format=tarfile.PAX_FORMAT))
        for path, name, is_folder in _entries(vfs, top):
            stat = vfs.stat(path)
            info = tarfile.TarInfo(name)
            info.mtime = int(stat.st_mtime) if keep_times and not is_folder else 0
            if is_folder:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(info)
                continue
            info.size = stat.st_size
            with vfs.open(path, "rb") as content:
                archive.addfile(info, content)
            count += 1
    return count


def _entries(vfs: ReadableTree, top: str) -> Iterator[tuple[str, str, bool]]:
    """Give (path, name in the archive, whether it is a folder), sorted, folders before what they hold."""
    for folder, folders, files in vfs.walk(top):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = paths.join(folder, name)
            yield path, path[len(top.rstrip("/")) + 1 :], name in folders
