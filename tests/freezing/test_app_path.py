"""Where a shipped game's files are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vfsloader import ResourceManager, app_path
from vfsloader.errors import PathNotFoundError
from vfsloader.freezing import app_path as app_paths


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A program that PyInstaller made: the folder it is in, and the folder it unpacked itself into."""
    beside, inside = tmp_path / "beside", tmp_path / "inside"
    beside.mkdir()
    inside.mkdir()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(inside), raising=False)
    monkeypatch.setattr(sys, "executable", str(beside / "game"))
    return beside, inside


def test_a_script_finds_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "base.pack").touch()
    (tmp_path / "game" / "main.py").write_text("import vfsloader; print(vfsloader.app_path('base.pack'))")
    command = [sys.executable, str(tmp_path / "game" / "main.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "game" / "base.pack")


def test_beside_counts_before_inside(frozen: tuple[Path, Path]) -> None:
    beside, inside = frozen
    (inside / "base.pack").touch()
    assert app_path("base.pack") == inside / "base.pack"
    (beside / "base.pack").touch()
    assert app_path("base.pack") == beside / "base.pack"


def test_a_missing_file_belongs_beside(frozen: tuple[Path, Path]) -> None:
    beside, _ = frozen
    assert app_path("user.db", missing_ok=True) == beside / "user.db"
    assert app_path() == beside


def test_an_error_names_the_folders_that_were_searched(frozen: tuple[Path, Path]) -> None:
    beside, inside = frozen
    with pytest.raises(PathNotFoundError, match="does not come with the program") as caught:
        app_path("nope.pack")
    assert str(beside) in str(caught.value)
    assert str(inside) in str(caught.value)


def test_a_package_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "mygame_of_this_test"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "data" / "base.pack").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert app_path("data/base.pack", package="mygame_of_this_test") == package / "data" / "base.pack"
    with pytest.raises(PathNotFoundError):
        app_path("data/nope.pack", package="mygame_of_this_test")


def test_nuitka_says_where_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_paths, "__compiled__", object(), raising=False)
    monkeypatch.setenv("NUITKA_ONEFILE_BINARY", str(tmp_path / "game.bin"))
    assert app_paths.is_frozen()
    assert app_paths.program_folder() == tmp_path


def test_a_config_inside_writes_beside(frozen: tuple[Path, Path]) -> None:
    beside, inside = frozen
    (inside / "assets").mkdir()
    (inside / "assets" / "a.txt").write_text("a")
    (inside / "game.toml").write_text('base = "assets"\nmods = "mods"\nsave = "user.db"\n')
    (beside / "mods" / "m").mkdir(parents=True)
    (beside / "mods" / "m" / "b.txt").write_text("b")
    with ResourceManager.from_config(app_path("game.toml"), watch=False) as game:
        assert (game.read("/a.txt"), game.read("/b.txt")) == (b"a", b"b")
        game.vfs.write_text("/c.txt", "c")
    assert (beside / "user.db").exists()
    assert sorted(entry.name for entry in inside.iterdir()) == ["assets", "game.toml"]
