"""Changes in folders as Linux reports them: the queue itself, and waiting for it on a thread.

watchfiles reports the same from the same source, and takes 1.4 MB of memory for that, in each game that watches its
mods. It also wakes up two hundred times a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence

#: What happened to a file or folder, by watchfiles' numbers.
ADDED, MODIFIED, DELETED = 1, 2, 3
MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE, DELETE_SELF, MOVE_SELF = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800
UNMOUNT, OVERFLOW, IGNORED, IS_FOLDER = 0x2000, 0x4000, 0x8000, 0x40000000
#: How to watch: only a folder, not what a link leads to, and more than before.
ONLY_FOLDER, NO_LINK, ADD = 0x1000000, 0x2000000, 0x20000000
_ADDING, _DELETING = CREATE | MOVED_TO, DELETE | MOVED_FROM | DELETE_SELF | MOVE_SELF
_WANTED = _ADDING | _DELETING | MODIFY | ATTRIB | CLOSE_WRITE | ONLY_FOLDER
_HEAD = struct.Struct("iIII")
#: Bytes of one read of a queue.
_READ_BYTES = 1 << 16
#: The thread looks so often whether it has to end.
_LOOK_MS = 20


def is_available() -> bool:
    """Return whether this system has it."""
    return sys.platform == "linux" and hasattr(_libc(), "inotify_init1")


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def open_queue() -> int:
    """Open a queue of notices, and return its descriptor.

    Raises
    ------
    OSError
        There are no more of them for this user.
    """
    return _checked(_libc().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), None)


def add(queue: int, folder: str, mask: int) -> int:
    """Watch a folder, and return the number by which notices name it.

    Raises
    ------
    OSError
        It is missing, or there are no more watches for this user.
    """
    return _checked(_libc().inotify_add_watch(queue, os.fsencode(folder), ctypes.c_uint32(mask)), folder)


def read(queue: int) -> list[tuple[int, int, str]]:
    """Return what there is to read in a queue, up to 64 KB: number of the folder, what happened, and the name in it.

    Raises
    ------
    BlockingIOError
        There is nothing.
    """
    data = os.read(queue, _READ_BYTES)
    notices, at = [], 0
    while at < len(data):
        number, mask, _, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        notices.append((number, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))))
        at += length
    return notices


def watch(
    folders: Sequence[str], *, step_ms: int, debounce_ms: int, timeout_ms: int, stop: threading.Event
) -> Iterator[set[tuple[int, str]]]:
    """Yield what changed in some folders, but not in those below them; see :func:`file_notices.watch`."""
    with _Queue(folders) as queue:
        while not stop.is_set():
            deadline = time.monotonic() + timeout_ms / 1000
            while not queue.wait(_LOOK_MS) and time.monotonic() < deadline and not stop.is_set():
                pass
            changes = queue.read()
            deadline = time.monotonic() + debounce_ms / 1000
            while changes and queue.wait(step_ms) and time.monotonic() < deadline:
                changes |= queue.read()
            yield changes


class _Queue(contextlib.ExitStack):
    def __init__(self, folders: Sequence[str]) -> None:
        super().__init__()
        self._queue = open_queue()
        self.callback(os.close, self._queue)
        #: By number, the folder; by several names if links lead to it.
        self._folders: dict[int, set[str]] = {}
        try:
            for folder in folders:
                self._folders.setdefault(add(self._queue, folder, _WANTED), set()).add(folder)
        except OSError:
            self.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._queue, select.POLLIN)

    def wait(self, milliseconds: int) -> bool:
        """Wait for a change; return whether there is one."""
        return bool(self._poll.poll(milliseconds))

    def read(self) -> set[tuple[int, str]]:
        """Return the changes that there are."""
        changes: set[tuple[int, str]] = set()
        with contextlib.suppress(BlockingIOError):
            for number, mask, name in read(self._queue):
                kind = ADDED if mask & _ADDING else DELETED if mask & _DELETING else MODIFIED
                if mask & OVERFLOW:  # some changes are not in the queue
                    changes |= {(MODIFIED, folder) for names in self._folders.values() for folder in names}
                for folder in self._folders.get(number, ()):
                    changes.add((kind, os.path.join(folder, name) if name else folder))
        return changes


def _checked(result: int, folder: str | None) -> int:
    if result >= 0:
        return result
    code = ctypes.get_errno()
    text = "there are no more watches of folders" if code == errno.ENOSPC else os.strerror(code)
    raise OSError(code, text, folder)
