"""Which of the enabled mods can load, and why the others cannot.

Pure. First one copy of each mod is chosen (see `candidates`). Then mods are dropped because of the game's version, an
unmet requirement or an incompatibility, until nothing changes any more. Each dropped mod keeps its reason.
"""

from __future__ import annotations

import difflib
import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.solve.candidates import Choice, choose
from vfsloader.mods.solve.order import LoadOrder, load_order
from vfsloader.mods.solve.providers import Copies, Provider, providers
from vfsloader.mods.solve.versions import fits
from vfsloader.paths import natural_key
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Resolution:
    """The mods that load, in order, and what a player should know about the others."""

    order: tuple[str, ...]
    """Ids, lowest priority first."""
    problems: tuple[Problem, ...]
    copy_index: Mapping[str, int] = field(default_factory=dict)
    """By id, the index of the copy that is used."""


def resolve(
    copies: Copies,
    *,
    disabled: Collection[str] = (),
    player_order: Sequence[str] = (),
    game_version: Version | None = None,
    provides: Mapping[str, Version] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Resolution:
    """Choose and order mods.

    Parameters
    ----------
    copies
        By id, the manifests of every copy of every mod that can be read, the preferred copy first.
    disabled
        Ids that the player disabled.
    player_order
        Ids in the player's order, lowest first.
    game_version
        The game's version. With None, every ``game_version`` fits.
    provides
        Ids that the game itself provides.
    limits
        How many steps the choice among several copies of mods may take.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> winter = parse_manifest(
    ...     {"id": "winter", "name": "Winter", "version": "1", "requires": {"snow-lib": ">=2"}}, "winter"
    ... )
    >>> print(resolve({"winter": [winter]}).problems[0])
    Install snow-lib >=2: winter requires it.
    """
    choice = choose(copies, copies.keys() - set(disabled), player_order, game_version, provides, limits)
    resolver = _Resolver(copies, choice.copy_index, frozenset(disabled), player_order, game_version, provides or {})
    resolver.drop_copy_conflicts(choice)
    ordered = resolver.settle()
    resolver.warn_of_absent()
    return Resolution(ordered.ids, (*resolver.problems, *ordered.problems), choice.copy_index)


class _Resolver:
    """Drops mods one by one, and keeps the reasons."""

    def __init__(
        self,
        copies: Copies,
        copy_index: Mapping[str, int],
        disabled: frozenset[str],
        player_order: Sequence[str],
        game_version: Version | None,
        provides: Mapping[str, Version],
        *,
        is_trial: bool = False,
    ) -> None:
        self.copies = copies
        self.copy_index = copy_index
        self.disabled = disabled
        self.player_order = player_order
        self.game_version = game_version
        self.provides = provides
        self.by_id = providers(copies)
        for mod, version in provides.items():
            self.by_id.setdefault(mod, []).append(Provider("", 0, version))  # "" is the game
        # Sorted, so that the result does not depend on the order of `copies`.
        self.live = {
            mod: manifests[copy_index[mod]] for mod, manifests in sorted(copies.items()) if mod not in disabled
        }
        self.problems: list[Problem] = []
        self.is_trial = is_trial
        self._rank = {mod: index for index, mod in enumerate(player_order)}
        #: The mods whose requirements may be unmet, as a heap.
        self._unchecked = [mod for mod, manifest in self.live.items() if manifest.requires]
        #: By id, the mods that require it; made when the first mod is dropped.
        self._requiring: dict[str, list[str]] | None = None

    def drop_copy_conflicts(self, choice: Choice) -> None:
        """Drop the mods that no choice of copies lets load together with the others."""
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
        while (ordered := load_order(self.live, self.player_order)).left_out:
            for mod in ordered.left_out:
                self._remove(mod)
            self.problems += [cycle for cycle in ordered.problems if cycle.kind == "cycle"]
            self._drop_until_stable()
        return ordered

    def warn_of_absent(self) -> None:
        """Mention recommended mods that are not there."""
        for mod, manifest in self.live.items():
            for wanted, constraint in manifest.recommends.items():
                if not self._is_provided(wanted, constraint):
                    self.problems.append(problem("absent", mod, wanted=wanted))

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
        for mod, manifest in self.live.items():
            for other, constraint in manifest.incompatible.items():
                if other in self.live and fits(constraint, self.live[other].version):
                    first, last = sorted((mod, other), key=self._sort_key)
                    pairs.append((self._sort_key(last), self._sort_key(first), first, last, mod))
        if pairs:
            *_, first, last, rule = min(pairs)
            self._drop(last, "incompatible", other=first, rule=rule)
        return bool(pairs)

    def _sort_key(self, mod: str) -> tuple[int, tuple[tuple[int, int | str], ...]]:
        return self._rank.get(mod, len(self._rank)), natural_key(mod)

    def _drop_for_unmet(self, mod: str, wanted: str, constraint: SpecifierSet) -> None:
        """Drop a mod because nothing provides what it requires, and say what would help."""
        installed = self.by_id.get(wanted, [])
        usable = [provider for provider in installed if fits(constraint, provider.version)]
        text = f" {constraint}" if str(constraint) else ""
        if not installed:
            near = difflib.get_close_matches(wanted, self.copies, 1, 0.75)
            hint = messages.fill(messages.NEAR_ID, near=near[0]) if near else ""
            self._drop(mod, "missing", wanted=wanted, constraint=text, near=hint)
        elif not usable:
            newest = max(provider.version for provider in installed)
            self._drop(mod, "version", wanted=wanted, constraint=constraint, found=newest)
        elif disabled := [provider.mod for provider in usable if provider.mod in self.disabled]:
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
            trial = _Resolver(
                self.copies,
                {**self.copy_index, provider: index},
                self.disabled,
                self.player_order,
                self.game_version,
                self.provides,
                is_trial=True,
            )
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
