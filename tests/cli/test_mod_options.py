"""Choosing the options of a mod on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vfsloader.cli import main

MANIFEST = """
id = "winter"
name = "Winter"
version = "1"
[options.snow]
type = "bool"
default = true
label = "Snow on the ground"
[options.depth]
type = "int"
min = 0
max = 9
default = 3
[options.sign]
type = "text"
"""


@pytest.fixture
def game(tmp_path: Path) -> str:
    (tmp_path / "assets").mkdir()
    (tmp_path / "game.toml").write_text('base = "assets"\nmods = "mods"\n')
    for name, text in (("winter", MANIFEST), ("plain", 'id = "plain"\nname = "Plain"\nversion = "1"\n')):
        (tmp_path / "mods" / name).mkdir(parents=True)
        (tmp_path / "mods" / name / "mod.toml").write_text(text)
    return str(tmp_path)


def values(game: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert main(["mods", "options", "winter", "--game", game, "--json"]) == 0
    return {name: row["value"] for name, row in json.loads(capsys.readouterr().out)["options"].items()}


def test_options_are_shown_and_chosen(game: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mods", "options", "winter", "--game", game]) == 0
    shown = capsys.readouterr().out
    for part in ("snow", "true", "Snow on the ground", "0 to 9"):
        assert part in shown
    assert main(["mods", "options", "winter", "snow=off", "depth=5", "sign=a=b", "--game", game]) == 0
    assert values(game, capsys) == {"snow": False, "depth": 5, "sign": "a=b"}
    assert main(["mods", "options", "winter", "depth=", "--game", game]) == 0
    assert values(game, capsys) == {"snow": False, "depth": 3, "sign": "a=b"}
    assert main(["mods", "options", "winter", "depth=1", "--reset", "--game", game]) == 0
    assert values(game, capsys) == {"snow": True, "depth": 1, "sign": ""}


@pytest.mark.parametrize(
    ("words", "status", "names"),
    [
        (["winter", "depth=5", "snow=perhaps"], 1, ["snow", "perhaps"]),
        (["winter", "depth=12"], 1, ["depth", "12", "9"]),
        (["winter", "depth=4", "deep=1"], 1, ["deep", "depth"]),
        (["winter", "depth"], 2, ["depth", "NAME=VALUE"]),
        (["summer", "a=b"], 1, ["summer", "winter"]),
    ],
)
def test_a_wrong_choice_says_why_and_changes_nothing(
    words: list[str], status: int, names: list[str], game: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(["mods", "options", *words, "--game", game]) == status
    except SystemExit as stop:
        assert stop.code == status
    error = capsys.readouterr().err
    for name in names:
        assert name in error
    assert values(game, capsys) == {"snow": True, "depth": 3, "sign": ""}


def test_a_mod_without_options_says_so(game: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mods", "options", "plain", "--game", game]) == 0
    assert "no options" in capsys.readouterr().out


def test_editors_get_a_schema(game: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mods", "options", "winter", "--schema", "--game", game]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["properties"]["depth"] == {
        "title": "depth", "default": 3, "type": "integer", "minimum": 0, "maximum": 9,
    }  # fmt: skip
    assert set(schema["properties"]) == {"snow", "depth", "sign"}
