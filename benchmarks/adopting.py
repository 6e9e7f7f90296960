"""What adopting costs: finished games, plain and adopted, side by side.

One game is made here and has 700 pictures. Two are Debian's; they are unpacked, never installed, and run as they are.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pygame

from benchmarks.debian_packages import unpack
from benchmarks.timing import Row

_ROOT = Path(__file__).parents[1]
_PICTURES, _SIDE = 700, 80
_ROUNDS = 5
_FRAMES = 300
#: The first frames show what is still being loaded.
_FIRST_FRAMES = 60
_MILLISECOND = 1e-3
#: A mod is toggled so often, and after so many frames each time.
_TOGGLES, _FRAMES_PER_TOGGLE = 4, 150


class _Game(NamedTuple):
    name: str
    home: Path
    program: str
    assets: tuple[str, ...]


class _Run(NamedTuple):
    start: float
    start_memory: float
    frame: float
    longest: float
    peak: float


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    made = _generated(at / "generated")
    games = at / "debian" / "usr/share/games"
    unpack(at / "debian", "funnyboat", "whichwayisup")
    for game in (
        made,
        _Game("funnyboat", games / "funnyboat", "main.py", ("data",)),
        _Game("whichwayisup", games / "whichwayisup", "run_game.py", ("data",)),
    ):
        yield from _compared(game, at)
    longest = [_play(made, at, adopted=True, mods=at / "mods", toggles=_TOGGLES).longest for _ in range(_ROUNDS)]
    yield Row(
        f"longest frame, a mod of {_PICTURES - 100} pictures is toggled",
        "33 ms",
        statistics.median(longest) / 33e-3,
        1.0,
    )


def _compared(game: _Game, at: Path) -> Iterator[Row]:
    plain, adopted = [], []
    for step in range(_ROUNDS + 1):
        pair = _play(game, at, adopted=False), _play(game, at, adopted=True, mods=at / "mods")
        if step:  # the first writes the byte code
            plain.append(pair[0])
            adopted.append(pair[1])
    first, second = (_Run(*map(statistics.median, zip(*runs, strict=True))) for runs in (plain, adopted))
    more = max(second.start - first.start, 1e-9)
    yield Row(f"{game.name}, adopted: until its first frame, more", "0.1 s", more / 0.1, 1.0)
    most = max(1.05 * first.frame, first.frame + 0.3 * _MILLISECOND)
    what = f"plain, {first.frame / _MILLISECOND:.2f} ms"
    yield Row(f"{game.name}, adopted: a frame", what, second.frame / first.frame, most / first.frame)
    what = f"plain, {first.peak / 1e6:.0f} MB"
    yield Row(f"{game.name}, adopted: memory at most", what, second.peak / first.peak, 1.25)


def _play(game: _Game, at: Path, *, adopted: bool, mods: Path | None = None, toggles: int = 0) -> _Run:
    """Run a game for some frames."""
    output = at / "output.json"
    frames = toggles * _FRAMES_PER_TOGGLE + _FRAMES
    turns = {str(_FIRST_FRAMES + number * _FRAMES_PER_TOGGLE): "green" for number in range(toggles)}
    (at / "plan.json").write_text(json.dumps({"frames": frames, "toggles": turns, "output": str(output)}))
    words = [game.program]
    if adopted:
        words = ["adopt", *(["--mods", str(mods)] if mods else [])]
        for folder in game.assets:
            words += ["--assets", folder]
        words.append(game.program)
    home = at / "home"
    home.mkdir(exist_ok=True)
    (home / ".funnyboat").mkdir(exist_ok=True)
    (home / ".funnyboat/config").write_text("fullscreen\tFalse\n")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": str(_ROOT), "PYTHONPYCACHEPREFIX": str(at / "bytecode"), "PYTHONHASHSEED": "0",
        "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "HOME": str(home),
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-W", "ignore", _ROOT / "benchmarks/measured_game.py", at / "plan.json", *words],
        cwd=game.home, env=environment, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    result = json.loads(output.read_text())
    shown = result["frames"][_FIRST_FRAMES:]
    start = result["start"]
    return _Run(start["cpu"], start["memory"], statistics.median(shown), max(shown), result["peak"])


def _generated(folder: Path) -> _Game:
    """Write the game of 700 pictures, and a mod that has 600 of them in green."""
    assets, chance = folder / "assets", random.Random(3)
    assets.mkdir(parents=True)
    mods = folder.parent / "mods"
    mods.mkdir()
    pygame.init()
    with zipfile.ZipFile(mods / "green.zip", "w") as mod:
        mod.writestr("mod.toml", 'id = "green"\nname = "Green"\nversion = "1"\n')
        for number in range(_PICTURES):
            picture = pygame.Surface((_SIDE, _SIDE), pygame.SRCALPHA, 32)
            for _ in range(12):
                place = chance.randrange(_SIDE), chance.randrange(_SIDE)
                pygame.draw.circle(picture, [chance.randrange(256) for _ in range(4)], place, _SIDE // 5)
            name = f"{number:03}.png"
            pygame.image.save(picture, assets / name)
            if number >= 100:
                pygame.draw.rect(picture, (0, 255, 0), (4, 4, _SIDE // 2, _SIDE // 2))
                pygame.image.save(picture, folder / name)
                mod.write(folder / name, name)
                (folder / name).unlink()
    program = _ROOT / "benchmarks/game_of_pictures.py"
    (folder / "main.py").write_bytes(program.read_bytes())
    return _Game(f"{_PICTURES} pictures", folder, "main.py", ("assets",))
