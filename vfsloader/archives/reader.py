"""What all readers of untrusted archives have in common.

A bomb is refused before it unpacks, and damage becomes an error that names the archive and the member. One module per
format does the rest.
"""

from __future__ import annotations

import contextlib
import io
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar, NamedTuple

from vfsloader.errors import DamagedError, VFSError
from vfsloader.layers.protocol import EntryType
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits, check_member_count, check_unpacked_size

#: What the readers of the standard library raise for damaged archives. MemoryError: a member may ask for a dictionary
#: of gigabytes. LookupError and the like: headers that are cut off.
COMMON_DAMAGE = (
    RuntimeError,
    MemoryError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    struct.error,
)

#: The year 10000, which no calendar of Python reaches.
_END_OF_TIME = 253_402_300_800


class Member(NamedTuple):
    """A member of an archive, as the archive describes it."""

    name: str
    kind: EntryType | None
    """None for links, devices and other special files."""
    size: int
    mtime_ns: int
    info: Any
    """How the library that reads the format knows the member."""
    reason: str = ""
    """Why `kind` is None; for a file, why `name` is a guess."""


def nanoseconds(seconds: float) -> int:
    """Return a time as whole nanoseconds; 0, which means unknown, for a time that makes no sense.

    Examples
    --------
    >>> nanoseconds(1.5), nanoseconds(float("inf")), nanoseconds(-1e300)
    (1500000000, 0, 0)
    """
    return int(seconds * 1_000_000_000) if 0 <= seconds < _END_OF_TIME else 0


class ArchiveReader(ABC):
    """An open archive whose members are listed and whose limits are checked.

    Parameters
    ----------
    stream
        The archive's bytes, seekable; the caller closes it.
    name
        The archive's name in messages.
    limits
        How many members it may have, and to how many bytes it may unpack.

    Raises
    ------
    UnknownFormatError
        The stream does not hold an archive of this format.
    DamagedError
        The archive is damaged.
    UnsafeArchiveError
        The archive is a bomb.
    """

    #: What the library that reads the format raises for bytes that make no sense.
    damage: ClassVar[tuple[type[Exception], ...]] = COMMON_DAMAGE
    _archive: Any

    def __init__(self, stream: BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.name = name
        self.limits = limits
        self.members: list[Member] = []
        packed = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        with self._damage_as_error(f"the archive {name} is damaged"):
            for member in self._open(stream, packed):
                self.members.append(member)
                check_member_count(len(self.members), name, limits)
        check_unpacked_size(sum(member.size for member in self.members), packed, name, limits)

    def read(self, member: Member) -> bytes:
        """Read and unpack one member, up to the size that it states.

        Raises
        ------
        DamagedError
            The member cannot be unpacked, or has another size.
        """
        with self._damage_as_error(f"cannot read {member.name} in {self.name}"):
            data = self._unpack(member)
        if len(data) != member.size:
            sentence = f"{member.name} in {self.name} is damaged: it does not have the size that it states"
            raise DamagedError.at(self.name, sentence)
        return data

    def close(self) -> None:
        """Close the archive, but not the stream it reads."""
        self._archive.close()

    @abstractmethod
    def _open(self, stream: BinaryIO, packed: int) -> Iterator[Member]:
        """Set `_archive` and list its members one by one, so that a bomb is refused before its list fills the memory.

        `packed` is the size of the stream, which is at its start.
        """

    @abstractmethod
    def _unpack(self, member: Member) -> bytes:
        """Read one member."""

    @contextlib.contextmanager
    def _damage_as_error(self, what: str) -> Iterator[None]:
        try:
            yield
        except VFSError:
            raise
        except self.damage as error:
            reason = "it needs more memory than there is" if isinstance(error, MemoryError) else error
            raise DamagedError.at(self.name, f"{what}: {reason}") from error
