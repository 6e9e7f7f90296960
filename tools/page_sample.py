"""A copy of the demo game with many mods, for screenshots and tests of the page in the browser.

The mods' pictures are drawn here, so that nothing large has to be kept in the repository.
"""

from __future__ import annotations

import colorsys
import io
import json
import math
import random
import shutil
import struct
import wave
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "demo_game"
HERO = "sprites/moth_{}.png"


def make_game(folder: Path, *, rich: bool = True) -> Path:
    """Make the game in a folder, and return the folder.

    Parameters
    ----------
    folder
        A folder that does not exist yet.
    rich
        Whether to add the sample mods to those of the demo.
    """
    ignored = shutil.ignore_patterns("*.py", "__pycache__", "mods.json", "save.db*", ".getting")
    shutil.copytree(DEMO, folder, ignore=ignored)
    if rich:
        _add_base_files(folder / "assets")
        for number, facts in enumerate(MODS):
            _Mod(folder, number, facts).make()
        _add_broken(folder / "mods")
        choose(folder / "mods")
    return folder


def choose(mods: Path) -> None:
    """Write a choice that shows every state, with a history."""
    from vfsloader import ModManager

    manager = ModManager(mods, game_version="1.0")
    for mod in ("night-orchard", "giant-wisps"):
        manager.disable(mod)
    manager.set_option("lantern-glow", "brightness", 7)
    manager.move("amber-moths", after="dusk")
    manager.move("tinted-wings", after="winter")
    manager.copy_profile("Streaming")
    manager.copy_profile("Hard nights")
    manager.disable("chip-tunes")
    manager.prefer("/sprites/heart.png", "glass-hearts")
    manager.close()


class _Mod:
    """One sample mod."""

    def __init__(self, game: Path, number: int, facts: dict[str, Any]) -> None:
        self.assets = game / "assets"
        self.hue = facts.pop("hue", (number * 0.137) % 1)
        self.files: list[str] = facts.pop("files", [])
        self.facts = facts
        self.folder = game / "mods" / facts["id"]
        self.chance = random.Random(number)

    def make(self) -> None:
        """Write the mod."""
        self.folder.mkdir(parents=True)
        self.facts.setdefault("icon", "icon.png")
        (self.folder / "mod.json").write_text(json.dumps(self.facts, indent=2))
        draw_icon(self.facts["name"], self.hue).save(self.folder / "icon.png")
        for file in self.files:
            self._make(file)

    def _make(self, file: str) -> None:
        target = self.folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.endswith(".png"):
            source = self.assets / file
            with Image.open(source) as picture:
                recoloured(picture, self.hue).save(target)
        elif file.endswith(".wav"):
            target.write_bytes(tone(self.hue))
        elif file.endswith(".merge"):
            target.write_text(json.dumps(self._data(), indent=2))
        elif file.endswith(".png.edit"):
            target.write_text(
                f'[[edit]]\nmode = "tint"\ncolor = "#{bytes(rgb(self.hue)).hex()}"\narea = [20, 20, 120, 60]\n'
            )
        elif file.endswith(".tmj.edit"):
            target.write_text('[[edit]]\nlayer = "ground"\ntiles = [[3, 2, 5], [4, 2, 5], [5, 3, 6], [6, 3, 6]]\n')
        else:
            target.write_text(TEXTS.get(file, f"{self.facts['name']}\n\n{self.facts.get('description', '')}\n"))

    def _data(self) -> dict[str, Any]:
        level = str(self.chance.randint(1, 3))
        return {
            level: {"wisps": self.chance.randint(2, 9), "speed": round(self.chance.uniform(0.7, 1.6), 2)},
            "1": {"name": self.facts["name"]},
        }


def rgb(hue: float, saturation: float = 0.62, value: float = 0.95) -> tuple[int, int, int]:
    """Return a colour."""
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def recoloured(picture: Image.Image, hue: float) -> Image.Image:
    """Return a picture in another colour."""
    source = picture.convert("RGBA")
    grey = ImageOps.grayscale(source.convert("RGB"))
    coloured = ImageOps.colorize(grey, rgb(hue, 0.9, 0.12), rgb(hue, 0.15, 1.0), rgb(hue, 0.75, 0.8)).convert("RGBA")
    coloured.putalpha(source.getchannel("A"))
    return ImageEnhance.Contrast(coloured).enhance(1.1)


def draw_icon(name: str, hue: float) -> Image.Image:
    """Draw a mod's icon: hills, a moon and something of its own."""
    size = 128
    picture = Image.new("RGB", (size, size))
    draw = ImageDraw.Draw(picture)
    for y in range(size):
        draw.line([(0, y), (size, y)], fill=rgb((hue + 0.08 * y / size) % 1, 0.75, 0.28 + 0.5 * y / size))
    chance = random.Random(name)
    for _ in range(14):
        x, y = chance.randint(0, size), chance.randint(0, 70)
        draw.ellipse([x, y, x + 2, y + 2], fill=(255, 250, 230))
    x, y, radius = chance.randint(24, 92), chance.randint(20, 44), chance.randint(12, 20)
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=rgb((hue + 0.45) % 1, 0.25, 1.0))
    for layer in range(3):
        base, height = 74 + layer * 16, 14 - layer * 2
        shift = chance.random() * 6
        points = [(px, base + height * math.sin(px / (17.0 + 6 * layer) + shift)) for px in range(0, size + 8, 4)]
        draw.polygon([*points, (size, size), (0, size)], fill=rgb((hue + 0.03 * layer) % 1, 0.8, 0.34 - 0.08 * layer))
    return picture


def tone(hue: float) -> bytes:
    """Return a short sound."""
    rate, seconds = 22_050, 0.7
    pitch = 220 * 2 ** (hue * 2)
    samples = [
        round(20_000 * math.exp(-4 * t / rate) * math.sin(2 * math.pi * pitch * (1 + 0.2 * t / rate) * t / rate))
        for t in range(int(rate * seconds))
    ]
    with io.BytesIO() as out:
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
        return out.getvalue()


def _add_base_files(assets: Path) -> None:
    """Add what the demo does not have: a map with a tile set, texts, and a table."""
    (assets / "maps").mkdir(exist_ok=True)
    tiles = Image.new("RGBA", (64, 32))
    draw = ImageDraw.Draw(tiles)
    for number in range(8):
        x, y = number % 4 * 16, number // 4 * 16
        draw.rectangle([x, y, x + 15, y + 15], fill=(*rgb(0.3 + number * 0.06, 0.55, 0.35 + 0.07 * number), 255))
        for spot in range(5):
            px, py = x + (spot * 7 + number * 3) % 15, y + (spot * 5 + number) % 15
            draw.point([px, py], fill=(*rgb(0.3 + number * 0.06, 0.4, 0.8), 255))
    tiles.save(assets / "maps" / "tiles.png")
    ground = [1 + (x * x + y * 3 + x * y) % 3 for y in range(14) for x in range(24)]
    path = [5 if abs(y - 6 - 3 * math.sin(x / 4)) < 1 else 0 for y in range(14) for x in range(24)]
    town = {
        "width": 24, "height": 14, "tilewidth": 16, "tileheight": 16, "orientation": "orthogonal", "infinite": False,
        "layers": [
            {"type": "tilelayer", "id": 1, "name": "ground", "width": 24, "height": 14, "data": ground},
            {"type": "tilelayer", "id": 2, "name": "path", "width": 24, "height": 14, "data": path},
        ],
        "tilesets": [{"firstgid": 1, "name": "garden", "image": "tiles.png", "imagewidth": 64, "imageheight": 32,
                      "tilewidth": 16, "tileheight": 16, "tilecount": 8, "columns": 4}],
    }  # fmt: skip
    (assets / "maps" / "garden.tmj").write_text(json.dumps(town))
    (assets / "texts").mkdir(exist_ok=True)
    (assets / "texts" / "credits.txt").write_text(
        "Moonmoth\n\nA garden at night.\nDrawn with circles.\nPlayed by ear.\nThank you for playing.\n"
    )
    (assets / "data" / "shop.toml").write_text("[lantern]\nprice = 30\nlight = 4\n\n[net]\nprice = 12\nreach = 1.5\n")


def _add_broken(mods: Path) -> None:
    """Add what players really have in their folders: a download that is not a zip, and a manifest with a mistake."""
    (mods / "glow-worms.zip").write_bytes(b"<!DOCTYPE html><title>404</title>")
    (mods / "soft-rain-2.0.rar").write_bytes(b"Rar!\x1a\x07\x01\0" + bytes(64))


def make_studio(folder: Path) -> Path:
    """Make an index of further mods in a folder, and return the index."""
    from vfsloader.distribution import build_index

    mods = folder / "studio"
    mods.mkdir(parents=True)
    for number, (mod, name, summary, tags) in enumerate(OFFERS):
        place = mods / mod
        place.mkdir()
        facts = {
            "id": mod, "name": name, "version": f"1.{number % 4}.0", "description": summary, "tags": tags,
            "authors": ["Studio Nachtfalter"], "license": "CC0-1.0", "icon": "icon.png",
        }  # fmt: skip
        (place / "mod.json").write_text(json.dumps(facts))
        draw_icon(name, (number * 0.21 + 0.1) % 1).save(place / "icon.png")
        (place / "CHANGELOG.md").write_text("- Softer shadows.\n- A second moon.\n")
        (place / "texts").mkdir()
        (place / "texts" / f"{mod}.txt").write_text(summary)
    build_index(mods, folder / "public", [])
    return folder / "public"


def make_zip(file: Path, mod: str, files: dict[str, bytes] | None = None, **facts: Any) -> Path:
    """Make a zip of a mod, to drop on the page."""
    manifest = {"id": mod, "name": mod.title(), "version": "1.0", **facts}
    with zipfile.ZipFile(file, "w") as out:
        out.writestr("mod.json", json.dumps(manifest))
        for name, data in (files or {"texts/hello.txt": b"hello"}).items():
            out.writestr(name, data)
    return file


TEXTS = {
    "texts/credits.txt": "Moonmoth\n\nA garden at night, in fog.\nDrawn with circles and patience.\n"
    "Played by ear.\nFog by Mira.\nThank you for playing.\n"
}
OFFERS: list[tuple[str, str, str, list[str]]] = [
    ("paper-garden", "Paper garden", "Every leaf folded from paper, with creases that catch the moon.", ["reskin"]),
    ("quiet-hud", "Quiet HUD", "Hearts and score fade away while nothing happens.", ["hud"]),
    ("ninth-night", "The ninth night", "One more level, longer than all others together.", ["levels", "hard"]),
    ("rain-sounds", "Rain sounds", "Rain on leaves, recorded on a balcony.", ["sounds"]),
    ("fireflies", "Fireflies", "Motes become fireflies that answer each other.", ["reskin", "particles"]),
    ("easy-evenings", "Easy evenings", "Slower hunters for players who want to look around.", ["easy"]),
    ("old-film", "Old film", "The garden in sepia, with scratches.", ["reskin"]),
    ("moon-phases", "Moon phases", "A moon that is really in tonight's phase.", ["reskin"]),
    ("harp", "Harp", "The theme, played on a harp.", ["music"]),
    ("thorns", "Thorns", "Hedges hurt. So do hunters.", ["hard"]),
]
MODS: list[dict[str, Any]] = [
    {"id": "lantern-glow", "name": "Lantern glow", "version": "2.3.1", "authors": ["Mira Okafor"], "tags": ["light"],
     "hue": 0.11,
     "description": "A warm glow around every lantern, soft at the edges.\n\nThe brightness can be chosen. "
                    "Works with everything that repaints the garden.",
     "website": "https://example.org/lantern-glow", "license": "CC0-1.0",
     "files": ["sprites/glow.png", "sprites/wisp.png", "README.txt"],
     "options": {
         "brightness": {"type": "int", "default": 5, "min": 1, "max": 10, "label": "Brightness", "group": "Light",
                        "help": "10 outshines the moon"},
         "colour": {"type": "color", "default": "#ffcc66", "label": "Colour of the light", "group": "Light"},
         "flicker": {"type": "bool", "default": True, "label": "Flicker", "group": "Light"},
         "style": {"type": "choice", "default": "paper", "label": "Lanterns",
                   "choices": {"paper": "Paper", "glass": "Glass", "iron": "Iron"}},
         "speed": {"type": "float", "default": 1.0, "min": 0.25, "max": 3.0, "step": 0.25,
                   "label": "Speed of the flicker", "when": {"flicker": True}, "group": "Light"},
         "sign": {"type": "text", "default": "Moonmoth", "max_length": 24, "label": "Words on the sign"},
         "switch": {"type": "key", "default": "l", "label": "Key for the lanterns"},
     }},
    {"id": "amber-moths", "name": "Amber moths", "version": "1.0.4", "authors": ["J. Lindqvist"], "tags": ["reskin"],
     "hue": 0.08, "description": "Three moths of amber, with veins in their wings.",
     "files": [HERO.format(0), HERO.format(1), HERO.format(2)]},
    {"id": "glass-hearts", "name": "Glass hearts", "version": "0.9", "authors": ["Teo"], "tags": ["reskin", "hud"],
     "hue": 0.95, "description": "Lives of blown glass.", "files": ["sprites/heart.png", "sounds/hurt.wav"]},
    {"id": "crystal-hearts", "name": "Crystal hearts", "version": "1.2", "authors": ["Studio Nachtfalter"],
     "tags": ["reskin", "hud"], "hue": 0.55, "description": "Lives of cut crystal. Not made for glass.",
     "incompatible": {"giant-wisps": "*"}, "files": ["sprites/heart.png", "sounds/hurt.wav", "sprites/mote.png"]},
    {"id": "soft-chimes", "name": "Soft chimes", "version": "3.0", "authors": ["Ines Duarte"], "tags": ["sounds"],
     "hue": 0.46, "description": "All sounds as chimes in the wind.",
     "files": ["sounds/collect.wav", "sounds/dash.wav", "sounds/hurt.wav", "sounds/level.wav", "sounds/tick.wav"]},
    {"id": "fog", "name": "Evening fog", "version": "1.1", "authors": ["Mira Okafor"], "tags": ["light", "reskin"],
     "hue": 0.6, "description": "Fog that comes in from the pond.",
     "files": ["backgrounds/garden.png", "texts/credits.txt", "sprites/hunter.png"]},
    {"id": "longer-nights", "name": "Longer nights", "version": "2.0", "authors": ["Pelle"], "tags": ["levels"],
     "hue": 0.7, "description": "More wisps to gather, and a little more time.", "files": ["data/levels.json.merge"]},
    {"id": "harder-nights", "name": "Harder nights", "version": "1.4.2", "authors": ["Pelle"],
     "tags": ["levels", "hard"], "hue": 0.0, "description": "For those who know the garden by heart.",
     "requires": {"longer-nights": ">=2"}, "files": ["data/levels.json.merge", "sprites/hunter.png"]},
    {"id": "night-orchard", "name": "Night orchard", "version": "0.4", "authors": ["Ana & Rui"], "tags": ["maps"],
     "hue": 0.33, "description": "An orchard behind the hedge.", "requires": {"tree-kit": ">=1.2"},
     "files": ["sprites/mote.png"]},
    {"id": "tinted-wings", "name": "Tinted wings", "version": "1.0", "authors": ["Teo"], "tags": ["reskin"],
     "hue": 0.83, "description": "Tints the tips of all wings, whoever painted them.",
     "files": ["sprites/moth_0.png.edit", "sprites/moth_1.png.edit", "maps/garden.tmj.edit"]},
    {"id": "giant-wisps", "name": "Giant wisps", "version": "5.1", "authors": ["qx"], "tags": ["silly"], "hue": 0.2,
     "description": "You will not miss one again.", "files": ["sprites/wisp.png"]},
    {"id": "future-moon", "name": "Future moon", "version": "2.0", "authors": ["Lunar"], "tags": ["reskin"],
     "hue": 0.66, "description": "Made for the next version of the game.", "game_version": ">=1.4",
     "files": ["backgrounds/garden.png"]},
    {"id": "hud-kit", "name": "HUD kit", "version": "1.8", "authors": ["Studio Nachtfalter"], "tags": ["library"],
     "hue": 0.5, "description": "What other mods build their displays from.", "recommends": {"quiet-hud": "*"},
     "files": ["README.txt"]},
    {"id": "deutsch", "name": "Deutsch", "version": "1.0", "kind": "language", "authors": ["Ute Brandt"],
     "tags": ["language"], "hue": 0.13, "description": "Alle Texte auf Deutsch.", "files": ["texts/de.txt"]},
]  # fmt: skip
