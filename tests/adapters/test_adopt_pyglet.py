"""Finished games of pyglet, run unchanged in a real window: what pyglet's own functions loaded follows the mods."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.adapters.adopted_windows import GREEN, MOTH, RED, check_example, count, gif, png, run, same, wav, write

#: Shows pictures that were loaded in every way that pyglet has. It knows nothing of mods but for the last lines.
GAME = """
import sys
import pyglet

pyglet.options.audio = ("silent",)
pyglet.resource.path = ["resources"]
pyglet.resource.reindex()
window = pyglet.window.Window(360, 200)
batch = pyglet.graphics.Batch()
sprites = []

def add(image):
    sprites.append(pyglet.sprite.Sprite(image, x=40 + 40 * (len(sprites) % 8), y=10 + 40 * (len(sprites) // 8),
                                        batch=batch))

image, load = pyglet.resource.image, pyglet.image.load
grid = pyglet.image.ImageGrid(load("resources/sheet.png"), 2, 4)
for shown in (
    image("a.png"), image("a.png", flip_x=True), image("b.png", atlas=False), load("resources/a.png"),
    grid[3], grid.get_texture_sequence()[0], pyglet.image.Texture3D.create_for_image_grid(grid)[1],
    pyglet.image.TextureArray.create_for_image_grid(grid)[2], grid.image.get_region(4, 4, 16, 16),
    image("big.png"), load("resources/big.png"), image("opaque.png"), load("resources/opaque.png"),
    pyglet.image.load_animation("resources/an.gif"), pyglet.resource.animation("an.gif"),
):
    add(shown)
for shown in (  # a turned region of an atlas looks different at its edges from a texture of its own
    image("turned.png", atlas=False), load("resources/turned.png"), image("turned.png", flip_x=True),
    image("turned.png", rotate=90), load("resources/turned.png").get_texture(), image("straight.png"),
):
    shown.anchor_x, shown.anchor_y = 12, 5
    add(shown)
    turn, stretch = (30, 1.5) if len(sprites) < 21 else (0, 1)
    sprites[-1].update(x=50 * (len(sprites) - 15), y=150, rotation=turn, scale_x=stretch)
pyglet.font.add_file("resources/f.ttf")
label = pyglet.text.Label("moth", font_name="moonmoth", font_size=16, x=10, y=96)
sound = pyglet.media.load("resources/s.wav", streaming=False)
streamed = pyglet.resource.media("s.wav")

def shot(name):
    for _ in range(6):  # large files are decoded while some frames are shown
        window.switch_to()
        window.dispatch_events()
        window.dispatch_event("on_resize", *window.get_size())
        window.clear()
        batch.draw()
        label.draw()
        buffer = pyglet.image.get_buffer_manager().get_color_buffer()
        buffer.save(name + ".png")
        window.flip()
    sizes = [(sprites[number].width, sprites[number].height) for number in (0, 9, 10)]
    assert {(sprite.image.anchor_x, sprite.image.anchor_y) for sprite in sprites[15:]} == {(12, 5)}
    print(name, round(sound.duration, 2), *sizes, flush=True)

if "plain" in sys.argv:
    shot("plain")
else:
    import vfsloader
    mods = vfsloader.current().mods
    shot("start")
    mods.disable("green"); shot("off")
    mods.enable("green"); shot("on")
    assert "new.png" in [name for name in pyglet.resource._default_loader._index] or image("new.png")
    mods.disable("green"); shot("off again")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from fontTools.ttLib import TTFont

    other = TTFont(Path(__file__).parents[2] / "demo_game" / "assets" / "fonts" / "moonmoth.ttf")
    for record in other["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "Other Name"
    for glyph in other["glyf"].glyphs.values():
        if hasattr(glyph, "expand"):
            glyph.expand(other["glyf"])
        if getattr(glyph, "numberOfContours", 0) > 0:
            glyph.coordinates.scale((1.0, 0.5))
            glyph.recalcBounds(other["glyf"])
    for place, colour in ((tmp_path / "resources", RED), (tmp_path / "mods" / "green", GREEN)):
        is_mod = colour == GREEN
        write(
            place,
            {
                "a.png": png(colour),
                "b.png": png(colour),
                "sheet.png": png(colour, (64, 32)),
                "big.png": png(colour, (32, 24) if is_mod else (16, 16)),
                "straight.png": png(colour, (24, 10) if is_mod else (16, 20)),
                "turned.png": png(colour, (24, 10) if is_mod else (16, 20)),
                "opaque.png": png(colour) if is_mod else png(colour[:3]),
                "an.gif": gif(colour, 3 if is_mod else 2),
                "s.wav": wav(8820 if is_mod else 4410),
            },
        )
    write(tmp_path / "resources", {"f.ttf": MOTH})
    write(tmp_path / "mods" / "green", {"new.png": png(GREEN)})
    other.save(tmp_path / "mods" / "green" / "f.ttf")
    (tmp_path / "game.py").write_text(GAME)
    return tmp_path


@pytest.mark.display
def test_what_pyglet_loads_follows_the_mods(folder: Path, xvfb: str) -> None:
    run(folder, xvfb, "game.py", "plain")
    words = ("-m", "vfsloader.pyglet", "adopt", "--assets", "resources", "--mods", "mods", "--report", "game.py")
    adopted = run(folder, xvfb, *words)
    assert adopted.stdout.splitlines() == [
        "start 0.2 (16, 16) (32, 24) (32, 24)",
        "off 0.1 (16, 16) (16, 16) (16, 16)",
        "on 0.2 (16, 16) (32, 24) (32, 24)",
        "off again 0.1 (16, 16) (16, 16) (16, 16)",
    ]
    assert same(folder / "off.png", folder / "plain.png")
    assert same(folder / "off again.png", folder / "plain.png")
    assert same(folder / "on.png", folder / "start.png")
    assert count(folder / "start.png", GREEN) > count(folder / "plain.png", RED) > 3000
    assert count(folder / "on.png", RED) == count(folder / "plain.png", GREEN) == 0
    for call in ("pyglet.image.load", "pyglet.image.load_animation", "pyglet.font.add_file", "pyglet.media.load"):
        assert call in adopted.stderr
    assert "textures followed" in adopted.stderr


@pytest.mark.display
def test_pyglet_is_imported_by_the_game(folder: Path, xvfb: str) -> None:
    (folder / "options.py").write_text(
        "import sys\n"
        "assert not {'pyglet.gl', 'pyglet.window', 'pyglet.resource'} & set(sys.modules)\n"
        "assert sys.argv == ['options.py', 'x'], sys.argv\n"
        "import pyglet\n"
        "pyglet.options.headless = True\n"
        "pyglet.resource.path = ['resources']\n"
        "print(pyglet.resource.file('new.png').read(4), type(pyglet.window.Window(9, 9)).__name__)\n"
    )
    words = ("-m", "vfsloader.pyglet", "adopt", "--assets", "resources", "--mods", "mods", "options.py", "x")
    assert run(folder, xvfb, *words).stdout == "b'\\x89PNG' HeadlessWindow\n"


@pytest.mark.display
def test_a_damaged_picture_costs_only_itself(folder: Path, xvfb: str) -> None:
    write(folder / "mods" / "green", {"a.png": b"text", "f.ttf": b"text", "s.wav": b"text"})
    run(folder, xvfb, "game.py", "plain")
    words = ("-m", "vfsloader.pyglet", "adopt", "--assets", "resources", "--mods", "mods", "game.py")
    run(folder, xvfb, *words)
    assert same(folder / "off.png", folder / "plain.png")
    assert same(folder / "off again.png", folder / "plain.png")
    assert 0 < count(folder / "on.png", RED) < count(folder / "plain.png", RED)


@pytest.mark.display
def test_folders_of_assets_are_found(folder: Path, xvfb: str) -> None:
    (folder / "short.py").write_text(GAME.partition("def shot")[0])
    found = run(folder, xvfb, "-m", "vfsloader.pyglet", "adopt", "--find", "short.py")
    assert "python -m vfsloader.pyglet adopt --assets resources --mods mods short.py" in found.stdout


def test_wrong_command_lines(folder: Path) -> None:
    for words, said in ((("--assets", "nope", "game.py"), "there is no folder 'nope'"),
                        (("--assets", "resources", "nope.py"), "nope.py does not exist")):  # fmt: skip
        result = run(folder, "", "-m", "vfsloader.pyglet", "adopt", *words, check=False)
        assert result.returncode == 2
        assert said in result.stderr


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples in pyglet's source distribution, of the version that is installed."""
    import pyglet

    folder = tmp_path_factory.mktemp("pyglet")
    words = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", f"pyglet=={pyglet.version}"]
    result = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        sentence = f"this test needs the source distribution of pyglet: {result.stderr}"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    (archive,) = folder.glob("pyglet*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return next(folder.glob("pyglet-*/examples"))


@pytest.mark.display
@pytest.mark.parametrize("example", ["game/version5/asteroid.py", "sprite/multi_texture_sprite.py", "gui/widgets.py"])
def test_shipped_examples(example: str, examples: Path, tmp_path: Path, xvfb: str) -> None:
    file = examples / example
    check_example("pyglet", str(file), examples, tmp_path, xvfb, file.parent)
