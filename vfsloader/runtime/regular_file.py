"""Opening regular files without blocking, and knowing where an open file really is.

A FIFO or a device in a mod must not stop a game, and a link that is swapped in after the last look must not lead out
of its folder. So both are checked on the open file, which nobody can swap any more.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

from vfsloader.errors import PathNotFoundError
from vfsloader.runtime.disk_names import short_path

try:
    from fcntl import F_GETPATH, fcntl  # type: ignore[attr-defined, unused-ignore]  # macOS
except ImportError:
    F_GETPATH = None  # type: ignore[assignment, unused-ignore]

#: Opening a FIFO for reading waits for its writer, unless it is opened so.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = _READ | getattr(os, "O_NOFOLLOW", 0)
_HAS_NOFOLLOW = hasattr(os, "O_NOFOLLOW")
_HAS_PROC = os.path.isdir("/proc/self/fd")


class OutsideError(PathNotFoundError):
    """A link leads out of the folder that a file must be in."""


def open_regular(path: str, inside: str | None = None, *, follow: bool = True) -> tuple[int, os.stat_result]:
    """Open a regular file for reading.

    Parameters
    ----------
    path
        The file, on the disk.
    inside
        What :func:`real_folder` returned for the folder that the file must be in, after all links; None for anywhere.
    follow
        Whether the path itself may be a link.

    Returns
    -------
    tuple
        The descriptor, which the caller closes, and the status of the open file.

    Raises
    ------
    OutsideError
        The file is outside of `inside`.
    PathNotFoundError
        The path is a FIFO, a device, a socket or a folder.
    OSError
        There is no such file, or it cannot be opened.
    """
    try:
        if not (_HAS_NOFOLLOW or follow) and os.path.islink(path):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        handle = os.open(path, _READ if inside is None and follow else _NO_LINK)
    except OSError as error:
        handle = _open_link(path, inside, error)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(path)
        if inside is not None:
            real = _path_of(handle, path, status)
            if not real.startswith(inside + os.sep) and not is_within(real, inside):
                raise _outside(path, inside)
    except BaseException:
        os.close(handle)
        raise
    return handle, status


def open_buffered(path: str, inside: str | None = None) -> BinaryIO:
    """Open a regular file as a buffered stream; see :func:`open_regular`."""
    file = open(open_regular(path, inside)[0], "rb")  # noqa: SIM115 - returned open; quicker than an opener
    file.raw.name = path  # type: ignore[attr-defined]
    return file


def read_regular(path: str, inside: str | None = None) -> bytes:
    """Return the content of a regular file; see :func:`open_regular`."""
    handle, status = open_regular(path, inside)
    try:
        size = status.st_size
        data = os.read(handle, size + 1)
        if len(data) == size:
            return data
        parts = [data]
        while data:  # the file grew, or is larger than one read may be
            data = os.read(handle, 1 << 20)
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(handle)


def real_folder(path: str) -> str:
    """Return where a folder is after all links, spelled as for the files that are opened in it."""
    if not _HAS_PROC and F_GETPATH is None:
        return os.path.realpath(path)
    handle = os.open(path, os.O_RDONLY)
    try:
        return _path_of(handle, path, os.fstat(handle))
    finally:
        os.close(handle)


def is_within(path: str, folder: str) -> bool:
    """Return whether a real path is a folder or is below it."""
    path, folder = short_path(path), short_path(folder)
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _open_link(path: str, inside: str | None, error: OSError) -> int:
    """Open what a link leads to, where the path could not be opened because it is one; else raise the error."""
    if error.errno == errno.ENXIO:  # a socket, or a device without a driver
        raise _not_regular(path) from error
    if inside is None or error.errno not in (errno.ELOOP, errno.EMLINK, getattr(errno, "EFTYPE", errno.ELOOP)):
        raise error
    os.stat(path)  # refuses chains of links before Python follows them
    target = os.path.realpath(path)
    if not is_within(target, inside):
        raise _outside(path, inside) from error
    try:
        return os.open(target, _NO_LINK)
    except OSError as again:
        if again.errno == errno.ENXIO:
            raise _not_regular(path) from again
        raise


def _path_of(handle: int, path: str, status: os.stat_result) -> str:
    """Return where an open file is."""
    if _HAS_PROC:
        return os.readlink(f"/proc/self/fd/{handle}")
    if F_GETPATH is not None:
        return os.fsdecode(fcntl(handle, F_GETPATH, bytes(1024)).rstrip(b"\0"))
    real = os.path.realpath(path)
    if not os.path.samestat(os.stat(real), status):
        raise PathNotFoundError.at(path, f"{path} was replaced while it was opened")
    return real


def _not_regular(path: str) -> PathNotFoundError:
    return PathNotFoundError.at(path, f"{path} is not a regular file")


def _outside(path: str, inside: str) -> OutsideError:
    return OutsideError.at(path, f"{path} is a link that leads out of {inside}")
