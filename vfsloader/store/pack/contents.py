"""What a pack contains besides files to read: its facts, its tree, and its contents as stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vfsloader.store import schema
from vfsloader.store.pack import inspection
from vfsloader.store.pack.writer import PackFacts, PackNode, TreeDigest
from vfsloader.store.sqlite.database import Database
from vfsloader.store.store import Store


class StoredContent(NamedTuple):
    """One content, and where it is stored."""

    digest: bytes
    content: int
    """See `schema`."""
    lengths: tuple[int, ...]
    """Bytes of each chunk, as stored."""

    @property
    def is_compressed(self) -> bool:
        """Whether the chunks are zstd frames."""
        return self.content & schema.COMPRESSED != 0

    @property
    def size(self) -> int:
        """Bytes, as stored."""
        return sum(self.lengths)


class PackFile:
    """The parts of a pack.

    Parameters
    ----------
    store
        The open pack; the caller closes it.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self._database: Database = store.database
        self.is_sealed = store.sealed

    def facts(self) -> PackFacts:
        """Return how the pack was written, and who signed it."""
        with self._database.reading() as connection:
            page_size = connection.pragma("page_size")
        return PackFacts(
            self._database.chunk_size,
            page_size,
            self._blob("signer", 32) or bytes(32),
            self._blob("signature", 64) or bytes(64),
        )

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
        return self._blob("digest", 32)

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

    def contents(self) -> list[StoredContent]:
        """Return all contents, in the order in which they are stored."""
        digests: dict[int, bytes] = dict(
            self._database.rows("SELECT content, digest FROM node WHERE content != 0 AND digest IS NOT NULL")
        )
        by_base: dict[int, list[int]] = {}
        for row, length in self._database.rows("SELECT id, length(data) FROM chunk ORDER BY id"):
            by_base.setdefault(schema.base_of(row), []).append(length)
        return [
            StoredContent(digests[content], content, tuple(by_base.get(schema.base_of(content), ())))
            for content in sorted(digests)
        ]

    def chunks(self, content: StoredContent) -> Iterator[bytes]:
        """Iterate over a content's chunks as stored."""
        base = schema.base_of(content.content)
        with self._database.snapshot() as connection:
            for (data,) in connection.execute(
                "SELECT data FROM chunk WHERE id >= ? AND id < ? ORDER BY id", (base, base + len(content.lengths))
            ):
                yield data

    def stored_bytes(self, content: StoredContent, offset: int, count: int) -> bytes:
        """Return `count` stored bytes of a content from `offset` on; fewer at its end."""
        base, parts = schema.base_of(content.content), []
        for index, length in enumerate(content.lengths):
            if count <= 0:
                break
            if offset < length:
                wanted = min(length - offset, count)
                row = "SELECT substr(data, ?, ?) FROM chunk WHERE id = ?"
                parts.append(self._database.one(row, (offset + 1, wanted, base + index)) or b"")
                count -= wanted
            offset = max(offset - length, 0)
        return b"".join(parts)

    def faults(self) -> Iterator[str]:
        """Iterate over what is wrong with the file's structure, a sentence each; contents are not read."""
        with self._database.reading() as connection:
            yield from inspection.faults(connection)

    def _blob(self, name: str, length: int) -> bytes | None:
        value = self._database.one("SELECT value FROM meta WHERE name = ? AND typeof(value) = 'blob'", (name,))
        return value if value is not None and len(value) == length else None
