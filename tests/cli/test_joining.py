"""``serve`` and ``join``, as two players use them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.game import make_game
from tests.mods.making import add
from vfsloader.cli import main

PLAY = (
    "import sys, vfsloader; game = vfsloader.ResourceManager.from_config('game.toml'); "
    "game.update(); print([mod.id for mod in game.mods.enabled], file=open('played.txt', 'w')); sys.exit(3)"
)


def test_two_players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str, status: int = 0) -> Any:
        capsys.readouterr()
        assert main([*arguments, "--json"]) == status
        return json.loads(capsys.readouterr().out)

    host, guest = make_game(tmp_path / "host"), make_game(tmp_path / "guest")
    add(host / "mods", "hud", {"hud.txt": "1"}, sharing={"redistribute": True})
    add(guest / "mods", "own", {"own.txt": "1"})
    command = [sys.executable, "-m", "vfsloader", "serve", "--port", "0", "--name", "Ada", "--json"]
    with subprocess.Popen(command, cwd=host, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            lines = ""
            while "}" not in lines:
                lines += server.stdout.readline()
            address = json.loads(lines)["join"]
            monkeypatch.chdir(guest)
            found = run("join", address)
            assert (found["host"], found["same"], found["fetched"], found["joined"]) == ("Ada", False, ["hud"], True)
            assert len(found["differences"]) == 2
            play = f"{shlex.quote(sys.executable)} -c {shlex.quote(PLAY)}" if os.name != "nt" else ""
            assert main(["join", address, "--run", play, "--yes"]) == 3, "the game's own status"
            assert (guest / "played.txt").read_text().strip() == "['hud', 'lib', 'winter']"
            assert [row["id"] for row in run("mods", "list")["mods"]] == ["lib", "own", "winter"]
            assert main(["join", address.partition("#")[0] + "#nonsense"]) == 1
        finally:
            server.terminate()
    assert main(["join", address]) == 1
