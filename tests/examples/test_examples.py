"""Each example draws what it is about, before and after it happens, and the pictures in the docs are of that."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tools import example_art
from tools.example_pictures import IMAGES, SIZE, compose
from tools.example_scripts import EXAMPLES, SCRIPTS

ROOT = EXAMPLES.parent
CORAL, GOLD, CREAM, INK = example_art.CORAL, example_art.GOLD, example_art.CREAM, example_art.INK
BLUE, PINK, GREEN = (98, 146, 222), (236, 160, 190), (96, 240, 110)
GRASS, SNOW, PATH, PAINT = example_art.SUMMER[5], example_art.WINTER[5], (222, 196, 148), (142, 202, 230)
BLUE_CROSS, RED_CROSS, SWITCHED_ON = (0, 47, 108), (206, 32, 41), (112, 214, 150)

#: For each picture, colours that it has and colours that it does not have.
LOOKS = {
    "layers-all": ([CREAM, PINK, BLUE], [example_art.LEAF]),
    "toggle-on": ([SNOW], [GRASS]),
    "toggle-off": ([GRASS], [SNOW]),
    "live_drawing-before": ([CORAL], [GREEN]),
    "live_drawing-after": ([GREEN, INK], [CORAL]),
    "sprite_sheet-mod": ([BLUE], [CORAL]),
    "sprite_sheet-base": ([CORAL], [BLUE]),
    "picture_edits-both": ([GOLD, CORAL, INK], []),
    "picture_edits-scarf": ([GOLD, CORAL], []),
    "picture_edits-none": ([GOLD], [CORAL]),
    "data_patches-mods": ([CORAL], []),
    "data_patches-base": ([CORAL], []),
    "options-default": ([CREAM], [PAINT]),
    "options-blue": ([PAINT], [CREAM]),
    "options-gold": ([GOLD], [PAINT]),
    "mod_menu-game": ([BLUE, SNOW], [CORAL]),
    "saves-saved": ([BLUE], [CORAL]),
    "saves-without": ([CORAL], [BLUE]),
    "saves-loaded": ([BLUE], [CORAL]),
    "tiled_map-mod": ([PATH, CREAM], []),
    "tiled_map-base": ([PATH, CREAM], []),
    "sounds-mod": ([GOLD, INK], []),
    "sounds-base": ([GOLD, INK], []),
    "translations-pirates": ([RED_CROSS], [BLUE_CROSS]),
    "translations-english": ([RED_CROSS], [BLUE_CROSS]),
    "translations-finnish": ([BLUE_CROSS], [RED_CROSS]),
    "events-before": ([BLUE], [CORAL]),
    "events-after": ([CORAL], [BLUE]),
    "memory_layer-first": ([CORAL], [GOLD]),
    "memory_layer-second": ([GOLD], [CORAL]),
    "packs-shown": ([GRASS, CORAL], []),
    "remote-shown": ([PINK], [example_art.LEAF]),
    "bucket-shown": ([PINK, BLUE], [CREAM, CORAL]),
    "fonts-english": ([CORAL, INK], []),
    "fonts-greek": ([CORAL, INK], []),
    "adopted-mod": ([SNOW, BLUE], [GRASS, CORAL]),
    "adopted-base": ([GRASS, CORAL], [SNOW, BLUE]),
}
#: Two pictures of one example, and a part of them in which the second has more of a colour than the first.
GROWS = [
    ("data_patches-base", "data_patches-mods", (0, 80, 480, 240), CORAL),
    ("picture_edits-scarf", "picture_edits-both", (200, 0, 400, 60), INK),
    ("tiled_map-base", "tiled_map-mod", (256, 224, 288, 256), PATH),
    ("tiled_map-base", "tiled_map-mod", (288, 224, 320, 256), CREAM),
    ("sounds-mod", "sounds-base", (0, 0, 60, 320), GOLD),
    ("events-before", "events-after", (0, 170, 480, 320), INK),
    ("translations-pirates", "translations-english", (0, 180, 480, 320), INK),
    ("fonts-greek", "fonts-english", (345, 160, 395, 210), INK),
    ("fonts-english", "fonts-greek", (315, 230, 345, 265), INK),  # without the font, boxes are narrower
    ("mod_menu-toggled", "mod_menu-menu", (290, 95, 335, 120), SWITCHED_ON),
]


def count(picture: Image.Image, colour: tuple[int, ...]) -> int:
    """Return how many pixels have about a colour."""
    channels = zip(picture.convert("RGB").split(), colour, strict=True)
    near = [channel.point([255 * (abs(value - wanted) < 12) for value in range(256)]) for channel, wanted in channels]
    return ImageChops.darker(ImageChops.darker(near[0], near[1]), near[2]).histogram()[255]


@pytest.mark.parametrize("engine", ["pygame", "pyglet", "arcade"])
def test_the_examples_draw_their_ideas(engine: str, tmp_path: Path) -> None:
    names = [name for name, script in SCRIPTS.items() if script.engine == engine]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.example_driver", str(tmp_path), *names]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    shots = {file.stem: Image.open(file) for file in tmp_path.glob("*.png")}
    assert {shot.split("-")[0] for shot in shots} == set(names)
    for shot in shots.keys() & LOOKS.keys():
        present, absent = LOOKS[shot]
        assert [colour for colour in present if count(shots[shot], colour) < 100] == [], shot
        assert [colour for colour in absent if count(shots[shot], colour) > 40] == [], shot
    for fewer, more, area, colour in GROWS:
        if fewer in shots:
            assert count(shots[more].crop(area), colour) > count(shots[fewer].crop(area), colour) + 50, more
    for name in names:
        assert difference(compose(name, tmp_path), Image.open(IMAGES / f"{name}.png")) < 6, (
            f"the picture of {name} in the docs is old: run python -m tools.example_pictures"
        )


def difference(first: Image.Image, second: Image.Image) -> float:
    """Return how much two pictures differ where they differ most, in large squares, so that fonts hardly count."""
    assert first.size == second.size
    channels = ImageChops.difference(first.convert("RGB"), second.convert("RGB"))
    small = channels.resize((first.width // 20, SIZE[1] // 20), Image.Resampling.BOX)
    return max(ImageStat.Stat(small).mean)


def test_examples_are_short_and_say_what_they_show() -> None:
    folders = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    assert folders == set(SCRIPTS)
    assert len(folders) >= 15
    for file in EXAMPLES.rglob("*.py"):
        text = file.read_text()
        assert len(text.splitlines()) <= 60, file
        assert ast.get_docstring(ast.parse(text)), file


def test_the_gallery_shows_every_example() -> None:
    page = (ROOT / "docs" / "examples.md").read_text()
    for name, script in SCRIPTS.items():
        assert f"\n## {script.title}\n" in page
        assert page.count(f"](images/examples/{name}.png)") == 2, name
        assert f"{{literalinclude}} ../examples/{name}/main.py\n" in page


def test_pictures_and_sounds_of_examples_are_those_of_the_script(tmp_path: Path) -> None:
    example_art.main([str(tmp_path)])
    made = sorted(file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file())
    kept = [file.relative_to(EXAMPLES) for suffix in ("png", "wav", "ttf") for file in EXAMPLES.rglob(f"*.{suffix}")]
    assert sorted(kept) == [file for file in made if file.suffix != ".json"]
    for file in made:
        if file.suffix == ".png":
            drawn, old = Image.open(tmp_path / file), Image.open(EXAMPLES / file)
            assert difference_of(drawn, old) < 3, f"{file} is old: run python -m tools.example_art"
        else:
            assert len((tmp_path / file).read_bytes()) == len((EXAMPLES / file).read_bytes())


def difference_of(first: Image.Image, second: Image.Image) -> float:
    """Return the mean difference of two pictures with alpha."""
    assert first.size == second.size
    return max(ImageStat.Stat(ImageChops.difference(first.convert("RGBA"), second.convert("RGBA"))).mean)
