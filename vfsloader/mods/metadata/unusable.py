"""Why a file in the mods folder is not a mod, and what the player can do about it."""

from __future__ import annotations

import os

from vfsloader.errors import MissingExtraError, UnknownFormatError
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.metadata.clutter import ARCHIVE_SUFFIXES
from vfsloader.runtime.regular_file import open_buffered

#: A file with one of these suffixes is meant to be a mod.
_MOD_SUFFIXES = ARCHIVE_SUFFIXES | {".pack", ".jar", ".pk3", ".mod"}
#: Browsers give these suffixes to files that they have not downloaded completely.
_UNFINISHED = (".crdownload", ".part", ".download", ".partial", ".opdownload")
#: Formats that we do not read, by the first bytes of a file.
_FORMATS = {b"Rar!": "RAR", b"MSCF": "CAB", b"**ACE**": "ACE", b"\x28\xb5\x2f\xfd": "Zstandard"}


def why_not_a_mod(path: str, name: str, error: Exception) -> Problem | None:
    """Return the problem of a path that could not be opened as a mod; None for a file that is not meant to be one.

    Parameters
    ----------
    path
        The path on the disk.
    name
        What messages call it.
    error
        What was raised when it was opened.
    """
    if isinstance(error, MissingExtraError):
        return problem("packed", name, where=name, reason=error)
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _UNFINISHED:
        return problem("partial", name, where=name, reason=messages.UNFINISHED)
    if not isinstance(error, UnknownFormatError):
        return problem("unreadable", name, where=name, reason=error)
    head = _head(path)
    for magic, kind in _FORMATS.items():
        if head.startswith(magic):
            return problem("packed", name, where=name, reason=messages.fill(messages.NOT_READ, kind=kind))
    if suffix not in _MOD_SUFFIXES:
        return None  # a read-me, a list, or another program's
    if not head:
        return problem("partial", name, where=name, reason=messages.NO_BYTES)
    return problem("unreadable", name, where=name, reason=messages.NOT_A_CONTAINER)


def _head(path: str) -> bytes:
    try:
        with open_buffered(path) as file:
            return file.read(16)
    except OSError:
        return b"?"
