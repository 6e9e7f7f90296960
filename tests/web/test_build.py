"""What ``web build`` makes, and what a page does that needs no browser."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path

import pytest

from vfsloader import Store, web
from vfsloader.cli import main
from vfsloader.errors import ConfigError, InvalidPathError, PathExistsError, PathNotFoundError, UnknownFormatError
from vfsloader.web.build import build
from vfsloader.web.storage import signature


@pytest.fixture
def game(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets/a.txt").write_text("base")
    (folder / "mods/snow").mkdir(parents=True)
    (folder / "mods/snow/mod.toml").write_text('id = "snow"\nname = "Snow"\nversion = "1"\n')
    (folder / "mods/notes.txt").write_text("not a mod")
    (folder / "game.toml").write_text('base = "assets"\nmods = "mods"\ngame_version = "1.0"\n')
    (folder / "main.py").write_text("async def main(game, kept): ...\n")
    return folder


def test_a_page_has_the_games_packs_mods_and_modules(game: Path, tmp_path: Path) -> None:
    made = build(game / "game.toml", tmp_path / "out", main=game / "main.py", title="<Moth> & co")
    facts = json.loads((tmp_path / "out/game.json").read_text("utf-8"))
    assert facts["mods"] == ["snow.zip"]
    assert facts["kept"] == "%3CMoth%3E%20%26%20co"  # other games at the same address have their own saves
    assert (facts["main"], facts["options"]) == ("main", {"game_version": "1.0"})
    with Store(tmp_path / "out" / facts["base"], read_only=True) as pack:
        entry = pack.find("/a.txt")
        assert entry is not None
        assert pack.read(entry) == b"base"
    with zipfile.ZipFile(tmp_path / "out/mods/snow.zip") as mod:
        assert mod.namelist() == ["mod.toml"]
    with zipfile.ZipFile(tmp_path / "out" / facts["program"]) as program:
        assert program.namelist() == ["main.py"]
    assert made.modules == (tmp_path / "out" / facts["wheel"]).stat().st_size < 400 << 10
    assert (facts["packages"], facts["pyodide"][:8]) == ([], "https://")
    page = (tmp_path / "out/index.html").read_text("utf-8")
    assert "<title>&lt;Moth> &amp; co</title>" in page
    assert (made.is_compiled, made.files) == (False, 7)


def test_an_existing_folder_is_replaced_only_if_forced(game: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old").write_text("")
    with pytest.raises(PathExistsError, match="already exists"):
        build(game, tmp_path / "out")
    build(game, tmp_path / "out", overwrite=True)
    assert not (tmp_path / "out/old").exists()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["game", "out"]


def test_what_cannot_be_built_is_named(game: Path, tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError, match="there is no folder"):
        build(game, tmp_path / "missing/out")
    with pytest.raises(PathNotFoundError, match=r"there is no .*other\.py"):
        build(game, tmp_path / "out", main=game / "other.py")
    with pytest.raises(PathNotFoundError, match="is not a folder with Pyodide"):
        build(game, tmp_path / "out", pyodide=game)
    with pytest.raises(ConfigError, match="needs a folder with Pyodide"):
        build(game, tmp_path / "out", compiled=True)
    with pytest.raises(ConfigError, match="there is no engine 'unity'; it is one of canvas, pygame"):
        build(game, tmp_path / "out", engine="unity")
    with pytest.raises(ConfigError, match="needs the game's main"):
        build(game, tmp_path / "out", engine="pygame")
    assert not (tmp_path / "out").exists()


def test_a_page_with_pygame_has_its_package_of_pyodide(game: Path, tmp_path: Path) -> None:
    pyodide = tmp_path / "pyodide"
    pyodide.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (pyodide / name).write_bytes(b"")
    packages = {
        "pygame-ce": {"file_name": "pygame_ce-2.whl", "depends": ["other"]},
        "other": {"file_name": "other.whl", "depends": ["pygame-ce"]},
        "soundfile": {"file_name": "soundfile.whl", "depends": []},
    }
    (pyodide / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    with pytest.raises(PathNotFoundError, match="Pyodide without packages"):
        build(game, tmp_path / "out", main=game / "main.py", engine="pygame", pyodide=pyodide)
    for name in ("pygame_ce-2.whl", "other.whl", "soundfile.whl"):
        (pyodide / name).write_bytes(b"")
    options = ["--main", game / "main.py", "--engine", "pygame", "--package", "soundfile", "--pyodide", pyodide]
    assert main(["web", "build", *map(str, [game, tmp_path / "out", *options])]) == 0
    assert next((tmp_path / "out").glob("*.whl")).stat().st_size < 400 << 10
    facts = json.loads((tmp_path / "out/game.json").read_text("utf-8"))
    assert (facts["packages"], facts["pyodide"]) == (["pygame-ce", "soundfile"], "pyodide/")
    assert {"pygame_ce-2.whl", "other.whl", "soundfile.whl"} <= {
        file.name for file in (tmp_path / "out/pyodide").iterdir()
    }


def test_the_command(game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["web", "build", str(game), str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["is_compiled"] is False
    assert main(["web", "build", str(game), str(tmp_path / "out")]) == 1


@pytest.mark.parametrize(
    ("name", "error"),
    [("aux.zip", InvalidPathError), ("../x.zip", InvalidPathError), ("x.exe", UnknownFormatError)],
)
def test_dropped_files_that_are_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        web.add_mod(tmp_path / "mods", name, b"PK")
    assert not (tmp_path / "mods").exists()


def test_a_dropped_mod_replaces_the_older_one(tmp_path: Path) -> None:
    web.add_mod(tmp_path / "mods", "a.zip", b"old")
    assert web.add_mod(tmp_path / "mods", "a.zip", b"new").read_bytes() == b"new"
    assert len(list((tmp_path / "mods").iterdir())) == 1


def test_each_change_in_a_folder_is_noticed(tmp_path: Path) -> None:
    before = signature(tmp_path)
    (tmp_path / "a").write_text("1")
    middle = signature(tmp_path)
    (tmp_path / "a").write_text("12")
    assert len({before, middle, signature(tmp_path)}) == 3


def test_outside_of_a_browser_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="works in a browser"):
        asyncio.run(web.persist(tmp_path / "saves"))
