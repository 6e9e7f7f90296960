"""Names that this system stores otherwise than they were given, or not at all."""

from __future__ import annotations

import errno
import os

from vfsloader import paths
from vfsloader.errors import InvalidPathError

#: What a disk answers that cannot store a name.
UNUSABLE_NAME = frozenset({errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ})
#: Whether this system stores some names otherwise; asked before each write.
CHANGES_NAMES = os.name == "nt"
#: UTF-16 units that Windows and macOS store of a name; Linux stores as many bytes, which is checked for every path.
_MOST_UNITS = 255


def refuse_names(path: str, *, system: str = os.name) -> None:
    """Raise if this system would store a file under another name than that of its path.

    Windows cuts ``a:b`` into a file and a stream, opens a device for ``aux.txt``, and drops the dot of ``trail.``.

    Parameters
    ----------
    path
        A virtual path.
    system
        What `os.name` is.

    Raises
    ------
    InvalidPathError
        It would.

    Examples
    --------
    >>> refuse_names("/notes/aux.txt", system="posix")
    >>> refuse_names("/notes/aux.txt", system="nt")
    Traceback (most recent call last):
    vfsloader.errors.InvalidPathError: cannot write /notes/aux.txt: Windows reserves the name aux.txt for a device
    """
    if system != "nt":
        return
    fault = paths.name_fault(path)
    if fault is not None:
        raise InvalidPathError.at(path, f"cannot write {fault}")
    for name in path.split("/"):
        if len(name.encode("utf-16-le", "surrogatepass")) > 2 * _MOST_UNITS:
            raise InvalidPathError.at(path, f"cannot write {path}: a name has at most {_MOST_UNITS} characters")


def unusable(error: OSError, path: str) -> InvalidPathError:
    """Return the error for a name that the disk does not take."""
    fault = paths.name_fault(path) or f"{paths.shown(path)}: {error.strerror}"
    return InvalidPathError.at(path, f"cannot write {fault}")
