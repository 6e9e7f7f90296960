"""Resolving after a toggle, compared with resolving everything, and with resolving all mods as one group."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from tests.mods.making import mod
from vfsloader.mods.metadata.manifest import Manifest, parse_manifest
from vfsloader.mods.solve import dropping
from vfsloader.mods.solve.groups import merge_orders
from vfsloader.mods.solve.resolve import Resolver, resolve
from vfsloader.runtime.fast_paths import VARIABLE

IDS = ["aa", "bb", "cc", "dd", "ee", "ff", "gg2", "gg10"]
NAMED = st.sampled_from([*IDS, "game", "old", "absent"])
CONSTRAINTS = st.sampled_from(["*", ">=2", "<2"])


@st.composite
def manifests(draw: st.DrawFn, mod_id: str) -> Manifest:
    rules: dict[str, Any] = {}
    named = draw(st.lists(NAMED.filter(lambda name: name != mod_id), unique=True, max_size=3))
    for name in named:
        rule = draw(st.sampled_from(["requires", "requires", "recommends", "incompatible", "after", "before"]))
        if rule in ("after", "before"):
            rules.setdefault("order", {}).setdefault(rule, []).append(name)
        else:
            rules.setdefault(rule, {})[name] = draw(CONSTRAINTS)
    if draw(st.integers(0, 4)) == 0:
        rules["provides"] = {"old": "2"}
    if draw(st.integers(0, 4)) == 0:
        rules["game_version"] = draw(CONSTRAINTS)
    if draw(st.integers(0, 4)) == 0:
        rules.setdefault("order", {})["group"] = draw(st.sampled_from(["early", "late"]))
    version = draw(st.sampled_from(["1", "2", "3"]))
    return parse_manifest({"id": mod_id, "name": mod_id, "version": version, **rules}, mod_id)


@st.composite
def sets_of_mods(draw: st.DrawFn) -> dict[str, list[Manifest]]:
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    most = draw(st.sampled_from([1, 1, 2]))
    return {mod_id: draw(st.lists(manifests(mod_id), min_size=1, max_size=most)) for mod_id in ids}


CHOICES = st.lists(st.tuples(st.frozensets(st.sampled_from(IDS), max_size=4), st.permutations(IDS)), min_size=1)
GAMES = st.sampled_from([None, Version("1"), Version("2")])


@given(sets_of_mods(), CHOICES, GAMES, st.booleans())
def test_it_is_as_if_everything_were_resolved(
    copies: dict[str, list[Manifest]],
    choices: list[tuple[frozenset[str], list[str]]],
    game: Version | None,
    keeps: bool,
) -> None:
    provides = {"game": Version("2")}
    resolver = Resolver(copies, game, provides)
    player: tuple[str, ...] = ()
    for disabled, order in choices:
        found = resolver.resolve(disabled, player)
        options: dict[str, Any] = {"player_order": player, "game_version": game, "provides": provides}
        assert found == resolve(copies, disabled=disabled, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, "0")
            assert found == resolve(copies, disabled=disabled, **options)
        # What the manager stores at the first choice: the load order, and then the mods that do not load.
        player = tuple(dict.fromkeys((*found.order, *copies))) if keeps else tuple(order)


def test_a_toggle_resolves_only_what_has_to_do_with_the_mod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    copies = {f"mod{n}": [mod(f"mod{n}", requires={f"mod{n - 1}": "*"} if n % 3 else {})] for n in range(30)}
    resolver = Resolver(copies)
    order = resolver.resolve((), ()).order
    resolved: list[list[str]] = []
    settle = dropping.settle
    monkeypatch.setattr(
        "vfsloader.mods.solve.groups.settle",
        lambda installed, chosen: [resolved.append(list(installed.copies)), settle(installed, chosen)][1],
    )
    off = resolver.resolve({"mod7"}, order)
    assert off.order == tuple(mod_id for mod_id in order if mod_id not in ("mod7", "mod8"))
    assert [problem.chain for problem in off.problems] == [("mod8",)]
    assert resolver.resolve((), order).order == order
    assert resolved == [["mod6", "mod7", "mod8"]] * 2


def test_orders_are_merged_as_if_they_were_one() -> None:
    keys = {name: index for index, name in enumerate("abcdefg")}
    assert merge_orders([("c", "a"), ("b", "f", "d")], keys) == ("b", "c", "a", "f", "d")
    assert merge_orders([("c", "a"), ("b", "f", "d"), ("e",)], keys) == ("b", "c", "a", "e", "f", "d")
    assert merge_orders([], keys) == ()
