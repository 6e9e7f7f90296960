"""Conditions, against a model that spells out what each key means."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from vfsloader.mods.conditions import RESERVED, World, parse_condition

scalars = st.sampled_from(["winter", "summer", "", 0, 1, 2.5, 1.0, True, False, "1"])
choices = st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3))
keys = st.sampled_from(["season", "hour", "is_night"])
rules = st.sampled_from(["*", ">=1", "<1", "==1.0", ">=1,<2"])
mods = st.sampled_from(["snow", "hud", "none"])
languages = st.sampled_from(["fi", "pt", "pt-BR", "de"])
conditions = st.fixed_dictionaries(
    {},
    optional={
        "game_version": rules,
        "language": st.one_of(languages, st.lists(languages, min_size=1, max_size=2)),
        "mods": st.dictionaries(mods, rules, max_size=2),
        "option": st.dictionaries(st.sampled_from(["a", "b"]), choices, max_size=2),
        "season": choices,
        "hour": choices,
        "is_night": choices,
    },
)
worlds = st.builds(
    World,
    game_version=st.sampled_from([None, Version("0.9"), Version("1.0"), Version("2.1")]),
    languages=st.sampled_from([(), ("fi",), ("pt-BR", "fi"), ("pt_PT",)]),
    mods=st.dictionaries(mods, st.sampled_from([Version("0.9"), Version("1.0")]), max_size=2),
    context=st.dictionaries(keys, scalars, max_size=3),
)


def model(condition: dict[str, Any], world: World, options: dict[str, Any]) -> bool:
    """Say what a condition means, the long way."""

    def version_fits(rule: str, version: Version | None) -> bool:
        bounds = {"*": (None, None), ">=1": ("1", None), "<1": (None, "1"), ">=1,<2": ("1", "2")}
        if version is None:
            return False
        if rule == "==1.0":
            return version == Version("1.0")
        low, high = bounds[rule]
        return (low is None or version >= Version(low)) and (high is None or version < Version(high))

    def equal(one: Any, other: Any) -> bool:
        return one == other and (type(one) is bool) == (type(other) is bool)

    def one_of(value: Any, wanted: Any) -> bool:
        return value is not None and any(
            equal(value, choice) for choice in (wanted if isinstance(wanted, list) else [wanted])
        )

    for key, wanted in condition.items():
        if key == "game_version":
            good = version_fits(wanted, world.game_version)
        elif key == "language":
            mine = world.languages[0].replace("_", "-") if world.languages else ""
            good = any(
                mine == other or mine.startswith(f"{other}-")
                for other in ([wanted] if isinstance(wanted, str) else wanted)
            )
        elif key == "mods":
            good = all(version_fits(rule, world.mods.get(mod)) for mod, rule in wanted.items())
        elif key == "option":
            good = all(one_of(options.get(name), choice) for name, choice in wanted.items())
        else:
            good = one_of(world.context.get(key), wanted)
        if not good:
            return False
    return True


@settings(max_examples=500)
@given(conditions, worlds, st.dictionaries(st.sampled_from(["a", "b"]), scalars, max_size=2))
def test_a_condition_holds_where_the_model_says_so(
    condition: dict[str, Any], world: World, options: dict[str, Any]
) -> None:
    parsed = parse_condition(condition)
    assert parsed.holds(world, options) is model(condition, world, options)
    assert (parsed.why_not(world, options) is None) is parsed.holds(world, options)
    assert parse_condition(condition) == parsed


def test_ten_thousand_conditions() -> None:
    """Random ones, in random worlds: quicker to make than hypothesis makes them."""
    chance = random.Random(5)
    values: list[Any] = ["winter", "summer", "", 0, 1, 2.5, 1.0, True, False, "1"]
    ranges, ids, codes = ["*", ">=1", "<1", "==1.0", ">=1,<2"], ["snow", "hud", "none"], ["fi", "pt", "pt-BR", "de"]

    def choice() -> Any:
        return chance.choice(values) if chance.random() < 0.6 else chance.choices(values, k=chance.randint(1, 3))

    makers = {
        "game_version": lambda: chance.choice(ranges),
        "language": lambda: chance.choice([chance.choice(codes), chance.sample(codes, 2)]),
        "mods": lambda: {mod: chance.choice(ranges) for mod in chance.sample(ids, chance.randint(0, 2))},
        "option": lambda: {name: choice() for name in chance.sample("ab", chance.randint(0, 2))},
        "season": choice,
        "hour": choice,
        "is_night": choice,
    }
    held = 0
    for _ in range(10_000):
        condition = {key: makers[key]() for key in chance.sample(sorted(makers), chance.randint(0, 3))}
        world = World(
            game_version=chance.choice([None, Version("0.9"), Version("1.0"), Version("2.1")]),
            languages=chance.choice([(), ("fi",), ("pt-BR", "fi"), ("pt_PT",)]),
            mods={mod: Version(chance.choice(["0.9", "1.0"])) for mod in chance.sample(ids, chance.randint(0, 2))},
            context={key: chance.choice(values) for key in ("season", "hour", "is_night") if chance.random() < 0.7},
        )
        options = {name: chance.choice(values) for name in "ab" if chance.random() < 0.8}
        wanted = model(condition, world, options)
        held += wanted
        parsed = parse_condition(condition)
        assert parsed.holds(world, options) is wanted, (condition, world, options)
        assert (parsed.why_not(world, options) is None) is wanted
    assert 2_000 < held < 8_000


def test_the_reason_names_what_does_not_hold() -> None:
    world = World(Version("1.2"), ("fi",), {"snow": Version("1")}, {"season": "summer"})

    def why(**condition: object) -> str | None:
        return parse_condition(condition).why_not(world, {"deep": False})

    assert why(season="summer", mods={"snow": "*"}) is None
    for reason, parts in (
        (why(season=["winter", "autumn"]), ["season", "summer", "winter", "autumn"]),
        (why(hour=3), ["hour", "not set", "3"]),
        (why(game_version=">=2"), ["1.2", ">=2"]),
        (why(mods={"snow": ">=2"}), ["snow", "1", ">=2"]),
        (why(mods={"rain": "*"}), ["rain", "not enabled"]),
        (why(language=["sv"]), ["fi", "sv"]),
        (why(option={"deep": True}), ["deep", "False", "True"]),
    ):
        assert reason is not None
        for part in parts:
            assert part in reason


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "winter",
        {"season": None},
        {"season": {}},
        {"season": []},
        {"season": [[]]},
        {"season": float("nan")},
        {"mods": ["snow"]},
        {"mods": {"snow": 1}},
        {"mods": {"snow": "1.0"}},
        {"game_version": "9" * 5000},
        {"option": "deep"},
        {"language": 3.0j},
        {f"k{number}": 1 for number in range(60)},
        {"season": list(range(300))},
    ],
)
def test_what_is_no_condition_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_condition(wrong)


def test_the_reserved_keys_are_those_with_a_meaning() -> None:
    assert set(RESERVED) == {"game_version", "language", "mods", "option"}
