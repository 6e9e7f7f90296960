"""Parts of mods and changes of data that depend on options and on what the game publishes, in a running game."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Asset, ResourceManager

MANIFEST = """
id = "winter"
name = "Winter"
version = "1"
[options.snow]
type = "bool"
default = true
[options.depth]
type = "int"
default = 3
[[part]]
root = "deep-winter"
when = { season = "winter", option = { snow = true } }
[[part]]
root = "finnish"
when = { language = "fi" }
[[part]]
root = "with-hud"
mount = "/hud"
when = { mods = { hud = ">=2" } }
"""


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for name in ("tree.txt", "rock.txt"):
        write(tmp_path / "base" / name, "base")
    write(tmp_path / "base/items.json", json.dumps({"sword": {"damage": 3}, "boots": {"name": "boots"}}))
    mod = tmp_path / "mods/winter"
    write(mod / "mod.toml", MANIFEST)
    write(mod / "tree.txt", "winter")
    write(mod / "deep-winter/tree.txt", "deep")
    write(mod / "finnish/rock.txt", "kivi")
    write(mod / "with-hud/bar.txt", "bar")
    change = {
        "sword": {"$when": {"season": "winter"}, "$value": {"damage": "${option.depth}"}},
        "boots": {"name": "boots for ${option.depth} feet, $${option.depth}"},
    }
    write(mod / "items.json.merge", json.dumps(change))
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "mods/winter.zip", "w") as archive:
            for file in sorted(mod.rglob("*")):
                archive.write(file, file.relative_to(mod))
        shutil.rmtree(mod)
    return tmp_path


def start(place: Path, **options: Any) -> ResourceManager:
    return ResourceManager(place / "base", mods=place / "mods", watch=False, **options)


def text(asset: Asset) -> str:
    return asset.data.decode()


def test_a_part_follows_the_context_and_the_options(place: Path) -> None:
    with start(place) as game:
        tree, rock = game.handle("/tree.txt", text), game.handle("/rock.txt", text)
        assert (tree.value, rock.value) == ("winter", "base")
        game.context["season"] = "winter"
        assert tree.value == "winter"  # until the update
        assert game.vfs.read_bytes("/tree.txt") == b"winter"
        assert [change.path for change in game.update()] == ["/tree.txt"]
        assert tree.value == "deep"
        assert [(part.name, part.is_on) for part in game.mods.parts("winter")] == [
            ("deep-winter", True),
            ("finnish", False),
            ("with-hud", False),
        ]
        game.mods.set_option("winter", "snow", False)
        assert [(change.path, change.layer) for change in game.update()] == [("/tree.txt", "winter")]
        reason = game.mods.parts("winter")[0].reason
        assert reason is not None
        assert "snow" in reason
        game.mods.set_option("winter", "snow", True)
        game.update()
        assert tree.value == "deep"
        game.mods.disable("winter")
        game.update()
        assert (tree.value, rock.value) == ("base", "base")


def test_the_same_value_again_changes_nothing(place: Path) -> None:
    with start(place) as game:
        game.load("/tree.txt", text)
        game.context.update(season="winter", hour=3)
        assert len(game.update()) == 1
        decoded = game.stats()["decoded"]
        game.context["season"] = "winter"
        game.context["hour"] = 4
        assert game.update() == []
        assert game.stats()["decoded"] == decoded


def test_parts_follow_the_language_and_other_mods(place: Path) -> None:
    write(place / "mods/hud/mod.toml", 'id = "hud"\nname = "HUD"\nversion = "2"\n')
    with start(place, language="fi") as game:
        assert game.read("/rock.txt") == b"kivi"
        assert game.read("/hud/bar.txt") == b"bar"
        game.language = "sv"
        game.mods.disable("hud")
        game.update()
        assert game.read("/rock.txt") == b"base"
        assert not game.exists("/hud/bar.txt")


def test_the_root_of_a_part_is_not_among_the_mods_own_files(place: Path) -> None:
    with start(place) as game:
        assert not game.exists("/deep-winter/tree.txt")
        assert game.vfs.glob("/**/bar.txt") == []
        assert game.vfs.listdir("/") == ["items.json", "items.json.merge", "rock.txt", "tree.txt"]
        layer = game.mods["winter"].layer
        assert layer.find("/deep-winter/tree.txt") is None
        assert list(layer.list("/deep-winter")) == []
        assert "/deep-winter/tree.txt" not in set(layer.glob("/**"))


def test_changes_to_data_follow_conditions_and_options(place: Path) -> None:
    with start(place) as game:
        boots = {"name": "boots for 3 feet, ${option.depth}"}
        assert game.read_merged("/items.json") == {"sword": {"damage": 3}, "boots": boots}
        game.mods.set_option("winter", "depth", 7)
        assert [change.path for change in game.update()] == ["/items.json"]
        assert game.read_merged("/items.json")["boots"] == {"name": "boots for 7 feet, ${option.depth}"}
        assert game.read_merged("/items.json")["sword"] == {"damage": 3}
        game.context["season"] = "winter"
        assert [change.path for change in game.update()] == ["/items.json"]
        assert game.read_merged("/items.json")["sword"] == {"damage": 7}
        game.context["hour"] = 1
        assert game.update() == []
        assert game.merge_report("/items.json").sources["/sword/damage"] == "winter"


def test_choices_for_single_files_leave_conditions_as_they_are(place: Path) -> None:
    with start(place) as game:
        game.context["season"] = "winter"
        game.mods.prefer("/rock.txt", "winter")
        game.update()
        assert game.read_merged("/items.json")["sword"] == {"damage": 3}
        assert game.read_merged("/items.json")["boots"]["name"] == "boots for 3 feet, ${option.depth}"


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ([{"$when": {"season": "winter"}, "$patch": [{"op": "replace", "path": "/sword/damage", "value": 9}]}], 9),
        ({"$when": {"season": "winter"}, "$patch": [{"op": "replace", "path": "/sword/damage", "value": 9}]}, 9),
        ([{"$when": {"season": "summer"}, "$patch": [{"op": "replace", "path": "/sword/damage", "value": 9}]}], 3),
        ([{"op": "replace", "path": "/sword/damage", "value": {"$when": {"season": "summer"}, "$value": 9}}], 3),
        ([{"op": "replace", "path": "/sword/damage", "value": {"$when": {"season": "winter"}, "$value": 9}}], 9),
        ([{"op": "replace", "path": "/sword/damage", "value": "${option.damage}"}], 5),
    ],
)
def test_patches_may_depend_on_things_too(tmp_path: Path, patch: Any, result: int) -> None:
    write(tmp_path / "base/items.json", '{"sword": {"damage": 3}}')
    manifest = 'id = "ab"\nname = "a"\nversion = "1"\n[options.damage]\ntype = "int"\ndefault = 5\n'
    write(tmp_path / "mods/ab/mod.toml", manifest)
    write(tmp_path / "mods/ab/items.json.patch", json.dumps(patch))
    with start(tmp_path) as game:
        game.context["season"] = "winter"
        game.update()
        report = game.merge_report("/items.json")
        assert (report.data["sword"]["damage"], report.refusals) == (result, ())


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"sword": {"damage": "${option.gone}"}}, "gone"),
        ({"sword": {"$when": {"season": None}, "$value": 1}}, "season"),
        ({"sword": {"$when": {"season": "winter"}}}, "$value"),
        ({"sword": {"$when": {"season": "winter"}, "$value": 1, "more": 2}}, "$value"),
        ({"sword": {"$when": 3, "$value": 1}}, "table"),
    ],
)
def test_a_wrong_condition_leaves_out_this_change_only(place: Path, change: Any, names: str) -> None:
    write(place / "mods/bad/mod.toml", 'id = "bad"\nname = "Bad"\nversion = "1"\n')
    write(place / "mods/bad/items.json.merge", json.dumps(change))
    with start(place) as game:
        report = game.merge_report("/items.json")
        assert report.data["sword"] == {"damage": 3}
        assert report.data["boots"]["name"].startswith("boots for 3 feet")
        (refusal,) = report.refusals
        assert refusal.layer == "bad"
        assert names in refusal.reason


@pytest.mark.parametrize("key", ["mods", "language", "option", "game_version", ""])
def test_reserved_names_cannot_be_published(place: Path, key: str) -> None:
    with start(place) as game:
        with pytest.raises(ValueError, match="cannot be the name"):
            game.context[key] = 1
        assert dict(game.context) == {}


@pytest.mark.parametrize("value", [None, [], {}, float("nan"), float("inf"), b"winter"])
def test_other_types_cannot_be_published(place: Path, value: Any) -> None:
    with start(place) as game:
        with pytest.raises(TypeError, match="context value"):
            game.context["season"] = value
        assert dict(game.context) == {}


def test_a_value_that_is_no_longer_published_is_not_true(place: Path) -> None:
    with start(place) as game:
        tree = game.handle("/tree.txt", text)
        game.context["season"] = "winter"
        game.update()
        del game.context["season"]
        game.update()
        assert tree.value == "winter"


@pytest.mark.parametrize(
    "part",
    [
        'root = ""',
        'root = "/"',
        'root = "../x"',
        "root = 3",
        'root = "x"\nwhen = 3',
        'root = "x"\nwhen = { season = [] }',
        'root = "x"\nwhere = "y"',
    ],
)
def test_a_wrong_part_is_a_problem_of_its_mod(place: Path, part: str) -> None:
    write(place / "mods/bad/mod.toml", f'id = "bad"\nname = "Bad"\nversion = "1"\n[[part]]\n{part}\n')
    with start(place) as game:
        (problem,) = [problem for problem in game.mods.problems if problem.kind == "manifest"]
        assert "part" in str(problem)
        assert [mod.id for mod in game.mods.enabled] == ["winter"]


def test_parts_of_one_name_are_told_apart(place: Path) -> None:
    manifest = 'id = "two"\nname = "Two"\nversion = "1"\n'
    write(place / "mods/two/mod.toml", manifest + '[[part]]\nroot = "a/x"\n[[part]]\nroot = "b/x"\n')
    write(place / "mods/two/a/x/1.txt", "1")
    write(place / "mods/two/b/x/2.txt", "2")
    with start(place) as game:
        assert (game.read("/1.txt"), game.read("/2.txt")) == (b"1", b"2")
        assert [part.name for part in game.mods.parts("two")] == ["x", "x 2"]


def test_a_missing_folder_of_a_part_is_no_harm(place: Path) -> None:
    write(place / "mods/two/mod.toml", 'id = "two"\nname = "Two"\nversion = "1"\n[[part]]\nroot = "gone"\n')
    with start(place) as game:
        assert game.read("/tree.txt") == b"winter"


def test_a_change_that_does_not_fit_is_a_problem_until_it_is_repaired(place: Path) -> None:
    write(place / "mods/bad/mod.toml", 'id = "bad"\nname = "Bad"\nversion = "1"\n')
    write(place / "mods/bad/items.json.patch", '[{"op": "remove", "path": "/gone"}]')
    with start(place) as game:
        assert game.mods.problems == []  # nobody has asked for the data yet
        game.read_merged("/items.json")
        (problem,) = game.mods.problems
        assert (problem.kind, problem.mod, problem.is_warning) == ("refused", "bad", True)
        assert "/items.json" in str(problem)
        game.mods.disable("bad")
        game.update()
        assert game.mods.problems == []
