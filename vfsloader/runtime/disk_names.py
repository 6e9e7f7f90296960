"""What the disk makes of a file's name: whether it ignores case, and replacing a file that somebody has open."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable

from vfsloader.errors import AccessDeniedError
from vfsloader.runtime.composed import nfc
from vfsloader.runtime.held_files import let_go

#: Seconds that a file is waited for which another program has open: a virus scanner or a backup has it for moments.
BUSY_SECONDS = 1.0
#: Windows takes no longer path of a file in a folder, unless it begins with `_LONG`.
MAX_PATH = 247
_LONG = "\\\\?\\"
#: Names that are tried to find out whether case matters.
_MOST_NAMES = 100


def ignores_case(folder: str) -> bool | None:
    """Return whether a disk finds a file by its name in another case; None if the folder is empty."""
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(_MOST_NAMES), strict=False):
                other = entry.name.swapcase()
                if other != entry.name:
                    # Not by its number: some file systems give a file another one for each spelling.
                    return os.path.lexists(os.path.join(folder, other)) and other not in os.listdir(folder)
    except OSError:
        return False
    return None


def long_path(real: str, *, system: str = os.name) -> str:
    r"""Return a path as this system takes it, however long it is.

    Parameters
    ----------
    real
        A whole path of the disk.
    system
        What `os.name` is.

    Examples
    --------
    >>> long_path("/home/me/" + "x" * 300) == "/home/me/" + "x" * 300
    True
    >>> long_path("C:\\game\\" + "x" * 300, system="nt")[:11]
    '\\\\?\\C:\\game'
    """
    if system != "nt" or len(real) <= MAX_PATH or real.startswith(_LONG):
        return real
    real = real.replace("/", "\\")
    if real.startswith("\\\\"):  # a share
        return f"{_LONG}UNC{real[1:]}"
    return _LONG + real


def short_path(real: str) -> str:
    """Return a path without what :func:`long_path` adds, for comparing it."""
    if not real.startswith(_LONG):
        return real
    rest = real[len(_LONG) :]
    return "\\" + rest[3:] if rest.startswith("UNC\\") else rest


def names_in(folder: str) -> frozenset[str]:
    """Return the names in a folder as the disk spells them, in NFC."""
    try:
        return frozenset(nfc(name) for name in os.listdir(folder))
    except OSError:
        return frozenset()


def spelling_of(path: str) -> str | None:
    """Return the name by which the disk lists a file that it finds at `path`; None if it finds none."""
    folder, name = os.path.split(path)
    if not os.path.lexists(path):
        return None
    names = names_in(folder)
    if name in names:
        return name
    return next((found for found in names if found.casefold() == name.casefold()), name)


def replace(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> None:
    """Move a file over another one in one step; if somebody has it open, wait for a bounded time.

    Windows refuses to replace a file that is open, and to move one. What this process has open is let go.

    Raises
    ------
    AccessDeniedError
        It is still open. Nothing was changed.
    """
    try:
        os.replace(old, new)
    except PermissionError as error:
        _try_again(error, lambda: os.replace(old, new), "replace", new)


def move(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> None:
    """Rename a file or a folder, as :func:`replace` does."""
    try:
        os.rename(old, new)
    except PermissionError as error:
        _try_again(error, lambda: os.rename(old, new), "move", old)


def delete(path: str | os.PathLike[str]) -> None:
    """Delete a file, as :func:`replace` does."""
    try:
        os.unlink(path)
    except PermissionError as error:
        _try_again(error, lambda: os.unlink(path), "delete", path)


def _try_again(refusal: PermissionError, call: Callable[[], None], verb: str, path: str | os.PathLike[str]) -> None:
    """Repeat a call that was refused, after letting go what this process has open there."""
    if not _may_be_busy(refusal, path):
        raise refusal
    let_go(path)
    end, pause = time.monotonic() + BUSY_SECONDS, 0.005
    while True:
        try:
            call()
            return
        except PermissionError as error:
            if time.monotonic() + pause > end:
                sentence = f"cannot {verb} {path}: another program has it open; close that program and try again"
                raise AccessDeniedError.at(str(path), sentence) from error
        time.sleep(pause)
        pause *= 1.5


def _may_be_busy(error: OSError, path: str | os.PathLike[str]) -> bool:
    """Return whether a file is refused because it is open, not because it is protected."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        mode = os.stat(folder).st_mode
    except OSError:
        return False
    return error.errno == errno.EACCES and os.access(folder, os.W_OK) and not mode & stat.S_ISVTX
