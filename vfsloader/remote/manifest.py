"""What a published database consists of: a numbered manifest, and the segments whose blocks it names.

Under a prefix lie ``manifest/NUMBER`` and ``segment/SHA-256``. A segment is some megabytes of blocks, named by its
content, and never changes. A manifest says which block of the database is which block of which segment, and the
digest of each; it is written only where there is none of its number yet. So a commit is one manifest, a reader keeps
to the one that it read, and a half-finished upload is some segments that no manifest names.
"""

from __future__ import annotations

import base64
import bisect
import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from vfsloader.errors import DamagedError, NotAStoreError

FORMAT = 1
DIGEST_BYTES = 16
#: Bytes of a segment, at most.
SEGMENT_BYTES = 8 << 20


class Run(NamedTuple):
    """Blocks that lie behind each other in the database and in a segment."""

    block: int
    length: int
    segment: int
    place: int
    """Which block of the segment is the first."""


@dataclass(frozen=True)
class Manifest:
    """One state of a database."""

    number: int
    size: int
    block_size: int
    segments: tuple[str, ...]
    runs: tuple[Run, ...]
    digests: bytes
    first: tuple[tuple[int, int], ...] = ()
    """Blocks that are wanted as soon as it is opened: first block and count of each run, all in one segment."""
    extents: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Of a pack: the blocks in which each content lies."""

    @property
    def blocks(self) -> int:
        """How many blocks the database has."""
        return -(-self.size // self.block_size)

    def digest(self, block: int) -> bytes:
        """Give a block's digest."""
        return self.digests[block * DIGEST_BYTES : (block + 1) * DIGEST_BYTES]

    def run_of(self, block: int) -> Run:
        """Give the run that holds a block."""
        return self.runs[bisect.bisect_right(self.runs, block, key=lambda run: run.block) - 1]

    def encoded(self) -> bytes:
        """Give the manifest's bytes."""
        told = {
            "format": FORMAT,
            "size": self.size,
            "block_size": self.block_size,
            "segments": self.segments,
            "runs": self.runs,
            "digests": base64.b64encode(self.digests).decode(),
            "first": self.first,
            "extents": [[content, *place] for content, place in self.extents.items()],
        }
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode(), 6)


def decoded(data: bytes, number: int, name: str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    DamagedError, NotAStoreError
        It contradicts itself; it is of a newer version.
    """
    try:
        told = json.loads(zlib.decompress(data))
        if told["format"] != FORMAT:
            raise NotAStoreError.at(name, f"{name} is of a newer format; update vfsloader")
        made = Manifest(
            number,
            int(told["size"]),
            int(told["block_size"]),
            tuple(map(str, told["segments"])),
            tuple([Run(*map(int, run)) for run in told["runs"]]),
            base64.b64decode(told["digests"]),
            tuple([(int(first), int(count)) for first, count in told["first"]]),
            {int(content): (int(first), int(count)) for content, first, count in told["extents"]},
        )
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise DamagedError.at(name, f"the manifest of {name} is damaged: {error}") from error
    _refuse_contradictions(made, name)
    return made


def digest_of(block: bytes) -> bytes:
    """Give the digest by which a block is known."""
    return hashlib.sha256(block).digest()[:DIGEST_BYTES]


def joined(runs: list[Run]) -> tuple[Run, ...]:
    """Give runs with those made one that follow each other in both places."""
    made: list[Run] = []
    for run in sorted(runs):
        last = made[-1] if made else None
        if (
            last is not None
            and last.segment == run.segment
            and last.block + last.length == run.block
            and last.place + last.length == run.place
        ):
            made[-1] = last._replace(length=last.length + run.length)
        else:
            made.append(run)
    return tuple(made)


def _refuse_contradictions(made: Manifest, name: str) -> None:
    follows = 0
    for run in made.runs:
        if run.block != follows or run.length < 1 or not 0 <= run.segment < len(made.segments) or run.place < 0:
            raise DamagedError.at(name, f"the manifest of {name} is damaged: block {follows} is missing")
        follows += run.length
    if made.size < 0 or made.block_size < 512 or follows != made.blocks or len(made.digests) != follows * DIGEST_BYTES:
        raise DamagedError.at(name, f"the manifest of {name} is damaged: it has {follows} blocks")
