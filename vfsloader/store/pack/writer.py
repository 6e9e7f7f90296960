"""Writing a pack: rows in a fixed order, so that the same tree gives the same bytes on any machine.

Contents come first, and are stored in the order in which they are added; then the tree, sorted by path. Nothing is
ever changed or deleted, so SQLite only appends, and no journal is needed: a pack is written under another name and
renamed when it is complete.

References
----------
https://www.sqlite.org/fileformat2.html#the_database_header
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vfsloader import paths
from vfsloader.store import schema
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.errors import SQLiteErrors

#: How packs are laid out; it changes whenever the same tree would give other bytes.
LAYOUT = 1
#: Size of the page cache in KiB, for a pack of any size.
_CACHE_KIB = 16 << 10
#: Where the header says how often the file was written, and by which version of SQLite: fixed in packs.
_HEADER_COUNTER, _HEADER_VERSION = 24, 92
_WRITTEN_BY = 3_046_000


class PackNode(NamedTuple):
    """A row of a pack's tree."""

    path: str
    kind: int
    """One of the kinds in `schema`."""
    size: int = 0
    mtime_ns: int = 0
    digest: bytes | None = None
    """SHA-256 of the content, unpacked; of files only."""


class PackFacts(NamedTuple):
    """How a pack is written, apart from what is in it."""

    chunk_size: int = schema.DEFAULT_CHUNK_SIZE
    page_size: int = schema.DEFAULT_PAGE_SIZE
    signer: bytes = bytes(32)
    """Ed25519 public key; zeros where nobody signed."""
    signature: bytes = bytes(64)


class PackWriter:
    """Fills a new file.

    Parameters
    ----------
    path
        The file to fill; it is empty.
    facts
        How to write it.

    Raises
    ------
    OSError
        The disk is full, or the file cannot be written.
    """

    def __init__(self, path: str, facts: PackFacts) -> None:
        self._path = path
        self._facts = facts
        self._number = 0
        self._contents = {hashlib.sha256().digest(): 0}
        self._errors = SQLiteErrors(path)
        with self._errors:
            self._connection = engine.Connection(path)
            self._connection.pragma("page_size", facts.page_size)
            self._connection.pragma("journal_mode", "off")
            self._connection.pragma("synchronous", "off")  # the caller waits for the disk, once
            self._connection.pragma("locking_mode", "exclusive")
            self._connection.pragma("cache_size", -_CACHE_KIB)
            self._connection.execute("BEGIN EXCLUSIVE")
            for table in ("meta", "node", "chunk"):
                self._connection.execute(schema.TABLES[table])
            self._execute = self._connection.cursor().execute

    def begin(self, *, compressed: bool = False) -> ContentWriter:
        """Begin the next content; the one before must have been ended."""
        return ContentWriter(self, (self._number + 1) << schema.NUMBER_SHIFT, schema.COMPRESSED if compressed else 0)

    def end(self, content: int, digest: bytes) -> None:
        """Record a content; for `ContentWriter`."""
        self._contents[digest] = content
        self._number += content != 0

    def put_chunk(self, row: int, data: bytes | memoryview) -> None:
        """Append a row; for `ContentWriter`."""
        try:
            self._execute("INSERT INTO chunk VALUES(?, ?)", (row, data))
        except engine.Error as error:  # no context manager: this runs for each chunk
            raise self._errors.translated(error) from error

    def finish(self, nodes: Iterable[PackNode], *, compressed: bool) -> bytes:
        """Write the tree and return its digest. The caller waits until the disk has the file.

        Parameters
        ----------
        nodes
            All rows, the root first, sorted by path; the digests of the files are those of added contents.
            A path that occurs twice is a ValueError.
        compressed
            Whether any content is compressed: an old reader then refuses the pack.
        """
        digest = TreeDigest()
        with self._errors, _duplicate_paths_refused():
            ids: dict[str, int] = {}
            for number, node in enumerate(nodes, 1):
                digest.add(node)
                if node.kind in (schema.FOLDER, schema.OPAQUE_FOLDER):
                    ids[node.path] = number
                parent = 0 if node.path == paths.ROOT else ids[paths.parent(node.path)]
                content = 0 if node.digest is None else self._contents[node.digest]
                self._execute(
                    "INSERT INTO node VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 1, ?8)",
                    (number, node.path, parent, node.kind, content, node.size, node.mtime_ns, node.digest),
                )
            self._connection.execute(schema.TABLES["node_parent"])
            self._connection.executemany("INSERT INTO meta VALUES(?, ?)", sorted(self._meta(digest.value()).items()))
            self._connection.pragma("application_id", schema.APPLICATION_ID)
            version = schema.COMPRESSED_FORMAT_VERSION if compressed else schema.FORMAT_VERSION
            self._connection.pragma("user_version", version)
            self._connection.execute("COMMIT")
            self._connection.close()
        fix_header(self._path)
        return digest.value()

    def close(self) -> None:
        """Close the file, finished or not."""
        self._connection.close()

    def _meta(self, digest: bytes) -> dict[str, int | bytes]:
        return {
            "chunk_size": self._facts.chunk_size,
            "clock": self._number + 1,
            "digest": digest,
            "layout": LAYOUT,
            "sealed": 1,
            "signature": self._facts.signature,
            "signer": self._facts.signer,
        }


@contextlib.contextmanager
def _duplicate_paths_refused() -> Iterator[None]:
    try:
        yield
    except engine.ConstraintError as error:
        raise ValueError("a path occurs twice in the tree") from error


class ContentWriter:
    """One content being written.

    Parameters
    ----------
    pack
        Takes the chunks.
    base
        The row of the first one.
    flag
        `schema.COMPRESSED`, or 0.
    """

    def __init__(self, pack: PackWriter, base: int, flag: int) -> None:
        self._pack = pack
        self._base = base
        self._flag = flag
        self._count = 0

    def add(self, chunk: bytes | memoryview) -> None:
        """Append a chunk, as it is to be stored."""
        self._pack.put_chunk(self._base + self._count, chunk)
        self._count += 1

    def end(self, digest: bytes) -> None:
        """End the content; `digest` is the SHA-256 of all of it, unpacked."""
        self._pack.end((self._base | self._flag | self._count) if self._count else 0, digest)


class TreeDigest:
    """The digest of a whole tree: of every path, kind, size, time and content, and of nothing else.

    It is the SHA-256 of a line of JSON for each row, sorted by path, so that any language can compute it.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, node: PackNode) -> None:
        """Add the next row."""
        digest = None if node.digest is None else node.digest.hex()
        self._hash.update(json.dumps([node.path, node.kind, node.size, node.mtime_ns, digest]).encode() + b"\n")

    def value(self) -> bytes:
        """Return the digest of all rows added."""
        return self._hash.digest()


def fix_header(path: str) -> None:
    """Remove from the header how often the file was written, and by which version of SQLite."""
    with open(path, "r+b") as file:
        file.seek(_HEADER_COUNTER)
        file.write((1).to_bytes(4, "big"))
        file.seek(_HEADER_VERSION)
        file.write((1).to_bytes(4, "big") + _WRITTEN_BY.to_bytes(4, "big"))


def sign_file(pack: str, out: str, facts: PackFacts) -> None:
    """Copy a pack and write a signature into the copy, in place of zeros of the same length."""
    shutil.copyfile(pack, out)
    with SQLiteErrors(out):
        connection = engine.Connection(out)
        try:
            connection.pragma("journal_mode", "off")
            with connection:
                for name, value in (("signature", facts.signature), ("signer", facts.signer)):
                    connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
        finally:
            connection.close()
    fix_header(out)
