"""Which files of an index a request may have."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from vfsloader.distribution.head import NAME

_PATH = re.compile(r"/(index\.json|by-hash/[0-9a-f]{64}(-[0-9a-f]{64})?\.[a-z.]{2,9})")
_CHUNK = 256 << 10


class IndexAnswers:
    """The files of an index, as a server sends them.

    Parameters
    ----------
    folder
        The folder that ``index build`` made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, path: str) -> tuple[int, Callable[[int], Iterator[bytes]], bool] | None:
        """Return the size of a file, what reads it from a place, and whether it never changes.

        Parameters
        ----------
        path
            The path of a request. None is returned unless it names a file that an index may have.

        Raises
        ------
        FileNotFoundError
            The index has no such file.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        file = self._folder / match[1]
        return os.stat(file).st_size, lambda start: _read(file, start), match[1] != NAME


def _read(file: Path, start: int) -> Iterator[bytes]:
    with open(file, "rb") as stream:
        stream.seek(start)
        while data := stream.read(_CHUNK):
            yield data
