"""Snapshots of paths: which layer provides a path, in which language, and with which content.

Every path that was asked for is remembered with the digest of its content, a missing path too, so that it can be
determined later which of them differ.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from vfsloader.errors import IsAFolderError, PathNotFoundError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.layers.union import Found, Union
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
#: A disk's clock may tick as slowly as this. FAT's two seconds are left out: nobody edits a game there.
UNSETTLED_NS = 50_000_000


class SnapshotDiff(NamedTuple):
    """A path whose content differs from before."""

    old: Snapshot
    new: Snapshot
    error: OSError | None = None
    """Why the new content could not be read."""


class Snapshots:
    """The paths that were asked for, as they were when they were last looked at.

    Parameters
    ----------
    union
        Returns the merged tree as it is at the moment.
    language
        Looked for first, below ``/tl/<language>``; None: no language.
    """

    def __init__(self, union: Callable[[], Union], language: str | None = None) -> None:
        #: Held while paths are looked at, by the threads that decode, too.
        self.lock = threading.RLock()
        self._union = union
        self.language = language
        self._snapshots: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._snapshots)

    def find(self, path: str) -> Found | None:
        """Return the file at a normalised path, or None; folders are not files."""
        union = self._union()
        for place in self.places(path):
            found = union.find(place)
            if found is not None and not found.entry.is_folder:
                return found
        return None

    def places(self, path: str) -> tuple[str, ...]:
        """Return the paths of the tree at which a path is looked for."""
        return (path,) if self.language is None else (f"/tl/{self.language}{path}", path)

    def look(self, path: str) -> Snapshot:
        """Look at a path now, and remember it.

        Raises
        ------
        OSError
            The file exists and cannot be read. That is remembered, too.
        """
        old = self._snapshots.setdefault(path, MISSING)
        found = self.find(path)
        if found is None:
            new = MISSING
        elif old.digest is not None and old.is_settled and _is_same(old, found):
            new = old
        else:
            self._snapshots[path] = Snapshot(*found)
            new = self._fetch(path, _no_content)[1]
        self._snapshots[path] = new
        return new

    def last(self, path: str) -> Snapshot:
        """Return what was at a path when it was last looked at."""
        return self._snapshots.get(path, MISSING)

    def read(self, path: str) -> tuple[bytes, Snapshot]:
        """Read the file at a path, and remember it.

        Raises
        ------
        PathNotFoundError
            There is none. That is remembered, too.
        """
        self._snapshots[path] = MISSING
        data, snapshot = self._fetch(path, _content)
        self._snapshots[path] = snapshot
        return data, snapshot

    def _fetch(self, path: str, how: Callable[[Layer, Entry], T]) -> tuple[T, Snapshot]:
        """Fetch something of a file, in the present language if it has one, and its digest and time."""
        union = self._union()

        def fetch(layer: Layer, entry: Entry) -> tuple[T, bytes, bool]:
            settled = _is_settled(entry)
            value = how(layer, entry)
            digest = entry.digest or (
                hashlib.sha256(value).digest() if isinstance(value, bytes) else digest_of(layer, entry)
            )
            return value, digest, settled

        *translated, plain = self.places(path)
        for place in translated:
            try:
                found, (value, digest, settled) = union.fetch(place, fetch)
            except (PathNotFoundError, IsAFolderError, NotADirectoryError):
                continue
            return value, Snapshot(*found, digest, settled)
        found, (value, digest, settled) = union.fetch(plain, fetch)
        return value, Snapshot(*found, digest, settled)

    def forget(self, path: str) -> None:
        """Stop remembering a path."""
        self._snapshots.pop(path, None)

    def differences(self, may_differ: MayDiffer) -> Mapping[str, SnapshotDiff]:
        """Look at all remembered paths again, and return those whose content differs.

        Parameters
        ----------
        may_differ
            Says of a path of the tree and the layer that provided it whether it is worth looking.
        """
        differences = {}
        for path, old in sorted(self._snapshots.items()):
            if not may_differ(path, old.layer) and (
                self.language is None or not may_differ(f"/tl/{self.language}{path}", None)
            ):
                continue
            if old.digest is None and old.entry is not None:
                found = self.find(path)
                if found is not None and _is_same(old, found):
                    continue  # it could not be read, and has not changed since
            try:
                new = self.look(path)
            except OSError as error:
                differences[path] = SnapshotDiff(old, self._snapshots[path], error)
                continue
            if new.digest != old.digest:
                differences[path] = SnapshotDiff(old, new)
        return differences


def _content(layer: Layer, entry: Entry) -> bytes:
    return layer.read(entry)


def _no_content(layer: Layer, entry: Entry) -> None:
    return None


def _is_settled(entry: Entry) -> bool:
    return entry.digest is not None or time.time_ns() - entry.mtime_ns > UNSETTLED_NS


def _is_same(old: Snapshot, found: Found) -> bool:
    return found.layer is old.layer and found.entry == old.entry
