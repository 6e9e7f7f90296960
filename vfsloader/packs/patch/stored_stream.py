"""The stored bytes of a pack, from which patches copy."""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json

from vfsloader.store.pack.contents import PackFile


class StoredStream:
    """The stored bytes of all contents of a pack as one stream with random access."""

    def __init__(self, pack: PackFile) -> None:
        self._pack = pack
        self.contents = pack.contents()
        self.starts = [0, *itertools.accumulate(content.length for content in self.contents)]

    def digest(self) -> bytes:
        """Return the SHA-256 of the layout: packs of the same tree can be split and compressed differently."""
        hasher = hashlib.sha256()
        for content in self.contents:
            hasher.update(json.dumps([content.stored.hex(), content.encoding, content.length]).encode() + b"\n")
        return hasher.digest()

    def read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset` on, or fewer at the end of the stream."""
        parts: list[bytes] = []
        index = bisect.bisect_right(self.starts, offset) - 1
        while count > 0 and index < len(self.contents):
            skipped = offset - self.starts[index]
            wanted = min(count, self.contents[index].length - skipped)
            parts += self._pack.blocks(self.contents[index].offset + skipped, wanted)
            offset, count, index = offset + wanted, count - wanted, index + 1
        return b"".join(parts)
