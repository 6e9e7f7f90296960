"""Limits on the work that untrusted bytes may cause: how much an archive or a pack may unpack to."""

from __future__ import annotations

#: Files and folders in an archive that no game needs: for more, build a pack.
MAX_MEMBERS = 100_000
#: Unpacked bytes allowed for each packed byte, once `RATIO_FROM_BYTES` are unpacked.
MAX_RATIO = 200
RATIO_FROM_BYTES = 64 << 20


def is_bomb(unpacked: int, packed: int) -> bool:
    """Return whether `packed` bytes that become `unpacked` bytes are refused.

    Examples
    --------
    >>> is_bomb(1 << 30, 4096), is_bomb(1 << 20, 4096)
    (True, False)
    """
    return unpacked > RATIO_FROM_BYTES and unpacked > packed * MAX_RATIO
