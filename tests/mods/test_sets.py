"""Sets of mods made by Hypothesis: the decision is valid, nothing is left out without a true reason, fixes work."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.manifest import GROUPS, KINDS, Manifest
from vfsloader.mods.solve.resolve import Resolution, resolve

#: Sets in all, over the tests below.
SETS = int(os.environ.get("VFSLOADER_SETS", "1600"))
LIMITS = settings(max_examples=SETS // 5, suppress_health_check=list(HealthCheck))

IDS = [f"m{n}" for n in range(6)]
VERSIONS = st.sampled_from(["1", "1.5", "2"]).map(Version)
RANGES = st.sampled_from(["", "", ">=1.5", "<2", "==2"]).map(SpecifierSet)
Mods = Mapping[str, Manifest]
Case = dict[str, Any]


@st.composite
def manifests(draw: st.DrawFn, mod: str) -> Manifest:
    others = [*(other for other in IDS if other != mod), "virtual", "gone"]
    some = st.dictionaries(st.sampled_from(others), RANGES, max_size=2)
    requires = draw(some)
    after = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    return Manifest(
        id=mod,
        name=mod,
        version=draw(VERSIONS),
        kind=draw(st.sampled_from(["mod", "mod", "mod", *KINDS])),
        group=draw(st.sampled_from(GROUPS)),
        game_version=draw(RANGES),
        requires=requires,
        recommends={other: spec for other, spec in draw(some).items() if other not in requires},
        incompatible={
            other: spec
            for other, spec in draw(st.dictionaries(st.sampled_from(others), RANGES, max_size=1)).items()
            if other not in requires
        },
        provides=draw(st.dictionaries(st.sampled_from(["virtual"]), VERSIONS, max_size=1)),
        after=tuple(other for other in after if other not in requires),
    )


@st.composite
def cases(draw: st.DrawFn, incompatible: bool = True) -> tuple[Mods, Case]:
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    mods = {mod: draw(manifests(mod)) for mod in ids}
    if not incompatible:
        mods = {mod: replace(manifest, incompatible={}) for mod, manifest in mods.items()}
    options = {
        "disabled": draw(st.sets(st.sampled_from(IDS), max_size=2)),
        "player_order": draw(st.permutations(IDS)),
        "game_version": draw(st.sampled_from([None, Version("1.5")])),
        "provides": draw(st.dictionaries(st.just("virtual"), VERSIONS, max_size=1)),
    }
    return mods, options


def alone(mods: Mods) -> dict[str, list[Manifest]]:
    """Each mod as the only copy of itself."""
    return {mod: [manifest] for mod, manifest in mods.items()}


def fits(spec: SpecifierSet, version: Version) -> bool:
    return spec.contains(version, prereleases=True)


def is_met(live: Mods, options: Case, wanted: str, spec: SpecifierSet) -> bool:
    given_ = [live[wanted].version] if wanted in live else []
    given_ += [manifest.provides[wanted] for manifest in live.values() if wanted in manifest.provides]
    given_ += [options["provides"][wanted]] if wanted in options["provides"] else []
    return any(fits(spec, version) for version in given_)


def has_circle(live: Mods) -> bool:
    """Return whether requirements inside a tier are circular, by removing free mods until none is left."""
    left = dict(live)
    while left:
        free = [
            mod
            for mod, manifest in left.items()
            if not any(
                other != mod and (other == wanted or wanted in that.provides) and that.tier == manifest.tier
                for wanted in manifest.requires
                for other, that in left.items()
            )
        ]
        if not free:
            return True
        for mod in free:
            del left[mod]
    return False


def is_valid(live: Mods, options: Case) -> bool:
    """Check the rules in another way than the resolver does."""
    game = options["game_version"]
    for mod, manifest in live.items():
        if mod in options["disabled"] or (game is not None and not fits(manifest.game_version, game)):
            return False
        if not all(is_met(live, options, wanted, spec) for wanted, spec in manifest.requires.items()):
            return False
        if any(other in live and fits(spec, live[other].version) for other, spec in manifest.incompatible.items()):
            return False
    return not has_circle(live)


def live_of(mods: Mods, resolution: Resolution) -> Mods:
    return {mod: mods[mod] for mod in resolution.order}


@LIMITS
@given(cases())
def test_the_decision_is_valid_and_every_reason_is_true(case: tuple[Mods, Case]) -> None:
    mods, options = case
    resolution = resolve(alone(mods), **options)
    live = live_of(mods, resolution)
    assert is_valid(live, options)
    index = {mod: position for position, mod in enumerate(resolution.order)}
    for mod in resolution.order:
        for other in resolution.order:
            if mods[other].tier < mods[mod].tier:
                assert index[other] < index[mod]
            named = any(wanted == other or wanted in mods[other].provides for wanted in mods[mod].requires)
            if named and other != mod and mods[other].tier == mods[mod].tier:
                assert index[other] < index[mod]
    reasons: dict[str, list[Problem]] = {}
    for problem in resolution.problems:
        for mod in problem.chain if problem.kind == "cycle" else [problem.mod]:
            reasons.setdefault(mod, []).append(problem)
    for mod, manifest in mods.items():
        if mod in live or mod in options["disabled"]:
            continue
        why = [problem for problem in reasons[mod] if not problem.is_warning]
        assert why, f"{mod} is left out without a reason"
        for problem in why:
            if problem.kind == "game_version":
                assert not fits(manifest.game_version, options["game_version"])
            elif problem.kind == "incompatible":
                pair = {mod, problem.other}
                assert any(pair == {member, other} for member in pair for other in mods[member].incompatible)
            elif problem.kind == "cycle":
                assert has_circle({member: mods[member] for member in problem.chain})
            else:
                assert any(not is_met(live, options, wanted, spec) for wanted, spec in manifest.requires.items())
                assert problem.kind != "disabled" or problem.other in options["disabled"]
                assert problem.kind != "broken" or problem.other not in live


@LIMITS
@given(cases(incompatible=False))
def test_without_conflicts_as_many_mods_load_as_can(case: tuple[Mods, Case]) -> None:
    mods, options = case
    loaded = set(resolve(alone(mods), **options).order)
    if any(problem.kind == "cycle" for problem in resolve(alone(mods), **options).problems):
        return  # which of a circle to give up is the player's choice
    best = max(
        (set(some) for size in range(len(mods) + 1) for some in itertools.combinations(mods, size)
         if is_valid({mod: mods[mod] for mod in some}, options)),
        key=len,
    )  # fmt: skip
    assert loaded == best


@LIMITS
@given(cases(), st.randoms(use_true_random=False))
def test_following_a_fix_works_and_shuffling_changes_nothing(case: tuple[Mods, Case], chance: Any) -> None:
    mods, options = case
    resolution = resolve(alone(mods), **options)
    shuffled = list(mods.items())
    chance.shuffle(shuffled)
    assert resolve(alone(dict(shuffled)), **options) == resolution
    for problem in resolution.problems:
        if problem.kind in ("cycle", "soft_cycle", "absent", "broken"):
            continue
        better, then = dict(mods), dict(options)
        mod = mods[problem.mod]
        spec = mod.requires.get(problem.other, SpecifierSet())
        fitting = next((v for v in map(Version, ("1", "1.5", "2")) if fits(spec, v)), None)
        match problem.kind:
            case "missing" | "version" if fitting is not None:
                old = better.get(problem.other)
                plain = Manifest(id=problem.other, name=problem.other, version=fitting, kind=mod.kind)
                better[problem.other] = plain if old is None else replace(old, version=fitting)
                then["disabled"] = set(options["disabled"]) - {problem.other}
            case "disabled":
                then["disabled"] = set(options["disabled"]) - {problem.other}
            case "incompatible":
                then["disabled"] = set(options["disabled"]) | {problem.other}
            case "game_version":
                better[problem.mod] = replace(mod, game_version=SpecifierSet())
            case _:
                continue
        after = resolve(alone(better), **then)
        same = [p for p in after.problems if (p.kind, p.mod, p.other) == (problem.kind, problem.mod, problem.other)]
        assert same == [], f"{problem} was followed, and still: {same[0]}"


@st.composite
def several_copies(draw: st.DrawFn) -> tuple[dict[str, list[Manifest]], Case]:
    """Up to six mods, some in two or three copies, with rules that depend on the copy."""
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    copies = {}
    for mod in ids:
        several = draw(st.lists(manifests(mod), min_size=1, max_size=draw(st.sampled_from([1, 1, 2, 3]))))
        copies[mod] = sorted(several, key=lambda manifest: manifest.version, reverse=True)
    _, options = draw(cases())
    return copies, options


@LIMITS
@given(several_copies())
def test_a_choice_of_copies_is_found_where_there_is_one(case: tuple[dict[str, list[Manifest]], Case]) -> None:
    copies, options = case
    resolution = resolve(copies, **options)
    chosen = {mod: copies[mod][resolution.copy_index[mod]] for mod in copies}
    assert is_valid(live_of(chosen, resolution), options)
    wanted = [mod for mod in copies if mod not in options["disabled"]]
    if could_load_together(copies, wanted, [], options):
        assert set(resolution.order) == set(wanted)
    else:
        left_out = set(wanted) - set(resolution.order)
        reported = set()
        for problem in resolution.problems:
            if not problem.is_warning:
                reported.update(problem.chain if problem.kind == "cycle" else [problem.mod])
        assert left_out
        assert left_out <= reported


@LIMITS
@given(several_copies())
def test_of_mods_that_conflict_over_copies_one_can_be_left_out(case: tuple[dict[str, list[Manifest]], Case]) -> None:
    copies, options = case
    for problem in resolve(copies, **options).problems:
        if problem.kind == "copies":
            conflict = list(problem.chain)
            others = [mod for mod in copies if mod not in options["disabled"] and mod not in conflict]
            assert not could_load_together(copies, conflict, others, options)
            for mod in conflict:
                rest = [other for other in conflict if other != mod]
                assert could_load_together(copies, rest, [*others, mod], options), f"{problem} But not without {mod}."


def could_load_together(copies: dict[str, list[Manifest]], wanted: list[str], others: list[str], options: Case) -> bool:
    """Try every choice of copies for `wanted`, with any of the others."""
    choices = [copies[mod] for mod in wanted] + [[*copies[mod], None] for mod in others]
    return any(
        is_valid({manifest.id: manifest for manifest in some if manifest is not None}, options)
        for some in itertools.product(*choices)
    )


@LIMITS
@given(cases())
def test_the_players_order_is_kept_where_no_rule_forbids_it(case: tuple[Mods, Case]) -> None:
    mods, options = case
    order = options["player_order"]
    loaded = resolve(alone(mods), **options).order
    for low, high in itertools.pairwise(loaded):
        if order.index(high) < order.index(low) and mods[low].tier == mods[high].tier:
            is_grouped = GROUPS.index(mods[low].group) < GROUPS.index(mods[high].group)
            assert is_grouped or is_named(mods, low, high), f"{low} loads before {high} for no reason"


def is_named(mods: Mods, low: str, high: str) -> bool:
    """Return whether a rule about two mods puts `low` below `high`."""
    below, above = {low, *mods[low].provides}, {high, *mods[high].provides}
    rules = {*mods[high].requires, *mods[high].recommends, *mods[high].after}
    return not below.isdisjoint(rules) or not above.isdisjoint(mods[low].before)
