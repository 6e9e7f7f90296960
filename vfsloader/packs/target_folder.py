"""A folder that is unpacked into, by its handle: it stays the same folder if its name becomes a link meanwhile.

Where the system has no handles of folders (Windows), paths are used, and each step is checked just before.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from vfsloader.errors import NotAFolderError, PathExistsError
from vfsloader.runtime.atomic import is_staged

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

HAS_HANDLES = {os.open, os.mkdir, os.stat, os.unlink, os.rename} <= os.supports_dir_fd and hasattr(os, "O_DIRECTORY")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
#: Handles that are kept open, so that the folders of a deep tree are not entered from its top each time.
_MOST_OPEN = 16


class TargetFolder:
    """One open folder.

    Parameters
    ----------
    path
        Where it is, for messages and for systems without handles.
    handle
        Its descriptor, which is closed with the object; None to use the path.
    """

    def __init__(self, path: str, handle: int | None) -> None:
        self.path = path
        self._handle = handle
        self._where: dict[str, Any] = {} if handle is None else {"dir_fd": handle}

    def enter(self, name: str) -> TargetFolder:
        """Return the folder `name`, made if missing; never through a link."""
        path = os.path.join(self.path, name)
        with contextlib.suppress(FileExistsError):
            os.mkdir(self._at(name), **self._where)
        try:
            if self._handle is not None:
                return TargetFolder(path, os.open(name, _FOLDER, dir_fd=self._handle))
            if stat.S_ISDIR(os.lstat(path).st_mode):
                return TargetFolder(path, None)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR):
                raise
            raise _not_a_folder(path) from error
        raise _not_a_folder(path)

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of a file, not of what it links to; None if there is none."""
        try:
            return os.stat(self._at(name), follow_symlinks=False, **self._where)
        except FileNotFoundError:
            return None

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading, which must not be a link."""
        return open(os.open(self._at(name), _READ, **self._where), "rb")

    @contextlib.contextmanager
    def staged(self, name: str, *, overwrite: bool) -> Iterator[BinaryIO]:
        """Write a file that becomes `name` if the ``with`` block succeeds."""
        with contextlib.ExitStack() as on_end:
            part, handle = self._new_part(name)
            on_end.callback(self._forget, part)
            with open(handle, "wb") as out:
                yield out
                out.flush()
                os.fsync(handle)
                if fcntl is not None:
                    self._publish(part, name, overwrite=overwrite)
            if fcntl is None:  # Windows renames no open file
                self._publish(part, name, overwrite=overwrite)
            on_end.pop_all()

    def clean_up(self) -> None:
        """Delete the staged files that killed processes left."""
        for name in os.listdir(self.path if self._handle is None else self._handle):
            if is_staged(name):
                with contextlib.suppress(OSError):  # in use, or another process was quicker
                    self._delete_unlocked(name)

    def sync(self) -> None:
        """Wait until the disk has the names in the folder."""
        if self._handle is not None:
            os.fsync(self._handle)

    def close(self) -> None:
        """Close the handle."""
        if self._handle is not None:
            os.close(self._handle)

    def _at(self, name: str) -> str:
        return name if self._handle is not None else os.path.join(self.path, name)

    def _new_part(self, name: str) -> tuple[str, int]:
        while True:
            part = f".{name}.{os.urandom(4).hex()}.part"
            try:
                handle = os.open(self._at(part), _CREATE, 0o666, **self._where)
            except FileExistsError:
                continue
            if fcntl is None:
                return part, handle
            fcntl.flock(handle, fcntl.LOCK_EX)
            if self.status(part) is not None:  # else another process deleted it before it was locked
                return part, handle
            os.close(handle)

    def _publish(self, part: str, name: str, *, overwrite: bool) -> None:
        if not overwrite and self.status(name) is not None:
            path = os.path.join(self.path, name)
            raise PathExistsError.at(path, f"{path} already exists; pass overwrite (-f) to replace it")
        if self._handle is None:
            os.replace(self._at(part), self._at(name))
        else:
            os.replace(part, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)

    def _forget(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name), **self._where)

    def _delete_unlocked(self, name: str) -> None:
        if fcntl is None:
            os.unlink(self._at(name), **self._where)
            return
        handle = os.open(self._at(name), os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK, **self._where)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(self._at(name), **self._where)
        finally:
            os.close(handle)


class TargetTree:
    """The folders of a tree that is unpacked, entered from the top by real folders only.

    Parameters
    ----------
    top
        The target folder, which exists; it may be a link.
    """

    def __init__(self, top: Path) -> None:
        flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
        self._top = TargetFolder(str(top), os.open(top, flags) if HAS_HANDLES else None)
        self._open: OrderedDict[str, TargetFolder] = OrderedDict()

    def folder(self, path: str) -> TargetFolder:
        """Return a folder of the tree, made if missing; it stays open until others are entered.

        Raises
        ------
        NotAFolderError
            A file or a link is in the way.
        """
        above, names = path.rstrip("/"), []
        while above and above not in self._open:
            above, _, name = above.rpartition("/")
            names.append(name)
        folder = self._open[above] if above else self._top
        for name in reversed(names):
            folder = folder.enter(name)
            above = f"{above}/{name}"
            self._open[above] = folder
            if len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
        if above:
            self._open.move_to_end(above)
        return folder

    def close(self) -> None:
        """Close all handles."""
        for folder in self._open.values():
            folder.close()
        self._open.clear()
        self._top.close()


def _not_a_folder(path: str) -> NotAFolderError:
    return NotAFolderError.at(path, f"cannot unpack into {path}: it is a file or a link, not a folder")
