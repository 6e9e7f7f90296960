"""A writable tree: a writable layer on top, and underlays that are never changed.

Everything that is written goes to the writable layer. Changing a file that an underlay provides copies it up first;
removing one leaves a whiteout that hides it. Each call is one transaction, and
:meth:`VirtualFileSystem.atomic_batch` makes many calls one.
"""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from vfsloader import paths
from vfsloader.errors import (
    FolderNotEmptyError,
    InvalidPathError,
    IsAFolderError,
    PathExistsError,
    PathNotFoundError,
)
from vfsloader.layers.protocol import WritableLayer
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, DEFAULT_PAGE_SIZE, MEMORY
from vfsloader.vfs.readable import ReadableTree
from vfsloader.vfs.writable_layer import open_writable_layer

if TYPE_CHECKING:  # a file system in memory, or over loose files, needs no database
    import apsw

    from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
    from vfsloader.store.stats import StoreStats
    from vfsloader.store.store import Store
    from vfsloader.vfs import open_modes
    from vfsloader.vfs.path import VFSPath
    from vfsloader.vfs.sqlite_in_tree import TreeDatabases

COPY_BYTES = 1 << 20


class VirtualFileSystem(ReadableTree):
    """A tree of files: a writable store and the layers below it, seen as one.

    Parameters
    ----------
    db_path
        The SQLite file of the writable layer, made if missing; ``":memory:"`` for files in memory, which are lost with
        the object. An existing folder is written as loose files, for development. A writable layer, such as a
        :class:`~vfsloader.store.memory.store.MemoryStore`, is used as it is; the options are then its own.
    chunk_size
        Bytes of the chunks in which content is stored; used when the file is made.
    read_only
        Refuse all changes; the file must exist.
    page_size
        Bytes of a database page; used when the file is made.
    timeout
        Seconds a writer waits for another thread or process.
    shared
        Whether others may write the file while it is open, so that each call looks for their changes. False reads
        faster: then only this object's own changes show.
    case_insensitive
        Find ``/sprites/p.png`` in a layer that spells it ``/Sprites/P.PNG``, as a mod made on Windows may. In each
        layer the exact name wins. Folders show each name once, as the lowest layer spells it.
    local_name
        What messages and :meth:`which_layer` call the writable layer.
    quota
        Bytes of content that the writable layer may store. A write that needs more is refused before a byte of it is
        stored: :class:`~vfsloader.errors.QuotaExceededError`.
    max_nodes
        Files and folders that the writable layer may store, including the root.
    memory_guard
        Checks whether the machine, or the container, has enough memory: ``MemoryGuard("per_write", "raise")``.

    Raises
    ------
    PathNotFoundError
        `read_only`, and there is no such file.
    NotAStoreError
        The file is not a store.

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
        local = open_writable_layer(
            db_path,
            local_name,
            read_only=read_only,
            timeout=timeout,
            limits={"quota": quota, "max_nodes": max_nodes, "memory_guard": memory_guard},
            storage={"chunk_size": chunk_size, "page_size": page_size, "shared": shared},
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
        """Return a path as an object with the methods of ``pathlib``; so does ``vfs / "sprites"``."""
        from vfsloader.vfs.path import VFSPath

        return VFSPath(self, path)

    # --- files ---------------------------------------------------------------------------------------

    def write_bytes(self, path: paths.PathLike, content: bytes | bytearray | memoryview) -> int:
        """Write a whole file, and make the folders above it. Others see the old content or the new.

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
        """Write a whole text file. Return the number of characters."""
        self.write_bytes(path, content.encode(encoding))
        return len(content)

    def copy(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a file, from any layer, over `dst`."""
        with self.union.open(paths.normalise(src)) as source, self.open(dst, "wb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)

    def rename(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Move a file or folder.

        Raises
        ------
        PathNotFoundError
            There is no `src`.
        PathExistsError
            There is already something at `dst`.
        InvalidPathError
            `dst` is inside `src`, or `src` is the root.
        """
        old, new = paths.normalise(src), self._target(dst, free=True)
        found = self._need(old)
        if paths.is_inside(new, old):
            raise InvalidPathError.at(new, f"cannot move {old} into itself, to {new}")
        with self._local.transaction():
            if self._has_many_spellings(old) or any(
                copy.layer is not self._top.layer for copy in self.union.copies(old)
            ):
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
        self.union.need_file(clean)
        self._take_away(clean)

    def unlink(self, path: paths.PathLike) -> None:
        """Remove a file; the same as :meth:`remove`."""
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
            Do nothing if the folder exists.

        Raises
        ------
        PathExistsError, PathNotFoundError, NotAFolderError
            It exists already, or the folder above it does not.
        """
        clean = paths.normalise(path)
        found = self.union.find(clean)
        if found is not None:
            if exist_ok and found.entry.is_folder:
                return
            raise PathExistsError.at(clean, f"{clean} exists already")
        above = paths.parent(clean)
        if not parents:
            self.union.need_folder(above)
        self._local.make_folder(self._target(clean))

    def makedirs(self, path: paths.PathLike, exist_ok: bool = False) -> None:
        """Make a folder and those above it."""
        self.mkdir(path, parents=True, exist_ok=exist_ok)

    def rmdir(self, path: paths.PathLike) -> None:
        """Remove an empty folder.

        Raises
        ------
        FolderNotEmptyError
            It is not empty.
        """
        clean = paths.normalise(path)
        self.union.need_folder(clean)
        self._refuse_root(clean)
        with self._local.transaction():
            if self.union.children(clean):
                raise FolderNotEmptyError.at(clean, f"{clean} is not empty; rmtree removes it with everything in it")
            self._take_away(clean)

    def rmtree(self, path: paths.PathLike) -> None:
        """Remove a folder with everything in it, or a file, in one step."""
        clean = paths.normalise(path)
        self._need(clean)
        self._refuse_root(clean)
        self._take_away(clean)

    def copytree(self, src: paths.PathLike, dst: paths.PathLike) -> None:
        """Copy a folder, merged over all layers, to a path that does not exist yet."""
        old, new = paths.normalise(src), self._target(dst, free=True)
        self.union.need_folder(old)
        if paths.is_inside(new, old):
            raise InvalidPathError.at(new, f"cannot copy {old} into itself, to {new}")
        with self._local.transaction():
            self._local.make_folder(new)
            for folder, folders, files in list(self.union.walk(old)):
                for name in folders:
                    self._local.make_folder(paths.rebase(paths.join(folder, name), old, new))
                for name in files:
                    path = paths.join(folder, name)
                    self.copy(path, paths.rebase(path, old, new))

    @property
    def store(self) -> Store | MemoryStore:
        """The writable layer, if it is a store: what collections are kept in.

        Raises
        ------
        TypeError
            It is a folder of loose files, or another layer.
        """
        local = self._local
        if isinstance(local, MemoryStore):
            return local
        from vfsloader.store.store import Store

        if isinstance(local, Store):
            return local
        raise TypeError(f"the writable layer is not a store, but a {type(local).__name__}")

    # --- databases -----------------------------------------------------------------------------------

    def connect(self, path: paths.PathLike, *, read_only: bool = False, timeout: float = 10.0) -> apsw.Connection:
        """Open an SQLite database that is a file of the tree.

        SQLite works on a copy in memory that all connections of this object share. Each commit writes the whole file in
        one step, so this is for databases of some megabytes. A database that an underlay provides is copied up by its
        first commit. A commit inside :meth:`atomic_batch` is undone with the batch.

        Parameters
        ----------
        path
            The database; made at its first commit if missing.
        read_only
            Refuse changes; the file must exist.
        timeout
            Seconds that a statement waits for another connection.

        Returns
        -------
        apsw.Connection
            Close it when done, and use it from one thread at a time.

        Raises
        ------
        PathNotFoundError, UnknownFormatError, DamagedError
            It does not exist, is not a database, or was copied while it was being written.
        LockedError, QuotaExceededError
            Raised by a commit: someone else has changed the file since, or there is no room for it. Nothing of the
            transaction is kept; start it again.

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
        from vfsloader.vfs.sqlite_in_tree import TreeDatabases

        return TreeDatabases(self)

    # --- transactions --------------------------------------------------------------------------------

    @contextlib.contextmanager
    def atomic_batch(self) -> Iterator[None]:
        """Make all changes inside the ``with`` happen together or not at all; may be nested.

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
        """Do nothing: others see every change as soon as its call returns. See :meth:`sync`."""

    def sync(self) -> None:
        """Wait until every change is on the disk, so that a power cut cannot lose it."""
        self._local.sync()

    def stats(self) -> StoreStats:
        """Return what the writable layer stores, and its limits: bytes, quota, files, folders, chunks.

        Raises
        ------
        TypeError
            The writable layer is a folder of loose files.
        """
        return self.store.stats()

    def close(self) -> None:
        """Close the writable layer. Underlays belong to their owners and stay open."""
        self._local.close()

    # --- inside --------------------------------------------------------------------------------------

    def _open_for_writing(self, path: str, mode: open_modes.OpenMode) -> io.RawIOBase:
        if mode.base == "x" and self.union.find(path) is not None:
            raise PathExistsError.at(path, f"{path} exists already")
        found = self.union.need_file(path) if mode.base == "r" else self.union.find(path)
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
        """Copy an underlay's file into the writable layer, so that it can be changed there."""
        with self.union.open(path) as source, self._local.open_for_writing(path, truncate=True) as copy:
            shutil.copyfileobj(source, copy, COPY_BYTES)

    def _target(self, path: paths.PathLike, *, free: bool = False) -> str:
        """Return the normalised path of something to be written, or raise if something is in the way."""
        clean = paths.normalise(path)
        self._local.refuse_read_only(clean)
        found = self.union.find_target(clean)
        if found is not None:
            if free:
                raise PathExistsError.at(clean, f"{clean} exists already")
            if found.entry.is_folder:
                raise IsAFolderError.at(clean, f"{clean} is a folder, not a file")
        return self._spelling(clean) if self._case_insensitive else clean

    def _spelling(self, path: str) -> str:
        """Return a path as the writable layer spells it: as it does, else as the tree does."""
        top = self._top_in_any_case()
        if top is None:
            return path
        return top.spelling(path) or self.union.spelling(path)

    def _take_away(self, path: str) -> None:
        self._local.refuse_read_only(path)
        with self._local.transaction():
            self._remove_own(path)
            if self.union.find(path) is not None:  # an underlay has it, too
                self._local.remove(self._spelling(path), hide=True)

    def _remove_own(self, path: str) -> None:
        """Remove the writable layer's own file or folder at a path, in each spelling that counts as the same."""
        top = self._top_in_any_case()
        if top is None:
            self._local.remove(path)
            return
        for spelling in top.spellings(path):
            self._local.remove(spelling)

    def _has_many_spellings(self, path: str) -> bool:
        """Return whether several files or folders of the writable layer count as the one at this path."""
        top = self._top_in_any_case()
        return top is not None and len(top.spellings(path)) > 1

    def _top_in_any_case(self) -> CaseInsensitiveLayer | None:
        """Return the writable layer if it finds names in any case."""
        if not self._case_insensitive:
            return None
        from vfsloader.layers.case_insensitive import CaseInsensitiveLayer

        top = self._top.layer
        return top if isinstance(top, CaseInsensitiveLayer) else None

    @staticmethod
    def _refuse_root(path: str) -> None:
        if path == paths.ROOT:
            raise InvalidPathError.at(path, "the root of the tree cannot be removed")
