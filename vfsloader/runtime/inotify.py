"""Changes in folders as Linux reports them, for a thread that waits for them.

watchfiles reports the same from the same source, and takes 1.4 MB of memory for that, in each game that watches its
mods. It also wakes up two hundred times a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence

#: What happened to a file or folder, by watchfiles' numbers.
ADDED, MODIFIED, DELETED = 1, 2, 3
_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE, _DELETE_SELF, _MOVE_SELF = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800
_OVERFLOW, _ONLY_FOLDER = 0x4000, 0x1000000
_ADDING, _DELETING = _CREATE | _MOVED_TO, _DELETE | _MOVED_FROM | _DELETE_SELF | _MOVE_SELF
_WANTED = _ADDING | _DELETING | _MODIFY | _ATTRIB | _CLOSE_WRITE | _ONLY_FOLDER
_HEAD = struct.Struct("iIII")
#: The thread looks so often whether it has to end.
_LOOK_MS = 20


def is_available() -> bool:
    """Return whether this system has it."""
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "inotify_init1")


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
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = _checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), None)
        self.callback(os.close, self._descriptor)
        #: By number, the folder; by several names if links lead to it.
        self._folders: dict[int, set[str]] = {}
        try:
            for folder in folders:
                number = libc.inotify_add_watch(self._descriptor, os.fsencode(folder), ctypes.c_uint32(_WANTED))
                self._folders.setdefault(_checked(number, folder), set()).add(folder)
        except OSError:
            self.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def wait(self, milliseconds: int) -> bool:
        """Wait for a change; return whether there is one."""
        return bool(self._poll.poll(milliseconds))

    def read(self) -> set[tuple[int, str]]:
        """Return the changes that there are."""
        changes: set[tuple[int, str]] = set()
        try:
            data = os.read(self._descriptor, 1 << 16)
        except BlockingIOError:
            return changes
        at = 0
        while at < len(data):
            number, mask, _, length = _HEAD.unpack_from(data, at)
            name = os.fsdecode(data[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0"))
            at += _HEAD.size + length
            kind = ADDED if mask & _ADDING else DELETED if mask & _DELETING else MODIFIED
            if mask & _OVERFLOW:  # some changes are not in the queue
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
