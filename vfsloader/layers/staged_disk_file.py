"""A file of the disk while it is being written: a staged file that replaces the old one when it is closed.

If the disk takes only a part of a write, the write is continued. If that fails, it fails as a whole and the old file
stays.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Callable
from typing import Any

from vfsloader.errors import PathError, ReadOnlyError

#: What a disk without space answers: it is full, the user's share is used up, or the file would be too large.
NO_SPACE = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})


class StagedDiskFile(io.FileIO):
    """A staged file; closing it renames it over the file that is being written.

    Parameters
    ----------
    staged
        The staged file.
    mode
        How to open it.
    commit
        Renames it over the file that is being written.
    path
        The virtual path.
    publish
        Copies it over the file that is being written, and returns False where that has to wait for the end of a batch;
        None if the file must not change before it is closed.
    is_dirty
        Whether closing it changes the file even if nothing is written.
    lock
        The descriptor that locks the staged file, to be closed with it; None where there are no locks.
    """

    mode: str = "rb+"

    def __init__(
        self,
        staged: str,
        mode: str,
        commit: Callable[[], None],
        path: str,
        *,
        publish: Callable[[], bool] | None = None,
        is_dirty: bool = True,
        lock: int | None = None,
    ) -> None:
        super().__init__(staged, mode + "b")
        self._lock = lock
        self.mode = f"{mode[0]}b{mode[1:]}"
        self.name = path
        self._staged = staged
        self._commit = commit
        self._publish = publish
        self._is_dirty = is_dirty
        self._is_discarded = False
        self._is_appending = mode[0] == "a"
        #: Where a write began that failed after a part of it: what is there may be neither old nor new.
        self._torn_at: int | None = None
        self.path = path

    def write(self, data: Any) -> int:
        """Write all of `data`, or raise and leave the length and the position as they were."""
        length = len(data) if type(data) is bytes else memoryview(data).nbytes
        self._is_dirty = True
        try:
            done = super().write(data)
        except OSError as error:
            raise write_error(error, self.path) from error
        if done != length:
            self._write_rest(memoryview(data).cast("B"), done)
        if self._torn_at is not None and self.tell() - length <= self._torn_at:
            self._torn_at = None  # it was repeated
        return length

    def truncate(self, size: int | None = None) -> int:
        self._is_dirty = True
        try:
            return super().truncate(size)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            raise write_error(error, self.path) from error

    def flush(self) -> None:
        """Publish what was written so far, if the file was opened to add to its content, and outside a batch."""
        super().flush()
        if self._publish is not None and self._is_dirty and not self._is_discarded:
            self._refuse_torn()
            if self._publish():
                self._is_dirty = False

    def discard(self) -> None:
        """Leave the file as it was, or as it was published last."""
        self._is_discarded = True

    def close(self) -> None:
        if self.closed:
            return
        is_kept = self._is_dirty and not self._is_discarded
        self._is_discarded = True  # closing flushes
        try:
            super().close()
            if is_kept:
                self._refuse_torn()
                self._commit()
                return
        except BaseException:
            self._delete()
            raise
        finally:
            if self._lock is not None:  # only now: nobody takes it for a leftover before it has its name
                os.close(self._lock)
        self._delete()

    def _write_rest(self, data: memoryview, done: int) -> None:
        """Go on with a write of which the disk took only a part: it says why only when it takes nothing."""
        try:
            while done < len(data):
                done += super().write(data[done:])
        except OSError as error:
            start = self.tell() - done
            if os.fstat(self.fileno()).st_size == start + done:
                super().truncate(start)
            self.seek(start)
            if not self._is_appending:
                self._torn_at = start
            raise write_error(error, self.path) from error

    def _refuse_torn(self) -> None:
        if self._torn_at is not None:
            sentence = f"{self.path} was not changed: a write to it failed half-way, and was not repeated"
            raise PathError(errno.EIO, sentence, self.path)

    def _delete(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._staged)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        self.close()


def write_error(error: OSError, path: str) -> OSError:
    """Return the error for a write that the disk refused."""
    if error.errno in NO_SPACE:
        sentence = f"cannot write {path}: the disk is full; the file was not changed"
        return PathError(errno.ENOSPC, sentence, path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReadOnlyError.at(path, f"cannot change {path}: the folder of the disk cannot be written")
    return PathError(error.errno or errno.EIO, f"cannot write {path}: {error.strerror}; it was not changed", path)
