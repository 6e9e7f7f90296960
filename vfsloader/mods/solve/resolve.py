"""Which of the enabled mods can load, in which order, and why the others cannot.

First one copy of each mod is chosen (see `candidates`). Then the mods of each group that has to do with one another are
resolved by themselves (see `groups` and `dropping`), and their orders are merged.

A `Resolver` remembers its last answer. After a toggle it resolves only the group of that mod again.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.version import Version

from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.choice import Choice
from vfsloader.mods.solve.dropping import Chosen, Outcome
from vfsloader.mods.solve.groups import Group, groups, merge_orders
from vfsloader.mods.solve.order import SortKeys
from vfsloader.mods.solve.providers import Copies
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.fast_paths import use_fast_paths

#: What mods are dropped for that depends on the player's order.
_BY_ORDER = {"incompatible", "copies", "copy", "untried"}


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
    """Choose and order mods. Pure.

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
    return Resolver(copies, game_version, provides, limits).resolve(disabled, player_order)


class _Answer(NamedTuple):
    """What was resolved last."""

    chosen: Chosen
    sort_key: SortKeys
    outcomes: tuple[Outcome, ...]
    """One for each group."""
    resolution: Resolution


class Resolver:
    """Resolves the same mods again and again.

    Parameters
    ----------
    copies, game_version, provides, limits
        As for :func:`resolve`.
    """

    def __init__(
        self,
        copies: Copies,
        game_version: Version | None = None,
        provides: Mapping[str, Version] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._copies = copies
        self._game_version = game_version
        self._provides = provides or {}
        self._limits = limits
        self._groups = (
            groups(copies, game_version, self._provides)
            if use_fast_paths()
            else [Group(copies, copies.keys(), game_version, self._provides)]
        )
        self._group_index = {mod: index for index, group in enumerate(self._groups) for mod in group.mods}
        has_choice = any(len(manifests) > 1 for manifests in copies.values())
        #: The only choice among copies, where no mod has several.
        self._choice = None if has_choice else Choice(dict.fromkeys(copies, 0), {})
        self._last: _Answer | None = None

    def resolve(self, disabled: Collection[str], player_order: Sequence[str]) -> Resolution:
        """Choose and order the mods as if just some of them were disabled; see :func:`resolve`."""
        disabled = frozenset(disabled)
        choice = self._choice or self._choose(disabled, player_order)
        chosen = Chosen(disabled, player_order, choice)
        last = self._last if use_fast_paths() else None
        if last is None or not _is_usable(last, chosen):
            answer = self._resolve_all(chosen)
        else:
            answer = self._resolve_changed(last, chosen)
        self._last = answer
        return answer.resolution

    def _choose(self, disabled: frozenset[str], player_order: Sequence[str]) -> Choice:
        from vfsloader.mods.solve.candidates import choose

        enabled = self._copies.keys() - disabled
        return choose(self._copies, enabled, player_order, self._game_version, self._provides, self._limits)

    def _resolve_all(self, chosen: Chosen) -> _Answer:
        outcomes = tuple(group.resolve(chosen) for group in self._groups)
        sort_key = self._sort_keys(chosen)
        order = merge_orders([outcome.ids for outcome in outcomes if outcome.ids], sort_key)
        return _answer(chosen, sort_key, outcomes, order)

    def _resolve_changed(self, last: _Answer, chosen: Chosen) -> _Answer:
        """Resolve the groups again in which mods were enabled or disabled."""
        toggled = (last.chosen.disabled ^ chosen.disabled) & self._group_index.keys()
        affected = {self._group_index[mod] for mod in toggled}
        sort_key = last.sort_key if chosen.player_order is last.chosen.player_order else self._sort_keys(chosen)
        outcomes = list(last.outcomes)
        order = last.resolution.order
        for index in affected:
            outcomes[index] = self._groups[index].resolve(chosen)
        if len(affected) == 1:
            (index,) = affected
            members = self._groups[index].mods
            others = tuple([mod for mod in order if mod not in members])
            order = merge_orders([others, outcomes[index].ids], sort_key)
        elif affected:
            order = merge_orders([outcome.ids for outcome in outcomes if outcome.ids], sort_key)
        return _answer(chosen, sort_key, tuple(outcomes), order)

    def _sort_keys(self, chosen: Chosen) -> SortKeys:
        copy_index = chosen.choice.copy_index
        manifests = {mod: manifests[copy_index[mod]] for mod, manifests in self._copies.items()}
        return SortKeys(manifests, chosen.player_order)


def _is_usable(last: _Answer, chosen: Chosen) -> bool:
    """Return whether an earlier answer still holds for the groups in which no mod was enabled or disabled.

    It does under another order of the player if that agrees with the load order, as it does from the first choice on:
    of the mods that may come next, the same one sorts first.
    """
    if last.chosen.choice != chosen.choice:
        return False
    if last.chosen.player_order == chosen.player_order:
        return True
    index = {mod: at for at, mod in enumerate(chosen.player_order)}
    at = [index.get(mod, -1) for mod in last.resolution.order]
    if -1 in at or any(first >= then for first, then in itertools.pairwise(at)):
        return False
    return not any(problem.kind in _BY_ORDER for problem in last.resolution.problems)


def _answer(chosen: Chosen, sort_key: SortKeys, outcomes: tuple[Outcome, ...], order: tuple[str, ...]) -> _Answer:
    """Put an answer together, with the problems in an order that does not depend on the groups."""
    dropped = [problem for outcome in outcomes for problem in outcome.dropped]
    absent = [problem for outcome in outcomes for problem in outcome.absent]
    unordered = [problem for outcome in outcomes for problem in outcome.unordered]
    dropped.sort(key=lambda problem: (problem.chain, problem.mod, problem.kind, problem.fix))
    absent.sort(key=lambda problem: problem.mod)
    unordered.sort(key=lambda problem: (problem.mod, problem.fix))
    resolution = Resolution(order, (*dropped, *absent, *unordered), chosen.choice.copy_index)
    return _Answer(chosen, sort_key, outcomes, resolution)
