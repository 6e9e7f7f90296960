"""Writes the game's assets and its mods, of every kind that there is."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame

import vfsloader
from demo_game.art import font, pictures, sounds
from demo_game.art.palette import DUSK, HOLLOW, NIGHT, WINTER, Palette

GAME = Path(__file__).parents[1]

#: The mods that repaint the moth show it in the menu.
ICON = 'icon = "sprites/moth_0.png"\n'
LEVELS = {
    "1": {"name": "Moonrise", "quota": 12, "wisps": 3, "hunters": 0, "speed": 0.9},
    "2": {"name": "The firs wake", "quota": 16, "wisps": 4, "hunters": 1, "speed": 1.0},
    "3": {"name": "Midnight", "quota": 20, "wisps": 6, "hunters": 2, "speed": 1.15},
}
#: What the player can choose about the winter.
WINTER_OPTIONS = """
[options.flakes]
type = "bool"
default = true
label = "Flakes instead of stars"

[options.wind]
type = "float"
default = 1.0
min = 0.5
max = 1.5
step = 0.1
label = "Wind"
help = "how fast everything flies on the first night"

[[part]]
root = "flakes"
when = { option = { flakes = true } }
"""
#: It tints the game's own heart, instead of shipping another one.
WINTER_HEART = """[[edit]]
mode = "tint"
color = "#60a8ff"
"""
#: Its changes to the levels: a number that the player chooses, and one that counts only while that night is played.
WINTER_LEVELS = {
    "1": {"speed": "${option.wind}"},
    "3": {"name": {"$when": {"night": "3"}, "$value": "Midnight, and it snows"}},
}


def png(picture: pygame.Surface) -> bytes:
    """Give a picture as the bytes of a PNG file."""
    out = io.BytesIO()
    pygame.image.save(picture, out, "picture.png")
    return out.getvalue()


def reskin(colours: Palette, seed: int) -> dict[str, bytes]:
    """Give what changes when the night is repainted."""
    files = {
        "backgrounds/garden.png": png(pictures.background(colours, seed)),
        "sprites/mote.png": png(pictures.mote(colours)),
    }
    for frame, flap in enumerate((1.0, 0.5, 0.1)):
        files[f"sprites/moth_{frame}.png"] = png(pictures.moth(colours, flap))
    return files


def base() -> dict[str, bytes]:
    """Give the game's own files."""
    files = reskin(NIGHT, 7)
    files["sprites/wisp.png"] = png(pictures.wisp(pictures.ROSE))
    files["sprites/hunter.png"] = png(pictures.hunter(pictures.EMBER))
    files["sprites/heart.png"] = png(pictures.heart(pictures.ROSE))
    files["sprites/glow.png"] = png(pictures.glow(256))
    for name, samples in sounds.night_sounds().items():
        files[f"sounds/{name}.wav"] = sounds.encoded(samples, "wav")
    files["music/theme.ogg"] = sounds.encoded(sounds.night_music(), "ogg")
    files["data/levels.json"] = json.dumps(LEVELS, indent=2).encode()
    letters = GAME / "assets" / "fonts" / "moonmoth.ttf"
    letters.parent.mkdir(parents=True, exist_ok=True)
    font.make_font(letters)
    return files


def manifest(mod: str, name: str, version: str, description: str, more: str = "") -> bytes:
    """Give a mod.toml."""
    head = f'id = "{mod}"\nname = "{name}"\nversion = "{version}"\ndescription = "{description}"\n'
    return (head + 'authors = ["The Moonmoth gardeners"]\n' + more).encode()


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def winter(mods: Path) -> None:
    """A folder that repaints the night, with options, a part, another midnight and a picture edit."""
    text = manifest(
        "winter",
        "Winter comes",
        "1.1.0",
        "Snow on every hill, a moth of amber, flakes instead of stars.",
        ICON + WINTER_OPTIONS,
    )
    files = reskin(WINTER, 12)
    files["flakes/sprites/mote.png"] = files.pop("sprites/mote.png")
    files["data/levels.json.merge"] = json.dumps(WINTER_LEVELS, indent=2).encode()
    files["sprites/heart.png.edit"] = WINTER_HEART.encode()
    write(mods / "winter", {"mod.toml": text, **files})


def dusk(mods: Path) -> None:
    """A second folder that repaints it: load it after winter and dusk wins."""
    text = manifest("dusk", "Last light", "0.9.0", "The hour before the night: a burning sky, a golden moth.", ICON)
    write(mods / "dusk", {"mod.toml": text, **reskin(DUSK, 21)})


def chip(mods: Path) -> None:
    """A zip, with one wrapping folder as most have, that changes every sound."""
    files = {f"sounds/{name}.wav": sounds.encoded(data, "wav") for name, data in sounds.chip_sounds().items()}
    files["music/theme.ogg"] = sounds.encoded(sounds.chip_music(), "ogg")
    files["mod.toml"] = manifest("chip-tunes", "Chip tunes", "2.1.0", "Bleeps where the bells were, and a faster song.")
    with zipfile.ZipFile(mods / "chip-tunes.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"chip-tunes-2.1/{name}"), data, zipfile.ZIP_DEFLATED)


def hollow(mods: Path) -> None:
    """A pack that adds a level and merges it into the game's data."""
    level = {"name": "The green hollow", "quota": 24, "wisps": 5, "hunters": 3, "speed": 1.25,
             "background": "/backgrounds/hollow.png"}  # fmt: skip
    store = vfsloader.Store(":memory:")
    files = {
        "mod.toml": manifest(
            "hollow", "The green hollow", "1.2.0", "A fourth night, deep in the wood. More hunters at midnight."
        ),
        "backgrounds/hollow.png": png(pictures.background(HOLLOW, 33)),
        "data/levels.json.merge": json.dumps({"3": {"hunters": 3}, "4": level}, indent=2).encode(),
    }
    for name, data in sorted(files.items()):
        store.write("/" + name, data)
    vfsloader.packs.build(store, mods / "hollow.pack", overwrite=True)


def broken(mods: Path) -> None:
    """A mod that is wrong on purpose: the game names it and leaves it out."""
    text = b'id = "broken-lantern"\nname = "Broken lantern"\nversoin = "1.0"\n'
    write(mods / "broken-lantern", {"mod.toml": text, "sprites/moth_0.png": b"this is no picture"})


def main() -> None:
    """Write everything."""
    pygame.init()
    mods = GAME / "mods"
    for folder in (GAME / "assets", mods):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    write(GAME / "assets", base())
    for make in (winter, dusk, chip, hollow, broken):
        make(mods)
    print(f"The art of the game is in {GAME / 'assets'} and {mods}")


if __name__ == "__main__":
    main()
