"""Seeing commits of other processes without a statement.

In WAL mode SQLite keeps an index of its log in memory that all processes share. It begins with a header that every
commit changes. SQLite itself compares this header at the start of each read to find out whether the pages that it has
cached are still right. Comparing it here answers the same question in a small part of the time of a statement.

The memory is reached through SQLite's own mapping. Opening ``NAME-shm`` would be simpler and wrong: when a process
closes any descriptor of a file, POSIX drops all locks that the process holds on it, and these are SQLite's locks.

The header is there twice, and a commit writes the second copy first. A look returns both. A commit that is half-way,
or whose process was killed there, therefore never equals a header that was complete.
"""

from __future__ import annotations

import ctypes
import sys

from vfsloader.store.sqlite import engine

#: Bytes of one copy of the header, and the offset of the byte that says whether it was ever filled in.
_HEADER, _IS_INITIALISED = 48, 12
#: The offset of the number of the log's last frame, and of the number of frames that are in the database file already.
_LAST_FRAME, _MOVED_FRAMES = 16, 2 * _HEADER
#: The offsets of the two numbers that identify the log, and of the number of frames that SQLite has begun to move.
_SALT, _BEGUN_FRAMES = 32, 128
#: Bytes of the index that SQLite maps at a time.
_REGION = 32768

_ShmMap = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p)
)


class _Methods(ctypes.Structure):
    """The beginning of ``sqlite3_io_methods``, which SQLite promises to keep."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("others", ctypes.c_void_p * 10),
        ("shm_map", ctypes.c_void_p),  # since version 2
    )


class _File(ctypes.Structure):
    """The beginning of ``sqlite3_file``."""

    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


class WalIndex:
    """The header of the index of a database's log.

    Parameters
    ----------
    connection
        Kept open by this object: the memory is mapped as long as it is.
    memory
        The index.
    """

    def __init__(self, connection: engine.Connection, memory: memoryview) -> None:
        self._connection = connection
        self._memory = memory
        self._view = memory[: 2 * _HEADER]
        #: What identifies the log, and the number of its frames that are in the database file: the bytes of the two
        #: are different after frames were moved by any process. Views, as they are looked at with each commit.
        self.log = memory[_SALT : _SALT + 8]
        self.moved = memory[_MOVED_FRAMES : _MOVED_FRAMES + 4]

    def look(self) -> bytes:
        """Return what is different after each commit of any process.

        Raises
        ------
        ValueError
            The index was closed.
        """
        return self._view.tobytes()

    def is_log_moved(self, header: bytes) -> bool:
        """Return whether the database file itself has the state of a header, and keeps it as long as the header.

        All frames of the log are in the file then. The next change of the file moves frames that are written later, and
        writing them changes the header first. That all frames were moved is seen between two looks at the same header,
        as the number could otherwise be that of an earlier log.
        """
        if not is_settled(header) or self.look() != header:
            return False
        moved = self._memory[_MOVED_FRAMES : _MOVED_FRAMES + 4].tobytes()
        return moved == header[_LAST_FRAME : _LAST_FRAME + 4] and self.look() == header

    def is_still(self) -> bool:
        """Return whether no frames are being moved now."""
        return self._memory[_BEGUN_FRAMES : _BEGUN_FRAMES + 4] == self.moved

    def close(self) -> None:
        """Forget the memory. It must be forgotten before the connection is closed or leaves WAL mode."""
        for view in (self._view, self.log, self.moved):
            view.release()
        self._memory.release()


def is_settled(header: bytes) -> bool:
    """Return whether a header is complete: no commit was half-way when it was looked at."""
    return header[:_HEADER] == header[_HEADER:] and bool(header[_IS_INITIALISED])


def sqlite_file(connection: engine.Connection) -> tuple[int, _Methods] | None:
    """Return the address of the ``sqlite3_file`` of a database, and its methods; None where there is none."""
    pointer = ctypes.c_void_p()
    try:
        if not connection.file_control("main", engine.SQLITE_FCNTL_FILE_POINTER, ctypes.addressof(pointer)):
            return None
    except engine.Error:
        return None
    if not pointer.value:
        return None
    methods = _File.from_address(pointer.value).methods
    return (pointer.value, methods.contents) if methods else None


def open_wal_index(connection: engine.Connection) -> WalIndex | None:
    """Return the index of a database's log.

    Parameters
    ----------
    connection
        One that has read from the database, and is in no transaction.

    Returns
    -------
    WalIndex or None
        None where there is none to look at: another journal mode, a file system of SQLite without shared memory, or
        a Python without a global lock.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        # Another thread could close the connection, and unmap the memory, in the middle of a look.
        return None
    try:
        if connection.pragma("journal_mode") != "wal" or connection.pragma("locking_mode") != "normal":
            return None
    except engine.Error:
        return None
    file = sqlite_file(connection)
    if file is None:
        return None
    pointer, methods = file
    if methods.version < 2 or not methods.shm_map:
        return None
    region = ctypes.c_void_p()
    if _ShmMap(methods.shm_map)(pointer, 0, _REGION, 0, ctypes.byref(region)) or not region.value:
        return None
    memory = (ctypes.c_char * (_BEGUN_FRAMES + 4)).from_address(region.value)
    return WalIndex(connection, memoryview(memory).cast("B").toreadonly())
