"""Sheets, animations, SVG pictures and cursors of pygame, live."""

from __future__ import annotations

import io
import json
from typing import Any

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from tests.adapters.pygame_files import BLUE, CLEAR, GREEN, RED, encoded, pixels, strip
from vfsloader import ResourceManager, Store
from vfsloader.errors import ResourceError


@pytest.fixture
def tiles(base: Store, game: ResourceManager) -> vfsloader.pygame.Sheet:
    base.write("/t.png", strip(RED, GREEN, BLUE))
    return vfsloader.pygame.Spritesheet("/t.png", (4, 4))


def test_a_grid_is_cut(tiles: vfsloader.pygame.Sheet) -> None:
    assert [tuple(tile.get_at((1, 1))) for tile in tiles] == [RED, GREEN, BLUE]
    assert tiles.names == ["0", "1", "2"]
    assert tiles["1"] is tiles[1]


def test_the_tiles_are_live(tiles: vfsloader.pygame.Sheet, base: Store) -> None:
    first = tiles[0]
    base.write("/t.png", strip(GREEN, BLUE))
    vfsloader.update()
    assert tiles[0] is first
    assert (tuple(first.get_at((0, 0))), len(tiles)) == (GREEN, 2)


def test_a_grid_has_a_margin_and_gaps(base: Store, game: ResourceManager) -> None:
    spaced = pygame.Surface((12, 8), pygame.SRCALPHA)
    spaced.fill(RED, (1, 1, 4, 6))
    spaced.fill(BLUE, (7, 1, 4, 6))
    base.write("/spaced.png", encoded(spaced))
    sheet = vfsloader.pygame.load_spritesheet("/spaced.png", (4, 6), margin=1, spacing=2)
    assert [tuple(tile.get_at((0, 0))) for tile in sheet] == [RED, BLUE]


@pytest.mark.parametrize("options", [{}, {"tile": (0, 4)}, {"tile": (4, 4), "margin": -1}], ids=str)
def test_a_grid_needs_the_size_of_a_tile(options: dict[str, Any], base: Store, game: ResourceManager) -> None:
    base.write("/t.png", strip(RED))
    with pytest.raises(ResourceError, match=r"is not a sheet"):
        vfsloader.pygame.load_spritesheet("/t.png", **options)


def aseprite_json() -> dict[str, Any]:
    frames = {
        f"moth {n}.aseprite": {"frame": {"x": 4 * n, "y": 0, "w": 4, "h": 4}, "rotated": False, "trimmed": False,
                               "duration": 100 + n}
        for n in range(3)
    }  # fmt: skip
    tags = [{"name": "fly", "from": 0, "to": 1, "direction": "forward"},
            {"name": "back", "from": 0, "to": 2, "direction": "reverse"},
            {"name": "swing", "from": 0, "to": 2, "direction": "pingpong"}]  # fmt: skip
    return {"frames": frames, "meta": {"image": "moth.png", "frameTags": tags}}


@pytest.fixture
def moth(base: Store, game: ResourceManager) -> vfsloader.pygame.Sheet:
    base.write("/moth/moth.png", strip(RED, GREEN, BLUE))
    base.write("/moth/moth.json", json.dumps(aseprite_json()).encode())
    return vfsloader.pygame.load_spritesheet("/moth/moth.json")


@pytest.mark.parametrize(
    ("tag", "colours"),
    [("fly", [RED, GREEN]), ("back", [BLUE, GREEN, RED]), ("swing", [RED, GREEN, BLUE, GREEN])],
)
def test_aseprites_tags(tag: str, colours: list[tuple[int, ...]], moth: vfsloader.pygame.Sheet) -> None:
    assert [tuple(frame.get_at((0, 0))) for frame in moth.animation(tag).frames] == colours


def test_aseprites_durations(moth: vfsloader.pygame.Sheet) -> None:
    flight = moth.animation("fly")
    assert (flight.durations_ms, flight.length_ms, len(flight)) == ([100, 101], 201, 2)
    assert [tuple(flight.frame_at(t).get_at((0, 0))) for t in (0, 99, 100, 200, 201)] == [RED, RED, GREEN, GREEN, RED]
    assert tuple(flight.frame_at(999, loop=False).get_at((0, 0))) == GREEN


def test_a_sheet_follows_its_picture(moth: vfsloader.pygame.Sheet, base: Store) -> None:
    flight = moth.animation("fly")
    base.write("/moth/moth.png", strip(BLUE, BLUE, RED))
    (change,) = vfsloader.update()
    assert (change.path, change.resources) == ("/moth/moth.png", (moth,))
    assert tuple(flight.frames[0].get_at((0, 0))) == BLUE


def test_a_sheet_follows_its_json(moth: vfsloader.pygame.Sheet, base: Store) -> None:
    data = aseprite_json()
    data["frames"] = [{"filename": name, **row} for name, row in data["frames"].items()][:2]
    data["meta"]["frameTags"] = []
    base.write("/moth/moth.json", json.dumps(data).encode())
    vfsloader.update()
    assert (moth.names, moth.tags) == (["moth 0.aseprite", "moth 1.aseprite"], {})


def test_texturepacker_rotates_and_trims(base: Store, game: ResourceManager) -> None:
    upright = pygame.Surface((2, 3), pygame.SRCALPHA)
    upright.fill(RED)
    upright.set_at((0, 0), GREEN)
    packed = pygame.Surface((10, 10), pygame.SRCALPHA)
    packed.blit(pygame.transform.rotate(upright, -90), (5, 5))
    base.write("/sheet.png", encoded(packed))
    row = {"filename": "a", "frame": {"x": 5, "y": 5, "w": 2, "h": 3}, "rotated": True, "trimmed": True,
           "spriteSourceSize": {"x": 1, "y": 2, "w": 2, "h": 3}, "sourceSize": {"w": 6, "h": 7}}  # fmt: skip
    base.write("/sheet.json", json.dumps({"frames": [row], "meta": {"image": "sheet.png"}}).encode())
    frame = vfsloader.pygame.load_spritesheet("/sheet.json")["a"]
    assert frame.get_size() == (6, 7)
    assert [tuple(frame.get_at(at)) for at in ((1, 2), (2, 4), (0, 0))] == [GREEN, RED, CLEAR]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"meta": {"image": "../../x.png"}, "frames": {}}', '{"meta": {"image": 5}, "frames": {}}',
     '{"meta": {"image": "t.png"}, "frames": {"a": {}}}',
     '{"meta": {"image": "t.png"}, "frames": {"a": {"frame": {"x": 0, "y": 0, "w": 99, "h": 1}}}}'],
)  # fmt: skip
def test_json_that_is_not_a_sheet(text: str, base: Store, game: ResourceManager) -> None:
    base.write("/t.png", strip(RED))
    base.write("/t.json", text.encode())
    with pytest.raises(OSError, match=r"t\.json|x\.png"):
        vfsloader.pygame.load_spritesheet("/t.json")


GIF = bytes.fromhex(
    "47494638396102000200f00000ff00000000ff21ff0b4e45545343415045322e300301000000"
    "21f904000a0000002c00000000020002000002028451 00"
    "21f904001400000 02c00000000020002000002028c53003b".replace(" ", "")
)


@pytest.fixture
def gif(base: Store, game: ResourceManager) -> vfsloader.pygame.Animation:
    base.write("/a.gif", GIF)
    return vfsloader.pygame.load_animation("/a.gif")


def test_an_animated_gif(gif: vfsloader.pygame.Animation) -> None:
    loose = pygame.image.load_animation(io.BytesIO(GIF), "a.gif")
    assert len(gif) == len(loose) == 2
    assert [pixels(frame) for frame in gif.frames] == [pixels(picture.convert_alpha()) for picture, _ in loose]
    assert gif.durations_ms == [max(1, round(duration)) for _, duration in loose]


def test_an_animated_gif_is_live(gif: vfsloader.pygame.Animation, base: Store) -> None:
    first, before = gif.frames[0], pixels(gif.frames[0])
    base.write("/a.gif", GIF.replace(bytes.fromhex("ff00000000ff"), bytes.fromhex("00ff000000ff")))
    (change,) = vfsloader.update()
    assert change.kind == "changed"
    assert gif.frames[0] is first
    assert pixels(first) != before


def test_a_broken_gif_leaves_the_old_frames(gif: vfsloader.pygame.Animation, base: Store) -> None:
    before = [pixels(frame) for frame in gif.frames]
    base.write("/a.gif", b"no picture")
    assert [change.kind for change in vfsloader.update()] == ["failed"]
    assert [pixels(frame) for frame in gif.frames] == before


def svg(colour: str) -> bytes:
    shape = f'<rect width="10" height="10" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">{shape}</svg>'.encode()


def test_svg_is_drawn_at_the_requested_size(base: Store, game: ResourceManager) -> None:
    base.write("/i.svg", svg("#ff0000"))
    plain, large = vfsloader.pygame.load_svg("/i.svg"), vfsloader.pygame.load_svg("/i.svg", (40, 40))
    assert (plain.get_size(), large.get_size()) == ((10, 10), (40, 40))
    assert tuple(large.get_at((20, 20))) == tuple(plain.get_at((5, 5))) == RED


def test_svg_is_live(base: Store, game: ResourceManager) -> None:
    base.write("/i.svg", svg("#ff0000"))
    large = vfsloader.pygame.load_svg("/i.svg", (40, 40))
    base.write("/i.svg", svg("#0000ff"))
    vfsloader.update()
    assert tuple(large.get_at((20, 20))) == BLUE
    base.write("/i.svg", b"<svg")
    assert [change.kind for change in vfsloader.update()] == ["failed"]
    assert tuple(large.get_at((20, 20))) == BLUE


def test_a_cursor_that_is_shown_is_changed(base: Store, game: ResourceManager) -> None:
    base.write("/c.png", strip(RED, size=16))
    cursor = vfsloader.pygame.load_cursor("/c.png", (2, 3))
    assert cursor.value.data[0] == (2, 3)
    pygame.mouse.set_cursor(cursor.value)
    old = cursor.value
    base.write("/c.png", strip(BLUE, size=16))
    vfsloader.update()
    assert cursor.value is not old
    assert pygame.mouse.get_cursor() == cursor.value
    assert pygame.mouse.get_cursor() != old


def test_another_cursor_that_is_shown_stays(base: Store, game: ResourceManager) -> None:
    base.write("/c.png", strip(RED, size=16))
    cursor = vfsloader.pygame.load_cursor("/c.png")
    pygame.mouse.set_cursor(pygame.cursors.arrow)
    base.write("/c.png", strip(BLUE, size=16))
    vfsloader.update()
    assert pygame.mouse.get_cursor() == pygame.cursors.arrow
    assert tuple(cursor.value.data[1].get_at((0, 0))) == BLUE
