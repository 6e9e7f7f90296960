"""Reading a pack from a server that does not check what it sends: contents are used only if their digests match.

The tree is verified when the pack is opened, each content when it is read. A wrong content was corrupted on the way:
it is fetched once more, and if it is wrong again, that is an error.
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from vfsloader.errors import DamagedError
from vfsloader.layers.protocol import Entry
from vfsloader.store.pack.sealed_reads import SealedReads
from vfsloader.store.pack.writer import PackNode, TreeDigest
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.database import Database

_STEP = 1 << 20


class VerifiedReads:
    """The contents of a pack, verified; used as :class:`SealedReads` is.

    Parameters
    ----------
    database
        The pack.
    reads
        Reads its contents.
    source
        Where its bytes come from.

    Raises
    ------
    DamagedError
        The tree is not the one that was packed.
    """

    def __init__(self, database: Database, reads: SealedReads, source: ByteSource) -> None:
        self._database = database
        self._reads = reads
        self._source = source
        self._digests: dict[int, bytes] = {}
        tree = TreeDigest()
        rows = database.rows("SELECT path, kind, size, mtime_ns, digest, content FROM node ORDER BY path")
        for path, kind, size, mtime_ns, digest, content in rows:
            tree.add(PackNode(path, kind, size, mtime_ns, digest))
            if digest is not None:
                self._digests[content] = digest
        stored = database.one("SELECT value FROM meta WHERE name = 'digest'")
        if stored is not None and stored != tree.value():
            raise self._damaged()

    def read(self, entry: Entry) -> bytes:
        """Return the whole content of a file."""
        content = entry.locator
        try:
            data = self._reads.read(entry)
        except DamagedError:
            data = b""
        if not self._matches(content, hashlib.sha256(data).digest()):
            self._fetch_again()
            data = self._reads.read(entry)
            if not self._matches(content, hashlib.sha256(data).digest()):
                raise self._damaged()
        return data

    def open(self, content: int, name: str) -> BinaryIO:
        """Open a content as a stream after reading it once to the end; the bytes fetched for that are kept."""
        for is_second in (False, True):
            hasher = hashlib.sha256()
            try:
                with self._reads.open(content, name) as stream:
                    while data := stream.read(_STEP):
                        hasher.update(data)
            except DamagedError:
                if is_second:
                    raise
            if self._matches(content, hasher.digest()):
                return self._reads.open(content, name)
            self._fetch_again()
        raise self._damaged()

    def forget(self) -> None:
        """Let go of what holds the connections."""
        self._reads.forget()

    def _fetch_again(self) -> None:
        """Forget what was fetched, including SQLite's own pages."""
        self._reads.forget()
        self._source.invalidate()
        self._database.release_memory()

    def _matches(self, content: int, digest: bytes) -> bool:
        return self._digests.get(content, digest) == digest

    def _damaged(self) -> DamagedError:
        path = self._database.path
        return DamagedError.at(path, f"the bytes fetched from {path} are not the ones that were packed")
