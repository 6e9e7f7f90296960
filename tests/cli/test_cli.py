from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vfsloader.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "game.toml": 'base = "base"\nmods = "mods"\n',
        "base/a.txt": "base a",
        "base/sub/b.txt": "b",
        "mods/winter/a.txt": "winter a",
        "mods/winter/mod.toml": 'id = "winter"\nname = "Winter comes"\nversion = "1.0"\n',
        "mods/needy/mod.toml": 'id = "needy"\nname = "Needy"\nversion = "2"\n[requires]\nwinter = "*"\n',
        "mods/broken/mod.toml": 'id = "broken"\n',
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    told = capsys.readouterr()
    return status, told.out, told.err


def test_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ls") == (0, "a.txt\nsub/\n", "")
    assert run(capsys, "ls", "-l")[1].split() == ["NAME", "SIZE", "LAYER", "a.txt", "8", "winter", "sub/", "0", "base"]
    assert run(capsys, "which", "/a.txt") == (0, "winter\n", "")
    assert json.loads(run(capsys, "ls", "/sub", "--json")[1]) == [{"name": "b.txt", "size": 1, "layer": "base"}]
    assert json.loads(run(capsys, "which", "a.txt", "--json")[1])["resolved_from"] == "winter"
    status, out, err = run(capsys, "which", "/sub/bb.txt")
    assert (status, out) == (1, "")
    assert (
        err == "vfsloader: no layer has /sub/bb.txt (looked in save, needy, winter, base); did you mean /sub/b.txt?\n"
    )


def test_cat_writes_bytes(folder: Path) -> None:
    (folder / "base" / "raw").write_bytes(bytes(range(256)))
    command = [sys.executable, "-m", "vfsloader.cli", "cat", "/raw"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == bytes(range(256))


def test_mods(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "mods", "list")
    assert status == 1
    assert [line.split() for line in out.splitlines()] == [
        ["STATE", "ID", "VERSION", "NAME"],
        ["on", "winter", "1.0", "Winter", "comes"],
        ["on", "needy", "2", "Needy"],
    ]
    assert err.startswith("Ask the author of broken ")
    status, out, err = run(capsys, "mods", "disable", "winter")
    assert (status, out, err) == (0, "winter, and needy, which cannot load without it\n", "")
    assert run(capsys, "which", "/a.txt")[1] == "base\n"
    told = json.loads(run(capsys, "mods", "list", "--json")[1])
    assert {mod["id"]: mod["state"] for mod in told["mods"]} == {"winter": "off", "needy": "off"}
    assert {problem["kind"] for problem in told["problems"]} == {"manifest"}
    (folder / "mods" / "broken" / "mod.toml").unlink()
    assert run(capsys, "mods", "list")[0] == 0
    told_first = (0, "needy, and winter, which it requires\n", "")
    assert run(capsys, "mods", "enable", "--dry-run", "needy") == told_first
    assert run(capsys, "which", "/a.txt")[1] == "base\n"
    assert run(capsys, "mods", "enable", "needy") == told_first
    assert run(capsys, "which", "/a.txt")[1] == "winter\n"
    assert run(capsys, "mods", "enable", "nope")[0] == 1


def test_a_mod_that_cannot_load_is_not_enabled(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "needy" / "mod.toml").write_text(
        'id = "needy"\nname = "N"\nversion = "1"\n[requires]\nwintre = "*"\n'
    )
    status, _, err = run(capsys, "mods", "enable", "needy")
    assert status == 1
    assert err.startswith("needy cannot load. Install wintre: ")
    assert "winter" in err


def test_moving(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "dusk").mkdir()
    (folder / "mods" / "dusk" / "a.txt").write_text("dusk a")
    assert run(capsys, "which", "/a.txt")[1] == "winter\n"
    assert run(capsys, "mods", "move", "dusk", "--after", "winter")[0] == 0
    assert run(capsys, "which", "/a.txt")[1] == "dusk\n"
    status, _, err = run(capsys, "mods", "move", "needy", "--before", "winter")
    assert status == 1
    assert err == "vfsloader: needy cannot load before winter: needy --[requires]-> winter\n"


def test_overrides_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "dusk").mkdir()
    (folder / "mods" / "dusk" / "a.txt").write_text("base a")
    out = run(capsys, "mods", "overrides")[1]
    assert out.splitlines()[1:] == ["/a.txt  base < dusk < winter"]
    assert run(capsys, "mods", "overrides", "winter")[1] == "wins    /a.txt\n"
    assert run(capsys, "mods", "overrides", "dusk")[1] == "loses   /a.txt\n"
    assert json.loads(run(capsys, "mods", "overrides", "--json")[1]) == {
        "paths": [{"path": "/a.txt", "layers": ["base", "dusk", "winter"], "same": []}],
        "values": [],
        "places": [],
        "advice": [],
    }
    assert run(capsys, "why", "/a.txt")[1].splitlines()[1:] == ["winter  8     wins", "dusk    6", "base    6"]
    diff = run(capsys, "why", "--diff", "/a.txt")[1]
    assert "--- dusk\n+++ winter\n@@ -1 +1 @@\n-base a\n+winter a\n" in diff
    told = json.loads(run(capsys, "why", "--json", "a.txt")[1])
    assert [(row["layer"], row["wins"]) for row in told["layers"]] == [
        ("winter", True),
        ("dusk", False),
        ("base", False),
    ]
    assert run(capsys, "why", "/nope.txt")[0] == 1
    (folder / "mods" / "dusk" / "a.txt.merge").write_text("more")
    assert run(capsys, "why", "/a.txt")[1].splitlines()[1] == "dusk    4     changes it by /a.txt.merge"
    assert json.loads(run(capsys, "why", "--json", "/a.txt")[1])["changed_by"] == [
        {"layer": "dusk", "file": "/a.txt.merge", "size": 4}
    ]


def test_overrides_of_values_and_advice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, files in {
        "big": {"a.txt": "big a", "sub/b.txt": "big b", "items.json.merge": '{"sword": 4}'},
        "small": {"a.txt": "small a", "items.json.merge": '{"sword": 5}', "gone.json.merge": "{}"},
        "zz": {"items.json.patch": '[{"op": "remove", "path": "/nope"}]'},
    }.items():
        for path, text in files.items():
            (folder / "mods" / name / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "mods" / name / path).write_text(text)
    (folder / "base" / "items.json").write_text('{"sword": 3}')
    run(capsys, "mods", "disable", "winter")
    run(capsys, "mods", "move", "big", "--after", "small")
    status, out, err = run(capsys, "mods", "overrides")
    assert status == 0
    assert out.splitlines()[-2:] == ["VALUE                SET BY, THE LAST COUNTS", "/items.json: /sword  small < big"]
    refused, advice = err.splitlines()
    assert "zz: its change to /items.json" in refused
    assert advice.startswith("Move small above big ")
    run(capsys, "mods", "move", "big", "--before", "small")
    assert "Move" not in run(capsys, "mods", "overrides")[2]
    (folder / "mods" / "small" / "items.json").write_text('{"sword": 3}')
    answer = json.loads(run(capsys, "mods", "overrides", "big", "--json")[1])
    assert answer["values"] == [{"path": "/items.json", "value": "/sword", "layers": ["big", "small"]}]
    assert (answer["advice"][0]["kind"], answer["advice"][0]["mod"]) == ("shadowed", "big")


def test_overriding_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mods" / "needy" / "mod.toml").write_text(
        'id = "needy"\nname = "N"\nversion = "1"\ngame_version = "<1"\n[requires]\ngone = "*"\n'
    )
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\ngame_version = "2"\n')
    status, _, err = run(capsys, "mods", "rules", "needy", "--drop", "requires", "gone")
    assert status == 1
    assert err.startswith("Get another version of needy: ")
    assert run(capsys, "mods", "rules", "needy", "--any-game")[0] == 0
    assert "on     needy" in run(capsys, "mods", "list")[1]
    status, _, err = run(capsys, "mods", "rules", "needy", "--use", "2.x")
    assert status == 1
    assert err.startswith("vfsloader: version: '2.x' ")
    assert run(capsys, "mods", "rules", "needy", "--clear")[0] == 1


def test_checking(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "mods", "check", "winter") == (0, "winter: nothing to fix\n", "")
    status, out, _ = run(capsys, "mods", "check")
    assert status == 1
    assert out.startswith("broken: broken/mod.toml: name: ")
    assert len(out.splitlines()) == 1
    assert run(capsys, "mods", "check", "broken")[0] == 1
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "p.png").write_text("text")
    reports = json.loads(run(capsys, "mods", "check", "elsewhere", "winter", "--json")[1])
    assert [finding["file"] for finding in reports["elsewhere"]] == ["/p.png"]
    assert reports["winter"] == []
    (folder / "game.toml").unlink()
    status, out, err = run(capsys, "mods", "check", "elsewhere")
    assert status == 1
    assert out.startswith("elsewhere: /p.png: ")
    assert err.startswith("No game.toml")
    assert run(capsys, "mods", "check")[0] == 1
    assert run(capsys, "mods", "check", "nope")[0] == 1


def test_profiles(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "mods", "profile", "copy", "all")[0] == 0
    assert run(capsys, "mods", "disable", "winter")[0] == 0
    assert run(capsys, "mods", "profile", "list")[1] == "  all\n* default\n"
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\nprofile = "all"\n')
    assert run(capsys, "which", "/a.txt")[1] == "winter\n"
    assert run(capsys, "mods", "profile", "export", "p.json") == (0, "p.json: profile all, 2 mods\n", "")
    assert run(capsys, "mods", "profile", "import", "p.json", "--name", "again") == (0, "profile again, 2 mods\n", "")
    assert run(capsys, "mods", "profile", "delete", "again")[0] == 0
    (folder / "mods" / "winter" / "a.txt").write_text("changed")
    status, _, err = run(capsys, "mods", "profile", "import", "p.json")
    assert status == 1
    assert err.startswith("Get winter again: ")


def test_a_new_mod_is_a_mod(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "mods", "new", "my-mod", "--in", "mods", "--name", 'Say "hi"')[0] == 0
    rows = json.loads(run(capsys, "mods", "list", "--json")[1])["mods"]
    assert [(row["id"], row["name"], row["state"]) for row in rows if row["id"] == "my-mod"] == [
        ("my-mod", 'Say "hi"', "on")
    ]
    assert (folder / "mods" / "my-mod" / "README.md").read_text().startswith('# Say "hi"')
    for wrong in ("my-mod", "Bad Id", "../up"):
        assert run(capsys, "mods", "new", wrong, "--in", "mods")[0] == 1


def test_no_game_and_no_sense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "ls", "-g", str(tmp_path))
    assert status == 1
    assert "game.toml" in err
    for words in ([], ["fly"], ["mods"], ["mods", "enable"], ["ls", "--nope"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["mods", "list"],
        ["mods", "enable"],
        ["pack", "build"],
        ["pack", "list"],
        ["ls"],
        ["cat"],
        ["which"],
    ):
        with pytest.raises(SystemExit) as caught:
            main([*words, "--help"])
        assert caught.value.code == 0
        assert "usage: vfsloader " + " ".join(words) in capsys.readouterr().out.lower()
