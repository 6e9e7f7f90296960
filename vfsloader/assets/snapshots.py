"""What paths look like: which layer shows a path, in which language, and with which content.

Every path that somebody asked for is remembered with the digest of its content, a path that was missing too. So
it can be told later which of them look different now.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from vfsloader.errors import IsAFolderError
from vfsloader.layers.protocol import Entry, Layer, digest_of
from vfsloader.layers.union import Found, Union


class Snapshot(NamedTuple):
    """What stands at a path; all None where nothing does."""

    name: str | None = None
    """The layer's name."""
    layer: Layer | None = None
    entry: Entry | None = None
    digest: bytes | None = None
    """SHA-256 of the content."""
    is_settled: bool = True
    """Whether another write would show in the entry, too. A disk's clock ticks in milliseconds: a file that was
    written just before it was read may be written once more with the same times and size."""


MISSING = Snapshot()
#: A disk's clock may tick as slowly as this; FAT's two seconds are nobody's who edits a game.
UNSETTLED_NS = 50_000_000


class SnapshotDiff(NamedTuple):
    """A path that looks otherwise than before."""

    old: Snapshot
    new: Snapshot
    error: OSError | None = None
    """Why the new content could not be read."""


class Snapshots:
    """The paths that somebody asked for, as they looked when they were last looked at.

    Parameters
    ----------
    union
        Gives the merged tree as it is at the moment.
    language
        Looked for first, below ``/tl/<language>``; None: no language.
    """

    def __init__(self, union: Callable[[], Union], language: str | None = None) -> None:
        #: Held by whoever looks: threads that decode do, too.
        self.lock = threading.RLock()
        self._union = union
        self.language = language
        self._looks: dict[str, Snapshot] = {}

    def __len__(self) -> int:
        return len(self._looks)

    def find(self, path: str) -> Found | None:
        """Give the file that shows at a normalised path, or None; folders are no files."""
        union = self._union()
        for place in self.places(path):
            found = union.find(place)
            if found is not None and not found.entry.is_folder:
                return found
        return None

    def places(self, path: str) -> tuple[str, ...]:
        """Give the paths of the tree at which a path is looked for."""
        return (path,) if self.language is None else (f"/tl/{self.language}{path}", path)

    def look(self, path: str) -> Snapshot:
        """Look at a path now, and remember it.

        Raises
        ------
        OSError
            The file is there and cannot be read; that is remembered, too.
        """
        old = self._looks.setdefault(path, MISSING)
        found = self.find(path)
        if found is None:
            new = MISSING
        elif old.digest is not None and old.is_settled and _is_same(old, found):
            new = old
        else:
            self._looks[path] = Snapshot(*found)
            settled = _is_settled(found.entry)
            new = Snapshot(*found, digest_of(found.layer, found.entry), settled)
        self._looks[path] = new
        return new

    def last_look(self, path: str) -> Snapshot:
        """Give what a path looked like when it was last looked at."""
        return self._looks.get(path, MISSING)

    def read(self, path: str) -> tuple[bytes, Snapshot]:
        """Read the file that shows at a path, and remember it.

        Raises
        ------
        PathNotFoundError
            There is none; that is remembered too.
        """
        self._looks.setdefault(path, MISSING)
        found = self.find(path)
        if found is None:
            self._looks[path] = MISSING
            missing = self._union().find(path)
            if missing is not None:
                raise IsAFolderError.at(path, f"{path} is a folder, not a file")
            raise self._union().not_found(path)
        settled = _is_settled(found.entry)
        data = found.layer.read(found.entry.key)
        look = Snapshot(*found, found.entry.digest or hashlib.sha256(data).digest(), settled)
        self._looks[path] = look
        return data, look

    def forget(self, path: str) -> None:
        """Remember a path no longer."""
        self._looks.pop(path, None)

    def differences(self, may_differ: Callable[[str, Layer | None], bool]) -> Mapping[str, SnapshotDiff]:
        """Look at all remembered paths anew, and give those whose content is another one.

        Parameters
        ----------
        may_differ
            Tells of a path of the tree and the layer that showed it whether it is worth looking.
        """
        differences = {}
        for path, old in sorted(self._looks.items()):
            if not may_differ(path, old.layer) and (
                self.language is None or not may_differ(f"/tl/{self.language}{path}", None)
            ):
                continue
            found = self.find(path)
            if found is not None and old.entry is not None and old.digest is None and _is_same(old, found):
                continue  # it could not be read, and nobody touched it since
            try:
                new = self.look(path)
            except OSError as error:
                differences[path] = SnapshotDiff(old, self._looks[path], error)
                continue
            if new.digest != old.digest:
                differences[path] = SnapshotDiff(old, new)
        return differences


def _is_settled(entry: Entry) -> bool:
    return entry.digest is not None or time.time_ns() - entry.mtime_ns > UNSETTLED_NS


def _is_same(old: Snapshot, found: Found) -> bool:
    return found.layer is old.layer and found.entry == old.entry
