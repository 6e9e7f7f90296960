"""pyglet's own names over the layers, with a real graphics context (EGL), pixels read back from the textures."""

from __future__ import annotations

import doctest
import importlib
import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyglet
import pytest

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import vfsloader.pyglet
from PIL import Image
from vfsloader.pyglet import Loader, Location, loader
from vfsloader.pyglet.location import Names

import vfsloader
from vfsloader import ResourceManager, Store
from vfsloader.errors import ResourceError

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
FONT = Path(vfsloader.__file__).parents[1] / "demo_game" / "assets" / "fonts" / "moonmoth.ttf"


def png(colour: tuple[int, ...], size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return out.getvalue()


def gif(*colours: tuple[int, ...], size: tuple[int, int] = (4, 4)) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", size, colour[:3]) for colour in colours]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0)
    return out.getvalue()


def wav(frames: int) -> bytes:
    samples = bytes(4 * frames)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 2, 44100, 176400, 4,
                       16, b"data", len(samples))  # fmt: skip
    return head + samples


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    made = pyglet.window.Window(64, 64)
    yield made
    made.close()


@pytest.fixture
def base(window: Any) -> Store:
    window.switch_to()  # other tests have windows of their own
    store = Store(":memory:", name="base")
    store.write("/sprites/p.png", png(RED))
    store.write("/texts/hello.txt", b"Hello")
    return store


@pytest.fixture
def load(base: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    # One call of pump() brings everything up to date, however busy the machine is.
    monkeypatch.setattr(loader, "FRAME_BUDGET_MS", 60_000)
    with vfsloader.init(base, watch=False):
        made = Loader(pump=False)
        yield made
        made.close()


def pixel(texture: Any, x: int = 0, y: int = 0) -> tuple[int, ...]:
    data = texture.get_image_data()
    raw = data.get_data("RGBA", data.width * 4)
    return tuple(raw[(y * data.width + x) * 4 :][:4])


def test_the_example_runs(window: Any) -> None:
    assert doctest.testmod(loader).failed == 0


def test_pictures_change_in_their_atlas(base: Store, load: Loader) -> None:
    picture, alone = load.image("sprites/p.png"), load.texture("sprites/p.png")
    assert load.image("sprites/p.png") is picture
    assert picture is not alone
    assert isinstance(picture, pyglet.image.TextureRegion)
    flipped = load.image("sprites/p.png", flip_x=True)
    sprite = pyglet.sprite.Sprite(picture)
    changes: list[vfsloader.Change] = []
    load.push_handlers(on_resource_changed=changes.append)
    assert pixel(picture) == pixel(alone) == RED
    base.write("/sprites/p.png", png(BLUE))
    load.pump()
    assert pixel(picture) == pixel(alone) == pixel(flipped) == pixel(sprite.image) == BLUE
    assert [(change.path, change.kind) for change in changes] == [("/sprites/p.png", "changed")]
    assert set(changes[0].resources) == {picture, alone}
    assert load.get_cached_image_names() == ["sprites/p.png"]


def test_what_is_drawn_is_the_new_picture(base: Store, load: Loader, window: Any) -> None:
    sprite = pyglet.sprite.Sprite(load.image("sprites/p.png"))

    def drawn() -> tuple[int, ...]:
        window.switch_to()
        window.clear()
        sprite.draw()
        buffer = pyglet.image.get_buffer_manager().get_color_buffer().get_image_data()
        return tuple(buffer.get_data("RGBA", buffer.width * 4)[:4])

    assert drawn() == RED
    base.write("/sprites/p.png", png(GREEN))
    load.pump()
    assert drawn() == GREEN
    base.write("/sprites/p.png", png(BLUE, (16, 3)))
    load.pump()
    assert drawn() == BLUE
    for colour, size in ((RED, (8, 6)), (GREEN, (16, 3)), (BLUE, (16, 3)), (RED, (5, 5)), (GREEN, (8, 6))):
        base.write("/sprites/p.png", png(colour, size))
        load.pump()
        assert drawn() == colour  # though the sprite keeps the coordinates of the first size


def test_a_size_that_comes_back_uses_its_place_in_the_atlas_again(base: Store, load: Loader) -> None:
    picture = load.image("sprites/p.png")
    places = set()
    for number in range(8):
        base.write("/sprites/p.png", png((GREEN, BLUE)[number % 2], ((8, 6), (20, 10))[number % 2]))
        load.pump()
        places.add(picture.tex_coords)
    assert len(places) == 2


def test_a_picture_of_another_size_keeps_the_object(base: Store, load: Loader) -> None:
    picture = load.image("sprites/p.png")
    picture.anchor_x = 3
    old = pyglet.sprite.Sprite(picture)
    for size in ((20, 10), (3, 3), (8, 6)):
        base.write("/sprites/p.png", png(GREEN, size))
        load.pump()
        assert (picture.width, picture.height, picture.anchor_x) == (*size, 3)
        assert load.image("sprites/p.png") is picture
        assert pixel(picture, size[0] - 1, size[1] - 1) == GREEN
        new = pyglet.sprite.Sprite(picture)
        assert (new.width, new.height) == size
    assert (old.width, old.height) == (8, 6)


def test_animations(base: Store, load: Loader) -> None:
    base.write("/a.gif", gif(RED, GREEN))
    shown = load.animation("a.gif")
    assert [pixel(frame.image)[:3] for frame in shown.frames] == [RED[:3], GREEN[:3]]
    first = shown.frames[0].image
    base.write("/a.gif", gif(BLUE, RED))
    load.pump()
    assert shown.frames[0].image is first
    assert [pixel(frame.image)[:3] for frame in shown.frames] == [BLUE[:3], RED[:3]]
    base.write("/a.gif", gif(RED, GREEN, BLUE, size=(7, 7)))
    load.pump()
    assert [frame.image.width for frame in shown.frames] == [7, 7, 7]
    assert load.get_cached_animation_names() == ["a.gif"]


@pytest.mark.parametrize("streaming", [True, False])
def test_media(streaming: bool, base: Store, load: Loader) -> None:
    base.write("/s.wav", wav(4410))
    assert load.media("s.wav", streaming=streaming).duration == pytest.approx(0.1)


def test_a_font_is_added_again_when_it_changes(base: Store, load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[bytes] = []
    monkeypatch.setattr(importlib.import_module("pyglet.font"), "add_file", lambda file: added.append(file.read()))
    base.write("/f.ttf", FONT.read_bytes())
    load.add_font("f.ttf")
    base.write("/f.ttf", FONT.read_bytes() + b"\0")
    load.pump()
    assert added == [FONT.read_bytes(), FONT.read_bytes() + b"\0"]


def test_texts_and_shaders(base: Store, load: Loader) -> None:
    assert load.text("texts/hello.txt").text.strip() == "Hello"
    base.write("/t.html", b"<b>bold</b>")
    assert "bold" in load.html("t.html").text
    base.write("/t.attr", b"{bold True}bold")
    assert load.attributed("t.attr").text.strip() == "bold"
    base.write("/v.vert", b"#version 150 core\nin vec4 position;\nvoid main() { gl_Position = position; }\n")
    assert load.shader("v.vert").type == "vertex"
    with load.file("texts/hello.txt") as file:
        assert file.read() == b"Hello"
    assert load.location("texts/hello.txt").open("texts/hello.txt", "r").read() == "Hello"


def test_a_model_finds_its_materials_beside_it(base: Store, load: Loader) -> None:
    base.write("/models/m.mtl", b"newmtl red\nKd 1 0 0\n")
    base.write("/models/m.obj", b"mtllib m.mtl\no m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvn 0 0 1\nvt 0 0\nusemtl red\n"
                                b"f 1/1/1 2/1/1 3/1/1\n")  # fmt: skip
    batch = pyglet.graphics.Batch()
    model = load.model("models/m.obj", batch)
    assert [group.material.diffuse[:3] for group in model.groups] == [[1.0, 0.0, 0.0]]


def test_names_that_are_not_there(base: Store, load: Loader) -> None:
    for name in ("nope.png", "../p.png", "sprites", "sprites/../../x"):
        for call in (load.image, load.texture, load.media, load.add_font, load.file, load.location, load.animation):
            with pytest.raises(pyglet.resource.ResourceNotFoundException):
                call(name)
    base.write("/bad.png", b"text")
    with pytest.raises(ResourceError, match=r"/bad\.png in base is not a picture that pyglet can read"):
        load.image("bad.png")
    with pytest.raises(ValueError, match="only be read"):
        load.file("texts/hello.txt", "w")


def test_bad_bytes_leave_the_last_good_picture(base: Store, load: Loader) -> None:
    picture = load.image("sprites/p.png")
    changes: list[vfsloader.Change] = []
    load.push_handlers(on_resource_changed=changes.append)
    base.write("/sprites/p.png", png(GREEN)[:30])
    load.pump()
    assert pixel(picture) == RED
    assert changes[0].kind == "failed"


def test_a_root_within_the_tree_and_mods(base: Store, tmp_path: Path) -> None:
    (tmp_path / "mods" / "blue" / "sprites").mkdir(parents=True)
    (tmp_path / "mods" / "blue" / "sprites" / "p.png").write_bytes(png(BLUE))
    with ResourceManager(base, mods=tmp_path / "mods", watch=False) as game:
        inside = Loader(game, "/sprites", pump=False)
        assert pixel(inside.image("p.png")) == BLUE
        with pytest.raises(pyglet.resource.ResourceNotFoundException):
            inside.file("../texts/hello.txt")
        names = Names(Location(game, "/sprites"))
        assert (list(names), len(names), "p.png" in names) == (["p.png"], 1, True)
        game.mods.disable("blue")
        picture = inside.image("p.png")
        inside.pump()
        assert pixel(picture) == RED
        inside.close()


def test_pyglets_own_module_loads_from_the_layers(base: Store) -> None:
    before = pyglet.resource.image, pyglet.resource._default_loader
    with vfsloader.init(base, watch=False):
        end = vfsloader.pyglet.install()
        picture = pyglet.resource.image("sprites/p.png")
        assert pixel(picture) == RED
        assert pyglet.resource.file("texts/hello.txt", "r").read() == "Hello"
        base.write("/sprites/p.png", png(GREEN))
        pyglet.clock.tick()  # the pump
        for _ in range(1000):
            if pixel(picture) == GREEN:
                break
            pyglet.clock.tick()
        assert pixel(picture) == GREEN
        end()
    assert (pyglet.resource.image, pyglet.resource._default_loader) == before


def test_thousands_of_changes_leave_no_memory_behind(base: Store, load: Loader) -> None:
    picture = load.image("sprites/p.png")

    def rss() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for step in range(600):
        if step == 200:
            start = rss()
        base.write("/sprites/p.png", png((step % 256, 0, 0, 255)))
        load.pump()
    assert rss() - start < 4 << 20
    assert pixel(picture) == (599 % 256, 0, 0, 255)
