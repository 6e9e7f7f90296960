"""What the disk makes of a file's name: whether it ignores case, and replacing a file that somebody has open."""

from __future__ import annotations

import errno
import os
import stat
import time
import unicodedata

from vfsloader.errors import AccessDeniedError

#: Seconds that a file is waited for which another program has open: a virus scanner or a backup has it for moments.
BUSY_SECONDS = 1.0
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


def names_in(folder: str) -> frozenset[str]:
    """Return the names in a folder as the disk spells them, in NFC."""
    try:
        return frozenset(unicodedata.normalize("NFC", name) for name in os.listdir(folder))
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

    Windows refuses to replace a file that is open, and to move one.

    Raises
    ------
    AccessDeniedError
        It is still open. Nothing was changed.
    """
    end, pause = 0.0, 0.005
    while True:
        try:
            os.replace(old, new)
            return
        except PermissionError as error:
            if not _may_be_busy(error, new):
                raise
            end = end or time.monotonic() + BUSY_SECONDS
            if time.monotonic() + pause > end:
                sentence = f"cannot replace {new}: another program has it open; close that program and try again"
                raise AccessDeniedError.at(str(new), sentence) from error
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
