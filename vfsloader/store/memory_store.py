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
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError, ReadOnlyError
from vfsloader.layers import BaseLayer, Entry, Kind, Listener, Listeners, WholeFile
from vfsloader.store.database import MEMORY
from vfsloader.store.draft import Draft
from vfsloader.store.failures import locked
from vfsloader.store.memory_guard import MemoryGuard
from vfsloader.store.memory_node import MemoryNode
from vfsloader.store.quota import Promise, Quota
from vfsloader.store.reading import reader_of_bytes
from vfsloader.store.schema import DEFAULT_CHUNK_SIZE, FILE, FOLDER, OPAQUE_FOLDER, WHITEOUT
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
    >>> store.read(store.find("/sprites/p.png").key)
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
        self._turn = _Turn(self.lock, timeout)
        self._clock = 0
        self._journal: dict[str, MemoryNode | None] | None = None
        self._listeners = Listeners()
        self._nodes: dict[str, MemoryNode] = {}
        self._place(paths.ROOT, self._made(FOLDER))

    def __repr__(self) -> str:
        return f"MemoryStore(name={self.name!r})"

    # --- the layer -----------------------------------------------------------------------------------

    def find(self, path: str) -> Entry | None:
        """Look the path up; see :meth:`Layer.find`."""
        with self.lock:
            node = self._nodes.get(path)
            return None if node is None or node.kind == WHITEOUT else _entry(path, node)

    def list(self, path: str) -> Iterable[Entry]:
        """List a folder; see :meth:`Layer.list`."""
        with self.lock:
            folder = self._nodes.get(path)
            if folder is None or folder.children is None:
                return []
            nodes = self._nodes
            return [_entry(child, nodes[child]) for child in folder.children if nodes[child].kind != WHITEOUT]

    def hides(self, path: str) -> bool:
        """Tell whether a whiteout or an opaque folder stands at `path`."""
        with self.lock:
            node = self._nodes.get(path)
            return node is not None and node.kind >= WHITEOUT

    def hidden(self) -> Iterable[tuple[str, bool]]:
        """Give the whiteouts, and, with True, the folders that show nothing of lower layers."""
        with self.lock:
            return sorted((path, node.kind == OPAQUE_FOLDER) for path, node in self._nodes.items() if node.kind >= 2)

    def read(self, key: str) -> bytes:
        """Read a whole file."""
        with self.lock:
            node = self._nodes.get(key)
            if node is None or node.kind != FILE:
                raise self._no_file(key)
            content = node.content
            return content if type(content) is bytes else bytes(content)

    def open(self, key: str) -> BinaryIO:
        """Open a file: a stream that keeps to the content as it is now, without copying it."""
        with self.lock:
            return WholeFile(self.file_node(key).frozen(), key)

    def version(self) -> int:
        """Give a number that differs whenever the tree is another one."""
        return self._clock

    def notify(self, listener: Listener) -> bool:
        """Call `listener` at each change."""
        self._listeners.add(listener)
        return True

    def close(self) -> None:
        """Let go of all files."""
        self._nodes = _Closed()

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
        with self._turn:
            outer, self._journal = self._journal, {}
            before = self.quota.held
            try:
                yield
            except BaseException:
                self._undo(self._journal)
                self.quota.undo(before)
                raise
            else:
                if outer is not None:
                    for path, node in self._journal.items():
                        outer.setdefault(path, node)
            finally:
                self._journal = outer

    def write(self, path: str, data: bytes | bytearray | memoryview, *, exclusive: bool = False) -> None:
        """Put a file, with the folders above it, in place of the one that is there.

        Raises
        ------
        PathExistsError, IsAFolderError, NotAFolderError
            Something is in the way.
        """
        self.refuse_read_only(path)
        self._put(path, bytes(data), exclusive=exclusive)

    def open_draft(
        self, path: str, *, truncate: bool, exclusive: bool = False, readable: bool = False, append: bool = False
    ) -> Draft:
        """Open a file for writing; it changes when the draft is closed. See :meth:`Store.open_draft`."""
        self.refuse_read_only(path)

        def commit(draft: Draft) -> None:
            promised = draft.promise.amount
            try:
                self._put(path, b"".join(draft.chunks()), exclusive=exclusive, promise=draft.promise)
            except BaseException:
                self.quota.put_back(draft.promise, promised)
                raise

        with self.lock:
            node = self._nodes.get(path)
            old = b"" if node is None else node.frozen()
            if not truncate and (node is None or node.kind != FILE):
                raise self._no_file(path)
        return Draft(
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
            self._make_folder(path, opaque=opaque)

    def remove(self, path: str, *, hide: bool = False) -> None:
        """Remove a file, or a folder with all that it holds; nothing happens where there is none.

        `hide` leaves a whiteout, so that lower layers' `path` does not show.
        """
        with self.transaction():
            for one in reversed(self._at_and_below(path)):
                self._drop(one)
            if hide:
                self._make_folder(paths.parent(path))
                self._place(path, self._made(WHITEOUT))
            self._changed()

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder with all that it holds; `new` must be free, or hidden by a whiteout."""
        with self.transaction():
            hidden = self._nodes.get(new)
            if hidden is not None:
                if hidden.kind != WHITEOUT:
                    raise PathExistsError.at(new, f"{new} exists already")
                self._drop(new)
            self._make_folder(paths.parent(new))
            moved = [(path, self._nodes[path]) for path in self._at_and_below(old)]
            for path, _ in reversed(moved):
                self._unlink(path)
            generation = self._changed()
            for path, node in moved:
                if node.kind != FILE:  # what a folder holds is called otherwise now
                    node, ctime_ns = MemoryNode(node.kind, node.mtime_ns, generation), node.ctime_ns
                    node.ctime_ns = ctime_ns
                    node.children = set() if node.kind != WHITEOUT else None
                    if path == old and hidden is not None:  # and hides what the whiteout hid
                        node.kind = OPAQUE_FOLDER
                node.generation = generation
                self._link(paths.rebase(path, old, new), node)

    def sync(self) -> None:
        """Do nothing: there is no disk to wait for."""

    def stats(self) -> StoreStats:
        """Tell what the store holds, and what it may."""
        with self.lock:
            kinds = Counter(map(operator.attrgetter("kind"), self._nodes.values()))
            chunks = sum(1 for node in self._nodes.values() if node.content)
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

    # --- files that are written in place ---------------------------------------------------------------

    def node(self, path: str) -> MemoryNode | None:
        """Give what stands at a path, a whiteout too; under the lock."""
        return self._nodes.get(path)

    def file_node(self, path: str) -> MemoryNode:
        """Give a file; under the lock.

        Raises
        ------
        PathNotFoundError, IsAFolderError
            There is none.
        """
        node = self._nodes.get(path)
        if node is None or node.kind != FILE:
            raise self._no_file(path)
        return node

    def own(self, path: str) -> MemoryNode:
        """Give a file to be written in place, made if missing; under the lock.

        What a transaction has to put back is another one's: then it is copied.
        """
        node = self._nodes.get(path)
        if node is None or node.kind != FILE:
            self._put(path, b"", exclusive=True)
            return self._nodes[path]
        if self._journal is not None:
            self._note(path)
            node.in_tree = False
            node = self._nodes[path] = node.copied()
        return node

    def write_into(self, node: MemoryNode, path: str, at: int, data: bytes | bytearray | memoryview) -> None:
        """Write into a file in place: all of `data`, or nothing where the quota refuses; under the lock."""
        growth = at + len(data) - len(node.content)
        if growth > 0 and node.in_tree:
            self.quota.charge(growth, path=path)
            try:
                node.write_at(at, data)
            except MemoryError:
                self.quota.charge(-growth)
                raise
        else:
            node.write_at(at, data)
        self._touch(node)

    def resize(self, node: MemoryNode, path: str, size: int) -> None:
        """Cut a file off in place, or lengthen it with zeros; under the lock."""
        growth = size - len(node.content)
        if node.in_tree and growth > 0:
            self.quota.charge(growth, path=path)
        try:
            node.resize(size)
        except MemoryError:
            if node.in_tree:
                self.quota.charge(-growth)
            raise
        if node.in_tree and growth < 0:
            self.quota.charge(growth)
        self._touch(node)

    def tell(self) -> None:
        """Tell who remembers answers that files were written in place."""
        self._listeners.tell()

    # --- inside --------------------------------------------------------------------------------------

    def _touch(self, node: MemoryNode) -> None:
        self._clock += 1
        node.generation = self._clock
        node.mtime_ns = time.time_ns()
        node.changes += 1

    def _changed(self) -> int:
        """Give the next number of the store's clock, and tell who remembers answers."""
        self._clock += 1
        self._listeners.tell()
        return self._clock

    def _made(self, kind: int) -> MemoryNode:
        node = MemoryNode(kind, time.time_ns(), self._changed())
        node.children = None if kind == WHITEOUT else set()
        return node

    def _put(self, path: str, content: bytes, *, exclusive: bool, promise: Promise | None = None) -> None:
        """Make `content` that of the file `path`; its bytes are taken from `promise` first."""
        with self._turn:
            old = self._nodes.get(path)
            if old is None:
                above = self._nodes.get(paths.parent(path))
                if above is None or above.children is None:
                    with self.transaction():  # folders that were made for nothing go again
                        self._make_folder(paths.parent(path))
                        self._put_beside(path, content, promise)
                else:
                    self._put_beside(path, content, promise)
                return
            if old.children is not None:
                raise IsAFolderError.at(path, f"{path} is a folder, not a file")
            if old.kind == FILE and exclusive:
                raise PathExistsError.at(path, f"{path} exists already")
            self.quota.charge(len(content), promise, path, freed=len(old.content))
            self._note(path)
            node = self._nodes[path] = MemoryNode(FILE, time.time_ns(), self._clock + 1, content)
            if old.kind == FILE:
                node.ctime_ns, node.changes = old.ctime_ns, old.changes
            old.in_tree = False
            self._changed()

    def _put_beside(self, path: str, content: bytes, promise: Promise | None) -> None:
        """Put a new file into a folder that is there."""
        node = MemoryNode(FILE, time.time_ns(), self._clock + 1, content)
        self._place(path, node, promise)
        self._changed()

    def _make_folder(self, path: str, *, opaque: bool = False) -> None:
        node = self._nodes.get(path)
        if node is None:
            self._make_folder(paths.parent(path))
            self._place(path, self._made(OPAQUE_FOLDER if opaque else FOLDER))
        elif node.kind == FILE:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        elif node.kind == WHITEOUT or (opaque and node.kind == FOLDER):
            # A folder made where one was removed must not show again what the removed one held.
            self._note(path)
            opened = self._made(OPAQUE_FOLDER)
            opened.ctime_ns, opened.mtime_ns, opened.children = node.ctime_ns, node.mtime_ns, node.children or set()
            self._nodes[path] = opened

    def _at_and_below(self, top: str) -> Sequence[str]:
        """Give the paths of what stands at `top` and below, each after its folder."""
        found = [top] if top in self._nodes else []
        for path in found:  # grows while it is walked
            found += self._nodes[path].children or ()
        return found

    def _place(self, path: str, node: MemoryNode, promise: Promise | None = None) -> None:
        """Put a node where none is, in a folder that is there."""
        self.quota.charge_node(path)
        try:
            self.quota.charge(len(node.content), promise, path)
        except BaseException:
            self.quota.release_node()
            raise
        self._link(path, node)

    def _link(self, path: str, node: MemoryNode) -> None:
        self._note(path)
        self._nodes[path] = node
        node.in_tree = True
        if path != paths.ROOT:
            self._nodes[paths.parent(path)].children.add(path)  # type: ignore[union-attr]

    def _drop(self, path: str) -> None:
        """Take a node out that holds nothing any more."""
        node = self._unlink(path)
        self.quota.release_node()
        self.quota.charge(-len(node.content))

    def _unlink(self, path: str) -> MemoryNode:
        self._note(path)
        node = self._nodes.pop(path)
        node.in_tree = False
        self._nodes[paths.parent(path)].children.discard(path)  # type: ignore[union-attr]
        return node

    def _note(self, path: str) -> None:
        """Remember what a transaction has to put back."""
        if self._journal is not None and path not in self._journal:
            self._journal[path] = self._nodes.get(path)

    def _undo(self, journal: dict[str, MemoryNode | None]) -> None:
        for path, node in journal.items():
            gone = self._nodes.pop(path, None)
            if gone is not None:
                gone.in_tree = False
            if node is not None:
                self._nodes[path] = node
        for path, node in journal.items():  # all folders that are to hold them are back now
            if node is not None:
                node.in_tree = True
            folder = self._nodes.get(paths.parent(path))
            if path != paths.ROOT and folder is not None and folder.children is not None:
                (folder.children.discard if node is None else folder.children.add)(path)
        self._changed()

    def _no_file(self, path: str) -> PathNotFoundError | IsAFolderError:
        node = self._nodes.get(path)
        if node is None or node.kind == WHITEOUT:
            return PathNotFoundError.at(path, f"there is no {path} any more")
        return IsAFolderError.at(path, f"{path} is a folder, not a file")


class _Turn:
    """A thread's turn to change the tree; may be nested."""

    def __init__(self, lock: threading.RLock, timeout: float) -> None:
        self._acquire, self._release = lock.acquire, lock.release
        self._timeout = timeout

    def __enter__(self) -> None:
        if not self._acquire(timeout=self._timeout):
            raise locked(MEMORY, "another thread", self._timeout)

    def __exit__(self, *exc: object) -> None:
        self._release()


class _Closed(dict[str, MemoryNode]):
    """The files of a store that is closed."""

    def _refuse(self, *_: object) -> None:
        raise ValueError(f"the store {MEMORY} is closed")

    get = __getitem__ = values = items = _refuse  # type: ignore[assignment]


def _entry(path: str, node: MemoryNode) -> Entry:
    if node.kind == FILE:
        return Entry(path, Kind.FILE, len(node.content), node.mtime_ns, node.ctime_ns, path, None, node.generation)
    return Entry(path, Kind.FOLDER, 0, node.mtime_ns, node.ctime_ns, None, None, node.generation)
