"""Reading a pack from a server that does not check what it sends: contents are used only if their digests match.

The index is verified when the pack is opened, each content when it is read. A wrong content was corrupted on the way:
it is fetched once more, and if it is wrong again, that is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, BinaryIO

from vfsloader.errors import DamagedError
from vfsloader.layers.protocol import Entry
from vfsloader.store.pack.heap_reads import HeapReads
from vfsloader.store.pack.seal import Seal
from vfsloader.store.sqlite.byte_source import ByteSource
from vfsloader.store.sqlite.database import Database

_STEP = 1 << 20


class VerifiedReads:
    """The contents of a pack, verified; used as :class:`HeapReads` is.

    Parameters
    ----------
    database
        The pack.
    reads
        Reads its contents.
    source
        Where its bytes come from.
    seal
        Its seal.

    Raises
    ------
    DamagedError
        The index is not the one that was sealed.
    """

    def __init__(self, database: Database, reads: HeapReads, source: ByteSource, seal: Seal) -> None:
        self._database = database
        self._reads = reads
        self._source = source
        self.locator = reads.locator
        #: None: slices would not be verified.
        self.mapped = None
        if hashlib.sha256(source.read(0, seal.index_bytes)).digest() != seal.index_digest:
            raise self._damaged()
        #: By the offset of a content: rows that are read later may arrive corrupted.
        self._digests: dict[int, bytes] = dict(
            database.rows("SELECT offset, digest FROM node WHERE length > 0 AND digest IS NOT NULL")
        )

    def read(self, entry: Entry) -> bytes:
        """Return the whole content of a file."""
        try:
            data = self._reads.read(entry)
        except DamagedError:
            data = b""
        if not self._matches(entry, hashlib.sha256(data).digest()):
            self._fetch_again()
            data = self._reads.read(entry)
            if not self._matches(entry, hashlib.sha256(data).digest()):
                raise self._damaged()
        return data

    def view(self, entry: Entry) -> memoryview:
        """Return the whole content of a file as a view."""
        return memoryview(self.read(entry))

    def open(self, entry: Entry) -> BinaryIO:
        """Open a content as a stream after reading it once to the end; the bytes fetched for that are kept."""
        for is_second in (False, True):
            hasher = hashlib.sha256()
            try:
                with self._reads.open(entry) as stream:
                    while data := stream.read(_STEP):
                        hasher.update(data)
            except DamagedError:
                if is_second:
                    raise
            if self._matches(entry, hasher.digest()):
                return self._reads.open(entry)
            self._fetch_again()
        raise self._damaged()

    def close(self, refuse: Callable[..., Any]) -> None:
        """Close as :meth:`HeapReads.close` does."""
        self._reads.close(refuse)

    def _fetch_again(self) -> None:
        """Forget what was fetched, including SQLite's own pages."""
        self._source.invalidate()
        self._database.release_memory()

    def _matches(self, entry: Entry, digest: bytes) -> bool:
        return self._digests.get(entry.locator.start, digest) == digest

    def _damaged(self) -> DamagedError:
        path = self._database.path
        return DamagedError.at(path, f"the bytes fetched from {path} are not the ones that were packed")
