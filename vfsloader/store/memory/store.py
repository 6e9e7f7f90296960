"""A tree of files in memory: what a store is, without a database.

Files are Python's own ``bytes`` in one dictionary by path, which is quicker than any database in memory. Everything
is done under one lock, so that a reader in another thread sees a transaction whole or not at all; a transaction that
fails puts back the nodes that it took out.
"""

from __future__ import annotations

import contextlib
import math
import operator
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import ReadOnlyError
from vfsloader.layers.bytes_file import BytesFile
from vfsloader.layers.listeners import Listener, Unsubscribe
from vfsloader.layers.protocol import BaseLayer, Entry, EntryType
from vfsloader.store.draft import StagedFile
from vfsloader.store.memory.guard import MemoryGuard
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.memory.tree import MemoryNodes
from vfsloader.store.quota import Quota
from vfsloader.store.reading import reader_of_bytes
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, FILE, FOLDER, OPAQUE_FOLDER, WHITEOUT
from vfsloader.store.sqlite.database import MEMORY, Database
from vfsloader.store.sqlite.errors import locked
from vfsloader.store.stats import StoreStats


class MemoryStore(BaseLayer):
    """A tree of files in memory, for reading and writing.

    Parameters
    ----------
    name
        What messages call the layer.
    read_only
        Refuse changes.
    timeout
        Seconds a writer waits for another thread's transaction.
    quota
        Bytes of content that may be stored; a write that needs more is refused before a byte of it is stored.
    max_nodes
        Files and folders that may be stored, the root too.
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
        #: Held while the tree is looked at or changed; held by a transaction until it ends.
        self.lock = threading.RLock()
        #: The tree; to be touched under the lock.
        self.nodes = MemoryNodes(self.quota)
        self._turn = _Turn(self.lock, timeout, self.nodes.announce)
        #: The collections that it keeps, once someone asked for them; see :mod:`vfsloader.store.records`.
        self.keeper: object | None = None
        self._database: Database | None = None
        self._batches: Sequence[contextlib.ExitStack] = ()

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
        """Give the names in a folder, in any order; nothing where it is none."""
        with self.lock:
            folder, cut = self.nodes.by_path.get(path), len(path.rstrip("/")) + 1
            if folder is None or folder.children is None:
                return []
            if not self.nodes.has_hidden:
                return [child[cut:] for child in folder.children]
            return [child[cut:] for child in folder.children if self.nodes.by_path[child].kind != WHITEOUT]

    def hides(self, path: str) -> bool:
        """Tell whether a whiteout or an opaque folder stands at `path`."""
        with self.lock:
            node = self.nodes.by_path.get(path)
            return node is not None and node.kind >= WHITEOUT

    def hidden(self) -> Iterable[tuple[str, bool]]:
        """Give the whiteouts, and, with True, the folders that show nothing of lower layers."""
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
        """Open a file: a stream that keeps to the content as it is now, without copying it."""
        with self.lock:
            return BytesFile(self.nodes.file(entry.locator).frozen(), entry.locator)

    def version(self) -> int:
        """Give a number that differs whenever the tree is another one."""
        return self.nodes.clock

    def subscribe(self, listener: Listener, uncommitted: Listener | None = None) -> Unsubscribe:
        """Call `listener` after each change."""
        return self.nodes.listeners.add(listener, uncommitted)

    def close(self) -> None:
        """Let go of all files."""
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
            batch.enter_context(self.nodes.undone_if_it_fails())
            if self._database is not None:
                batch.enter_context(self._database.writing())
            batch.callback(setattr, self, "_batches", self._batches)
            self._batches = (*self._batches, batch)
            yield

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Put a file, with the folders above it, in place of the one that is there.

        Raises
        ------
        PathExistsError, IsAFolderError, NotAFolderError
            Something is in the way.
        """
        self.refuse_read_only(path)
        with self._turn:
            self.nodes.put(path, bytes(data), exclusive=exclusive)

    def open_for_writing(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> StagedFile:
        """Open a file for writing; it changes when the draft is closed. See :meth:`Store.open_draft`."""
        self.refuse_read_only(path)

        def commit(draft: StagedFile) -> None:
            promised = draft.promise.amount
            try:
                content = b"".join(draft.chunks())
                with self._turn:
                    self.nodes.put(path, content, exclusive=exclusive, promise=draft.promise)
            except BaseException:
                self.quota.put_back(draft.promise, promised)
                raise

        with self.lock:
            node = self.nodes.by_path.get(path)
            old = b"" if node is None else node.frozen()
            if not truncate and (node is None or node.kind != FILE):
                raise self.nodes.no_file(path)
        return StagedFile(
            None if truncate else reader_of_bytes(old, path),
            chunk_size=DEFAULT_CHUNK_SIZE,
            commit=commit,
            name=path,
            readable=readable,
            append=append,
            quota=self.quota,
            old_size=len(old),
            spill_bytes=math.inf,  # what lives in memory alone does not touch the disk, while it is written either
        )

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; nothing happens where it is.

        `opaque` hides what lower layers have in a folder of this path.
        """
        with self.transaction():
            self.nodes.make_folder(path, opaque=opaque)

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; nothing happens where there is none.

        `hide` leaves a whiteout, so that lower layers' `path` does not show.
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
        """A database in memory beside the files, for collections; its transactions are the store's own."""
        with self.lock:
            if self._database is None:
                self._database = Database(MEMORY, read_only=not self.writable)
                for batch in self._batches:  # it was not there when they began, but is undone with them
                    batch.enter_context(self._database.writing())
            return self._database

    def stats(self) -> StoreStats:
        """Tell what the store holds, and what it may."""
        with self.lock:
            kinds = Counter(map(operator.attrgetter("kind"), self.nodes.by_path.values()))
            chunks = sum(1 for node in self.nodes.by_path.values() if node.content)
            return StoreStats.of(
                self.quota,
                self.quota.held.used,
                files=kinds[FILE],
                folders=kinds[FOLDER] + kinds[OPAQUE_FOLDER],
                chunks=chunks,
            )

    def refuse_read_only(self, path: str) -> None:
        """Raise :class:`~vfsloader.errors.ReadOnlyError` where nothing can be written."""
        if not self.writable:
            raise ReadOnlyError.at(path, f"cannot change {path}: {self.name} is open for reading only")


class _Turn:
    """A thread's turn to change the tree; may be nested. What changed is announced at its end."""

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
    """The files of a store that is closed."""

    def _refuse(self, *_: object) -> None:
        raise ValueError(f"the store {MEMORY} is closed")

    get = __getitem__ = values = items = _refuse  # type: ignore[assignment]


def _entry(path: str, node: MemoryNode) -> Entry:
    if node.kind == FILE:
        return Entry(path, EntryType.FILE, len(node.content), node.mtime_ns, node.ctime_ns, path, None, node.generation)
    return Entry(path, EntryType.FOLDER, 0, node.mtime_ns, node.ctime_ns, None, None, node.generation)
