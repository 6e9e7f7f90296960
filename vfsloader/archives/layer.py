"""Zip, tar and 7z archives as layers.

The list of members is read once, when the archive is opened. Members stay inside the archive's root: links, devices
and names such as ``../x`` are left out, which `ArchiveLayer.left_out` reports. An archive with more members, or a
larger unpacked size, than any game needs is refused as a whole (a "bomb").

An archive on the disk is open only while it is read; see `vfsloader.archives.open_files`.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.archives.index import ArchiveIndex
from vfsloader.archives.open_files import PooledFile
from vfsloader.archives.safe_reader import open_reader
from vfsloader.errors import LockedError, PathNotFoundError
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.protocol import Entry
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.forking import Lock, survive_fork


class ArchiveLayer(ListedLayer):
    """A zip or tar archive (``.zip``, ``.tar``, ``.tar.gz``, ``.tar.bz2``, ``.tar.xz``), or a ``.7z``, read only.

    The format is recognised by content, not by suffix. Random reads from a compressed tar are slow: for more than a
    few files, build a pack of it. A 7z needs the extra ``7z``, and is unpacked into memory when a second file is read.

    Parameters
    ----------
    path
        The archive: a file, or a seekable binary stream, which is closed with the layer.
    name
        The layer's name in messages; by default the file's name without its suffix.
    budget
        How much it may hold, where the defaults do not fit, such as ``{"members": 200_000}``; ``docs/budget.md`` has
        the limits.

    Attributes
    ----------
    left_out
        Name and reason of each member that the layer does not show.
    renamed
        Name and path of each file whose name was changed, such as one that began with a slash.

    Raises
    ------
    PathNotFoundError
        The file does not exist, or is not a regular file.
    UnknownFormatError, DamagedError
        The file is not an archive, or is damaged.
    MissingExtraError
        It is a 7z, and the extra is not installed.
    UnsafeArchiveError
        The archive has too many members or would unpack to too many bytes.

    Examples
    --------
    >>> import tempfile, zipfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with zipfile.ZipFile(f"{folder}/mod.zip", "w") as archive:
    ...         archive.writestr("sounds/jump.wav", b"RIFF")
    ...     with ArchiveLayer(f"{folder}/mod.zip") as layer:
    ...         layer.read(layer.find("/sounds/jump.wav"))
    b'RIFF'
    """

    is_streamed = False

    def __init__(
        self,
        path: paths.RealPath | BinaryIO,
        *,
        name: str | None = None,
        budget: Limits | Mapping[str, float] | None = None,
    ) -> None:
        limits = Limits.of(budget)
        stream: BinaryIO
        if isinstance(path, (str, os.PathLike)):
            self.path = Path(path)
            if not self.path.exists():
                raise PathNotFoundError.at(str(path), f"there is no archive {path}")
            stream = _opened(self.path)
        else:
            stream = path
            self.path = Path(str(getattr(path, "name", "archive")))
        self._stream = stream
        self.name = name if name is not None else self.path.name.split(".")[0]
        self._limits = limits
        self._lock = threading.Lock()  # all reads share one file position
        self._is_interrupted = False
        with contextlib.ExitStack() as on_error:
            on_error.callback(stream.close)
            self._reader = open_reader(stream, str(self.path), limits)
            on_error.callback(self._reader.close)
            index = ArchiveIndex(self._reader.members, str(self.path), limits)
            on_error.pop_all()
        self._entries, self._children = index.entries, index.children
        self.left_out, self.renamed = index.left_out, index.renamed
        survive_fork(self)

    def __repr__(self) -> str:
        return f"ArchiveLayer({str(self.path)!r}, name={self.name!r})"

    def read(self, entry: Entry) -> bytes:
        """Read and unpack one member."""
        with self._lock:
            if self._is_interrupted:
                self._open_again()
            return self._reader.read(entry.locator)

    def open(self, entry: Entry) -> BinaryIO:
        """Open one member.

        It is unpacked into memory, because engines seek and a compressed stream cannot.
        """
        from vfsloader.layers.bytes_file import BytesFile

        return BytesFile(self.read(entry), entry.locator.name)

    def moved(self, path: str) -> None:
        """Read from another path from now on, to which the file has been moved."""
        self.path = Path(path)
        self._reader.name = path
        if isinstance(self._stream, io.BufferedReader) and isinstance(self._stream.raw, PooledFile):
            self._stream.raw.name = path

    def close(self) -> None:
        """Close the archive's file."""
        with self._lock:
            self._reader.close()
            self._stream.close()

    # --- a fork --------------------------------------------------------------------------------------

    def fork_locks(self) -> Sequence[Lock]:
        """Return the lock."""
        return (self._lock,)

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """If another thread was in the middle of a read, read by a file of the child's own."""
        if was_busy:
            self._lock = threading.Lock()
            self._is_interrupted = True

    def _open_again(self) -> None:
        if not isinstance(getattr(self._stream, "raw", None), PooledFile):
            sentence = f"{self.path} cannot be used in this child process: another thread was reading it at the fork"
            raise LockedError.at(str(self.path), sentence)
        stream = _opened(self.path)
        self._reader, self._stream = open_reader(stream, str(self.path), self._limits), stream
        self._is_interrupted = False


def _opened(path: Path) -> BinaryIO:
    return io.BufferedReader(PooledFile(str(path)))
