"""A folder of the disk that can be written: the local layer of a game under development.

A file is replaced in one step: a staged file is written at the top of the folder and then renamed over it. Lower
layers are hidden as in the OCI image format: an empty file ``.wh.NAME`` hides NAME, and ``.wh..wh..opq`` makes its
folder opaque.

A transaction that fails undoes its steps. Unlike a store's transaction, it does not survive a crash in the middle.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import (
    IsAFolderError,
    NotAFolderError,
    PathExistsError,
    PathNotFoundError,
    ReadOnlyError,
    VFSError,
)
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Entry, EntryType
from vfsloader.layers.staged_disk_file import NO_SPACE, StagedDiskFile, write_error
from vfsloader.layers.stored_names import CHANGES_NAMES, UNUSABLE_NAME, refuse_names, unusable
from vfsloader.runtime.atomic import clean_up, new_locked_file, sync_tree
from vfsloader.runtime.disk_names import MAX_PATH, long_path, move, replace, spelling_of
from vfsloader.runtime.forking import Lock, survive_fork
from vfsloader.runtime.temporary import delete_left_over, locked_folder

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
_ATTIC, _DRAFT = f"{WHITEOUT}attic.", f"{WHITEOUT}draft."


class WritableFolderLayer(FolderLayer):
    """A folder of the disk, for reading and writing.

    Parameters
    ----------
    path
        The folder; made if missing.
    name
        The layer's name in messages; by default the name of the folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     layer = WritableFolderLayer(folder)
    ...     layer.write("/notes/a.txt", b"hi")
    ...     layer.read(layer.find("/notes/a.txt"))
    b'hi'
    """

    writable = True
    may_hide = True

    def __init__(self, path: paths.RealPath, *, name: str | None = None) -> None:
        try:
            Path(path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            sentence = f"cannot make the folder {path}: {Path(path).parent} cannot be written; choose another folder"
            raise ReadOnlyError.at(str(path), sentence) from error
        super().__init__(path, name=name, trusted=True)
        self._lock = threading.RLock()
        self._undo: list[Callable[[], object]] | None = None
        #: What a batch moved aside, and the descriptor that says so to other processes.
        self._attic: tuple[str, int] | None = None
        self._is_replaced = False
        delete_left_over(self._root, _ATTIC)
        with contextlib.suppress(OSError):  # a folder that cannot be listed has files for those who know their names
            clean_up(self._root, _DRAFT)
        survive_fork(self)

    def fork_locks(self) -> Sequence[Lock]:
        """Return the locks that a fork waits for."""
        return (self._lock,)

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Make the lock usable in a child process. A batch of another thread ends in the parent alone."""
        if was_busy:
            self._lock = threading.RLock()
            if self._attic is not None:
                os.close(self._attic[1])
            self._undo = self._attic = None

    def find(self, path: str) -> Entry | None:
        """Look at the disk; see :meth:`Layer.find`."""
        return None if path.startswith(WHITEOUT, path.rfind("/") + 1) else super().find(path)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder on the disk; see :meth:`Layer.list`."""
        return (entry for entry in super().list(path) if not entry.name.startswith(WHITEOUT))

    def hides(self, path: str) -> bool:
        """Return whether a whiteout hides the path, or the folder there is opaque."""
        opaque = f"{self._root}{path}/{OPAQUE}"
        if len(opaque) > MAX_PATH:
            opaque = long_path(opaque)
        return os.access(self._whiteout(path), os.F_OK) or os.access(opaque, os.F_OK)

    def hides_in_any_case(self, path: str) -> bool:
        """Return whether a whiteout or an opaque folder hides the path, whatever the case of its letters."""
        folders = [self._root]
        names = path.casefold().split("/")[1:]
        for depth, name in enumerate(names, 1):
            below = []
            for folder in folders:
                try:
                    listed = os.listdir(folder)
                except OSError:  # a file, or gone
                    continue
                for real in listed:
                    folded = real.casefold()
                    if folded == name:
                        below.append(os.path.join(folder, real))
                    elif depth == len(names) and folded == WHITEOUT + name:
                        return True
            folders = below
        return any(os.access(os.path.join(folder, OPAQUE), os.F_OK) for folder in folders)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything done inside the ``with`` block if it fails; may be nested."""
        with self._lock:
            outer, self._undo = self._undo, []
            try:
                yield
            except BaseException:
                for step in reversed(self._undo):
                    step()
                raise
            else:
                if outer is not None:
                    outer.extend(self._undo)
                elif self._undo or self._is_replaced:
                    self._is_replaced = False
                    self._listeners.notify()
            finally:
                self._undo = outer
                if outer is None and self._attic is not None:
                    (attic, lock), self._attic = self._attic, None
                    os.close(lock)
                    shutil.rmtree(attic, ignore_errors=True)

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Write a file, making the folders above it; an existing file is replaced."""
        with self.open_for_writing(path, truncate=True, exclusive=exclusive) as file:
            file.write(data)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedDiskFile:
        """Open a file for writing; it changes when the returned file is closed, or flushed if it keeps content."""
        self.refuse_read_only(path)
        if CHANGES_NAMES:
            refuse_names(path)
        entry = self._file_or_none(path)
        if entry is None and not truncate:
            raise PathNotFoundError.at(path, f"cannot write {path}: it no longer exists")
        lock, staged = self._new_staged(path, entry, copied=None if truncate or entry is None else entry.locator)
        mode = "a+" if append and readable else "a" if append else "r+" if readable else "w" if truncate else "r+"

        def publish() -> bool:
            with self._lock:
                if self._undo is not None:  # a batch shows all its changes at its end
                    return False
                copy_lock, copy = self._new_staged(path, self._file_or_none(path), copied=staged)
                try:
                    self._commit(copy, path, False)
                finally:
                    _unlock(copy_lock)
                    with contextlib.suppress(FileNotFoundError):  # if it has its name
                        os.unlink(copy)
                return True

        return StagedDiskFile(
            staged,
            mode,
            lambda: self._commit(staged, path, exclusive),
            path,
            publish=publish if append or not truncate else None,
            is_dirty=truncate,
            lock=lock,
        )

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; an existing folder stays as it is."""
        with self.transaction():
            self._make_folder(path)
            if opaque:
                self._mark(self._at(paths.join(path, OPAQUE)))

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with everything in it; `hide` leaves a whiteout."""
        with self.transaction():
            entry = self.find(path)
            if entry is not None:
                self._move_aside(entry.locator)
            if hide:
                self._make_folder(path[: path.rfind("/")] or paths.ROOT)
                self._mark(self._whiteout(path))

    def rename(self, old: str, new: str) -> None:
        """Move a file, or a folder with everything in it; `new` must be free, or hidden by a whiteout."""
        with self.transaction():
            if self.find(new) is not None:
                raise PathExistsError.at(new, f"cannot move {old} to {new}: {new} already exists")
            entry = self.find(old)
            if entry is None:
                raise PathNotFoundError.at(old, f"cannot move {old}: it no longer exists")
            self._make_folder(paths.parent(new))
            hidden = self._unhide(new)
            target = self._at(new)
            if CHANGES_NAMES:
                refuse_names(new)
            if not (old.casefold() == new.casefold() and os.path.lexists(target)):  # only its case changes
                self._refuse_other_case(new)
            move(entry.locator, target)
            self._done(lambda: os.rename(target, entry.locator))
            if hidden and entry.is_folder:
                self._mark(self._at(paths.join(new, OPAQUE)))

    def sync(self) -> None:
        """Wait until the disk has everything."""
        if hasattr(os, "sync"):
            os.sync()
        else:  # Windows has no call for a whole disk
            sync_tree(self._root)

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` if the folder cannot be written."""
        if not os.access(self._root, os.W_OK):
            raise ReadOnlyError.at(path, f"cannot change {path}: the folder {self.path} is read-only")

    def _new_staged(self, path: str, entry: Entry | None, *, copied: str | None) -> tuple[int | None, str]:
        """Make a staged file with the permissions of the file that it will replace, and a copy of some content.

        Returns the descriptor that locks it, and its path.
        """
        try:
            lock, staged = new_locked_file(self._root, _DRAFT)
        except OSError as error:
            raise write_error(error, path) from error
        try:
            if entry is not None:
                shutil.copymode(entry.locator, staged)
            if copied is not None:
                shutil.copyfile(copied, staged)
        except BaseException as error:
            os.unlink(staged)
            _unlock(lock)
            if isinstance(error, OSError) and error.errno in NO_SPACE:
                raise write_error(error, path) from error
            raise
        return lock, staged

    def _commit(self, staged: str, path: str, exclusive: bool) -> None:
        with self._lock:
            is_batch = self._undo is not None
            with self.transaction():
                entry = self._file_or_none(path)
                if entry is not None and exclusive:
                    raise PathExistsError.at(path, f"cannot create {path}: it already exists")
                if entry is not None:
                    target = str(entry.locator)
                    if is_batch:
                        self._keep_aside(target)
                    replace(staged, target)  # in one step, so that readers always find a file
                    self._is_replaced = True
                    return
                self._make_folder(path[: path.rfind("/")] or paths.ROOT)
                self._unhide(path)
                target = self._at(path)
                if self._ignores_case is not False:
                    self._refuse_other_case(path)
                try:
                    replace(staged, target)
                except OSError as error:
                    if error.errno not in UNUSABLE_NAME or isinstance(error, VFSError):
                        raise
                    raise unusable(error, path) from error
                self._done(lambda: os.unlink(target))

    def _file_or_none(self, path: str) -> Entry | None:
        entry = self.find(path)
        if entry is not None and entry.is_folder:
            raise IsAFolderError.at(path, f"cannot write {path}: it is a folder")
        return entry

    def _make_folder(self, path: str) -> None:
        missing = []
        while (entry := self.find(path)) is None:  # not by recursion: the path may be from an archive
            missing.append(path)
            path = path[: path.rfind("/")] or paths.ROOT
        if entry.kind is not EntryType.FOLDER:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        for path in reversed(missing):
            hidden = self._unhide(path)
            folder = self._at(path)
            if CHANGES_NAMES:
                refuse_names(path)
            if self._ignores_case is not False:
                self._refuse_other_case(path)
            try:
                os.mkdir(folder)
            except OSError as error:
                if error.errno not in UNUSABLE_NAME:
                    raise
                raise unusable(error, path) from error
            self._done(functools.partial(os.rmdir, folder))
            if hidden:
                self._mark(self._at(paths.join(path, OPAQUE)))

    def _refuse_other_case(self, path: str) -> None:
        """Raise if the disk has a file that only differs in case: it would be replaced, or keep its own name."""
        spelling = spelling_of(self._at(path))
        if spelling is not None and spelling != paths.split(path)[1]:
            sentence = f"cannot write {path}: the file is {spelling} there, and this disk ignores case"
            raise PathExistsError.at(path, sentence)

    def _at(self, path: str) -> str:
        """Return where a virtual path is on the disk."""
        real = self._root + path
        return long_path(real) if len(real) > MAX_PATH else real

    def _whiteout(self, path: str) -> str:
        cut = path.rfind("/") + 1
        real = self._root + path[:cut] + WHITEOUT + path[cut:]
        return long_path(real) if len(real) > MAX_PATH else real

    def _mark(self, mark: str) -> None:
        """Make a whiteout or opaque mark, an empty file."""
        if not os.access(mark, os.F_OK):
            open(mark, "xb").close()
            self._done(lambda: os.unlink(mark))

    def _unhide(self, path: str) -> bool:
        whiteout = self._whiteout(path)
        if not os.access(whiteout, os.F_OK):
            return False
        self._move_aside(whiteout)
        return True

    def _move_aside(self, real: str) -> None:
        """Take a file or folder out of the tree, to be deleted later or put back."""
        kept = self._attic_path()
        move(real, kept)
        self._done(lambda: os.rename(kept, real))

    def _keep_aside(self, real: str) -> None:
        """Keep a file that is about to be replaced, to be put back if the batch fails."""
        kept = self._attic_path()
        try:
            os.link(real, kept)
        except OSError:  # a disk without hard links
            shutil.copy2(real, kept)
        self._done(lambda: os.replace(kept, real))

    def _attic_path(self) -> str:
        if self._attic is None:
            self._attic = locked_folder(self._root, _ATTIC)
        return os.path.join(tempfile.mkdtemp(dir=self._attic[0]), "kept")

    def _done(self, undo: Callable[[], object]) -> None:
        assert self._undo is not None
        self._undo.append(undo)


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)
