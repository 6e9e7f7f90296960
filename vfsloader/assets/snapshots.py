"""Snapshots of paths: which layer provides a path, in which language, and with which content.

Every path that was asked for is remembered with the digest of its content, a missing path too, so that it can be
determined later which of them differ.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, TypeVar

from vfsloader.errors import IsAFolderError, PathNotFoundError
from vfsloader.layers.protocol import Entry, EntryType, Layer, digest_of
from vfsloader.layers.union import Found, Union
from vfsloader.runtime import hashes
from vfsloader.runtime.forking import renew_in_child

if TYPE_CHECKING:
    from vfsloader.layers.union_diff import MayDiffer

T = TypeVar("T")


class Snapshot(NamedTuple):
    """What was at a path; all None where nothing was."""

    name: str | None = None
    """The layer's name."""
    layer: Layer | None = None
    entry: Entry | None = None
    digest: bytes | None = None
    """SHA-256 of the content; None where it could not be read."""
    is_settled: bool = True
    """Whether another write would show in the entry, too. A disk's clock ticks in milliseconds: a file that was
    written just before it was read may be written once more with the same times and size."""


MISSING = Snapshot()
#: A disk's clock may tick as slowly as this, and that of FAT and HFS+, which have whole seconds, as this.
_UNSETTLED_NS, _UNSETTLED_COARSE_NS = 50_000_000, 3_000_000_000


def is_settled(mtime_ns: int, now_ns: int) -> bool:
    """Return whether a file that was read at a time would have another time of change if it changed after that.

    Examples
    --------
    >>> second = 1_000_000_000
    >>> [is_settled(changed, 13 * second) for changed in (10 * second + 5, 12 * second, 9 * second)]
    [True, False, True]
    """
    age = now_ns - mtime_ns
    return age > _UNSETTLED_NS and (age > _UNSETTLED_COARSE_NS or mtime_ns % 1_000_000_000 != 0)


class SnapshotDiff(NamedTuple):
    """A path whose content differs from before."""

    old: Snapshot
    new: Snapshot
    error: OSError | None = None
    """Why the new content could not be read."""


class Tree(Protocol):
    """A tree whose layers may be exchanged, as a :class:`~vfsloader.VirtualFileSystem` is."""

    @property
    def union(self) -> Union:
        """The layers as they are mounted now."""


class Snapshots:
    """The paths that were asked for, as they were when they were last looked at.

    Parameters
    ----------
    tree
        The merged tree.
    languages
        Looked for first, below ``/tl/<language>``, in this order.
    """

    def __init__(self, tree: Tree, languages: Sequence[str] = ()) -> None:
        #: Held while paths are looked at, by the threads that decode, too.
        self.lock = threading.RLock()
        renew_in_child(self, "lock")
        self.languages = tuple(languages)
        self._tree = tree
        self._snapshots: dict[str, Snapshot] = {}
        #: What was at paths that were found changed by someone who just read them: resources are still made of it.
        self._overtaken: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._snapshots)

    @property
    def tree(self) -> Tree:
        """The tree that the paths are in."""
        return self._tree

    @property
    def union(self) -> Union:
        """The layers as they are mounted now."""
        return self._tree.union

    def find(self, path: str) -> Found | None:
        """Return the file at a normalised path, in the first present language that has one; folders are not files."""
        union = self._tree.union
        for language in self.languages:
            found = union.find(f"/tl/{language}{path}")
            if found is not None and found.entry.kind is EntryType.FILE:
                return found
        found = union.find(path)
        return None if found is None or found.entry.kind is not EntryType.FILE else found

    def copies(self, path: str) -> Iterator[Found]:
        """Yield the files that a path has in the layers, the winner first, then those that would win without it.

        In the present languages first. What a layer hides does not count.
        """
        for spelling in (*(f"/tl/{language}{path}" for language in self.languages), path):
            union = self._tree.union
            mounts = union.mounts
            while mounts:
                part = Union(mounts, case_insensitive=union.case_insensitive)
                try:
                    found = part.find(spelling)
                finally:
                    part.detach()
                if found is None or found.entry.kind is not EntryType.FILE:
                    break
                yield found
                mounts = mounts[[mount.layer for mount in mounts].index(found.layer) + 1 :]

    def look(self, path: str) -> Snapshot:
        """Look at a path now, and remember it.

        Raises
        ------
        OSError
            The file exists and cannot be read. That is remembered, too.
        """
        old = self._snapshots.get(path, MISSING)
        found = self.find(path) if self.languages else self._tree.union.find(path)
        if found is None or found.entry.kind is not EntryType.FILE:
            new = MISSING
        elif old.digest is not None and old.is_settled and _is_same(old, found):
            new = old
        else:
            self._snapshots[path] = Snapshot(*found)
            now = time.time_ns()
            found, digest = self._fetch(path, digest_of, found)
            settled = found.entry.digest is not None or is_settled(found.entry.mtime_ns, now)
            new = Snapshot(*found, digest, settled)
        if old.entry is not None and old.digest != new.digest and not _is_noted(old, new):
            self._overtaken.setdefault(path, old)
        self._snapshots[path] = new
        return new

    def miss(self, path: str) -> None:
        """Remember that nothing is at a path, as the caller knows that already."""
        old = self._snapshots.get(path, MISSING)
        if old.digest is not None:
            self._overtaken.setdefault(path, old)
        self._snapshots[path] = MISSING

    def resolve(self, path: str) -> Snapshot:
        """Find a path without reading it: the digest is None unless the layer knows it.

        Only what has a digest is remembered; pass the rest to :meth:`read`.
        """
        found = self.find(path) if self.languages else self._tree.union.find(path)
        if found is None or found.entry.kind is not EntryType.FILE:
            return MISSING
        name, layer, entry = found
        snapshot = Snapshot(name, layer, entry, entry.digest)
        if snapshot.digest is not None:
            old = self._snapshots.get(path, MISSING)
            if old.entry is not None and old.digest != snapshot.digest and not _is_noted(old, found):
                self._overtaken.setdefault(path, old)
            self._snapshots[path] = snapshot
        return snapshot

    def last(self, path: str) -> Snapshot:
        """Return what was at a path when it was last looked at."""
        return self._snapshots.get(path, MISSING)

    def read(self, path: str, known: Snapshot = MISSING) -> tuple[bytes, Snapshot]:
        """Read the file at a path, and remember it.

        Parameters
        ----------
        path
            A normalised path.
        known
            What has just been found there, so that the path is not resolved again.

        Raises
        ------
        PathNotFoundError
            There is none. That is remembered, too.
        """
        old = self._snapshots.get(path, MISSING)
        if known.layer is None or known.entry is None:
            self._snapshots[path] = MISSING
            found = self.find(path)
            if found is None:
                raise self._no_file(path)
        else:
            found = Found(known.name or "", known.layer, known.entry)
        now = time.time_ns()
        found, data = self._fetch(path, _read, found)
        entry = found.entry
        age = now - entry.mtime_ns  # as in `is_settled`, without a call
        is_old = age > _UNSETTLED_COARSE_NS or (age > _UNSETTLED_NS and entry.mtime_ns % 1_000_000_000 != 0)
        settled = entry.digest is not None or is_old
        snapshot = Snapshot(*found, entry.digest or hashes.sha256(data).digest(), settled)
        if old.entry is not None and old.digest != snapshot.digest and not _is_noted(old, found):
            self._overtaken.setdefault(path, old)
        self._snapshots[path] = snapshot
        return data, snapshot

    def note(self, path: str, found: Found) -> bool:
        """Remember a file that somebody else reads, without its digest: it is the same as long as its entry is.

        Return whether that is possible: another write would show in the entry.
        """
        if not is_settled(found.entry.mtime_ns, time.time_ns()):
            return False
        old = self._snapshots.get(path, MISSING)
        if old.entry is not None and not _is_same(old, found):
            self._overtaken.setdefault(path, old)
        self._snapshots[path] = Snapshot(*found)
        return True

    def missing(self) -> list[str]:
        """Return the paths that were asked for and are not there."""
        return [path for path, snapshot in list(self._snapshots.items()) if snapshot.entry is None]

    def forget(self, path: str) -> None:
        """Stop remembering a path."""
        self._snapshots.pop(path, None)
        self._overtaken.pop(path, None)

    def differences(self, may_differ: MayDiffer) -> Mapping[str, SnapshotDiff]:
        """Look at all remembered paths again, and return those whose content differs.

        Parameters
        ----------
        may_differ
            Says of a path of the tree and the layer that provided it whether it is worth looking.
        """
        return {path: difference for path, difference in self.compare(may_differ) if difference is not None}

    def compare(self, may_differ: MayDiffer, unfinished: Comparison | None = None) -> Comparison:
        """Begin to look at all remembered paths again, one after the other.

        Parameters
        ----------
        may_differ
            As for :meth:`differences`.
        unfinished
            An earlier comparison that this one replaces: what it has not looked at is compared with what it was then.
        """
        known = {**self._snapshots, **self._overtaken}
        self._overtaken = {}
        if unfinished is not None:
            known.update(unfinished.waiting)
        return Comparison(self, sorted(known.items(), reverse=True), may_differ)

    def difference(self, path: str, old: Snapshot) -> SnapshotDiff | None:
        """Look at a path, and return how its content differs from what it was; None if it does not."""
        if path not in self._snapshots:  # it was forgotten since
            return None
        if old.digest is None and old.entry is not None:
            found = self.find(path)
            if found is not None and _is_same(old, found):
                return None  # it could not be read, and has not changed since
        try:
            new = self.look(path)
            self._overtaken.pop(path, None)
        except OSError as error:
            return SnapshotDiff(old, self._snapshots[path], error)
        return None if new.digest == old.digest else SnapshotDiff(old, new)

    def _fetch(self, path: str, how: Callable[[Layer, Entry], T], found: Found) -> tuple[Found, T]:
        try:
            return self._tree.union.fetch(found.entry.path, how, found)
        except PathNotFoundError:  # it has gone; where it was a translation, the original may be there
            again = self.find(path)
            if again is None:
                raise self._no_file(path) from None
            return self._tree.union.fetch(again.entry.path, how, again)

    def _no_file(self, path: str) -> OSError:
        union = self._tree.union
        if union.find(path) is not None:
            return IsAFolderError.at(path, f"{path} is a folder, not a file")
        return union.not_found(path)


class Comparison:
    """Looks at one path after the other; yields each, and how it differs from what it was, or None.

    Between two of them, others may look at paths and read them.

    Parameters
    ----------
    snapshots
        What looks.
    waiting
        The paths, the first one last, each with what it was.
    may_differ
        As for :meth:`Snapshots.differences`.
    """

    def __init__(self, snapshots: Snapshots, waiting: list[tuple[str, Snapshot]], may_differ: MayDiffer) -> None:
        self.waiting = waiting
        self._snapshots = snapshots
        self._may_differ = may_differ

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[str, SnapshotDiff | None]:
        if not self.waiting:
            raise StopIteration
        path, old = self.waiting.pop()
        may_differ, languages = self._may_differ, self._snapshots.languages
        if may_differ(path, old.layer) or any(may_differ(f"/tl/{language}{path}", None) for language in languages):
            return path, self._snapshots.difference(path, old)
        return path, None


def _read(layer: Layer, entry: Entry) -> bytes:
    return layer.read(entry)


def _is_noted(old: Snapshot, found: Found | Snapshot) -> bool:
    """Return whether a file of unknown digest is the one that was found."""
    return old.digest is None and found.layer is old.layer and found.entry == old.entry


def _is_same(old: Snapshot, found: Found) -> bool:
    return found.layer is old.layer and found.entry == old.entry
