from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.game import make_game
from tests.mods.making import add
from vfsloader.cli import main


def test_from_a_folder_of_mods_to_a_player(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> object:
        capsys.readouterr()
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    game = make_game(tmp_path / "game")
    monkeypatch.chdir(tmp_path)
    add(tmp_path / "studio", "hud", {"hud.txt": "1"}, requires={"lib": "*"}, description="Health in red")
    run("pack", "keygen", "studio")
    run("index", "build", "studio", "public", "--key", "studio.key")
    run("index", "check", "public", "--key", "studio.pub")
    monkeypatch.chdir(game)
    run("mods", "sources", "add", "../public", "--key", "../studio.pub")
    assert [row["id"] for row in run("mods", "search", "red")] == ["hud"]  # type: ignore[attr-defined]
    run("mods", "info", "hud")
    run("mods", "install", "hud")
    run("mods", "lock", "set.lock")
    run("mods", "remove", "hud")
    assert not list((game / "mods").glob("hud*"))
    run("mods", "sync", "set.lock")
    assert list((game / "mods").glob("hud*"))
    run("mods", "install", "--undo")
    assert main(["mods", "install", "nothing"]) == 1


def test_pins_codes_and_two_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str, status: int = 0) -> object:
        capsys.readouterr()
        assert main([*arguments, "--json"]) == status
        return json.loads(capsys.readouterr().out)

    game = tmp_path / "game"
    (game / "assets").mkdir(parents=True)
    (game / "game.toml").write_text('base = "assets"\nmods = "mods"')
    monkeypatch.chdir(tmp_path)
    for home in ("one", "two"):
        add(tmp_path / home, "snow", {"s.txt": home})
        add(tmp_path / home, f"only-{home}", {"o.txt": home})
        run("index", "build", home, f"public-{home}")
    monkeypatch.chdir(game)
    for home in ("one", "two"):
        run("mods", "sources", "add", f"../public-{home}", "--yes")
    assert main(["mods", "install", "snow", "-y"]) == 1
    assert "say which: --source ADDRESS" in capsys.readouterr().err
    done = run("mods", "install", "snow", "only-two", "--source", "../public-two")
    assert [row["mod"] for row in done["changes"]] == ["only-two", "snow"]  # type: ignore[index]
    assert run("mods", "pin", "snow") == {"mod": "snow", "pin": "==1"}
    assert run("mods", "pin") == {"snow": "==1"}
    code = run("mods", "share")["code"]  # type: ignore[index]
    add(tmp_path / "two" / "newer", "snow", {"s.txt": "3"}, version="2")
    run("index", "add", str(tmp_path / "two" / "newer" / "snow"), "--index", str(tmp_path / "public-two"))
    (row,) = run("mods", "outdated", status=1)  # type: ignore[misc]
    assert (row["newest"], row["fitting"], row["reason"]) == ("2", "1", "it is pinned to ==1")
    assert run("mods", "update")["changes"] == []  # type: ignore[index]
    run("mods", "unpin", "snow")
    assert len(run("mods", "update")["changes"]) == 1  # type: ignore[arg-type, index]
    back = run("mods", "sync", code)
    assert back["notes"] == ["snow 2 -> 1 is a step back: the set asks for it"]  # type: ignore[index]
    assert main(["mods", "sync", "--save", "/no.sav"]) == 1


def test_a_signed_mod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make_game(tmp_path / "game")
    monkeypatch.chdir(tmp_path / "game")
    main(["pack", "keygen", "me"])
    main(["pack", "keygen", "you"])
    facts = {"license": "CC0-1.0", "description": "Fog", "authors": ["A"]}
    for version, key in (("1", "me.key"), ("2", "you.key")):
        folder = add(tmp_path / version, "fog", {"sprites/p.png": "x"}, version=version, **facts)
        assert main(["mods", "package", str(folder), "--key", key, "--no-check"]) == 0
        assert "signed by" in capsys.readouterr().out
    assert main(["mods", "install", "fog-1.zip"]) == 0
    capsys.readouterr()
    main(["mods", "info", "fog"])
    assert Path("me.pub").read_text().strip() in capsys.readouterr().out
    assert main(["mods", "install", "fog-2.zip"]) == 1  # nobody can be asked
    assert "signed by another key" in capsys.readouterr().err
    assert main(["mods", "install", "fog-2.zip", "--yes"]) == 0
