"""Whether files of different layers have the same bytes, at a bounded cost.

Sizes are compared first, then digests that layers keep, and only then bytes, until the first that differs.
"""

from __future__ import annotations

from typing import NamedTuple

from vfsloader.errors import VFSError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

_CHUNK_BYTES = 1 << 18
#: A file of this size is read once, however many others it is compared with.
_SMALL_BYTES = 1 << 20


class File(NamedTuple):
    """A file of a layer."""

    layer: Layer
    entry: Entry


class Comparison:
    """Compares files, and reads at most ``limits.decoded_bytes`` for all of them together.

    Parameters
    ----------
    what
        What messages call the work.
    limits
        How much is read.

    Examples
    --------
    >>> from vfsloader import Store
    >>> one, other = Store(), Store()
    >>> one.write("/a", b"1"), other.write("/a", b"1")
    (None, None)
    >>> Comparison("comparing").are_same(*(File(store, store.find("/a")) for store in (one, other)))
    True
    """

    def __init__(self, what: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._budget = Budget(what, limits)
        self._held: tuple[File, bytes] | None = None

    def are_same(self, one: File, other: File) -> bool:
        """Return whether two files have the same bytes; False where finding out would cost too much."""
        if one.entry.size != other.entry.size or one.entry.is_folder or other.entry.is_folder:
            return False
        if one.entry.digest is not None and other.entry.digest is not None:
            return one.entry.digest == other.entry.digest
        try:
            if one.entry.size <= _SMALL_BYTES:
                return self._read(one, hold=True) == self._read(other, hold=False)
            return self._are_same_streams(one, other)
        except (VFSError, OSError):  # too large, damaged, or gone
            return False

    def digest(self, file: File) -> bytes | None:
        """Return a file's SHA-256; None where reading it would cost too much, or it cannot be read."""
        try:
            if file.entry.digest is None:
                self._budget.spend("decoded_bytes", file.entry.size)
            return digest_of(file.layer, file.entry)
        except (VFSError, OSError):
            return None

    def _read(self, file: File, *, hold: bool) -> bytes:
        if self._held is not None and self._held[0] == file:
            return self._held[1]
        self._budget.spend("decoded_bytes", file.entry.size)
        data = file.layer.read(file.entry)
        if hold:
            self._held = file, data
        return data

    def _are_same_streams(self, one: File, other: File) -> bool:
        if 2 * one.entry.size > self._budget.left("decoded_bytes"):
            return False  # it would not come to its end
        with one.layer.open(one.entry) as first, other.layer.open(other.entry) as second:
            while chunk := first.read(_CHUNK_BYTES):
                self._budget.spend("decoded_bytes", 2 * len(chunk))
                if chunk != second.read(len(chunk)):
                    return False
            return not second.read(1)
