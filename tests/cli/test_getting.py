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
