"""A small solver for choices under rules: conflict-driven clause learning, with the preferred choice first.

Pure. A literal is a number: ``3`` means that variable 3 is chosen, ``-3`` that it is not. A clause is a list of
literals of which one must hold. Variables are decided in a fixed order, and chosen where that is possible, so that the
result is the best one in that order. What was learned from conflicts is kept from one question to the next.

References
----------
J. Marques-Silva and K. Sakallah, GRASP, 1999; N. Eén and N. Sörensson, An extensible SAT-solver, 2003.
"""

from __future__ import annotations

from collections.abc import Sequence

from vfsloader.runtime.budget import Budget

_Clause = list[int]


class Solver:
    """Clauses, and what follows from them.

    Parameters
    ----------
    count
        The number of variables. They are numbered from 1.
    decided
        How many of them, from the first on, are chosen if nothing forbids it. The others are only assumed.
    budget
        What the steps are counted against.

    Examples
    --------
    >>> solver = Solver(3, 3, Budget("an example"))
    >>> solver.add([-1, -2])
    >>> solver.add([-1, 2, 3])
    >>> solver.solve([])
    [1, 3]
    >>> solver.solve([2])
    [2, 3]
    >>> solver.add([-2])
    >>> solver.solve([2]) is None
    True
    """

    def __init__(self, count: int, decided: int, budget: Budget) -> None:
        self._decided = decided
        self._budget = budget
        #: 1 if a variable is chosen, -1 if it is not, 0 if that is open.
        self._values = [0] * (count + 1)
        self._levels = [0] * (count + 1)
        self._reasons: list[_Clause | None] = [None] * (count + 1)
        self._trail: list[int] = []  # the literals that hold, in the order in which they were found
        self._starts: list[int] = []  # where in the trail each level starts
        self._followed = 0  # how much of the trail has been followed up
        # By literal, the clauses to look at when it fails: each is watched by its first two literals.
        self._watchers: dict[int, list[_Clause]] = {}
        self._is_possible = True

    def add(self, literals: Sequence[int]) -> None:
        """Add a clause."""
        self._undo(0)
        self._budget.spend("steps", 1 + len(literals))
        clause = list(dict.fromkeys(literals))
        if any(self._value(literal) > 0 for literal in clause) or any(-literal in clause for literal in clause[:1]):
            return
        clause = [literal for literal in clause if not self._value(literal)]
        if len(clause) > 1:
            self._watch(clause)
        elif clause:
            self._set(clause[0], None)
        else:
            self._is_possible = False

    def solve(self, assumed: Sequence[int]) -> list[int] | None:
        """Return the chosen variables of the best solution in which some literals hold, or None if there is none.

        Raises
        ------
        BudgetError
            The steps are used up before the answer is known.
        """
        self._undo(0)
        at = 1
        while self._is_possible:
            conflict = self._propagate()
            if conflict is not None:
                if not self._starts:
                    self._is_possible = False
                    break
                self._learn(conflict)
                at = 1
                continue
            level = len(self._starts)
            if level < len(assumed):
                literal = assumed[level]
                if self._value(literal) < 0:
                    return None
            else:
                while at <= self._decided and self._values[at]:
                    at += 1
                self._budget.spend("steps")
                if at > self._decided:
                    return sorted(literal for literal in self._trail if 0 < literal <= self._decided)
                literal = at
            self._starts.append(len(self._trail))
            if not self._value(literal):
                self._set(literal, None)
        return None

    def _value(self, literal: int) -> int:
        return self._values[literal] if literal > 0 else -self._values[-literal]

    def _watch(self, clause: _Clause) -> None:
        for literal in clause[:2]:
            self._watchers.setdefault(literal, []).append(clause)

    def _set(self, literal: int, reason: _Clause | None) -> None:
        variable = abs(literal)
        self._values[variable] = 1 if literal > 0 else -1
        self._levels[variable] = len(self._starts)
        self._reasons[variable] = reason
        self._trail.append(literal)

    def _undo(self, level: int) -> None:
        """Forget the levels above one."""
        if len(self._starts) > level:
            start = self._starts[level]
            for literal in self._trail[start:]:
                self._values[abs(literal)] = 0
            del self._trail[start:], self._starts[level:]
            self._followed = min(self._followed, start)

    def _propagate(self) -> _Clause | None:
        """Find what follows from the literals that hold. Return a clause of which none can hold, or None."""
        while self._followed < len(self._trail):
            failed = -self._trail[self._followed]
            self._followed += 1
            waiting = self._watchers.get(failed, [])
            self._budget.spend("steps", len(waiting))
            kept: list[_Clause] = []
            for index, clause in enumerate(waiting):
                if clause[0] == failed:
                    clause[0], clause[1] = clause[1], failed
                if self._value(clause[0]) > 0 or not self._moved(clause, failed):
                    kept.append(clause)
                    if self._value(clause[0]) < 0:
                        self._watchers[failed] = kept + waiting[index + 1 :]
                        return clause
                    if not self._value(clause[0]):
                        self._set(clause[0], clause)
            self._watchers[failed] = kept
        return None

    def _moved(self, clause: _Clause, failed: int) -> bool:
        """Watch another literal of a clause in place of one that fails, and return whether there is one."""
        for index in range(2, len(clause)):
            literal = clause[index]
            if self._value(literal) >= 0:
                clause[1], clause[index] = literal, failed
                self._watchers.setdefault(literal, []).append(clause)
                self._budget.spend("steps", index - 1)
                return True
        self._budget.spend("steps", len(clause))
        return False

    def _learn(self, conflict: _Clause) -> None:
        """Add the clause that explains a conflict, and go back to where it first says something new."""
        level = len(self._starts)
        seen: set[int] = set()
        earlier: list[int] = []
        open_count, index, clause = 0, len(self._trail), conflict
        while True:
            self._budget.spend("steps", len(clause))
            for literal in clause:
                variable = abs(literal)
                if variable not in seen and self._levels[variable]:
                    seen.add(variable)
                    if self._levels[variable] == level:
                        open_count += 1
                    else:
                        earlier.append(literal)
            index -= 1
            while abs(self._trail[index]) not in seen:
                index -= 1
            literal = self._trail[index]
            open_count -= 1
            if not open_count:
                break
            reason = self._reasons[abs(literal)]
            assert reason is not None, "only the decision of a level has no reason, and it is the last to be reached"
            clause = reason
        earlier.sort(key=lambda other: -self._levels[abs(other)])
        learned = [-literal, *earlier]
        self._undo(self._levels[abs(earlier[0])] if earlier else 0)
        if earlier:
            self._watch(learned)
        self._set(-literal, learned if earlier else None)
