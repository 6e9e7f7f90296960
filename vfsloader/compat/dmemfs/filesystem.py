"""D-MemFS's file system on ours: its names, its errors and its rules over a store in memory.

What differs from :class:`~vfsloader.VirtualFileSystem`: a file is locked as long as it is open, folders above a new
file must be there, a copy replaces nothing, and each file counts its own changes.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import cast

from vfsloader import packs, paths
from vfsloader.compat.dmemfs.handle import MemoryFileHandle
from vfsloader.compat.dmemfs.results import MFSStatResult, MFSStats
from vfsloader.compat.dmemfs.tree import MemoryTree, normalise
from vfsloader.errors import IsAFolderError, PathExistsError, PathNotFoundError
from vfsloader.layers.protocol import Layer
from vfsloader.opening import Source
from vfsloader.store.memory.guard import Action, MemoryGuard, When
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.store import MemoryStore

DEFAULT_QUOTA = 256 << 20
_MODES = ("rb", "wb", "ab", "r+b", "xb")
_STORAGES = ("auto", "sequential", "random_access")


class MemoryFileSystem(MemoryTree):
    """Files in memory, with a hard quota.

    Parameters
    ----------
    max_quota
        Bytes of content that it may hold. A write that needs more is refused before a byte of it is stored.
    chunk_overhead_override
        Told again by :meth:`stats`; pieces cost no quota here.
    promotion_hard_limit
        Taken and not needed: files of any size are written anywhere.
    max_nodes
        Files and folders that it may hold, the root too; None for any number.
    default_storage
        ``"sequential"`` refuses writes anywhere but at a file's end; ``"auto"`` and ``"random_access"`` take all.
    default_lock_timeout
        Seconds that :meth:`open` waits for a file that is open elsewhere; None for any time.
    memory_guard, memory_guard_action, memory_guard_interval
        See :class:`~vfsloader.MemoryGuard`.

    Raises
    ------
    ValueError
        A word is none of those above.

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
        max_quota: int = DEFAULT_QUOTA,
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
            raise ValueError(f"default_storage is one of {', '.join(_STORAGES)}, not {default_storage!r}")
        guard = MemoryGuard(cast("When", memory_guard), cast("Action", memory_guard_action), memory_guard_interval)
        super().__init__(MemoryStore(quota=max_quota, max_nodes=max_nodes, memory_guard=guard))
        self._quota = max_quota
        self._overhead = chunk_overhead_override or 0
        self._only_appends = default_storage == "sequential"
        self._lock_timeout = default_lock_timeout

    def as_layer(self, name: str = "memory") -> Layer:
        """Give the tree as a layer, to mount, or to make a pack of."""
        return self.vfs.as_layer(name)

    # --- files ---------------------------------------------------------------------------------------

    def open(
        self, path: str, mode: str = "rb", preallocate: int = 0, lock_timeout: float | None = None
    ) -> MemoryFileHandle:
        """Open a file, and lock it until it is closed: readers share it, a writer has it alone.

        Parameters
        ----------
        path
            The file; the folder above it must be there.
        mode
            ``"rb"``, ``"wb"``, ``"ab"``, ``"r+b"`` or ``"xb"``. For text see :class:`MFSTextHandle`, or put an
            ``io.TextIOWrapper`` around.
        preallocate
            Bytes that are promised at once: the file is filled with zeros up to there.
        lock_timeout
            Seconds to wait for the lock, instead of the file system's own; 0 tries once.

        Raises
        ------
        ValueError
            Another mode, or a path that is none.
        PathNotFoundError
            The file, or the folder above a new one, is not there.
        PathExistsError, IsAFolderError
            ``"xb"`` and it is there; it is a folder.
        LockedError
            A BlockingIOError: it is open elsewhere.
        QuotaExceededError
            There is no room for `preallocate`.
        """
        if mode not in _MODES:
            raise ValueError(f"{mode!r} is no mode: files are bytes, and are opened by one of {', '.join(_MODES)}")
        clean, exclusive = normalise(path), mode != "rb"
        with self._tree:
            node = self._openable(clean, mode)
            if self._locks.try_acquire(clean, exclusive=exclusive):
                return self._opened(node, clean, mode, preallocate)
        self._locks.acquire(
            clean, exclusive=exclusive, timeout=self._lock_timeout if lock_timeout is None else lock_timeout
        )
        with self._tree:
            try:
                node = self._openable(clean, mode)  # it may have gone, or come, while we waited
            except BaseException:
                self._locks.release(clean)
                raise
            return self._opened(node, clean, mode, preallocate)

    def get_size(self, path: str) -> int:
        """Give the bytes of a file, as far as it has been written."""
        clean = normalise(path)
        with self._tree:
            return len(self._need_file(clean).content)

    # --- looking -------------------------------------------------------------------------------------

    def stat(self, path: str) -> MFSStatResult:
        """Give what is known of a file or folder."""
        clean = normalise(path)
        with self._tree:
            node = self._there(clean)
            if node is None:
                raise PathNotFoundError.at(clean, f"there is no {clean}")
            return MFSStatResult(
                size=len(node.content),
                created_at=node.ctime_ns / 1e9,
                modified_at=node.mtime_ns / 1e9,
                generation=node.changes,
                is_dir=node.children is not None,
            )

    def stats(self) -> MFSStats:
        """Tell what is used, and what is left."""
        found = self._store.stats()
        return MFSStats(
            used_bytes=found.used,
            quota_bytes=self._quota,
            free_bytes=max(self._quota - found.used, 0),
            file_count=found.files,
            dir_count=found.folders,
            chunk_count=found.chunks,
            overhead_per_chunk_estimate=self._overhead,
        )

    # --- in and out ----------------------------------------------------------------------------------

    def backup(self, out: paths.RealPath) -> None:
        """Save everything as a pack, in place of an older one; see :func:`vfsloader.packs.backup`."""
        packs.backup(self.vfs, out)

    def restore(self, source: Source) -> None:
        """Take over what a pack holds, instead of what is here: all of it, or nothing changes.

        Everything counts as unchanged afterwards.

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
        with self._tree:
            self._locks.refuse_open(paths.ROOT)
            packs.restore(source, self.vfs)

    def export_as_bytesio(self, path: str, max_size: int | None = None) -> io.BytesIO:
        """Give a copy of a file that no quota counts.

        Raises
        ------
        ValueError
            It has more than `max_size` bytes.
        """
        clean = normalise(path)
        size = self.get_size(clean)
        if max_size is not None and size > max_size:
            raise ValueError(f"{clean} has {size:,} bytes, and at most {max_size:,} are to be taken")
        with self.open(clean, "rb") as file:
            return io.BytesIO(file.read())

    def export_tree(self, prefix: str = "/", only_dirty: bool = False) -> dict[str, bytes]:
        """Give the files at and below a path; `only_dirty`: those written since they were made or imported."""
        return dict(self.iter_export_tree(prefix, only_dirty))

    def iter_export_tree(self, prefix: str = "/", only_dirty: bool = False) -> Iterator[tuple[str, bytes]]:
        """Give the same one by one; a file that is removed meanwhile is left out."""
        clean = normalise(prefix)
        with self._tree:
            found = [clean] if self.is_file(clean) else []
            found += [paths.join(folder, name) for folder, _, files in self._walk(clean) for name in files]
        for path in found:
            node = self._there(path)
            if only_dirty and (node is None or not node.changes):
                continue
            with contextlib.suppress(FileNotFoundError), self.open(path, "rb") as file:
                yield path, file.read()

    def import_tree(self, tree: dict[str, bytes]) -> None:
        """Put files, with the folders above them, in place of those that are there: all of them, or none.

        They count as unchanged afterwards.

        Raises
        ------
        LockedError, QuotaExceededError, IsAFolderError, NotAFolderError
            A file is open, there is no room, or something is in the way; nothing has changed.
        """
        wanted = {normalise(path): data for path, data in tree.items()}
        with self._tree:
            for path in wanted:
                self._locks.refuse_open(path)
            with self._store.transaction():
                for path, data in wanted.items():
                    self._store.write(path, data)
            for path in wanted:
                self._store.nodes.file(path).changes = 0

    # --- inside --------------------------------------------------------------------------------------

    def _openable(self, path: str, mode: str) -> MemoryNode | None:
        """Give the file that is to be opened, None for a new one; or say why it cannot be."""
        node = self._there(path)
        if node is None:
            if mode in ("rb", "r+b"):
                raise PathNotFoundError.at(path, f"there is no {path}")
            self._need_above(path)
        elif node.children is not None:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        elif mode == "xb":
            raise PathExistsError.at(path, f"{path} exists already")
        return node

    def _opened(self, node: MemoryNode | None, path: str, mode: str, preallocate: int) -> MemoryFileHandle:
        """Make the handle of a file that is locked, or give its lock back."""
        end = 0 if node is None else len(node.content)  # before zeros are put behind it
        try:
            if mode != "rb":
                node = self._begin(path, mode, preallocate, is_new=node is None)
            assert node is not None
            handle = MemoryFileHandle(
                self._store, node, self._locks, path, mode, only_appends=self._only_appends and mode != "rb"
            )
        except BaseException:
            self._locks.release(path)
            raise
        if mode == "ab":
            handle.seek(end)
        return handle

    def _begin(self, path: str, mode: str, preallocate: int, *, is_new: bool) -> MemoryNode:
        """Make a file what it is to be when it was opened for writing: empty, or of some length."""
        node = self._store.nodes.open_in_place(path)
        anew = mode == "wb"
        if (anew and node.content) or preallocate:
            try:
                size = max(preallocate, 0 if anew else len(node.content))
                self._store.nodes.resize_in_place(node, path, size, clear=anew)
                self._store.nodes.announce()
            except BaseException:
                if is_new:
                    self._store.remove(path)
                raise
        return node
