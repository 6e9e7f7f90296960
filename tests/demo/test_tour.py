"""The demo without a display: the command that ``make demo`` runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parents[2]


def test_the_tour_toggles_mods_and_edits_a_file(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    del environment["SDL_VIDEODRIVER"]
    before = sorted(path for path in (ROOT / "demo_game").rglob("*") if "__pycache__" not in path.parts)
    done = subprocess.run(
        [sys.executable, "-m", "demo_game", "--screenshots", str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "no display" in done.stdout
    assert str(tmp_path) in done.stdout
    assert sorted(path for path in (ROOT / "demo_game").rglob("*") if "__pycache__" not in path.parts) == before
    shots = {file.stem: Image.open(file).convert("RGB") for file in sorted(tmp_path.glob("*.png"))}
    assert len(shots) == 8
    hills = (0, 400, 110, 560)  # beside the mod panel

    def difference(before: str, after: str) -> float:
        pixels = ImageChops.difference(shots[before].crop(hills), shots[after].crop(hills)).convert("L")
        return sum(value * count for value, count in enumerate(pixels.histogram())) / (110 * 160)

    assert difference("2-play", "3-mods") < 12
    assert difference("3-mods", "4-winter-on") > 60
    assert difference("5-winter", "6-dusk-wins") > 60
