"""A tree of files in memory: a store without a database.

Files are Python's own ``bytes`` in one dictionary by path, which is faster than any database in memory. Everything
happens under one lock, so that a reader in another thread sees a transaction completely or not at all. A transaction
that fails puts back the nodes that it removed.
"""

from __future__ import annotations

import contextlib
import math
import operator
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from vfsloader import paths
from vfsloader.errors import ReadOnlyError
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import MAX_INDEXED, BaseLayer, Entry, EntryType
from vfsloader.layers.remembered_names import fold
from vfsloader.runtime.forking import Lock, survive_fork
from vfsloader.store.locking import fork_error, locked
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.tree import MemoryTree
from vfsloader.store.quota import Quota
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, FILE, FOLDER, MEMORY, OPAQUE_FOLDER, WHITEOUT

if TYPE_CHECKING:
    from vfsloader.store.sqlite.database import Database
    from vfsloader.store.staged_file import StagedFile
    from vfsloader.store.stats import StoreStats


class MemoryStore(BaseLayer):
    """A tree of files in memory, for reading and writing.

    Parameters
    ----------
    name
        The layer's name in messages.
    read_only
        Refuse changes.
    timeout
        Seconds that a writer waits for another thread's transaction.
    quota
        Bytes of content that may be stored; a write that needs more is refused before any of it is stored.
    max_nodes
        Files and folders that may be stored, including the root.
    memory_guard
        Is asked before writes whether the machine has the memory.

    Examples
    --------
    >>> store = MemoryStore()
    >>> store.write("/sprites/p.png", b"pixels")
    >>> store.read(store.find("/sprites/p.png"))
    b'pixels'
    """

    path = MEMORY
    sealed = False
    may_hide = True

    def __init__(
        self,
        name: str = "memory",
        *,
        read_only: bool = False,
        timeout: float = 10.0,
        quota: int | None = None,
        max_nodes: int | None = None,
        memory_guard: MemoryGuard | None = None,
    ) -> None:
        self.name = name
        self.writable = not read_only
        self.quota = Quota(quota, max_nodes, memory_guard)
        #: Held while the tree is read or changed; a transaction holds it to its end.
        self.lock = threading.RLock()
        #: The tree; only to be used under the lock.
        self.nodes = MemoryTree(self.quota)
        self._timeout = timeout
        self._turn = _Turn(self.lock, timeout, self.nodes.announce)
        #: The collections in this store, once they are used; see ``vfsloader.store.records``.
        self.catalog: object | None = None
        self._database: Database | None = None
        self._batches: Sequence[contextlib.ExitStack] = ()
        survive_fork(self)

    def fork_locks(self) -> Sequence[Lock]:
        """Return the locks that a fork waits for."""
        database = self._database
        return (self.lock, self.quota.lock) if database is None else (self.lock, database.lock, self.quota.lock)

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Go on in a child process, or refuse it if another thread was in the middle of a change."""
        if was_busy:
            self.lock = threading.RLock()
            self._turn = _Turn(self.lock, self._timeout, self.nodes.announce)
            self.quota.renew_lock()
            self.nodes.by_path = _Interrupted()
            if self._database is not None:
                self._database.after_fork_in_child(was_busy=True)

    def __repr__(self) -> str:
        return f"MemoryStore(name={self.name!r})"

    # --- the layer -----------------------------------------------------------------------------------

    def find(self, path: str) -> Entry | None:
        """Look the path up; see :meth:`Layer.find`."""
        with self.lock:
            node = self.nodes.by_path.get(path)
            return None if node is None or node.kind == WHITEOUT else _entry(path, node)

    def list(self, path: str) -> Iterable[Entry]:
        """List a folder; see :meth:`Layer.list`."""
        with self.lock:
            folder = self.nodes.by_path.get(path)
            if folder is None or folder.children is None:
                return []
            nodes = self.nodes.by_path
            return [_entry(child, nodes[child]) for child in folder.children if nodes[child].kind != WHITEOUT]

    def names(self, path: str) -> Iterable[str]:
        """Return the names in a folder, in any order; nothing if it is not a folder."""
        with self.lock:
            nodes, start = self.nodes.by_path, len(path.rstrip("/")) + 1
            folder = nodes.get(path)
            if folder is None or folder.children is None:
                return []
            if not self.nodes.has_hidden:
                return [child[start:] for child in folder.children]
            return [child[start:] for child in folder.children if nodes[child].kind != WHITEOUT]

    def names_in(self, folder: str) -> Collection[str] | None:
        """Return the names in a folder, unless there are very many."""
        names = [fold(name) for name in self.names(folder)]
        return names if len(names) < MAX_INDEXED else None

    def hides(self, path: str) -> bool:
        """Return whether there is a whiteout or an opaque folder at `path`."""
        with self.lock:
            node = self.nodes.by_path.get(path)
            return node is not None and node.kind >= WHITEOUT

    def hidden(self) -> Iterable[tuple[str, bool]]:
        """Return the whiteouts, and, with True, the folders that show nothing of lower layers."""
        with self.lock:
            nodes = self.nodes.by_path.items()
            return sorted((path, node.kind == OPAQUE_FOLDER) for path, node in nodes if node.kind >= WHITEOUT)

    def read(self, entry: Entry) -> bytes:
        """Read a whole file."""
        with self.lock:
            node = self.nodes.by_path.get(entry.locator)
            if node is None or node.kind != FILE:
                raise self.nodes.no_file(entry.locator)
            content = node.content
            return content if type(content) is bytes else bytes(content)

    def open(self, entry: Entry) -> BinaryIO:
        """Open a file: a stream over the content as it is now, without a copy."""
        from vfsloader.layers.bytes_file import BytesFile

        with self.lock:
            return BytesFile(self.nodes.file(entry.locator).frozen(), entry.locator)

    def version(self) -> int:
        """Return a number that differs whenever the tree is another one."""
        return self.nodes.version

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` once after each change."""
        return self.nodes.listeners.add(listener, uncommitted)

    def close(self) -> None:
        """Drop all files."""
        self.nodes.by_path = _Closed()
        if self._database is not None:
            self._database.close()

    # --- changes -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the changes inside the ``with`` all or nothing; may be nested.

        Raises
        ------
        ReadOnlyError, LockedError
            The store cannot be written, or another writer did not finish in time.
        """
        self.refuse_read_only(paths.ROOT)
        with contextlib.ExitStack() as batch:
            batch.enter_context(self._turn)
            batch.enter_context(self.nodes.transaction())
            if self._database is not None:
                batch.enter_context(self._database.transaction())
            batch.callback(setattr, self, "_batches", self._batches)
            self._batches = (*self._batches, batch)
            yield

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Write a file, replacing an existing one; create the folders above it.

        Raises
        ------
        PathExistsError, IsAFolderError, NotAFolderError
            `exclusive` is True and the file exists, `path` is a folder, or a file is above it.
        """
        self.refuse_read_only(path)
        with self._turn:
            self.nodes.put(path, bytes(data), exclusive=exclusive)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedFile:
        """Open a file for writing; it changes when it is closed or flushed. See :meth:`Store.open_for_writing`."""
        from vfsloader.store.reading import reader_of_bytes
        from vfsloader.store.staged_file import StagedFile

        self.refuse_read_only(path)

        def commit(staged: StagedFile) -> None:
            content = b"".join(staged.chunks())
            with self._turn:
                self.nodes.put(path, content, exclusive=exclusive, reservation=staged.reservation)

        def publish(staged: StagedFile) -> bool:
            with self._turn:
                if self.nodes.is_in_transaction:  # it shows all its changes at its end
                    return False
                self.nodes.put(path, b"".join(staged.chunks()), reservation=staged.reservation)
                return True

        with self.lock:
            node = self.nodes.by_path.get(path)
            old = b"" if node is None else node.frozen()
            if not truncate and (node is None or node.kind != FILE):
                raise self.nodes.no_file(path)
        return StagedFile(
            None if truncate else reader_of_bytes(old, path),
            chunk_size=DEFAULT_CHUNK_SIZE,
            commit=commit,
            publish=publish if append or not truncate else None,
            name=path,
            readable=readable,
            append=append,
            quota=self.quota,
            old_size=len(old),
            spill_bytes=math.inf,  # a store in memory never touches the disk, not even while a file is written
        )

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Create a folder and those above it; do nothing if it exists.

        `opaque` hides what lower layers have in a folder of this path.
        """
        with self.transaction():
            self.nodes.make_folder(path, opaque=opaque)

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; do nothing if it does not exist.

        `hide` leaves a whiteout, which hides the `path` of lower layers.
        """
        with self.transaction():
            self.nodes.remove(path, hide=hide)

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden by a whiteout."""
        with self.transaction():
            self.nodes.rename(old, new)

    def sync(self) -> None:
        """Do nothing: there is no disk to wait for."""

    @property
    def database(self) -> Database:
        """A database in memory beside the files, for collections; it shares the store's transactions."""
        with self.lock:
            if self._database is None:
                from vfsloader.store.sqlite.connections import DatabaseOptions  # most stores have no collections
                from vfsloader.store.sqlite.database import Database

                options = DatabaseOptions(read_only=not self.writable)
                self._database = Database(MEMORY, options, self.quota.beside(), is_only_collections=True)
                for batch in self._batches:  # they began before it existed, and are rolled back with it
                    batch.enter_context(self._database.transaction())
            return self._database

    def stats(self) -> StoreStats:
        """Return what the store holds and what it may hold."""
        from vfsloader.store.stats import StoreStats

        with self.lock:
            kinds = Counter(map(operator.attrgetter("kind"), self.nodes.by_path.values()))
            chunks = sum(1 for node in self.nodes.by_path.values() if node.content)
            return StoreStats.of(
                self.quota,
                self.quota.used,
                files=kinds[FILE],
                folders=kinds[FOLDER] + kinds[OPAQUE_FOLDER],
                chunks=chunks,
            )

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` if the store cannot be written."""
        if not self.writable:
            raise ReadOnlyError.at(path, f"cannot change {path}: {self.name} is open for reading only")


class _Turn:
    """A thread's turn to change the tree; may be nested. Changes are announced at its end."""

    def __init__(self, lock: threading.RLock, timeout: float, announce: Callable[[], None]) -> None:
        self._acquire, self._release = lock.acquire, lock.release
        self._timeout = timeout
        self._announce = announce
        self._depth = 0

    def __enter__(self) -> None:
        if not self._acquire(timeout=self._timeout):
            raise locked(MEMORY, "another thread", self._timeout)
        self._depth += 1

    def __exit__(self, *exc: object) -> None:
        self._depth -= 1
        try:
            if not self._depth:
                self._announce()
        finally:
            self._release()


class _Closed(dict[str, MemoryNode]):
    """The files of a closed store: any use is an error."""

    def _refuse(self, *_: object) -> None:
        raise ValueError(f"the store {MEMORY} is closed")

    get = __getitem__ = values = items = _refuse  # type: ignore[assignment]


class _Interrupted(_Closed):
    """The files of a store that was inherited by a fork in the middle of another thread's change."""

    def _refuse(self, *_: object) -> None:
        raise fork_error(MEMORY, "another thread was changing it when the process was forked; make it after the fork")

    get = __getitem__ = values = items = _refuse


def _entry(path: str, node: MemoryNode) -> Entry:
    if node.kind == FILE:
        return Entry(path, EntryType.FILE, len(node.content), node.mtime_ns, node.ctime_ns, path, None, node.generation)
    return Entry(path, EntryType.FOLDER, 0, node.mtime_ns, node.ctime_ns, None, None, node.generation)
