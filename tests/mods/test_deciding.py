"""Manifests, resolution, order and merging: pure functions. Whole sentences are in test_messages.py."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from tests.mods.making import decide, mod
from vfsloader.datamerge.formats import merge_patch
from vfsloader.errors import ManifestError, ModOrderError
from vfsloader.mods.metadata.manifest import GROUPS, Manifest, parse_manifest
from vfsloader.mods.metadata.rule_overrides import override_rules
from vfsloader.mods.solve.order import load_order
from vfsloader.mods.solve.reorder import MoveRequest, reorder
from vfsloader.paths import natural_key


def test_every_key_of_a_manifest_is_read() -> None:
    manifest = mod(
        "winter",
        "1.2.0",
        schema=1,
        kind="dlc",
        description="Snow",
        authors=["A. Modder"],
        game_version=">=1.0,<2",
        provides={"old-winter": "1.0"},
        requires={"snow-lib": ">=0.3"},
        recommends={"fancy-ui": "*"},
        incompatible={"endless-summer": "*"},
        order={"after": ["base-fixes"], "before": ["hud"], "group": "late"},
        files={"root": "assets", "mount": "/mods/winter", "remove": ["/music/*.ogg"]},
        custom={"anything": [1, 2]},
    )
    assert manifest.version == Version("1.2")
    assert manifest.tier == 1
    assert (manifest.root, manifest.mount, manifest.remove) == ("/assets", "/mods/winter", ("/music/*.ogg",))
    assert (manifest.after, manifest.before, manifest.group) == (("base-fixes",), ("hud",), "late")
    assert "0.4" in manifest.requires["snow-lib"]
    assert manifest.custom == {"anything": [1, 2]}


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"versoin": "1"}, "versoin"),
        ({"order": {"afte": []}}, "order.afte"),
        ({"order.after": ["lib"]}, "order.after"),
        ({"schema": 2}, "schema"),
        ({"schema": True}, "schema"),
        ({"id": "Bad Id"}, "id"),
        ({"id": "../x"}, "id"),
        ({"id": 5}, "id"),
        ({"version": "one"}, "version"),
        ({"version": "1." + "9" * 10_000}, "version"),
        ({"authors": "me"}, "authors"),
        ({"kind": "patch"}, "kind"),
        ({"requires": {"lib": "1.2.0"}}, "requires.lib"),
        ({"requires": {"lib": "new"}}, "requires.lib"),
        ({"requires": {"me": "*"}}, "requires"),
        ({"requires": {"lib": "*"}, "incompatible": {"lib": "*"}}, "requires and incompatible"),
        ({"requires": {"lib": "*"}, "order": {"before": ["lib"]}}, "requires and order.before"),
        ({"files": {"root": "../.."}}, "files.root"),
        ({"files": {"remove": ["*.ogg"]}}, "files.remove"),
        ({"files": []}, "files"),
    ],
)
def test_a_wrong_manifest_is_refused_by_file_and_key(more: dict[str, Any], key: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest({"id": "me", "name": "me", "version": "1", **more}, "me/mod.toml")
    assert caught.value.filename == "me/mod.toml"
    assert str(caught.value).startswith(f"me/mod.toml: {key}: ")


@pytest.mark.parametrize("missing", ["id", "name", "version"])
def test_what_every_mod_needs(missing: str) -> None:
    data = {"id": "me", "name": "me", "version": "1"}
    del data[missing]
    with pytest.raises(ManifestError, match=rf"^me/mod\.toml: {missing}: "):
        parse_manifest(data, "me/mod.toml")


def test_reasons_and_fixes() -> None:
    resolution = decide(
        mod("top", requires={"middle": "*"}),
        mod("middle", requires={"lib": ">=2"}),
        mod("lib", "1.5"),
        mod("lonely", requires={"libb": "*"}),
        mod("sleepy", requires={"off": "*"}),
        mod("off"),
        mod("old", game_version="<1"),
        disabled={"off"},
        game_version=Version("1.0"),
    )
    assert resolution.order == ("lib",)
    assert {problem.mod: (problem.kind, problem.other) for problem in resolution.problems} == {
        "old": ("game_version", "<1"),
        "lonely": ("missing", "libb"),
        "middle": ("version", "lib"),
        "sleepy": ("disabled", "off"),
        "top": ("broken", "middle"),
    }
    assert next(problem for problem in resolution.problems if problem.mod == "top").chain == ("middle", "top")


def test_who_provides_an_id_stands_in_for_it() -> None:
    assert decide(mod("new", provides={"old": "2"}), mod("user", requires={"old": ">=2"})).order == ("new", "user")
    assert decide(mod("user", requires={"core": ">=2"}), provides={"core": Version("2.1")}).order == ("user",)
    refused = decide(mod("user", requires={"core": ">=3"}), provides={"core": Version("2.1")})
    assert [(problem.kind, problem.mod, problem.other) for problem in refused.problems] == [("version", "user", "core")]
    assert "2.1" in refused.problems[0].why


def test_of_two_incompatible_mods_the_later_stays_out() -> None:
    pair = (mod("aa", incompatible={"bb": "*"}), mod("bb"))
    assert decide(*pair).order == ("aa",)
    assert decide(*pair, player_order=["bb", "aa"]).order == ("bb",)
    assert decide(*pair, disabled=["aa"]).order == ("bb",)
    assert [(problem.mod, problem.other) for problem in decide(*pair).problems] == [("bb", "aa")]


def test_a_circle_is_named_once_with_its_rules_and_costs_itself_only() -> None:
    resolution = decide(
        mod("aa", requires={"bb": "*"}), mod("bb", requires={"cc": "*"}), mod("cc", requires={"aa": "*"}),
        mod("on-aa", requires={"aa": "*"}), mod("free"),
    )  # fmt: skip
    assert resolution.order == ("free",)
    circles = [problem for problem in resolution.problems if problem.kind == "cycle"]
    assert len(circles) == 1
    assert circles[0].chain == ("aa", "bb", "cc")
    assert "aa --[requires]-> bb --[requires]-> cc --[requires]-> aa" in str(circles[0])


def test_soft_rules_order_and_never_exclude() -> None:
    both = decide(mod("aa", order={"after": ["bb"]}), mod("bb", order={"after": ["aa"]}))
    assert set(both.order) == {"aa", "bb"}
    assert [problem.kind for problem in both.problems] == ["soft_cycle"]
    assert both.problems[0].is_warning
    assert decide(mod("aa", order={"after": ["not-there"], "before": ["nor-this"]})).order == ("aa",)
    assert decide(mod("aa", order={"after": ["zz"]}), mod("zz")).order == ("zz", "aa")
    assert decide(mod("aa"), mod("zz", order={"before": ["aa"]})).order == ("zz", "aa")
    recommending = decide(mod("aa", recommends={"zz": "*", "gone": "*"}), mod("zz"))
    assert recommending.order == ("zz", "aa")
    assert [problem.kind for problem in recommending.problems] == ["absent"]


def test_tiers_groups_the_player_and_natural_ids() -> None:
    mods = [
        mod("lang", kind="language"), mod("dlc1", kind="dlc", order={"after": ["lang"]}), mod("mod10"), mod("mod2"),
        mod("last", order={"group": "late"}), mod("first", order={"group": "early"}),
    ]  # fmt: skip
    assert decide(*mods).order == ("dlc1", "first", "mod2", "mod10", "last", "lang")
    assert decide(*mods, player_order=["mod10", "mod2"]).order == ("dlc1", "first", "mod10", "mod2", "last", "lang")
    assert natural_key("mod2") < natural_key("mod10") < natural_key("modx")


def is_later(manifest: Manifest, other: Manifest) -> bool:
    return GROUPS.index(manifest.group) > GROUPS.index(other.group)


IDS = [f"m{n}" for n in range(10)]
RULES = st.fixed_dictionaries(
    {},
    optional={
        "requires": st.dictionaries(st.sampled_from(IDS), st.just("*"), max_size=2),
        "after": st.lists(st.sampled_from(IDS), max_size=2),
        "before": st.lists(st.sampled_from(IDS), max_size=2),
        "group": st.sampled_from(GROUPS),
    },
)


def with_rules(rules: dict[str, Any]) -> dict[str, Manifest]:
    """Make mods with rules. If its rules contradict each other, a mod has none."""
    mods = {}
    for mod_id, rule in rules.items():
        order = {key: rule[key] for key in ("after", "before", "group") if key in rule}
        try:
            mods[mod_id] = mod(mod_id, requires=rule.get("requires", {}), order=order)
        except ManifestError:
            mods[mod_id] = mod(mod_id)
    return mods


@given(st.dictionaries(st.sampled_from(IDS), RULES), st.permutations(IDS), st.randoms(use_true_random=False))
def test_the_order_honours_hard_rules_and_ignores_how_mods_came(
    rules: dict[str, Any], player: list[str], chance: random.Random
) -> None:
    mods = with_rules(rules)
    ordered = load_order(mods, player)
    assert sorted([*ordered.ids, *ordered.left_out]) == sorted(mods)
    index = {mod_id: position for position, mod_id in enumerate(ordered.ids)}
    for mod_id in ordered.ids:
        for wanted in mods[mod_id].requires:
            if wanted in index:
                assert index[wanted] < index[mod_id]
    shuffled = list(mods.items())
    chance.shuffle(shuffled)
    assert load_order(dict(shuffled), player) == ordered


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # the examples of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches(target: Any, patch: Any, result: Any) -> None:
    before = repr(target)
    assert merge_patch(target, patch) == result
    assert repr(target) == before


def test_an_older_copy_is_used_where_another_mod_needs_it() -> None:
    resolution = decide(mod("lib", "2"), mod("lib", "1"), mod("hud", requires={"lib": "<2"}))
    assert (resolution.order, resolution.copy_index["lib"], resolution.problems) == (("lib", "hud"), 1, ())
    assert decide(mod("lib", "2"), mod("lib", "1"), mod("hud")).copy_index["lib"] == 0
    assert decide(mod("lib", "2", game_version="<1"), mod("lib", "1"), game_version=Version("1")).order == ("lib",)
    deep = decide(
        mod("aa", "2", requires={"bb": ">=2"}), mod("aa", "1"), mod("bb", "2", requires={"cc": ">=2"}), mod("bb", "1"),
        mod("cc", "1"),
    )  # fmt: skip
    assert (dict(deep.copy_index), deep.problems) == ({"aa": 1, "bb": 1, "cc": 0}, ())
    circle = decide(mod("aa", "2", requires={"bb": "*"}), mod("aa", "1"), mod("bb", requires={"aa": "*"}))
    assert (circle.order, circle.problems) == (("aa", "bb"), ())


def test_mods_that_need_different_copies_are_reported() -> None:
    mods = [mod("lib", "2"), mod("lib", "1"), mod("new", requires={"lib": ">=2"}), mod("old", requires={"lib": "<2"})]
    resolution = decide(*mods)
    assert resolution.order == ("lib", "new")
    assert [(problem.kind, problem.chain) for problem in resolution.problems] == [("copies", ("new", "old"))]
    assert decide(*mods, player_order=["old", "new"]).order == ("lib", "old")
    on_top = decide(*mods, mod("top", requires={"old": "*"}))
    assert (on_top.problems[1].kind, on_top.problems[1].chain) == ("broken", ("new", "old", "top"))


def test_why_the_copy_that_would_do_cannot_load() -> None:
    resolution = decide(
        mod("lib", "2", requires={"gone": "*"}), mod("lib", "1"), mod("hud", requires={"lib": ">=2"}),
        mod("other", requires={"lib": "<2"}),
    )  # fmt: skip
    assert resolution.order == ("lib", "other")
    assert [(problem.kind, problem.mod, problem.fix) for problem in resolution.problems] == [
        ("copy", "hud", "Install gone")
    ]


def test_choosing_among_many_copies_finishes() -> None:
    mods = [
        mod(f"m{n}", version, requires={f"m{n + 1}": f"=={version}"}) for n in range(60) for version in ("1", "2", "3")
    ]
    resolution = decide(*mods, *(mod("m60", version) for version in ("1", "2", "3")), mod("top", requires={"m0": "<2"}))
    assert len(resolution.order) == 62
    assert all(resolution.copy_index[f"m{n}"] == 0 for n in range(61))  # the first in the list was version 1
    apart = decide(*mods, mod("m60", "4"))
    assert apart.order == ("m60",)


def test_a_player_overrides_rules() -> None:
    winter = mod("winter", "1", requires={"lib": "<1", "snow": "*"}, order={"after": ["hud"]}, game_version="<1")
    changed = override_rules(winter, {
        "-requires": ["snow"], "requires": {"lib": "<2"}, "-after": ["hud"], "before": ["hud"],
        "game_version": "*", "group": "late", "incompatible": {"summer": "*"}, "version": "==1",
    })  # fmt: skip
    assert {wanted: str(versions) for wanted, versions in changed.requires.items()} == {"lib": "<2"}
    assert (changed.after, changed.before, changed.group, str(changed.game_version)) == ((), ("hud",), "late", "")
    assert list(changed.incompatible) == ["summer"]
    assert override_rules(winter, {}) == winter
    assert override_rules(winter, {"-after": ("hud",)}).after == ()


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ({"-requires": "snow"}, "-requires"),
        ({"requires": ["snow"]}, "requires"),
        ({"requires": {"snow": "1.2"}}, "requires.snow"),
        ({"group": "last"}, "group"),
        ({"game_version": 1}, "game_version"),
        ({"require": {}}, "require"),
        ({"version": "one"}, "version"),
    ],
)
def test_a_wrong_override_is_refused_by_key(rules: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=f"^{key}: "):
        override_rules(mod("winter"), rules)


def test_a_move_takes_along_what_rules_demand() -> None:
    mods = {manifest.id: manifest for manifest in (
        mod("aa"), mod("bb", requires={"cc": "*"}), mod("cc"), mod("dd", order={"before": ["ee"]}), mod("ee"),
        mod("late", order={"group": "late"}), mod("lang", kind="language"),
    )}  # fmt: skip
    order = ["aa", "cc", "bb", "dd", "ee", "late", "lang"]
    assert reorder(order, mods, MoveRequest("bb", "bb", "aa")) == ("cc", "bb", "aa", "dd", "ee", "late", "lang")
    assert reorder(order, mods, MoveRequest("cc", "ee", "cc")) == ("aa", "dd", "ee", "cc", "bb", "late", "lang")
    assert reorder(order, mods, MoveRequest("aa", "aa", "bb")) == ("cc", "aa", "bb", "dd", "ee", "late", "lang")
    for first, then, why in (
        ("bb", "cc", "bb --[requires]-> cc"),
        ("ee", "dd", "dd --[before]-> ee"),
        ("late", "aa", "late is in group late and aa is in group default"),
        ("lang", "aa", "lang is of kind language and aa is of kind mod"),
    ):
        with pytest.raises(ModOrderError) as caught:
            reorder(order, mods, MoveRequest(first, first, then))
        assert str(caught.value) == f"{first} cannot load before {then}: {why}"
        assert caught.value.rules == why


def test_a_move_past_mods_that_wait_for_a_later_group_names_the_nearest_reason() -> None:
    mods = {manifest.id: manifest for manifest in (
        mod("aa"), mod("bb", requires={"cc": "*"}), mod("cc", requires={"dd": "*"}), mod("dd", order={"group": "late"}),
    )}  # fmt: skip
    with pytest.raises(ModOrderError) as caught:
        reorder(["aa", "dd", "cc", "bb"], mods, MoveRequest("bb", "bb", "aa"))
    reasons = "bb --[requires]-> cc; cc --[requires]-> dd; dd is in group late and aa is in group default"
    assert caught.value.rules == reasons


def test_what_a_moved_mod_waits_for_moves_with_it_and_nothing_else_does() -> None:
    mods = {manifest.id: manifest for manifest in (
        mod("aa"), mod("bb"), mod("cc", requires={"dd": "*"}), mod("dd"), mod("ee"),
    )}  # fmt: skip
    order = ["aa", "bb", "ee", "dd", "cc"]
    assert reorder(order, mods, MoveRequest("cc", "cc", "bb")) == ("aa", "dd", "cc", "bb", "ee")
    assert reorder(order, mods, MoveRequest("aa", "ee", "aa")) == ("bb", "ee", "aa", "dd", "cc")


@pytest.mark.parametrize(("rule", "side"), [("after", "after"), ("before", "before")])
def test_a_circular_wish_is_reported_with_its_side(rule: str, side: str) -> None:
    if rule == "before":  # aa needs bb through cc, and wants to load before it
        mods = [mod("aa", requires={"cc": "*"}, order={rule: ["bb"]}), mod("cc", requires={"bb": "*"}), mod("bb")]
    else:
        mods = [mod("aa", order={rule: ["bb"]}), mod("bb", requires={"aa": "*"})]
    found = decide(*mods)
    (problem,) = found.problems
    assert (problem.kind, problem.mod, problem.other) == ("soft_cycle", "aa", "bb")
    assert f"load {side} bb" in problem.why


def test_two_circles_that_share_a_mod_are_told_once() -> None:
    found = decide(
        mod("aa", requires={"bb": "*"}), mod("bb", requires={"aa": "*", "cc": "*"}), mod("cc", requires={"bb": "*"}),
        mod("dd", requires={"ee": "*"}), mod("ee", requires={"dd": "*"}),
    )  # fmt: skip
    told = [problem for problem in found.problems if problem.kind == "cycle"]
    circles = [set(problem.chain) for problem in told]
    assert {"aa", "bb"} in circles
    assert {"bb", "cc"} in circles
    assert {"dd", "ee"} in circles
    assert [
        set(re.findall(r"\b[a-e]{2}\b", problem.fix)) for problem in found.problems if problem.kind == "cycle"
    ] == circles


@given(st.dictionaries(st.sampled_from(IDS), RULES, min_size=2), st.permutations(IDS), st.data())
def test_a_move_does_what_was_asked_or_names_a_rule(
    rules: dict[str, Any], player: list[str], data: st.DataObject
) -> None:
    mods = with_rules(rules)
    live = load_order(mods, player)
    first, then = data.draw(st.permutations(sorted(mods)))[:2]
    request = MoveRequest(data.draw(st.sampled_from([first, then])), first, then)
    try:
        order = reorder(player, mods, request)
    except ModOrderError:
        waited = [mod_id for mod_id in mods if mod_id == first or live.edges.path(mod_id, first)]
        assert live.edges.path(then, first) or any(is_later(mods[mod_id], mods[then]) for mod_id in waited)
    else:
        assert sorted(order) == sorted(player)
        ids = load_order(mods, order).ids
        assert not {first, then} <= set(ids) or ids.index(first) < ids.index(then)
