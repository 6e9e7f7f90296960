"""A search for guilty mods while the game runs. The player's own set is not touched: the trials are never stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Self

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

    def __init__(self, show: ShowTrial, mods: Sequence[str], closure: Closure) -> None:
        self._show_trial = show
        self._search = Search(mods, closure)
        self._is_cancelled = False
        self._show()

    @property
    def testing(self) -> tuple[str, ...] | None:
        """The mods that load now, in load order; None when the search has ended."""
        return None if self._is_cancelled else self._search.testing

    @property
    def found(self) -> tuple[str, ...]:
        """The guilty mods in load order; several cause the fault only together.

        Empty while the search goes on, and if the fault is there without any mods.
        """
        return self._search.found

    @property
    def is_contradictory(self) -> bool:
        """Whether the search gave up because answers contradicted each other twice."""
        return self._search.is_contradictory

    @property
    def trials(self) -> int:
        """How many answers were given so far."""
        return self._search.trials

    @property
    def steps_left(self) -> int:
        """About how many answers the mod that is searched now still takes."""
        return 0 if self._is_cancelled else self._search.steps_left()

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
        """Answer every question by a function that returns True while all is well, and return the guilty ids."""
        with self:
            while self.testing is not None:
                self._answer("good" if test() else "bad")
        return self.found

    def _answer(self, verdict: Verdict) -> None:
        if self._is_cancelled:
            raise ValueError("the search was cancelled")
        self._search.answer(verdict)
        self._show()

    def _show(self) -> None:
        self._show_trial(self._search.testing)
