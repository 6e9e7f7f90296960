"""Which versions to install: one solver for what is installed and what the sources offer.

Pure. What is asked for, and every mod that loads now, has to load afterwards. Of the ways to do that, the one that
keeps most of what is installed is taken. Where the caller wants updates, it is the one with the newest versions.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from vfsloader.errors import ModOrderError, VFSError
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.order import load_order
from vfsloader.mods.solve.solver import Solver
from vfsloader.mods.solve.versions import fits
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits


@dataclass(frozen=True)
class Candidate:
    """A version of a mod that may be in the set."""

    manifest: Manifest
    is_installed: bool
    offer: object = None
    """What the caller needs to get it."""

    @property
    def id(self) -> str:
        """The mod's id."""
        return self.manifest.id


class Choosing:
    """One question to the solver.

    Parameters
    ----------
    candidates
        By id, every version that may be in the set.
    wanted
        Ids that have to load, the most important first.
    newest
        Ids whose newest version is preferred to the installed one.
    game_version
        Versions for other versions of the game are left out, unless they are installed.
    provides
        Ids that the game itself provides.
    limits
        How many steps may be taken.
    """

    def __init__(
        self,
        candidates: Mapping[str, Sequence[Candidate]],
        wanted: Sequence[str],
        *,
        newest: Collection[str] = (),
        game_version: Version | None = None,
        provides: Mapping[str, Version] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._game_version = game_version
        self._provides = provides or {}
        self._newest = frozenset(newest)
        self._all = candidates
        self._budget = Budget("choosing versions of mods", limits)
        self._wanted = list(dict.fromkeys(wanted))
        self._by_provided: dict[str, list[str]] = {}
        self._found_providers: dict[tuple[str, int], list[Candidate]] = {}
        for mod, versions in candidates.items():
            for other in {other for one in versions for other in one.manifest.provides}:
                self._by_provided.setdefault(other, []).append(mod)
        self._candidates = self._reachable()
        self._order = [one for versions in self._candidates.values() for one in versions]
        self._numbers = {id(one): number for number, one in enumerate(self._order, 1)}
        self.core: list[str] = []
        """If nothing fits: the wanted mods that do not fit together, or the one that can never load."""
        self.has_root_cause = False
        """If nothing fits: whether the reason names the one rule that cannot be met."""

    @property
    def steps_left(self) -> int:
        """The steps that may still be taken."""
        return self._budget.left("steps")

    def requires_of(self, mods: Iterable[str]) -> list[str]:
        """Return the ids of some mods and of all that they may require, directly or not."""
        reached = list(dict.fromkeys(mods))
        for mod in reached:  # grows while it is read
            for one in self._candidates.get(mod, ()):
                for required in one.manifest.requires:
                    reached += [
                        other for other in (required, *self._by_provided.get(required, ())) if other not in reached
                    ]
        return reached

    def run(self, *, explain: bool = True) -> dict[str, Candidate]:
        """Return the chosen versions by id: the wanted mods, and what they require.

        Parameters
        ----------
        explain
            Whether to find out why nothing fits, which takes more steps.

        Raises
        ------
        ModOrderError
            No choice lets all of them load; the error says why.
        BudgetError
            The rules are too tangled to find out.
        """
        chosen = self._solve(self._wanted)
        if chosen is None:
            reason = self._why() if explain else "nothing fits"
            raise ModOrderError(reason, reason)
        return chosen

    # --- the rules ---------------------------------------------------------------------------------

    def _reachable(self) -> dict[str, list[Candidate]]:
        """Return the usable versions of the wanted mods and of all they may require, the preferred first."""
        reached: dict[str, list[Candidate]] = {}
        waiting = list(self._wanted)
        for mod in waiting:  # grows while it is read
            if mod in reached:
                continue
            self._budget.spend("steps")
            versions = [one for one in self._all.get(mod, ()) if one.is_installed or self._fits_game(one)]
            versions.sort(key=lambda one: one.manifest.version, reverse=True)
            if mod not in self._newest:
                versions.sort(key=lambda one: not one.is_installed)
            reached[mod] = versions
            for one in versions:
                for required in one.manifest.requires:
                    waiting += [required, *self._by_provided.get(required, ())]
        return {mod: versions for mod, versions in reached.items() if versions}

    def _fits_game(self, one: Candidate) -> bool:
        return self._game_version is None or fits(one.manifest.game_version, self._game_version)

    def _providers(self, mod: str, constraint: object) -> list[Candidate]:
        key = mod, id(constraint)  # parsed constraints are kept: equal texts give the same object
        if key not in self._found_providers:
            self._found_providers[key] = self._find_providers(mod, constraint)
        return self._found_providers[key]

    def _find_providers(self, mod: str, constraint: object) -> list[Candidate]:
        found = [one for one in self._candidates.get(mod, ()) if fits(constraint, one.manifest.version)]  # type: ignore[arg-type]
        for other in self._by_provided.get(mod, ()):
            for one in self._candidates.get(other, ()):
                provided = one.manifest.provides.get(mod)
                if provided is not None and fits(constraint, provided):  # type: ignore[arg-type]
                    found.append(one)
        return found

    def _solver(self) -> tuple[Solver, dict[str, int]]:
        must = {mod: number for number, mod in enumerate(self._candidates, len(self._order) + 1)}
        solver = Solver(len(self._order) + len(must), len(self._order), self._budget)
        for mod, versions in self._candidates.items():
            numbers = [self._numbers[id(one)] for one in versions]
            solver.add([-must[mod], *numbers])
            for first, second in itertools.combinations(numbers, 2):
                solver.add([-first, -second])
        for one in self._order:
            number = self._numbers[id(one)]
            for required, constraint in one.manifest.requires.items():
                if required in self._provides and fits(constraint, self._provides[required]):
                    continue
                providers = self._providers(required, constraint)
                if one not in providers:
                    solver.add([-number, *(self._numbers[id(other)] for other in providers if other.id != one.id)])
            for excluded, constraint in one.manifest.incompatible.items():
                for other in self._candidates.get(excluded, ()):
                    if excluded != one.id and fits(constraint, other.manifest.version):
                        solver.add([-number, -self._numbers[id(other)]])
        return solver, must

    # --- the search --------------------------------------------------------------------------------

    def _solve(self, wanted: Iterable[str]) -> dict[str, Candidate] | None:
        wanted = list(wanted)
        if any(mod not in self._candidates for mod in wanted):
            return None
        circular: list[list[int]] = []
        while True:
            # A new solver each time: what was of no use in a choice with a circle may be needed in the next one.
            solver, must = self._solver()
            for clause in circular:
                solver.add(clause)
            chosen = self._smallest(solver, wanted, [must[mod] for mod in wanted])
            if chosen is None:
                return None
            live = {mod: one.manifest for mod, one in chosen.items()}
            circles = [problem.chain for problem in load_order(live).problems if problem.kind == "cycle"]
            if not circles:
                return chosen
            circular += [[-self._numbers[id(chosen[mod])] for mod in circle] for circle in circles]

    def _smallest(self, solver: Solver, wanted: Sequence[str], assumed: Sequence[int]) -> dict[str, Candidate] | None:
        """Return the best choice without mods that nothing needs: they must not decide the versions of the rest."""
        while (solution := solver.solve(assumed)) is not None:
            chosen = {self._order[number - 1].id: self._order[number - 1] for number in solution}
            needed = self._needed(wanted, chosen)
            if len(needed) == len(chosen):
                return chosen
            for mod in chosen.keys() - needed.keys():
                for one in self._candidates[mod]:
                    solver.add([-self._numbers[id(one)]])
        return None

    def _needed(self, wanted: Iterable[str], chosen: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """Return the chosen versions that are wanted or required, directly or not."""
        needed: dict[str, Candidate] = {}
        waiting = list(wanted)
        for mod in waiting:  # grows while it is read
            if mod in needed:
                continue
            one = needed[mod] = chosen[mod]
            for required, constraint in one.manifest.requires.items():
                if required in self._provides and fits(constraint, self._provides[required]):
                    continue
                providers = [other for other in self._providers(required, constraint) if chosen.get(other.id) is other]
                if one in providers:
                    continue
                waiting += [other.id for other in providers[:1] if not any(p.id in needed for p in providers)]
        return needed

    # --- why not -----------------------------------------------------------------------------------

    def _why(self) -> str:
        """Return the reason, root cause first."""
        for mod in self._wanted:
            if (reason := self._root_cause(mod, set())) is not None:
                self.core, self.has_root_cause = [mod], True
                return reason
        core = self._smallest_core()
        self.core = core
        if len(core) == 1:
            return f"{core[0]} cannot be installed: what it requires does not fit together"
        return f"{core[0]} cannot be installed together with {', '.join(core[1:])}; disable or update those first"

    def _smallest_core(self) -> list[str]:
        """Return wanted mods that do not fit together, and would without any of them."""
        core = list(self._wanted)
        size = len(core)
        while size > 1:  # leave out what does not matter, first in large parts, and the least important first
            size = (size + 1) // 2
            for start in range((len(core) - 1) // size * size, -1, -size):
                without = [*core[:start], *core[start + size :]]
                try:
                    if without and self._solve(without) is None:
                        core = without
                except VFSError:
                    return core
        return core

    def _root_cause(self, mod: str, seen: set[str]) -> str | None:
        """Return why no version of a mod can ever load, whatever else is installed."""
        if mod in seen:
            return None
        seen.add(mod)
        if mod not in self._all or not self._all[mod]:
            return f"no source has {mod}"
        versions = self._candidates.get(mod, ())
        if not versions:
            newest = max(self._all[mod], key=lambda one: one.manifest.version).manifest
            return f"{mod} {newest.version} is for version {newest.game_version} of the game, not {self._game_version}"
        reason = None
        for one in versions:
            found = self._missing(one, seen)
            if found is None:
                return None
            reason = reason or found
        return reason

    def _missing(self, one: Candidate, seen: set[str]) -> str | None:
        for required, constraint in one.manifest.requires.items():
            if required in self._provides and fits(constraint, self._provides[required]):
                continue
            if not (providers := self._providers(required, constraint)):
                known = ", ".join(str(other.manifest.version) for other in self._candidates.get(required, ())[:5])
                there = f"there is {known}" if known else (self._root_cause(required, seen) or "it is not there")
                return f"{one.id} {one.manifest.version} requires {required} {constraint}: {there}"
            if len({other.id for other in providers}) == 1 and (found := self._root_cause(providers[0].id, seen)):
                return found
        return None
