"""Finished games of pyglet and arcade for the tests: their files, their programs, and pictures of their windows."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import wave
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parents[2]
RUNNER = Path(__file__).parent / "example_runner.py"
MOTH = (ROOT / "demo_game" / "assets" / "fonts" / "moonmoth.ttf").read_bytes()
RED, GREEN = (255, 0, 0, 255), (0, 255, 0, 255)


def png(colour: tuple[int, ...], size: tuple[int, int] = (16, 16)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return out.getvalue()


def gif(colour: tuple[int, ...], frames: int = 2) -> bytes:
    out = io.BytesIO()
    pictures = [Image.new("RGB", (16, 16), (colour[0], colour[1], number)) for number in range(frames)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=10_000, loop=0)
    return out.getvalue()


def wav(frames: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(2 * frames))
    return out.getvalue()


def write(folder: Path, files: Mapping[str, bytes | str]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def run(cwd: Path, display: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Python with a window on a display."""
    environment = {name: value for name, value in os.environ.items() if name != "ARCADE_HEADLESS"}
    environment |= {"DISPLAY": display, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if check:
        assert result.returncode == 0, result.stdout + result.stderr
    return result


def count(file: Path, colour: tuple[int, ...]) -> int:
    """The number of pixels of about a colour in a picture."""
    channels = Image.open(file).convert("RGB").split()
    near = [channel.point(lambda value, want=want: 255 * (abs(value - want) < 9))
            for channel, want in zip(channels, colour, strict=False)]  # fmt: skip
    both = ImageChops.darker(ImageChops.darker(near[0], near[1]), near[2])
    return both.histogram()[255]


def same(first: Path, second: Path) -> bool:
    return ImageChops.difference(Image.open(first).convert("RGB"), Image.open(second).convert("RGB")).getbbox() is None


def paint_green(assets: Path, mod: Path) -> None:
    """Make a mod that has every picture of a folder in green."""
    for file in assets.rglob("*"):
        if file.suffix not in (".png", ".jpg", ".gif"):
            continue
        out = mod / file.relative_to(assets)
        out.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(file) as picture:
            alpha = picture.convert("RGBA").getchannel("A")
        green = Image.new("RGBA", alpha.size, GREEN)
        green.putalpha(alpha)
        green.convert("RGB" if file.suffix == ".jpg" else "RGBA").save(out)


def check_example(engine: str, example: str, assets: Path, folder: Path, display: str, cwd: Path) -> None:
    """Run an example plain, adopted without mods, with a green mod, and with that mod switched on and off."""
    adopt = ("-m", f"vfsloader.{engine}", "adopt", "--assets", str(assets))
    program = (str(RUNNER), engine, example, str(folder))
    run(cwd, display, *program, "30", "shot=plain", "13", "shot=later")
    run(cwd, display, *adopt, *program, "30", "shot=unmodded")
    assert same(folder / "plain.png", folder / "unmodded.png")
    paint_green(assets, folder / "mods" / "green")
    mods = ("--mods", str(folder / "mods"))
    run(cwd, display, *adopt, *mods, *program, "30", "shot=start")
    run(cwd, display, *adopt, *mods, *program, "off", "10", "on", "20", "shot=live", "off", "13", "shot=off")
    at_start = count(folder / "start.png", GREEN)
    assert at_start > 100
    assert count(folder / "live.png", GREEN) >= 0.95 * at_start
    assert count(folder / "off.png", GREEN) == count(folder / "later.png", GREEN)
    assert same(folder / "off.png", folder / "later.png")
