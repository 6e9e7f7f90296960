"""Updates: what differs now, which resources that affects, and the changes to report.

Which layers differ is determined at once. Looking at the files in use, and decoding those that differ, may be spread
over frames, and large files are decoded on a thread. What was decoded is shown when all of it is ready, so that no
frame shows half of a mod.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from vfsloader.assets.changes import Change
from vfsloader.assets.decoder import Decoder
from vfsloader.assets.edits.gather import edits_key
from vfsloader.assets.live import LiveResources, Record
from vfsloader.assets.loader import Decoded, Loader
from vfsloader.assets.snapshots import Comparison, SnapshotDiff
from vfsloader.game.layers import GameLayers
from vfsloader.game.watcher import Watcher
from vfsloader.quoting import message
from vfsloader.runtime.collecting import uncollected
from vfsloader.runtime.threads import make_pool

if TYPE_CHECKING:
    from concurrent.futures import Future

    from vfsloader.assets.preload import Preload
    from vfsloader.game.edited_files import EditedFiles
    from vfsloader.game.merged_data import DataFiles
    from vfsloader.game.registries import GameRegistries
    from vfsloader.game.texts import GameTexts
#: A file of more bytes, or one whose resource took more, may take longer to decode than a frame lasts.
LARGE_FILE_BYTES, LARGE_RESOURCE_BYTES = 128 << 10, 4 << 20
#: So many paths are looked at in a frame even if the time is up.
LEAST_LOOKS = 64
#: More resources than this are shown in a frame in which nothing is decoded.
MANY = 32


class _Outcome(NamedTuple):
    """What became of decoding a resource's file."""

    decoded: Decoded | None
    error: str | None
    reads: frozenset[str]
    """Every path that was asked for."""


class Updater:
    """Brings resources and data up to date with the layers.

    Attributes
    ----------
    preloads
        Jobs that are not finished.
    count, seconds
        How many updates had something to do, and how long the last of them took.
    """

    def __init__(
        self,
        layers: GameLayers,
        decoder: Decoder,
        resources: LiveResources,
        data: DataFiles,
        edited: EditedFiles,
        texts: GameTexts,
        registries: GameRegistries,
        watcher: Watcher,
    ) -> None:
        self.preloads: list[Preload] = []
        self.count, self.seconds = 0, 0.0
        self._layers = layers
        self._vfs = layers.vfs
        self._decoder = decoder
        self._resources = resources
        self._data = data
        self._edited = edited
        self._texts = texts
        self._registries = registries
        self._watcher = watcher
        #: The paths that were not looked at yet since the layers changed, each with how it differs.
        self._comparison: Comparison | None = None
        #: The pictures whose edits differ.
        self._edited_pictures: dict[str, None] = {}
        self._to_refresh: dict[Record, None] = {}  # an ordered set
        #: Decoded in earlier frames, and shown together with the rest.
        self._outcomes: dict[Record, _Outcome] = {}
        #: What a thread decodes.
        self._running: dict[Record, Future[_Outcome]] = {}
        #: Loaders that may have put off a part of the work.
        self._loaders: dict[Loader[Any], None] = {}
        #: Replaced resources are kept alive until their change is reported.
        self._replaced: dict[Record, object] = {}
        self._to_report: dict[str, SnapshotDiff] = {}
        self._is_marked = self._has_new = False
        self._version = self._vfs.union.version()
        self._vfs.subscribe(self.mark)
        decoder.look_for_prepared(self._vfs.union)

    def mark(self) -> None:
        """Say that something may differ."""
        self._is_marked = True

    def begin(self) -> None:
        """Say that all layers are mounted, and that nothing was asked of them yet: nothing can differ."""
        self._is_marked = False

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do. It is asked each frame, and so takes few steps."""
        return (
            self._vfs.reports_changes
            and not self._is_marked
            and not self._watcher.has_news
            and not self.preloads
            and not self._to_report
            and self._comparison is None
            and self._layers.is_up_to_date
        )

    def update(self, budget_ms: float | None) -> list[Change]:
        """Do what there is to do; see :meth:`ResourceManager.update`."""
        started = time.perf_counter()
        deadline = None if budget_ms is None else started + budget_ms / 1000
        data = self._find_differences()
        changes = (self._work(deadline) if self._compare(deadline) else []) + data
        self._layers.mods.close_unused()
        while self._resources.unreferenced_paths:
            self._decoder.forget(self._resources.unreferenced_paths.pop())
        self.count += 1
        self.seconds = time.perf_counter() - started
        return changes

    def _find_differences(self) -> list[Change]:
        """Determine whether layers differ. Return the data files that do; :meth:`_compare` looks at resources."""
        from vfsloader.layers.union_diff import everywhere, may_differ_between

        events = self._watcher.drain()
        if events and self._layers.refresh(events):
            self._watcher.follow(self._layers.folders())
        changed, self._is_marked = self._is_marked or bool(events), False
        if not self._vfs.reports_changes:
            version = self._vfs.union.version()
            changed = changed or version != self._version
            self._version = version
        before = self._vfs.union
        may_differ_in_data = not self._layers.is_up_to_date  # an option counts in data, without another layer
        if self._layers.mount():
            self._is_marked = False
            self._version = None if self._vfs.reports_changes else self._vfs.union.version()
        elif not changed and not may_differ_in_data:
            return []
        after = self._vfs.union
        self._decoder.look_for_prepared(after)
        # If a comparison has not come to its end, what it has not looked at may differ as well.
        is_anywhere = changed or self._comparison is not None
        may_differ = everywhere if is_anywhere else may_differ_between(before, after)
        with self._decoder.snapshots.lock:
            self._comparison = self._decoder.snapshots.compare(may_differ, self._comparison)
            self._edited_pictures.update(dict.fromkeys(self._decoder.edits.differences(may_differ)))
        changes = self._data.changes(after) + self._edited.changes(after) + self._texts.changes(after)
        reported = {change.path for change in changes}
        return changes + [change for change in self._registries.changes(after) if change.path not in reported]

    def _compare(self, deadline: float | None) -> bool:
        """Look at paths until the time is up, and remember the resources that differ. Return whether all are done."""
        if self._comparison is None:
            return True
        with self._decoder.snapshots.lock:
            for looks, (path, difference) in enumerate(self._comparison, 1):
                if difference is not None:
                    earlier = self._to_report.get(path)
                    self._to_report[path] = difference if earlier is None else difference._replace(old=earlier.old)
                    self._refresh([path])
                if deadline is not None and looks >= LEAST_LOOKS and time.perf_counter() >= deadline:
                    return False
        self._comparison = None
        for path in self._edited_pictures:
            picture = self._decoder.snapshots.last(path)
            if picture.entry is not None:  # else its edits have no effect
                files = self._decoder.edits.last(path).files
                shown = picture._replace(name=files[-1].layer) if files else picture
                self._to_report.setdefault(path, SnapshotDiff(shown, shown))
        self._refresh(map(edits_key, self._edited_pictures))
        self._edited_pictures = {}
        # A game may have loaded more meanwhile: in the order in which they were made, as if all had been compared now.
        self._to_refresh = dict.fromkeys(sorted(self._to_refresh, key=lambda record: record.number))
        return True

    def _refresh(self, paths: Iterable[str]) -> None:
        """Remember the resources that depend on some paths."""
        for record in self._resources.using(paths):
            self._to_refresh[record] = None
            self._outcomes.pop(record, None)  # what was decoded of it is out of date
            self._running.pop(record, None)
            self._has_new = True

    def _work(self, deadline: float | None) -> list[Change]:
        """Refresh resources and finish preloads until the time is up.

        Return the changes if all resources are up to date.
        """
        has_decoded = bool(self._to_refresh)
        if deadline is None:
            self._refresh_all()
        else:
            self._decode_until(deadline)
        while any(job.advance() for job in self.preloads):
            if deadline is not None and time.perf_counter() >= deadline:
                break
        self.preloads = [job for job in self.preloads if not job.is_done]
        if self._to_refresh or self._running:
            return []
        if has_decoded and len(self._outcomes) > MANY and deadline is not None and time.perf_counter() >= deadline:
            return []  # to show that many takes most of a frame
        with uncollected():
            if deadline is not None and not self._stage_until(deadline):
                return []
            for record, outcome in self._outcomes.items():
                self._show(record, outcome)
            self._outcomes = {}
            if not self._let_loaders_finish(deadline):
                return []
            changes = [self._change(path, difference) for path, difference in self._to_report.items()]
        self._to_report, self._replaced = {}, {}
        return changes

    def _stage_until(self, deadline: float) -> bool:
        """Stage resources that nobody sees before the loader's last step, until the time is up.

        Return whether all are staged.
        """
        waiting = [record for record in self._outcomes if record.loader.stages]
        for done, record in enumerate(waiting, 1):
            self._show(record, self._outcomes.pop(record))
            if time.perf_counter() >= deadline:
                return done == len(waiting)
        return True

    def _let_loaders_finish(self, deadline: float | None) -> bool:
        """Do the work that loaders have put off, until the time is up. Return whether all of it is done."""
        for loader in self._loaders:
            while loader.has_work:
                loader.advance()
                if deadline is not None and time.perf_counter() >= deadline:
                    break
        if any(loader.has_work for loader in self._loaders):
            return False
        self._loaders.clear()
        return True

    def _refresh_all(self) -> None:
        """Refresh every resource, one after the other: no frame is drawn in between."""
        for record, future in self._running.items():
            self._outcomes[record] = future.result()
        self._running = {}
        while self._to_refresh:
            record = next(iter(self._to_refresh))
            del self._to_refresh[record]
            if record.anchor() is not None:
                self._show(record, self._decode(record))

    def _decode_until(self, deadline: float) -> None:
        """Decode at least one file, and more until the time is up; let a thread decode the large ones."""
        for record, future in list(self._running.items()):
            if future.done():
                del self._running[record]
                self._outcomes[record] = self._prepared(record, future.result())
        large = [record for record in self._to_refresh if self._is_large(record)] if self._has_new else []
        self._has_new = False
        if large:
            pool = make_pool(1, "vfsloader-update")
            for record in large:
                del self._to_refresh[record]
                self._running[record] = pool.submit(self._decode, record)
            pool.shutdown(wait=False)
        while self._to_refresh:
            record = next(iter(self._to_refresh))
            del self._to_refresh[record]
            if record.anchor() is not None:
                self._outcomes[record] = self._prepared(record, self._decode(record))
            if time.perf_counter() >= deadline:
                break

    def _is_large(self, record: Record) -> bool:
        entry = self._decoder.snapshots.last(record.path).entry
        return record.size_bytes > LARGE_RESOURCE_BYTES or (entry is not None and entry.size > LARGE_FILE_BYTES)

    def _decode(self, record: Record) -> _Outcome:
        """Decode a resource's file; called on any thread."""
        reads = set(record.paths)
        try:
            snapshot = self._decoder.snapshots.last(record.path)
            decoded = self._decoder.decode(
                record.loader, record.path, record.options, reads, snapshot, falls_back=False
            )
        except Exception as error:  # a game's own loader may raise anything, and the game goes on
            return _Outcome(None, self._message(record, error), frozenset(reads))
        return _Outcome(decoded, None, decoded.paths)

    def _prepared(self, record: Record, outcome: _Outcome) -> _Outcome:
        """Let the loader do a part of its work ahead of the frame in which the resource changes."""
        decoded = outcome.decoded
        if decoded is None:
            return outcome
        try:
            data = record.loader.prepare_replacement(decoded.data, **decoded.options)
        except Exception as error:  # as for decoding
            return _Outcome(None, self._message(record, error), outcome.reads)
        return outcome._replace(decoded=decoded._replace(data=data))

    def _show(self, record: Record, outcome: _Outcome) -> None:
        """Change a resource. If the new file cannot be used, keep the old resource and record the error."""
        anchor = record.anchor()
        if anchor is None:
            return
        record.error = outcome.error
        decoded = outcome.decoded
        if decoded is None:
            self._resources.depend(record, outcome.reads)
            return
        try:
            self._loaders[record.loader] = None
            resource = record.loader.replace(anchor, decoded.data, **decoded.options)
        except Exception as error:  # as above
            record.error = self._message(record, error)
            self._resources.depend(record, outcome.reads)
        else:
            if resource is anchor:
                self._resources.depend(record, decoded.paths, decoded.size_bytes)
            else:
                self._resources.track(record, resource, decoded.paths, decoded.size_bytes)
            self._replaced[record] = resource
            record.reloads += 1
            record.changed_at, record.seconds = time.time(), decoded.seconds

    def _message(self, record: Record, error: Exception) -> str | None:
        """Return why a resource was not changed; None if its file is gone, which is not an error."""
        return None if self._decoder.snapshots.find(record.path) is None else message(str(error))

    def _change(self, path: str, difference: SnapshotDiff) -> Change:
        old, new, unreadable = difference
        users = self._resources.using([path])
        resources = tuple(resource for record in users if (resource := record.value()) is not None)
        if new.entry is None:
            return Change(path, "removed", resources=resources)
        errors = [record.error for record in users if record.error is not None]
        if unreadable is not None or errors:
            return Change(path, "failed", new.name, str(unreadable or errors[0]), resources)
        return Change(path, "added" if old.entry is None else "changed", new.name, resources=resources)
