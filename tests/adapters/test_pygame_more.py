"""Sheets, animations, SVG, fonts, music, cursors and events of pygame, alive."""

from __future__ import annotations

import gc
import io
import json
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import pointer_swap
from vfsloader.pygame.pixels import deserialize, serialize

import vfsloader
from vfsloader import ResourceManager, Store
from vfsloader.errors import PathNotFoundError, ResourceError

RED, GREEN, BLUE, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
FONT = Path(pygame.__file__).with_name("freesansbold.ttf").read_bytes()


def encoded(surface: pygame.Surface, kind: str = "png") -> bytes:
    out = io.BytesIO()
    pygame.image.save(surface, out, f"x.{kind}")
    return out.getvalue()


def strip(*colours: tuple[int, ...], size: int = 4) -> bytes:
    """A row of squares."""
    surface = pygame.Surface((size * len(colours), size), pygame.SRCALPHA, 32)
    for place, colour in enumerate(colours):
        surface.fill(colour, (place * size, 0, size, size))
    return encoded(surface)


def wav(level: int, frames: int) -> bytes:
    samples = struct.pack("<h", level) * 2 * frames
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 2, 44100, 176400, 4,
                       16, b"data", len(samples))  # fmt: skip
    return head + samples


@pytest.fixture
def base(screen: object) -> Store:
    return Store(":memory:", name="base")


@pytest.fixture
def game(base: Store) -> Iterator[ResourceManager]:
    with vfsloader.init(base, watch=False) as made:
        yield made


def pixels(surface: pygame.Surface) -> bytes:
    return pygame.image.tobytes(surface, "RGBA")


# --- pictures ----------------------------------------------------------------------------------------


def test_pictures_are_scaled_and_keyed(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED, GREEN))
    assert vfsloader.pygame.load_image("/p.png", scale=2).get_size() == (16, 8)
    assert vfsloader.pygame.load_image("/p.png", size=(3, 5)).get_size() == (3, 5)
    assert vfsloader.pygame.load_image("/p.png", size=(3, 5), smooth=True).get_size() == (3, 5)
    keyed = vfsloader.pygame.load_image("/p.png", colorkey="corner", convert=False)
    assert keyed.get_colorkey() == RED
    assert vfsloader.pygame.load_image("/p.png", colorkey="#00ff00", convert=False).get_colorkey() == GREEN
    for wrong in ({"colorkey": "no colour"}, {"size": (0, 4)}, {"size": (1 << 20, 1 << 20)}, {"scale": 1e6}):
        with pytest.raises(ResourceError, match=r"/p\.png"):
            vfsloader.pygame.load_image("/p.png", **wrong)


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


def test_a_glob_gives_pictures_in_the_order_of_people(base: Store, game: ResourceManager) -> None:
    for n, colour in ((1, RED), (2, GREEN), (10, BLUE)):
        base.write(f"/walk{n}.png", strip(colour))
    shown = vfsloader.pygame.load_images("/walk*.png")
    assert [tuple(one.get_at((0, 0))) for one in shown] == [RED, GREEN, BLUE]
    with pytest.raises(PathNotFoundError, match=r"matches /run\*\.png"):
        vfsloader.pygame.load_images("/run*.png")


def bomb() -> bytes:
    """A picture of 60,000 x 60,000 in a kilobyte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(500_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_bad_pictures_are_told_and_the_game_goes_on(base: Store, game: ResourceManager) -> None:
    good = strip(RED)
    base.write("/p.png", good)
    shown = vfsloader.pygame.load_image("/p.png")
    assert len(bomb()) < 1024
    for data, reason in (
        (bomb(), "claims 60,000 x 60,000 pixels"),
        (good[: len(good) // 2], "not a picture"),
        (good[:20], "not a picture"),
        (b"just text", "not a picture"),
        (b"", "not a picture"),
    ):
        base.write("/p.png", data)
        (told,) = vfsloader.update()
        assert told.kind == "failed"
        assert reason in str(told.error)
        assert tuple(shown.get_at((0, 0))) == RED
        with pytest.raises(ResourceError, match=reason):
            vfsloader.pygame.load_image("/p.png", scale=1)
    base.remove("/p.png")
    base.make_folder("/p.png")
    (told,) = vfsloader.update()
    assert told.kind == "removed"
    with pytest.raises(OSError, match="is a folder"):
        vfsloader.pygame.load_image("/p.png", scale=1)


@pytest.mark.parametrize("kind", ["png", "bmp", "tga", "jpg"])
def test_the_size_is_read_from_the_header(kind: str, screen: object) -> None:
    from vfsloader.assets.picture_size import picture_size

    data = encoded(pygame.Surface((37, 21)), kind)
    assert picture_size(data, f"x.{kind}") == (37, 21)
    for cut in range(len(data)):
        picture_size(data[:cut], f"x.{kind}")


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


def test_pixels_are_frozen_and_thawed(screen: object) -> None:
    chance = random.Random(2)
    for make in (
        lambda size: pygame.Surface(size, pygame.SRCALPHA, 32),
        lambda size: pygame.Surface(size),
        lambda size: pygame.Surface(size, 0, 24),
        lambda size: pygame.Surface(size).convert(),
        lambda size: pygame.Surface(size, pygame.SRCALPHA).convert_alpha(),
    ):
        for _ in range(5):
            picture = make((chance.randint(1, 60), chance.randint(1, 60)))
            for _ in range(20):
                picture.set_at((chance.randrange(picture.get_width()), chance.randrange(picture.get_height())),
                               [chance.randrange(256) for _ in range(4)])  # fmt: skip
            frozen = serialize(picture)
            if frozen:
                again = deserialize(frozen)
                assert pixels(again) == pixels(picture)
                assert again.get_masks() == picture.get_masks()
                for cut in (0, 3, 10, len(frozen) - 1):
                    with pytest.raises(ValueError, match=r"."):
                        deserialize(frozen[:cut])
    with pytest.raises(ValueError, match="version"):
        deserialize(b"old?" + frozen[4:])


def test_the_prepared_cache_gives_the_same_pixels(base: Store, tmp_path: Path) -> None:
    for n in range(10):
        base.write(f"/{n}.png", strip(*[(n, 2 * m, 3 * m, 255 - m) for m in range(9)]))
    base.write("/opaque.bmp", encoded(pygame.Surface((9, 9)), "bmp"))
    shown = []
    for prepared in (0, 11):
        with vfsloader.init(base, watch=False, cache=tmp_path) as game:
            pictures = [vfsloader.pygame.load_image(f"/{n}.png") for n in range(10)]
            pictures.append(vfsloader.pygame.load_image("/opaque.bmp"))
            shown.append([pixels(picture) for picture in pictures])
            assert game.stats()["prepared"] == prepared
            pictures[0].fill(GREEN)
            base.write("/1.png", base.read(base.find("/2.png")))  # type: ignore[union-attr]
            vfsloader.update()
            assert pixels(pictures[1]) == pixels(pictures[2])
            base.write("/1.png", strip(*[(1, 2 * m, 3 * m, 255 - m) for m in range(9)]))
    assert shown[0] == shown[1]


def test_where_pygame_is_built_otherwise_nothing_is_exchanged(
    base: Store, game: ResourceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("can_swap_sounds", "can_swap_fonts"):
        monkeypatch.setattr(pointer_swap, name, lambda: False)
    base.write("/p.png", strip(RED, GREEN))
    base.write("/s.wav", wav(1, 100))
    base.write("/f.ttf", FONT)
    picture, sound = vfsloader.pygame.load_image("/p.png"), vfsloader.pygame.load_sound("/s.wav")
    font = game.handle("/f.ttf", vfsloader.pygame.fonts.FONTS, size=20)
    first = font.value
    assert pixels(picture) == pixels(pygame.image.load(io.BytesIO(strip(RED, GREEN))))
    base.write("/p.png", strip(BLUE))
    base.write("/s.wav", wav(2, 300))
    base.write("/f.ttf", FONT + b"\0")
    vfsloader.update()
    assert tuple(picture.get_at((0, 0))) == BLUE
    assert len(sound.get_raw()) == 1200
    assert font.value is not first


# --- sheets, animations ------------------------------------------------------------------------------


def test_a_grid_is_cut(base: Store, game: ResourceManager) -> None:
    base.write("/t.png", strip(RED, GREEN, BLUE))
    sheet = vfsloader.pygame.Spritesheet("/t.png", (4, 4))
    assert [tuple(tile.get_at((1, 1))) for tile in sheet] == [RED, GREEN, BLUE]
    assert sheet.names == ["0", "1", "2"]
    first = sheet[0]
    base.write("/t.png", strip(GREEN, BLUE))
    vfsloader.update()
    assert sheet[0] is first
    assert (tuple(first.get_at((0, 0))), len(sheet)) == (GREEN, 2)
    spaced = pygame.Surface((12, 8), pygame.SRCALPHA)
    spaced.fill(RED, (1, 1, 4, 6))
    spaced.fill(BLUE, (7, 1, 4, 6))
    base.write("/spaced.png", encoded(spaced))
    cut = vfsloader.pygame.load_spritesheet("/spaced.png", (4, 6), margin=1, spacing=2)
    assert [tuple(tile.get_at((0, 0))) for tile in cut] == [RED, BLUE]
    for wrong in ({}, {"tile": (0, 4)}, {"tile": (4, 4), "margin": -1}):
        with pytest.raises(ResourceError, match=r"is not a sheet"):
            vfsloader.pygame.load_spritesheet("/t.png", **wrong)


def test_aseprites_list(base: Store, game: ResourceManager) -> None:
    base.write("/moth/moth.png", strip(RED, GREEN, BLUE))
    rows = {
        f"moth {n}.aseprite": {"frame": {"x": 4 * n, "y": 0, "w": 4, "h": 4}, "rotated": False, "trimmed": False,
                               "duration": 100 + n}
        for n in range(3)
    }  # fmt: skip
    tags = [{"name": "fly", "from": 0, "to": 1, "direction": "forward"},
            {"name": "back", "from": 0, "to": 2, "direction": "reverse"},
            {"name": "swing", "from": 0, "to": 2, "direction": "pingpong"}]  # fmt: skip
    data: dict[str, Any] = {"frames": rows, "meta": {"image": "moth.png", "frameTags": tags}}
    base.write("/moth/moth.json", json.dumps(data).encode())
    sheet = vfsloader.pygame.load_spritesheet("/moth/moth.json")

    def colours(tag: str) -> list[tuple[int, ...]]:
        return [tuple(frame.get_at((0, 0))) for frame in sheet.animation(tag).frames]

    assert colours("fly") == [RED, GREEN]
    assert colours("back") == [BLUE, GREEN, RED]
    assert colours("swing") == [RED, GREEN, BLUE, GREEN]
    flight = sheet.animation("fly")
    assert (flight.durations_ms, flight.length_ms, len(flight)) == ([100, 101], 201, 2)
    assert [tuple(flight.frame_at(t).get_at((0, 0))) for t in (0, 99, 100, 200, 201)] == [RED, RED, GREEN, GREEN, RED]
    assert tuple(flight.frame_at(999, loop=False).get_at((0, 0))) == GREEN
    base.write("/moth/moth.png", strip(BLUE, BLUE, RED))
    (told,) = vfsloader.update()
    assert (told.path, told.resources) == ("/moth/moth.png", (sheet,))
    assert tuple(flight.frames[0].get_at((0, 0))) == BLUE
    data["frames"] = [{"filename": name, **row} for name, row in rows.items()]
    base.write("/moth/moth.json", json.dumps(data).encode())
    vfsloader.update()
    assert len(sheet) == 3


def test_texturepackers_list(base: Store, game: ResourceManager) -> None:
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
def test_lists_that_are_none(text: str, base: Store, game: ResourceManager) -> None:
    base.write("/t.png", strip(RED))
    base.write("/t.json", text.encode())
    with pytest.raises(OSError, match=r"t\.json|x\.png"):
        vfsloader.pygame.load_spritesheet("/t.json")


GIF = bytes.fromhex(
    "47494638396102000200f00000ff00000000ff21ff0b4e45545343415045322e300301000000"
    "21f904000a0000002c00000000020002000002028451 00"
    "21f904001400000 02c00000000020002000002028c53003b".replace(" ", "")
)


def test_a_moving_gif(base: Store, game: ResourceManager) -> None:
    base.write("/a.gif", GIF)
    loose = pygame.image.load_animation(io.BytesIO(GIF), "a.gif")
    shown = vfsloader.pygame.load_animation("/a.gif")
    assert [pixels(frame) for frame in shown.frames] == [pixels(picture.convert_alpha()) for picture, _ in loose]
    assert shown.durations_ms == [max(1, round(duration)) for _, duration in loose]
    first = shown.frames[0]
    base.write("/a.gif", GIF.replace(bytes.fromhex("ff00000000ff"), bytes.fromhex("00ff000000ff")))
    (told,) = vfsloader.update()
    assert (told.kind, shown.frames[0]) == ("changed", first)
    assert pixels(first) != pixels(loose[0][0].convert_alpha())
    base.write("/a.gif", b"no picture")
    assert vfsloader.update()[0].kind == "failed"
    assert len(shown) == len(loose)


def test_svg_is_drawn_at_the_size_that_is_wanted(base: Store, game: ResourceManager) -> None:
    def svg(colour: str) -> bytes:
        shape = f'<rect width="10" height="10" fill="{colour}"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">{shape}</svg>'.encode()

    base.write("/i.svg", svg("#ff0000"))
    plain, large = vfsloader.pygame.load_svg("/i.svg"), vfsloader.pygame.load_svg("/i.svg", (40, 40))
    assert (plain.get_size(), large.get_size()) == ((10, 10), (40, 40))
    assert tuple(large.get_at((20, 20))) == RED
    base.write("/i.svg", svg("#0000ff"))
    vfsloader.update()
    assert tuple(large.get_at((20, 20))) == BLUE
    base.write("/i.svg", b"<svg")
    assert vfsloader.update()[0].kind == "failed"


# --- sounds, music, fonts, cursors, events -----------------------------------------------------------


def test_thousands_of_sounds_of_other_lengths_leave_no_memory_behind(base: Store, game: ResourceManager) -> None:
    sound = vfsloader.pygame.LiveSound(buffer=bytes(4))

    def rss() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    for step in range(2000):
        if step == 200:
            gc.collect()
            start = rss()
        sound.copy_from(bytes(40_000 + step % 7 * 40_000))
        if step % 3 == 0:
            sound.play()
    gc.collect()
    assert rss() - start < 8 << 20


def test_a_sound_takes_its_volume_from_the_call_or_the_metadata(base: Store, game: ResourceManager) -> None:
    base.write("/s.wav", wav(1, 100))
    base.write("/s.wav.meta", b"volume = 0.25")
    assert vfsloader.pygame.load_sound("/s.wav").get_volume() == 0.25
    assert vfsloader.pygame.load_sound("/s.wav", volume=0.5).get_volume() == 0.5


def test_music_plays_from_a_real_file_and_pauses(base: Store, game: ResourceManager) -> None:
    base.write("/m.wav", wav(1000, 441_000))
    music = vfsloader.pygame.play_music("/m.wav", loops=-1)
    assert Path(music.file).read_bytes() == wav(1000, 441_000)
    assert music.is_playing
    for _ in range(10_000):
        pygame.mixer.music.pause()
        pygame.mixer.music.unpause()
    assert music.is_playing
    old = music.file
    base.write("/m.wav", wav(2000, 441_000))
    (told,) = vfsloader.update()
    assert told.resources == (music,)
    assert music.file != old
    assert music.is_playing
    pygame.mixer.music.stop()
    assert not music.is_playing
    base.write("/m.wav", b"no music")
    vfsloader.update()
    with pytest.raises(ResourceError, match=r"/m\.wav is not music"):
        music.play()


def test_music_of_a_folder_is_the_folders_own_file(tmp_path: Path, screen: object) -> None:
    (tmp_path / "m.wav").write_bytes(wav(1, 1000))
    with vfsloader.init(tmp_path, watch=False) as game:
        assert vfsloader.pygame.load_music("/m.wav").file == str(tmp_path / "m.wav")
        assert game.real_path("m.wav") == str(tmp_path / "m.wav")
        with pytest.raises(PathNotFoundError):
            game.real_path("/nope.ogg")


def test_music_is_played_to_its_end(base: Store, game: ResourceManager, wait_for: Callable[..., object]) -> None:
    base.write("/m.wav", wav(1000, 8820))
    music = vfsloader.pygame.play_music("/m.wav")
    wait_for(lambda: not music.is_playing, "the end of the music")


def test_a_font_is_changed_in_place(base: Store, game: ResourceManager) -> None:
    base.write("/f.ttf", FONT)
    font = vfsloader.pygame.load_font("/f.ttf", 30)
    assert isinstance(font, pygame.font.Font)
    assert pixels(font.render("moth", True, "red")) == pixels(
        pygame.font.Font(io.BytesIO(FONT), 30).render("moth", True, "red")
    )
    font.underline = True
    assert vfsloader.pygame.load_font("/f.ttf", 30) is font
    assert vfsloader.pygame.load_font("/f.ttf", 10).get_height() < font.get_height()
    base.write("/f.ttf", FONT + b"\0\0")
    (told,) = vfsloader.update()
    assert (told.kind, told.path) == ("changed", "/f.ttf")
    assert vfsloader.pygame.load_font("/f.ttf", 30) is font
    assert font.underline
    for wrong in (b"text", FONT[:100], b""):
        base.write("/f.ttf", wrong)
        (told,) = vfsloader.update()
        assert told.kind == "failed"
        assert font.render("moth", True, "red").get_width() > 10


def test_fonts_leave_no_memory_behind(screen: object) -> None:
    font = vfsloader.pygame.LiveFont(io.BytesIO(FONT), 20)

    def rss() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    for step in range(1200):
        if step == 200:
            gc.collect()
            start = rss()
        assert font.steal_from(pygame.font.Font(io.BytesIO(FONT), 10 + step % 30))
        font.render("moth", True, "red")
    gc.collect()
    assert rss() - start < 8 << 20


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


def test_each_change_is_an_event(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED))
    shown = vfsloader.pygame.load_image("/p.png")
    pygame.event.clear()
    vfsloader.use(game)
    base.write("/p.png", strip(BLUE))
    vfsloader.update()
    (event,) = pygame.event.get(vfsloader.pygame.RESOURCE_CHANGED)
    assert (event.path, event.kind, event.layer, event.error) == ("/p.png", "changed", "base", None)
    assert list(event.resources) == [shown]
    base.write("/p.png", b"bad")
    vfsloader.update()
    (event,) = pygame.event.get(vfsloader.pygame.RESOURCE_CHANGED)
    assert event.kind == "failed"
    pygame.display.quit()
    base.write("/p.png", strip(RED))
    assert vfsloader.update()


def test_a_game_without_a_sound_device_says_so(
    base: Store, game: ResourceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.write("/s.wav", wav(1, 100))
    pygame.mixer.quit()
    for load in (vfsloader.pygame.load_sound, vfsloader.pygame.play_music):
        with pytest.raises(vfsloader.VFSError, match=r"pygame\.mixer\.init\(\)"):
            load("/s.wav")
