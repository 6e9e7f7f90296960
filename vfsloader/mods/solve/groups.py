"""Mods in groups: mods of different groups have nothing to do with one another, so each group is resolved by itself."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.version import Version

from vfsloader.mods.solve.choice import Choice
from vfsloader.mods.solve.dropping import Chosen, Installed, Outcome, settle
from vfsloader.mods.solve.order import Rules, rules_of
from vfsloader.mods.solve.providers import Copies, Provider, connected, providers
from vfsloader.mods.solve.versions import fits

#: The attributes of a manifest that name other mods.
_RULES = ("requires", "incompatible", "recommends", "after", "before")


class Group:
    """Mods that may have to do with one another.

    Parameters
    ----------
    copies
        Their copies, by id.
    ids
        Every id that the player has.
    game_version, provides
        As for :func:`~vfsloader.mods.solve.resolve.resolve`.
    """

    def __init__(
        self, copies: Copies, ids: Collection[str], game_version: Version | None, provides: Mapping[str, Version]
    ) -> None:
        by_id = providers(copies)
        for mod, version in provides.items():
            by_id.setdefault(mod, []).append(Provider("", 0, version))  # "" is the game
        self._installed = Installed(copies, by_id, ids, game_version)
        self._is_alone = len(copies) == 1 and not any(
            len(manifests) > 1
            or manifests[0].requires
            or manifests[0].recommends
            or manifests[0].incompatible
            or (game_version is not None and not fits(manifests[0].game_version, game_version))
            for manifests in copies.values()
        )
        #: The rules of the copies that were chosen last.
        self._rules: tuple[tuple[int, ...], Rules] | None = None

    @property
    def mods(self) -> Collection[str]:
        """Their ids."""
        return self._installed.copies.keys()

    def resolve(self, chosen: Chosen) -> Outcome:
        """Decide which of them load, and in which order."""
        if self._is_alone:
            return Outcome(tuple(mod for mod in self.mods if mod not in chosen.disabled))
        choice = chosen.choice
        conflicts = {mod: conflict for mod, conflict in choice.conflicts.items() if mod in self.mods}
        untried = tuple(mod for mod in choice.untried if mod in self.mods)
        return settle(
            self._installed,
            chosen._replace(
                choice=Choice(choice.copy_index, conflicts, untried), rules=self._rules_of(choice.copy_index)
            ),
        )

    def _rules_of(self, copy_index: Mapping[str, int]) -> Rules:
        copies = self._installed.copies
        key = tuple(copy_index[mod] for mod in copies)
        known = self._rules
        if known is None or known[0] != key:
            known = self._rules = key, rules_of({mod: copies[mod][copy_index[mod]] for mod in copies})
        return known[1]


def groups(copies: Copies, game_version: Version | None, provides: Mapping[str, Version]) -> list[Group]:
    """Divide mods into groups."""
    members = connected(copies, providers(copies), _RULES)
    return [Group({mod: copies[mod] for mod in mods}, copies.keys(), game_version, provides) for mods in members]


class _Head(NamedTuple):
    key: Any
    mod: str
    rest: Iterator[str]


def merge_orders(orders: Sequence[Sequence[str]], sort_key: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one order of mods of different groups.

    It is the order that all of them would have together. There, the next mod is always the one that sorts first among
    those whose predecessors are placed; and in each group, that is the next in the group's own order.

    Examples
    --------
    >>> merge_orders([("d", "a"), ("b", "e")], {"a": 1, "b": 2, "d": 4, "e": 5})
    ('b', 'd', 'a', 'e')
    """
    if len(orders) == 2:
        return _merge_two(orders[0], orders[1], sort_key)
    heads = []
    for order in orders:
        rest = iter(order)
        heads += [_Head(sort_key[mod], mod, rest) for mod in (next(rest, None),) if mod is not None]
    heapq.heapify(heads)
    merged = []
    while heads:
        _, mod, rest = heads[0]
        merged.append(mod)
        following = next(rest, None)
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, _Head(sort_key[following], following, rest))
    return tuple(merged)


def _merge_two(order: Sequence[str], other: Sequence[str], sort_key: Mapping[str, Any]) -> tuple[str, ...]:
    """Merge a short order into a long one: a mod that was toggled, and those that depend on it."""
    long, short = (order, other) if len(order) >= len(other) else (other, order)
    merged: list[str] = []
    at = 0
    for mod in short:
        key = sort_key[mod]
        start = at
        while at < len(long) and sort_key[long[at]] < key:
            at += 1
        merged += long[start:at]
        merged.append(mod)
    merged += long[at:]
    return tuple(merged)
