"""SQLite databases that are files of a virtual tree, opened in place.

SQLite reads and writes a copy in memory that all connections of this process share. Each commit writes the whole file
into the tree, in one step and only if nobody else has changed it. So the tree always holds the database as of some
commit, whatever its layers are; SQLite rolls back a commit that a quota refuses.

References
----------
SQLite, "The SQLite OS Interface or VFS"; "File Locking And Concurrency In SQLite Version 3".
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from vfsloader import paths
from vfsloader.errors import DamagedError, LockedError, PathNotFoundError, UnknownFormatError
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.connections import harden
from vfsloader.store.sqlite.files import ScratchFile

_NONE, _SHARED, _RESERVED, _PENDING, _EXCLUSIVE = range(5)
#: Bytes 18 and 19 of a database's header say how it is written: 1 with a rollback journal, 2 with a write-ahead log.
_WRITE_MODE, _JOURNAL, _LOG = slice(18, 20), b"\1\1", b"\2\2"
#: Two copies of a number that rises with each commit, by which a connection knows whether its cache is valid.
_CHANGE_COUNTERS = (slice(24, 28), slice(92, 96))
_HEADER_BYTES = 100

Stamp = tuple[str, int, int, int] | None


class Tree(Protocol):
    """What a tree must provide to hold databases."""

    def stat(self, path: str, /) -> Any:
        """Return the facts of a file."""

    def exists(self, path: str, /) -> bool:
        """Return whether a file exists."""

    def read_bytes(self, path: str, /) -> bytes:
        """Read a file."""

    def write_bytes(self, path: str, content: bytes, /) -> int:
        """Write a file in one step."""

    def atomic_batch(self) -> AbstractContextManager[None]:
        """Make changes together, while nobody else makes any."""


class _Connection(engine.Connection):
    """A connection whose ``with`` raises the error that kept its commit out of the tree."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        try:
            return super().__exit__(kind, error, trace)
        except engine.SQLError as failure:  # SQLite says only that something failed
            if isinstance(failure.__context__, OSError):
                raise failure.__context__ from None
            raise


class _SharedCopy:
    """The copy of one database that all connections of this process share."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.path = path
        self.content = bytearray()
        self.guard = threading.Lock()  # never held while the tree is used: a batch may hold the tree's lock
        self.readers = 0
        self.writer: _MainFile | None = None
        self.is_exclusive_pending = False
        self._tree = tree
        self._stamp: Stamp = None
        self.catch_up()

    def catch_up(self) -> None:
        """Re-read the file if it has changed in the tree and no connection is reading."""
        while True:
            known = self._stamp
            stamp = self._stamp_now()
            if stamp == known:
                return
            content = bytearray(b"" if stamp is None else self._tree.read_bytes(self.path))
            if self._stamp_now() != stamp:
                continue
            self._refuse_unfinished(content)
            with self.guard:
                if self._stamp is not known:  # another connection has committed or caught up just now
                    continue
                if not self.readers:
                    if len(content) >= _HEADER_BYTES and known is not None:
                        self._raise_change_counter(content)
                    self.content, self._stamp = content, stamp
                return

    def commit(self) -> None:
        """Write the database into the tree."""
        with self._tree.atomic_batch():
            if self._stamp_now() != self._stamp:
                message = f"{self.path} was changed by someone else during this transaction, which was rolled back"
                raise LockedError.at(self.path, message)
            self._tree.write_bytes(self.path, bytes(self.content))
            stamp = self._stamp_now()
            with self.guard:
                self._stamp = stamp

    def _stamp_now(self) -> Stamp:
        try:
            stat = self._tree.stat(self.path)
        except FileNotFoundError:
            return None
        return stat.source_layer, stat.st_size, stat.st_mtime_ns, stat.generation

    def _raise_change_counter(self, content: bytearray) -> None:
        """Make the change counter higher than any that a connection may remember."""
        counters = [int.from_bytes(data[_CHANGE_COUNTERS[0]], "big") for data in (self.content, content)]
        for position in _CHANGE_COUNTERS:
            content[position] = ((max(counters) + 1) & 0xFFFFFFFF).to_bytes(4, "big")

    def _refuse_unfinished(self, content: bytearray) -> None:
        for suffix in ("-wal", "-journal"):
            if self._tree.exists(self.path + suffix) and self._tree.stat(self.path + suffix).st_size:
                message = (
                    f"{self.path} was copied while it was being written: {self.path}{suffix} is beside it; "
                    "close the original database and copy it again"
                )
                raise DamagedError.at(self.path, message)
        if content[_WRITE_MODE] == _LOG:
            content[_WRITE_MODE] = _JOURNAL


class TreeDatabases(engine.VFS):
    """The databases of one tree, as SQLite opens them.

    Parameters
    ----------
    tree
        Holds the files.
    """

    _numbers = itertools.count(1)

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._name = f"vfsloader-tree-{next(self._numbers)}"
        self._guard = threading.Lock()
        self._open: dict[str, tuple[_SharedCopy, int]] = {}
        super().__init__(self._name, base="")

    def connect(self, path: str, *, read_only: bool, timeout: float) -> engine.Connection:
        """Open a database, which is created by its first commit; see :meth:`VirtualFileSystem.connect`."""
        if read_only and not self._tree.exists(path):
            raise PathNotFoundError.at(path, f"{path} does not exist")
        flags = engine.SQLITE_OPEN_READONLY if read_only else engine.SQLITE_OPEN_READWRITE | engine.SQLITE_OPEN_CREATE
        connection = _Connection(path, flags=flags, vfs=self._name)
        connection.set_busy_timeout(int(timeout * 1000))
        harden(connection)  # a mod's database is untrusted
        connection.pragma("temp_store", "memory")
        try:
            connection.pragma("journal_mode", "memory")
        except engine.NotADBError:
            connection.close()
            raise UnknownFormatError.at(path, f"{path} is not a SQLite database") from None
        return connection

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - SQLite's names
        return paths.normalise(name)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return False  # a journal ends with its connection

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        """Do nothing: see :meth:`xAccess`."""

    def xSleep(self, microseconds: int) -> int:  # noqa: N802
        time.sleep(microseconds / 1e6)  # the inherited method sleeps without releasing the GIL
        return microseconds

    def xOpen(self, name: str | engine.URIFilename | None, flags: list[int]) -> ScratchFile:  # type: ignore[override] # noqa: N802
        if flags[0] & engine.SQLITE_OPEN_WAL:
            raise engine.CantOpenError("a database in a tree cannot use a write-ahead log; use a rollback journal")
        flags[1] = flags[0]
        if not flags[0] & engine.SQLITE_OPEN_MAIN_DB:
            return ScratchFile()
        assert name is not None
        path = name.filename() if isinstance(name, engine.URIFilename) else name
        new = None if path in self._open else _SharedCopy(self._tree, path)  # reads the tree: not under the lock
        with self._guard:
            shared, users = self._open.get(path, (new, 0))
            shared = shared or _SharedCopy(self._tree, path)
            self._open[path] = shared, users + 1
        return _MainFile(shared, lambda: self._close(path))

    def _close(self, path: str) -> None:
        with self._guard:
            shared, users = self._open.pop(path)
            if users > 1:
                self._open[path] = shared, users - 1


class _MainFile(ScratchFile):
    """A connection's handle of a database."""

    def __init__(self, shared: _SharedCopy, on_close: Callable[[], None]) -> None:
        self._shared = shared
        self._on_close = on_close
        self._level = _NONE

    def content(self) -> bytearray:
        """Return the bytes that all connections share."""
        return self._shared.content

    def xFileControl(self, code: int, pointer: int) -> bool:  # noqa: N802
        # Sent at each commit, when all pages are written, whatever "synchronous" says; an error undoes the commit.
        if code != engine.SQLITE_FCNTL_SYNC:
            return False
        self._shared.commit()
        return True

    def xClose(self) -> None:  # noqa: N802
        self._on_close()

    def xLock(self, level: int) -> None:  # noqa: N802
        shared = self._shared
        if self._level == _NONE:
            shared.catch_up()
        with shared.guard:
            if level == _SHARED:
                if shared.is_exclusive_pending:
                    raise engine.BusyError("the database is being written")
                shared.readers += 1
            else:
                if shared.writer not in (None, self):
                    raise engine.BusyError("the database is being written")
                shared.writer = self
                if level == _EXCLUSIVE:
                    shared.is_exclusive_pending = True  # no new readers, so that the writer is not starved
                    if shared.readers > 1:
                        self._level = _PENDING
                        raise engine.BusyError("the database is being read")
            self._level = level

    def xUnlock(self, level: int) -> None:  # noqa: N802
        shared = self._shared
        with shared.guard:
            if shared.writer is self and level <= _SHARED:
                shared.writer, shared.is_exclusive_pending = None, False
            if level == _NONE and self._level != _NONE:
                shared.readers -= 1
            self._level = level

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return self._shared.writer is not None
