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
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import DamagedError, InvalidPathError, PathNotFoundError, UnsafeArchiveError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.protocol import ROOT_ENTRY, BaseLayer, Entry, EntryType
from vfsloader.runtime.budget import MAX_MEMBERS, is_bomb
from vfsloader.store.pack import inspection
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.connections import harden
from vfsloader.store.sqlite.errors import SQLiteErrors

_MODES = range(1 << 16)
_COLUMNS = ["name", "mode", "mtime", "sz", "data"]


def is_sqlar(head: bytes) -> bool:
    """Return whether a file may be an SQLite archive, by its first bytes: a database of no known program."""
    return head[:16] == b"SQLite format 3\0" and head[68:72] == bytes(4)


class SqlarLayer(BaseLayer):
    """An SQLite archive, read-only. A game should convert it into a pack.

    Parameters
    ----------
    path
        The file.
    name
        The layer's name in messages; by default the file's name without its suffix.

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

    def __init__(self, path: paths.RealPath, *, name: str | None = None) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise PathNotFoundError.at(str(path), f"there is no archive {path}")
        self.name = self.path.stem if name is None else name
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {paths.ROOT: ROOT_ENTRY}
        self._children: dict[str, list[str]] = {}
        self._errors = SQLiteErrors(str(path), read_only=True)
        with self._errors:
            uri = f"{self.path.absolute().as_uri()}?immutable=1"
            self._connection = engine.Connection(uri, flags=engine.SQLITE_OPEN_READONLY | engine.SQLITE_OPEN_URI)
            try:
                self._check()
                self._index()
            except BaseException:
                self._connection.close()
                raise

    def find(self, path: str) -> Entry | None:
        """Look the path up in the list of members."""
        return self._entries.get(path)

    def list(self, path: str) -> Iterator[Entry]:
        """List a folder of the archive."""
        return (self._entries[child] for child in self._children.get(path, ()))

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

    def _index(self) -> None:
        packed, unpacked = self.path.stat().st_size, 0
        rows = self._connection.execute(
            "SELECT rowid, CAST(name AS BLOB), mode, mtime, sz, typeof(data) FROM sqlar ORDER BY name"
        )
        for number, (row, raw, mode, mtime, size, data_type) in enumerate(rows):
            if number >= MAX_MEMBERS:
                raise self._bomb(f"holds more than {MAX_MEMBERS:,} members")
            path = _virtual_path(raw)
            if path is None or not all(isinstance(value, int) for value in (mode, mtime, size)) or mode not in _MODES:
                continue
            if stat.S_ISDIR(mode):
                self._make_folder(path)
            elif stat.S_ISREG(mode) and size >= 0 and data_type != "integer" and self._make_folder(paths.parent(path)):
                unpacked += size
                if path not in self._entries:
                    self._add(Entry(path, EntryType.FILE, size, mtime * 1_000_000_000, 0, (row, size)))
        if is_bomb(unpacked, packed):
            raise self._bomb(f"would unpack to {unpacked // max(packed, 1)} times its size")

    def _make_folder(self, path: str) -> bool:
        entry = self._entries.get(path)
        if entry is not None:
            return entry.is_folder
        if not self._make_folder(paths.parent(path)):
            return False
        self._add(Entry(path, EntryType.FOLDER))
        return True

    def _add(self, entry: Entry) -> None:
        self._entries[entry.path] = entry
        self._children.setdefault(paths.parent(entry.path), []).append(entry.path)

    def _damaged(self, reason: str) -> DamagedError:
        return DamagedError.at(str(self.path), f"the SQLite archive {self.path} is damaged: {reason}")

    def _bomb(self, reason: str) -> UnsafeArchiveError:
        return UnsafeArchiveError.at(str(self.path), f"{self.path} {reason}; it was refused as unsafe")


def _virtual_path(raw: bytes | None) -> str | None:
    """Return a member's path, or None if its name leaves the root or is not a valid path."""
    try:
        name = unicodedata.normalize("NFC", (raw or b"").decode())
        if name.startswith("/") or ".." in name.split("/"):
            return None
        return paths.normalise(name)
    except (UnicodeDecodeError, InvalidPathError):
        return None
