"""What all readers of untrusted archives have in common.

A bomb is refused before it unpacks, and damage becomes an error that names the archive and the member. `zip_reader`
and `tar_reader` do the rest.
"""

from __future__ import annotations

import contextlib
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar, NamedTuple

from vfsloader.archives.limits import LimitedStream
from vfsloader.errors import DamagedError, VFSError
from vfsloader.layers.protocol import EntryType
from vfsloader.runtime.budget import check_unpacked_size


#: What every reader may raise. RuntimeError: zipfile raises it for an encrypted member. MemoryError: a member may ask
#: for a dictionary of gigabytes.
COMMON_DAMAGE = (RuntimeError, MemoryError, OSError, EOFError, ValueError)


class Member(NamedTuple):
    """A member of an archive, as the archive describes it."""

    name: str
    kind: EntryType | None
    """None for links, devices and other special files."""
    size: int
    mtime_ns: int
    info: Any
    """What :meth:`ArchiveReader.read` takes: a ``ZipInfo`` or ``TarInfo``."""


class ArchiveReader(ABC):
    """An open archive whose members are listed and whose limits are checked.

    Parameters
    ----------
    stream
        The archive's bytes, seekable; the caller closes it.
    name
        The archive's name in messages.

    Raises
    ------
    UnknownFormatError
        The stream does not hold an archive of this format.
    DamagedError
        The archive is damaged.
    UnsafeArchiveError
        The archive is a bomb.
    """

    #: What the standard library's reader raises for bytes that make no sense.
    damage: ClassVar[tuple[type[Exception], ...]]
    _stream: LimitedStream
    _archive: Any
    _infos: list[Any]

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        packed = stream.seek(0, io.SEEK_END)
        with self._damage_as_error(f"the archive {name} is damaged"):
            self._open(stream, packed)
        self._stream.end_of_headers()
        check_unpacked_size(sum(map(self._size, self._infos)), packed, name)

    def members(self) -> Iterator[Member]:
        """Return all members, in the order of the archive."""
        return map(self._member, self._infos)

    def read(self, info: Any) -> bytes:
        """Read and unpack one member, up to the size that it states.

        Raises
        ------
        DamagedError
            The member cannot be unpacked, or has another size.
        """
        with self._damage_as_error(f"cannot read {self._member_name(info)} in {self.name}"):
            data = self._unpack(info)
        if len(data) != self._size(info):
            sentence = f"{self._member_name(info)} in {self.name} is damaged: it does not have the size that it states"
            raise DamagedError.at(self.name, sentence)
        return data

    def close(self) -> None:
        """Close the archive, but not the stream it reads."""
        self._archive.close()
        self._stream.close()

    @abstractmethod
    def _open(self, stream: BinaryIO, packed: int) -> None:
        """Set `_stream`, `_archive` and `_infos`; `packed` is the size of the stream."""

    @abstractmethod
    def _unpack(self, info: Any) -> bytes:
        """Read one member."""

    @abstractmethod
    def _member(self, info: Any) -> Member:
        """Describe one member."""

    @abstractmethod
    def _member_name(self, info: Any) -> str:
        """Return the name as the archive has it."""

    @abstractmethod
    def _size(self, info: Any) -> int:
        """Return the unpacked size that a member states."""

    @contextlib.contextmanager
    def _damage_as_error(self, what: str) -> Iterator[None]:
        try:
            yield
        except VFSError:
            raise
        except self.damage as error:
            reason = "it needs more memory than there is" if isinstance(error, MemoryError) else error
            raise DamagedError.at(self.name, f"{what}: {reason}") from error
