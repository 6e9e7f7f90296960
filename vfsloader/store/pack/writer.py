"""Writing a pack: an index and contents in a fixed order, so that the same tree gives the same bytes on any machine.

Contents are written as they come, behind a gap that is left for the index; their order is the order in which they are
added. The index is made when all contents are known, and put into the gap. How large it can get is known from the
names and sizes of the files, so nothing is written twice. A pack is written under another name and renamed when it is
complete.

References
----------
https://www.sqlite.org/fileformat2.html#the_database_header
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from vfsloader import paths
from vfsloader.store import schema
from vfsloader.store.pack.seal import SEAL_BYTES, Seal
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.errors import SQLiteErrors

#: How packs are laid out; it changes whenever the same tree would give other bytes.
LAYOUT = 2
#: Pages of the index of a small pack, which waste little, and of a large one.
_SMALL_PAGE, _PAGE, _SMALL_NODES = 1024, 4096, 200
#: Bytes of content that are collected before they are written.
_BUFFER_BYTES = 1 << 20
#: Where the header says how often the file was written, and by which version of SQLite: fixed in packs.
_HEADER_COUNTER, _HEADER_VERSION = 24, 92
_WRITTEN_BY = 3_046_000
_INSERT = "INSERT INTO node VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class PackNode(NamedTuple):
    """A row of a pack's tree."""

    path: str
    kind: int
    """One of the kinds in `schema`."""
    size: int = 0
    mtime_ns: int = 0
    digest: bytes | None = None
    """SHA-256 of the content, unpacked; of files only."""


class Location(NamedTuple):
    """Where a content is, and how it is stored."""

    offset: int
    """Byte of the file at which it starts."""
    length: int
    encoding: int
    """`schema.PLAIN` or `schema.ZSTD`."""
    stored: bytes | None
    """SHA-256 of the bytes as stored, if they are not the content itself."""


class PackFacts(NamedTuple):
    """How a pack is laid out, and who signed it."""

    page_size: int
    heap_start: int
    signer: bytes = bytes(32)
    """Ed25519 public key; zeros where nobody signed."""
    signature: bytes = bytes(64)


_EMPTY = Location(0, 0, schema.PLAIN, None)
_EMPTY_DIGEST = hashlib.sha256().digest()


def plan_layout(nodes: Iterable[PackNode], *, compressed: bool) -> PackFacts:
    """Return the layout of a pack, with a gap that its index fits into.

    Parameters
    ----------
    nodes
        All rows, sorted by path, without digests.
    compressed
        Whether contents may be compressed.
    """
    rows = list(nodes)
    page_size = _SMALL_PAGE if len(rows) <= _SMALL_NODES else _PAGE
    largest = 2 * sum(node.size for node in rows) + (1 << 20)  # no offset is beyond, whatever grows meanwhile
    stored, encoding = (bytes(32), 2) if compressed else (None, schema.PLAIN)
    expected = {node.path: Location(largest, node.size, encoding, stored) for node in rows if node.kind == schema.FILE}
    files = (node._replace(digest=bytes(32)) if node.kind == schema.FILE else node for node in rows)
    return PackFacts(page_size, _room_for(_index(files, expected, page_size, bytes(32))))


def _room_for(index: bytes) -> int:
    """Return where a heap can start, so that an index of about this size fits before it.

    How SQLite divides rows among pages depends a little on their lengths, so another index may need some pages more.
    """
    return len(index) + len(index) // 64 + SEAL_BYTES


class PackWriter:
    """Fills a new file.

    Parameters
    ----------
    path
        The file to fill.
    facts
        How to write it; see :func:`plan_layout`.

    Raises
    ------
    OSError
        The disk is full, or the file cannot be written.
    """

    def __init__(self, path: str, facts: PackFacts) -> None:
        self._facts = facts
        self._start = self._end = facts.heap_start
        self._locations: dict[bytes, Location] = {_EMPTY_DIGEST: _EMPTY}
        self._errors = SQLiteErrors(path)
        self._file = open(path, "w+b", buffering=_BUFFER_BYTES)  # noqa: SIM115 - closed by `close`
        self._file.seek(self._start)
        self.write = self._file.write

    def begin(self, encoding: int) -> ContentWriter:
        """Begin the next content; the one before must have been ended."""
        return ContentWriter(self, encoding)

    def end(self, length: int, encoding: int, digest: bytes, stored: bytes | None) -> None:
        """Record a content; for `ContentWriter`. One that was there already is taken back."""
        if digest in self._locations:
            self._file.seek(self._end)
            return
        self._locations[digest] = Location(self._end, length, encoding, stored)
        self._end += length

    def finish(self, nodes: Iterable[PackNode]) -> bytes:
        """Write the index and return the digest of the tree. The caller waits until the disk has the file.

        Parameters
        ----------
        nodes
            All rows, the root first, sorted by path; the digests of the files are those of added contents.
            A path that occurs twice is a ValueError.
        """
        rows = list(nodes)
        digest = TreeDigest()
        for node in rows:
            digest.add(node)
        self._file.truncate(self._end)
        with self._errors, _duplicate_paths_refused():
            index = self._index_of(rows, digest.value())
            while len(index) + SEAL_BYTES > self._start:  # files have come or grown since the layout was planned
                self._move_heap(_room_for(index))
                index = self._index_of(rows, digest.value())
        seal = Seal(
            len(index),
            self._start,
            self._end - self._start,
            hashlib.sha256(index).digest(),
            self._facts.signer,
            self._facts.signature,
        )
        self._file.seek(0)
        self._file.write(index)
        self._file.write(seal.encode())
        self._file.close()
        return digest.value()

    def _index_of(self, rows: Sequence[PackNode], digest: bytes) -> bytes:
        by_path = {node.path: self._locations[node.digest] for node in rows if node.digest is not None}
        return _index(rows, by_path, self._facts.page_size, digest)

    def _move_heap(self, start: int) -> None:
        """Move all contents further back."""
        shift = start - self._start
        at = self._end
        while at > self._start:  # from the end, so that nothing is overwritten before it was copied
            size = min(_BUFFER_BYTES, at - self._start)
            at -= size
            self._file.seek(at)
            block = self._file.read(size)
            self._file.seek(at + shift)
            self._file.write(block)
        self._file.seek(self._start)
        self._file.write(bytes(min(shift, self._end - self._start)))
        self._start, self._end = start, self._end + shift
        self._locations = {
            digest: location if location == _EMPTY else location._replace(offset=location.offset + shift)
            for digest, location in self._locations.items()
        }

    def close(self) -> None:
        """Close the file, finished or not."""
        with contextlib.suppress(OSError):  # a full disk was reported before
            self._file.close()


def _index(nodes: Iterable[PackNode], locations: Mapping[str, Location], page_size: int, tree_digest: bytes) -> bytes:
    """Return a database with these rows."""
    connection = engine.Connection(schema.MEMORY)
    try:
        connection.pragma("page_size", page_size)
        connection.execute("BEGIN")
        for table in ("meta", "node"):
            connection.execute(schema.PACK_TABLES[table])
        connection.executemany(_INSERT, _rows(nodes, locations))
        connection.execute(schema.PACK_TABLES["node_parent"])
        meta = {"digest": tree_digest, "layout": LAYOUT, "sealed": 1}
        connection.executemany("INSERT INTO meta VALUES(?, ?)", sorted(meta.items()))
        connection.pragma("application_id", schema.APPLICATION_ID)
        connection.pragma("user_version", schema.PACK_VERSION)
        connection.execute("COMMIT")
        data = bytearray(connection.serialize("main"))
    finally:
        connection.close()
    data[_HEADER_COUNTER : _HEADER_COUNTER + 4] = (1).to_bytes(4, "big")
    data[_HEADER_VERSION : _HEADER_VERSION + 8] = (1).to_bytes(4, "big") + _WRITTEN_BY.to_bytes(4, "big")
    return bytes(data)


def _rows(nodes: Iterable[PackNode], locations: Mapping[str, Location]) -> Iterator[tuple[object, ...]]:
    ids: dict[str, int] = {}
    for number, node in enumerate(nodes, 1):
        if node.kind in (schema.FOLDER, schema.OPAQUE_FOLDER):
            ids[node.path] = number
        parent = 0 if node.path == paths.ROOT else ids[paths.parent(node.path)]
        offset, length, encoding, stored = locations.get(node.path, _EMPTY)
        yield (
            number,
            node.path,
            parent,
            node.kind,
            node.size,
            node.mtime_ns,
            offset,
            length,
            encoding,
            node.digest,
            stored,
        )


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
        The pack.
    encoding
        `schema.PLAIN` or `schema.ZSTD`.
    """

    def __init__(self, pack: PackWriter, encoding: int) -> None:
        self._pack = pack
        self._encoding = encoding
        self._length = 0
        self._stored = None if encoding == schema.PLAIN else hashlib.sha256()

    def add(self, data: bytes | memoryview) -> None:
        """Append bytes, as they are to be stored."""
        self._pack.write(data)
        self._length += len(data)
        if self._stored is not None:
            self._stored.update(data)

    def end(self, digest: bytes) -> None:
        """End the content; `digest` is the SHA-256 of all of it, unpacked."""
        self._pack.end(self._length, self._encoding, digest, None if self._stored is None else self._stored.digest())


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


def sign_file(pack: str, out: str, seal: Seal) -> None:
    """Copy a pack, with another seal of the same length."""
    shutil.copyfile(pack, out)
    with open(out, "r+b") as file:
        file.seek(seal.index_bytes)
        file.write(seal.encode())
