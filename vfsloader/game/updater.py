"""Bringing what a game uses up to date: what looks different now, which resources that touches, what is told.

Finding out is done at once; the work on resources may be spread over frames.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import LiveResources, Record
from vfsloader.assets.preload import Preload
from vfsloader.assets.snapshots import SnapshotDiff
from vfsloader.game.layers import GameLayers
from vfsloader.game.merged_data import DataFiles
from vfsloader.game.watcher import Watcher
from vfsloader.layers.union_diff import everywhere, may_differ_between


class Updater:
    """Brings resources and data up to date with the layers."""

    def __init__(
        self, layers: GameLayers, decoder: Decoder, living: LiveResources, data: DataFiles, watcher: Watcher
    ) -> None:
        self.preloads: list[Preload] = []
        self._layers = layers
        self._decoder = decoder
        self._living = living
        self._data = data
        self._watcher = watcher
        self._to_refresh: dict[Record, None] = {}  # in this order
        self._new: dict[Record, object] = {}  # one that is no longer the same object is held until it is told of
        self._to_tell: dict[str, SnapshotDiff] = {}
        self._marked = False
        # Where all layers tell of their changes, an idle update need not ask any.
        layers.vfs.subscribe(self.mark)
        self._version = layers.vfs.union.version()

    def mark(self) -> None:
        """Say that something may look different."""
        self._marked = True

    def update(self, budget_ms: float | None) -> list[Change]:
        """Do what is to be done; see :meth:`ResourceManager.update`."""
        deadline = None if budget_ms is None else time.perf_counter() + budget_ms / 1000
        data = self._take_notice()
        told = self._work(deadline) + data
        while self._living.unreferenced_paths:
            self._decoder.snapshots.forget(self._living.unreferenced_paths.pop())
        return told

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to do: asked each frame, and so in few steps."""
        return (
            self._layers.vfs.reports_changes
            and not self._marked
            and not self._watcher.has_news
            and not self.preloads
            and not self._to_tell
            and self._layers.is_up_to_date
        )

    def _take_notice(self) -> list[Change]:
        """Find out what looks different now; tell which data files do, and remember which resources."""
        events = self._watcher.drain()
        if events:
            self._layers.take_in(events)
        changed, self._marked = self._marked or bool(events), False
        if not self._layers.vfs.reports_changes:
            version = self._layers.vfs.union.version()
            changed = changed or version != self._version
            self._version = version
        before = self._layers.vfs.union
        if self._layers.mount():
            self._marked = False
            self._version = None if self._layers.vfs.reports_changes else self._layers.vfs.union.version()
        elif not changed:
            return []
        may_differ = everywhere if changed else may_differ_between(before, self._layers.vfs.union)
        with self._decoder.lock:
            differences = self._decoder.snapshots.differences(may_differ)
        for path, difference in differences.items():
            earlier = self._to_tell.get(path)
            self._to_tell[path] = difference if earlier is None else difference._replace(old=earlier.old)
        self._to_refresh.update(dict.fromkeys(self._living.using(differences)))
        return self._data.changes(self._layers.vfs.union)

    def _work(self, deadline: float | None) -> list[Change]:
        """Refresh resources and finish preloads until the time is up; tell of each path that is done."""
        while self._do_a_piece():
            if deadline is not None and time.perf_counter() >= deadline:
                break
        self.preloads = [job for job in self.preloads if not job.is_done]
        told = []
        for path, difference in list(self._to_tell.items()):
            users = self._living.using([path])
            if self._to_refresh.keys().isdisjoint(users):
                del self._to_tell[path]
                told.append(self._change(path, difference, users))
        return told

    def _do_a_piece(self) -> bool:
        """Refresh one resource, or finish one file that a thread has decoded; tell whether there was any."""
        if not self._to_refresh:
            return any(job.advance() for job in self.preloads)
        record = next(iter(self._to_refresh))
        del self._to_refresh[record]
        self._refresh(record)
        return True

    def _refresh(self, record: Record) -> None:
        """Bring what was made of a file up to date; what cannot be, stays as it is, and is told."""
        resource = record.value()
        if resource is None:
            return
        loader, reads = record.loader, set(record.paths)
        record.error = None
        try:
            look = self._decoder.snapshots.last(record.path)
            decoded = self._decoder.decode(loader, record.path, record.options, reads, look)
            resource = loader.replace(resource, decoded.data, **decoded.options)
        except Exception as error:  # a loader of the game's own may raise anything; the game goes on
            if self._decoder.snapshots.find(record.path) is not None:
                record.error = str(error)
            self._living.track(record, resource, frozenset(reads))
        else:
            self._living.track(record, resource, decoded.paths, decoded.size_bytes)
            self._new[record] = resource

    def _change(self, path: str, difference: SnapshotDiff, users: Sequence[Record]) -> Change:
        old, new, unreadable = difference
        resources = tuple(resource for record in users if (resource := record.value()) is not None)
        for record in users:
            self._new.pop(record, None)
        if new.entry is None:
            return Change(path, "removed", resources=resources)
        errors = [record.error for record in users if record.error is not None]
        if unreadable is not None or errors:
            return Change(path, "failed", new.name, str(unreadable or errors[0]), resources)
        return Change(path, "added" if old.entry is None else "changed", new.name, resources=resources)
