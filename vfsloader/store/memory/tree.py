"""The tree of a store in memory: what each change does to its nodes, counted by the quota.

Everything here runs under the store's lock; nothing here locks. While a transaction runs, whatever it takes out or
replaces is noted, to be put back where it fails.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from vfsloader import paths
from vfsloader.errors import IsAFolderError, NotAFolderError, PathExistsError, PathNotFoundError
from vfsloader.layers.listeners import Listeners
from vfsloader.store.memory.node import MemoryNode
from vfsloader.store.quota import Promise, Quota
from vfsloader.store.schema import FILE, FOLDER, OPAQUE_FOLDER, WHITEOUT


class MemoryNodes:
    """Nodes by path.

    Parameters
    ----------
    quota
        Is asked before anything is stored.
    """

    def __init__(self, quota: Quota) -> None:
        self.by_path: dict[str, MemoryNode] = {}
        self.clock = 0
        self.listeners = Listeners()
        #: Whether something changed that is not announced yet.
        self.is_changed = False
        #: True from the first whiteout on.
        self.has_hidden = False
        self._quota = quota
        self._journal: dict[str, MemoryNode | None] | None = None
        self._place(paths.ROOT, self._made(FOLDER))

    @contextlib.contextmanager
    def undone_if_it_fails(self) -> Iterator[None]:
        """Put everything back where the ``with`` fails; may be nested."""
        outer, self._journal = self._journal, {}
        before, was_changed = self._quota.held, self.is_changed
        try:
            yield
        except BaseException:
            self._undo(self._journal)
            self._quota.undo(before)
            self.is_changed = was_changed
            raise
        else:
            if outer is not None:
                for path, node in self._journal.items():
                    outer.setdefault(path, node)
        finally:
            self._journal = outer

    def put(self, path: str, content: bytes, *, exclusive: bool = False, promise: Promise | None = None) -> None:
        """Make `content` that of the file `path`; its bytes are taken from `promise` first."""
        old = self.by_path.get(path)
        if old is None:
            above = self.by_path.get(paths.parent(path))
            if above is not None and above.children is not None:
                self._put_new(path, content, promise)
            else:
                with self.undone_if_it_fails():  # folders that were made for nothing go again
                    self.make_folder(paths.parent(path))
                    self._put_new(path, content, promise)
            return
        if old.children is not None:
            raise IsAFolderError.at(path, f"{path} is a folder, not a file")
        if old.kind == FILE and exclusive:
            raise PathExistsError.at(path, f"{path} exists already")
        self._quota.charge(len(content), promise, path, freed=len(old.content))
        self._note(path)
        node = self.by_path[path] = MemoryNode(FILE, time.time_ns(), self.clock + 1, content)
        if old.kind == FILE:
            node.ctime_ns, node.changes = old.ctime_ns, old.changes
        old.in_tree = False
        self._changed()

    def make_folder(self, path: str, *, opaque: bool = False) -> None:
        """Make a folder and those above it; nothing happens where it is."""
        node = self.by_path.get(path)
        if node is None:
            self.make_folder(paths.parent(path))
            self._place(path, self._made(OPAQUE_FOLDER if opaque else FOLDER))
        elif node.kind == FILE:
            raise NotAFolderError.at(path, f"{path} is a file, not a folder")
        elif node.kind == WHITEOUT or (opaque and node.kind == FOLDER):
            # A folder made where one was removed must not show again what the removed one held.
            self._note(path)
            opened = self._made(OPAQUE_FOLDER)
            opened.ctime_ns, opened.mtime_ns, opened.children = node.ctime_ns, node.mtime_ns, node.children or set()
            self.by_path[path] = opened

    def remove(self, path: str, *, hide: bool) -> None:
        """Remove what stands at `path` and below it; leave a whiteout if `hide`."""
        for one in reversed(self._at_and_below(path)):
            self._drop(one)
        if hide:
            self.make_folder(paths.parent(path))
            self._place(path, self._made(WHITEOUT))
        self._changed()

    def rename(self, old: str, new: str) -> None:
        """Move what stands at `old` and below it to `new`, which is free or a whiteout."""
        hidden = self.by_path.get(new)
        if hidden is not None:
            if hidden.kind != WHITEOUT:
                raise PathExistsError.at(new, f"{new} exists already")
            self._drop(new)
        self.make_folder(paths.parent(new))
        moved = [(path, self.by_path[path]) for path in self._at_and_below(old)]
        for path, _ in reversed(moved):
            self._unlink(path)
        generation = self._changed()
        for path, node in moved:
            if node.kind != FILE:  # what a folder holds is called otherwise now
                node = node.emptied()
                if path == old and hidden is not None:  # and hides what the whiteout hid
                    node.kind = OPAQUE_FOLDER
            node.generation = generation
            self._link(paths.rebase(path, old, new), node)

    def file(self, path: str) -> MemoryNode:
        """Give a file.

        Raises
        ------
        PathNotFoundError, IsAFolderError
            There is none.
        """
        node = self.by_path.get(path)
        if node is None or node.kind != FILE:
            raise self.no_file(path)
        return node

    def no_file(self, path: str) -> PathNotFoundError | IsAFolderError:
        """Make the error for a path where no file stands."""
        node = self.by_path.get(path)
        if node is None or node.kind == WHITEOUT:
            return PathNotFoundError.at(path, f"there is no {path} any more")
        return IsAFolderError.at(path, f"{path} is a folder, not a file")

    def own(self, path: str) -> MemoryNode:
        """Give a file to be written in place, made if missing, in a folder that is there.

        What a transaction has to put back is another one's: then it is copied.
        """
        node = self.by_path.get(path)
        if node is None:
            self._quota.charge_node(path)
            self.clock += 1
            node = MemoryNode(FILE, time.time_ns(), self.clock)
            self._link(path, node)
            self.listeners.notify()
            return node
        if node.kind == WHITEOUT:
            self.put(path, b"")
            return self.by_path[path]
        if self._journal is not None:
            self._note(path)
            node.in_tree = False
            node = self.by_path[path] = node.copied()
        return node

    def write_into(self, node: MemoryNode, path: str, at: int, data: bytes | bytearray | memoryview) -> None:
        """Write into a file in place: all of `data`, or nothing where the quota refuses."""
        content, end = node.content, at + len(data)
        growth = end - len(content)
        if growth <= 0 and type(content) is bytearray:
            content[at:end] = data
        elif growth > 0 and node.in_tree:
            self._quota.charge(growth, path=path)
            try:
                node.write_at(at, data)
            except MemoryError:
                self._quota.charge(-growth)
                raise
        else:
            node.write_at(at, data)
        self._touch(node)

    def resize(self, node: MemoryNode, path: str, size: int, *, anew: bool = False) -> None:
        """Cut a file off in place, or lengthen it with zeros; `anew` makes all of it zeros."""
        growth = size - len(node.content)
        if node.in_tree and growth > 0:
            self._quota.charge(growth, path=path)
        try:
            if anew:
                node.content = bytes(size)
            else:
                node.resize(size)
        except MemoryError:
            if node.in_tree and growth > 0:
                self._quota.charge(-growth)
            raise
        if node.in_tree and growth < 0:
            self._quota.charge(growth)
        self._touch(node)

    def written(self, node: MemoryNode) -> None:
        """Tell who remembers answers that a file was written in place."""
        node.mtime_ns = time.time_ns()
        self.listeners.notify()

    # --- inside --------------------------------------------------------------------------------------

    def _put_new(self, path: str, content: bytes, promise: Promise | None) -> None:
        self._place(path, MemoryNode(FILE, time.time_ns(), self.clock + 1, content), promise)
        self._changed()

    def _touch(self, node: MemoryNode) -> None:
        self.clock += 1
        node.generation = self.clock
        node.changes += 1

    def _changed(self) -> int:
        """Count a change; it is announced by :meth:`announce`, when it cannot be undone any more."""
        self.clock += 1
        self.is_changed = True
        if self._journal is not None:
            self.listeners.notify_uncommitted()
        return self.clock

    def announce(self) -> None:
        """Notify the listeners, if anything changed since the last time."""
        if self.is_changed:
            self.is_changed = False
            self.listeners.notify()

    def _made(self, kind: int) -> MemoryNode:
        node = MemoryNode(kind, time.time_ns(), self._changed())
        node.children = None if kind == WHITEOUT else set()
        self.has_hidden = self.has_hidden or kind == WHITEOUT
        return node

    def _at_and_below(self, top: str) -> Sequence[str]:
        """Give the paths of what stands at `top` and below, each after its folder."""
        found = [top] if top in self.by_path else []
        for path in found:  # grows while it is walked
            found += self.by_path[path].children or ()
        return found

    def _place(self, path: str, node: MemoryNode, promise: Promise | None = None) -> None:
        """Put a node where none is, in a folder that is there."""
        promised = 0 if promise is None else promise.amount
        self._quota.charge(len(node.content), promise, path)
        try:
            self._quota.charge_node(path)
        except BaseException:
            self._quota.charge(-len(node.content))
            if promise is not None:
                self._quota.put_back(promise, promised)
            raise
        self._link(path, node)

    def _link(self, path: str, node: MemoryNode) -> None:
        self._note(path)
        self.by_path[path] = node
        node.in_tree = True
        if path != paths.ROOT:
            self.by_path[paths.parent(path)].children.add(path)  # type: ignore[union-attr]

    def _drop(self, path: str) -> None:
        """Take a node out that holds nothing any more."""
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
        """Remember what a transaction has to put back."""
        if self._journal is not None and path not in self._journal:
            self._journal[path] = self.by_path.get(path)

    def _undo(self, journal: dict[str, MemoryNode | None]) -> None:
        for path, node in journal.items():
            gone = self.by_path.pop(path, None)
            if gone is not None:
                gone.in_tree = False
            if node is not None:
                self.by_path[path] = node
        for path, node in journal.items():  # all folders that are to hold them are back now
            if node is not None:
                node.in_tree = True
            folder = self.by_path.get(paths.parent(path))
            if path != paths.ROOT and folder is not None and folder.children is not None:
                (folder.children.discard if node is None else folder.children.add)(path)
        self._changed()
