"""The rows of a store: what each change of the tree does to ``node`` and ``chunk``.

Everything here runs inside a transaction that the store has opened; nothing here opens, locks or
translates errors. Content is never changed in place: a write stores a new content and drops the old one,
so that a snapshot or a pinned stream still sees the old one whole.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from vfsloader import paths
from vfsloader.errors import DamagedError, IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError
from vfsloader.store.quota import Quota, Reservation
from vfsloader.store.schema import COUNT_MASK, FILE, FOLDER, NUMBER_SHIFT, OPAQUE_FOLDER, WHITEOUT, base_of

if TYPE_CHECKING:
    from vfsloader.store.sqlite import engine
    from vfsloader.store.staged_file import StagedFile

#: A larger content is hashed when its digest is asked for, not while it is written.
DIGEST_AT_WRITE_BYTES = 1 << 20

#: A row that no program of ours has written: its columns have other types, or numbers out of range.
FOREIGN_ROW = (
    "SELECT ifnull(CAST(path AS BLOB), x'') FROM node WHERE typeof(path) != 'text' OR typeof(parent) != 'integer' "
    "OR typeof(kind) != 'integer' OR typeof(content) != 'integer' OR typeof(size) != 'integer' "
    "OR typeof(mtime_ns) != 'integer' OR typeof(ctime_ns) != 'integer' OR typeof(generation) != 'integer' "
    "OR typeof(digest) NOT IN ('blob', 'null') OR size < 0 OR content < 0 LIMIT 1"
)

#: Missing folders that are made by recursion.
_MOST_LEVELS_AT_ONCE = 100


class TreeRows:
    """The tree as rows.

    Parameters
    ----------
    bump_version
        Returns the next version of the store.
    quota
        Is asked before anything is stored.
    """

    def __init__(self, bump_version: Callable[[], int], quota: Quota) -> None:
        self._bump_version = bump_version
        self._quota = quota
        self._pins: Counter[int] = Counter()
        self._orphans: set[int] = set()

    def file_row(self, connection: engine.Connection, path: str) -> tuple[int, int]:
        """Return size and content of a file."""
        row = connection.execute("SELECT kind, size, content FROM node WHERE path = ?", (path,)).fetchone()
        if row is None or row[0] == WHITEOUT:
            raise PathNotFoundError.at(path, f"{path} no longer exists")
        if row[0] != FILE:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        return row[1], row[2]

    def put_file(
        self,
        connection: engine.Connection,
        path: str,
        chunks: Iterable[bytes | memoryview],
        *,
        exclusive: bool,
        reservation: Reservation | None = None,
        staged: StagedFile | None = None,
    ) -> None:
        """Make `chunks`, all of the store's chunk size but the last, the content of the file `path`.

        Its bytes are taken from `reservation` first. Of a `staged` file, of which some are stored already, the others
        are stored instead of `chunks`.
        """
        row = connection.execute("SELECT id, kind, content, size FROM node WHERE path = ?", (path,)).fetchone()
        if row is not None and row[1] in (FOLDER, OPAQUE_FOLDER):
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        if row is not None and row[1] == FILE:
            if exclusive:
                raise PathExistsError.at(path, f"{path} exists already")
            self._quota.charge(-row[3])  # the new content is counted against the space that the old one frees
        generation = self._bump_version()
        base, count, size = generation << NUMBER_SHIFT, 0, 0
        hasher = hashlib.sha256()
        if staged is not None and staged.rows is not None and staged.rows.is_used:
            size, count = staged.size, staged.chunk_count
            self._quota.charge(size, reservation, path)
            base = staged.rows.finish(connection, staged.chunks_not_in_rows(), count)
            chunks = ()
        for chunk in chunks:
            self._quota.charge(len(chunk), reservation, path)
            connection.execute("INSERT INTO chunk VALUES(?, ?)", (base + count, chunk))
            count += 1
            size += len(chunk)
            if size <= DIGEST_AT_WRITE_BYTES:
                hasher.update(chunk)
        digest = hasher.digest() if size <= DIGEST_AT_WRITE_BYTES else None
        if row is None:
            self._insert(connection, path, FILE, base | count, size, digest, generation)
            return
        node, kind, old, _ = row
        if kind == FILE:
            self.drop_content(connection, old)
        now = time.time_ns()
        connection.execute(
            "UPDATE node SET kind = ?, content = ?, size = ?, mtime_ns = ?, generation = ?, digest = ?, "
            "ctime_ns = iif(kind = ?, ctime_ns, ?) WHERE id = ?",
            (FILE, base | count, size, now, generation, digest, FILE, now, node),
        )

    def make_folder(self, connection: engine.Connection, path: str, *, opaque: bool = False) -> int:
        """Return the id of a folder; create it and those above it if they are missing."""
        row = connection.execute("SELECT id, kind FROM node WHERE path = ?", (path,)).fetchone()
        if row is None:
            if path == paths.ROOT:
                raise DamagedError.at(path, "the store is damaged: it has no root folder")
            return self._insert(connection, path, OPAQUE_FOLDER if opaque else FOLDER)
        node, kind = row
        if kind == FILE:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        if kind == WHITEOUT or (opaque and kind == FOLDER):
            # A folder made where one was removed must not show again what lower layers have in the removed one.
            connection.execute(
                "UPDATE node SET kind = ?, generation = ? WHERE id = ?", (OPAQUE_FOLDER, self._bump_version(), node)
            )
        return int(node)

    def remove(self, connection: engine.Connection, path: str, *, hide: bool) -> None:
        """Remove the node at `path` and all below it; leave a whiteout if `hide`."""
        removed = self._subtree(connection, "id, content, size", path)
        for node, content, size in removed:
            self.drop_content(connection, content)
            connection.execute("DELETE FROM node WHERE id = ?", (node,))
            self._quota.charge(-size)
            self._quota.release_node()
        if removed:
            self._bump_version()
        if hide:
            self._insert(connection, path, WHITEOUT)

    def rename(self, connection: engine.Connection, old: str, new: str) -> None:
        """Move the node at `old` and all below it to `new`, which is free or a whiteout."""
        row = connection.execute("SELECT id, kind FROM node WHERE path = ?", (new,)).fetchone()
        if row is not None:
            if row[1] != WHITEOUT:
                raise PathExistsError.at(new, f"{new} exists already")
            connection.execute("DELETE FROM node WHERE id = ?", (row[0],))
            self._quota.release_node()
        parent = self.make_folder(connection, paths.parent(new))
        generation = self._bump_version()
        for node, path in self._subtree(connection, "id, path", old):
            connection.execute(
                "UPDATE node SET path = ?, generation = ? WHERE id = ?",
                (paths.rebase(path, old, new), generation, node),
            )
        connection.execute("UPDATE node SET parent = ? WHERE path = ?", (parent, new))
        if row is not None:  # a folder that replaces a whiteout goes on hiding what the whiteout hid
            connection.execute("UPDATE node SET kind = ? WHERE path = ? AND kind = ?", (OPAQUE_FOLDER, new, FOLDER))

    def drop_content(self, connection: engine.Connection, content: int) -> None:
        """Delete the chunks of a content that no file uses any more, unless a stream still reads it."""
        if content in self._pins:
            self._orphans.add(content)
            return
        base, count = base_of(content), content & COUNT_MASK
        connection.execute("DELETE FROM chunk WHERE id >= ? AND id < ?", (base, base + count))

    def pin(self, content: int) -> None:
        """Keep a content's chunks for a stream."""
        self._pins[content] += 1

    def unpin(self, content: int) -> bool:
        """Release a stream's content; return whether its chunks can be dropped now."""
        self._pins[content] -= 1
        if self._pins[content]:
            return False
        del self._pins[content]
        is_orphan = content in self._orphans
        self._orphans.discard(content)
        return is_orphan

    def _insert(
        self,
        connection: engine.Connection,
        path: str,
        kind: int,
        content: int = 0,
        size: int = 0,
        digest: bytes | None = None,
        generation: int = 0,
    ) -> int:
        if path.count("/") > _MOST_LEVELS_AT_ONCE:  # the path may be from an archive
            above = path.split("/")[1:-1]
            for level in range(_MOST_LEVELS_AT_ONCE, len(above), _MOST_LEVELS_AT_ONCE):
                self.make_folder(connection, "/" + "/".join(above[:level]))
        parent = self.make_folder(connection, path[: path.rfind("/")] or paths.ROOT)
        self._quota.charge_node(path)
        now = time.time_ns()
        connection.execute(
            "INSERT INTO node(path, parent, kind, content, size, mtime_ns, ctime_ns, generation, digest) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (path, parent, kind, content, size, now, now, generation or self._bump_version(), digest),
        )
        return connection.last_insert_rowid()

    @staticmethod
    def _subtree(connection: engine.Connection, columns: str, path: str) -> list[tuple[Any, ...]]:
        # "0" is the character after "/": the range holds every path below the folder and no other.
        return connection.execute(
            f"SELECT {columns} FROM node WHERE path = ? OR (path > ? AND path < ?)", (path, path + "/", path + "0")
        ).fetchall()


def read_content(connection: engine.Connection, content: int, path: str) -> bytes:
    """Read the whole content of the file `path`."""
    count = content & COUNT_MASK
    if not count:
        return b""
    base = base_of(content)
    rows = connection.execute("SELECT data FROM chunk WHERE id >= ? AND id < ? ORDER BY id", (base, base + count))
    chunks: list[bytes] = [row[0] for row in rows]
    if len(chunks) != count:
        raise DamagedError.at(path, f"{path} is damaged: it has {len(chunks)} of its {count} chunks")
    if not all(isinstance(chunk, bytes) for chunk in chunks):
        raise DamagedError.at(path, f"{path} is damaged: one of its chunks is not a blob")
    return chunks[0] if count == 1 else b"".join(chunks)
