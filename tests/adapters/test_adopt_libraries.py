"""Games that load their files by libraries for pygame, adopted unchanged: what the libraries show follows the mods.

Most of these libraries require pygame, which would take the place of pygame-ce. So they are installed without their
dependencies, into a folder of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.adopted_game import ROOT
from tests.adapters.adopted_windows import GREEN, MOTH, RED, png, write
from tests.adapters.pygame_files import FONT
from tests.adapters.test_adopt_arcade import MAP, TILES

LIBRARIES = ("pyscroll==2.31", "pygame-menu==4.5.2", "pyperclip", "thorpy==2.1.15", "pgzero==1.2.1")

GAME = """
import sys
import pygame
import pygame_gui, pygame_menu, pyscroll, pyscroll.data, thorpy
from pytmx.util_pygame import load_pygame

pygame.init()
screen = pygame.display.set_mode((300, 200))
level = pyscroll.BufferedRenderer(pyscroll.data.TiledMapData(load_pygame("resources/maps/m.tmx")), (48, 16))
group = pyscroll.PyscrollGroup(map_layer=level)
menu = pygame_menu.Menu("m", 300, 200)
menu.add.image(pygame_menu.BaseImage("resources/big.png"))
thorpy.init(screen)
button = thorpy.Image(pygame.image.load("resources/a.png"))
ui = pygame_gui.UIManager((300, 200))
picture = pygame_gui.elements.UIImage(pygame.Rect(250, 100, 16, 16), pygame.image.load("resources/a.png"), ui)

def draw():
    menu.draw(screen)
    group.draw(screen.subsurface((0, 0, 48, 16)))
    button.set_center(20, 180)
    button.draw()
    ui.update(0.01)
    ui.draw_ui(screen)
    pygame.display.flip()

def look(name):
    for _ in range(60):  # changes take some frames
        draw()
    places = (4, 4), (150, 128), (20, 180), (255, 105)
    print(name, *("green" if screen.get_at(place)[1] > 200 > screen.get_at(place)[0] else "red" for place in places))

import vfsloader
mods = vfsloader.current().mods
look("start")
mods.disable("green"); look("off")
mods.enable("green"); look("on")
"""

ZERO = """
import pgzrun
import vfsloader

WIDTH = HEIGHT = 60
hero, frames = None, 0
mods = vfsloader.current().mods

def draw():
    global hero
    hero = hero or Actor("a", (30, 30))
    screen.clear()
    hero.draw()

def update():
    global frames
    frames += 1
    if frames % 40 == 0:
        print("green" if screen.surface.get_at((30, 30))[1] > 200 else "red", flush=True)
        (mods.disable if frames == 40 else mods.enable)("green")
    if frames == 120:
        raise SystemExit

pgzrun.go()
"""


#: ptext keeps the texts that it has drawn. Pygame Zero brings it.
TEXT = """
import zlib
import pygame
import pgzero.ptext as ptext
import vfsloader

pygame.init()
screen = pygame.display.set_mode((300, 200))
ptext.FONT_NAME_TEMPLATE = "resources/%s.ttf"
mods = vfsloader.current().mods

def look():
    for _ in range(40):
        screen.fill("black")
        ptext.draw("moth", (5, 5), fontname="f", fontsize=20)
        ptext.draw("moth\\nmoth", (5, 40), fontname="f", fontsize=20, color="red", align="right", underline=True)
        ptext.draw("moth", (100, 5), fontname="f", fontsize=20, angle=30)
        ptext.draw("moth", (100, 90), fontname="f", fontsize=30, shadow=(2, 2), owidth=1, ocolor="blue")
        ptext.drawbox("moth moth moth", (200, 5, 80, 80), fontname="f", background="green")
        pygame.display.flip()
    return [zlib.crc32(screen.subsurface(area).get_buffer().raw) for area in (
        (0, 0, 90, 35), (0, 36, 90, 80), (95, 0, 90, 85), (95, 86, 100, 90), (200, 0, 100, 100))]

start = look()
mods.disable("green"); off = look()
mods.enable("green"); on = look()
print("green", [new == old for new, old in zip(on, start)], [new == old for new, old in zip(off, start)])
"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("libraries")
    words = ["-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *LIBRARIES]
    result = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    if result.returncode:
        sentence = f"this test needs libraries from PyPI: {result.stderr}"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    return folder


def run_adopted(game: Path, program: str, assets: str, libraries: Path) -> list[str]:
    (game / "main.py").write_text(program)
    words = [sys.executable, "-m", "vfsloader.pygame", "adopt", "--assets", assets, "--mods", "mods", "main.py"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{libraries}"}
    result = subprocess.run(words, cwd=game, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return [line for line in result.stdout.splitlines() if "green" in line or "red" in line]


def test_maps_menus_and_widgets_follow(libraries: Path, tmp_path: Path) -> None:
    for place, colour in ((tmp_path / "resources", RED), (tmp_path / "mods" / "green", GREEN)):
        write(place, {"a.png": png(colour), "big.png": png(colour, (32, 32)), "tiles/t.png": png(colour)})
    write(tmp_path / "resources", {"maps/m.tmx": MAP, "tiles/t.tsx": TILES})
    assert run_adopted(tmp_path, GAME, "resources", libraries) == [
        "start green green green green",
        "off red red red red",
        "on green green green green",
    ]


def test_pygame_zero_follows(libraries: Path, tmp_path: Path) -> None:
    write(tmp_path, {"images/a.png": png(RED), "mods/green/a.png": png(GREEN)})
    assert run_adopted(tmp_path, ZERO, "images", libraries) == ["green", "red", "green"]


def test_texts_that_ptext_keeps_follow(libraries: Path, tmp_path: Path) -> None:
    write(tmp_path, {"resources/f.ttf": FONT, "mods/green/f.ttf": MOTH})
    same, other = [True] * 5, [False] * 5
    assert run_adopted(tmp_path, TEXT, "resources", libraries) == [f"green {same} {other}"]
