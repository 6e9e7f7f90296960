"""Which copy of a mod to use if a player has several: two downloads of one mod, or an old one that another needs.

Pure. If some choice lets every enabled mod load, such a choice is found, with the newest copies that it allows; the
player's first mod chooses first. Otherwise mods are taken in the player's order as long as they fit together. Each mod
that stays out is reported with those that it conflicts with.

The rules of the mods that are connected to one that has several copies become clauses of a `Solver` with a limited
budget. If untrusted rules use it up, the newest copy that fits the game is used, and the choice says so. ``resolvelib``
was considered. It supports neither "incompatible if present" nor "any of these provides it", would only learn of
circles afterwards, and calls some sets impossible that are not.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from packaging.version import Version

from vfsloader.errors import BudgetError
from vfsloader.mods.solve.choice import Choice, CopyConflict
from vfsloader.mods.solve.order import load_order
from vfsloader.mods.solve.providers import Copies, Provider, connected, providers
from vfsloader.mods.solve.solver import Solver
from vfsloader.mods.solve.versions import fits
from vfsloader.paths import natural_key
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits


def choose(
    copies: Copies,
    enabled: Collection[str],
    player_order: Sequence[str] = (),
    game_version: Version | None = None,
    provides: Mapping[str, Version] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Choice:
    """Choose a copy of each mod.

    Parameters
    ----------
    copies
        The copies of every mod that can be read, the preferred copy first.
    enabled
        Ids that should load.
    player_order
        Ids in the player's order. The first one chooses first.
    game_version
        Copies for another version of the game are passed over if there is a better one.
    provides
        Ids that the game itself provides.
    limits
        How many steps may be taken, for all mods together.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, version, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": version, **more}, id)
    >>> copies = {"hud": [mod("hud", "1", requires={"lib": "<2"})], "lib": [mod("lib", "2"), mod("lib", "1")]}
    >>> choose(copies, copies).copy_index
    {'hud': 0, 'lib': 1}
    """
    copy_index = dict.fromkeys(copies, 0)
    conflicts: dict[str, CopyConflict] = {}
    if not any(len(copies[mod]) > 1 for mod in enabled):
        return Choice(copy_index, conflicts)
    usable = {
        mod: tuple(
            index
            for index, manifest in enumerate(copies[mod])
            if game_version is None or fits(manifest.game_version, game_version)
        )
        for mod in enabled
    }
    budget = Budget("the choice among copies of mods", limits)
    untried: list[str] = []
    rank = {mod: index for index, mod in enumerate(player_order)}
    copy_index.update((mod, indices[0]) for mod, indices in usable.items() if indices)
    for group in _groups({mod: copies[mod] for mod in sorted(enabled)}):
        group.sort(key=lambda mod: (rank.get(mod, len(rank)), natural_key(mod), mod))
        try:
            chosen, left_out = _Search(copies, {mod: usable[mod] for mod in group}, provides or {}, budget).run()
        except BudgetError:
            untried += [mod for mod in group if len(copies[mod]) > 1]
        else:
            copy_index.update(chosen)
            conflicts.update(left_out)
    return Choice(copy_index, conflicts, tuple(untried))


def _groups(copies: Copies) -> list[list[str]]:
    """Return the groups of connected mods that contain one with several copies."""
    groups = connected(copies, providers(copies), ("requires", "incompatible"))
    return [group for group in groups if any(len(copies[mod]) > 1 for mod in group)]


class _Search:
    """The search among the copies of one group.

    Each copy is a variable of the solver: first those of the mod that chooses first, the preferred copy first. After
    them comes a variable for each mod, which says that one of its copies must load.
    """

    def __init__(
        self, copies: Copies, usable: Mapping[str, tuple[int, ...]], game: Mapping[str, Version], budget: Budget
    ) -> None:
        self.copies = copies
        self.game = game
        self.budget = budget
        by_id = providers({mod: copies[mod] for mod in usable})
        self.providers = {
            wanted: [provider for provider in offers if provider.copy_index in usable[provider.mod]]
            for wanted, offers in by_id.items()
        }
        self.possible = self._possible(usable)
        self.order = [mod for mod in usable if mod in self.possible]
        variables = [(mod, index) for mod in self.order for index in self.possible[mod]]
        self.variables = {copy: number for number, copy in enumerate(variables, 1)}
        self.by_number = dict(enumerate(variables, 1))
        self.must_load = {mod: number for number, mod in enumerate(self.order, len(variables) + 1)}
        self.solver = Solver(len(variables) + len(self.order), len(variables), budget)
        for clause in self._clauses():
            self.solver.add(clause)

    def run(self) -> tuple[dict[str, int], dict[str, CopyConflict]]:
        """Return the chosen copies, and why mods stay out that could load with other copies."""
        kept: list[str] = []
        left_out: list[tuple[str, list[str]]] = []
        rest = self.order
        while rest:
            count = self._longest(kept, rest)
            kept += rest[:count]
            if count < len(rest):
                left_out.append((rest[count], list(kept)))
            rest = rest[count + 1 :]
        chosen = self._fit(kept)
        assert chosen is not None, "`_longest` found a choice for these"
        conflicts = {}
        for mod, before in left_out:
            if self._could_be_met(mod, kept) and (core := self._core(before, mod)):
                conflicts[mod] = CopyConflict(tuple(core), self._about([*core, mod]))
        return chosen, conflicts

    def _longest(self, kept: list[str], rest: list[str]) -> int:
        """Return how many of `rest`, from the first on, fit together with `kept`."""
        if self._fit([*kept, *rest]) is not None:
            return len(rest)
        low, high = 0, len(rest) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._fit([*kept, *rest[:middle]]) is not None:
                low = middle
            else:
                high = middle - 1
        return low

    def _could_be_met(self, mod: str, kept: Collection[str]) -> bool:
        """Return whether a mod that stays out lacks only the right copies of the mods that are kept."""
        mods = {*kept, mod}
        return any(
            all(
                offers is None or any(provider.mod in mods for provider in offers)
                for offers in self._offers(mod, index)
            )
            for index in self.possible[mod]
        )

    def _about(self, mods: Sequence[str]) -> tuple[str, ...]:
        """Return the mods with several copies that some mods are, name, or depend on."""
        named = {
            provider
            for mod in mods
            for manifest in self.copies[mod]
            for wanted in (mod, *manifest.requires, *manifest.incompatible)
            for provider, _, _ in self.providers.get(wanted, ())
        }
        return tuple(sorted(mod for mod in named if len(self.copies[mod]) > 1))

    def _core(self, kept: Sequence[str], mod: str) -> list[str]:
        """Return as few as possible of `kept` that conflict with `mod` (QuickXplain; U. Junker, 2004)."""
        if self._fit([mod]) is None:
            return []

        def explain(background: list[str], has_grown: bool, among: Sequence[str]) -> list[str]:
            if has_grown and self._fit([*background, mod]) is None:
                return []
            if len(among) == 1:
                return list(among)
            half = len(among) // 2
            right = explain([*background, *among[:half]], bool(half), among[half:])
            left = explain([*background, *right], bool(right), among[:half])
            return [*left, *right]

        return explain([], False, kept)

    def _fit(self, wanted: Iterable[str]) -> dict[str, int] | None:
        """Return the best copies with which all `wanted` load and others may stay out, or None if there are none."""
        assumed = [self.must_load[mod] for mod in wanted]
        while (solution := self.solver.solve(assumed)) is not None:
            chosen = dict(self.by_number[number] for number in solution)
            self.budget.spend("steps", len(chosen))
            live = {mod: self.copies[mod][index] for mod, index in chosen.items()}
            circles = [problem.chain for problem in load_order(live).problems if problem.kind == "cycle"]
            if not circles:
                return chosen
            for circle in circles:
                self.solver.add([-self.variables[mod, chosen[mod]] for mod in circle])
        return None

    def _possible(self, usable: Mapping[str, tuple[int, ...]]) -> dict[str, list[int]]:
        """Return the copies of each mod that can load with some choice of the others, as far as they require them."""
        possible = {(mod, index) for mod, indices in usable.items() for index in indices}
        needed_by: dict[tuple[str, int], set[tuple[str, int]]] = defaultdict(set)
        for copy in possible:
            for offers in self._offers(*copy):
                for provider in offers or ():
                    self.budget.spend("steps")
                    needed_by[provider.mod, provider.copy_index].add(copy)
        waiting = list(possible)
        while waiting:
            copy = waiting.pop()
            self.budget.spend("steps")
            if copy in possible and not all(
                offers is None or any((provider.mod, provider.copy_index) in possible for provider in offers)
                for offers in self._offers(*copy)
            ):
                possible.remove(copy)
                waiting += needed_by[copy]
        kept = {mod: [index for index in indices if (mod, index) in possible] for mod, indices in usable.items()}
        return {mod: indices for mod, indices in kept.items() if indices}

    def _offers(self, mod: str, index: int) -> Iterator[list[Provider] | None]:
        """Yield, for each rule of what a copy requires, the copies that meet it; None if the game or it itself does."""
        for wanted, constraint in self.copies[mod][index].requires.items():
            offers = self.providers.get(wanted, ())
            self.budget.spend("steps", 1 + len(offers))
            fitting = [provider for provider in offers if fits(constraint, provider.version)]
            is_met = wanted in self.game and fits(constraint, self.game[wanted])
            if is_met or any((provider.mod, provider.copy_index) == (mod, index) for provider in fitting):
                yield None
            else:  # another copy of the mod itself cannot load beside it
                yield [provider for provider in fitting if provider.mod != mod]

    def _clauses(self) -> Iterator[list[int]]:
        for mod in self.order:
            numbers = [self.variables[mod, index] for index in self.possible[mod]]
            yield [-self.must_load[mod], *numbers]
            yield from ([-one, -two] for one, two in itertools.combinations(numbers, 2))
        for (mod, index), number in self.variables.items():
            for offers in self._offers(mod, index):
                if offers is not None:
                    known = [self.variables.get((provider.mod, provider.copy_index)) for provider in offers]
                    yield [-number, *(offer for offer in known if offer is not None)]
            for other, constraint in self.copies[mod][index].incompatible.items():
                for its_index in self.possible.get(other, ()):
                    if other != mod and fits(constraint, self.copies[other][its_index].version):
                        yield [-number, -self.variables[other, its_index]]
