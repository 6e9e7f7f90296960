"""A writable tree: a local layer on top, and underlays that are never changed.

Whatever is written goes to the local layer. Changing a file that an underlay provides copies it up
first; removing one leaves a whiteout that hides it. Each call is one transaction, and
:meth:`VirtualFileSystem.atomic_batch` makes many calls one.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from vfsloader import paths
from vfsloader.errors import (
    FolderNotEmptyError,
    InvalidPathError,
    IsAFolderError,
    NotAFolderError,
    PathExistsError,
    PathNotFoundError,
)
from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
from vfsloader.layers.protocol import WritableLayer
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, DEFAULT_PAGE_SIZE
from vfsloader.store.schema import MEMORY
from vfsloader.store.stats import StoreStats
from vfsloader.store.store import Store
from vfsloader.vfs import open_modes
from vfsloader.vfs.path import VFSPath
from vfsloader.vfs.readable import ReadableTree
from vfsloader.vfs.sqlite_in_tree import TreeDatabases

if TYPE_CHECKING:
    import apsw

COPY_BYTES = 1 << 20


class VirtualFileSystem(ReadableTree):
    """A tree of files: a writable store and the layers below it, seen as one.

    Parameters
    ----------
    db_path
        The SQLite file of the local layer, made if missing; ``":memory:"`` for files in memory, which end with the
        object. A folder that exists is written as loose files, for development. A layer that can be written, such as
        a :class:`~vfsloader.store.MemoryStore`, is taken as it is; the options are then its own.
    chunk_size
        Bytes of the pieces in which content is stored; used when the file is made.
    read_only
        Refuse all changes; the file must exist.
    page_size
        Bytes of a database page; used when the file is made.
    timeout
        Seconds a writer waits for another thread or process.
    shared
        Whether others may write the file while it is open, so that each call looks for their changes.
        False reads faster: then only this object's own changes show.
    case_insensitive
        Find ``/sprites/p.png`` in a layer that spells it ``/Sprites/P.PNG``, as a mod made on Windows may. In
        each layer the exact name wins. Folders show each name once, as the lowest layer spells it.
    local_name
        What messages and :meth:`which_layer` call the local layer.
    quota
        Bytes of content that the local layer may hold. A write that needs more is refused before a byte of it is
        stored: :class:`~vfsloader.errors.QuotaExceededError`.
    max_nodes
        Files and folders that the local layer may hold, the root too.
    memory_guard
        Asked whether the machine, or the container, has the memory: ``MemoryGuard("per_write", "raise")``.

    Raises
    ------
    PathNotFoundError
        `read_only`, and there is no such file.
    NotAStoreError
        The file is something else.

    Examples
    --------
    >>> base = VirtualFileSystem()
    >>> _ = base.write_text("/speed.txt", "10")
    >>> with VirtualFileSystem() as vfs:
    ...     _ = vfs.add_underlay(base, name="base")
    ...     before = vfs.read_text("/speed.txt")
    ...     _ = vfs.write_text("/speed.txt", "20")
    ...     before, vfs.read_text("/speed.txt"), base.read_text("/speed.txt")
    ('10', '20', '10')
    """

    def __init__(
        self,
        db_path: paths.RealPath | WritableLayer = MEMORY,
        chunk_size: int = DEFAULT_CHUNK_SIZE,
        read_only: bool = False,
        *,
        page_size: int = DEFAULT_PAGE_SIZE,
        timeout: float = 10.0,
        shared: bool = True,
        case_insensitive: bool = False,
        local_name: str = "local",
        quota: int | None = None,
        max_nodes: int | None = None,
        memory_guard: MemoryGuard | None = None,
    ) -> None:
        limits: dict[str, Any] = {"quota": quota, "max_nodes": max_nodes, "memory_guard": memory_guard}
        local: WritableLayer
        if not isinstance(db_path, (str, os.PathLike)):
            local = db_path
        elif os.fspath(db_path) == MEMORY:
            local = MemoryStore(local_name, read_only=read_only, timeout=timeout, **limits)
        elif os.path.isdir(db_path) and not read_only:
            if quota is not None or max_nodes is not None:
                raise ValueError("a folder of loose files has no quota; give the path of a database")
            local = WritableFolderLayer(db_path, name=local_name)
        else:
            local = Store(
                db_path,
                name=local_name,
                read_only=read_only,
                chunk_size=chunk_size,
                page_size=page_size,
                timeout=timeout,
                shared=shared,
                trusted=True,
                **limits,
            )
        super().__init__(local, case_insensitive=case_insensitive)

    def __repr__(self) -> str:
        return f"VirtualFileSystem({self._local.path!r}, underlays={[mount.name for _, mount in self._underlays]})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, PathNotFoundError):
            error.settle()
        self.close()

    def __truediv__(self, name: str) -> VFSPath:
        return self.path(name)

    def path(self, path: paths.PathLike = paths.ROOT) -> VFSPath:
        """Give a path as an object with the methods of ``pathlib``; ``vfs / "sprites"`` does so too."""
        return VFSPath(self, path)

    # --- files ---------------------------------------------------------------------------------------

    def write_bytes(self, path: paths.PathLike, content: bytes | bytearray | memoryview) -> int:
        """Put bytes into a file, making the folders above it; others see the old content or the new.

        Returns
        -------
        int
            The bytes written.

        Raises
        ------
        IsAFolderError, NotAFolderError, ReadOnlyError
            Something is in the way.
        """
        self._local.write(self._target(path), content)
        return memoryview(content).nbytes

    def write_text(self, path: paths.PathLike, content: str, encoding: str = "utf-8") -> int:
        """Put text into a file; gives the number of characters."""
        self.write_bytes(path, content.encode(encoding))
        return len(content)

    def copy(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a file, from any layer, over `dst`."""
        with self._union.open(paths.normalise(src)) as source, self.open(dst, "wb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)

    def rename(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Move a file or folder.

        Raises
        ------
        PathNotFoundError
            There is no `src`.
        PathExistsError
            Something stands at `dst`.
        InvalidPathError
            `dst` lies inside `src`, or `src` is the root.
        """
        old, new = paths.normalise(src), self._target(dst, free=True)
        found = self._need(old)
        if paths.is_inside(new, old):
            raise InvalidPathError.at(new, f"cannot move {old} into itself, to {new}")
        with self._local.transaction():
            if any(copy.layer is not self._top.layer for copy in self._union.copies(old)):
                if found.entry.is_folder:
                    self.copytree(old, new)
                else:
                    self.copy(old, new)
                self._take_away(old)
            else:
                self._local.rename(self._spelling(old), new)

    def remove(self, path: paths.PathLike) -> None:
        """Remove a file; one that an underlay provides is hidden."""
        clean = paths.normalise(path)
        self._union.need_file(clean)
        self._take_away(clean)

    def unlink(self, path: paths.PathLike) -> None:
        """Do the same as :meth:`remove`."""
        self.remove(path)

    # --- folders -------------------------------------------------------------------------------------

    def mkdir(self, path: paths.PathLike, parents: bool = False, exist_ok: bool = False) -> None:
        """Make a folder.

        Parameters
        ----------
        path
            The folder.
        parents
            Make the folders above it too.
        exist_ok
            Do nothing where the folder is there.

        Raises
        ------
        PathExistsError, PathNotFoundError, NotAFolderError
            It is there already, or the folder above it is not.
        """
        clean = paths.normalise(path)
        found = self._union.find(clean)
        if found is not None:
            if exist_ok and found.entry.is_folder:
                return
            raise PathExistsError.at(clean, f"{clean} exists already")
        above = paths.parent(clean)
        if not parents:
            self._union.need_folder(above)
        self._local.make_folder(self._target(clean))

    def makedirs(self, path: paths.PathLike, exist_ok: bool = False) -> None:
        """Make a folder and those above it."""
        self.mkdir(path, parents=True, exist_ok=exist_ok)

    def rmdir(self, path: paths.PathLike) -> None:
        """Remove a folder that is empty.

        Raises
        ------
        FolderNotEmptyError
            It is not.
        """
        clean = paths.normalise(path)
        self._union.need_folder(clean)
        self._refuse_root(clean)
        with self._local.transaction():
            if self._union.children(clean):
                raise FolderNotEmptyError.at(clean, f"{clean} is not empty; rmtree removes it with what it holds")
            self._take_away(clean)

    def rmtree(self, path: paths.PathLike) -> None:
        """Remove a folder, or a file, with all that it holds, in one step."""
        clean = paths.normalise(path)
        self._need(clean)
        self._refuse_root(clean)
        self._take_away(clean)

    def copytree(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a folder, merged over all layers, to a path where nothing stands."""
        old, new = paths.normalise(src), self._target(dst, free=True)
        self._union.need_folder(old)
        if paths.is_inside(new, old):
            raise InvalidPathError.at(new, f"cannot copy {old} into itself, to {new}")
        with self._local.transaction():
            self._local.make_folder(new)
            for folder, folders, files in list(self._union.walk(old)):
                for name in folders:
                    self._local.make_folder(paths.rebase(paths.join(folder, name), old, new))
                for name in files:
                    path = paths.join(folder, name)
                    self.copy(path, paths.rebase(path, old, new))

    @property
    def store(self) -> Store | MemoryStore:
        """The local layer, where it is a store: what collections are kept in.

        Raises
        ------
        TypeError
            It is a folder of loose files, or another layer.
        """
        if not isinstance(self._local, (Store, MemoryStore)):
            raise TypeError(f"the local layer is no store, but a {type(self._local).__name__}")
        return self._local

    # --- databases -----------------------------------------------------------------------------------

    def connect(self, path: paths.PathLike, *, read_only: bool = False, timeout: float = 10.0) -> apsw.Connection:
        """Open an SQLite database that lies in the tree as a file.

        SQLite works on a copy in memory that all connections of this object share. Each commit writes the whole file,
        in one step: for databases of some megabytes. One that came from an underlay is copied up by that. A commit
        inside :meth:`atomic_batch` is undone with the batch.

        Parameters
        ----------
        path
            The database; made at its first commit if missing.
        read_only
            Refuse changes; the file must be there.
        timeout
            Seconds that a statement waits for another connection.

        Returns
        -------
        apsw.Connection
            To be closed by its user, and used by one thread at a time.

        Raises
        ------
        PathNotFoundError, UnknownFormatError, DamagedError
            It is not there, is no database, or was copied while it was being written.
        LockedError, QuotaExceededError
            Raised by a commit: someone else has changed the file since, or there is no room for it. Nothing of the
            transaction is kept then; begin it anew.

        Examples
        --------
        >>> vfs = VirtualFileSystem()
        >>> scores = vfs.connect("/save/scores.db")
        >>> with scores:
        ...     _ = scores.execute("CREATE TABLE score(name, points)")
        ...     _ = scores.execute("INSERT INTO score VALUES('moth', 7)")
        >>> scores.close()
        >>> vfs.connect("/save/scores.db", read_only=True).execute("SELECT points FROM score").get
        7
        """
        return self._databases.connect(paths.normalise(path), read_only=read_only, timeout=timeout)

    @functools.cached_property
    def _databases(self) -> TreeDatabases:
        return TreeDatabases(self)

    # --- transactions --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def atomic_batch(self) -> Iterator[None]:
        """Make all changes inside the ``with`` happen together, or none of them; may be nested.

        Examples
        --------
        >>> vfs = VirtualFileSystem()
        >>> with contextlib.suppress(RuntimeError), vfs.atomic_batch():
        ...     _ = vfs.write_text("/save/player.json", "{}")
        ...     raise RuntimeError("out of ideas")
        >>> vfs.exists("/save/player.json")
        False
        """
        with self._local.transaction():
            yield

    def flush(self) -> None:
        """Do nothing: every change is seen by others as soon as its call returns. See :meth:`sync`."""

    def sync(self) -> None:
        """Wait until the disk has every change, so that a power cut cannot lose it."""
        self._local.sync()

    def stats(self) -> StoreStats:
        """Tell what the local layer holds, and what it may: bytes, quota, files, folders, chunks.

        Raises
        ------
        TypeError
            The local layer is a folder of loose files.
        """
        return self.store.stats()

    def close(self) -> None:
        """Close the local layer; underlays stay their owners'."""
        self._local.close()

    # --- inside --------------------------------------------------------------------------------------

    def _open_for_writing(self, path: str, mode: open_modes.OpenMode) -> io.RawIOBase:
        if mode.base == "x" and self._union.find(path) is not None:
            raise PathExistsError.at(path, f"{path} exists already")
        found = self._union.need_file(path) if mode.base == "r" else self._union.find(path)
        path = self._target(path)
        keep = mode.base in "ra" and found is not None
        if keep and found is not None and found.layer is not self._top.layer:
            self._copy_up(path)
        return self._local.open_for_writing(
            path,
            truncate=not keep,
            exclusive=mode.base == "x",
            readable=mode.reading,
            append=mode.base == "a",
        )

    def _copy_up(self, path: str) -> None:
        """Put an underlay's file into the local layer, so that it can be changed there."""
        with self._union.open(path) as source, self._local.open_for_writing(path, truncate=True) as copy:
            shutil.copyfileobj(source, copy, COPY_BYTES)

    def _target(self, path: paths.PathLike, *, free: bool = False) -> str:
        """Give the normalised path of something to be written, or say what is in the way."""
        clean = paths.normalise(path)
        self._local.refuse_read_only(clean)
        found = self._union.find(clean)
        if found is not None:
            if free:
                raise PathExistsError.at(clean, f"{clean} exists already")
            if found.entry.is_folder:
                raise IsAFolderError.at(clean, f"{clean} is a folder, not a file")
            return self._spelling(clean)
        if not self._union.has_folder(paths.parent(clean)):
            file = self._union.file_above(clean)
            if file is not None:
                raise NotAFolderError.at(clean, f"cannot write {clean}: {file} is a file, not a folder")
        return self._spelling(clean)

    def _spelling(self, path: str) -> str:
        """Give a path as the local layer is to spell it: as it does, else as the tree does."""
        top = self._top.layer
        if not isinstance(top, CaseInsensitiveLayer):
            return path
        return top.spelling(path) or self._union.spelling(path)

    def _take_away(self, path: str) -> None:
        self._local.refuse_read_only(path)
        with self._local.transaction():
            self._local.remove(self._spelling(path))
            if self._union.find(path) is not None:  # an underlay has it too
                self._local.remove(self._spelling(path), hide=True)

    @staticmethod
    def _refuse_root(path: str) -> None:
        if path == paths.ROOT:
            raise InvalidPathError.at(path, "the root of the tree cannot be removed")
