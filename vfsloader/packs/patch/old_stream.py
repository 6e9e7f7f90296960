"""The bytes of a pack that patches take from."""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json

from vfsloader.store.pack.contents import PackFile


class OldStream:
    """The stored bytes of all contents of a pack, as one stream that is read at random."""

    def __init__(self, pack: PackFile) -> None:
        self._pack = pack
        self.contents = pack.contents()
        self.starts = [0, *itertools.accumulate(content.size for content in self.contents)]

    def digest(self) -> bytes:
        """Give the SHA-256 of where all bytes lie: two packs of one tree may be cut and compressed differently."""
        hasher = hashlib.sha256()
        for content in self.contents:
            hasher.update(json.dumps([content.digest.hex(), content.is_compressed, content.lengths]).encode() + b"\n")
        return hasher.digest()

    def read(self, offset: int, count: int) -> bytes:
        """Give bytes; fewer where the stream ends."""
        parts = []
        place = bisect.bisect_right(self.starts, offset) - 1
        while count > 0 and place < len(self.contents):
            part = self._pack.stored_bytes(self.contents[place], offset - self.starts[place], count)
            parts.append(part)
            offset, count, place = offset + len(part), count - len(part), place + 1
        return b"".join(parts)
