"""The folder for pygbag: what is in it, and that it plays in a Python that lacks what pygbag's lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vfsloader import packs
from vfsloader.cli import main
from vfsloader.errors import ConfigError, PathNotFoundError
from vfsloader.web.build import build

_MAIN = """\
import asyncio, sys
import helper, vfsloader

async def main(game, kept):
    game.update()
    await asyncio.sleep(0)
    game.vfs.write_text("/slot.json", "7")
    await kept.flush()
    print(game.read("/a.txt"), [mod.id for mod in game.mods.enabled], kept.refused, helper.NAME)
    print(vfsloader.__file__, "apsw" in sys.modules)
"""


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets/a.txt").write_text("base " * 1000)
    packs.build(folder / "assets", folder / "base.pack", compress=True)
    (folder / "mods/snow").mkdir(parents=True)
    (folder / "mods/snow/mod.toml").write_text('id = "snow"\nname = "Snow"\nversion = "1"\n')
    (folder / "mods/snow/a.txt").write_text("snow")
    (folder / "game.toml").write_text('base = "base.pack"\nmods = "mods"\n')
    (folder / "main.py").write_text(_MAIN)
    (folder / "helper.py").write_text("NAME = 'helped'\n")
    return folder


def test_the_folder_plays_without_what_pygbag_lacks(game: Path) -> None:
    out = game / "app"  # beside main.py, where a second build finds the first
    (out / "program").mkdir(parents=True)
    (out / "program/old.py").write_text("")
    made = build(game / "game.toml", out, main=game / "main.py", engine="pygbag", overwrite=True)
    names = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    assert {
        "vfsloader/web/pygbag_files.py",
        "main.py",
        "program/main.py",
        "program/helper.py",
        "mods/snow.zip",
        "game.json",
    } < names
    assert names.isdisjoint({"program/old.py", "program/app/program/old.py"})
    assert (made.files, made.size) == (len(names), sum((out / name).stat().st_size for name in names))
    assert (out / json.loads((out / "game.json").read_text())["base"]).read_bytes().count(b"base ") >= 1000
    done = subprocess.run(
        [sys.executable, str(out / "main.py")],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1] / "platforms/without"),
            "VFSLOADER_WITHOUT": "threads,apsw,watchfiles,anyio,zstandard,backports,compression",
            "PYGAME_HIDE_SUPPORT_PROMPT": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    played, where = done.stdout.splitlines()
    assert played == "b'snow' ['snow'] None helped"
    assert where == f"{out / 'vfsloader/__init__.py'} False"
    assert (out / "kept/saves/user.db").is_file()


def test_what_pygbag_cannot_do_is_an_error(game: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, start = game / "app", game / "main.py"
    with pytest.raises(ConfigError, match="needs the game's main"):
        build(game, out, engine="pygbag")
    with pytest.raises(ConfigError, match="brings its own Python"):
        build(game, out, engine="pygbag", main=start, packages=["pillow"])
    with pytest.raises(PathNotFoundError, match="there is no"):
        build(game, out, engine="pygbag", main=game / "missing.py")
    (game / "game.toml").write_text('base = "https://example.org/base.pack"\n')
    assert main(["web", "build", str(game), str(out), "--engine", "pygbag", "--main", str(start)]) == 1
    assert "put the file beside game.toml" in capsys.readouterr().err
    assert not out.exists()
