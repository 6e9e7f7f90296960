"""SQLite archives: the ``sqlar`` table that the ``sqlite3`` shell writes with ``-A``, as a layer.

References
----------
https://www.sqlite.org/sqlar.html
"""

from __future__ import annotations

import stat
import threading
import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError, InvalidPathError, PathNotFoundError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.listed import ListedLayer
from vfsloader.layers.protocol import ROOT_ENTRY, Entry, EntryType
from vfsloader.quoting import plain
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits, check_member_count, check_unpacked_size
from vfsloader.runtime.forking import Lock, survive_fork
from vfsloader.store.pack import inspection
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.connections import harden
from vfsloader.store.sqlite.errors import SQLiteErrors

_MODES = range(1 << 16)
#: Seconds until the year 10000; another time counts as unknown.
_TIMES = range(253_402_300_800)
_COLUMNS = ["name", "mode", "mtime", "sz", "data"]


def is_sqlar(head: bytes) -> bool:
    """Return whether a file may be an SQLite archive, by its first bytes: a database of no known program."""
    return head[:16] == b"SQLite format 3\0" and head[68:72] == bytes(4)


class SqlarLayer(ListedLayer):
    """An SQLite archive, read-only. A game should convert it into a pack.

    Parameters
    ----------
    path
        The file.
    name
        The layer's name in messages; by default the file's name without its suffix.
    limits
        How many members it may have, and to how many bytes it may unpack.

    Attributes
    ----------
    left_out
        Name and reason of each member that the layer does not show.

    Raises
    ------
    PathNotFoundError
        The file does not exist.
    DamagedError, UnsafeArchiveError
        It has no valid table ``sqlar``, or holds too much.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader.store.sqlite import engine
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     database = engine.Connection(f"{folder}/x.sqlar")
    ...     _ = database.execute("CREATE TABLE sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)")
    ...     _ = database.execute("INSERT INTO sqlar VALUES('maps/one.txt', 33188, 0, 4, x'23232323')")
    ...     with SqlarLayer(f"{folder}/x.sqlar") as layer:
    ...         layer.read(layer.find("/maps/one.txt"))
    b'####'
    """

    is_streamed = False

    def __init__(self, path: paths.RealPath, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise PathNotFoundError.at(str(path), f"there is no archive {path}")
        self.name = self.path.stem if name is None else name
        self._lock = threading.Lock()
        self._entries = {paths.ROOT: ROOT_ENTRY}
        self._children = {}
        self.left_out = []
        self._errors = SQLiteErrors(str(path), read_only=True)
        with self._errors:
            self._connection = self._connect()
            try:
                self._check()
                self._index(limits)
            except BaseException:
                self._connection.close()
                raise
        survive_fork(self)

    # --- a fork --------------------------------------------------------------------------------------

    def fork_locks(self) -> Sequence[Lock]:
        """Return the lock."""
        return (self._lock,)

    def kept_by_fork(self) -> engine.Connection:
        """Return the connection, which belongs to the parent."""
        return self._connection

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """If another thread was in the middle of a read, read by a connection of the child's own."""
        if was_busy:
            self._lock = threading.Lock()
            self._connection = self._connect()

    # --- reading -------------------------------------------------------------------------------------

    def read(self, entry: Entry) -> bytes:
        """Read and unpack one member."""
        row, size = entry.locator
        with self._lock, self._errors:
            data = self._connection.execute("SELECT CAST(data AS BLOB) FROM sqlar WHERE rowid = ?", (row,)).get or b""
        if len(data) == size:
            return bytes(data)
        try:
            unpacker = zlib.decompressobj()
            unpacked = unpacker.decompress(data, size + 1)
        except zlib.error as error:
            raise self._damaged(f"a member cannot be unpacked: {error}") from error
        if len(unpacked) != size:
            raise self._damaged("a member has the wrong size")
        return unpacked

    def open(self, entry: Entry) -> BinaryIO:
        """Open one member, unpacked into memory."""
        return BytesFile(self.read(entry), self.name)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def _connect(self) -> engine.Connection:
        uri = f"{self.path.absolute().as_uri()}?immutable=1"
        return engine.Connection(uri, flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI)

    def _check(self) -> None:
        """Refuse a database in which ``sqlar`` is anything but a plain table with its five columns."""
        connection = self._connection
        harden(connection)
        with inspection.limited(connection):
            kinds = connection.execute("SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
            is_plain = len(kinds) == 1 and kinds[0][0] == "table"
            columns = [(row[1], row[6]) for row in connection.execute("PRAGMA table_xinfo(sqlar)")]
            if not is_plain or columns != [(name, 0) for name in _COLUMNS]:
                raise self._damaged("it holds something other than the one table sqlar")

    def _index(self, limits: Limits) -> None:
        packed, unpacked = self.path.stat().st_size, 0
        rows = self._connection.execute(
            "SELECT rowid, CAST(name AS BLOB), mode, mtime, sz, typeof(data) FROM sqlar ORDER BY name"
        )
        for number, (row, raw, mode, mtime, size, data_type) in enumerate(rows, 1):
            check_member_count(max(number, len(self._entries)), str(self.path), limits)
            path = _virtual_path(raw)
            reason = None
            if path is None:
                reason = "its name is not a path inside the archive"
            elif not all(isinstance(value, int) for value in (mode, mtime, size)) or mode not in _MODES:
                reason = "its mode, time or size is not valid"
            elif stat.S_ISDIR(mode):
                reason = None if self._make_folder(path) else "a file has the name of its folder"
            elif not stat.S_ISREG(mode) or size < 0 or data_type == "integer":
                reason = "it is a link or a special file"
            elif path in self._entries or not self._make_folder(paths.parent(path)):
                reason = "another member has its name, or a file has the name of its folder"
            else:
                unpacked += size
                mtime_ns = mtime * 1_000_000_000 if mtime in _TIMES else 0
                self._add(Entry(path, EntryType.FILE, size, mtime_ns, 0, (row, size)))
            if reason is not None:
                self.left_out.append((plain((raw or b"").decode(errors="replace")), reason))
        check_unpacked_size(unpacked, packed, str(self.path), limits)

    def _make_folder(self, path: str) -> bool:
        """Add a folder and those above it; return False if one of them is a file."""
        missing = []
        while (entry := self._entries.get(path)) is None:
            missing.append(path)
            path = paths.parent(path)
        if not entry.is_folder:
            return False
        for folder in reversed(missing):
            self._add(Entry(folder, EntryType.FOLDER))
        return True

    def _add(self, entry: Entry) -> None:
        self._entries[entry.path] = entry
        self._children.setdefault(paths.parent(entry.path), []).append(entry.path)

    def _damaged(self, reason: str) -> DamagedError:
        return DamagedError.at(str(self.path), f"the SQLite archive {self.path} is damaged: {reason}")


def _virtual_path(raw: bytes | None) -> str | None:
    """Return a member's path, or None if its name leaves the root or is not a valid path."""
    try:
        name = unicodedata.normalize("NFC", (raw or b"").decode())
        if name.startswith("/") or ".." in name.split("/"):
            return None
        return paths.normalise(name)
    except (UnicodeDecodeError, InvalidPathError):
        return None
