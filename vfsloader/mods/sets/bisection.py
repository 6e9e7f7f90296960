"""Finding the mods that cause a fault, by trying parts of the set. Pure: others try a set and say how it went.

The mods are in load order, so the first *n* of them have all that they require. The search finds the shortest such
beginning that fails: its last mod is guilty. If that mod fails without the others, it is the only one; else the
search goes on among those before it, together with it. So one guilty mod of *n* takes about log2(n) + 2 trials, two
take twice as many, and so on.

References
----------
A. Zeller and R. Hildebrandt, Simplifying and isolating failure-inducing input, 2002; U. Junker, QuickXplain, 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal

Verdict = Literal["good", "bad", "skip"]
#: Returns the mods of a set together with all that they require.
Closure = Callable[[Collection[str]], frozenset[str]]


class Search:
    """The search for guilty mods, one trial after the other.

    Parameters
    ----------
    mods
        The ids in load order: what a mod requires comes before it.
    closure
        Returns a set with everything that it requires.

    Attributes
    ----------
    testing
        The mods to try now, in load order; None when the search has ended.
    found
        The guilty mods, in load order: together they cause the fault. Empty while the search goes on, and if no mod
        is guilty. If trials were skipped, it may contain more than are guilty.
    is_contradictory
        Whether the answers contradicted each other, also after they were asked for again.
    trials
        How many answers were given.

    Examples
    --------
    >>> search = Search(["a", "b", "c", "d"])
    >>> while search.testing is not None:
    ...     search.answer("bad" if "c" in search.testing else "good")
    >>> search.found, search.trials
    (('c',), 4)
    """

    def __init__(self, mods: Sequence[str], closure: Closure = frozenset) -> None:
        self._mods = tuple(mods)
        self._closure = closure
        self._answers: dict[frozenset[str], Verdict] = {}
        #: Sets that were bad, and that were or are asked about again.
        self._confirmed: set[frozenset[str]] = set()
        self._is_second = False
        self.found: tuple[str, ...] = ()
        self.is_contradictory = False
        self.trials = 0
        self.testing: tuple[str, ...] | None = None
        self._begin()

    def answer(self, verdict: Verdict) -> None:
        """Say how the present trial went, and go on to the next."""
        if self.testing is None:
            raise ValueError("the search has ended")
        self.trials += 1
        tested = frozenset(self.testing)
        self._answers[tested] = verdict
        if verdict == "good" and tested in self._confirmed:  # it was bad before
            self._restart()
        else:
            self._advance()

    def _restart(self) -> None:
        """Ask everything again, once: an answer contradicts an earlier one."""
        if self._is_second:
            self.is_contradictory, self.testing = True, None
            return
        self._is_second = True
        self._answers, self._confirmed = {}, set()
        self._begin()

    def steps_left(self) -> int:
        """Return about how many trials are left for the mod that is searched now."""
        return 0 if self.testing is None else max(self._high - self._low - 1, 1).bit_length()

    def _begin(self) -> None:
        self._guilty: tuple[str, ...] = ()
        self._start_round(len(self._mods))
        self._to_drop: list[str] | None = None
        self._advance()

    def _start_round(self, high: int) -> None:
        """Search among the first mods, together with the guilty ones: with `high` of them the fault is there."""
        self._low, self._high = -1, high
        self._first_bad = high

    def _advance(self) -> None:
        """Use the answers that are known, until one is needed that is not."""
        wanted = self._next_of_round() if self._to_drop is None else None
        if self._to_drop is not None:
            wanted = self._next_to_drop()
        self.testing = None if wanted is None else tuple(mod for mod in self._mods if mod in wanted)

    def _next_of_round(self) -> frozenset[str] | None:
        while self._high > 0:
            cut = self._cut()
            if cut is None:
                if self._guilty and self._high == self._first_bad and not self._is_confirmed():
                    return self._set(self._high)
                between = self._mods[max(self._low, 0) : self._high - 1]  # of which every cut was skipped
                guilty = self._mods[self._high - 1]
                self._guilty += (*between, guilty)
                self._start_round(self._high - 1 - len(between))
                continue
            wanted = self._set(cut)
            known = self._verdict(wanted)
            if known is None:
                return wanted
            if known == "bad":
                self._high = cut
            else:
                self._low = cut
        self._to_drop = list(self._guilty) if len(self._guilty) > 1 else []
        return None

    def _next_to_drop(self) -> frozenset[str] | None:
        """Try whether the fault is there without one of several, in case an answer was wrong."""
        while self._to_drop:
            rest = self._closure({mod for mod in self._guilty if mod != self._to_drop[0]})
            known = self._verdict(rest)
            if known is None:
                return rest
            dropped = self._to_drop.pop(0)
            if known == "bad":
                self._guilty = tuple(mod for mod in self._guilty if mod != dropped)
        self.found = tuple(mod for mod in self._mods if mod in self._guilty)
        return None

    def _is_confirmed(self) -> bool:
        """Return whether the set of which all parts are good was seen to be bad twice: somebody may have erred."""
        whole = self._set(self._high)
        if len(whole) == len(self._mods) or whole in self._confirmed:
            return True
        if self._answers.get(whole) == "bad":  # ask again
            del self._answers[whole]
            self._confirmed.add(whole)
            return False
        return whole in self._answers

    def _cut(self) -> int | None:
        """Return the number of mods to try that halves the rest; None if nothing is left to try."""
        if self._guilty and self._low < 0 and self._high > 0 and self._verdict(self._set(0)) != "skip":
            return 0  # perhaps those that were found are all
        middle = (self._low + self._high) // 2
        if self._low < middle < self._high and self._verdict(self._set(middle)) != "skip":
            return middle
        cuts = [cut for cut in range(self._low + 1, self._high) if self._verdict(self._set(cut)) != "skip"]
        return min(cuts, key=lambda cut: abs(cut - middle), default=None)

    def _set(self, count: int) -> frozenset[str]:
        return self._closure({*self._mods[:count], *self._guilty})

    def _verdict(self, mods: frozenset[str]) -> Verdict | None:
        return "bad" if len(mods) == len(self._mods) else self._answers.get(mods)


def closure_of(requirements: Mapping[str, Collection[str]]) -> Closure:
    """Return a function that adds to a set of mods all that they require.

    Examples
    --------
    >>> sorted(closure_of({"snow": ["lib"], "lib": []})(["snow"]))
    ['lib', 'snow']
    """

    def closure(mods: Collection[str]) -> frozenset[str]:
        found = set(mods)
        todo = list(found)
        while todo:
            new = set(requirements.get(todo.pop(), ())) - found
            found |= new
            todo += new
        return frozenset(found)

    return closure
