"""D-MemFS's file system on ours: its names, its errors and its rules, over a store in memory.

It differs from :class:`~vfsloader.VirtualFileSystem`: a file is locked as long as it is open, the folder above a new
file must exist, a copy replaces nothing, and each file counts its own changes.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator
from typing import cast

from vfsloader import globs, paths
from vfsloader.compat.dmemfs.handle import MemoryFileHandle
from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.compat.dmemfs.lookup import Lookup, normalise
from vfsloader.compat.dmemfs.results import MFSStatResult, MFSStats
from vfsloader.errors import InvalidPathError, NotAFolderError, PathExistsError
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source
from vfsloader.packs.backup import backup, restore
from vfsloader.store.memory.guard import Action, MemoryGuard, When
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore
from vfsloader.vfs.filesystem import VirtualFileSystem

_MODES = ("rb", "wb", "ab", "r+b", "xb")
_STORAGES = ("auto", "sequential", "random_access")
#: Bytes that D-MemFS expects a chunk to cost beside its content.
_CHUNK_OVERHEAD = 128


class MemoryFileSystem:
    """Files in memory, with a hard quota.

    Parameters
    ----------
    max_quota
        Bytes of content that it may hold. A write that needs more is refused before anything is stored.
    chunk_overhead_override
        Bytes that :meth:`stats` reports as the overhead of a chunk. Only content counts against the quota here.
    promotion_hard_limit
        Accepted and ignored: a file of any size can be written at any position.
    max_nodes
        Files and folders that it may hold, including the root; None for no limit.
    default_storage
        ``"sequential"`` refuses writes that are not at the end of a file; ``"auto"`` and ``"random_access"`` allow
        all.
    default_lock_timeout
        Seconds that :meth:`open` waits for a file that is open elsewhere; None for ever.
    memory_guard, memory_guard_action, memory_guard_interval
        See :class:`~vfsloader.MemoryGuard`.

    Raises
    ------
    ValueError
        An option has none of the values above.

    Examples
    --------
    >>> mfs = MemoryFileSystem(max_quota=1000)
    >>> mfs.mkdir("/work")
    >>> with mfs.open("/work/data.bin", "wb") as file:
    ...     file.write(b"hello")
    5
    >>> mfs.stats()["free_bytes"]
    995
    """

    def __init__(
        self,
        max_quota: int = 256 << 20,
        chunk_overhead_override: int | None = None,
        promotion_hard_limit: int | None = None,
        max_nodes: int | None = None,
        default_storage: str = "auto",
        default_lock_timeout: float | None = 30.0,
        memory_guard: str = "none",
        memory_guard_action: str = "warn",
        memory_guard_interval: float = 1.0,
    ) -> None:
        if default_storage not in _STORAGES:
            raise ValueError(f"Invalid default_storage {default_storage!r}: use one of {', '.join(_STORAGES)}")
        guard = MemoryGuard(cast("When", memory_guard), cast("Action", memory_guard_action), memory_guard_interval)
        self._store = MemoryStore(quota=max_quota, max_nodes=max_nodes, memory_guard=guard)
        self._lock = self._store.lock  # held while the tree is used or changed
        self._lookup = Lookup(self._store)
        self._file_locks = FileLocks(self._lock)
        self._quota = max_quota
        self._chunk_overhead = _CHUNK_OVERHEAD if chunk_overhead_override is None else chunk_overhead_override
        self._only_appends = default_storage == "sequential"
        self._lock_timeout = default_lock_timeout

    def __repr__(self) -> str:
        stats = self._store.stats()
        return f"MemoryFileSystem(files={stats.files}, used={stats.used}, quota={self._quota})"

    @functools.cached_property
    def vfs(self) -> VirtualFileSystem:
        """The same files as a :class:`~vfsloader.VirtualFileSystem`: to mount, to search, to write in batches."""
        return VirtualFileSystem(self._store)

    def as_layer(self, name: str = "memory") -> Layer:
        """Return the tree as a layer, to mount or to make a pack of."""
        return self.vfs.as_layer(name)

    # --- files ---------------------------------------------------------------------------------------

    def open(
        self, path: str, mode: str = "rb", preallocate: int = 0, lock_timeout: float | None = None
    ) -> MemoryFileHandle:
        """Open a file, and lock it until it is closed: readers share it, a writer has it alone.

        Parameters
        ----------
        path
            The file. The folder above it must exist.
        mode
            ``"rb"``, ``"wb"``, ``"ab"``, ``"r+b"`` or ``"xb"``. For text see :class:`MFSTextHandle`, or wrap the
            file in an ``io.TextIOWrapper``.
        preallocate
            Bytes to reserve at once: the file is filled with zeros up to this size.
        lock_timeout
            Seconds to wait for the lock, instead of `default_lock_timeout`; 0 tries once.

        Raises
        ------
        ValueError
            The mode or the path is invalid.
        PathNotFoundError
            The file, or the folder above a new file, does not exist.
        PathExistsError, IsAFolderError
            The file exists and the mode is ``"xb"``; the path is a folder.
        LockedError
            A BlockingIOError: the file is open elsewhere.
        QuotaExceededError
            There is no room for `preallocate`.
        """
        if mode not in _MODES:
            raise ValueError(f"invalid mode {mode!r}: files are binary, use one of {', '.join(_MODES)}")
        clean, exclusive = normalise(path), mode != "rb"
        with self._lock:
            if self._file_locks.try_acquire(clean, exclusive=exclusive):
                return self._open_locked(clean, mode, preallocate)
            self._openable(clean, mode)  # to fail at once if waiting is useless
        self._file_locks.acquire(
            clean, exclusive=exclusive, timeout=self._lock_timeout if lock_timeout is None else lock_timeout
        )
        with self._lock:
            return self._open_locked(clean, mode, preallocate)

    def get_size(self, path: str) -> int:
        """Return the size of a file in bytes, including what an open writer has written."""
        clean = normalise(path)
        with self._lock:
            return len(self._lookup.need_file(clean).content)

    def remove(self, path: str) -> None:
        """Remove a file.

        Raises
        ------
        PathNotFoundError, IsAFolderError, LockedError
            The file does not exist, is a folder, or is open.
        """
        clean = normalise(path)
        with self._lock:
            self._lookup.need_file(clean)
            self._file_locks.refuse_open(clean)
            self._store.remove(clean)

    def copy(self, src: str, dst: str) -> None:
        """Copy a file to a path that does not exist yet, in a folder that does."""
        old, new = normalise(src), normalise(dst)
        with self._lock:
            node = self._lookup.need_file(old)
            self._lookup.need_free(new)
            self._lookup.need_folder_above(new)
            self._copy(node, new)

    # --- files and folders ---------------------------------------------------------------------------

    def mkdir(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder and those above it.

        Raises
        ------
        PathExistsError
            The folder exists and `exist_ok` is False, or a file is at its path or above it.
        """
        clean = normalise(path)
        with self._lock:
            node = self._lookup.find(clean)
            if node is None:
                try:
                    self._store.make_folder(clean)
                except NotAFolderError as error:
                    raise PathExistsError.at(clean, str(error)) from error
            elif node.children is None or not exist_ok:
                raise PathExistsError.at(clean, f"{clean} already exists")

    def rename(self, src: str, dst: str) -> None:
        """Move a file or folder to a path that does not exist yet, in a folder that does.

        Raises
        ------
        ValueError
            `src` is the root, or contains `dst`.
        PathNotFoundError, PathExistsError, LockedError
            `src` does not exist; `dst` exists; `src`, or a file in it, is open.
        """
        self._move(src, dst, make_folders=False)

    def move(self, src: str, dst: str) -> None:
        """Move a file or folder as :meth:`rename` does, and make the folders above `dst`."""
        self._move(src, dst, make_folders=True)

    def rmtree(self, path: str) -> None:
        """Remove a folder and everything in it.

        Raises
        ------
        ValueError
            The folder is the root.
        PathNotFoundError, NotAFolderError, LockedError
            The folder does not exist, is a file, or a file in it is open.
        """
        clean = normalise(path)
        if clean == paths.ROOT:
            raise ValueError("the root of the tree cannot be removed")
        with self._lock:
            self._lookup.need_folder(clean)
            self._file_locks.refuse_open(clean)
            self._store.remove(clean)

    def copy_tree(self, src: str, dst: str) -> None:
        """Copy a folder to a path that does not exist yet: all of it, or nothing if the quota refuses."""
        old, new = normalise(src), normalise(dst)
        with self._lock:
            self._lookup.need_folder(old)
            self._lookup.need_free(new)
            self._lookup.need_folder_above(new)
            tree = list(self._lookup.walk(old))
            with self._store.transaction():
                for folder, _, files in tree:
                    self._store.make_folder(paths.rebase(folder, old, new))
                    for path in (paths.join(folder, name) for name in files):
                        self._copy(self._store.nodes.file(path), paths.rebase(path, old, new))

    def exists(self, path: str) -> bool:
        """Return whether a file or folder exists; False for an invalid path."""
        return self._find_any(path) is not None

    def is_dir(self, path: str) -> bool:
        """Return whether a path is a folder."""
        node = self._find_any(path)
        return node is not None and node.children is not None

    def is_file(self, path: str) -> bool:
        """Return whether a path is a file."""
        node = self._find_any(path)
        return node is not None and node.children is None

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder, sorted."""
        clean = normalise(path)
        with self._lock:
            self._lookup.need_folder(clean)
            return sorted(self._store.names(clean))

    def walk(self, path: str = "/") -> Iterator[tuple[str, list[str], list[str]]]:
        """Walk a folder from the top down. Changes during the walk may show or not."""
        clean = normalise(path)
        self._lookup.need_folder(clean)
        yield from self._lookup.walk(clean)

    def glob(self, pattern: str) -> list[str]:
        """Return the paths that match a pattern, sorted, each once."""
        pattern = "/" + pattern.replace("\\", "/").removeprefix("/")
        if not globs.has_magic(pattern):
            return [pattern] if self._lookup.find(pattern) else []
        return sorted(set(self._store.glob(pattern)))

    def stat(self, path: str) -> MFSStatResult:
        """Return what is known of a file or folder."""
        clean = normalise(path)
        with self._lock:
            node = self._lookup.need(clean)
            return MFSStatResult(
                size=len(node.content),
                created_at=node.ctime_ns / 1e9,
                modified_at=node.mtime_ns / 1e9,
                generation=node.changes,
                is_dir=node.children is not None,
            )

    def stats(self) -> MFSStats:
        """Return what is used and what is left."""
        stats = self._store.stats()
        return MFSStats(
            used_bytes=stats.used,
            quota_bytes=self._quota,
            free_bytes=max(self._quota - stats.used, 0),
            file_count=stats.files,
            dir_count=stats.folders,
            chunk_count=stats.chunks,
            overhead_per_chunk_estimate=self._chunk_overhead,
        )

    # --- import and export ---------------------------------------------------------------------------

    def backup(self, out: paths.RealPath) -> None:
        """Save everything as a pack, in place of an older one; see :func:`vfsloader.packs.backup`."""
        backup(self.vfs, out)

    def restore(self, source: Source) -> None:
        """Replace everything with the content of a pack: all of it, or nothing changes.

        Every file counts as unchanged afterwards.

        Raises
        ------
        LockedError
            A file is open.
        PathNotFoundError, NotAStoreError, DamagedError, QuotaExceededError
            See :func:`vfsloader.packs.restore`.

        Examples
        --------
        >>> import tempfile
        >>> mfs = MemoryFileSystem()
        >>> mfs.import_tree({"/level/1.json": b"{}"})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mfs.backup(f"{folder}/work.pack")
        ...     mfs.rmtree("/level")
        ...     mfs.restore(f"{folder}/work.pack")
        >>> mfs.export_tree()
        {'/level/1.json': b'{}'}
        """
        with self._lock:
            self._file_locks.refuse_open(paths.ROOT)
            restore(source, self.vfs)

    def export_as_bytesio(self, path: str, max_size: int | None = None) -> io.BytesIO:
        """Return a copy of a file that does not count against the quota.

        Raises
        ------
        ValueError
            The file has more than `max_size` bytes.
        """
        clean = normalise(path)
        size = self.get_size(clean)
        if max_size is not None and size > max_size:
            raise ValueError(f"{clean} has {size:,} bytes, more than max_size allows: {max_size:,}")
        with self.open(clean, "rb") as file:
            return io.BytesIO(file.read())

    def export_tree(self, prefix: str = "/", only_dirty: bool = False) -> dict[str, bytes]:
        """Return the files at and below a path; `only_dirty`: only those written since they were imported."""
        return dict(self.iter_export_tree(prefix, only_dirty))

    def iter_export_tree(self, prefix: str = "/", only_dirty: bool = False) -> Iterator[tuple[str, bytes]]:
        """Yield what :meth:`export_tree` returns. A file that is removed meanwhile is left out."""
        clean = normalise(prefix)
        with self._lock:
            files = [clean] if self.is_file(clean) else []
            files += [paths.join(folder, name) for folder, _, names in self._lookup.walk(clean) for name in names]
        for path in files:
            node = self._lookup.find(path)
            if only_dirty and (node is None or not node.changes):
                continue
            with contextlib.suppress(FileNotFoundError), self.open(path, "rb") as file:
                yield path, file.read()

    def import_tree(self, tree: dict[str, bytes]) -> None:
        """Write files and the folders above them, over existing ones: all of them, or none.

        They count as unchanged afterwards.

        Raises
        ------
        LockedError, QuotaExceededError, IsAFolderError, NotAFolderError
            A file is open, there is no room, or a file and a folder have the same path. Nothing has changed.
        """
        contents = {normalise(path): content for path, content in tree.items()}
        with self._lock:
            for path in contents:
                self._file_locks.refuse_open(path)
            with self._store.transaction():
                for path, content in contents.items():
                    self._store.write(path, content)
            for path in contents:
                self._store.nodes.file(path).changes = 0

    # --- inside --------------------------------------------------------------------------------------

    def _openable(self, path: str, mode: str) -> MemoryNode | None:
        """Return the file to open, None if it has to be made, or raise the error that says why it cannot be opened."""
        node = self._lookup.find(path)
        if node is None and mode not in ("rb", "r+b"):
            self._lookup.need_folder_above(path)
        elif node is None or node.children is not None:
            self._lookup.need_file(path)  # raises; not called otherwise, because every open comes here
        elif mode == "xb":
            raise PathExistsError.at(path, f"{path} already exists")
        return node

    def _open_locked(self, path: str, mode: str, preallocate: int) -> MemoryFileHandle:
        """Open a file whose lock is held; release the lock if that fails."""
        try:
            node = self._openable(path, mode)
            return MemoryFileHandle(
                self._store, self._file_locks, path, mode, node, preallocate, only_appends=self._only_appends
            )
        except BaseException:
            self._file_locks.release(path)
            raise

    def _move(self, src: str, dst: str, *, make_folders: bool) -> None:
        old, new = normalise(src), normalise(dst)
        if old == paths.ROOT:
            raise ValueError("the root of the tree cannot be moved")
        with self._lock:
            self._lookup.need(old)
            self._lookup.need_free(new)
            if not make_folders:
                self._lookup.need_folder_above(new)
            self._file_locks.refuse_open(old)
            if paths.is_inside(new, old):
                raise InvalidPathError.at(new, f"cannot move {old} into itself, to {new}")
            self._store.rename(old, new)

    def _copy(self, node: MemoryNode, path: str) -> None:
        """Write a copy of a file, including what an open writer has written, to a free path."""
        self._store.write(path, node.frozen())
        self._store.nodes.file(path).changes = int(bool(node.content))

    def _find_any(self, path: str) -> MemoryNode | None:
        """Return the node at a path that may be invalid."""
        try:
            clean = normalise(path)
        except InvalidPathError:
            return None
        with self._lock:
            return self._lookup.find(clean)
