"""Inspecting an untrusted store before anything in it is used.

The schema is ours to the letter (`schema.check`), so no untrusted SQL runs. What remains are the rows: paths that
leave the root, folders that contain themselves, wrong sizes. :func:`refuse_unsafe` checks all rows but no content,
whenever a store that is not the game's own is opened; :func:`faults` checks everything, for ``vfsloader pack verify``.
"""

from __future__ import annotations

import contextlib
import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterator

from vfsloader import paths
from vfsloader.errors import DamagedError, InvalidPathError, UnsafeArchiveError
from vfsloader.store import schema
from vfsloader.store.pack.seal import Seal
from vfsloader.store.sqlite import engine

#: More files and folders than any game needs in one pack.
MAX_NODES = 500_000
#: Faults of one kind that are reported.
MAX_FAULTS = 100
#: Bytes that an SQL statement may have; our longest has a fifth of that.
_MAX_SQL = 8_000
#: Steps of SQLite's virtual machine that reading a schema may take; ours takes about 200.
_MAX_SCHEMA_STEPS = 20_000
_LARGEST_INTEGER = 1 << 62

_ROOT = f"""
    WHEN (SELECT count(*) FROM node WHERE id = 1 AND path = '/' AND parent = 0
          AND kind IN ({schema.FOLDER}, {schema.OPAQUE_FOLDER})) != 1 THEN 'it has no root' END
"""
_STORE_META = f"""
SELECT CASE
    WHEN (SELECT count(*) FROM meta WHERE name IN ('chunk_size', 'clock', 'sealed')
          AND typeof(value) = 'integer') != 3 THEN 'its facts are missing'
    WHEN (SELECT value FROM meta WHERE name = 'chunk_size') NOT BETWEEN {schema.MIN_CHUNK_SIZE}
          AND {schema.MAX_CHUNK_SIZE} THEN 'its chunk size is out of range'
    WHEN (SELECT value FROM meta WHERE name = 'clock') NOT BETWEEN 0 AND {_LARGEST_INTEGER}
          THEN 'its clock is out of range'
    {_ROOT}"""
_PACK_META = f"""
SELECT CASE
    WHEN (SELECT count(*) FROM meta WHERE (name IN ('layout', 'sealed') AND typeof(value) = 'integer')
          OR (name = 'digest' AND typeof(value) = 'blob' AND length(value) = 32)) != 3
          OR (SELECT value FROM meta WHERE name = 'sealed') != 1 THEN 'its facts are missing'
    {_ROOT}"""


def _rows_that_lie(types: str, contents: str) -> str:
    """Return the query for the path of each row that breaks a rule, as bytes, and the rule."""
    return f"""
SELECT CAST(path AS BLOB), fault FROM (
    SELECT n.path AS path, CASE
        WHEN typeof(n.path) != 'text' OR typeof(n.parent) != 'integer' OR typeof(n.kind) != 'integer'
            OR typeof(n.size) != 'integer' OR typeof(n.mtime_ns) != 'integer' OR {types}
            THEN 'a column of the wrong type'
        WHEN n.digest IS NOT NULL AND (typeof(n.digest) != 'blob' OR length(n.digest) != 32)
            THEN 'a digest that is not a SHA-256'
        WHEN n.kind NOT BETWEEN {schema.FILE} AND {schema.OPAQUE_FOLDER} THEN 'an unknown kind'
        WHEN n.size NOT BETWEEN 0 AND {_LARGEST_INTEGER} OR abs(n.mtime_ns) > {_LARGEST_INTEGER}
            THEN 'a number out of range'
        {contents}
        WHEN n.id = 1 THEN NULL
        WHEN p.id IS NULL OR p.kind NOT IN ({schema.FOLDER}, {schema.OPAQUE_FOLDER}) THEN 'no parent folder'
        WHEN p.id = n.id THEN 'itself as its parent'
        WHEN substr(n.path, 1, length(p.path) + (p.id != 1)) != p.path || iif(p.id = 1, '', '/')
            THEN 'a path outside its folder'
        WHEN instr(substr(n.path, length(p.path) + (p.id != 1) + 1), '/') != 0
            OR substr(n.path, length(p.path) + (p.id != 1) + 1) IN ('', '.', '..')
            OR instr(CAST(n.path AS BLOB), x'00') != 0 OR instr(n.path, '\\') != 0
            OR length(CAST(n.path AS BLOB)) > {paths.MAX_PATH_BYTES}
            OR length(CAST(n.path AS BLOB)) - length(CAST(p.path AS BLOB)) > {paths.MAX_NAME_BYTES} + 1
            THEN 'an invalid path'
        END AS fault
    FROM node n LEFT JOIN node p ON p.id = n.parent)
WHERE fault IS NOT NULL
"""


_STORE_NODES = _rows_that_lie(
    "typeof(n.content) != 'integer' OR typeof(n.ctime_ns) != 'integer' OR typeof(n.generation) != 'integer'",
    f"""
        WHEN n.content NOT BETWEEN 0 AND {_LARGEST_INTEGER} THEN 'a number out of range'
        WHEN n.kind != {schema.FILE} AND (n.size != 0 OR n.content != 0) THEN 'a folder with content'
        WHEN (n.content & {schema.COUNT_MASK}) != (n.size + :chunk_size - 1) / :chunk_size
            THEN 'a size that does not match its chunks'
        WHEN (n.content >> {schema.NUMBER_SHIFT - 1} & 1) != 0 THEN 'a content of an unknown form'""",
)
_PACK_NODES = _rows_that_lie(
    "typeof(n.offset) != 'integer' OR typeof(n.length) != 'integer' OR typeof(n.encoding) != 'integer'",
    f"""
        WHEN n.kind != {schema.FILE} AND (n.size != 0 OR n.length != 0 OR n.offset != 0 OR n.encoding != 0
            OR n.digest IS NOT NULL OR n.stored IS NOT NULL) THEN 'a folder with content'
        WHEN n.kind = {schema.FILE} AND n.digest IS NULL THEN 'no digest'
        WHEN n.length NOT BETWEEN 0 AND :end OR (n.length = 0 AND n.offset != 0)
            OR (n.length > 0 AND n.offset NOT BETWEEN :start AND :end - n.length) THEN 'content outside the heap'
        WHEN n.encoding = {schema.PLAIN} AND (n.length != n.size OR n.stored IS NOT NULL)
            THEN 'a size that does not match its content'
        WHEN n.encoding = {schema.ZSTD} AND (n.length = 0 OR n.size = 0 OR typeof(n.stored) != 'blob'
            OR length(n.stored) != 32) THEN 'compressed content without a size or a digest'
        WHEN n.encoding NOT IN ({schema.PLAIN}, {schema.ZSTD}) THEN 'content of an unknown encoding'""",
)
_FOREIGN_PATHS = "SELECT CAST(path AS BLOB) FROM node WHERE path GLOB '*[^ -~]*'"


@contextlib.contextmanager
def limited(connection: engine.Connection) -> Iterator[None]:
    """Stop SQLite inside the ``with`` if it does more work than reading the schema of a store takes."""
    connection.limit(engine.SQLITE_LIMIT_SQL_LENGTH, _MAX_SQL)
    connection.limit(engine.SQLITE_LIMIT_LENGTH, 2 * schema.MAX_CHUNK_SIZE)
    connection.set_progress_handler(lambda: True, _MAX_SCHEMA_STEPS)
    try:
        yield
    except engine.InterruptError as error:
        raise engine.CorruptError("it has more tables than a store") from error
    finally:
        connection.set_progress_handler(None)


def refuse_unsafe(connection: engine.Connection, path: str, seal: Seal | None) -> None:
    """Raise the first reason why a store must not be read, or, with its seal, a pack.

    Raises
    ------
    DamagedError
        A row contradicts another, or has an invalid path.
    UnsafeArchiveError
        There are more files than any game needs.
    """
    fault = _index_fault(connection) or connection.execute(_STORE_META if seal is None else _PACK_META).get
    if fault is None:
        if connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM node LIMIT {MAX_NODES + 1})").get > MAX_NODES:
            raise UnsafeArchiveError.at(path, f"{path} holds more than {MAX_NODES:,} files; it was refused as unsafe")
        fault = next(node_faults(connection, seal), None)
    if fault is not None:
        raise DamagedError.at(path, f"{path} is damaged or malicious: {fault}")


def _index_fault(connection: engine.Connection) -> str | None:
    """Check the pages of the tree, which could form a cycle, and that its indexes match its rows."""
    for table in ("meta", "node"):
        row = connection.execute(f"PRAGMA integrity_check({table})").fetchone()
        if row is None or row[0] != "ok":
            return f"SQLite: {row and row[0]}"
    return None


def node_faults(connection: engine.Connection, seal: Seal | None) -> Iterator[str]:
    """Iterate over the rows that break a rule, a sentence each."""
    if seal is None:
        chunk_size = connection.execute("SELECT value FROM meta WHERE name = 'chunk_size'").get
        rows = connection.execute(_STORE_NODES, {"chunk_size": chunk_size})
    else:
        rows = connection.execute(_PACK_NODES, {"start": seal.heap_start, "end": seal.end})
    for raw, fault in rows:
        yield f"{_shown(raw)} has {fault}"
    for (raw,) in connection.execute(_FOREIGN_PATHS):
        try:
            path = raw.decode()
            is_normal = paths.normalise(path) == path == unicodedata.normalize("NFC", path)
        except (UnicodeDecodeError, InvalidPathError):
            is_normal = False
        if not is_normal:
            yield f"{_shown(raw)} has an invalid path"


def faults(connection: engine.Connection, seal: Seal | None = None) -> Iterator[str]:
    """Iterate over what is wrong with pages, rows, chunks and ranges, a sentence each; at most 100 of each kind."""
    for (fault,) in connection.execute("PRAGMA integrity_check"):
        if fault != "ok":
            yield f"SQLite: {fault}"
    yield from itertools.islice(node_faults(connection, seal), MAX_FAULTS)
    of_contents = _chunk_faults(connection) if seal is None else _range_faults(connection, seal)
    yield from itertools.islice(of_contents, MAX_FAULTS)


def _range_faults(connection: engine.Connection, seal: Seal) -> Iterator[str]:
    """Iterate over contents that overlap, and bytes of the heap that belong to none, a sentence each."""
    end = seal.heap_start
    rows = (
        "SELECT offset, length, min(path) FROM node WHERE length > 0 GROUP BY offset, length, encoding ORDER BY offset"
    )
    for offset, length, path in connection.execute(rows):
        if offset < end:
            yield f"{path} has content that overlaps that of another file"
        elif offset > end:
            yield f"{offset - end:,} bytes before the content of {path} belong to no file"
        end = max(end, offset + length)
    if end < seal.end:
        yield f"the last {seal.end - end:,} bytes belong to no file"


def _chunk_faults(connection: engine.Connection) -> Iterator[str]:
    """Iterate over chunks without a file, missing chunks, and chunks of a wrong length, a sentence each."""
    chunk_size = connection.execute("SELECT value FROM meta WHERE name = 'chunk_size'").get
    rows = connection.execute(f"SELECT content, min(path), size FROM node WHERE kind = {schema.FILE} GROUP BY content")
    known: dict[int, tuple[int, str, int]] = {}
    for content, path, size in rows:
        if schema.base_of(content) in known:
            yield f"{path} has chunks that overlap those of {known[schema.base_of(content)][1]}"
        known[schema.base_of(content)] = content, path, size
    counts: Counter[int] = Counter()
    staged = {base for (base,) in connection.execute(schema.STAGED)}  # parts of files that are being written
    for row, kind, length in connection.execute("SELECT id, typeof(data), length(data) FROM chunk ORDER BY id"):
        base, index = schema.base_of(row), row - schema.base_of(row)
        if base in staged:
            continue
        content, path, size = known.get(base, (0, "", 0))
        counts[base] += 1
        if index >= content & schema.COUNT_MASK:
            yield f"chunk {row} belongs to no file"
        elif kind != "blob":
            yield f"{path} has a chunk that is not a blob"
        elif length != min(chunk_size, size - index * chunk_size):
            yield f"{path} has a chunk of {length:,} bytes, which does not fit its size"
    for base, (content, path, _) in known.items():
        if counts[base] < content & schema.COUNT_MASK:
            yield f"{path} has missing chunks"


def _shown(raw: bytes | None) -> str:
    text = (raw or b"").decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 80 else text[:77] + "...")
