"""A search for guilty mods while the game runs. The player's own set is not touched: the trials are never stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Literal, Self

from vfsloader.mods.sets.bisection import Closure, Search, Verdict

#: Lets only these mods load, without storing it; None: those that the player chose.
ShowTrial = Callable[[Collection[str] | None], None]


class Bisection:
    """A search for the mods that cause a fault, one question after the other.

    The set in :attr:`testing` loads from the game's next update on. Say how it goes by :meth:`good`, :meth:`bad` or
    :meth:`skip`. The player's own set returns when the search ends, by :meth:`cancel`, and also if the game crashes,
    because trials are never stored.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from vfsloader import ModManager
    >>> folder = tempfile.TemporaryDirectory()
    >>> for name in ("forest", "hud", "winter"):
    ...     pathlib.Path(folder.name, name).mkdir()
    >>> mods = ModManager(folder.name)
    >>> with mods.bisect() as search:
    ...     while search.testing is not None:
    ...         search.bad() if "hud" in search.testing else search.good()
    ...
    ...     print(search.found)
    ('hud',)
    >>> folder.cleanup()
    """

    def __init__(
        self,
        show: ShowTrial,
        mods: Sequence[str],
        closure: Closure,
        absent: Sequence[str] = (),
        closure_with_absent: Closure = frozenset,
    ) -> None:
        self._show_trial = show
        self._search = Search(mods, closure)
        self._own = tuple(mods)
        self._absent = tuple(absent)
        self._closure_with_absent = closure_with_absent
        self._phase: Literal["present", "all", "absent"] = "present"
        self._earlier_trials = 0
        self._is_cancelled = False
        self._show()

    @property
    def testing(self) -> tuple[str, ...] | None:
        """The mods that load now; None when the search has ended."""
        if self._is_cancelled:
            return None
        if self._phase == "all":
            return (*self._own, *self._absent)
        tested = self._search.testing
        return tested if tested is None or self._phase == "present" else self._with_own(tested)

    @property
    def found(self) -> tuple[str, ...]:
        """The guilty mods in load order; several cause the fault only together.

        Empty while the search goes on, and if no mod has to do with the fault: it is there without mods, and with all.
        """
        return () if self._phase == "all" else self._search.found

    @property
    def is_absence(self) -> bool:
        """Whether it is the absence of the mods in :attr:`found` that is the fault: enable them."""
        return self._phase == "absent" and bool(self.found)

    @property
    def is_contradictory(self) -> bool:
        """Whether the search gave up because answers contradicted each other twice."""
        return self._search.is_contradictory

    @property
    def trials(self) -> int:
        """How many answers were given so far."""
        return self._earlier_trials + self._search.trials

    @property
    def steps_left(self) -> int:
        """About how many answers the mod that is searched now still takes."""
        return 0 if self._is_cancelled else 1 if self._phase == "all" else self._search.steps_left()

    def good(self) -> None:
        """Say that the fault is not there."""
        self._answer("good")

    def bad(self) -> None:
        """Say that the fault is there."""
        self._answer("bad")

    def skip(self) -> None:
        """Say that one cannot tell with this set: another one is tried."""
        self._answer("skip")

    def cancel(self) -> None:
        """End the search, and return to the player's own set. A second call does nothing."""
        if self.testing is not None:
            self._is_cancelled = True
            self._show_trial(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.cancel()

    def __repr__(self) -> str:
        return f"Bisection(testing={self.testing}, found={self.found})"

    def run(self, test: Callable[[], object]) -> tuple[str, ...]:
        """Answer every question by a function that returns True while all is well, and return :attr:`found`."""
        with self:
            while self.testing is not None:
                self._answer("good" if test() else "bad")
        return self.found

    def _answer(self, verdict: Verdict) -> None:
        if self._is_cancelled:
            raise ValueError("the search was cancelled")
        if self._phase == "all":
            if self.testing is None:
                raise ValueError("the search has ended")
            self._earlier_trials += 1
            self._search_absent() if verdict == "good" else self._end()
        else:
            self._search.answer(verdict if self._phase == "present" else _OPPOSITE[verdict])
            is_over = self._search.testing is None and not self.found and not self.is_contradictory
            if self._phase == "present" and is_over and self._absent:
                self._phase = "all"  # the fault is there without mods: perhaps one is missing
        self._skip_own()
        self._show()

    def _search_absent(self) -> None:
        """With all mods the fault is gone: search those that make it go."""
        self._earlier_trials += self._search.trials
        self._search = Search(self._absent, self._closure_of_absent)
        self._phase = "absent"

    def _end(self) -> None:
        self._phase = "present"
        self._absent = ()

    def _skip_own(self) -> None:
        """Answer what is known: with the player's own set, the fault is there."""
        while self._phase == "absent" and self._search.testing == ():
            self._search.answer("good")

    def _closure_of_absent(self, mods: Collection[str]) -> frozenset[str]:
        return self._closure_with_absent(mods).intersection(self._absent)

    def _with_own(self, mods: Collection[str]) -> tuple[str, ...]:
        return (*self._own, *(mod for mod in self._absent if mod in mods))

    def _show(self) -> None:
        self._show_trial(self.testing)


_OPPOSITE: dict[Verdict, Verdict] = {"good": "bad", "bad": "good", "skip": "skip"}
