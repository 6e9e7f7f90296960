"""The demo in a real window, driven by real keys. The screen has the window's size, so their coordinates agree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageGrab, ImageStat

ROOT = Path(__file__).parents[2]
HILLS, HEADING = (10, 420, 110, 560), (150, 56, 300, 110)
WaitFor = Callable[..., object]

pytestmark = pytest.mark.display


@pytest.fixture
def game_folder(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("*.py", "__pycache__", "mods.json", "save.db*")
    return Path(shutil.copytree(ROOT / "demo_game", tmp_path / "game", ignore=ignored))


@pytest.fixture
def demo(xvfb: str, game_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DISPLAY": xvfb, "SDL_AUDIODRIVER": "dummy", "SDL_VIDEODRIVER": "x11"}
    command = [sys.executable, "-m", "demo_game", "--game", str(game_folder)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as playing:
        try:
            yield playing
        finally:
            playing.kill()


def test_m_and_enter_toggle_a_mod_on_screen(
    demo: subprocess.Popen[bytes], xvfb: str, game_folder: Path, wait_for: WaitFor
) -> None:
    def shot(area: tuple[int, int, int, int]) -> Image.Image:
        assert demo.poll() is None, "the demo ended by itself"
        return ImageGrab.grab(area, xdisplay=xvfb).convert("RGB")

    def brightness(area: tuple[int, int, int, int]) -> float:
        return sum(ImageStat.Stat(shot(area)).mean) / 3

    def unlike(picture: Image.Image) -> bool:
        return max(ImageStat.Stat(ImageChops.difference(shot(HEADING), picture)).mean) > 8

    def press(key: str) -> None:
        subprocess.run(["xdotool", "key", key], env={**os.environ, "DISPLAY": xvfb}, check=True)

    wait_for(lambda: brightness(HILLS) > 5, "the first picture")
    title = shot(HEADING)
    press("m")
    wait_for(lambda: unlike(title), "the mod screen")
    heading, night = shot(HEADING), brightness(HILLS)
    press("Up")  # from the first of the list to the last, which cannot be read
    press("Up")  # Winter comes
    press("Return")
    wait_for(lambda: brightness(HILLS) > night + 50, "snow on the hills")
    assert not unlike(heading)
    profile = json.loads((game_folder / "mods" / "mods.json").read_text())["profiles"]["default"]
    assert "winter" not in profile["disabled"]
    press("Return")
    wait_for(lambda: brightness(HILLS) < night + 10, "the night to come back")
    press("m")
    wait_for(lambda: unlike(heading), "the title to come back")
