"""Zip and tar archives as layers.

The list of members is read once, when the archive is opened. Members stay inside the archive's root: links, devices
and names such as ``../x`` or ``/etc/x`` are left out. An archive with more members, or a larger unpacked size, than
any game needs is refused as a whole (a "bomb").
"""

from __future__ import annotations

import contextlib
import os
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.archives.safe_reader import open_reader
from vfsloader.errors import InvalidPathError, PathNotFoundError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType


class ArchiveLayer(BaseLayer):
    """A zip or tar archive (``.zip``, ``.tar``, ``.tar.gz``, ``.tar.bz2``, ``.tar.xz``), read only.

    The format is recognised by content, not by suffix. Random reads from a compressed tar are slow: for more than a
    few files, build a pack of it.

    Parameters
    ----------
    path
        The archive: a file, or a seekable binary stream, which is closed with the layer.
    name
        The layer's name in messages; by default the file's name without its suffix.

    Raises
    ------
    PathNotFoundError
        The file does not exist.
    UnknownFormatError, DamagedError
        The file is not an archive, or is damaged.
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

    def __init__(self, path: paths.RealPath | BinaryIO, *, name: str | None = None) -> None:
        stream: BinaryIO
        if isinstance(path, (str, os.PathLike)):
            self.path = Path(path)
            if not self.path.exists():
                raise PathNotFoundError.at(str(path), f"there is no archive {path}")
            stream = open(self.path, "rb")  # noqa: SIM115 - closed with the layer
        else:
            stream = path
            self.path = Path(str(getattr(path, "name", "archive")))
        self._stream = stream
        self.name = name if name is not None else self.path.name.split(".")[0]
        self._lock = threading.Lock()  # all reads share one file position
        self._entries: dict[str, Entry] = {paths.ROOT: ROOT_ENTRY}
        self._children: dict[str, list[str]] = {paths.ROOT: []}
        with contextlib.ExitStack() as on_error:
            on_error.callback(stream.close)
            self._reader = open_reader(stream, str(self.path))
            self._index()
            on_error.pop_all()

    def __repr__(self) -> str:
        return f"ArchiveLayer({str(self.path)!r}, name={self.name!r})"

    def find(self, path: str) -> Entry | None:
        """Look the path up in the list of members."""
        return self._entries.get(path)

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder of the archive."""
        return (self._entries[child] for child in self._children.get(path, ()))

    def read(self, entry: Entry) -> bytes:
        """Read and unpack one member."""
        with self._lock:
            return self._reader.read(entry.locator)

    def open(self, entry: Entry) -> BinaryIO:
        """Open one member.

        It is unpacked into memory, because engines seek and a compressed stream cannot.
        """
        return BytesFile(self.read(entry), entry.locator.name)

    def close(self) -> None:
        """Close the archive's file."""
        with self._lock:
            self._reader.close()
            self._stream.close()

    def _index(self) -> None:
        for member in self._reader.members:
            path, kind = _virtual_path(member.name), member.kind
            if path is None or path == paths.ROOT or kind is None or not self._make_parents(path):
                continue
            if path in self._entries and (kind is EntryType.FOLDER or self._entries[path].is_folder):
                continue
            # If a name appears twice, the last member wins, as when unpacking.
            self._add(Entry(path, kind, member.size, member.mtime_ns, 0, member))

    def _make_parents(self, path: str) -> bool:
        """Add the folders above `path`; return False if one of them is a file."""
        folder = paths.parent(path)
        entry = self._entries.get(folder)
        if entry is not None:
            return entry.is_folder
        if not self._make_parents(folder):
            return False
        self._add(Entry(folder, EntryType.FOLDER))
        return True

    def _add(self, entry: Entry) -> None:
        if entry.path not in self._entries:
            self._children.setdefault(paths.parent(entry.path), []).append(entry.path)
        self._entries[entry.path] = entry
        if entry.is_folder:
            self._children.setdefault(entry.path, [])


def _virtual_path(name: str) -> str | None:
    """Return a member's path, or None for a name that leaves the root or is not a valid path."""
    # Some Windows tools write backslashes; a drive letter or a leading slash is an attempt to leave.
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if name.startswith("/") or ".." in name.split("/") or (os.sep == "\\" and ":" in name):
        return None
    try:
        return paths.normalise(name)
    except InvalidPathError:
        return None
