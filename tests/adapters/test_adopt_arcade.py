"""Finished games of arcade, run unchanged in a real window: what arcade's own functions loaded follows the mods."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.adapters.adopted_windows import GREEN, MOTH, RED, check_example, count, gif, png, run, same, wav, write

MAP = """<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down" width="3" height="1"
 tilewidth="16" tileheight="16" infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" source="../tiles/t.tsx"/>
 <layer id="1" name="ground" width="3" height="1"><data encoding="csv">1,2147483649,1</data></layer>
</map>"""
TILES = """<?xml version="1.0" encoding="UTF-8"?>
<tileset version="1.10" tiledversion="1.10" name="t" tilewidth="16" tileheight="16" tilecount="1" columns="1">
 <image source="t.png" width="16" height="16"/>
</tileset>"""

#: Shows pictures that were loaded in every way that arcade has. It knows nothing of mods but for the last lines.
GAME = """
import sys
import arcade

AT = "resources/"

class Game(arcade.Window):
    def __init__(self):
        super().__init__(420, 160)
        self.list, self.shown = arcade.SpriteList(), []
        sheet = arcade.SpriteSheet(AT + "sheet.png")
        load = arcade.load_texture
        for one in (
            arcade.Sprite(AT + "a.png"),
            arcade.Sprite(load(AT + "b.png").flip_left_right()),
            *map(arcade.Sprite, sheet.get_texture_grid((16, 16), 2, 2)),
            arcade.Sprite(sheet.get_texture(arcade.LBWH(4, 0, 16, 16))),
            arcade.Sprite(AT + "big.png", scale=0.5),
            arcade.Sprite(load(AT + "tall.png").rotate_90()),
            arcade.Sprite(arcade.Texture(arcade.load_image(AT + "a.png").crop((0, 0, 8, 8)).resize((16, 16)))),
            arcade.load_animated_gif(AT + "an.gif"),
            arcade.Sprite(AT + "twin.png"),
            arcade.Sprite(AT + "moss.png"),
        ):
            one.position = 20 + 36 * len(self.shown), 24
            self.shown.append(one)
            self.list.append(one)
        self.level = arcade.load_tilemap(AT + "maps/m.tmx").sprite_lists["ground"]
        self.level.move(100, 100)
        self.texture = load(AT + "b.png")
        self.on_gpu = self.ctx.load_texture(AT + "a.png")
        big = arcade.load_image(AT + "big.png").convert("RGB").transpose(1)
        self.by_hand = self.ctx.texture(big.size, components=3, data=big.tobytes())
        del big
        arcade.load_font(AT + "f.ttf")
        self.text = arcade.Text("moth", 10, 70, font_name="moonmoth", font_size=16)
        self.sound = arcade.load_sound(AT + "s.wav")

    def on_draw(self):
        self.clear()
        self.list.draw()
        self.level.draw()
        self.text.draw()
        arcade.draw_texture_rect(self.texture, arcade.XYWH(300, 100, 16, 16))

game = Game()

def shot(name):
    for _ in range(6):  # large files are decoded while some frames are shown
        game.switch_to()
        game.dispatch_events()
        game.on_draw()
        arcade.get_image().convert("RGB").save(name + ".png")
        game.flip()
        PUMP()
    on_gpu = [(texture.read()[:2].hex(), texture.size) for texture in (game.on_gpu, game.by_hand)]
    print(name, round(game.sound.source.duration, 2), *on_gpu, game.shown[5].size, flush=True)

PUMP = lambda: None
if "plain" in sys.argv:
    shot("plain")
else:
    import vfsloader
    mods = vfsloader.current().mods
    shot("start")
    mods.disable("green"); shot("off")
    mods.enable("green"); shot("on")
    mods.disable("green"); shot("off again")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from arcade.resources import SYSTEM_PATH

    serif = (SYSTEM_PATH / "fonts" / "ttf" / "Liberation" / "Liberation_Serif_Bold.ttf").read_bytes()
    for place, colour in ((tmp_path / "resources", RED), (tmp_path / "mods" / "green", GREEN)):
        is_mod = colour == GREEN
        write(
            place,
            {
                "a.png": png(colour),
                "b.png": png(colour),
                "sheet.png": png(colour, (32, 16)),
                "big.png": png(colour, (64, 32) if is_mod else (32, 32)),
                "tall.png": png(colour, (16, 24)),
                "an.gif": gif(colour, 3 if is_mod else 2),
                "tiles/t.png": png(colour),
                "f.ttf": serif if is_mod else MOTH,
                "s.wav": wav(8820 if is_mod else 4410),
            },
        )
    write(
        tmp_path / "resources", {"maps/m.tmx": MAP, "tiles/t.tsx": TILES, "twin.png": png(RED), "moss.png": png(GREEN)}
    )
    (tmp_path / "game.py").write_text(GAME)
    return tmp_path


def check_shots(folder: Path, lines: list[str]) -> None:
    assert same(folder / "off.png", folder / "plain.png")
    assert same(folder / "off again.png", folder / "plain.png")
    assert same(folder / "on.png", folder / "start.png")
    green = count(folder / "start.png", GREEN)
    assert green > 3000
    # Two files that no mod changes have the pixels of others, and stay as they are.
    assert count(folder / "on.png", RED) == count(folder / "plain.png", GREEN) == 16 * 16
    on = "0.2 ('00ff', (16, 16)) ('00ff', (64, 32)) (32.0, 16.0)"
    off = "0.1 ('ff00', (16, 16)) ('ff00', (32, 32)) (16.0, 16.0)"
    assert lines == [f"start {on}", f"off {off}", f"on {on}", f"off again {off}"]


@pytest.mark.display
def test_what_arcade_loads_follows_the_mods(folder: Path, xvfb: str) -> None:
    assert run(folder, xvfb, "game.py", "plain").stdout.split()[:2] == ["plain", "0.1"]
    words = ("-m", "vfsloader.arcade", "adopt", "--assets", "resources", "--mods", "mods", "--report", "game.py")
    adopted = run(folder, xvfb, *words)
    check_shots(folder, adopted.stdout.splitlines())
    for call in ("PIL.Image.open", "arcade.load_tilemap", "pyglet.font.add_file", "pyglet.media.load"):
        assert call in adopted.stderr
    assert "followed" in adopted.stderr


@pytest.mark.display
@pytest.mark.parametrize("handle", ["game", "resources"])
def test_handles_serve_arcades_own_functions(handle: str, folder: Path, xvfb: str) -> None:
    run(folder, xvfb, "game.py", "plain")
    start = (
        "import vfsloader, vfsloader.arcade\n"
        "manager = vfsloader.init('resources', mods='mods', watch=False)\n"
        f"vfsloader.arcade.install(handle={handle!r})\n"
    )
    program = start + GAME.replace('"resources/"', f'":{handle}:"').replace("lambda: None", "vfsloader.update")
    (folder / "own.py").write_text(program)
    check_shots(folder, run(folder, xvfb, "own.py").stdout.splitlines())


@pytest.mark.display
def test_arcade_is_imported_by_the_game(folder: Path, xvfb: str) -> None:
    (folder / "options.py").write_text(
        "import sys\n"
        "assert 'arcade' not in sys.modules and 'pyglet.window' not in sys.modules\n"
        "assert sys.argv == ['options.py', 'x'], sys.argv\n"
        "import pyglet\n"
        "pyglet.options.vsync = False\n"
        "import arcade\n"
        "print(arcade.load_image('resources/a.png').getpixel((0, 0)))\n"
    )
    words = ("-m", "vfsloader.arcade", "adopt", "--assets", "resources", "--mods", "mods", "options.py", "x")
    assert run(folder, xvfb, *words).stdout == "(0, 255, 0, 255)\n"


@pytest.mark.display
def test_folders_of_assets_are_found(folder: Path, xvfb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "short.py").write_text(GAME.partition("game = Game()")[0] + "Game()\n")
    found = run(folder, xvfb, "-m", "vfsloader.arcade", "adopt", "--find", "short.py")
    assert "python -m vfsloader.arcade adopt --assets resources --mods mods short.py" in found.stdout


def test_a_mods_map_cannot_name_files_of_the_disk(folder: Path) -> None:
    outside = folder / "outside.png"
    outside.write_bytes(png(RED))
    bad = TILES.replace("t.png", str(outside))
    write(folder / "mods" / "green", {"tiles/t.tsx": bad})
    program = textwrap.dedent(
        """
        import arcade, vfsloader.arcade
        with vfsloader.arcade.adopt("resources", mods="mods", watch=False) as adopted:
            try:
                arcade.load_tilemap("resources/maps/m.tmx")
            except Exception as error:
                print(type(error).__name__)
        """
    )
    environment = {"ARCADE_HEADLESS": "True"}
    import os

    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() in ("InvalidPathError", "ResourceError", "PathNotFoundError")


@pytest.mark.display
@pytest.mark.parametrize(
    "example", ["sprite_collect_coins", "sprite_tiled_map", "line_of_sight", "background_stationary"]
)
def test_shipped_examples(example: str, tmp_path: Path, xvfb: str) -> None:
    from arcade.resources import ASSET_PATH

    name = f"arcade.examples.{example}"
    if importlib.util.find_spec(name) is None:
        pytest.fail(f"arcade has no {name}")
    check_example("arcade", name, ASSET_PATH, tmp_path, xvfb, tmp_path)
