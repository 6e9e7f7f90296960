"""What the menu knows about the game's mods, read again only when it may have changed."""

from __future__ import annotations

from concurrent.futures import Future

from vfsloader.pygame.menu.conflicts import Conflict, ConflictIndex
from vfsloader.pygame.menu.rows import Row, make_rows
from vfsloader.pygame.menu.words import Words

from vfsloader.game.manager import ResourceManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.runtime.threads import make_pool

#: After so many frames problems are read again: a picture may have turned out to be damaged while it was loaded.
_FRAMES_UNTIL_POLL = 300


class Overview:
    """The mods of a game, as the menu lists them.

    Attributes
    ----------
    rows
        All rows.
    version
        Grows when the rows or the problems have changed.
    """

    def __init__(self, manager: ResourceManager, words: Words) -> None:
        self.mods = manager.mods
        self.rows: tuple[Row, ...] = ()
        self.version = 0
        self.loading = 0
        self.total = 0
        self.attention = 0
        self._words = words
        self._problems: list[Problem] = []
        self._revision = -1
        self._frames = 0
        self._thread = make_pool(1, "vfsloader-menu")
        self._counting: tuple[int, Future[ConflictIndex]] | None = None
        self._chosen_problems: tuple[tuple[int, int, str], tuple[Problem, ...]] = ((-1, -1, ""), ())

    def refresh(self, *, poll: bool = False) -> None:
        """Read the mods again if they have changed.

        Parameters
        ----------
        poll
            Count a frame. After some hundred of them, problems are read again in any case.
        """
        self._frames += poll
        if self._revision == self.mods.revision and self._frames < _FRAMES_UNTIL_POLL:
            return
        self._frames = 0
        problems = self.mods.problems
        if self._revision == self.mods.revision and problems == self._problems:
            return
        revision = self.mods.revision
        mods, enabled = self.mods.available, [mod.id for mod in self.mods.enabled]
        disabled = {mod.id for mod in mods if self.mods.is_disabled(mod.id)}
        order = self.mods.profiles[self.mods.profile].order
        self.rows = make_rows(mods, enabled, disabled, problems, order, self._words)
        self.total, self.loading = len(mods), len(enabled)
        self.attention = sum(row.is_wrong for row in self.rows)
        self._problems, self._revision = problems, revision
        self.version += 1

    def problems_of(self, row: Row) -> tuple[Problem, ...]:
        """Return what keeps a mod from loading, or would if it were switched on, and what else is wrong with it."""
        mod = row.mod
        if mod is None:
            return tuple(problem for problem in self._problems if problem.mod == row.id)
        key = self._revision, self.version, mod.id
        if key != self._chosen_problems[0]:
            problems = [problem for problem in self._problems if mod.id in (problem.mod, *problem.chain)]
            if not row.is_wanted:
                would_be = self.mods.plan_enable(mod.id).problems
                problems += [problem for problem in would_be if problem not in problems]
            self._chosen_problems = key, tuple(sorted(problems, key=lambda problem: problem.is_warning))
        return self._chosen_problems[1]

    def conflicts_of(self, mod: Mod) -> tuple[Conflict, ...] | None:
        """Return a mod's conflicts, or None while a thread compares the files, as trees can be large."""
        revision = self.mods.revision
        if self._counting is None or self._counting[0] != revision:
            if self._counting is not None:
                self._counting[1].cancel()
            self._counting = revision, self._thread.submit(self._compare)
        future = self._counting[1]
        return future.result().of(mod.id) if future.done() else None

    @property
    def is_comparing(self) -> bool:
        """Whether a thread compares the files."""
        return self._counting is not None and not self._counting[1].done()

    def comparison(self) -> tuple[int, bool] | None:
        """Return something that differs when a comparison has been started or has ended."""
        return None if self._counting is None else (self._counting[0], self._counting[1].done())

    def close(self) -> None:
        """Stop comparing."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _compare(self) -> ConflictIndex:
        try:
            overrides = self.mods.find_overrides()
            names = {mod.id: mod.name for mod in self.mods.available}
            return ConflictIndex(overrides, names, self.mods.find_values(overrides), self.mods.find_edits())
        except Exception:  # a mod vanished while it was read: the next change compares again
            return ConflictIndex((), {})
