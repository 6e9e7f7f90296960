"""Which of the enabled mods cannot load, and why. Pure.

Mods are dropped because of the game's version, an unmet requirement or an incompatibility, until nothing changes any
more. Each dropped mod keeps its reason.
"""

from __future__ import annotations

import difflib
import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.solve.choice import Choice
from vfsloader.mods.solve.order import LoadOrder, Rules, load_order
from vfsloader.mods.solve.providers import Copies, Provider
from vfsloader.mods.solve.versions import fits
from vfsloader.paths import natural_key


class Installed(NamedTuple):
    """What does not depend on the player's choice."""

    copies: Copies
    """Mods that may have to do with one another."""
    providers: Mapping[str, Sequence[Provider]]
    """By id, what of these mods or the game provides it."""
    ids: Collection[str]
    """Every id that the player has, to find misspelled ones."""
    game_version: Version | None


class Chosen(NamedTuple):
    """What the player chose, and the copies that follow from it."""

    disabled: frozenset[str]
    player_order: Sequence[str]
    choice: Choice
    rules: Rules | None = None
    """The rules of the chosen copies, if they are known."""


class Outcome(NamedTuple):
    """What became of mods that may have to do with one another."""

    ids: tuple[str, ...]
    """Those that load, lowest priority first."""
    dropped: tuple[Problem, ...] = ()
    """Why others do not, root causes first."""
    absent: tuple[Problem, ...] = ()
    """Recommended mods that are not there."""
    unordered: tuple[Problem, ...] = ()
    """Rules of the order that were ignored."""


def settle(installed: Installed, chosen: Chosen) -> Outcome:
    """Drop mods until the rest can load together, and put that in order."""
    dropper = _Dropper(installed, chosen)
    dropper.drop_copy_conflicts()
    ordered = dropper.settle()
    return Outcome(ordered.ids, tuple(dropper.problems), tuple(dropper.absent()), ordered.problems)


class _Dropper:
    """Drops mods one by one, and keeps the reasons."""

    def __init__(self, installed: Installed, chosen: Chosen, *, is_trial: bool = False) -> None:
        self.installed = installed
        self.chosen = chosen
        self.copies = installed.copies
        self.copy_index = chosen.choice.copy_index
        self.game_version = installed.game_version
        self.by_id = installed.providers
        # Sorted, so that the result does not depend on the order of `copies`.
        self.live = {
            mod: manifests[self.copy_index[mod]]
            for mod, manifests in sorted(self.copies.items())
            if mod not in chosen.disabled
        }
        self.problems: list[Problem] = []
        self.is_trial = is_trial
        #: The index of each mod in the player's order; made when it is needed.
        self._rank: dict[str, int] | None = None
        #: The mods whose requirements may be unmet, as a heap.
        self._unchecked = [mod for mod, manifest in self.live.items() if manifest.requires]
        self._incompatible = [mod for mod, manifest in self.live.items() if manifest.incompatible]
        #: By id, the mods that require it; made when the first mod is dropped.
        self._requiring: dict[str, list[str]] | None = None

    def drop_copy_conflicts(self) -> None:
        """Drop the mods that no choice of copies lets load together with the others."""
        choice = self.chosen.choice
        if choice.untried:
            names = " and ".join(choice.untried)
            self.problems.append(problem("untried", choice.untried[0], chain=choice.untried, names=names))
        for mod, conflict in choice.conflicts.items():
            names, about = " or ".join(sorted(conflict.others)), " and ".join(conflict.about)
            self._drop(mod, "copies", (*conflict.others, mod), other=conflict.others[-1], names=names, about=about)

    def settle(self) -> LoadOrder:
        """Drop mods until nothing changes any more, and return the order of the rest."""
        for mod, manifest in list(self.live.items()):
            if self.game_version is not None and not fits(manifest.game_version, self.game_version):
                self._drop(mod, "game_version", wanted=manifest.game_version, found=self.game_version)
        self._drop_until_stable()
        while (ordered := load_order(self.live, self.chosen.player_order, self.chosen.rules)).left_out:
            for mod in ordered.left_out:
                self._remove(mod)
            self.problems += [cycle for cycle in ordered.problems if cycle.kind == "cycle"]
            self._drop_until_stable()
        return ordered

    def absent(self) -> Iterator[Problem]:
        """Yield the recommended mods that are not there."""
        for mod, manifest in self.live.items():
            for wanted, constraint in manifest.recommends.items():
                if not self._is_provided(wanted, constraint):
                    yield problem("absent", mod, wanted=wanted)

    def _drop_until_stable(self) -> None:
        while self._drop_unmet() or self._drop_incompatible():
            pass

    def _drop_unmet(self) -> bool:
        """Drop the first mod, by id, whose requirements are not met.

        A mod is checked again only if one is dropped that it may have relied on.
        """
        while self._unchecked:
            mod = heapq.heappop(self._unchecked)
            manifest = self.live.get(mod)
            if manifest is not None:
                for wanted, constraint in manifest.requires.items():
                    if not self._is_provided(wanted, constraint):
                        self._drop_for_unmet(mod, wanted, constraint)
                        return True
        return False

    def _remove(self, mod: str) -> None:
        """Let a mod not load; those that require what it provides are checked again."""
        removed = self.live.pop(mod)
        if self._requiring is None:
            self._requiring = defaultdict(list)
            for other, manifest in self.live.items():
                for wanted in manifest.requires:
                    self._requiring[wanted].append(other)
        for provided in (mod, *removed.provides):
            for other in self._requiring.get(provided, ()):
                heapq.heappush(self._unchecked, other)

    def _drop_incompatible(self) -> bool:
        """Drop the later mod of an incompatible pair.

        Of several pairs, take the one whose later mod comes first: dropping it may let the others load.
        """
        pairs = []
        for mod in self._incompatible:
            for other, constraint in self.live[mod].incompatible.items() if mod in self.live else ():
                if other in self.live and fits(constraint, self.live[other].version):
                    first, last = sorted((mod, other), key=self._sort_key)
                    pairs.append((self._sort_key(last), self._sort_key(first), first, last, mod))
        if pairs:
            *_, first, last, rule = min(pairs)
            self._drop(last, "incompatible", other=first, rule=rule)
        return bool(pairs)

    def _sort_key(self, mod: str) -> tuple[int, tuple[tuple[int, int | str], ...]]:
        if self._rank is None:
            self._rank = {mod: index for index, mod in enumerate(self.chosen.player_order)}
        return self._rank.get(mod, len(self._rank)), natural_key(mod)

    def _drop_for_unmet(self, mod: str, wanted: str, constraint: SpecifierSet) -> None:
        """Drop a mod because nothing provides what it requires, and say what would help."""
        installed = self.by_id.get(wanted, [])
        usable = [provider for provider in installed if fits(constraint, provider.version)]
        text = f" {constraint}" if str(constraint) else ""
        if not installed:
            near = difflib.get_close_matches(wanted, self.installed.ids, 1, 0.75)
            hint = messages.fill(messages.NEAR_ID, near=near[0]) if near else ""
            self._drop(mod, "missing", wanted=wanted, constraint=text, near=hint)
        elif not usable:
            newest = max(provider.version for provider in installed)
            self._drop(mod, "version", wanted=wanted, constraint=constraint, found=newest)
        elif disabled := [provider.mod for provider in usable if provider.mod in self.chosen.disabled]:
            self._drop(mod, "disabled", wanted=disabled[0])
        elif reason := self._why_not_another_copy(mod, usable):
            self._drop(mod, "copy", wanted=wanted, constraint=text, by=reason.mod, fix=reason.fix, why=reason.why)
        else:
            self._drop(mod, "broken", wanted=usable[0].mod)

    def _why_not_another_copy(self, mod: str, usable: list[Provider]) -> Problem | None:
        """Return what would keep a copy from loading that would meet the requirement but was not chosen."""
        if self.is_trial or any(provider.copy_index == self.copy_index.get(provider.mod) for provider in usable):
            return None  # the chosen copy would do, but cannot load itself
        for provider, index, _ in usable:
            choice = Choice({**self.copy_index, provider: index}, {})
            trial = _Dropper(self.installed, self.chosen._replace(choice=choice, rules=None), is_trial=True)
            trial.settle()
            for reason in trial.problems:
                if reason.mod in (provider, mod) and not reason.is_warning:
                    return reason
        return None

    def _drop(self, mod: str, kind: str, chain: tuple[str, ...] = (), **facts: object) -> None:
        self._remove(mod)
        if not chain:
            causes = [p for p in self.problems if p.mod == facts.get("wanted")] if kind == "broken" else []
            chain = (*(causes[0].chain if causes else ()), mod)
        self.problems.append(problem(kind, mod, chain=chain, **facts))

    def _is_provided(self, wanted: str, constraint: SpecifierSet) -> bool:
        """Return whether a mod that still loads, or the game, provides an id."""
        for provider, index, version in self.by_id.get(wanted, ()):
            is_used = not provider or (provider in self.live and index == self.copy_index[provider])
            if is_used and fits(constraint, version):
                return True
        return False
