"""The demo as one file, as a player gets it: started in an empty folder, with nothing but mods beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

ROOT = Path(__file__).parents[2]
BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Moonmoth, frozen from a wheel and not from the checkout."""
    folder = tmp_path_factory.mktemp("frozen")
    source = shutil.copytree(
        ROOT,
        folder / "source",
        ignore=shutil.ignore_patterns(".*", "build", "*.egg-info", "tests", "docs", "__pycache__"),
    )
    wheel = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder / "site"), str(source)]
    subprocess.run(wheel, check=True)
    game = shutil.copytree(ROOT / "demo_game", folder / "game" / "demo_game", ignore=shutil.ignore_patterns("save.db*"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "site"), str(game.parent)])}
    command = [sys.executable, "-m", "demo_game.freeze", str(folder / "dist")]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return next((folder / "dist").iterdir())


def start(program: Path, folder: Path, *mods: str) -> subprocess.CompletedProcess[str]:
    """Put the program into a folder with mods, and run it without a display."""
    folder.mkdir()
    shutil.copy2(program, folder / program.name)
    for mod in mods:
        source = ROOT / "demo_game" / "mods" / mod
        (folder / "mods").mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / "mods" / mod)
    command = [str(folder / program.name), "--headless", "--screenshots", str(folder / "pictures")]
    return subprocess.run(command, cwd=folder, env=BARE, capture_output=True, text=True, timeout=120)


def test_it_plays_in_an_empty_folder_with_mods_beside_it(program: Path, tmp_path: Path) -> None:
    done = start(program, tmp_path / "folder", "winter", "dusk", "chip-tunes.zip", "hollow.pack", "broken-lantern")
    assert done.returncode == 0, done.stderr[-3000:]
    pictures = sorted((tmp_path / "folder" / "pictures").iterdir())
    assert len(pictures) == 8
    before, winter = (Image.open(tmp_path / "folder" / "pictures" / f"{name}.png") for name in ("2-play", "5-winter"))
    assert ImageChops.difference(before.convert("RGB"), winter.convert("RGB")).getbbox() is not None
    assert sorted(os.listdir(tmp_path / "folder")) == ["mods", program.name, "pictures"]


@pytest.mark.display
def test_saves_are_beside_it(program: Path, tmp_path: Path, xvfb: str, wait_for: Callable[..., object]) -> None:
    """In a window, until the save exists; the folder that the program unpacked itself into is deleted afterwards."""
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy2(program, folder / program.name)
    shutil.copytree(ROOT / "demo_game" / "mods" / "winter", folder / "mods" / "winter")
    environment = {**BARE, "DISPLAY": xvfb, "SDL_AUDIODRIVER": "dummy", "SDL_VIDEODRIVER": "x11"}
    with subprocess.Popen([str(folder / program.name)], cwd=tmp_path, env=environment) as playing:
        try:
            wait_for((folder / "save.db").exists, "the save beside the program")
            assert playing.poll() is None, "the game ended by itself"
        finally:
            playing.terminate()
    assert (folder / "save.db").is_file()
    assert not (tmp_path / "save.db").exists()
