"""Draw the pictures, sounds and letters of the examples: ``python -m tools.example_art``.

Each picture is drawn four times as large as it is, and made small again, so that its edges are smooth.
"""

from __future__ import annotations

import json
import math
import string
import struct
import sys
import wave
from pathlib import Path

from PIL import Image, ImageDraw

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SMOOTH = 4
Colour = tuple[int, int, int]
Size = tuple[int, int]

CREAM, INK, GOLD = (253, 243, 208), (38, 30, 72), (255, 200, 87)
CORAL, LEAF, SKY = (240, 110, 96), (104, 176, 104), (142, 202, 230)
SUMMER = ((122, 196, 240), (214, 238, 244), (255, 214, 90), (126, 188, 104), (92, 158, 88), (64, 124, 78))
WINTER = ((96, 124, 176), (202, 216, 236), (250, 246, 232), (226, 236, 246), (200, 214, 234), (246, 250, 255))


class Drawing:
    """A picture that is being drawn, in the coordinates of the finished picture."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.image = Image.new("RGBA", (size[0] * SMOOTH, size[1] * SMOOTH), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: tuple[int, ...]) -> None:
        """Fill an ellipse around a point."""
        self._draw.ellipse([SMOOTH * part for part in (x - rx, y - ry, x + rx, y + ry)], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: tuple[int, ...]) -> None:
        """Fill a polygon."""
        self._draw.polygon([(SMOOTH * x, SMOOTH * y) for x, y in points], fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: tuple[int, ...], radius: float = 0) -> None:
        """Fill a rectangle with round corners."""
        corners = [SMOOTH * part for part in (x, y, x + width, y + height)]
        self._draw.rounded_rectangle(corners, SMOOTH * radius, fill=colour)

    def finish(self) -> Image.Image:
        """Return the picture in its own size."""
        return self.image.resize(self.size, Image.Resampling.BOX)


def mixed(first: Colour, second: Colour, part: float) -> Colour:
    """Return the colour that is a part of the way from one to another."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def meadow(colours: tuple[Colour, ...], size: Size = (480, 320)) -> Image.Image:
    """Return a sky with a sun above three hills."""
    width, height = size
    art = Drawing(size)
    for y in range(height):
        art.box(0, y, width, 1, mixed(colours[0], colours[1], min(y / height * 1.4, 1)))
    art.oval(width * 0.78, height * 0.24, 34, 34, colours[2])
    for index, (level, wave_length, phase) in enumerate(((0.58, 210, 0.4), (0.7, 160, 2.2), (0.83, 250, 4.0))):
        line = [
            (x, height * (level + 0.05 * math.sin(x / wave_length * math.tau + phase))) for x in range(0, width + 8, 4)
        ]
        art.shape([(0, height), *line, (width, height)], colours[3 + index])
    return art.finish()


def tree(crown: Colour, size: Size = (96, 128)) -> Image.Image:
    """Return a tree with a round crown."""
    art = Drawing(size)
    art.shape([(42, 126), (45, 70), (51, 70), (54, 126)], (122, 84, 62))
    for x, y, radius in ((30, 56, 24), (66, 56, 24), (48, 36, 30), (48, 64, 26)):
        art.oval(x, y, radius, radius, crown)
    for x, y in ((38, 30), (60, 48), (32, 58)):
        art.oval(x, y, 6, 6, mixed(crown, (255, 255, 255), 0.35))
    return art.finish()


def house(walls: Colour, roof: Colour, size: Size = (128, 112)) -> Image.Image:
    """Return a house with a door and a window."""
    art = Drawing(size)
    art.box(20, 46, 88, 64, walls)
    art.shape([(8, 50), (64, 6), (120, 50)], roof)
    art.box(34, 70, 22, 40, INK, 6)
    art.box(70, 64, 26, 22, GOLD, 4)
    return art.finish()


def bird(body: Colour, wing: float = -0.6, size: Size = (96, 96)) -> Image.Image:
    """Return a round bird; `wing` is from -1, down, to 1, up."""
    art = Drawing(size)
    dark = mixed(body, INK, 0.3)
    art.shape([(8, 48), (26, 44), (26, 64), (6, 66)], dark)
    art.oval(48, 54, 30, 28, body)
    art.oval(54, 64, 19, 16, mixed(body, CREAM, 0.7))
    art.shape([(30, 52), (54, 52), (30 - 4 * abs(wing), 54 - 30 * wing)], dark)
    art.oval(64, 42, 7, 7, CREAM)
    art.oval(66, 42, 3.5, 3.5, INK)
    art.shape([(75, 46), (92, 52), (75, 57)], GOLD)
    return art.finish()


def hat(size: Size = (48, 34)) -> Image.Image:
    """Return a top hat."""
    art = Drawing(size)
    art.box(11, 1, 26, 28, INK, 3)
    art.box(11, 20, 26, 6, CORAL)
    art.box(1, 27, 46, 6, INK, 3)
    return art.finish()


def scarf(size: Size = (56, 40)) -> Image.Image:
    """Return a striped scarf."""
    art = Drawing(size)
    art.box(2, 2, 52, 12, CORAL, 6)
    art.box(8, 8, 13, 30, CORAL, 3)
    for y in (16, 26):
        art.box(8, y, 13, 5, CREAM)
    return art.finish()


def sheet(body: Colour) -> Image.Image:
    """Return four frames of a flying bird, in a row."""
    picture = Image.new("RGBA", (4 * 96, 96), (0, 0, 0, 0))
    for index, wing in enumerate((0.3, 1.0, 0.3, -0.7)):
        picture.paste(bird(body, wing), (96 * index, 0))
    return picture


def tiles() -> Image.Image:
    """Return eight tiles: grass, flowers, path, water, tree, house, snow, snowy tree."""
    picture = Image.new("RGBA", (8 * 32, 32))
    grass, snow = (126, 188, 104), (236, 242, 250)
    for index in range(8):
        art = Drawing((32, 32))
        art.box(0, 0, 32, 32, snow if index > 5 else grass)
        if index == 1:
            for x, y, colour in ((8, 9, CORAL), (22, 13, CREAM), (13, 23, GOLD)):
                art.oval(x, y, 3.5, 3.5, colour)
        elif index == 2:
            art.box(0, 0, 32, 32, (222, 196, 148))
        elif index == 3:
            art.box(0, 0, 32, 32, (92, 160, 214))
            art.box(6, 10, 12, 3, (160, 208, 240), 1)
            art.box(15, 21, 12, 3, (160, 208, 240), 1)
        elif index in (4, 7):
            art.box(14, 20, 5, 11, (122, 84, 62))
            art.oval(16, 13, 11, 11, (64, 124, 78) if index == 4 else (206, 220, 238))
        elif index == 5:
            art.box(5, 14, 22, 17, CREAM)
            art.shape([(2, 16), (16, 2), (30, 16)], CORAL)
            art.box(13, 21, 7, 10, INK)
        picture.paste(art.finish(), (32 * index, 0))
    return picture


def flag(cross: Colour, left: float, size: Size = (120, 84)) -> Image.Image:
    """Return a white flag with a cross."""
    art = Drawing(size)
    art.box(0, 0, *size, (255, 255, 255))
    art.box(left, 0, 20, size[1], cross)
    art.box(0, 32, size[0], 20, cross)
    return art.finish()


def write_sound(file: Path, shape: str) -> None:
    """Write half a second of sound, with a falling or a rising pitch."""
    rate, turn, samples = 11_025, 0.0, []
    for index in range(rate // 2):
        part = index / (rate // 2)
        turn += (880 - 520 * part if shape == "falling" else 260 + 700 * part) / rate
        loud = (
            (1 - part) ** 1.5 if shape == "falling" else math.sin(math.pi * part) * (0.55 + 0.45 * math.sin(44 * part))
        )
        samples.append(round(127 + 120 * loud * math.sin(math.tau * turn)))
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 1, rate, 0, "NONE", ""))
        out.writeframes(struct.pack(f"{len(samples)}B", *samples))


def write_fonts(folder: Path) -> None:
    """Write a font with the letters of English, and one with those that a few words in Greek need."""
    from demo_game.art.font import GLYPHS, make_font

    latin = {char: GLYPHS[char] for char in string.ascii_letters + string.digits + " .,!?'-"}
    same = dict(zip("ΑΕΗΙΚΜΟΡΥ", "AEHIKMOPY", strict=True))
    greek = {char: GLYPHS[char] for char in string.digits + " !"} | {char: GLYPHS[like] for char, like in same.items()}
    greek["Λ"] = (560.0, [[(0, 0), (280, 700)], [(280, 700), (560, 0)]])
    greek["Π"] = (520.0, [[(0, 0), (0, 700)], [(0, 700), (520, 700)], [(520, 700), (520, 0)]])
    for name, characters in (("assets", latin), ("mods/greek/tl/el", greek)):
        file = folder / "fonts" / name / "fonts/text.ttf"
        file.parent.mkdir(parents=True, exist_ok=True)
        make_font(file, characters, "Examples")


def frames(count: int) -> str:
    """Return a sheet's JSON as Aseprite writes it."""
    table = {
        f"fly {index}": {"frame": {"x": 96 * index, "y": 0, "w": 96, "h": 96}, "duration": 120}
        for index in range(count)
    }
    tags = [{"name": "fly", "from": 0, "to": count - 1, "direction": "forward"}]
    return json.dumps({"frames": table, "meta": {"image": "bird.png", "frameTags": tags}}, indent=1) + "\n"


def pictures() -> dict[str, Image.Image]:
    """Return all pictures of all examples, by their place in `examples/`."""
    summer, winter, blue = meadow(SUMMER), meadow(WINTER), (98, 146, 222)
    return {
        "layers/assets/house.png": house(CREAM, CORAL),
        "layers/assets/tree.png": tree(LEAF),
        "layers/assets/bird.png": bird(CORAL),
        "layers/expansion/tree.png": tree((236, 160, 190)),
        "layers/expansion/bird.png": bird(GOLD),
        "layers/mods/blue-bird/bird.png": bird(blue),
        "toggle/assets/meadow.png": summer,
        "toggle/mods/winter/meadow.png": winter,
        "live_drawing/assets/bird.png": bird(CORAL),
        "sprite_sheet/assets/bird.png": sheet(CORAL),
        "sprite_sheet/mods/blue-bird/bird.png": sheet(blue),
        "picture_edits/assets/bird.png": bird(GOLD),
        "picture_edits/mods/hat/hat.png": hat(),
        "picture_edits/mods/scarf/scarf.png": scarf(),
        "data_patches/assets/bird.png": bird(CORAL),
        "options/assets/house.png": house(CREAM, CORAL),
        "mod_menu/assets/meadow.png": summer,
        "mod_menu/assets/bird.png": bird(CORAL),
        "mod_menu/mods/winter/meadow.png": winter,
        "mod_menu/mods/winter/icon.png": meadow(WINTER, (64, 64)),
        "mod_menu/mods/blue-bird/bird.png": bird(blue),
        "mod_menu/mods/blue-bird/icon.png": bird(blue),
        "saves/assets/bird.png": bird(CORAL),
        "saves/mods/blue-bird/bird.png": bird(blue),
        "translations/assets/tl/fi/flag.png": flag((0, 47, 108), 34),
        "translations/assets/flag.png": flag((206, 32, 41), 50),
        "events/assets/bird.png": bird(CORAL),
        "events/mods/blue-bird/bird.png": bird(blue),
        "tiled_map/assets/tiles.png": tiles(),
        "packs/assets/meadow.png": summer,
        "packs/assets/bird.png": bird(CORAL),
        "remote/assets/tree.png": tree(LEAF),
        "remote/expansion/tree.png": tree((236, 160, 190)),
        "bucket/assets/house.png": house(CREAM, CORAL),
        "bucket/expansion/house.png": house((236, 160, 190), (98, 146, 222)),
        "fonts/assets/bird.png": bird(CORAL),
        "adopted/resources/meadow.png": summer,
        "adopted/resources/bird.png": bird(CORAL),
        "adopted/mods/winter/meadow.png": winter,
        "adopted/mods/winter/bird.png": bird(blue),
    }


def main(arguments: list[str]) -> int:
    """Write all of it into `examples/`, or into another folder."""
    folder = Path(arguments[0]) if arguments else EXAMPLES
    for name, picture in pictures().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name, optimize=True)
    (folder / "sprite_sheet/assets/bird.json").write_text(frames(4), encoding="utf-8")
    write_fonts(folder)
    write_sound(folder / "sounds/assets/pling.wav", "falling")
    write_sound(folder / "sounds/mods/whistle/pling.wav", "rising")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
