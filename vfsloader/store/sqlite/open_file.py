"""Which file of the disk an open database is, so that it is noticed when another file takes its place.

A program that synchronises saves may replace, cut, overwrite or delete a file that is open. SQLite goes on with the old
file, which has no name any more, and leaves its log beside the new one. The next program that opens the new file
applies the old log to it. So the file is compared before each commit, checkpoint and close. If it is another one,
nothing is written to it, what the old one contained is saved beside it, and the old log is removed.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from vfsloader.errors import PathError
from vfsloader.store.sqlite import engine
from vfsloader.store.sqlite.overwriting import OverwriteWatch
from vfsloader.store.sqlite.wal_index import WalIndex

#: Bytes of a log's header, and of the header of each page in it.
_LOG_HEADER, _FRAME_HEADER = 32, 24
#: Windows updates a file's time of change later than its content, and lets nobody write into a file that is open.
_KNOWS_WRITES = os.name == "posix"


class OpenFile:
    """The file of a database that is open for writing.

    Parameters
    ----------
    path
        The file, which exists.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        status = os.stat(self.path)
        self._identity = status.st_dev, status.st_ino
        self._size = status.st_size
        self._log: tuple[int, int] | None = None
        self._fault: str | None = None
        self._is_cut = False
        self._rescued: str | None = None
        #: Notices writes of other programs, where that is possible.
        self.overwrites = OverwriteWatch()

    @property
    def is_lost(self) -> bool:
        """Whether another file was found in its place."""
        return self._fault is not None

    def check(self, connection: engine.Connection | None = None, index: WalIndex | None = None) -> None:
        """Compare the file with the one that was opened.

        Parameters
        ----------
        connection
            A connection that is in no transaction: with it, a file that became shorter is looked at more closely.
        index
            The index of the log, where it can be looked at: with it, and a connection, writes of others are noticed.

        Raises
        ------
        PathError
            It was replaced, cut or deleted. This, too, is raised each time from then on.
        """
        if self._fault is None:
            try:
                status = os.stat(self.path)
            except FileNotFoundError:
                self._fault = "deleted"
            else:
                size = status.st_size
                if (status.st_dev, status.st_ino) != self._identity:
                    self._fault = "replaced by another file"
                elif size != self._size:
                    if size < self._size and (
                        not size or (connection is not None and self._lacks_pages(connection, size))
                    ):
                        self._fault, self._is_cut = "cut short or overwritten", True
                    elif size > self._size or connection is not None:
                        self._size = size
                if (
                    self._fault is None
                    and connection is not None
                    and index is not None
                    and _KNOWS_WRITES
                    and self.overwrites.is_overwritten(status, connection, index)
                ):
                    self._fault, self._is_cut = "overwritten", True
            if self._log is None:
                self._log = _identity_of(f"{self.path}-wal")
        if self._fault is not None:
            raise self.error()

    def rescue(self, connection: engine.Connection) -> None:
        """Save what the lost file contains beside it, by a connection that is in no transaction; do so once."""
        if self._fault is None or self._is_cut or self._rescued is not None:
            return
        target = self._rescue_path()
        try:
            with (
                contextlib.closing(engine.Connection(target)) as copy,
                copy.backup("main", connection, "main") as backup,
            ):
                backup.step()
        except engine.Error:  # the folder is gone, too, or the disk is full: the error says that nothing was saved
            with contextlib.suppress(OSError):
                os.unlink(target)
            return
        self._rescued = target

    def forsake(self, connections: list[engine.Connection]) -> None:
        """Let no connection write the log into a file that is not the one it belongs to, now that all are closed."""
        for connection in connections:
            with contextlib.suppress(engine.Error):
                connection.config(engine.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    def take_log_away(self) -> None:
        """Take the log of the lost file away, once all connections are closed."""
        log = f"{self.path}-wal"
        if self._log is None or _identity_of(log) != self._log:
            return
        with contextlib.suppress(OSError):
            if self._rescued is not None:
                os.unlink(log)
            else:
                os.replace(log, f"{self._rescue_path()}-wal.lost")
            os.unlink(f"{self.path}-shm")

    def note_moves(self, connection: engine.Connection, index: WalIndex) -> None:
        """See what a commit or a checkpoint of this process has written, so that it is not taken for another's."""
        if self._fault is None and _KNOWS_WRITES:
            with contextlib.suppress(OSError, ValueError, engine.Error):
                self.overwrites.is_overwritten(os.stat(self.path), connection, index)

    def _lacks_pages(self, connection: engine.Connection, size: int) -> bool:
        """Return whether a file is shorter than its pages and those in its log."""
        page = connection.pragma("page_size")
        missing = connection.pragma("page_count") - size // page
        try:
            log = os.stat(f"{self.path}-wal").st_size
        except OSError:
            log = 0
        return bool(missing > max(log - _LOG_HEADER, 0) // (page + _FRAME_HEADER))

    def _rescue_path(self) -> str:
        path = Path(self.path)
        number = 1
        while True:
            target = path.with_name(f"{path.stem}.rescued{number if number > 1 else ''}{path.suffix}")
            if not os.path.lexists(target):
                return str(target)
            number += 1

    def error(self) -> PathError:
        """Return the error for a file that was lost."""
        kept = "" if self._rescued is None else f"; what it contained is in {self._rescued}"
        sentence = (
            f"{self.path} was {self._fault} while it was open, and was not changed{kept}; close it and open it again"
        )
        return PathError(getattr(errno, "ESTALE", errno.EIO), sentence, self.path)


def _identity_of(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
