"""Pictures of pygame: options, metadata, broken files, and the prepared cache."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import pointer_swap
from vfsloader.pygame.pixels import deserialize, serialize

import vfsloader
from tests.adapters import png_kinds
from tests.adapters.pygame_files import BLUE, GREEN, RED, encoded, pixels, strip
from vfsloader import ResourceManager, Store
from vfsloader.errors import PathNotFoundError, ResourceError


@pytest.fixture
def squares(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED, GREEN))


@pytest.mark.parametrize(
    ("options", "size"),
    [({"scale": 2}, (16, 8)), ({"size": (3, 5)}, (3, 5)), ({"size": (3, 5), "smooth": True}, (3, 5))],
)
def test_pictures_are_scaled(squares: None, options: dict[str, Any], size: tuple[int, int]) -> None:
    assert vfsloader.pygame.load_image("/p.png", **options).get_size() == size


def test_only_smooth_scaling_blends_colours(squares: None) -> None:
    plain = vfsloader.pygame.load_image("/p.png", size=(3, 1))
    smooth = vfsloader.pygame.load_image("/p.png", size=(3, 1), smooth=True)
    assert {tuple(plain.get_at((x, 0))) for x in range(3)} == {RED, GREEN}
    assert not {tuple(smooth.get_at((x, 0))) for x in range(3)} <= {RED, GREEN}


@pytest.mark.parametrize(("colorkey", "colour"), [("corner", RED), ("#00ff00", GREEN), ((0, 255, 0), GREEN)])
def test_a_colour_becomes_transparent(squares: None, colorkey: Any, colour: tuple[int, ...]) -> None:
    keyed = vfsloader.pygame.load_image("/p.png", colorkey=colorkey, convert=False)
    assert keyed.get_colorkey() == colour


def test_a_transparent_colour_stays_transparent_when_converted(squares: None) -> None:
    keyed = vfsloader.pygame.load_image("/p.png", colorkey="corner")
    assert keyed.get_at((0, 0))[3] == 0
    assert tuple(keyed.get_at((4, 0))) == GREEN


@pytest.mark.parametrize("clear", [0, 1, 2])
def test_a_picture_whose_palette_is_all_white_is_loaded(base: Store, game: ResourceManager, clear: int) -> None:
    """Fonts in PNG files are such pictures, and SDL does not copy them."""
    alphas = bytes(0 if index == clear else 255 for index in range(3))
    base.write("/font.png", png_kinds.png(png_kinds.PALETTE, 8, palette=b"\xff" * 9, trns=alphas))
    loose = pygame.image.load(io.BytesIO(base.read(base.find("/font.png"))), "font.png")
    font = vfsloader.pygame.load_image("/font.png", convert=False)
    assert pygame.image.tobytes(font, "RGBA") == pygame.image.tobytes(loose, "RGBA")
    assert set(pygame.image.tobytes(font, "RGBA")[3::4]) == {0, 255}


@pytest.mark.parametrize(
    "options", [{"colorkey": "no colour"}, {"size": (0, 4)}, {"size": (1 << 20, 1 << 20)}, {"scale": 1e6}], ids=str
)
def test_wrong_options_name_the_picture(squares: None, options: dict[str, Any]) -> None:
    with pytest.raises(ResourceError, match=r"/p\.png"):
        vfsloader.pygame.load_image("/p.png", **options)


def test_metadata_beside_a_picture(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED, GREEN))
    base.write("/p.png.meta", b"scale = 3")
    shown = vfsloader.pygame.load_image("/p.png")
    assert shown.get_size() == (24, 12)
    base.write("/p.png.meta", b"size = [5, 6]")
    vfsloader.update()
    assert shown.get_size() == (5, 6)
    base.remove("/p.png.meta")
    vfsloader.update()
    assert shown.get_size() == (8, 4)


def test_a_glob_returns_pictures_in_natural_order(base: Store, game: ResourceManager) -> None:
    for number, colour in ((1, RED), (2, GREEN), (10, BLUE)):
        base.write(f"/walk{number}.png", strip(colour))
    shown = vfsloader.pygame.load_images("/walk*.png", scale=2)
    assert [tuple(picture.get_at((0, 0))) for picture in shown] == [RED, GREEN, BLUE]
    assert [picture.get_size() for picture in shown] == [(8, 8)] * 3


def test_a_glob_that_matches_nothing_is_an_error(game: ResourceManager) -> None:
    with pytest.raises(PathNotFoundError) as caught:
        vfsloader.pygame.load_images("/run*.png")
    assert "/run*.png" in str(caught.value)


def bomb() -> bytes:
    """A picture of 60,000 x 60,000 in a kilobyte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(500_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def broken_pictures() -> dict[str, bytes]:
    pygame.init()
    good = strip(RED)
    return {"bomb": bomb(), "half": good[: len(good) // 2], "header": good[:20], "text": b"just text", "empty": b""}


@pytest.mark.parametrize("name", ["bomb", "half", "header", "text", "empty"])
def test_a_broken_picture_is_reported_and_the_old_one_stays(name: str, base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED))
    shown = vfsloader.pygame.load_image("/p.png")
    base.write("/p.png", broken_pictures()[name])
    (change,) = vfsloader.update()
    reason = "claims 60,000 x 60,000 pixels" if name == "bomb" else "not a picture"
    assert (change.kind, reason in str(change.error)) == ("failed", True)
    assert tuple(shown.get_at((0, 0))) == RED
    with pytest.raises(ResourceError, match=reason):
        vfsloader.pygame.load_image("/p.png", scale=1)


def test_the_bomb_is_small() -> None:
    assert len(bomb()) < 1024


def test_a_folder_in_place_of_a_picture(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED))
    shown = vfsloader.pygame.load_image("/p.png")
    base.remove("/p.png")
    base.make_folder("/p.png")
    (change,) = vfsloader.update()
    assert change.kind == "removed"
    assert tuple(shown.get_at((0, 0))) == RED
    with pytest.raises(IsADirectoryError):
        vfsloader.pygame.load_image("/p.png", scale=1)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tga", "jpg"])
def test_the_size_is_read_from_the_header(suffix: str, screen: object) -> None:
    from vfsloader.assets.picture_size import picture_size

    data = encoded(pygame.Surface((37, 21)), suffix)
    assert picture_size(data, f"x.{suffix}") == (37, 21)
    for cut in range(len(data)):
        picture_size(data[:cut], f"x.{suffix}")


def test_a_picture_decodes_from_a_zip_too(tmp_path: Path, screen: object) -> None:
    """pygame/pygame#744: some PNG decoded from a file, and not from a zip's stream."""
    import zipfile

    data = strip(RED, GREEN, BLUE)
    with zipfile.ZipFile(tmp_path / "base.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("p.png", data)
    (tmp_path / "p.png").write_bytes(data)
    with vfsloader.init(tmp_path / "base.zip", watch=False):
        shown = vfsloader.pygame.load_image("/p.png", convert=False)
        assert pixels(shown) == pixels(pygame.image.load(tmp_path / "p.png"))


def make_surfaces() -> list[pygame.Surface]:
    size = 13, 7
    return [
        pygame.Surface(size, pygame.SRCALPHA, 32),
        pygame.Surface(size),
        pygame.image.frombuffer(bytearray(13 * 7 * 3), size, "RGB"),
        pygame.Surface(size).convert(),
        pygame.Surface(size, pygame.SRCALPHA).convert_alpha(),
    ]


@pytest.mark.parametrize("index", range(5), ids=["alpha", "plain", "24 bits", "convert", "convert_alpha"])
def test_pixels_are_serialized(index: int, screen: object) -> None:
    picture = make_surfaces()[index]
    chance = random.Random(2)
    for x in range(13):
        for y in range(7):
            picture.set_at((x, y), [chance.randrange(256) for _ in range(4)])
    data = serialize(picture)
    copy = deserialize(data)
    assert pixels(copy) == pixels(picture)
    assert copy.get_masks() == picture.get_masks()
    for cut in (0, 3, 10, len(data) - 1):
        with pytest.raises(ValueError, match=r"."):
            deserialize(data[:cut])
    with pytest.raises(ValueError, match="version"):
        deserialize(b"old?" + data[4:])


def test_pictures_with_a_palette_or_a_transparent_colour_are_not_serialized(screen: object) -> None:
    keyed = pygame.Surface((4, 4))
    keyed.set_colorkey("red")
    assert serialize(pygame.Surface((4, 4), 0, 8)) == serialize(keyed) == b""


@pytest.fixture
def prepared(base: Store, tmp_path: Path) -> Path:
    """A cache that an earlier run of the game has filled."""
    for number in range(10):
        base.write(f"/{number}.png", strip(*[(number, 2 * green, 3 * green, 255 - green) for green in range(9)]))
    base.write("/opaque.bmp", encoded(pygame.Surface((9, 9)), "bmp"))
    with vfsloader.init(base, watch=False, cache=tmp_path) as game:
        for path in [*(f"/{number}.png" for number in range(10)), "/opaque.bmp"]:
            vfsloader.pygame.load_image(path)
        assert game.stats()["prepared"] == 0
    return tmp_path


def test_the_prepared_cache_returns_the_same_pixels(base: Store, prepared: Path) -> None:
    paths = [*(f"/{number}.png" for number in range(10)), "/opaque.bmp"]
    with vfsloader.init(base, watch=False):
        decoded = [pixels(vfsloader.pygame.load_image(path)) for path in paths]
    with vfsloader.init(base, watch=False, cache=prepared) as game:
        assert [pixels(vfsloader.pygame.load_image(path)) for path in paths] == decoded
        assert game.stats()["prepared"] == 11


def test_the_prepared_cache_needs_no_swap_of_pointers(
    base: Store, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vfsloader.init(base, watch=False):
        decoded = pixels(vfsloader.pygame.load_image("/3.png"))
    monkeypatch.setattr(pointer_swap, "can_swap_surfaces", lambda: False)
    with vfsloader.init(base, watch=False, cache=prepared) as game:
        assert pixels(vfsloader.pygame.load_image("/3.png")) == decoded
        assert game.stats()["prepared"] == 1


def test_a_picture_from_the_prepared_cache_is_the_games_own(base: Store, prepared: Path) -> None:
    with vfsloader.init(base, watch=False, cache=prepared):
        vfsloader.pygame.load_image("/0.png").fill(GREEN)
        assert tuple(vfsloader.pygame.load_image("/0.png").get_at((0, 0))) != GREEN


def test_a_picture_from_the_prepared_cache_is_live(base: Store, prepared: Path) -> None:
    with vfsloader.init(base, watch=False, cache=prepared):
        shown, other = vfsloader.pygame.load_image("/1.png"), vfsloader.pygame.load_image("/2.png")
        base.write("/1.png", strip(*[(2, 2 * green, 3 * green, 255 - green) for green in range(9)]))
        vfsloader.update()
        assert pixels(shown) == pixels(other)
