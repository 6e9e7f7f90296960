"""The tables of a store, and how to recognise one.

``node`` has a row for each file, folder and whiteout, found by its whole path: one index look-up at any
depth. ``chunk`` holds content in pieces. It is an ordinary rowid table whose rowid is computed from content
and piece number, so that a piece is reached by one b-tree descent and can be read through a blob handle. A
table WITHOUT ROWID allows neither.

A node's ``content`` is one integer that says everything: the upper bits number the content, the 23 bits below say how
many chunks it has. Chunk *i* has the rowid ``base_of(content) + i``.

A pack is a database of another schema: its contents are not in chunks, but behind the database in the same file. A row
of its ``node`` says where; see :mod:`vfsloader.store.pack.writer`.
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
#: The format of a store that is written, and of a pack.
FORMAT_VERSION, PACK_VERSION = 1, 2

DEFAULT_CHUNK_SIZE = 65536
DEFAULT_PAGE_SIZE = 16384

MIN_CHUNK_SIZE, MAX_CHUNK_SIZE = 16, 16 << 20
#: Files up to this many bytes are read whole when they are opened.
WHOLE_BYTES = 1 << 20

NUMBER_SHIFT = 24
COUNT_MASK = (1 << 23) - 1
#: Above this version, the numbers of a file's chunks would not fit into an SQLite integer.
LAST_VERSION = (1 << (63 - NUMBER_SHIFT)) - 2

#: Values of ``encoding`` in a pack: the bytes as they are, or zstd frames.
PLAIN, ZSTD = range(2)

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
#: Packs of the first format were stores with this fact.
_HAS_LAYOUT = "SELECT EXISTS(SELECT 1 FROM meta WHERE name = 'layout')"

PACK_TABLES = {
    "meta": TABLES["meta"],
    "node": (
        "CREATE TABLE node(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, parent INTEGER NOT NULL, "
        "kind INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, offset INTEGER NOT NULL, "
        "length INTEGER NOT NULL, encoding INTEGER NOT NULL, digest BLOB, stored BLOB)"
    ),
    "node_parent": TABLES["node_parent"],
}


def base_of(content: int) -> int:
    """Return the rowid of a content's first chunk."""
    return content >> NUMBER_SHIFT << NUMBER_SHIFT


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


def check(connection: engine.Connection, path: str) -> bool:
    """Return whether a database is a pack, and not a store that is written.

    Triggers, views and virtual tables would run untrusted SQL while we read, so the schema has to be
    ours to the letter.

    Raises
    ------
    NotAStoreError
        It is neither, is too new or too old, or has tables that we did not create.
    """
    if connection.pragma("application_id") != APPLICATION_ID:
        raise NotAStoreError.at(path, f"{path} is a SQLite database, but not a vfsloader store")
    version = connection.pragma("user_version")
    if version not in (FORMAT_VERSION, PACK_VERSION):
        raise NotAStoreError.at(
            path, f"{path} has format {version}, and this vfsloader reads up to {PACK_VERSION}; update vfsloader"
        )
    is_pack: bool = version == PACK_VERSION
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    tables = {str(name): str(sql) for name, sql in rows}
    if tables == TABLES and (is_pack or connection.execute(_HAS_LAYOUT).get):
        raise NotAStoreError.at(path, f"{path} is a pack of an old format; rebuild it with vfsloader pack build")
    expected = PACK_TABLES if is_pack else TABLES
    if "collection" in tables and not is_pack:
        expected = TABLES | COLLECTIONS
        tables = {name: sql for name, sql in tables.items() if not is_index(name, sql)}
    if tables != expected:
        name, _ = min(tables.items() ^ expected.items())
        raise NotAStoreError.at(path, f"{path} has an unexpected table or index {name!r}; it was not read")
    return is_pack


def is_pack(head: bytes) -> bool:
    """Return whether a file is a pack, judging by its first bytes."""
    return is_store(head) and head[60:64] == PACK_VERSION.to_bytes(4, "big")


def is_store(head: bytes) -> bool:
    """Return whether a file is a store or pack, judging by its first bytes."""
    return head[:16] == b"SQLite format 3\0" and head[68:72] == APPLICATION_ID.to_bytes(4, "big")
