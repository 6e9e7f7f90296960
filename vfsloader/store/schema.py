"""The tables of a store, and how to recognise one.

``node`` has a row for each file, folder and whiteout, found by its whole path: one index look-up at any
depth. ``chunk`` holds content in pieces. It is an ordinary rowid table whose rowid is computed from content
and piece number, so that a piece is reached by one b-tree descent and can be read through a blob handle. A
table WITHOUT ROWID allows neither.

A node's ``content`` is one integer that says everything: the upper bits number the content, bit 23 says that
its chunks are compressed, the 23 bits below say how many chunks it has. Chunk *i* has the rowid
``base_of(content) + i``. Only packs have compressed content, and contents that several files share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfsloader.errors import NotAStoreError
from vfsloader.store.records.tables import TABLES as COLLECTIONS
from vfsloader.store.records.tables import is_index

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine

#: The path of a database that is not on the disk, and the name in messages of any other store in memory.
MEMORY = ":memory:"

#: "VFSL", written by SQLite at offset 68 of the file: distinguishes a store from any other database.
APPLICATION_ID = 0x5646534C
#: The format of a file that every reader understands.
FORMAT_VERSION = 1
#: The format of a file with compressed content, which an older reader would misread.
COMPRESSED_FORMAT_VERSION = 2

DEFAULT_CHUNK_SIZE = 65536
DEFAULT_PAGE_SIZE = 16384

MIN_CHUNK_SIZE, MAX_CHUNK_SIZE = 16, 16 << 20
#: Files up to this many bytes are read whole when they are opened.
WHOLE_BYTES = 1 << 20

NUMBER_SHIFT = 24
#: Set in the content of a file whose chunks are zstd frames, each of one chunk's size unpacked.
COMPRESSED = 1 << 23
COUNT_MASK = COMPRESSED - 1
#: The count and how to read it: equal to 1 for a file of one plain chunk.
CODE_MASK = COMPRESSED | COUNT_MASK

FILE, FOLDER, WHITEOUT, OPAQUE_FOLDER = range(4)
"""Values of ``node.kind``. An opaque folder shows nothing of the folders below it in other layers."""

TABLES = {
    "meta": "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "node": (
        "CREATE TABLE node(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, parent INTEGER NOT NULL, "
        "kind INTEGER NOT NULL, content INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, "
        "ctime_ns INTEGER NOT NULL, generation INTEGER NOT NULL, digest BLOB)"
    ),
    "chunk": "CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "node_parent": "CREATE INDEX node_parent ON node(parent)",
}


def base_of(content: int) -> int:
    """Return the rowid of a content's first chunk."""
    return content & ~CODE_MASK


def create(connection: engine.Connection, *, chunk_size: int, now_ns: int) -> None:
    """Create the tables of an empty store, inside the caller's transaction."""
    connection.pragma("application_id", APPLICATION_ID)
    connection.pragma("user_version", FORMAT_VERSION)
    for statement in TABLES.values():
        connection.execute(statement)
    connection.executemany("INSERT INTO meta VALUES(?, ?)", [("chunk_size", chunk_size), ("clock", 1), ("sealed", 0)])
    connection.execute("INSERT INTO node VALUES(1, '/', 0, ?, 0, 0, ?, ?, 1, NULL)", (FOLDER, now_ns, now_ns))


def is_empty(connection: engine.Connection) -> bool:
    """Return whether a database has no tables: it is new, or another process is about to create them."""
    return not connection.execute("SELECT EXISTS(SELECT 1 FROM sqlite_schema)").get


def check(connection: engine.Connection, path: str) -> None:
    """Raise NotAStoreError for a database that is not a store, is too new, or has tables that we did not create.

    Triggers, views and virtual tables would run untrusted SQL while we read, so the schema has to be
    ours to the letter.
    """
    if connection.pragma("application_id") != APPLICATION_ID:
        raise NotAStoreError.at(path, f"{path} is a SQLite database, but not a vfsloader store")
    version = connection.pragma("user_version")
    if version not in (FORMAT_VERSION, COMPRESSED_FORMAT_VERSION):
        newest = COMPRESSED_FORMAT_VERSION
        raise NotAStoreError.at(
            path, f"{path} has format {version}, and this vfsloader reads up to {newest}; update vfsloader"
        )
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    tables = {str(name): str(sql) for name, sql in rows}
    expected = TABLES
    if "collection" in tables:
        expected = TABLES | COLLECTIONS
        tables = {name: sql for name, sql in tables.items() if not is_index(name, sql)}
    if tables != expected:
        name, _ = min(tables.items() ^ expected.items())
        raise NotAStoreError.at(path, f"{path} has an unexpected table or index {name!r}; it was not read")


def is_store(head: bytes) -> bool:
    """Return whether a file is a store or pack, judging by its first bytes."""
    return head[:16] == b"SQLite format 3\0" and head[68:72] == APPLICATION_ID.to_bytes(4, "big")
