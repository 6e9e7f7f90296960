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


def test_a_host_reviews_adds_and_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    add(tmp_path / "one", "snow", {"s.txt": "1"})
    add(tmp_path / "two", "snow", {"s.txt": "2\x1b[2J"}, version="2")
    add(tmp_path / "bad", "snow", {"x.png": "text"}, version="3")
    assert main(["index", "add", "one/snow"]) == 0
    capsys.readouterr()
    assert main(["index", "review", "two/snow"]) == 0
    shown = capsys.readouterr().out
    assert "snow 2, compared with 1\n" in shown
    assert "\x1b" not in shown
    assert "+2\\x1b[2J" in shown
    assert main(["index", "review", "bad/snow", "--json"]) == 1
    review = json.loads(capsys.readouterr().out)
    assert [(change["path"], change["old"], change["new"]) for change in review["changes"][1:]] == [
        ("/s.txt", 1, None),
        ("/x.png", None, 4),
    ]
    assert review["findings"] != []
    assert main(["index", "add", "two/snow", "--json"]) == 0
    added = json.loads(capsys.readouterr().out)
    assert (added["added"], added["review"]["old"]) == (["snow 2"], "1")
    monkeypatch.setattr("vfsloader.cli.index.is_confirmed", lambda question: False)
    assert main(["index", "add", "bad/snow"]) == 1
    assert capsys.readouterr().out.endswith("Nothing is added.\n")
    assert main(["index", "add", "bad/snow", "--yes"]) == 0
    assert main(["index", "publish", "public", "https://example.org"]) == 1
    assert "s3://bucket/some/prefix" in capsys.readouterr().err
