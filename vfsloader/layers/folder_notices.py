"""What Linux says of folders, read at the moment when an answer about them is wanted.

The kernel queues a notice of each file that is created, removed or renamed before the call that does so returns. So a
reader that knows of a change finds its notice in the queue, and an empty queue says that nothing has changed
since the last look. One look takes the time of one system call, however many folders there are.

That holds for file systems of this machine alone. On a network another machine makes changes, and there is no notice.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from vfsloader.runtime import inotify
from vfsloader.runtime.forking import Lock, survive_fork

#: Folders that one object watches, at most: the system has a limit for all programs of a user.
MAX_WATCHED = 16_384

_NAMES = inotify.CREATE | inotify.DELETE | inotify.MOVED_FROM | inotify.MOVED_TO
_LEFT = inotify.DELETE_SELF | inotify.MOVE_SELF
_SELF = _LEFT | inotify.ATTRIB
#: After these, any path may lead somewhere else.
_EVERYTHING = inotify.IS_FOLDER | _LEFT | inotify.UNMOUNT | inotify.OVERFLOW | inotify.IGNORED

#: File systems of one machine, by the number that the kernel gives them.
_LOCAL = {
    0xEF53: "ext4",
    0x58465342: "xfs",
    0x9123683E: "btrfs",
    0xF2F52010: "f2fs",
    0x01021994: "tmpfs",
    0x858458F6: "ramfs",
    0x794C7630: "overlay",
    0xCA451A4E: "bcachefs",
    0x2FC12FC1: "zfs",
    0x73717368: "squashfs",
    0xE0F5E1E2: "erofs",
    0x9660: "iso9660",
}

#: What a folder is called by the one who watches it: an object, and a path in it.
Key = tuple[object, str]


class Notices(NamedTuple):
    """What has changed since the last look."""

    is_everything: bool
    """Whether any path may lead somewhere else: a folder came, went or was renamed."""
    folders: frozenset[Key]
    """Else the folders, by the keys under which they are watched, in which files came or went."""


class FolderNotices:
    """A queue of notices.

    Raises
    ------
    OSError
        The system has none, or no more of them.

    Attributes
    ----------
    generation
        Rises with each look that found a notice.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue = -1
        if not inotify.is_available():
            raise OSError(errno.ENOSYS, "only Linux reports changes so that they can be read at once")
        self._libc = ctypes.CDLL(None)
        self.generation = 0
        self._keys: dict[int, set[Key]] = {}
        self._changed: set[Key] = set()
        self._is_everything = True
        self._poller: select.epoll
        self._mounts = -1
        self._poll: Callable[[float], list[tuple[int, int]]] = _closed
        self._open()
        survive_fork(self)

    def __del__(self) -> None:
        self.close()

    # --- a fork --------------------------------------------------------------------------------------

    def fork_locks(self) -> Sequence[Lock]:
        """Return the lock."""
        return (self._lock,)

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Take a queue of its own: a notice that the child reads from the parent's would be lost for the parent."""
        self._lock = threading.Lock()
        self.close()
        self.generation += 1
        with contextlib.suppress(OSError):
            self._open()

    # --- looking -------------------------------------------------------------------------------------

    def is_quiet(self, generation: int) -> bool:
        """Return whether nothing has changed since the look that ended with `generation`."""
        with self._lock:
            events = self._poll(0)
            if events:
                self._read(events)
            return self.generation == generation

    def take(self) -> tuple[int, Notices]:
        """Return the generation, and what has changed since this was called last."""
        with self._lock:
            events = self._poll(0)
            if events:
                self._read(events)
            notices = Notices(self._is_everything, frozenset(self._changed))
            self._is_everything, self._changed = False, set()
            return self.generation, notices

    # --- watching ------------------------------------------------------------------------------------

    def watch_root(self, path: str) -> bool:
        """Watch where a folder is: notice if it, or a folder above it, is renamed or removed.

        Parameters
        ----------
        path
            The real path of the folder.

        Returns
        -------
        bool
            Whether every change will be noticed.
        """
        if not self._is_local(path):
            return False
        folder = path
        while True:
            if self._add(folder, _SELF) is None:
                return False
            above = os.path.dirname(folder)
            if above == folder:
                return True
            folder = above

    def watch(self, path: str, key: Key) -> bool:
        """Watch the entries of a folder, which is called `key`; return whether every change will be noticed."""
        number = self._add(path, _NAMES | _SELF)
        if number is None:
            return False
        self._keys.setdefault(number, set()).add(key)
        return True

    def close(self) -> None:
        """Watch nothing any more. From then on every look finds that anything may have changed."""
        with self._lock:
            self._poll = _closed
            queue, self._queue = self._queue, -1
            if queue >= 0:
                self._poller.close()
                os.close(queue)
                os.close(self._mounts)

    # --- inside --------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._keys = {}
        self._is_everything = True
        self._changed = set()
        queue = inotify.open_queue()
        try:
            # A file system that is mounted over a folder is not noticed by watching the folder.
            self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        except BaseException:
            os.close(queue)
            raise
        self._queue = queue
        self._poller = select.epoll()
        self._poller.register(self._queue, select.EPOLLIN)
        self._poller.register(self._mounts, select.EPOLLPRI | select.EPOLLERR)
        self._poll = self._poller.poll
        self._poll(0)  # the mounts as they are now

    def _add(self, path: str, mask: int) -> int | None:
        if self._queue < 0 or len(self._keys) >= MAX_WATCHED:
            return None
        try:
            return inotify.add(self._queue, path, mask | inotify.ONLY_FOLDER | inotify.NO_LINK | inotify.ADD)
        except OSError:
            return None

    def _is_local(self, path: str) -> bool:
        status = (ctypes.c_ulong * 64)()
        if self._libc.statfs(os.fsencode(path), status):
            return False
        return status[0] & 0xFFFFFFFF in _LOCAL

    def _read(self, events: list[tuple[int, int]]) -> None:
        """Take in what there is to read; called with the lock."""
        if not events or any(descriptor != self._queue for descriptor, _ in events):
            self._is_everything = True
            self.generation += 1
        while True:
            try:
                notices = inotify.read(self._queue)
            except OSError:  # there is no more, or it is closed
                return
            for number, mask, _ in notices:
                if mask & inotify.IGNORED:
                    self._keys.pop(number, None)
                if mask & _EVERYTHING:
                    self._is_everything = True
                    self.generation += 1
                elif mask & _NAMES:
                    self._changed |= self._keys.get(number, set())
                    self.generation += 1


def _closed(timeout: float) -> list[tuple[int, int]]:
    """Find a change at each look."""
    return [(-2, 0)]
