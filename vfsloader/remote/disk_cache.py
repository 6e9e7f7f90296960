"""Blocks that were fetched, kept on the disk: shared by processes, bounded, checked when they are read.

A block is kept under a key that says all that its bytes depend on, so that nothing in the cache is ever out of date.
One that is damaged is dropped and fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import apsw

from vfsloader import paths

DEFAULT_BYTES = 1 << 30
_DIGEST_BYTES = 16
#: Seconds between two notes that a block was used.
_USED_EVERY = 60
_GET = "SELECT used, digest, data FROM block WHERE key = ?"
_TABLE = "CREATE TABLE IF NOT EXISTS block(key BLOB PRIMARY KEY, used INTEGER, digest BLOB, data BLOB) WITHOUT ROWID"


class BlockCache:
    """A cache of blocks in a folder.

    Parameters
    ----------
    folder
        Where it lies; made if missing.
    max_bytes
        What it holds at most; the blocks that were not used for the longest time go.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, BlockCache(folder) as cache:
    ...     cache.put({b"key": b"bytes"})
    ...     cache.get([b"key", b"other"])
    {b'key': b'bytes'}
    """

    def __init__(self, folder: paths.RealPath, max_bytes: int = DEFAULT_BYTES) -> None:
        self.max_bytes = max_bytes
        self._file = Path(folder) / "blocks.db"
        self._lock = threading.Lock()
        Path(folder).mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened()
        except apsw.Error:  # whatever it is, all of it can be fetched again
            self._remove()
            self._connection = self._opened()

    def __enter__(self) -> BlockCache:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Give the blocks that are there, whole."""
        found: dict[bytes, bytes] = {}
        now = int(time.time())
        with self._lock:
            try:
                for key in keys:
                    row = self._connection.execute(_GET, (key,)).fetchone()
                    if row is None:
                        continue
                    used, digest, data = row
                    if not isinstance(data, bytes) or digest != _digest(data):
                        self._connection.execute("DELETE FROM block WHERE key = ?", (key,))
                        continue
                    found[key] = data
                    if now - used > _USED_EVERY:
                        self._connection.execute("UPDATE block SET used = ? WHERE key = ?", (now, key))
            except apsw.BusyError:  # only a note of use: the blocks are read
                pass
            except apsw.Error:
                self._start_over()
        return found

    def put(self, blocks: dict[bytes, bytes]) -> None:
        """Keep blocks, and forget old ones where they are too many."""
        now = int(time.time())
        rows = [(key, now, _digest(data), data) for key, data in blocks.items()]
        with self._lock:
            try:
                with self._connection:
                    self._connection.executemany("INSERT OR REPLACE INTO block VALUES(?, ?, ?, ?)", rows)
                    self._trim()
            except apsw.BusyError:  # another process is writing for long: then these are not kept
                pass
            except apsw.Error:
                self._start_over()

    def drop(self, keys: Iterable[bytes]) -> None:
        """Forget blocks."""
        with self._lock, contextlib.suppress(apsw.BusyError), self._connection:
            self._connection.executemany("DELETE FROM block WHERE key = ?", [(key,) for key in keys])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _trim(self) -> None:
        page = self._connection.pragma("page_size")
        used = (self._connection.pragma("page_count") - self._connection.pragma("freelist_count")) * page
        if used <= self.max_bytes:
            return
        rows = self._connection.execute("SELECT key, length(data) FROM block ORDER BY used").fetchall()
        for key, size in rows:
            if used <= self.max_bytes * 0.9:
                break
            self._connection.execute("DELETE FROM block WHERE key = ?", (key,))
            used -= size

    def _opened(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._file))
        try:
            connection.set_busy_timeout(5_000)
            connection.pragma("page_size", 16384)
            connection.pragma("auto_vacuum", 2)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "off")
            connection.execute(_TABLE)
        except BaseException:
            connection.close()
            raise
        return connection

    def _start_over(self) -> None:
        """Begin with an empty file, where the one that is there cannot be used."""
        self._connection.close()
        self._remove()
        self._connection = self._opened()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self._file}{suffix}").unlink()


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_DIGEST_BYTES]
