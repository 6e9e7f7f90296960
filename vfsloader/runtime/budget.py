"""Limits on the work that untrusted bytes may cause: how much an archive or a pack may unpack to."""

from __future__ import annotations

from vfsloader.errors import UnsafeArchiveError

#: More files and folders than a game needs in one archive; larger trees belong in a pack.
MAX_MEMBERS = 100_000
#: Unpacked bytes allowed for each packed byte, once `RATIO_FROM_BYTES` are unpacked.
MAX_RATIO = 200
RATIO_FROM_BYTES = 64 << 20


def is_bomb(unpacked: int, packed: int) -> bool:
    """Return whether `packed` bytes that unpack to `unpacked` bytes are refused.

    Examples
    --------
    >>> is_bomb(1 << 30, 4096), is_bomb(1 << 20, 4096)
    (True, False)
    """
    return unpacked > RATIO_FROM_BYTES and unpacked > packed * MAX_RATIO


def check_unpacked_size(unpacked: int, packed: int, name: str) -> None:
    """Raise :class:`~vfsloader.errors.UnsafeArchiveError` if the archive `name` is a decompression bomb."""
    if is_bomb(unpacked, packed):
        raise unsafe(name, f"would unpack to {unpacked // max(packed, 1)} times its size")


def check_member_count(count: int, name: str) -> None:
    """Raise :class:`~vfsloader.errors.UnsafeArchiveError` if the archive `name` has too many members."""
    if count > MAX_MEMBERS:
        raise unsafe(name, f"holds more than {MAX_MEMBERS:,} members")


def unsafe(name: str, reason: str) -> UnsafeArchiveError:
    """Return the error that says why an archive is not read."""
    return UnsafeArchiveError.at(name, f"{name} {reason}; it was refused as unsafe")
