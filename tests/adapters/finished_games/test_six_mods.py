"""Six mods of six kinds for "Which Way Is Up?", a finished game: each two of them work together, and all six, live."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from tests.adapters.finished_games.debian import GAMES, ROOT, Player, unpack

pytestmark = pytest.mark.debian
GAME = next(game for game in GAMES if game.name == "whichwayisup")
LEVEL = "levels/w0-l0.txt"
HAT, WALL, SNOW = (0, 255, 255), (250, 128, 0), (200, 220, 255)


def dot(color: tuple[int, ...], size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


def line(old: str, new: str) -> str:
    """Return a patch that replaces one line of a text."""
    return json.dumps([{"op": "replace", "path": f"/{old}", "value": new}])


#: Of each mod, what its manifest has beside its name, and its files.
MODS: dict[str, tuple[str, dict[str, str | bytes]]] = {
    "hat": (
        "",
        {
            "pictures/hat.png": dot(HAT, (10, 4)),
            **{
                f"pictures/guy_{pose}.png.edit": '[[edit]]\nfrom = "hat.png"\nto = [9, 2]\n'
                for pose in ("standing_0", "walking_0", "walking_1", "walking_2", "shouting_0", "shouting_1")
            },
        },
    ),
    "palette": (
        "",
        {
            "pictures/brown_wall_0.png.edit": '[[edit]]\nmode = "recolor"\n'
            'colors = { "#421911" = "#fa8000", "#4b2016" = "#fa8000", "#54291c" = "#fa8000" }\n'
        },
    ),
    "winter": (
        '[options.snow]\ntype = "bool"\ndefault = true\n[[part]]\nroot = "snow"\nwhen = { option = { snow = true } }\n',
        {
            "snow/pictures/flake.png": dot(SNOW, (520, 60)),
            "snow/pictures/brown_background_static_0.png.edit": '[[edit]]\nfrom = "flake.png"\nto = [0, 240]\n',
        },
    ),
    "wall": ("", {f"{LEVEL}.patch": line("W       W        W W", "W  WWWWWWWWWWWWWWW W")}),
    "suomeksi": (
        "",
        {f"{LEVEL}.patch": line("dialogue ...uh, g'morning.", "dialogue ...ai, huomenta.")},
    ),
    "balance": (
        '[options.spiders]\ntype = "int"\ndefault = 1\n',
        {f"{LEVEL}.patch": line("spider 15.0 6.5 DOWN", "spider ${option.spiders}.0 6.5 DOWN")},
    ),
}
READ = """
import itertools, json, os, sys
import pygame
from vfsloader.pygame import adopt
pygame.init()
pygame.display.set_mode((64, 64))
mods = json.loads(sys.argv[1])
seen = {}
with adopt("data", mods=sys.argv[2], watch=False) as adopted:
    def read():
        guy = pygame.image.load(os.path.join("data", "pictures", "guy_standing_0.png")).convert()
        guy.set_colorkey(guy.get_at((0, 0)))
        wall = pygame.image.load("data/pictures/brown_wall_0.png")
        back = pygame.image.load("data/pictures/brown_background_static_0.png")
        lines = [line.rstrip() for line in open("data/levels/w0-l0.txt") if line.strip()]
        return {
            "hat": tuple(guy.get_at((12, 3))[:3]),
            "palette": (250, 128, 0) in {tuple(wall.get_at((x, y))[:3]) for x in range(40) for y in range(40)},
            "winter": tuple(back.get_at((100, 250))[:3]),
            "wall": lines[8], "suomeksi": lines[35], "balance": lines[28],
        }
    for mod in mods:
        adopted.manager.mods.disable(mod)
    adopted.manager.update()
    seen[""] = read()
    for pair in [(mod,) for mod in mods] + list(itertools.combinations(mods, 2)) + [tuple(mods)]:
        for mod in pair:
            adopted.manager.mods.enable(mod)
        adopted.manager.update()
        seen[" ".join(pair)] = read()
        if len(pair) == 2:
            seen[" ".join(pair)]["conflicts"] = [str(each) for each in adopted.manager.mods.conflicts()]
        for mod in pair:
            adopted.manager.mods.disable(mod)
        adopted.manager.update()
    problems = [str(problem) for problem in adopted.manager.mods.problems]
print(json.dumps({"seen": seen, "problems": problems}))
"""


@pytest.fixture
def player(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Player:
    base = tmp_path_factory.getbasetemp()
    made = Player(GAME, unpack((base if base.name.startswith("pytest-") else base.parent) / "debian-games"), tmp_path)
    for mod, (manifest, files) in MODS.items():
        top = f'id = "{mod}"\nname = "{mod}"\nversion = "1"\n'
        for path, content in {"mod.toml": top + manifest, **files}.items():
            file = made.mods / mod / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return made


def test_each_two_work_together(player: Player) -> None:
    world = {**os.environ, "PYTHONPATH": str(ROOT), "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ, json.dumps(list(MODS)), str(player.mods)],
        cwd=player.home, env=world, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["problems"] == []
    seen: dict[str, dict[str, Any]] = result["seen"]
    plain = seen[""]
    assert [seen[mod][mod] for mod in MODS] == [
        list(HAT),
        True,
        list(SNOW),
        "W  WWWWWWWWWWWWWWW W",
        "dialogue ...ai, huomenta.",
        "spider 1.0 6.5 DOWN",
    ]
    for mod in MODS:
        assert seen[mod] == {**plain, mod: seen[mod][mod]}
    for pair in itertools.combinations(MODS, 2):
        both = seen[" ".join(pair)]
        assert both.pop("conflicts") == []
        assert both == {**plain, **{mod: seen[mod][mod] for mod in pair}}
    assert seen[" ".join(MODS)] == {mod: seen[mod][mod] for mod in MODS}


def test_all_six_in_the_running_game(player: Player) -> None:
    player.enable(*MODS)
    pictures = [player.folder / f"{name}.png" for name in ("all", "no-hat", "back")]
    player.play(
        [["run", 420], ["save", str(pictures[0])], ["disable", "hat"], ["disable", "winter"], ["run", 2],
         ["save", str(pictures[1])], ["enable", "hat"], ["enable", "winter"], ["run", 2], ["save", str(pictures[2])],
         ["end"]],
        adopted=True,
    )  # fmt: skip
    shown = []
    for picture in pictures:
        with PIL.Image.open(picture) as opened:
            colors = {color: count for count, color in opened.convert("RGB").getcolors(1 << 20) or []}
        shown.append([colors.get(color, 0) > 0 for color in (HAT, WALL, SNOW)])
    assert shown == [[True, True, True], [False, True, False], [True, True, True]]
