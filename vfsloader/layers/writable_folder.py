"""A folder of the disk that can be written: the local layer of a game under development.

Files are replaced in one step (a draft beside them, then a rename). What hides lower layers is kept as
the OCI image format does: an empty file ``.wh.NAME`` hides NAME, ``.wh..wh..opq`` in a folder makes it opaque.

A transaction undoes its steps when it fails; unlike a store's it does not survive a crash in the middle.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError, ReadOnlyError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.protocol import Entry

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"


class WritableFolderLayer(FolderLayer):
    """A folder of the disk, for reading and writing.

    Parameters
    ----------
    path
        The folder; made if missing.
    name
        What messages call the layer; the folder's own name if left out.

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
        Path(path).mkdir(parents=True, exist_ok=True)
        super().__init__(path, name=name)
        self._lock = threading.RLock()
        self._undo: list[Callable[[], object]] | None = None
        self._attic: Path | None = None
        self._is_replaced = False

    def find(self, path: str) -> Entry | None:
        """Look at the disk; see :meth:`Layer.find`."""
        return None if paths.split(path)[1].startswith(WHITEOUT) else super().find(path)

    def list(self, path: str) -> Iterator[Entry]:
        """List the folder on the disk; see :meth:`Layer.list`."""
        return (entry for entry in super().list(path) if not entry.name.startswith(WHITEOUT))

    def hides(self, path: str) -> bool:
        """Tell whether a whiteout stands for the path, or the folder there is opaque."""
        folder, name = paths.split(path)
        return os.path.lexists(self._root + paths.join(folder, WHITEOUT + name)) or os.path.lexists(
            self._root + paths.join(path, OPAQUE)
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo what was done inside the ``with`` where it fails; may be nested."""
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
                    shutil.rmtree(self._attic, ignore_errors=True)
                    self._attic = None

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Put a file, with the folders above it, in place of the one that is there."""
        with self.open_for_writing(path, truncate=True, exclusive=exclusive) as draft:
            draft.write(data)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedDiskFile:
        """Open a file for writing; it changes when the draft is closed."""
        self.refuse_read_only(path)
        entry = self.find(path)
        if entry is not None and entry.is_folder:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        if entry is None and not truncate:
            raise PathNotFoundError.at(path, f"there is no {path} any more")
        handle, draft = tempfile.mkstemp(prefix=f"{WHITEOUT}draft.", dir=self._root)
        os.close(handle)
        if entry is not None:
            shutil.copymode(entry.locator, draft)
        else:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(draft, 0o666 & ~umask)
        if entry is not None and not truncate:
            shutil.copyfile(entry.locator, draft)
        mode = "a+" if append and readable else "a" if append else "r+" if readable else "w" if truncate else "r+"
        return StagedDiskFile(draft, mode, lambda: self._commit(draft, path, exclusive), path)

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; nothing happens where it is."""
        with self.transaction():
            self._make_folder(path)
            if opaque:
                self._mark(paths.join(path, OPAQUE))

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; `hide` leaves a whiteout."""
        with self.transaction():
            entry = self.find(path)
            if entry is not None:
                self._move_aside(entry.locator)
            if hide:
                folder, name = paths.split(path)
                self._make_folder(folder)
                self._mark(paths.join(folder, WHITEOUT + name))

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden by a whiteout."""
        with self.transaction():
            if self.find(new) is not None:
                raise PathExistsError.at(new, f"{new} exists already")
            entry = self.find(old)
            if entry is None:
                raise PathNotFoundError.at(old, f"there is no {old} any more")
            self._make_folder(paths.parent(new))
            hidden = self._unhide(new)
            target = self._root + new
            os.rename(entry.locator, target)
            self._done(lambda: os.rename(target, entry.locator))
            if hidden and entry.is_folder:
                self._mark(paths.join(new, OPAQUE))

    def sync(self) -> None:
        """Wait until the disk has everything."""
        os.sync()

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` where nothing can be written."""
        if not os.access(self._root, os.W_OK):
            raise ReadOnlyError.at(path, f"cannot change {path}: {self.path} cannot be written")

    def _commit(self, draft: str, path: str, exclusive: bool) -> None:
        with self._lock:
            is_batch = self._undo is not None
            with self.transaction():
                entry = self.find(path)
                if entry is not None and entry.is_folder:
                    raise IsAFolderError.at(path, f"{path} is a folder, not a file")
                if entry is not None and exclusive:
                    raise PathExistsError.at(path, f"{path} exists already")
                if entry is not None:
                    target = str(entry.locator)
                    if is_batch:
                        self._keep_aside(target)
                    os.replace(draft, target)  # in one step, so that readers never find nothing
                    self._is_replaced = True
                    return
                self._make_folder(paths.parent(path))
                self._unhide(path)
                target = self._root + path
                os.replace(draft, target)
                self._done(lambda: os.unlink(target))

    def _make_folder(self, path: str) -> None:
        entry = self.find(path)
        if entry is not None:
            if not entry.is_folder:
                raise NotAFolderError.at(path, f"{path} is a file, not a folder")
            return
        self._make_folder(paths.parent(path))
        hidden = self._unhide(path)
        real = self._root + path
        os.mkdir(real)
        self._done(lambda: os.rmdir(real))
        if hidden:
            self._mark(paths.join(path, OPAQUE))

    def _mark(self, path: str) -> None:
        real = self._root + path
        if not os.path.lexists(real):
            open(real, "xb").close()
            self._done(lambda: os.unlink(real))

    def _unhide(self, path: str) -> bool:
        folder, name = paths.split(path)
        mark = self._root + paths.join(folder, WHITEOUT + name)
        if not os.path.lexists(mark):
            return False
        self._move_aside(mark)
        return True

    def _move_aside(self, real: str) -> None:
        """Take a file or folder out of the tree, to be deleted for good or put back."""
        kept = self._place_aside()
        os.rename(real, kept)
        self._done(lambda: os.rename(kept, real))

    def _keep_aside(self, real: str) -> None:
        """Keep a file that is about to be replaced, to be put back where the batch fails."""
        kept = self._place_aside()
        try:
            os.link(real, kept)
        except OSError:  # a disk without links
            shutil.copy2(real, kept)
        self._done(lambda: os.replace(kept, real))

    def _place_aside(self) -> str:
        if self._attic is None:
            self._attic = Path(tempfile.mkdtemp(prefix=f"{WHITEOUT}attic.", dir=self._root))
        return os.path.join(tempfile.mkdtemp(dir=self._attic), "kept")

    def _done(self, undo: Callable[[], object]) -> None:
        assert self._undo is not None
        self._undo.append(undo)


class StagedDiskFile(io.FileIO):
    """A file beside the one that is being written; closing puts it in its place."""

    def __init__(self, draft: str, mode: str, commit: Callable[[], None], path: str) -> None:
        super().__init__(draft, mode + "b" if "b" not in mode else mode)
        self._draft = draft
        self._commit = commit
        self._abandoned = False
        self.path = path

    def discard(self) -> None:
        """Leave the file as it was."""
        self._abandoned = True

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        try:
            if not self._abandoned:
                self._commit()
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._draft)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self.discard()
        self.close()
