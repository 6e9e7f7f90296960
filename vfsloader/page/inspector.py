"""A look into a running game: its resources, what each update did, and how long frames take.

While no page is open, nothing of this runs: it is registered among the polls of ``update()`` when the first page
opens, and removed when the last one is closed. While one is open, each frame costs a few steps, and a slice of the
resources is looked at within `_SLICE_SECONDS`.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from vfsloader.assets.changes import Change
from vfsloader.assets.edits.gather import edited_path
from vfsloader.assets.live import Record
from vfsloader.game.manager import ResourceManager
from vfsloader.page.desk import Desk
from vfsloader.page.events import Events
from vfsloader.quoting import plain
from vfsloader.runtime import polling

#: Of one frame, for looking at resources. A frame of 60 a second has 16.7 ms.
_SLICE_SECONDS = 0.00005
#: Between two reports to the page, and between two looks at all resources although nothing seems to have changed.
_REPORT_SECONDS, _PASS_SECONDS = 0.25, 2.0
#: Records that are looked at before the clock is.
_AT_ONCE = 8
_MOST_ROWS, _MOST_CHANGES, _MOST_MISSES, _MOST_UPDATES = 100, 50, 500, 20
#: The page draws so many; a game without a limit makes tens of thousands between two reports.
_MOST_FRAMES = 240


class Inspector:
    """Reports what a game does to the pages that are open.

    Parameters
    ----------
    game
        The game.

    Attributes
    ----------
    desk
        Carries the page's work to the game's thread.
    events
        The pages that are open.
    """

    def __init__(self, game: ResourceManager) -> None:
        self.desk = Desk(self._wake)
        self.events = Events(self._on_watched)
        self._game = game
        self._inside = game.inside
        self._is_watched = False
        self._forget()

    def _forget(self) -> None:
        """Begin as if nothing had been reported yet."""
        #: A number for each resource that stays the same when a game drops a resource and loads it again.
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[Any, ...]] = {}
        self._seen: set[int] = set()
        self._pass: Iterator[Record] | None = None
        self._rows: list[list[Any]] = []
        self._gone: list[int] = []
        self._frames: deque[float] = deque(maxlen=_MOST_FRAMES)
        self._updates: list[dict[str, Any]] = []
        self._changes: list[Change] = []
        self._count = self._inside.updater.count
        self._made, self._passed = -1, 0.0
        self._last_frame = self._last_report = 0.0
        self._revision = -1
        self._missed = -1
        self._unsubscribe: Any = None

    # --- called on the server's threads --------------------------------------------------------------

    def _wake(self) -> None:
        polling.register(self.poll)

    def _on_watched(self, is_watched: bool) -> None:
        self._is_watched = is_watched
        if is_watched:
            polling.register(self.poll)

    def close(self) -> None:
        """Stop; called after the server has ended."""
        self._is_watched = False
        polling.unregister(self.poll)
        if self._unsubscribe is not None:
            self._unsubscribe()

    # --- called on the game's thread -----------------------------------------------------------------

    def again(self) -> None:
        """Report all resources again: another page has opened."""
        self._known = {}
        self._made = self._missed = self._revision = -1
        self._pass = None

    def poll(self) -> None:
        """Do the page's work, and note what the last frame did; called once a frame."""
        self.desk.work()
        if not self._is_watched:
            if self._unsubscribe is not None:
                self._unsubscribe()
            self._forget()
            if self.desk.is_empty:
                polling.unregister(self.poll)
                if not self.desk.is_empty or self._is_watched:  # work came at this moment
                    polling.register(self.poll)
            return
        if self._unsubscribe is None:
            self._unsubscribe = self._game.subscribe(self._on_changes)
        now = time.perf_counter()
        if self._last_frame:
            self._frames.append(now - self._last_frame)
        self._last_frame = now
        updater = self._inside.updater
        if updater.count != self._count:
            self._note_update(updater.count, updater.seconds)
        self._look(now)
        if now - self._last_report >= _REPORT_SECONDS:
            self._last_report = now
            self._report()

    def _on_changes(self, changes: list[Change]) -> None:
        self._changes = changes

    def _note_update(self, count: int, seconds: float) -> None:
        self._count = count
        changes, self._changes = self._changes, []
        if len(self._updates) < _MOST_UPDATES:
            shown = [
                [plain(change.path, 1000), change.kind, change.layer, plain(change.error or "", 500)]
                for change in changes[:_MOST_CHANGES]
            ]
            self._updates.append(
                {"at": time.time(), "ms": round(seconds * 1000, 3), "count": len(changes), "changes": shown}
            )
        self._made = -1

    def _look(self, now: float) -> None:
        """Look at some of the resources."""
        resources = self._inside.resources
        if self._pass is None:
            if resources.made == self._made and now - self._passed < _PASS_SECONDS:
                return
            self._made, self._passed = resources.made, now
            self._seen = set()
            self._pass = iter(resources.records())
        deadline = now + _SLICE_SECONDS
        while True:
            some = list(itertools.islice(self._pass, _AT_ONCE))
            for record in some:
                self._look_at(record)
            if len(some) < _AT_ONCE:
                self._end_pass()
                return
            if time.perf_counter() > deadline or len(self._rows) >= _MOST_ROWS:
                return

    def _look_at(self, record: Record) -> None:
        number = self._numbers.setdefault(record.key, len(self._numbers) + 1)
        self._seen.add(number)
        shown = (record.reloads, record.size_bytes, record.error, record.seconds)
        if self._known.get(number) != shown:
            self._known[number] = shown
            self._rows.append(self._row(number, record))

    def _end_pass(self) -> None:
        self._pass = None
        gone = [number for number in self._known if number not in self._seen]
        for number in gone:
            del self._known[number]
        self._gone += gone

    def _row(self, number: int, record: Record) -> list[Any]:
        snapshot = self._inside.decoder.snapshots.last(record.path)
        others = [path for path in record.paths if path != record.path and edited_path(path) is None]
        return [
            number,
            plain(record.path, 1000),
            type(record.loader).__name__.removesuffix("Loader") or "Loader",
            snapshot.name or "",
            record.size_bytes,
            round(record.seconds * 1000, 3),
            record.reloads,
            record.changed_at,
            plain(record.error or "", 500),
            len([path for path in others if not path.endswith(".meta")]),
        ]

    def _report(self) -> None:
        """Send what was noted since the last report."""
        event: dict[str, Any] = {
            "type": "frames",
            "frames": [round(seconds * 1000, 2) for seconds in self._frames],
        }
        self._frames.clear()
        for name, noted in (("rows", self._rows), ("gone", self._gone), ("updates", self._updates)):
            if noted:
                event[name] = noted
        self._rows, self._gone, self._updates = [], [], []
        if self._passed and self._pass is None:
            event["stats"] = self._stats()
            snapshots = self._inside.decoder.snapshots
            if self._missed != len(snapshots):
                self._missed = len(snapshots)
                missing = [path for path in snapshots.missing() if not path.endswith((".meta", ".json"))]
                event["misses"] = [plain(path, 1000) for path in missing[:_MOST_MISSES]]
        if self._revision != self._game.mods.revision:
            self._revision = self._game.mods.revision
            event["mods"] = self._revision
        self.events.publish(event)

    def _stats(self) -> dict[str, Any]:
        decoder = self._inside.decoder
        return {
            **self._game.stats(),
            "cache_most": decoder.cache.max_bytes,
            "budget": {"decoded_bytes": decoder.limits.decoded_bytes, "pixels": decoder.limits.pixels},
            "failures": len(decoder.failures),
        }
