"""Finished games that Debian packages: they are unpacked, never installed, and run as they are.

solarwolf is left out: in pygame-ce, parts of pygame are imported when they are first used, and its loader walks over
``sys.modules`` meanwhile and ends with "dictionary changed size during iteration". So it does with Python alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from benchmarks import debian_packages
from vfsloader import ModManager

ROOT = Path(__file__).parents[3]
DRIVER = Path(__file__).with_name("driver.py")
PACKAGES = (
    "angrydd", "ardentryst", "funnyboat", "krank", "lightyears", "pathological", "seahorse-adventures", "singularity",
    "whichwayisup",
    # What these need.
    "fonts-aenigma", "fonts-dejavu-core", "fonts-freefont-ttf", "python3-future", "python3-polib",
)  # fmt: skip
_GAMES, _MODULES = "usr/share/games", "usr/lib/python3/dist-packages"


@dataclass(frozen=True)
class Game:
    """A game, and how to start it.

    Parameters
    ----------
    name
        What it is called in the tests.
    folder
        The present folder when it starts, below the unpacked packages.
    words
        What Python is given to start it.
    assets
        Its folders of assets, relative to that folder.
    keys
        What the player presses at frames 60, 119 and 219.
    path
        A folder from which it imports modules.
    settings
        A file in the player's folder, and its text.
    """

    name: str
    folder: str
    words: tuple[str, ...]
    assets: tuple[str, ...]
    keys: tuple[str, ...] = ("return", "return", "return")
    settings: tuple[str, str] | None = None
    path: str = ""


GAMES = (
    Game("angrydd", f"{_GAMES}/angrydd", ("angrydd.py",), ("images", "characters", "sounds", "music")),
    Game("ardentryst", f"{_GAMES}/ardentryst", ("ardentryst.py",), (".",)),
    Game("funnyboat", f"{_GAMES}/funnyboat", ("main.py",), ("data",),
         settings=(".funnyboat/config", "fullscreen\tFalse\n")),
    Game("krank", f"{_GAMES}/krank", ("../../../lib/krank/Main.py",), ("levels", "sounds"), path="."),
    Game("lightyears", f"{_GAMES}/lightyears", ("../../../games/lightyears",), ("data",)),
    Game("pathological", f"{_GAMES}/pathological", ("pathological.py",), ("graphics", "sounds", "circuits")),
    Game("seahorse", f"{_GAMES}/seahorse-adventures", ("run_game.py",), ("data",)),
    Game("singularity", f"{_MODULES}/singularity", ("-m", "singularity"), ("data",)),
    Game("whichwayisup", f"{_GAMES}/whichwayisup", ("run_game.py",), ("data",)),
)  # fmt: skip


def unpack(folder: Path) -> Path:
    """Download and unpack the packages once for all workers, and return the folder with them."""
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _unpacked(folder)


def _unpacked(folder: Path) -> Path:
    done = folder / "unpacked"
    if done.exists():
        return done
    os.chmod(folder, 0o755)
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)  # of a worker that was ended
    try:
        debian_packages.unpack(work / "root", *PACKAGES)
    except debian_packages.UnavailableError as error:
        _ask(str(error))
    # Its start file names the folder of the installed package.
    starter = work / "root" / "usr/games/lightyears"
    starter.write_text(starter.read_text().replace('"/usr/share', f'"{done}/usr/share'))
    os.rename(work / "root", done)
    return done


def _ask(sentence: str) -> None:
    pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)


class Run(NamedTuple):
    """What a run of a game showed, frame by frame, and the share of green pixels at its marks."""

    crcs: list[int]
    greens: list[float]
    marks: list[int]
    whole: list[float]
    log: str
    result: dict[str, Any]


class Player:
    """Runs one game in a folder of its own."""

    def __init__(self, game: Game, unpacked: Path, folder: Path) -> None:
        self.game = game
        self.unpacked = unpacked
        self.folder = folder
        self.home = unpacked / game.folder
        self.mods = folder / "mods"
        self.mods.mkdir()

    def adopting(self) -> list[str]:
        words = ["adopt", "--mods", str(self.mods)]
        for assets in self.game.assets:
            words += ["--assets", assets]
        return words

    def enable(self, *ids: str) -> None:
        """Enable these mods and no others; a running game toggles more."""
        manager = ModManager(self.mods)
        for mod in manager.available:
            (manager.enable if mod.id in ids else manager.disable)(mod.id)

    def play(self, actions: list[Any], *, adopted: bool, green: bool = False, display: str = "", **more: Any) -> Run:
        """Run the game; the keys are pressed at their frames."""
        name = f"run{len(list(self.folder.glob('run*.json')))}"
        output = self.folder / f"{name}.out"
        plan = {"actions": actions, "output": str(output), "green": green, "keys": self.game.keys, **more}
        (self.folder / f"{name}.json").write_text(json.dumps(plan))
        paths = [self.game.path] if self.game.path else []
        home = self.folder / f"{name}.home"
        home.mkdir()
        if self.game.settings is not None:
            file, text = self.game.settings
            (home / file).parent.mkdir(parents=True)
            (home / file).write_text(text)
        words = [*(self.adopting() if adopted else []), *self.game.words]
        environment = {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / "c"), "XDG_DATA_HOME": str(home / "d"),
            "SDL_VIDEODRIVER": "x11" if display else "dummy", "SDL_AUDIODRIVER": "dummy", "DISPLAY": display,
            "PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.unpacked / _MODULES), *paths]),
        }  # fmt: skip
        command = [sys.executable, "-W", "ignore", str(DRIVER), str(self.folder / f"{name}.json"), *words]
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, check=False, timeout=450,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        log = done.stdout + done.stderr
        assert done.returncode == 0, log
        assert output.exists(), log
        result = json.loads(output.read_text())
        assert result["problem"] is None, f"{result['problem']}: {log}"
        return Run(result["crcs"], result["greens"], result["marks"], result["whole"], log, result)
