"""Whatever a game makes of a loaded picture follows the picture; and it looks to the game as if nothing were done."""

from __future__ import annotations

import abc
import copy
import gc
import io
import pickle
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pygame
import pygame.gfxdraw
import pytest
import vfsloader.pygame
from vfsloader.pygame import Adopted, adopt, pointer_swap
from vfsloader.pygame.live_copies import counts, journal, masks, replaced_calls

import vfsloader
from tests.adapters.adopted_game import run_python
from tests.adapters.pygame_files import BLUE, FONT, GREEN, RED, encoded, pixels, png, strip
from vfsloader import ResourceManager, Store

CLEAR_BLUE = (0, 0, 255, 100)
Surface = pygame.Surface


@pytest.fixture
def adopted(tmp_path: Path, screen: object) -> Iterator[Adopted]:
    """A red picture, and a mod that makes it blue. The mod is off."""
    for name, data in {
        "res/p.png": png(RED),
        "res/sheet.png": strip(RED, GREEN, RED, GREEN),
        "mods/blue/p.png": png(BLUE),
        "mods/blue/sheet.png": strip(BLUE, GREEN, BLUE, BLUE),
        "mods/blue/mod.toml": b'id = "blue"\nname = "B"\nversion = "1"\n',
        "mods/large/p.png": png(CLEAR_BLUE, (20, 30)),
        "mods/large/mod.toml": b'id = "large"\nname = "L"\nversion = "1"\n',
        "mods/small/sheet.png": strip(BLUE, size=2),
        "mods/small/mod.toml": b'id = "small"\nname = "S"\nversion = "1"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    counts.reset()
    with adopt(tmp_path / "res", tmp_path / "mods", watch=False) as adopted:
        for mod in ("blue", "large", "small"):
            adopted.manager.mods.disable(mod)
        adopted.manager.update()
        yield adopted
    counts.reset()


@pytest.fixture
def load(adopted: Adopted) -> Callable[[str], pygame.Surface]:
    return lambda name: pygame.image.load(str(Path(adopted.folder, name)))


@pytest.fixture
def toggle(adopted: Adopted) -> Callable[..., None]:
    def toggle(mod: str = "blue", *, on: bool = True) -> None:
        (adopted.manager.mods.enable if on else adopted.manager.mods.disable)(mod)
        adopted.manager.update()

    return toggle


def onto_a_new_surface(picture: pygame.Surface) -> pygame.Surface:
    surface = pygame.Surface((20, 20))
    surface.blit(picture, (3, 3))
    return surface


def with_blits(picture: pygame.Surface) -> pygame.Surface:
    surface = pygame.Surface((20, 20), pygame.SRCALPHA)
    surface.blits((picture, (x, 3)) for x in (0, 5))
    surface.fblits((picture, (x, 9)) for x in (0, 5))
    return surface


def keyed(picture: pygame.Surface) -> pygame.Surface:
    picture = picture.convert()
    picture.set_colorkey((1, 2, 3))
    picture.set_alpha(128)
    return picture


def cut_by_blit(picture: pygame.Surface) -> pygame.Surface:
    surface = pygame.Surface((4, 4))
    surface.set_colorkey((0, 0, 0))
    surface.blit(picture, (0, 0), pygame.Rect(2, 2, 4, 4))
    return surface


def onto_text(picture: pygame.Surface) -> pygame.Surface:
    text = pygame.font.Font(io.BytesIO(FONT), 20).render("moth", True, "white").convert_alpha()
    picture = picture.copy()
    picture.blit(text, (0, 0))
    return picture


def onto_a_picture_from_elsewhere(picture: pygame.Surface) -> pygame.Surface:
    other = pygame.image.load(io.BytesIO(png(GREEN, (12, 12))), "x.png")
    other.set_at((1, 1), "white")
    other.blit(picture, (2, 2))
    return other


def onto_pixels_of_another_library(picture: pygame.Surface) -> pygame.Surface:
    other = pygame.image.frombuffer(bytes([9, 9, 9, 255] * 144), (12, 12), "RGBA")
    other.blit(picture, (2, 2))
    return other


def drawn_on(picture: pygame.Surface) -> pygame.Surface:
    picture = picture.copy()
    pygame.draw.line(picture, "white", (0, 0), (3, 3))
    pygame.gfxdraw.pixel(picture, 4, 4, (1, 2, 3))
    return picture


def scaled_onto(picture: pygame.Surface) -> pygame.Surface:
    target = pygame.Surface((9, 9), pygame.SRCALPHA, 32)
    pygame.transform.scale(picture.convert_alpha(), (9, 9), dest_surface=target)
    return target


def of_a_mask(picture: pygame.Surface) -> pygame.Surface:
    target = picture.copy()
    target.fill("black", (4, 0, 4, 6))
    return pygame.mask.from_surface(picture).to_surface(target, unsetcolor=None, setsurface=picture, area=(0, 0, 4, 6))


COPIES: dict[str, Callable[[pygame.Surface], pygame.Surface]] = {
    "convert": lambda picture: picture.convert(),
    "convert_alpha": lambda picture: picture.convert_alpha(),
    "a chain": lambda picture: pygame.transform.scale(picture.convert_alpha().copy(), (5, 5)).subsurface(1, 1, 3, 3),
    "copy": lambda picture: picture.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "subsurface": lambda picture: picture.subsurface((1, 1, 3, 3)),
    "subsurface of a subsurface": lambda picture: picture.subsurface((1, 1, 4, 4)).subsurface((1, 1, 2, 2)),
    "subsurface by its class": lambda picture: pygame.Surface.subsurface(picture, pygame.Rect(1, 1, 3, 3)),
    "convert of a subsurface": lambda picture: picture.subsurface((1, 1, 3, 3)).convert(),
    "premul_alpha": lambda picture: picture.premul_alpha(),
    "scale": lambda picture: pygame.transform.scale(picture, (16, 12)),
    "scale_by": lambda picture: pygame.transform.scale_by(picture, 2),
    "smoothscale": lambda picture: pygame.transform.smoothscale(picture, (16, 12)),
    "rotate": lambda picture: pygame.transform.rotate(picture, 30),
    "rotozoom": lambda picture: pygame.transform.rotozoom(picture, 30, 1.5),
    "flip": lambda picture: pygame.transform.flip(picture, True, False),
    "scale2x": lambda picture: pygame.transform.scale2x(picture),
    "chop": lambda picture: pygame.transform.chop(picture, (1, 1, 2, 2)),
    "grayscale": lambda picture: pygame.transform.grayscale(picture),
    "invert": lambda picture: pygame.transform.invert(picture),
    "box_blur": lambda picture: pygame.transform.box_blur(picture, 1),
    "average_surfaces": lambda picture: pygame.transform.average_surfaces([picture, picture]),
    "scale onto a surface": scaled_onto,
    "blit": onto_a_new_surface,
    "blits and fblits": with_blits,
    "a cell of a sheet": cut_by_blit,
    "colour key and alpha": keyed,
    "text": onto_text,
    "a picture from elsewhere": onto_a_picture_from_elsewhere,
    "pixels of another library": onto_pixels_of_another_library,
    "draw and gfxdraw": drawn_on,
    "a mask's surface": of_a_mask,
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES.keys())
def test_a_copy_follows(
    make: Callable[[pygame.Surface], pygame.Surface],
    load: Callable[[str], pygame.Surface],
    toggle: Callable[..., None],
) -> None:
    wanted = {colour: looks(make(pygame.image.load(io.BytesIO(png(colour)), "x.png"))) for colour in (RED, BLUE)}
    made = make(load("p.png"))
    assert looks(made) == wanted[RED]
    for _ in range(2):
        toggle()
        assert looks(made) == wanted[BLUE]
        toggle(on=False)
        assert looks(made) == wanted[RED]
    assert counts.report()[1:] == []


def looks(surface: pygame.Surface) -> tuple[Any, ...]:
    return surface.get_size(), surface.get_colorkey(), surface.get_alpha(), surface.get_masks(), pixels(surface)


def test_another_size_keeps_what_the_game_set(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    picture = load("p.png").convert()
    picture.set_colorkey(RED[:3])
    picture.set_alpha(100)
    fixed, relative = pygame.transform.scale(picture, (5, 5)), pygame.transform.scale_by(picture, 2)
    toggle("large")
    assert picture.get_size() == (20, 30)
    assert picture.get_colorkey() == RED
    assert picture.get_alpha() == 100
    assert fixed.get_size() == (5, 5)
    assert relative.get_size() == (40, 60)


def test_a_colour_key_that_was_taken_from_the_picture_is_taken_again(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    picture = load("p.png").convert()
    corner = picture.get_at((7, 5))
    picture.set_colorkey(corner, pygame.RLEACCEL)
    cell = onto_a_new_surface(load("sheet.png"))
    cell.set_colorkey(cell.get_at((3, 3)))
    scaled, part = pygame.transform.scale(cell, (40, 40)), load("p.png").subsurface((2, 2, 3, 3))
    part.set_colorkey(part.get_at((0, 0)))
    equal, stale = load("p.png").convert(), load("p.png").convert()
    equal.set_colorkey(tuple(corner))  # a colour that the game knows by itself
    before = stale.get_at((0, 0))
    stale.fill(GREEN, (1, 1, 1, 1))
    stale.set_colorkey(before)
    following = picture, cell, scaled, part
    toggle()
    assert [surface.get_colorkey() for surface in following] == [BLUE] * 4
    assert [surface.get_colorkey() for surface in (equal, stale)] == [RED] * 2
    toggle("small")  # its sheet is smaller than the place
    toggle(on=False)
    toggle("small", on=False)
    assert [surface.get_colorkey() for surface in following] == [RED] * 4


def test_a_subsurface_shares_pixels_after_a_change_of_size(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    picture = load("p.png")
    part = picture.subsurface((1, 1, 4, 4))
    inner = part.subsurface((1, 1, 2, 2))
    part.set_colorkey((9, 9, 9))
    toggle("large")
    assert picture.get_size() == (20, 30)
    assert inner.get_parent() is part
    assert part.get_parent() is picture
    assert part.get_colorkey() == (9, 9, 9, 255)
    picture.fill(GREEN)
    assert inner.get_at((0, 0)) == GREEN
    inner.fill(RED)
    assert picture.get_at((2, 2)) == RED
    toggle("large", on=False)
    assert (picture.get_at((2, 2)), picture.get_at((0, 0))) == (RED, GREEN)


def test_a_smaller_sheet_leaves_what_it_does_not_have(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    sheet = load("sheet.png")
    cells = [sheet.subsurface((x, 0, 4, 4)) for x in (0, 4, 8, 12)]
    copies = [cell.copy() for cell in cells]
    toggle("small")
    assert cells[0].get_at((0, 0)) == copies[0].get_at((0, 0)) == BLUE
    assert cells[0].get_at((3, 3)) == (0, 0, 0, 0)
    assert cells[3].get_at((0, 0)) == GREEN
    assert [cell.get_size() for cell in cells] == [(4, 4)] * 4
    toggle("small", on=False)
    assert [cell.get_at((3, 3)) for cell in cells] == [copy.get_at((3, 3)) for copy in copies] == [RED, GREEN] * 2
    assert all(cell.get_parent() is sheet for cell in cells)


def test_arguments_that_the_game_changes_later_do_not_count(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    surface, position, area = pygame.Surface((20, 20)), [3, 3], pygame.Rect(0, 0, 4, 4)
    surface.blit(load("p.png"), position, area)
    position[0], area.width = 15, 1
    toggle()
    assert [surface.get_at((x, 3)) for x in (3, 6, 7)] == [BLUE, BLUE, (0, 0, 0, 255)]


def test_drawing_on_a_source_later_does_not_count_for_an_earlier_copy(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    picture = load("p.png")
    early = picture.copy()
    picture.fill(GREEN, (0, 0, 2, 2))
    late = picture.copy()
    toggle()
    assert [surface.get_at((0, 0)) for surface in (picture, early, late)] == [GREEN, BLUE, GREEN]
    assert [surface.get_at((4, 4)) for surface in (picture, early, late)] == [BLUE] * 3


def test_nothing_is_shown_before_all_of_it_is(adopted: Adopted, load: Callable[[str], pygame.Surface]) -> None:
    picture, sheet = load("p.png"), load("sheet.png")
    both = pygame.Surface((30, 30))
    both.blit(picture, (0, 0))
    both.blit(sheet, (10, 0))
    held = [picture, sheet, both, *[pygame.transform.rotate(picture, angle) for angle in range(0, 90, 9)]]
    adopted.manager.mods.enable("blue")
    slices = 0
    while not adopted.manager.update(0.0):
        slices += 1
        assert picture.get_at((0, 0)) == sheet.get_at((0, 0)) == both.get_at((0, 0)) == both.get_at((10, 0)) == RED
        held.append(picture.copy())  # the game goes on
        picture.set_alpha(200 + slices)
    assert slices >= 2
    assert [surface.get_at((surface.get_width() // 2, surface.get_height() // 2))[:3] for surface in held
            if surface not in (sheet, both)] == [BLUE[:3]] * (len(held) - 2)  # fmt: skip
    assert both.get_at((0, 0)) == both.get_at((10, 0)) == BLUE
    assert picture.get_alpha() == 200 + slices


def test_a_mask_follows(load: Callable[[str], pygame.Surface], toggle: Callable[..., None]) -> None:
    picture = load("p.png")
    mask = pygame.mask.from_surface(picture)
    assert isinstance(mask, pygame.mask.Mask)
    part, scaled = mask.copy(), mask.scale((4, 3))
    part.erase(pygame.mask.Mask((2, 2), fill=True), (0, 0))
    assert (mask.count(), part.count(), scaled.count()) == (48, 44, 12)
    toggle("large")  # its pixels are too transparent for a mask
    assert (mask.get_size(), mask.count(), part.count(), scaled.count()) == ((20, 30), 0, 0, 0)
    toggle("large", on=False)
    assert (mask.get_size(), mask.count(), part.count(), scaled.count()) == ((8, 6), 48, 44, 12)
    assert masks.__doc__


def test_a_tile_is_converted_as_the_game_would_decide(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    """Libraries for tile maps convert a tile without transparency if it has no transparent pixel."""
    tile, always = load("p.png").subsurface((0, 0, 4, 4)), load("p.png").convert()
    assert pygame.mask.from_surface(tile, 127).count() == 16
    tile = tile.convert()
    toggle("large")
    assert tile.get_at((0, 0)) == CLEAR_BLUE
    assert always.get_at((0, 0)) == BLUE


def test_a_surface_that_shares_a_buffer_goes_on_sharing_it(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    buffer = bytearray([9, 9, 9, 255] * 144)
    surface = pygame.image.frombuffer(buffer, (12, 12), "RGBA")
    surface.blit(load("p.png"), (0, 0))
    toggle()
    assert surface.get_at((0, 0)) == RED
    buffer[0:4] = GREEN
    assert surface.get_at((0, 0)) == GREEN
    assert pygame.image.frombuffer(buffer=bytes(4), size=(1, 1), format="RGBA").get_at((0, 0)) == (0, 0, 0, 0)


def test_a_cursor_and_an_icon_follow(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vfsloader.pygame.live_copies import shown

    icons = []
    monkeypatch.setattr(shown, "_set_icon", lambda surface: icons.append(surface.get_at((0, 0))))
    picture, icon = load("p.png"), load("p.png").copy()
    pygame.mouse.set_cursor(pygame.cursors.Cursor((0, 0), picture))
    pygame.display.set_icon(icon)
    toggle()
    assert icons == [BLUE]
    assert pygame.mouse.get_cursor().data[1] is picture


def test_a_sprite_group_draws_the_change(load: Callable[[str], pygame.Surface], toggle: Callable[..., None]) -> None:
    sprite: Any = pygame.sprite.Sprite()
    sprite.image = pygame.transform.scale_by(load("p.png").convert_alpha(), 2)
    sprite.rect = sprite.image.get_rect()
    sprite.mask = pygame.mask.from_surface(sprite.image)
    screen = pygame.display.get_surface()
    assert screen is not None
    group = pygame.sprite.Group(sprite)
    toggle()
    group.draw(screen)
    assert screen.get_at((0, 0)) == BLUE


@pytest.mark.parametrize(
    "opened",
    [lambda s: pygame.PixelArray(s), lambda s: pygame.surfarray.pixels3d(s), lambda s: s.get_view("2")],
    ids=["PixelArray", "pixels3d", "get_view"],
)
@pytest.mark.parametrize("writes", [False, True])
def test_pixels_that_were_written_directly_are_left_and_counted(
    opened: Callable[[pygame.Surface], Any],
    writes: bool,
    adopted: Adopted,
    load: Callable[[str], pygame.Surface],
    toggle: Callable[..., None],
) -> None:
    picture = load("p.png")
    array = opened(picture)
    if writes:
        (array if isinstance(array, pygame.PixelArray) else numpy.asarray(array))[0, 0] = 7
    if isinstance(array, pygame.PixelArray):
        array.close()
    del array
    toggle()
    assert (picture.get_at((4, 4)) == BLUE) is not writes
    assert ("1 surface does not follow changes: its pixels were changed through" in adopted.report()) is writes


def test_numpy_is_imported_when_the_game_uses_it_and_its_arrays_are_watched(adopted: Adopted, tmp_path: Path) -> None:
    program = (
        "import sys, pygame, vfsloader.pygame\n"
        "with vfsloader.pygame.adopt('res', 'mods', watch=False) as adopted:\n"
        "    adopted.manager.mods.disable('blue'); adopted.manager.update()\n"
        "    picture = pygame.image.load('res/p.png')\n"
        "    assert 'numpy' not in sys.modules\n"
        "    pygame.surfarray.pixels3d(picture)[0, 0] = 7\n"
        "    adopted.manager.mods.enable('blue'); adopted.manager.update()\n"
        "    assert '1 surface does not follow changes' in adopted.report(), adopted.report()\n"
        "    ours = pygame.surfarray.pixels3d\n"
        "assert pygame.surfarray.pixels3d is not ours\n"
    )
    done = run_python("-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_is_drawn_on_all_the_time_is_quiet(load: Callable[[str], pygame.Surface], adopted: Adopted) -> None:
    picture, buffer, once = load("p.png"), pygame.Surface((20, 20)), pygame.Surface((20, 20))
    once.blit(picture, (0, 0))
    for _ in range(journal.MAX_FRAMES + 2):
        buffer.blit(picture, (0, 0))
        adopted.manager.update()
    assert type(buffer).blit is Surface.blit, "it is as fast as a plain surface"
    assert type(once).blit is not Surface.blit
    assert journal.recipe_of(buffer) is None
    assert "it is drawn on in each frame" in adopted.report()


def test_a_surface_that_is_drawn_on_much_in_some_frames_is_left_sooner(load: Callable[[str], pygame.Surface]) -> None:
    picture, busy, calm = load("p.png"), pygame.Surface((9, 9)), pygame.Surface((9, 9))
    for _ in range(journal.FEW_FRAMES + 2):
        for _ in range(journal.MANY_STEPS // journal.FEW_FRAMES + 1):
            busy.blit(picture, (0, 0))
        calm.blit(picture, (0, 0))
        pygame.display.flip()
    assert journal.recipe_of(busy) is None
    assert journal.recipe_of(calm) is not None


def test_a_surface_that_is_filled_again_keeps_no_history(load: Callable[[str], pygame.Surface]) -> None:
    picture, buffer = load("p.png"), pygame.Surface((20, 20))
    for _ in range(1000):
        buffer.fill("black")
        for _ in range(10):
            buffer.blit(picture, (0, 0))
    recipe = journal.recipe_of(buffer)
    assert recipe is not None
    assert len(recipe.steps) < 30


def test_a_chain_without_end_is_not_followed(load: Callable[[str], pygame.Surface], adopted: Adopted) -> None:
    picture = load("p.png")
    for _ in range(journal.MAX_DEPTH + 10):
        picture = pygame.transform.flip(picture, True, False)
    assert "chain of more than 64 copies" in adopted.report()


def test_properties_that_are_set_each_frame_take_no_memory(load: Callable[[str], pygame.Surface]) -> None:
    picture = load("p.png")
    for alpha in range(1000):
        picture.set_alpha(alpha % 256)
        picture.set_colorkey((alpha % 256, 0, 0))
    recipe = journal.recipe_of(picture)
    assert recipe is not None
    assert len(recipe.steps) == 2


def test_copies_are_held_weakly(load: Callable[[str], pygame.Surface], toggle: Callable[..., None]) -> None:
    picture = load("p.png")
    dropped = [weakref.ref(make(picture)) for make in COPIES.values()]
    gc.collect()
    assert [ref() for ref in dropped] == [None] * len(dropped)
    toggle()


def test_many_toggles_leave_no_memory_behind(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None], adopted: Adopted
) -> None:
    picture, sheet = load("p.png"), load("sheet.png")
    held = [make(picture) for make in COPIES.values()] + [sheet.subsurface((0, 0, 4, 4))]
    held.append(onto_a_new_surface(sheet))

    def toggles(count: int) -> tuple[int, int]:
        for number in range(count):
            toggle("large" if number % 3 else "blue", on=number % 2 == 0)
            picture.set_alpha(number % 256)
        for mod in ("blue", "large"):
            toggle(mod, on=False)
        gc.collect()
        return len(gc.get_objects()), tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        toggles(120)  # until the history of the mods is as long as it gets
        objects, memory = toggles(20)
        more_objects, more_memory = toggles(300)
    finally:
        tracemalloc.stop()
    assert more_objects - objects < 100
    assert more_memory - memory < 100_000
    assert held


# --- no footprints -----------------------------------------------------------------------------------


def test_surfaces_look_like_pygames_own(load: Callable[[str], pygame.Surface]) -> None:
    screen = pygame.display.get_surface()
    plain = Surface((8, 6), pygame.SRCALPHA, 32)
    for surface in (load("p.png"), load("p.png").copy(), pygame.Surface((8, 6)), load("p.png").subsurface((0, 0, 2, 2)),
                    pygame.transform.rotate(load("p.png"), 3), screen, plain):  # fmt: skip
        assert isinstance(surface, pygame.Surface)
        assert isinstance(surface, Surface)
        assert isinstance(surface, pygame.SurfaceType)
        assert issubclass(type(surface), pygame.Surface)
        assert type(surface).__name__ == "Surface"
        assert type(surface).__module__ == "pygame.surface"
        assert surface == surface
        assert surface != plain.copy()
        assert hash(surface) == object.__hash__(surface)
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(surface)
        with pytest.raises(AttributeError):
            surface.something = 1  # type: ignore[union-attr]
        assert {name for name in dir(surface) if not name.startswith("_")} == {
            name for name in dir(Surface) if not name.startswith("_")
        }
    assert type(load("p.png")) is type(load("p.png").copy()) is type(pygame.Surface((1, 1))) is pygame.Surface
    assert repr(load("p.png")) == repr(pygame.image.load(io.BytesIO(png(RED)), "x.png"))
    assert not isinstance("text", pygame.Surface)
    assert issubclass(Surface, pygame.Surface)


def test_errors_are_pygames_own(load: Callable[[str], pygame.Surface]) -> None:
    picture = load("p.png")
    wrongs: list[Callable[[pygame.Surface], object]] = [
        lambda surface: surface.subsurface((0, 0, 99, 99)),
        lambda surface: surface.blit(3, (0, 0)),  # type: ignore[arg-type]
        lambda surface: surface.fill("no colour"),
        lambda surface: pygame.transform.scale(surface, (-1, 2)),
        lambda surface: surface.set_at((0,), 0),  # type: ignore[arg-type]
        lambda surface: surface.blits([1]),  # type: ignore[list-item]
    ]
    for wrong in wrongs:
        messages = []
        for surface in (picture, Surface((8, 6))):
            with pytest.raises((ValueError, TypeError, pygame.error)) as caught:
                wrong(surface)
            messages.append((type(caught.value), str(caught.value)))
        assert messages[0] == messages[1]


def test_a_game_may_have_its_own_surface_class(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None]
) -> None:
    class Tile(pygame.Surface, abc.ABC):
        def __init__(self, picture: pygame.Surface) -> None:
            super().__init__(picture.get_size(), pygame.SRCALPHA)
            self.blit(picture, (0, 0))
            self.name = "tile"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Tile)

        __hash__ = None  # type: ignore[assignment]

    tile = Tile(load("p.png"))
    copied = tile.copy()
    toggle()
    assert tile.name == "tile"
    assert isinstance(tile, Tile)
    assert not isinstance(load("p.png"), Tile)
    assert tile.get_at((0, 0)) == copied.get_at((0, 0)) == BLUE
    assert tile == copied


def test_a_palette_stays_as_long_as_it_was(adopted: Adopted, load: Callable[[str], pygame.Surface]) -> None:
    palette = pygame.Surface((4, 4), 0, 8)
    palette.set_palette([(index, 0, 0) for index in range(256)])
    data = encoded(palette)
    Path(adopted.folder, "palette.png").write_bytes(data)
    plain = pygame.image.load(io.BytesIO(data), "x.png")
    adopted.manager.mods.rescan()
    assert len(load("palette.png").get_palette()) == len(plain.get_palette())
    assert load("palette.png").get_bitsize() == 8


def test_everything_is_put_back(adopted: Adopted) -> None:
    assert pygame.surfarray.pixels3d  # its functions are replaced when it is first used
    ours = [(owner, name) for owner, name, *_ in replaced_calls._replaced]
    assert len(ours) > 70
    others, replaced_calls._users = replaced_calls._users - 1, 1  # games of other tests in this process
    adopted.undo()
    assert pygame.Surface is pygame.SurfaceType is Surface
    assert not any(hasattr(getattr(owner, name), "__wrapped__") for owner, name in ours)
    for _ in range(others):
        replaced_calls.install()


# --- games that use vfsloader.pygame directly -------------------------------------------------------


def test_copies_of_a_loaded_picture_follow(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", png(RED))
    copies = [make(vfsloader.pygame.load_image("/p.png")) for make in COPIES.values()]
    shared = vfsloader.pygame.load_image("/p.png")
    base.write("/p.png", png(BLUE))
    (change,) = vfsloader.update()
    assert change.resources[-1] is shared
    assert shared.get_at((0, 0)) == BLUE
    for surface, make in zip(copies, COPIES.values(), strict=True):
        assert looks(surface) == looks(make(shared))


def test_a_copy_follows_after_its_picture_is_gone(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", png(RED))
    copied = vfsloader.pygame.load_image("/p.png").convert()
    gc.collect()
    again = vfsloader.pygame.load_image("/p.png")
    base.write("/p.png", png(BLUE))
    assert len(vfsloader.update()) == 1
    assert copied.get_at((0, 0)) == again.get_at((0, 0)) == BLUE
    del copied, again
    gc.collect()
    assert game.stats()["in_use"] == 0


def test_copies_of_a_sheet_and_an_animation_follow(base: Store, game: ResourceManager) -> None:
    base.write("/s.png", strip(RED, GREEN))
    tile = pygame.transform.flip(vfsloader.pygame.load_spritesheet("/s.png", (4, 4))[0], True, False)
    gc.collect()
    base.write("/s.png", strip(BLUE, GREEN))
    vfsloader.update()
    assert tile.get_at((0, 0)) == BLUE


def test_without_swapping_pointers_pictures_are_live(
    base: Store, game: ResourceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointer_swap, "can_swap_surfaces", lambda: False)
    base.write("/p.png", png(RED))
    picture = vfsloader.pygame.load_image("/p.png")
    copied = picture.copy()
    base.write("/p.png", png(BLUE, (20, 20)))
    vfsloader.update()
    assert picture.get_size() == copied.get_size() == (20, 20)
    assert picture.get_at((19, 19)) == copied.get_at((19, 19)) == BLUE


@pytest.mark.parametrize("width", [4, 5])
def test_a_picture_whose_palette_is_all_white_is_loaded(width: int) -> None:
    """pygame's own `copy` raises "Empty destination palette" for it."""
    from vfsloader.pygame.live_copies.recipes import duplicate

    picture = pygame.Surface((width, 2), 0, 8)
    picture.set_palette([(255, 255, 255)] * 256)
    picture.get_buffer().write(bytes([0, 1, 2, 3]), 0)
    picture.set_colorkey(3)
    with pytest.raises(pygame.error):
        picture.copy()
    for original in (picture, picture.subsurface((1, 0, 3, 2))):
        copy = duplicate(original)
        assert pygame.image.tobytes(copy, "RGBA") == pygame.image.tobytes(original, "RGBA")
        assert [copy.get_at_mapped((x, 0)) for x in range(3)] == [original.get_at_mapped((x, 0)) for x in range(3)]


def test_a_frozen_game_without_all_parts_of_pygame(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyInstaller leaves out what the game does not import itself."""
    from vfsloader.pygame.live_copies import install

    for name in ("pygame.gfxdraw", "pygame.surfarray"):
        monkeypatch.setitem(sys.modules, name, None)
    install()()


@pytest.mark.parametrize("is_part", [False, True])
@pytest.mark.parametrize("has_copy", [False, True])
def test_a_surface_that_was_drawn_on_often_before_it_shows_a_picture(
    load: Callable[[str], pygame.Surface], toggle: Callable[..., None], is_part: bool, has_copy: bool
) -> None:
    whole = pygame.Surface((20, 20), pygame.SRCALPHA)
    surface = whole.subsurface((2, 2, 18, 18)) if is_part else whole
    early = None
    for number in range(3 * journal.MAX_DRAWN):
        surface.set_at((number % 18, number // 18 % 18), (number % 256, 0, number % 7, 255))
        if has_copy and number == journal.MAX_DRAWN + 5:  # how it looked at that moment is known
            early = pygame.Surface((20, 20), pygame.SRCALPHA)
            early.blit(whole, (0, 0))
    recipe = journal.recipe_of(whole)
    assert recipe is not None
    assert len(recipe.steps) <= 3 * journal.MAX_DRAWN * has_copy
    before, seen = pixels(whole), None if early is None else pixels(early)
    surface.blit(load("p.png"), (3, 3))
    if early is not None:
        early.blit(load("p.png"), (3, 3))
    pygame.draw.line(surface, GREEN, (0, 0), (17, 17))
    shown = pixels(whole)
    toggle()
    at = (7, 5) if is_part else (5, 3)
    assert whole.get_at(at) == BLUE
    toggle(on=False)
    assert pixels(whole) == shown != before
    if early is not None:
        assert pixels(early) != seen
        toggle()
        toggle(on=False)
        assert early.get_at((15, 15))[:3] == tuple(seen[(15 * 20 + 15) * 4 :][:3])  # type: ignore[index]
