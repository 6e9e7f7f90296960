"""Pictures, sounds and sheets of mods: what they may be, how large, and what happens to a bad one."""

from __future__ import annotations

import io
import json
import logging
import os
import resource
import struct
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
import soundfile
import vfsloader.pygame
from PIL import Image

import vfsloader
from tests.adapters.pygame_files import BLUE, GREEN, RED, pixels, png, strip, wav
from vfsloader import ResourceManager, Store
from vfsloader.assets.picture_size import picture_size
from vfsloader.errors import ResourceError, VFSError
from vfsloader.runtime.budget import Limits

Write = Callable[..., None]
GIGABYTE = 1 << 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    (tmp_path / "mods" / "winter" / "mod.toml").write_text('id = "winter"\nname = "Winter"\nversion = "1"\n')
    return tmp_path


@pytest.fixture
def store(screen: object) -> Store:
    return Store(":memory:", name="base")


@pytest.fixture
def game(folder: Path, store: Store) -> Iterator[ResourceManager]:
    with vfsloader.init(store, mods=folder / "mods", watch=False) as made:
        yield made


@pytest.fixture
def mod(folder: Path, game: ResourceManager) -> Write:
    """Write a file of the mod."""

    def write(path: str, data: bytes) -> None:
        file = folder / "mods" / "winter" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        game.mods["winter"].refresh()
        game.update()

    return write


@pytest.fixture
def base(store: Store, game: ResourceManager) -> Write:
    """Write a file of the base game."""
    return store.write


def pillow(kind: str, size: tuple[int, int] = (8, 6), colour: tuple[int, ...] = RED, **options: Any) -> bytes:
    out = io.BytesIO()
    mode = "RGB" if kind in ("JPEG", "PPM", "PCX", "BMP") else "RGBA"
    Image.new(mode, size, colour[: len(mode)]).save(out, kind, **options)
    return out.getvalue()


def svg(attributes: str = 'width="8" height="6"', before: str = "") -> bytes:
    shape = '<rect width="8" height="6" fill="#ff0000"/>'
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{shape}</svg>'.encode()


def lbm(width: int, height: int) -> bytes:
    head = struct.pack(">HHhhBBBBHBBHH", width, height, 0, 0, 8, 0, 0, 0, 0, 1, 1, width, height)
    return b"FORM" + struct.pack(">I", 4 + 8 + len(head)) + b"PBM BMHD" + struct.pack(">I", len(head)) + head


ALLOWED = {
    "png": lambda: png(RED),
    "bmp": lambda: pillow("BMP"),
    "webp": lambda: pillow("WEBP", lossless=True),
    "qoi": lambda: pillow("QOI"),
    "gif": lambda: pillow("GIF"),
    "tga": lambda: pillow("TGA"),
    "svg": svg,
}


@pytest.mark.parametrize("kind", sorted(ALLOWED))
def test_the_common_formats_of_mods_are_decoded(kind: str, mod: Write) -> None:
    mod(f"/p.{kind}", ALLOWED[kind]())
    shown = vfsloader.pygame.load_image(f"/p.{kind}")
    assert (shown.get_size(), tuple(shown.get_at((1, 1)))) == ((8, 6), RED)
    mod("/wrong.png", ALLOWED[kind]() if kind != "tga" else png(RED))
    assert tuple(vfsloader.pygame.load_image("/wrong.png").get_at((1, 1))) == RED


def test_jpeg_of_a_mod(mod: Write) -> None:
    mod("/p.jpg", pillow("JPEG", (16, 16)))
    assert vfsloader.pygame.load_image("/p.jpg").get_at((1, 1))[0] > 250


REFUSED = {
    "pnm": b"P6 60000 60000 255\n",
    "pnm, small": pillow("PPM"),
    "pam": b"P7\nWIDTH 9\nHEIGHT 9\n",
    "pcx": pillow("PCX"),
    "xpm": b'/* XPM */\nstatic char *x[] = {\n"60000 60000 1 1",\n"a c #000000"};',
    "lbm": lbm(60_000, 60_000),
    "tiff": pillow("TIFF"),
    "tiff, large": struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 256, 4, 1, 60_000),
    "xcf": b"gimp xcf file\0" + struct.pack(">III", 60_000, 60_000, 0),
    "avif": struct.pack(">I", 28) + b"ftypavif",
    "bmp that is avif": b"BM\0\1ftypavif" + bytes(40),
    "ico": pillow("ICO", (16, 16)),
    "text": b"just text",
    "html": b"<html><svg width='1' height='1'/></html>",
    "empty": b"",
}


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("suffix", ["png", "gif", "xpm"])
def test_other_formats_of_mods_are_refused_by_content(name: str, suffix: str, mod: Write) -> None:
    mod(f"/p.{suffix}", REFUSED[name])
    with pytest.raises(ResourceError, match=r"/p\.\w+ in winter is not a picture that a mod may bring") as caught:
        vfsloader.pygame.load_image(f"/p.{suffix}")
    assert "PNG, JPEG" in str(caught.value)
    with pytest.raises(ResourceError):
        vfsloader.pygame.load_animation(f"/p.{suffix}")


@pytest.mark.parametrize("name", ["pnm, small", "pcx", "tiff"])
def test_the_games_own_files_stay_as_they_were(name: str, base: Write, game: ResourceManager) -> None:
    base("/p.img", REFUSED[name])
    assert vfsloader.pygame.load_image("/p.img").get_width() >= 8
    assert game.is_trusted("/p.img")


def jpeg(before: bytes, size: tuple[int, int] = (60_000, 60_000)) -> bytes:
    frame = struct.pack(">BHHBBBB", 8, size[1], size[0], 1, 1, 0x11, 0)
    return b"\xff\xd8" + before + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


def gif(screen: tuple[int, int], *frames: tuple[int, int]) -> bytes:
    """A GIF whose frames have no pixels."""
    body = b"".join(b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x01\x00\x00" for frame in frames)
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + body + b";"


HUGE = {
    "a jpeg": jpeg(b""),
    "a jpeg with fill bytes": jpeg(b"\xff" * 100),
    "a jpeg with garbage": jpeg(b"\xff\xfe\0\5abc\0\1\2"),
    "a jpeg with a comment": jpeg(b"\xff\xfe\0\5abc\xff\xff"),
    "a jpeg with a restart marker": jpeg(b"\xff\xd0\xff\x01"),
    "a gif": gif((60_000, 60_000), (1, 1)),
    "a gif with a large frame": gif((1, 1), (60_000, 60_000)),
    "a gif with a large second frame": gif((1, 1), (1, 1), (60_000, 60_000)),
    "a bmp": b"BM" + bytes(12) + struct.pack("<Iii", 40, 60_000, -60_000) + bytes(40),
    "an old bmp": b"BM" + bytes(12) + struct.pack("<IHH", 12, 60_000, 60_000) + bytes(40),
    "a qoi": b"qoif" + struct.pack(">II", 60_000, 60_000) + bytes(10),
    "a webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\x5f\xea\0\x5f\xea\0",
    "an svg": svg('width="60000" height="60000"'),
    "an svg in inches": svg("width='600in' height='600in'"),
    "an svg by its box": svg('viewBox="0 0 60000 60000"'),
    "an svg after a comment": svg('width="60000" height="60000"', f"<!--{'-' * 9000} -->"),
    "an svg after a type": svg('width="60000" height="60000"', '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>'),
}


@pytest.mark.parametrize("name", sorted(HUGE))
@pytest.mark.parametrize("is_mod", [True, False], ids=["mod", "base"])
def test_sizes_are_read_from_every_header(name: str, is_mod: bool, mod: Write, base: Write) -> None:
    (mod if is_mod else base)("/p.png", HUGE[name])
    for load in (vfsloader.pygame.load_image, vfsloader.pygame.load_animation, vfsloader.pygame.load_svg):
        if load is vfsloader.pygame.load_svg and "svg" not in name:
            continue
        if load is vfsloader.pygame.load_animation and "svg" in name and not is_mod:
            continue
        with pytest.raises(ResourceError, match=r"claims \d\d,\d\d\d x \d\d,\d\d\d pixels|needs more than"):
            load("/p.png")


def test_a_mods_picture_may_have_fewer_pixels_than_the_games_own(mod: Write, base: Write) -> None:
    large = b"qoif" + struct.pack(">II", 1 << 14, 1 << 13) + bytes(10)
    mod("/p.qoi", large)
    with pytest.raises(ResourceError, match=r"budget\.pixels"):
        vfsloader.pygame.load_image("/p.qoi")


LONG = {
    "jpeg": b"\xff\xd8\xff" + b"\xff\0" * 5_000_000,
    "jpeg of fill bytes": b"\xff\xd8\xff" + b"\xff" * 10_000_000 + b"\0",
    "jpeg of segments": b"\xff\xd8" + b"\xff\xe0\0\2" * 2_500_000,
    "gif": b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + b"x" * 10_000_000,
    "gif of blocks": b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + b"!\xfe" + b"\1x" * 5_000_000,
    "svg of spaces": b" " * 10_000_000 + b"<svg/>",
    "svg of comments": b"<!---->" * 1_500_000 + b"<svg/>",
    "svg of an attribute": b"<svg " + b"a='" * 3_000_000,
    "svg of declarations": b"<!a[" * 2_500_000,
    "webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10) + bytes(10_000_000),
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_long_headers_are_read_in_linear_time(name: str, mod: Write) -> None:
    """Python steps are counted, and not seconds."""
    steps = 0

    def count(frame: Any, event: str, arg: object) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    mod("/p.png", LONG[name])
    if name != "gif of blocks":  # whose number has a limit
        sys.settrace(count)
        try:
            picture_size(LONG[name])
        finally:
            sys.settrace(None)
    assert steps < 1_000_000
    with pytest.raises(ResourceError):
        vfsloader.pygame.load_animation("/p.png")


def test_a_size_that_is_missing_is_refused_in_a_mod(mod: Write) -> None:
    for number, data in enumerate(
        (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", b"GIF89a\1", svg(""), b"RIFF\0\0\0\0WEBPVP8X")
    ):
        mod(f"/{number}.png", data)
        with pytest.raises(ResourceError):
            vfsloader.pygame.load_image(f"/{number}.png")


@pytest.mark.parametrize(
    "attributes", ['width="8" height="6"', 'viewBox="0,0 8 6"', 'width="100%" height="100%" viewBox="0 0 8 6"']
)
def test_svg_of_a_mod_is_drawn_at_its_own_size(attributes: str, mod: Write, base: Write) -> None:
    mod("/m.svg", svg(attributes))
    base("/b.svg", svg(attributes))
    ours, own = vfsloader.pygame.load_svg("/m.svg"), vfsloader.pygame.load_svg("/b.svg")
    assert ours.get_size() == own.get_size() == (8, 6)
    assert pixels(ours) == pixels(own)


def test_an_svg_that_hides_another_size_is_drawn_at_the_first(mod: Write) -> None:
    mod(
        "/m.svg",
        svg().replace(
            b"<rect", b'<!-- > <svg width="70000" height="70000"> --><svg width="50000" height="50000"/><rect'
        ),
    )
    assert max(vfsloader.pygame.load_svg("/m.svg").get_size()) <= 8


@pytest.mark.parametrize("is_mod", [True, False], ids=["mod", "base"])
@pytest.mark.parametrize("length", [10, 5000, 300_000])
def test_an_svg_after_a_long_comment(is_mod: bool, length: int, mod: Write, base: Write) -> None:
    before = f'\ufeff<?xml version="1.0"?>\n<!-- {"a house " * (length // 8)} -->\n'
    (mod if is_mod else base)("/p.svg", svg(before=before))
    assert vfsloader.pygame.load_svg("/p.svg").get_size() == (8, 6)
    assert vfsloader.pygame.load_svg("/p.svg", (80, 60)).get_size() == (80, 60)
    assert vfsloader.pygame.load_image("/p.svg").get_size() == (8, 6)
    assert picture_size(svg(before=before)) == (8, 6)


# --- animations ------------------------------------------------------------------------------------------


def animated(kind: str, count: int = 3, size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", size, (80 * index, 0, 255)) for index in range(count)]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=[30, 70, 110][:count], loop=0)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_animations_of_mods_are_those_of_pygame(kind: str, mod: Write, base: Write) -> None:
    mod("/m.gif", animated(kind))
    base("/b.gif", animated(kind))
    ours, own = vfsloader.pygame.load_animation("/m.gif"), vfsloader.pygame.load_animation("/b.gif")
    assert ours.durations_ms == own.durations_ms == [30, 70, 110]
    assert [pixels(frame) for frame in ours.frames] == [pixels(frame) for frame in own.frames]


@pytest.mark.parametrize(
    "data",
    [
        gif((4096, 4096), *[(1, 1)] * 500),
        gif((1, 1), *[(4000, 4000)] * 500),
        gif((1, 1), *[(1, 1)] * 70_000),
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\xff\x0f\0\xff\x0f\0"
        + (b"ANMF" + struct.pack("<I", 16) + bytes(16)) * 500,
    ],
    ids=["a large screen", "large frames", "many frames", "webp"],
)
def test_the_frames_of_an_animation_count_together(data: bytes, mod: Write) -> None:
    mod("/a.gif", data)
    with pytest.raises(ResourceError, match="pixels"):
        vfsloader.pygame.load_animation("/a.gif")


def test_a_gif_that_kills_pygame_is_decoded_or_refused(mod: Write) -> None:
    """Its pixels end with codes that name entries which the table does not have."""
    data = b"GIF89a" + struct.pack("<HHBBB", 80, 80, 0xF7, 0, 0) + bytes(768) + b"\x2c"
    data += struct.pack("<HHHHB", 0, 0, 80, 80, 0) + b"\x08\xff" + bytes(range(255)) + b"\0;"
    mod("/a.gif", data)
    for load in (vfsloader.pygame.load_image, vfsloader.pygame.load_animation):
        try:
            load("/a.gif")
        except ResourceError:
            pass


# --- sheets ----------------------------------------------------------------------------------------------


def sheet(frame: dict[str, Any] | None = None, count: int = 1, image: str = "s.png", **more: Any) -> bytes:
    row = frame or {"frame": {"x": 0, "y": 0, "w": 8, "h": 6}}
    return json.dumps({"frames": {str(n): row for n in range(count)}, "meta": {"image": image, **more}}).encode()


WHOLE = {"frame": {"x": 0, "y": 0, "w": 4096, "h": 4096}}
TRIMMED = {"frame": {"x": 0, "y": 0, "w": 1, "h": 1}, "trimmed": True, "spriteSourceSize": {"x": 0, "y": 0},
           "sourceSize": {"w": 30_000, "h": 30_000}}  # fmt: skip
SUMS = {
    "500 whole pictures": sheet(WHOLE, 500),
    "trimmed frames of large pictures": sheet(TRIMMED, 2),
    "one of 2 billion pixels a side": sheet({**TRIMMED, "sourceSize": {"w": 2**31 - 1, "h": 2**31 - 1}}),
}


@pytest.mark.parametrize("name", sorted(SUMS))
@pytest.mark.parametrize("is_mod", [True, False], ids=["mod", "base"])
def test_the_frames_of_a_sheet_count_together(name: str, is_mod: bool, mod: Write, base: Write) -> None:
    write = mod if is_mod else base
    write("/s.png", png(RED, (4096, 4096)))
    write("/s.json", SUMS[name])
    with pytest.raises(ResourceError, match=r"needs more than .* pixels; a game can raise the limit"):
        vfsloader.pygame.load_spritesheet("/s.json")


def test_many_tiny_frames_of_a_mod_count_too(mod: Write) -> None:
    mod("/s.png", png(RED))
    mod("/s.json", sheet({"frame": {"x": 0, "y": 0, "w": 0, "h": 0}}, 20_000))
    with pytest.raises(ResourceError, match="pixels"):
        vfsloader.pygame.load_spritesheet("/s.json")
    mod("/grid.png", png(RED, (300, 300)))
    with pytest.raises(ResourceError, match="pixels"):
        vfsloader.pygame.load_spritesheet("/grid.png", (1, 1))
    assert len(vfsloader.pygame.load_spritesheet("/grid.png", (3, 3))) == 10_000


def test_tags_that_all_name_all_frames_count_together(mod: Write) -> None:
    mod("/s.png", png(RED))
    tags = [{"name": str(n), "from": 0, "to": 99, "direction": "pingpong"} for n in range(20_000)]
    mod("/s.json", sheet(count=100, frameTags=tags))
    with pytest.raises(ResourceError, match="nodes"):
        vfsloader.pygame.load_spritesheet("/s.json")


WRONG = {
    "not a table": (b"[]", "must be a table"),
    "meta": (b'{"meta": 5, "frames": {}}', "meta: must be a table"),
    "image": (b'{"meta": {"image": ["s.png"]}, "frames": {}}', "meta.image: must be text"),
    "no frames": (b'{"meta": {"image": "s.png"}}', "frames: is missing"),
    "frames": (b'{"meta": {"image": "s.png"}, "frames": "all"}', "frames: must be a table"),
    "text": (sheet({"frame": {"x": "0", "y": 0, "w": 8, "h": 6}}), "frames.0.frame.x: must be a whole number"),
    "infinity": (sheet({"frame": {"x": 0, "y": 0, "w": 8, "h": float("inf")}}), "frames.0.frame.h: must be a whole"),
    "nan": (sheet({"frame": {"x": float("nan"), "y": 0, "w": 8, "h": 6}}), "frames.0.frame.x: must be a whole"),
    "negative": (sheet({"frame": {"x": 0, "y": 0, "w": -8, "h": -6}}), "frames.0.frame.w: must be a whole"),
    "true": (sheet({"frame": {"x": True, "y": 0, "w": 8, "h": 6}}), "frames.0.frame.x: must be a whole"),
    "a huge number": (sheet({"frame": {"x": 10**400, "y": 0, "w": 8, "h": 6}}), "frames.0.frame.x: must be a whole"),
    "outside": (sheet({"frame": {"x": 5, "y": 0, "w": 8, "h": 6}}), "frames.0.frame: it is not inside"),
    "duration": (sheet({"frame": {"x": 0, "y": 0, "w": 8, "h": 6}, "duration": float("inf")}), "frames.0.duration"),
    "a list": (sheet({"frame": [0, 0, 8, 6]}), "frames.0.frame: must be a table"),
    "tags": (sheet(frameTags={"name": 1}), "meta.frameTags: must be a list"),
    "tag": (sheet(frameTags=[{"name": [1], "from": 0, "to": 0}]), "meta.frameTags.0.name: must be text"),
    "direction": (sheet(frameTags=[{"name": "a", "from": 0, "to": 0, "direction": 5}]), "direction: must be text"),
    "animations": (b'{"meta": {"image": "s.png"}, "frames": {}, "animations": {"a": [{}]}}', "animations.a: must be"),
    "nested": (b"[" * 100_000, "is not a sheet"),
    "a name": (b'{"meta": {"image": "s.png"}, "frames": [{"filename": {}}]}', "frames.0.filename: must be text"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WRONG))
@pytest.mark.parametrize("is_mod", [True, False], ids=["mod", "base"])
def test_wrong_values_of_a_sheet_are_named(name: str, is_mod: bool, mod: Write, base: Write) -> None:
    write = mod if is_mod else base
    write("/s.png", png(RED))
    data, reason = WRONG[name]
    write("/s.json", data)
    with pytest.raises(ResourceError) as caught:
        vfsloader.pygame.load_spritesheet("/s.json")
    assert "/s.json in" in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("image", ["/home/anna/art/s.png", "C:\\art\\s.png", "C:/art/s.png", "\\\\server\\art\\s.png"])
def test_the_absolute_path_of_aseprite_means_the_picture_beside_the_sheet(image: str, mod: Write) -> None:
    mod("/art/s.png", png(BLUE))
    mod("/art/s.json", sheet(image=image))
    assert tuple(vfsloader.pygame.load_spritesheet("/art/s.json")[0].get_at((0, 0))) == BLUE


@pytest.mark.parametrize("image", ["../../../etc/passwd", "/etc/passwd", "C:\\Windows\\win.ini", "file:///etc/passwd"])
def test_a_sheet_names_files_of_the_tree_only(image: str, mod: Write) -> None:
    mod("/s.json", sheet(image=image))
    with pytest.raises(VFSError, match=r"passwd|win\.ini|leaves"):
        vfsloader.pygame.load_spritesheet("/s.json")


META = [
    'size = ["a", "b"]', "size = [1]", "size = [0, 5]", "size = [-1, -1]", "size = [1.5, 2]", "size = [[1], [2]]",
    "size = [true, true]", "scale = inf", "scale = nan", "scale = -1", "scale = 0", "scale = true", 'scale = "2"',
    "colorkey = [[1]]", 'colorkey = "no colour"', "colorkey = [1e9, 0, 0]", 'colorkey = ["a"]', "colorkey = []",
    "convert = 1", "scale = 0x" + "f" * 4000, "scale = 1e400", "x" + ".x" * 3000 + " = 1", "size = " + "[" * 2000,
    "scale = 1000000", "size = [100000, 100000]",
]  # fmt: skip


@pytest.mark.parametrize("text", META, ids=lambda text: text[:24])
@pytest.mark.parametrize("is_mod", [True, False], ids=["mod", "base"])
def test_wrong_values_of_metadata(
    text: str, is_mod: bool, mod: Write, base: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """A picture whose options make no sense is shown without them; the log says which file and key are wrong."""
    base("/p.png", png(RED))
    (mod if is_mod else base)("/p.png.meta", text.encode())
    with caplog.at_level(logging.WARNING):
        if not is_mod and text in META[-2:]:  # what the game's own artists ask for is not guessed
            with pytest.raises(ResourceError, match="cannot be scaled"):
                vfsloader.pygame.load_image("/p.png")
            return
        assert vfsloader.pygame.load_image("/p.png").get_size() == (8, 6)
    assert "/p.png.meta" in caplog.text
    assert len(caplog.text) < 2000


def test_wrong_options_of_the_game_name_file_and_key(base: Write) -> None:
    base("/p.png", png(RED))
    wrong: Any
    for wrong in ({"size": ("a", "b")}, {"scale": float("inf")}, {"size": (1, 2, 3)}, {"colorkey": "no colour"}):
        (key,) = wrong
        with pytest.raises(ResourceError, match=rf"/p\.png: {key}: "):
            vfsloader.pygame.load_image("/p.png", **wrong)


# --- sounds ----------------------------------------------------------------------------------------------


def tone(kind: str, subtype: str | None = None, rate: int = 44100, seconds: float = 0.25) -> bytes:
    import numpy

    out = io.BytesIO()
    samples = (0.5 * numpy.sin(numpy.arange(int(rate * seconds)) / 20)).astype("float32")
    soundfile.write(out, samples, rate, format=kind, subtype=subtype)
    return out.getvalue()


SOUNDS = [("WAV", "PCM_16"), ("WAV", "PCM_U8"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("OGG", "VORBIS"),
          ("OGG", "OPUS"), ("FLAC", None), ("MP3", None)]  # fmt: skip


@pytest.mark.parametrize(("kind", "subtype"), SOUNDS)
def test_sounds_of_mods_are_those_of_pygame(kind: str, subtype: str | None, mod: Write, base: Write) -> None:
    data = tone(kind, subtype, 48000 if subtype == "OPUS" else 44100)
    mod("/m.wav", data)
    base("/b.wav", data)
    ours, own = vfsloader.pygame.load_sound("/m.wav"), vfsloader.pygame.load_sound("/b.wav")
    assert ours.get_length() == pytest.approx(own.get_length(), abs=0.06)
    loud = [max(abs(n) for n in struct.unpack(f"<{len(raw) // 2}h", raw)) for raw in (ours.get_raw(), own.get_raw())]
    assert loud[0] == pytest.approx(loud[1], rel=0.1)


def mod_file(name: bytes = b"M.K.") -> bytes:
    """A tracker module that plays one pattern slowly again and again."""
    head = b"song".ljust(20, b"\0") + bytes(30 * 31) + bytes([128, 127]) + bytes(128) + name
    return head + bytes(1024) + bytes(1000)


@pytest.mark.parametrize(
    "data",
    [mod_file(), mod_file(b"8CHN"), b"Extended Module: " + bytes(3000), b"IMPM" + bytes(3000), bytes(44) + b"SCRM",
     b"MThd\0\0\0\6" + bytes(100), b"FORM\0\0\0\0AIFF", b"Creative Voice File\x1a", b"text", b""],
)  # fmt: skip
def test_other_sounds_of_mods_are_refused_by_content(data: bytes, mod: Write) -> None:
    for name in ("/x.ogg", "/x.wav"):
        mod(name, data)
        with pytest.raises(ResourceError, match="in winter is not a sound that a mod may bring"):
            vfsloader.pygame.load_sound(name)
        with pytest.raises(ResourceError, match="in winter is not a sound that a mod may bring"):
            vfsloader.pygame.load_music(name)


def test_samples_of_a_mod_have_a_limit(mod: Write, game: ResourceManager) -> None:
    game._decoder.limits = Limits(samples=1_000_000)
    mod("/zeros.flac", tone_of_zeros(12))
    with pytest.raises(ResourceError, match=r"samples; a game can raise the limit budget\.samples"):
        vfsloader.pygame.load_sound("/zeros.flac")
    slow = io.BytesIO()
    with wave.open(slow, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(1)
        out.writeframes(bytes(1700))
    mod("/slow.wav", slow.getvalue())
    with pytest.raises(ResourceError, match="samples"):
        vfsloader.pygame.load_sound("/slow.wav")


def tone_of_zeros(seconds: int) -> bytes:
    import numpy

    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 44100, 2, format="FLAC") as file:
        for _ in range(seconds):
            file.write(numpy.zeros((44100, 2), "int16"))
    return out.getvalue()


def riff(*parts: tuple[bytes, bytes], rate: int = 22050, channels: int = 1, bits: int = 16, lie: int = 0) -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, bits)
    body = b"WAVE"
    for name, data in ((b"fmt ", form), *parts):
        body += name + struct.pack("<I", len(data) + (lie if name == b"data" else 0)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


EMPTY = {
    "empty": riff((b"data", b"")),
    "empty after a list": riff((b"LIST", b"INFO" + bytes(100)), (b"data", b"")),
    "empty before a list": riff((b"data", b""), (b"LIST", b"INFO" + bytes(100))),
    "half a sample": riff((b"data", b"\0")),
    "half a frame": riff((b"data", b"\0\0"), channels=2),
    "it says it has more": riff((b"data", b""), lie=1000),
    "eight channels": riff((b"data", b""), channels=8),
    "one frame of a high rate": riff((b"data", bytes(2)), rate=192_000),
    "four frames of a high rate": riff((b"data", bytes(8)), rate=192_000),
    "eight bits": riff((b"data", b""), bits=8),
    "the mixer's own": riff((b"data", b""), rate=44100, channels=2),
    "an empty flac": b"fLaC" + bytes(4) + bytes(34),
    "an id3 with a wrong size": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(50),
    "an id3 and nothing": b"ID3\4\0\0\0\0\0\0",
}
LOAD = """
import gc, sys, vfsloader, vfsloader.pygame, pygame
pygame.mixer.init()
with vfsloader.init(sys.argv[1], mods=sys.argv[2], watch=False) as game:
    for path in sys.argv[3:]:
        try:
            sound = vfsloader.pygame.load_sound(path)
            sound.play()
            sound.copy_from(bytes(400))
            del sound
            gc.collect()
        except vfsloader.VFSError as error:
            print(error)
"""


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (4 * GIGABYTE, 4 * GIGABYTE))


def run(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run code that may die, with limits of time and memory."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], env=environment, capture_output=True, text=True, timeout=60,
        preexec_fn=limit_memory, check=False,
    )  # fmt: skip


def test_sounds_without_samples_do_not_end_the_process(folder: Path) -> None:
    for name, data in EMPTY.items():
        bare = name.replace(" ", "_").replace("'", "")
        (folder / "mods" / "winter" / f"m_{bare}.wav").write_bytes(data)
        if data.startswith(b"RIFF"):  # the game's own MP3 and FLAC are decoded by pygame
            (folder / "base" / f"b_{bare}.wav").write_bytes(data)
    paths = [f"/{file.name}" for kind in ("base", "mods/winter") for file in sorted((folder / kind).glob("*.wav"))]
    assert len(paths) > 20
    ended = run(LOAD, folder / "base", folder / "mods", *paths)
    assert ended.returncode == 0, ended.stderr


# --- a bad file of a mod -----------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"text", b"", png(RED)[:40], REFUSED["pcx"], HUGE["a jpeg"]], ids=range(5))
def test_a_bad_picture_of_a_mod_is_replaced_by_the_games_own(
    data: bytes, base: Write, mod: Write, game: ResourceManager, caplog: pytest.LogCaptureFixture
) -> None:
    base("/p.png", png(GREEN))
    mod("/p.png", data)
    with caplog.at_level(logging.WARNING):
        shown = vfsloader.pygame.load_image("/p.png")
    assert tuple(shown.get_at((0, 0))) == GREEN
    assert "/p.png of winter is not used" in caplog.text
    assert game._decoder.failures["/p.png"].layer == "winter"
    mod("/p.png", png(BLUE))
    assert tuple(shown.get_at((0, 0))) == BLUE, "the mod's path is watched"
    assert not game._decoder.failures
    game.mods.disable("winter")
    game.update()
    assert tuple(shown.get_at((0, 0))) == GREEN


def test_other_bad_files_of_mods(base: Write, mod: Write, game: ResourceManager) -> None:
    base("/s.wav", wav(5, 100))
    mod("/s.wav", mod_file())
    assert vfsloader.pygame.load_sound("/s.wav").get_raw() == wav(5, 100)[44:]
    base("/m.wav", wav(5, 100))
    mod("/m.wav", b"text")
    assert Path(vfsloader.pygame.load_music("/m.wav").file).read_bytes() == wav(5, 100)
    base("/a.json", b"[1]")
    mod("/a.json", b"[1")
    assert game.load("/a.json", lambda asset: json.loads(asset.data)) == [1]
    base("/sheet/s.png", strip(RED))
    base("/sheet/s.json", sheet({"frame": {"x": 0, "y": 0, "w": 4, "h": 4}}))
    mod("/sheet/s.json", sheet(image="missing.png"))
    shown = vfsloader.pygame.load_spritesheet("/sheet/s.json")
    assert tuple(shown[0].get_at((0, 0))) == RED
    mod("/sheet/missing.png", png(BLUE))
    assert tuple(shown[0].get_at((0, 0))) == BLUE, "what the bad file names is watched"
    assert set(game._decoder.failures) == {"/s.wav", "/m.wav", "/a.json"}


def test_without_a_good_file_the_mods_error_is_raised(base: Write, mod: Write) -> None:
    mod("/p.png", b"text")
    with pytest.raises(ResourceError, match=r"/p\.png in winter"):
        vfsloader.pygame.load_image("/p.png")
    base("/q.png", b"also text")
    mod("/q.png", b"text")
    with pytest.raises(ResourceError, match=r"/q\.png in winter"):
        vfsloader.pygame.load_image("/q.png")


def test_what_a_layer_hides_is_not_used(folder: Path, screen: object) -> None:
    (folder / "base" / "p.png").write_bytes(png(GREEN))
    hide = 'id = "hide"\nname = "Hide"\nversion = "1"\n[files]\nremove = ["/p.png"]\n'
    bad = folder / "mods" / "zz"
    (folder / "mods" / "hide").mkdir()
    (folder / "mods" / "hide" / "mod.toml").write_text(hide)
    bad.mkdir()
    (bad / "mod.toml").write_text('id = "zz"\nname = "Z"\nversion = "1"\n')
    (bad / "p.png").write_bytes(b"text")
    with vfsloader.init(folder / "base", mods=folder / "mods", watch=False) as game:
        order = [mod.id for mod in game.mods.enabled]
        assert order.index("hide") < order.index("zz")
        with pytest.raises(ResourceError, match="in zz"):
            vfsloader.pygame.load_image("/p.png")


def test_a_mod_that_is_named_like_a_layer_of_the_game_is_not_trusted(folder: Path, screen: object) -> None:
    for name in ("save", "base"):
        (folder / "mods" / name).mkdir()
        (folder / "mods" / name / "mod.toml").write_text(f'id = "{name}"\nname = "N"\nversion = "1"\n')
        (folder / "mods" / name / f"{name}.png").write_bytes(REFUSED["pcx"])
    with vfsloader.init(folder / "base", mods=folder / "mods", watch=False) as game:
        for name in ("save", "base"):
            assert not game.is_trusted(f"/{name}.png")
            with pytest.raises(ResourceError, match="may bring"):
                vfsloader.pygame.load_image(f"/{name}.png")


def test_an_adopted_game_does_not_decode_what_was_refused(folder: Path, screen: object) -> None:
    (folder / "mods" / "winter" / "p.png").write_bytes(REFUSED["pcx"])
    (folder / "mods" / "winter" / "s.ogg").write_bytes(mod_file())
    with vfsloader.pygame.adopt(folder / "base", mods=folder / "mods", watch=False):
        for call in (pygame.image.load, pygame.mixer.Sound, pygame.mixer.music.load):
            with pytest.raises(pygame.error, match="may bring"):
                call(str(folder / "base" / ("p.png" if call is pygame.image.load else "s.ogg")))
