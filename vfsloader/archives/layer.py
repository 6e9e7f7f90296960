"""Zip and tar archives as layers.

The list of members is read once, when the archive is opened. No member leaves the archive's root: one
named ``../x`` or ``/etc/x``, a link or a device is left out. An archive with more members, or with a
larger promise of unpacked bytes, than any game needs is refused whole (a "bomb").
"""

from __future__ import annotations

import contextlib
import lzma
import os
import stat
import tarfile
import threading
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.archives.safe_reader import Archive, Member, Members, open_guarded
from vfsloader.errors import DamagedError, InvalidPathError, PathNotFoundError, VFSError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType
from vfsloader.runtime.budget import is_bomb

#: What the readers of zip and tar raise on bytes that make no sense.
ARCHIVE_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)


class ArchiveLayer(BaseLayer):
    """A zip or tar archive (``.zip``, ``.tar``, ``.tar.gz``, ``.tar.bz2``, ``.tar.xz``), read only.

    The kind is told by the content, not by the suffix. A compressed tar is slow to read at random:
    build a pack of it for more than a few files.

    Parameters
    ----------
    path
        The archive: a file, or a seekable binary stream, which is closed with the layer.
    name
        What messages call the layer; the file's name without its suffix if left out.

    Raises
    ------
    PathNotFoundError
        There is no such file.
    UnknownFormatError, DamagedError
        The file is no archive, or a broken one.
    UnsafeArchiveError
        The archive holds too many members or promises to unpack to too many bytes.

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
        self._lock = threading.Lock()  # one file position, shared by all readers
        self._entries: dict[str, Entry] = {paths.ROOT: ROOT_ENTRY}
        self._children: dict[str, list[str]] = {paths.ROOT: []}
        with contextlib.ExitStack() as on_error:
            on_error.callback(stream.close)
            try:
                self._archive, self._guard, members = open_guarded(stream, str(self.path))
                self._index(members, stream.seek(0, os.SEEK_END))
            except ARCHIVE_DAMAGE as error:
                if isinstance(error, VFSError):
                    raise
                raise DamagedError.at(str(self.path), f"the archive {self.path} is damaged: {error}") from error
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
            return read_member(self._archive, entry.locator, str(self.path))

    def open(self, entry: Entry) -> BinaryIO:
        """Open one member.

        It is unpacked into memory: a compressed stream cannot be sought, and engines seek.
        """
        return BytesFile(self.read(entry), member_name(entry.locator))

    def close(self) -> None:
        """Close the archive's file."""
        with self._lock:
            for each in (self._archive, self._guard, self._stream):
                each.close()

    def _index(self, members: Members, packed: int) -> None:
        unpacked = sum(member_size(member) for member in members)
        if is_bomb(unpacked, packed):
            raise self._guard.bomb(f"would unpack to {unpacked // max(packed, 1)} times its size")
        for member in members:
            path = _virtual_path(member_name(member))
            if path is None or path == paths.ROOT:
                continue
            kind = member_kind(member)
            if kind is None or not self._make_parents(path):
                continue
            if path in self._entries and (kind is EntryType.FOLDER or self._entries[path].is_folder):
                continue
            # A name that stands twice: the last one counts, as unpacking would have it.
            self._add(Entry(path, kind, member_size(member), _mtime_ns(member), 0, member))

    def _make_parents(self, path: str) -> bool:
        """Add the folders above `path`; False where one of them is a file."""
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


def read_member(archive: Archive, member: Member, name: str) -> bytes:
    """Read and unpack one member, no further than the size that it states.

    Raises
    ------
    DamagedError
        It cannot be unpacked, or has not that size.
    """
    with _damage_named(name, member):
        if isinstance(archive, zipfile.ZipFile):
            assert isinstance(member, zipfile.ZipInfo)
            with archive.open(member) as file:
                # The size in the list of members is a stranger's word: never unpack past it.
                data = file.read(member.file_size + 1)
        else:
            assert isinstance(member, tarfile.TarInfo)
            extracted = archive.extractfile(member)
            data = extracted.read() if extracted is not None else b""
    if len(data) != member_size(member):
        raise DamagedError.at(name, f"{member_name(member)} in {name} has not the size that it states")
    return data


@contextlib.contextmanager
def _damage_named(path: str, member: Member) -> Iterator[None]:
    """Turn what a reader raises on broken bytes into one sentence that names archive and member."""
    try:
        yield
    # RuntimeError is zipfile's word for an encrypted member; a member may ask for a dictionary of gigabytes.
    except (RuntimeError, MemoryError, *ARCHIVE_DAMAGE) as error:
        reason = "it needs more memory than there is" if isinstance(error, MemoryError) else error
        raise DamagedError.at(path, f"cannot read {member_name(member)} in {path}: {reason}") from error


def member_name(member: Member) -> str:
    """Give a member's name as it is written."""
    return member.filename if isinstance(member, zipfile.ZipInfo) else member.name


def member_size(member: Member) -> int:
    """Give the bytes that a member says it has."""
    return member.file_size if isinstance(member, zipfile.ZipInfo) else member.size


def member_kind(member: Member) -> EntryType | None:
    """Tell a file from a folder; None for links, devices and all else."""
    if isinstance(member, tarfile.TarInfo):
        return EntryType.FILE if member.isreg() else EntryType.FOLDER if member.isdir() else None
    mode = member.external_attr >> 16
    if member.is_dir():
        return EntryType.FOLDER
    return EntryType.FILE if stat.S_IFMT(mode) in (0, stat.S_IFREG) else None


def _mtime_ns(member: Member) -> int:
    if isinstance(member, tarfile.TarInfo):
        return int(member.mtime * 1_000_000_000)
    try:
        return int(time.mktime((*member.date_time, 0, 0, -1))) * 1_000_000_000
    except (OverflowError, ValueError):
        return 0


def _virtual_path(name: str) -> str | None:
    """Give a member's path, or None for a name that leaves the root or that no path can have."""
    # Some Windows tools write backslashes; a drive letter or a leading slash is an attempt to leave.
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if name.startswith("/") or ".." in name.split("/") or (os.sep == "\\" and ":" in name):
        return None
    try:
        return paths.normalise(name)
    except InvalidPathError:
        return None
