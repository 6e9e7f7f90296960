"""The tree of a store in memory: what each change does to its nodes, counted by the quota.

Everything here runs under the store's lock; nothing here locks. During a transaction, each node that is removed or
replaced is noted, so that a rollback can put it back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError
from vfsloader.layers.listeners import Listeners
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.quota import Quota, Reservation
from vfsloader.store.schema import FILE, FOLDER, OPAQUE_FOLDER, WHITEOUT


class MemoryTree:
    """Nodes by path.

    Parameters
    ----------
    quota
        Is asked before anything is stored.
    """

    def __init__(self, quota: Quota) -> None:
        self.by_path: dict[str, MemoryNode] = {}
        #: Rises with each change.
        self.version = 0
        self.listeners = Listeners()
        #: True from the first whiteout on.
        self.has_hidden = False
        self._quota = quota
        self._journal: dict[str, MemoryNode | None] | None = None
        #: Whether the thread that holds the store's lock is inside :meth:`transaction`.
        self.is_in_transaction = False
        self._insert(paths.ROOT, self._new_node(FOLDER))
        #: Whether there is a change that was not announced yet.
        self.is_changed = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Put everything back if the ``with`` fails, and let its thread see each step; may be nested."""
        outer, self.is_in_transaction = self.is_in_transaction, True
        try:
            with self.rolled_back_on_error():
                yield
        finally:
            self.is_in_transaction = outer

    @contextlib.contextmanager
    def rolled_back_on_error(self) -> Iterator[None]:
        """Put everything back if the ``with`` fails; may be nested."""
        outer, self._journal = self._journal, {}
        before, was_changed = self._quota.begin(), self.is_changed
        try:
            yield
        except BaseException:
            self._roll_back(self._journal)
            self._quota.undo(before)
            self.is_changed = was_changed
            raise
        else:
            self._quota.commit(before)
            if outer is not None:
                for path, node in self._journal.items():
                    outer.setdefault(path, node)
        finally:
            self._journal = outer

    def put(
        self, path: str, content: bytes, *, exclusive: bool = False, reservation: Reservation | None = None
    ) -> None:
        """Make `content` that of the file `path`; its bytes are taken from `reservation` first."""
        old = self.by_path.get(path)
        if old is None:
            above = self.by_path.get(paths.parent(path))
            if above is not None and above.children is not None:
                self._put_new(path, content, reservation)
            else:
                with self.rolled_back_on_error():  # the folders that were created, too
                    self.make_folder(paths.parent(path))
                    self._put_new(path, content, reservation)
            return
        if old.children is not None:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        if old.kind == FILE and exclusive:
            raise PathExistsError.at(path, f"{path} exists already")
        self._quota.charge(len(content), reservation, path, freed=len(old.content))
        self._note(path)
        node = self.by_path[path] = MemoryNode(FILE, time.time_ns(), self.version + 1, content)
        if old.kind == FILE:
            node.ctime_ns, node.changes = old.ctime_ns, old.changes
        old.in_tree = False
        self._bump_version()

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Create a folder and those above it; do nothing if it exists."""
        node = self.by_path.get(path)
        if node is None:
            missing, above = [], paths.parent(path)
            while above not in self.by_path:  # not by recursion: the path may be from an archive
                missing.append(above)
                above = paths.parent(above)
            self.make_folder(above)
            for step in reversed(missing):
                self._insert(step, self._new_node(FOLDER))
            self._insert(path, self._new_node(OPAQUE_FOLDER if opaque else FOLDER))
        elif node.kind == FILE:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        elif node.kind == WHITEOUT or (opaque and node.kind == FOLDER):
            # A folder made where one was removed must not show again what lower layers have in the removed one.
            self._note(path)
            folder = self._new_node(OPAQUE_FOLDER)
            folder.ctime_ns, folder.mtime_ns, folder.children = node.ctime_ns, node.mtime_ns, node.children or set()
            self.by_path[path] = folder

    def remove(self, path: str, *, hide: bool) -> None:
        """Remove the node at `path` and all below it; leave a whiteout if `hide`."""
        removed = self._subtree(path)
        for child in reversed(removed):
            self._remove_node(child)
        if hide:
            self.make_folder(paths.parent(path))
            self._insert(path, self._new_node(WHITEOUT))
        elif removed:
            self._bump_version()

    def rename(self, old: str, new: str) -> None:
        """Move the node at `old` and all below it to `new`, which is free or a whiteout."""
        hidden = self.by_path.get(new)
        if hidden is not None:
            if hidden.kind != WHITEOUT:
                raise PathExistsError.at(new, f"{new} exists already")
            self._remove_node(new)
        self.make_folder(paths.parent(new))
        nodes = [(path, self.by_path[path]) for path in self._subtree(old)]
        for path, _ in reversed(nodes):
            self._unlink(path)
        generation = self._bump_version()
        for path, node in nodes:
            if node.kind != FILE:  # its children have other paths now
                node = node.copy_empty()
                if path == old and hidden is not None:  # it goes on hiding what the whiteout hid
                    node.kind = OPAQUE_FOLDER
            node.generation = generation
            self._link(paths.rebase(path, old, new), node)

    def file(self, path: str) -> MemoryNode:
        """Return the node of a file.

        Raises
        ------
        PathNotFoundError, IsAFolderError
            There is no file at `path`.
        """
        node = self.by_path.get(path)
        if node is None or node.kind != FILE:
            raise self.no_file(path)
        return node

    def no_file(self, path: str) -> PathNotFoundError | IsAFolderError:
        """Return the error for a path at which there is no file."""
        node = self.by_path.get(path)
        if node is None or node.kind == WHITEOUT:
            return PathNotFoundError.at(path, f"{path} no longer exists")
        return IsAFolderError.at(path, f"{path} is a folder, not a file")

    def announce(self) -> None:
        """Notify the listeners of all changes since the last time; in a transaction, its end does that."""
        if self.is_changed and self._journal is None:
            self.is_changed = False
            self.listeners.notify()

    # --- writing files in place ----------------------------------------------------------------------

    def open_in_place(self, path: str) -> MemoryNode:
        """Return the node of a file that is to be written in place; create it if missing, in an existing folder.

        In a transaction it is a copy, so that a rollback can put the old one back.
        """
        node = self.by_path.get(path)
        if node is None:
            self._quota.charge_node(path)
            node = MemoryNode(FILE, time.time_ns(), self._bump_version())
            self._link(path, node)
            self.announce()
        elif node.kind == WHITEOUT:
            self.put(path, b"")
            self.announce()
            node = self.by_path[path]
        elif self._journal is not None:
            self._note(path)
            node.in_tree = False
            node = self.by_path[path] = node.copy_file()
        return node

    def write_in_place(self, node: MemoryNode, path: str, start: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of `data`, or nothing if the quota refuses."""
        content, end = node.content, start + len(data)
        growth = end - len(content)
        if growth <= 0 and type(content) is bytearray:
            content[start:end] = data
        elif growth > 0 and node.in_tree:
            self._quota.charge(growth, path=path)
            try:
                node.write_at(start, data)
            except MemoryError:
                self._quota.charge(-growth)
                raise
        else:
            node.write_at(start, data)
        self._count_change(node)

    def resize_in_place(self, node: MemoryNode, path: str, size: int, *, clear: bool = False) -> None:
        """Truncate a file, or extend it with zeros; `clear` makes all of it zeros."""
        growth = size - len(node.content)
        if node.in_tree and growth > 0:
            self._quota.charge(growth, path=path)
        try:
            if clear:
                node.content = bytes(size)
            else:
                node.resize(size)
        except MemoryError:
            if node.in_tree and growth > 0:
                self._quota.charge(-growth)
            raise
        if node.in_tree and growth < 0:
            self._quota.charge(growth)
        self._count_change(node)

    def close_in_place(self, node: MemoryNode) -> None:
        """Announce that a file was written in place."""
        node.mtime_ns = time.time_ns()
        self._bump_version()
        self.announce()

    # --- inside --------------------------------------------------------------------------------------

    def _put_new(self, path: str, content: bytes, reservation: Reservation | None) -> None:
        self._insert(path, MemoryNode(FILE, time.time_ns(), self.version + 1, content), reservation)
        self._bump_version()

    def _count_change(self, node: MemoryNode) -> None:
        """Count a write in place; it is announced when the file is closed."""
        self.is_changed = True
        self.version += 1
        node.generation = self.version
        node.changes += 1

    def _bump_version(self) -> int:
        """Count a change, which :meth:`announce` announces once it cannot be rolled back any more."""
        self.version += 1
        self.is_changed = True
        if self.is_in_transaction:
            self.listeners.notify_uncommitted()
        return self.version

    def _new_node(self, kind: int) -> MemoryNode:
        """Return a new folder or whiteout."""
        node = MemoryNode(kind, time.time_ns(), self._bump_version())
        node.children = None if kind == WHITEOUT else set()
        self.has_hidden = self.has_hidden or kind == WHITEOUT
        return node

    def _subtree(self, top: str) -> Sequence[str]:
        """Return the paths of the node at `top` and all below it, each after its folder."""
        subtree = [top] if top in self.by_path else []
        for path in subtree:  # grows during the walk
            subtree += self.by_path[path].children or ()
        return subtree

    def _insert(self, path: str, node: MemoryNode, reservation: Reservation | None = None) -> None:
        """Add a node at a free path, in an existing folder."""
        self._quota.charge(len(node.content), reservation, path)
        try:
            self._quota.charge_node(path)
        except BaseException:
            self._quota.charge(-len(node.content))
            raise
        self._link(path, node)

    def _link(self, path: str, node: MemoryNode) -> None:
        self._note(path)
        self.by_path[path] = node
        node.in_tree = True
        if path != paths.ROOT:
            self.by_path[paths.parent(path)].children.add(path)  # type: ignore[union-attr]

    def _remove_node(self, path: str) -> None:
        """Remove a node without children."""
        node = self._unlink(path)
        self._quota.release_node()
        self._quota.charge(-len(node.content))

    def _unlink(self, path: str) -> MemoryNode:
        self._note(path)
        node = self.by_path.pop(path)
        node.in_tree = False
        self.by_path[paths.parent(path)].children.discard(path)  # type: ignore[union-attr]
        return node

    def _note(self, path: str) -> None:
        """Remember what a rollback has to put back."""
        if self._journal is not None and path not in self._journal:
            self._journal[path] = self.by_path.get(path)

    def _roll_back(self, journal: dict[str, MemoryNode | None]) -> None:
        for path, node in journal.items():
            removed = self.by_path.pop(path, None)
            if removed is not None:
                removed.in_tree = False
            if node is not None:
                self.by_path[path] = node
        for path, node in journal.items():  # now all the folders are back
            if node is not None:
                node.in_tree = True
            folder = self.by_path.get(paths.parent(path))
            if path != paths.ROOT and folder is not None and folder.children is not None:
                (folder.children.discard if node is None else folder.children.add)(path)
        self._bump_version()
