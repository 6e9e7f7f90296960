"""The options of mods: what a manifest may say, what a player may choose, and what editors are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vfsloader import ModManager, VFSError
from vfsloader.errors import OptionError, UnknownModError
from vfsloader.mods import parse_manifest
from vfsloader.mods.options import parse_option, parse_options

WINTER = """
id = "winter"
name = "Winter"
version = "1"
[options.snow]
type = "bool"
default = true
label = "Snow on the ground"
[options.depth]
type = "int"
min = 1
max = 9
default = 3
when = { snow = true }
[options.wind]
type = "float"
max = 2.5
[options.kind]
type = "choice"
choices = ["powder", "wet"]
[options.sign]
type = "text"
max_length = 5
[options.tint]
type = "color"
default = "#AABBCC"
[options.jump]
type = "key"
default = "ctrl+space"
"""


@pytest.fixture
def mods(tmp_path: Path) -> ModManager:
    (tmp_path / "winter").mkdir()
    (tmp_path / "winter/mod.toml").write_text(WINTER)
    return ModManager(tmp_path)


def test_options_have_their_defaults(mods: ModManager) -> None:
    assert mods.options("winter") == {
        "snow": True,
        "depth": 3,
        "wind": 0.0,
        "kind": "powder",
        "sign": "",
        "tint": "#AABBCC",
        "jump": "ctrl+space",
    }
    assert mods.option_schema("winter")["snow"].label == "Snow on the ground"


GOOD = [
    ("snow", False, False),
    ("depth", 9, 9),
    ("wind", 2, 2.0),
    ("kind", "wet", "wet"),
    ("sign", "Hallo", "Hallo"),
    ("tint", "#FFEEDD80", "#ffeedd80"),
    ("jump", "w", "w"),
]
BAD: list[Any] = [
    ("snow", 1),
    ("snow", "yes"),
    ("depth", 0),
    ("depth", 10),
    ("depth", 2.5),
    ("depth", True),
    pytest.param("depth", 16**5000, id="huge"),
    ("wind", 3),
    ("wind", float("nan")),
    ("wind", float("-inf")),
    ("kind", "dry"),
    ("kind", []),
    ("sign", "too long"),
    ("sign", 3),
    ("tint", "red"),
    ("tint", "#fff"),
    ("jump", ""),
    ("jump", "a\nb"),
    ("nothing", 1),
]


@pytest.mark.parametrize(("name", "value", "kept"), GOOD)
def test_a_choice_is_kept_in_the_profile(mods: ModManager, name: str, value: Any, kept: Any) -> None:
    mods.set_option("winter", name, value)
    assert mods.options("winter")[name] == kept
    assert type(mods.options("winter")[name]) is type(kept)
    again = ModManager(mods.folder)
    assert again.options("winter")[name] == kept
    again.set_option("winter", name, None)
    assert again.options("winter")[name] == again.option_schema("winter")[name].default
    assert "options" not in json.loads((mods.folder or Path()).joinpath("mods.json").read_text())["profiles"]["default"]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_wrong_choice_is_refused_and_changes_nothing(mods: ModManager, name: str, value: Any) -> None:
    before = mods.options("winter")
    with pytest.raises(OptionError, match=name) as raised:
        mods.set_option("winter", name, value)
    assert isinstance(raised.value, VFSError)
    assert isinstance(raised.value, ValueError)
    assert mods.options("winter") == before


def test_each_profile_has_its_own_values(mods: ModManager) -> None:
    mods.set_option("winter", "depth", 5)
    mods.use_profile("other")
    mods.set_option("winter", "depth", 7)
    mods.use_profile("default")
    assert mods.options("winter")["depth"] == 5
    mods.reset_options("winter")
    assert mods.options("winter")["depth"] == 3
    mods.use_profile("other")
    assert mods.options("winter")["depth"] == 7


def test_a_value_that_was_edited_by_hand_is_a_problem_and_the_default_counts(mods: ModManager) -> None:
    mods.set_option("winter", "depth", 5)
    file = (mods.folder or Path()) / "mods.json"
    file.write_text(file.read_text().replace('"depth": 5', '"depth": 500, "gone": 1'))
    mods.rescan()
    assert mods.options("winter")["depth"] == 3
    (problem,) = mods.problems
    assert (problem.kind, problem.mod) == ("option", "winter")
    assert "depth" in str(problem)
    assert [mod.id for mod in mods.enabled] == ["winter"]


def test_an_unknown_mod_has_no_options(mods: ModManager) -> None:
    for call in (mods.options, mods.option_schema, mods.reset_options, mods.parts):
        with pytest.raises(UnknownModError):
            call("summer")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "bool", "default": 1},
        {"type": "number"},
        {"default": True},
        {"type": "int", "min": 3, "max": 1},
        {"type": "int", "default": 12, "max": 9},
        {"type": "int", "step": 0},
        {"type": "int", "choices": [1]},
        {"type": "int", "min": True},
        {"type": "float", "max": 1e300},
        {"type": "choice"},
        {"type": "choice", "choices": []},
        {"type": "choice", "choices": ["a"], "default": "b"},
        {"type": "choice", "choices": [["a"]]},
        {"type": "text", "max_length": 0},
        {"type": "text", "max_length": 2, "default": "abc"},
        {"type": "color", "default": "blue"},
        {"type": "bool", "label": 3},
        {"type": "bool", "when": {"nothing": True}},
        {"type": "bool", "when": 3},
        {"type": []},
        "bool",
    ],
)
def test_a_wrong_option_makes_the_manifest_invalid(wrong: Any) -> None:
    with pytest.raises(ValueError, match="options"):
        parse_manifest({"id": "ab", "name": "a", "version": "1", "options": {"snow": wrong}}, "ab")


def test_names_of_options_are_simple() -> None:
    for name in ("", "a b", "a.b", "}", "x" * 65, "3"):
        with pytest.raises(ValueError, match=r"\w"):
            parse_options({name: {"type": "bool"}})


@pytest.mark.parametrize(
    ("keys", "text", "value"),
    [
        ({"type": "bool"}, "off", False),
        ({"type": "bool"}, "True", True),
        ({"type": "int"}, "3", 3),
        ({"type": "float"}, "2.5", 2.5),
        ({"type": "choice", "choices": ["a", 2]}, "2", 2),
        ({"type": "text"}, "3", "3"),
        ({"type": "color"}, "#ABCDEF", "#abcdef"),
    ],
)
def test_a_command_line_gives_texts(keys: dict[str, Any], text: str, value: Any) -> None:
    assert parse_option("x", keys).read(text) == value


def test_a_menu_shows_an_option_where_another_one_asks_for_it(mods: ModManager) -> None:
    from vfsloader.mods.conditions import World

    depth = mods.option_schema("winter")["depth"]
    assert depth.shown(World(), {"snow": True})
    assert not depth.shown(World(), {"snow": False})
