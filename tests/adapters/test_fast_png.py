"""PNG pictures by Wuffs are the pictures that pygame would show, or are left to pygame."""

from __future__ import annotations

import importlib.util
import io
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame
from hypothesis import given, settings
from hypothesis import strategies as st
from vfsloader.pygame import decoding, fast_png, images
from vfsloader.pygame.fast_png import decode_for_display, decode_own_format

from tests.adapters import png_kinds
from tests.adapters.png_kinds import CHANNELS, DEPTHS, SIGNATURE, chunk, png
from vfsloader import ResourceManager, Store
from vfsloader.errors import ResourceError

KINDS = dict(png_kinds.kinds())
pytestmark = pytest.mark.usefixtures("screen")


@pytest.fixture(autouse=True)
def wuffs() -> None:
    """Wuffs has no wheels on PyPI; CI builds one."""
    if fast_png.find_wuffs() is None:
        if "CI" in os.environ:
            pytest.fail("Wuffs is not installed; run: python -m tools.build_wuffs --install")
        pytest.skip("Wuffs is not installed")


def slow(data: bytes) -> pygame.Surface:
    return pygame.image.load(io.BytesIO(data), "x.png")


def facts(picture: pygame.Surface) -> tuple[object, ...]:
    has_alpha = bool(picture.get_flags() & pygame.SRCALPHA)
    masks = picture.get_masks()
    return picture.get_size(), masks, has_alpha, pygame.image.tobytes(picture, "RGBA" if has_alpha else "RGB")


def converted(picture: pygame.Surface) -> pygame.Surface:
    is_transparent = picture.get_masks()[3] or picture.get_colorkey() is not None
    return picture.convert_alpha() if is_transparent else picture.convert()


def arcade_pictures() -> list[Path]:
    spec = importlib.util.find_spec("arcade")
    assert spec is not None
    assert spec.origin is not None
    return sorted(Path(spec.origin).parent.glob("resources/assets/**/*.png"))


# --- equal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_shown_as_pygame_shows_it(name: str) -> None:
    data = KINDS[name]
    expected = slow(data)
    fast = decode_for_display(data)
    if fast is not None:
        assert facts(fast) == facts(converted(expected))
    own = decode_own_format(data)
    if own is not None:
        assert facts(own) == facts(expected)


def test_only_rare_kinds_are_left_to_pygame() -> None:
    left = {name for name, data in KINDS.items() if decode_for_display(data) is None}
    assert all((name.startswith(("colour 0", "colour 2")) and "tRNS" in name) or name == "with acTL" for name in left)
    own = {name for name, data in KINDS.items() if decode_own_format(data) is not None}
    assert own == {name for name, data in KINDS.items() if data[25] in (4, 6)}


def test_every_picture_of_a_real_game_library() -> None:
    pictures = arcade_pictures()
    assert len(pictures) >= 700
    for file in pictures:
        data = file.read_bytes()
        fast = decode_for_display(data)
        assert fast is not None, file
        assert facts(fast) == facts(converted(slow(data))), file


@st.composite
def files(draw: st.DrawFn) -> bytes:
    colour = draw(st.sampled_from(sorted(CHANNELS)))
    depth = draw(st.sampled_from(DEPTHS[colour]))
    size = draw(st.integers(1, 40)), draw(st.integers(1, 20))
    trns = None
    if colour == 3:
        trns = draw(st.none() | st.binary(min_size=1, max_size=1 << depth))
    elif colour in (0, 2):
        trns = draw(st.none() | st.just(bytes(2 if colour == 0 else 6)))
    return png(
        colour,
        depth,
        size,
        interlaced=draw(st.booleans()),
        trns=trns,
        idat_bytes=draw(st.sampled_from((10, 1000, 1 << 20))),
        level=draw(st.integers(0, 9)),
        seed=draw(st.integers(0, 99)),
        flat=draw(st.booleans()),
    )


@settings(max_examples=int(os.environ.get("VFSLOADER_EXAMPLES", "60")))
@given(files())
def test_any_picture(data: bytes) -> None:
    fast = decode_for_display(data)
    if fast is not None:
        assert facts(fast) == facts(converted(slow(data)))


# --- damaged ---------------------------------------------------------------------------------------------------


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size


def damaged(chance: random.Random) -> bytes:
    data = chance.choice(list(KINDS.values()))
    way = chance.randrange(5)
    if way == 0:  # a bit anywhere
        changed = bytearray(data)
        changed[chance.randrange(33, len(data))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if way == 1:
        return data[: chance.randrange(len(data))]
    parts = list(chunks(data))
    index = chance.randrange(1, len(parts) - 1)
    name, content = parts[index]
    if way == 2 and content:  # a bit of a chunk, with the right checksum
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        parts[index] = name, bytes(flipped)
    elif way == 3:
        parts[index] = name, content + chance.randbytes(chance.randrange(1, 9))
    else:  # rows that are missing, or too many
        raw = zlib.decompress(b"".join(content for name, content in parts if name == b"IDAT"))
        raw = raw[: -chance.randrange(1, 9)] if chance.random() < 0.5 else raw + bytes(9)
        parts = [part for part in parts if part[0] != b"IDAT"]
        parts.insert(-1, (b"IDAT", zlib.compress(raw)))
    return SIGNATURE + b"".join(chunk(name, content) for name, content in parts)


def test_a_damaged_picture_is_never_shown_otherwise() -> None:
    chance = random.Random(20)
    shown = left = 0
    for _ in range(int(os.environ.get("VFSLOADER_EXAMPLES", "60")) * 30):
        data = damaged(chance)
        fast = decode_for_display(data)
        if fast is None:
            left += 1
            continue
        try:
            expected = slow(data)
        except pygame.error:
            # In pictures of one or two pixels pygame finds faults behind the last pixel.
            assert fast.get_width() * fast.get_height() <= 9
            continue
        shown += 1
        assert facts(fast) == facts(converted(expected))
    assert shown > 100
    assert left > 100


def test_a_damaged_picture_gives_the_same_error() -> None:
    data = png(6, 8)
    base = Store()
    base.write("/p.png", data[:-60] + bytes(20) + data[-40:])
    with vfsloader.init(base, watch=False), pytest.raises(ResourceError, match="picture"):
        vfsloader.pygame.load_image("/p.png")


# --- where it is used ------------------------------------------------------------------------------------------


@pytest.fixture
def game(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResourceManager]:
    base = Store()
    base.write("/alpha.png", png(6, 8))
    base.write("/opaque.png", png(2, 8))
    base.write("/palette.png", png(3, 4))
    for module in (decoding, images):  # these are few pixels
        monkeypatch.setattr(module, "LEAST_PIXELS", 1)
    with vfsloader.init(base, watch=False) as game:
        yield game


@pytest.mark.parametrize("convert", [True, False])
@pytest.mark.parametrize("name", ["alpha", "opaque", "palette"])
def test_a_picture_has_the_same_format_and_pixels(game: ResourceManager, name: str, convert: bool) -> None:
    expected = slow(game.vfs.read_bytes(f"/{name}.png"))
    loaded = vfsloader.pygame.load_image(f"/{name}.png", convert=convert)
    assert facts(loaded) == facts(converted(expected) if convert else expected)
    loaded.fill((1, 2, 3))  # its pixels are its own
    again = vfsloader.pygame.load_image(f"/{name}.png", convert=convert, colorkey=None, size=loaded.get_size())
    assert pygame.image.tobytes(again, "RGB") != pygame.image.tobytes(loaded, "RGB")


@pytest.mark.parametrize(("side", "is_fast"), [(100, False), (120, True)])
def test_a_small_picture_is_left_to_pygame(monkeypatch: pytest.MonkeyPatch, side: int, is_fast: bool) -> None:
    decoded = []
    for name in ("decode_for_display", "decode_own_format"):
        fast = getattr(fast_png, name)
        monkeypatch.setattr(fast_png, name, lambda data, fast=fast: decoded.append(1) or fast(data))
    base = Store()
    base.write("/p.png", png(6, 8, (side, side)))
    with vfsloader.init(base, watch=False):
        for convert in (True, False):
            vfsloader.pygame.load_image("/p.png", convert=convert)
    assert len(decoded) == 2 * is_fast


def test_a_large_picture_is_not_held_twice(game: ResourceManager) -> None:
    base = Store()
    base.write("/large.png", png(6, 8, (200, 200), filters=(0,)))
    with vfsloader.init(base, watch=False, cache_bytes=200_000) as game:
        surface = vfsloader.pygame.load_image("/large.png")
        assert game.stats()["cached_bytes"] == 0
        assert facts(surface) == facts(converted(slow(base.read(base.find("/large.png")))))
        part = surface.subsurface((0, 0, 5, 5))
        base.write("/large.png", png(6, 8, (200, 200), filters=(0,), seed=1))
        game.update()
        assert facts(surface) == facts(converted(slow(base.read(base.find("/large.png")))))
        assert part.get_at((3, 3)) == surface.get_at((3, 3))


PROGRAM = """
import os
os.environ["SDL_VIDEODRIVER"] = "dummy"
import pygame, vfsloader.pygame
from vfsloader.pygame.fast_png import decode_for_display, find_wuffs
pygame.display.init(); pygame.display.set_mode((8, 8))
base = vfsloader.Store()
base.write("/p.png", open({file!r}, "rb").read())
with vfsloader.init(base, watch=False):
    picture = vfsloader.pygame.load_image("/p.png")
print(find_wuffs() is not None, picture.get_at((1, 1)))
"""


@pytest.mark.parametrize("way", ["used", "switched off", "missing"])
def test_without_wuffs_pygame_decodes(tmp_path: Path, way: str) -> None:
    file = tmp_path / "p.png"
    file.write_bytes(png(6, 8))
    program = PROGRAM.format(file=str(file))
    if way == "missing":
        program = "import sys; sys.modules['pywuffs'] = None\n" + program
    switch = {"VFSLOADER_FAST_PATHS": "0"} if way == "switched off" else {}
    environment = {**os.environ, **switch, "PYTHONPATH": os.pathsep.join(sys.path)}
    output = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True).stdout
    assert output.decode().splitlines()[-1] == f"{way == 'used'} {slow(file.read_bytes()).get_at((1, 1))}"
