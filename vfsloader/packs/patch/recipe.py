"""Writing recipes: the steps that make the bytes of a new content, as few as possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from vfsloader.packs.patch.format import encode_line

#: Steps in one line; more would make it longer than `format.MAX_LINE_BYTES`.
_MAX_STEPS_PER_LINE = 10_000
#: The longest literals that are compared with the bytes around their neighbours in the stored stream.
_MAX_TRIMMED_BYTES = 1 << 20


class RecipeWriter:
    """Writes the recipes of contents, one after the other.

    Parameters
    ----------
    write
        Called with each line.
    literals
        The file for bytes that the old pack lacks.
    read_old
        Reads the stored stream of the old pack: ``read_old(offset, count)``, fewer bytes at its end.
    """

    def __init__(
        self, write: Callable[[bytes], object], literals: BinaryIO, read_old: Callable[[int, int], bytes]
    ) -> None:
        self._write = write
        self._literals = literals
        self._read_old = read_old
        self._steps: list[list[int]] = []
        self._pending = bytearray()

    def begin(self, digest: bytes, encoding: int, size: int) -> None:
        """Begin a content of `size` stored bytes."""
        self._write(encode_line(["+", digest.hex(), encoding, size]))

    def copy(self, offset: int, count: int) -> None:
        """Append bytes of the stored stream."""
        if self._pending:
            size = len(self._pending)
            before = self._read_old(max(offset - size, 0), min(size, offset))
            shared = _common_prefix(bytes(self._pending[::-1]), before[::-1])
            del self._pending[size - shared :]
            offset, count = offset - shared, count + shared
            self._settle()
        if self._copied_to() == offset:
            self._steps[-1][1] += count
        else:
            self._add([offset, count])

    def add(self, data: bytes) -> None:
        """Append bytes that are new."""
        self._pending += data
        if len(self._pending) > _MAX_TRIMMED_BYTES:
            self._settle()

    def end(self) -> None:
        """End the content."""
        self._settle()
        self._flush()

    def _copied_to(self) -> int | None:
        """Return where in the stored stream the last step ended, or None if it is not a copy."""
        return sum(self._steps[-1]) if self._steps and len(self._steps[-1]) == 2 else None

    def _settle(self) -> None:
        """Write the pending bytes, except those that follow the last copy in the stored stream too."""
        copied_to = self._copied_to()
        if copied_to is not None and self._pending:
            shared = _common_prefix(bytes(self._pending), self._read_old(copied_to, len(self._pending)))
            self._steps[-1][1] += shared
            del self._pending[:shared]
        if self._pending:
            self._literals.write(self._pending)
            self._add([len(self._pending)])
            self._pending.clear()

    def _add(self, step: list[int]) -> None:
        if len(self._steps) >= _MAX_STEPS_PER_LINE:
            self._flush()
        self._steps.append(step)

    def _flush(self) -> None:
        if self._steps:
            self._write(encode_line(self._steps))
            self._steps = []


def _common_prefix(left: bytes, right: bytes) -> int:
    """Return how many bytes two values have in common at the start."""
    low, high = 0, min(len(left), len(right))
    while low < high:  # bisected: comparing slices is fast, comparing single bytes is not
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
