"""``mods history``, ``undo``, ``redo`` and ``bisect``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.game import make_game
from vfsloader.cli.main import main

TEST = """
import sys, vfsloader
with vfsloader.ResourceManager.from_config({folder!r}, watch=False) as game:
    sys.exit("/bad.txt" in game.vfs.glob("/**"))
"""


def run(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    try:
        status = main(["mods", *arguments, "--game", str(folder)])
    except SystemExit as error:
        status = int(str(error.code))
    return status, capsys.readouterr().out


def test_changes_are_shown_undone_and_done_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_game(tmp_path)
    assert run(folder, capsys, "history") == (0, "Nothing was changed yet.\n")
    assert run(folder, capsys, "undo")[0] == 1
    run(folder, capsys, "disable", "lib")
    assert "disabled lib, winter" in run(folder, capsys, "history")[1]
    assert run(folder, capsys, "undo") == (0, "undone: disabled lib, winter\n")
    status, out = run(folder, capsys, "redo", "--json")
    assert (status, json.loads(out)) == (0, {"change": "disabled lib, winter", "enabled": []})
    assert json.loads(run(folder, capsys, "history", "--json")[1])[0]["what"] == "disabled lib, winter"
    assert run(folder, capsys, "bisect", "--test", "x")[0] == 2  # no mods are enabled


def test_a_set_is_kept_by_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_game(tmp_path)
    assert run(folder, capsys, "keep", "before the big update") == (0, "kept: before the big update\n")
    run(folder, capsys, "disable", "lib")
    assert "before the big update" in run(folder, capsys, "history")[1]
    assert [row["name"] for row in json.loads(run(folder, capsys, "keep", "--json")[1])] == ["before the big update"]
    status, out = run(folder, capsys, "restore", "before the big update", "--json")
    assert (status, json.loads(out)) == (0, {"enabled": ["lib", "winter"]})
    status, out = run(folder, capsys, "restore", "1", "--json")  # one change back
    assert (status, json.loads(out)) == (0, {"enabled": []})
    assert run(folder, capsys, "keep", "before the big update", "--forget")[0] == 0
    for bad in ("before the big update", "0", "99"):
        assert run(folder, capsys, "restore", bad)[0] == 2
    assert run(folder, capsys, "keep", "x" * 101)[0] == 2


def test_a_command_finds_the_guilty_mod(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_game(tmp_path)
    (folder / "mods" / "winter" / "bad.txt").write_text("x")
    run(folder, capsys, "move", "lib", "--before", "winter")
    before = (folder / "mods" / "mods.json").read_bytes()
    script = tmp_path / "selftest.py"
    script.write_text(TEST.format(folder=str(folder)))
    command = subprocess.list2cmdline([sys.executable, str(script)])
    status, out = run(folder, capsys, "bisect", "--json", "--test", command)
    assert (status, json.loads(out)["guilty"]) == (0, ["winter"])
    assert "guilty: winter" in run(folder, capsys, "bisect", "--test", command)[1]
    assert (folder / "mods" / "mods.json").read_bytes() == before
    assert run(folder, capsys, "bisect")[0] == 2  # there is nobody to ask
    assert run(folder, capsys, "bisect", "--test", "no-such-command-xyz")[0] == 1


def test_choices_for_single_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_game(tmp_path)
    assert run(folder, capsys, "choices") == (0, "Which mod loads later decides for every file.\n")
    status, out = run(folder, capsys, "hide", "/sprites/**", "winter")
    assert (status, out.split()) == (0, ["FILES", "MOD", "/sprites/**", "not", "from", "winter"])
    assert main(["which", "/sprites/player.txt", "--game", str(folder)]) == 0
    assert capsys.readouterr().out == "base\n"
    main(["why", "/sprites/player.txt", "--game", str(folder)])
    assert "left out: you hide the files of winter for /sprites/**" in capsys.readouterr().out
    main(["why", "/sprites/player.txt", "--json", "--game", str(folder)])
    (left_out,) = json.loads(capsys.readouterr().out)["left_out"]
    assert left_out == {"layer": "winter", "reason": "you hide the files of winter for /sprites/**"}
    run(folder, capsys, "prefer", "/items.json", "lib")
    chosen = json.loads(run(folder, capsys, "choices", "--forget", "/sprites/**", "--json")[1])
    assert chosen == [{"paths": "/items.json", "action": "prefer", "mod": "lib"}]
    assert json.loads(run(folder, capsys, "choices", "--forget", "ALL", "--json")[1]) == []
    assert run(folder, capsys, "prefer", "/items.json", "nobody")[0] == 1
