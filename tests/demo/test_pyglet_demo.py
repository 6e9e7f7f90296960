"""The garden in pyglet: drawn without a window, and in a real one with real keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageGrab, ImageStat

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "demo_game.pyglet_demo"]
HILLS = (10, 470, 400, 560)


@pytest.fixture
def game_folder(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("*.py", "__pycache__", "mods.json", "save.db*")
    return Path(shutil.copytree(ROOT / "demo_game", tmp_path / "game", ignore=ignored))


def brightness(picture: Image.Image) -> float:
    return sum(ImageStat.Stat(picture.convert("RGB")).mean) / 3


def test_mods_show_in_the_atlas(game_folder: Path, tmp_path: Path) -> None:
    words = ["--game", str(game_folder), "--headless", str(tmp_path / "shots")]
    subprocess.run([*COMMAND, *words], cwd=ROOT, check=True)
    shots = [Image.open(tmp_path / "shots" / f"{index}.png").convert("RGB") for index in range(5)]
    assert all(shot.size == (960, 600) for shot in shots)
    night, winter = shots[0].crop(HILLS), shots[4].crop(HILLS)
    assert brightness(winter) > brightness(night) + 80
    assert ImageChops.difference(shots[0], shots[2]).getbbox() is not None


@pytest.mark.display
def test_a_key_toggles_a_mod_in_the_window(game_folder: Path, xvfb: str, wait_for: Callable[..., object]) -> None:
    environment = {**os.environ, "DISPLAY": xvfb}

    def hills() -> float:
        assert demo.poll() is None, "the demo ended by itself"
        return brightness(ImageGrab.grab(HILLS, xdisplay=xvfb))

    def press(key: str) -> None:
        subprocess.run(["xdotool", "key", key], env=environment, check=True)

    with subprocess.Popen([*COMMAND, "--game", str(game_folder)], cwd=ROOT, env=environment) as demo:
        try:
            wait_for(lambda: hills() > 3, "the first picture")
            night = hills()
            press("4")
            wait_for(lambda: hills() > night + 60, "snow on the hills")
            press("4")
            wait_for(lambda: hills() < night + 10, "the night to come back")
            backgrounds = game_folder / "assets" / "backgrounds"
            Image.new("RGB", (960, 600), (10, 200, 40)).save(backgrounds / "draft.png")
            os.replace(backgrounds / "draft.png", backgrounds / "garden.png")
            wait_for(lambda: hills() > night + 30, "the picture that was painted over")
        finally:
            demo.kill()
