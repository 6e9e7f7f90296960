"""Updates: what differs now, which resources that affects, and the changes to report.

Determining what differs is done at once. The work on resources may be spread over frames.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import LiveResources, Record
from vfsloader.assets.loader import Loader
from vfsloader.assets.preload import Preload
from vfsloader.assets.snapshots import SnapshotDiff
from vfsloader.game.layers import GameLayers
from vfsloader.game.merged_data import DataFiles
from vfsloader.game.watcher import Watcher
from vfsloader.layers.union_diff import everywhere, may_differ_between
from vfsloader.quoting import message


class Updater:
    """Brings resources and data up to date with the layers.

    Attributes
    ----------
    preloads
        Jobs that are not finished.
    """

    def __init__(
        self, layers: GameLayers, decoder: Decoder, resources: LiveResources, data: DataFiles, watcher: Watcher
    ) -> None:
        self.preloads: list[Preload] = []
        self._layers = layers
        self._vfs = layers.vfs
        self._decoder = decoder
        self._resources = resources
        self._data = data
        self._watcher = watcher
        self._to_refresh: dict[Record, None] = {}  # an ordered set
        #: Loaders that may have put off a part of the work.
        self._loaders: dict[Loader[Any], None] = {}
        #: Replaced resources are kept alive until their change is reported.
        self._replaced: dict[Record, object] = {}
        self._to_report: dict[str, SnapshotDiff] = {}
        self._is_marked = False
        self._version = self._vfs.union.version()
        self._vfs.subscribe(self.mark)

    def mark(self) -> None:
        """Say that something may differ."""
        self._is_marked = True

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do. It is asked each frame, and so takes few steps."""
        return (
            self._vfs.reports_changes
            and not self._is_marked
            and not self._watcher.has_news
            and not self.preloads
            and not self._to_report
            and self._layers.is_up_to_date
        )

    def update(self, budget_ms: float | None) -> list[Change]:
        """Do what there is to do; see :meth:`ResourceManager.update`."""
        deadline = None if budget_ms is None else time.perf_counter() + budget_ms / 1000
        data = self._find_differences()
        changes = self._work(deadline) + data
        while self._resources.unreferenced_paths:
            self._decoder.snapshots.forget(self._resources.unreferenced_paths.pop())
        return changes

    def _find_differences(self) -> list[Change]:
        """Determine what differs. Return the data files that do, and remember the resources that do."""
        events = self._watcher.drain()
        if events:
            self._layers.refresh(events)
        changed, self._is_marked = self._is_marked or bool(events), False
        if not self._vfs.reports_changes:
            version = self._vfs.union.version()
            changed = changed or version != self._version
            self._version = version
        before = self._vfs.union
        if self._layers.mount():
            self._is_marked = False
            self._version = None if self._vfs.reports_changes else self._vfs.union.version()
        elif not changed:
            return []
        after = self._vfs.union
        may_differ = everywhere if changed else may_differ_between(before, after)
        with self._decoder.lock:
            differences = self._decoder.snapshots.differences(may_differ)
        for path, difference in differences.items():
            earlier = self._to_report.get(path)
            self._to_report[path] = difference if earlier is None else difference._replace(old=earlier.old)
        self._to_refresh.update(dict.fromkeys(self._resources.using(differences)))
        return self._data.changes(after)

    def _work(self, deadline: float | None) -> list[Change]:
        """Refresh resources and finish preloads until the time is up. Return the changes of finished paths."""
        while self._do_one():
            if deadline is not None and time.perf_counter() >= deadline:
                break
        self.preloads = [job for job in self.preloads if not job.is_done]
        if any(loader.has_work for loader in self._loaders):
            return []
        self._loaders.clear()
        changes = []
        for path, difference in list(self._to_report.items()):
            users = self._resources.using([path])
            if self._to_refresh.keys().isdisjoint(users):
                del self._to_report[path]
                changes.append(self._change(path, difference, users))
        return changes

    def _do_one(self) -> bool:
        """Refresh one resource, let a loader go on, or finish one file that a thread has decoded.

        Return whether there was anything to do.
        """
        if not self._to_refresh:
            for loader in self._loaders:
                if loader.has_work:
                    loader.advance()
                    return True
            return any(job.advance() for job in self.preloads)
        record = next(iter(self._to_refresh))
        del self._to_refresh[record]
        self._refresh(record)
        return True

    def _refresh(self, record: Record) -> None:
        """Reload a resource. If the new file cannot be decoded, keep the old resource and record the error."""
        anchor = record.anchor()
        if anchor is None:
            return
        loader, reads = record.loader, set(record.paths)
        record.error = None
        try:
            snapshot = self._decoder.snapshots.last(record.path)
            decoded = self._decoder.decode(loader, record.path, record.options, reads, snapshot, falls_back=False)
            self._loaders[loader] = None
            resource = loader.replace(anchor, decoded.data, **decoded.options)
        except Exception as error:  # a game's own loader may raise anything, and the game goes on
            if self._decoder.snapshots.find(record.path) is not None:
                record.error = message(str(error))
            self._resources.depend(record, frozenset(reads))
        else:
            if resource is anchor:
                self._resources.depend(record, decoded.paths, decoded.size_bytes)
            else:
                self._resources.track(record, resource, decoded.paths, decoded.size_bytes)
            self._replaced[record] = resource

    def _change(self, path: str, difference: SnapshotDiff, users: Sequence[Record]) -> Change:
        old, new, unreadable = difference
        resources = tuple(resource for record in users if (resource := record.value()) is not None)
        for record in users:
            self._replaced.pop(record, None)
        if new.entry is None:
            return Change(path, "removed", resources=resources)
        errors = [record.error for record in users if record.error is not None]
        if unreadable is not None or errors:
            return Change(path, "failed", new.name, str(unreadable or errors[0]), resources)
        return Change(path, "added" if old.entry is None else "changed", new.name, resources=resources)
