"""Reading the blocks of one published version out of its segments."""

from __future__ import annotations

from vfsloader.errors import DamagedError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.manifest import Manifest, block_digest
from vfsloader.remote.s3 import Bucket

#: How often a range is fetched if its bytes arrive corrupted.
_ATTEMPTS = 3


class SegmentSource:
    """The blocks of one version, as a :class:`~vfsloader.remote.blocks.BlockSource`.

    Parameters
    ----------
    bucket, prefix
        Where the file is published.
    manifest
        The version.
    """

    def __init__(self, bucket: Bucket, prefix: str, manifest: Manifest) -> None:
        self.manifest = manifest
        self.size = manifest.size
        self.block_size = manifest.block_size
        self._bucket = bucket
        self._prefix = prefix

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch blocks, with one request for all that are in one run, and verify each."""
        blocks: list[bytes] = []
        while len(blocks) < count:
            block = first + len(blocks)
            run = self.manifest.run_of(block)
            stop = min(run.block + run.length, first + count)
            blocks += self._fetch(run.segment, {b: run.offset + b - run.block for b in range(block, stop)}).values()
        return blocks

    def fetch_first(self) -> dict[int, bytes]:
        """Fetch the blocks that are needed first, with one request; empty if that is not possible."""
        runs = {block: self.manifest.run_of(block) for block in self.manifest.first_blocks}
        if len({run.segment for run in runs.values()}) != 1:  # they were published at different times
            return {}
        offsets = {block: run.offset + block - run.block for block, run in runs.items()}
        if max(offsets.values()) - min(offsets.values()) >= 2 * len(offsets):  # too much between them
            return {}
        return self._fetch(next(iter(runs.values())).segment, offsets)

    def key(self, block: int) -> bytes:
        """Return what a block depends on: its content."""
        return self.manifest.digest(block)

    def close(self) -> None:
        """Do nothing: the bucket belongs to others."""

    def _fetch(self, segment: int, offsets: dict[int, int]) -> dict[int, bytes]:
        """Fetch blocks, given by their offsets in a segment, with one request."""
        step = self.block_size
        start = min(offsets.values())
        # Only the last block of the file can be shorter, and it ends its segment.
        end = max(offset * step + min(step, self.size - block * step) for block, offset in offsets.items())
        key = f"{self._prefix}/segment/{self.manifest.segments[segment]}"
        for _ in range(_ATTEMPTS):
            data = self._bucket.get(key, start * step, end - start * step)
            blocks = {b: data[(offset - start) * step : (offset - start + 1) * step] for b, offset in offsets.items()}
            if all(block_digest(content) == self.manifest.digest(block) for block, content in blocks.items()):
                return blocks
        address = redacted(f"s3://{self._bucket.name}/{self._prefix}")
        raise DamagedError.at(address, f"{address} is damaged: the server returns other bytes than were published")
