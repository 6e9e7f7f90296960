"""What a pack contains besides files to read: its facts, its tree, and its contents as stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from vfsloader.errors import DamagedError, NotAStoreError
from vfsloader.store.pack import inspection
from vfsloader.store.pack.seal import Readable, Seal
from vfsloader.store.pack.writer import PackFacts, PackNode, TreeDigest
from vfsloader.store.schema import PLAIN
from vfsloader.store.sqlite.database import Database
from vfsloader.store.store import Store

_BLOCK_BYTES = 1 << 20


class StoredContent(NamedTuple):
    """One content, and where it is stored."""

    offset: int
    length: int
    encoding: int
    digest: bytes
    """SHA-256 of the content, unpacked."""
    stored: bytes
    """SHA-256 of the bytes as stored."""

    @property
    def is_compressed(self) -> bool:
        """Whether it is stored as zstd frames."""
        return self.encoding != PLAIN


class PackFile:
    """The parts of a pack.

    Parameters
    ----------
    store
        The open pack; the caller closes it.

    Raises
    ------
    NotAStoreError
        It is a store, but not a pack.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self._database: Database = store.database
        seal, file = self._database.pack_seal, self._database.pack_file
        if seal is None or file is None:
            raise NotAStoreError.at(self.path, f"{self.path} is a store, not a pack; run vfsloader pack build")
        self.seal: Seal = seal
        self._file: Readable = file

    def facts(self) -> PackFacts:
        """Return how the pack is laid out, and who signed it."""
        with self._database.reading() as connection:
            page_size = connection.pragma("page_size")
        return PackFacts(page_size, self.seal.heap_start, self.seal.signer, self.seal.signature)

    def format(self) -> int:
        """Return the number of the file's format."""
        with self._database.reading() as connection:
            return int(connection.pragma("user_version"))

    def layout(self) -> int:
        """Return the number of the layout; 0 if the pack does not say."""
        value = self._database.one("SELECT value FROM meta WHERE name = 'layout' AND typeof(value) = 'integer'")
        return int(value or 0)

    def digest(self) -> bytes | None:
        """Return the digest of the whole tree, as stored in the pack."""
        value = self._database.one("SELECT value FROM meta WHERE name = 'digest' AND typeof(value) = 'blob'")
        return value if value is not None and len(value) == 32 else None

    def nodes(self) -> Iterator[PackNode]:
        """Iterate over all rows of the tree, sorted by path."""
        rows = "SELECT path, kind, size, mtime_ns, digest FROM node ORDER BY path"
        with self._database.snapshot() as connection:
            yield from map(PackNode._make, connection.execute(rows))

    def tree_digest(self) -> bytes:
        """Compute the digest of the tree from its rows."""
        digest = TreeDigest()
        for node in self.nodes():
            digest.add(node)
        return digest.value()

    def index_digest(self) -> bytes:
        """Compute the digest of the index from its bytes."""
        hasher = hashlib.sha256()
        for block in self.blocks(0, self.seal.index_bytes):
            hasher.update(block)
        return hasher.digest()

    def contents(self) -> list[StoredContent]:
        """Return all contents, in the order in which they are stored."""
        rows = self._database.rows(
            "SELECT DISTINCT offset, length, encoding, digest, coalesce(stored, digest) FROM node "
            "WHERE length > 0 ORDER BY offset, length, encoding"
        )
        return [StoredContent._make(row) for row in rows]

    def blocks(self, start: int, length: int) -> Iterator[bytes]:
        """Iterate over a range of the file."""
        while length > 0:
            block = self._file.read(start, min(length, _BLOCK_BYTES))
            if not block:
                raise DamagedError.at(self.path, f"the pack {self.path} is damaged: it was cut off")
            yield block
            start, length = start + len(block), length - len(block)

    def faults(self) -> Iterator[str]:
        """Iterate over what is wrong with the file's structure, a sentence each; contents are not read."""
        with self._database.reading() as connection:
            yield from inspection.faults(connection, self.seal)
