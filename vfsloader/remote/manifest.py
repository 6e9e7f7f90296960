"""What a published file consists of: numbered manifests, and the segments whose blocks they name.

Under a prefix there are ``manifest/NUMBER`` and ``segment/SHA-256``. A segment is up to some megabytes of blocks, named
by its content; it never changes. A manifest says which block of the file is which block of which segment, and has the
digest of each. It is written only if its number is not taken yet. So a commit is one manifest, a reader keeps to the
one that it read, and an unfinished upload is some segments that no manifest names.
"""

from __future__ import annotations

import base64
import bisect
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from vfsloader.errors import DamagedError, NotAStoreError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget

FORMAT = 1
DIGEST_BYTES = 16
#: Bytes of a segment, at most.
SEGMENT_BYTES = 8 << 20
#: Bytes of a block, at least and at most.
_BLOCK_BYTES = range(512, (16 << 20) + 1)
#: Bytes of a manifest, unpacked, and values in it: more than 20 GB of small blocks need.
_MAX_UNPACKED, _MAX_VALUES = 128 << 20, 8_000_000
_SEGMENT_NAME = re.compile("[0-9a-f]{64}")


class Run(NamedTuple):
    """Consecutive blocks of the file that are consecutive in a segment, too."""

    block: int
    length: int
    segment: int
    offset: int
    """How many blocks of the segment precede the first one."""


@dataclass(frozen=True)
class Manifest:
    """One version of a file."""

    number: int
    size: int
    block_size: int
    segments: tuple[str, ...]
    runs: tuple[Run, ...]
    digests: bytes
    first: tuple[tuple[int, int], ...] = ()
    """Blocks that are needed as soon as the file is opened: first block and count of each range, all in one segment."""

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return -(-self.size // self.block_size)

    @property
    def first_blocks(self) -> list[int]:
        """The blocks of `first`, one by one."""
        return [block for first, count in self.first for block in range(first, min(first + count, self.blocks))]

    def digest(self, block: int) -> bytes:
        """Return a block's digest."""
        return self.digests[block * DIGEST_BYTES : (block + 1) * DIGEST_BYTES]

    def differs(self, block: int, data: bytes) -> bool:
        """Return whether this version has no such block, or has other bytes in it."""
        return block >= self.blocks or block_digest(data) != self.digest(block)

    def run_of(self, block: int) -> Run:
        """Return the run that contains a block."""
        return self.runs[bisect.bisect_right(self.runs, block, key=lambda run: run.block) - 1]

    def encode(self) -> bytes:
        """Return the manifest as bytes."""
        fields = {
            "format": FORMAT,
            "size": self.size,
            "block_size": self.block_size,
            "segments": self.segments,
            "runs": self.runs,
            "digests": base64.b64encode(self.digests).decode(),
            "first": self.first,
        }
        return zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 6)

    @classmethod
    def decode(cls, data: bytes, number: int, name: str, budget: Budget | None = None) -> Self:
        """Read a manifest; `name` is what messages call the file.

        Raises
        ------
        DamagedError, NotAStoreError
            The manifest contradicts itself, or is of a newer format.
        BudgetError
            It unpacks to more than the budget allows.
        """
        try:
            fields = json.loads(_unpacked(data, name, budget or Budget(name)))
            if fields["format"] != FORMAT:
                raise NotAStoreError.at(name, f"{name} has a newer format; update vfsloader")
            manifest = cls(
                number,
                int(fields["size"]),
                int(fields["block_size"]),
                tuple(map(str, fields["segments"])),
                tuple([Run(*map(int, run)) for run in fields["runs"]]),
                base64.b64decode(fields["digests"]),
                tuple([(int(first), int(count)) for first, count in fields["first"]]),
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError, zlib.error) as error:
            raise DamagedError.at(name, f"the manifest of {name} is damaged: {plain(str(error))}") from error
        manifest._refuse_contradictions(name)
        return manifest

    def _refuse_contradictions(self, name: str) -> None:
        if self.block_size not in _BLOCK_BYTES or not all(map(_SEGMENT_NAME.fullmatch, self.segments)):
            raise DamagedError.at(name, f"the manifest of {name} is damaged: it names no blocks")
        count, most = 0, max(SEGMENT_BYTES // self.block_size, 1)
        for run in self.runs:
            if run.block != count or run.length < 1 or not 0 <= run.segment < len(self.segments):
                raise DamagedError.at(name, f"the manifest of {name} is damaged: block {count} is missing")
            if run.offset < 0 or run.offset + run.length > most:
                raise DamagedError.at(name, f"the manifest of {name} is damaged: a segment has too many blocks")
            count += run.length
        if self.size < 0 or count != self.blocks or len(self.digests) != count * DIGEST_BYTES:
            raise DamagedError.at(name, f"the manifest of {name} is damaged: it has {count} blocks")
        for first, length in self.first:
            if first < 0 or length < 0 or first + length > count:
                raise DamagedError.at(name, f"the manifest of {name} is damaged: it names blocks after the last")
        if sum(length for _, length in self.first) > count:
            raise DamagedError.at(name, f"the manifest of {name} is damaged: it names a block twice")


def _unpacked(data: bytes, name: str, budget: Budget) -> bytes:
    """Return the text of a manifest; nothing larger than allowed is ever in memory."""
    most = min(budget.left("decoded_bytes"), _MAX_UNPACKED)
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, most + 1)
    budget.spend("decoded_bytes", len(text))
    if len(text) > most:
        raise DamagedError.at(name, f"the manifest of {name} is damaged: it unpacks to more than {most:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it is cut off, or something follows it")
    if text.count(b",") + text.count(b"[") > _MAX_VALUES:
        raise ValueError(f"it has more than {_MAX_VALUES:,} values")
    return text


def block_digest(data: bytes) -> bytes:
    """Return the digest that identifies a block."""
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]


def ranges_of(blocks: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return the first block and the count of each range of consecutive blocks.

    Examples
    --------
    >>> ranges_of({5, 1, 2})
    ((1, 2), (5, 1))
    """
    ranges: list[tuple[int, int]] = []
    for block in sorted(set(blocks)):
        if ranges and sum(ranges[-1]) == block:
            ranges[-1] = ranges[-1][0], ranges[-1][1] + 1
        else:
            ranges.append((block, 1))
    return tuple(ranges)
