"""Which layer wins a path, remembered for trees with live folders as long as nothing has changed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable
from typing import NamedTuple

from vfsloader import paths
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.folder_notices import FolderNotices
from vfsloader.layers.union import Answers, Found, Mount, Union
from vfsloader.layers.watched_folders import UnsettledError, WatchedFolder, is_watchable
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.runtime.forking import renew_in_child

#: Files that are read the ordinary way first: watching costs more than it saves where few are read.
_PATIENCE = 16


class _Known(NamedTuple):
    """What is known in one state of all layers."""

    generation: int
    versions: tuple[Hashable | None, ...]
    answers: Answers | None
    files: dict[str, Found]
    unsettled: set[str]


class SettledPaths:
    """The files of a union that can be read without asking each live folder.

    Parameters
    ----------
    union
        The layers. :func:`settled_paths` says whether this class can do anything for them.
    """

    def __init__(self, union: Union) -> None:
        self._union = union
        self._layers = [mount.layer for mount in union.mounts]
        #: Live stores, which are asked at each read, as that takes no time.
        self._asked = [
            layer for layer in self._layers if not layer.reports_changes and not isinstance(layer, FolderLayer)
        ]
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._unwatched_reads = 0
        self._notices: FolderNotices | None = None
        self._folders: list[WatchedFolder] = []
        self._inner = union
        self._known = _Known(-1, (), None, {}, set())

    def find(self, path: paths.PathLike) -> Found | None:
        """Return the file that wins a path; None where only the union can tell."""
        notices = self._notices
        if notices is None:
            notices = self._watch()
            if notices is None:
                return None
        known = self._known
        if self._holds(known, notices):
            found = known.files.get(path)  # type: ignore[arg-type] # others are normalised below
            if found is not None:
                return found
        return self._resolve(path, notices)

    def close(self) -> None:
        """Watch nothing any more."""
        if self._notices is not None:
            self._notices.close()
            self._inner.detach()

    def _holds(self, known: _Known, notices: FolderNotices) -> bool:
        """Return whether no layer has changed since something became known."""
        return (
            notices.is_quiet(known.generation)
            and self._inner.answers is known.answers
            and (not known.versions or known.versions == self._versions())
        )

    def _versions(self) -> tuple[Hashable | None, ...]:
        return tuple([layer.version() for layer in self._asked])

    def _watch(self) -> FolderNotices | None:
        """Begin to watch, once that is worth it; return where changes are reported."""
        with self._lock:
            self._unwatched_reads += 1
            if self._notices is not None or self._unwatched_reads != _PATIENCE:
                return self._notices
            with contextlib.suppress(OSError):
                notices = FolderNotices()
                folders: dict[int, WatchedFolder] = {}
                mounts = []
                for name, layer in self._union.mounts:
                    if isinstance(layer, FolderLayer) and not layer.reports_changes:
                        layer = folders.setdefault(id(layer), WatchedFolder(layer, notices))
                    mounts.append(Mount(name, layer))
                self._folders = list(folders.values())
                self._inner = Union(mounts)
                self._notices = notices
            return self._notices

    def _resolve(self, path: paths.PathLike, notices: FolderNotices) -> Found | None:
        clean = paths.normalise(path)
        known = self._renew(notices)
        found = known.files.get(clean)
        if found is not None or clean in known.unsettled:
            return found
        try:
            found = self._inner.find(clean, known.answers)
        except UnsettledError:
            known.unsettled.add(clean)
            return None
        if found is None or found.entry.is_folder:
            return None
        if not self._holds(known, notices):
            # What was remembered of one layer and what was just seen of another may never have been true together.
            return None
        layer = found.layer.layer if isinstance(found.layer, WatchedFolder) else found.layer
        known.files[clean] = found = Found(found.name, layer, found.entry)
        return found

    def _renew(self, notices: FolderNotices) -> _Known:
        """Forget what does not hold any more; return what does."""
        versions = self._versions()
        with self._lock:
            generation, changes = notices.take()
            for folder in self._folders:
                if changes.is_everything:
                    folder.forget(None)
                elif changes.folders:
                    folder.forget([path for owner, path in changes.folders if owner is folder])
            known = self._known
            if generation != known.generation:
                self._inner.forget()
            answers = self._inner.answers
            if generation != known.generation or answers is not known.answers or versions != known.versions:
                if answers is known.answers:
                    self._inner.forget()
                    answers = self._inner.answers
                self._known = known = _Known(generation, versions, answers, {}, set())
            return known


def settled_paths(union: Union) -> SettledPaths | None:
    """Return what remembers the files of a union; None where the union knows better, or nothing can be remembered."""
    if not use_fast_paths() or union.reports_changes:
        return None
    layers = [mount.layer for mount in union.mounts if not mount.layer.reports_changes]
    folders = [layer for layer in layers if isinstance(layer, FolderLayer)]
    if not folders or not all(map(is_watchable, folders)):
        return None
    if any(layer.version() is None for layer in layers if not isinstance(layer, FolderLayer)):
        return None
    return SettledPaths(union)
