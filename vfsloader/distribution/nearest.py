"""If nothing fits: the smallest change after which something would.

Each kind of change is tried by asking the solver again, the smallest first: a pin, another version of what was asked
for, one mod less, another version of the game, one rule. All tries together take at most a quarter of a choice's steps.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from vfsloader.distribution.choosing import Candidate, Choosing
from vfsloader.distribution.world import World
from vfsloader.errors import ModOrderError, VFSError
from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.versions import fits
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Limits

#: Rules that are left out one at a time.
_MOST_RULES = 40
Candidates = Mapping[str, Sequence[Candidate]]


@dataclass(frozen=True)
class Question:
    """What was asked of the solver."""

    candidates: Candidates
    asked: Sequence[str]
    enabled: Sequence[str]
    """Ids of the other mods that load now."""
    newest: Sequence[str]
    """Ids whose newest version is preferred to the installed one."""
    game_version: Version | None
    provides: Mapping[str, Version]
    limits: Limits

    @property
    def wanted(self) -> list[str]:
        """Ids of all mods that have to load, the most important first."""
        return [*self.asked, *self.enabled]

    def choosing(self) -> Choosing:
        """Return it as the solver takes it."""
        return Choosing(
            self.candidates,
            self.wanted,
            newest=self.newest,
            game_version=self.game_version,
            provides=self.provides,
            limits=self.limits,
        )


def nearest(question: Question, world: World, asked: Choosing) -> str:
    """Return what is the nearest thing that would fit, as a part of a sentence; empty if nothing was found.

    Parameters
    ----------
    question
        What has no answer.
    world
        What can be chosen from, with what pins and wishes exclude.
    asked
        The same question, as the solver was asked it.
    """
    steps = question.limits.steps // 4
    for change, finish in _changes(question, world, asked):
        if steps <= 0:
            break
        try:
            choosing = replace(change, limits=replace(change.limits, steps=steps)).choosing()
        except VFSError:
            break
        try:
            chosen = choosing.run(explain=False)
        except ModOrderError:
            steps = choosing.steps_left
            continue
        except VFSError:  # the budget is used up
            break
        steps = choosing.steps_left
        if sentence := finish(chosen):
            return sentence
    return ""


def _changes(
    question: Question, world: World, first: Choosing
) -> Iterator[tuple[Question, Callable[[Mapping[str, Candidate]], str]]]:
    """Yield questions that differ a little, and what to say if one has an answer."""
    if any(world.held.values()):
        yield (
            replace(question, candidates=_joined(question.candidates, world.held)),
            lambda chosen: _pinned(chosen, world),
        )
    if any(world.excluded.values()):
        yield (
            replace(question, candidates=_joined(question.candidates, world.excluded)),
            lambda chosen: _other_versions(chosen, world),
        )
    present = set(question.enabled)
    for mod in sorted(first.core, key=lambda one: one not in present):
        asked = [other for other in question.asked if other != mod]
        if asked:
            less = replace(question, asked=asked, enabled=[other for other in question.enabled if other != mod])
            yield less, functools.partial(_without, mod=mod, asked=asked, is_enabled=mod in present)
    if question.game_version is not None:
        yield replace(question, game_version=None), lambda chosen: _other_game(chosen, question.game_version)
    if first.has_root_cause:
        return  # the reason names the rule already
    for rule, candidates in _without_rules(question.candidates, first.requires_of(first.core)):
        yield (
            replace(question, candidates=candidates),
            functools.partial(_without_rule, rule=rule),
        )


def _joined(candidates: Candidates, more: Candidates) -> dict[str, list[Candidate]]:
    return {mod: [*candidates.get(mod, ()), *more.get(mod, ())] for mod in {*candidates, *more}}


def _names(chosen: Sequence[Candidate]) -> str:
    return " and ".join(f"{one.id} {one.manifest.version}" for one in chosen)


def _pinned(chosen: Mapping[str, Candidate], world: World) -> str:
    free = [one for mod, one in chosen.items() if any(one is held for held in world.held.get(mod, ()))]
    pins = " and ".join(f"{one.id} is pinned to {world.pins[one.id]}" for one in free)
    return f"{pins}: without that, {_names(free)} would fit" if free else ""


def _other_versions(chosen: Mapping[str, Candidate], world: World) -> str:
    others = [one for mod, one in chosen.items() if any(one is other for other in world.excluded.get(mod, ()))]
    return f"{_names(others)} would fit" if others else ""


def _without(chosen: Mapping[str, Candidate], *, mod: str, asked: Sequence[str], is_enabled: bool) -> str:
    if mod in chosen:  # something requires it all the same
        return ""
    how = f" (vfsloader mods disable {mod})" if is_enabled else ""
    return f"without {mod}, {_names([chosen[one] for one in asked])} would fit{how}"


def _without_rule(_chosen: Mapping[str, Candidate], *, rule: str) -> str:
    return f"without the rule that {rule}, it would fit"


def _other_game(chosen: Mapping[str, Candidate], present: Version | None) -> str:
    others = [one for one in chosen.values() if not (one.is_installed or _fits(one, present))]
    if not others:
        return ""
    games = " and ".join(dict.fromkeys(plain(str(one.manifest.game_version), 60) for one in others))
    return f"in version {games} of the game, {_names(others)} would fit"


def _fits(one: Candidate, game: Version | None) -> bool:
    return game is None or fits(one.manifest.game_version, game)


def _without_rules(candidates: Candidates, mods: Sequence[str]) -> Iterator[tuple[str, Candidates]]:
    """Yield the rules of some mods, the last mod first, each with the candidates as they would be without it."""
    rules = (
        (one, field, other)
        for mod in reversed(mods)
        for one in sorted(candidates.get(mod, ()), key=lambda one: one.manifest.version, reverse=True)
        for field in ("incompatible", "requires")
        for other in getattr(one.manifest, field)
    )
    for one, field, other in itertools.islice(rules, _MOST_RULES):
        present: Mapping[str, object] = getattr(one.manifest, field)
        changed = replace(
            one, manifest=_with(one.manifest, field, {key: present[key] for key in present if key != other})
        )
        word = "requires" if field == "requires" else "excludes"
        what = f"{one.id} {one.manifest.version} {word} {other} {plain(str(present[other]), 60)}".rstrip()
        yield what, {**candidates, one.id: [changed if each is one else each for each in candidates[one.id]]}


def _with(manifest: Manifest, field: str, rules: Mapping[str, object]) -> Manifest:
    return replace(manifest, **{field: rules})  # type: ignore[arg-type]
