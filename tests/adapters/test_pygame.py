"""Live pictures and sounds of pygame: the same object, whatever its file becomes."""

from __future__ import annotations

import doctest
import gc
import io
import random
from collections.abc import Callable, Iterator
from types import ModuleType

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import LiveSurface, images, sounds, surface

import vfsloader
from tests.adapters.pygame_files import GREEN, RED, pixels, png, rss, wav
from vfsloader import ResourceManager, Store
from vfsloader.errors import NotInitializedError, PathNotFoundError, ResourceError

GHOST = (10, 20, 30, 0)


@pytest.mark.parametrize("module", [images, sounds, surface], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_run(module: ModuleType, screen: object) -> None:
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.fixture
def game(screen: object) -> Iterator[ResourceManager]:
    base = Store(":memory:")
    base.write("/p.png", png(RED))
    base.write("/s.wav", wav(1000, 4410))
    with vfsloader.init(base) as made:
        yield made


@pytest.fixture
def change(game: ResourceManager) -> Callable[[str, bytes], vfsloader.Change]:
    def write(path: str, data: bytes) -> vfsloader.Change:
        game.vfs.write_bytes(path, data)
        (change,) = vfsloader.update()
        return change

    return write


def test_the_same_surface_shows_the_new_pixels(game: ResourceManager, change: Callable[..., vfsloader.Change]) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    part = surface.subsurface((2, 2, 3, 3))
    assert isinstance(surface, pygame.Surface)
    assert vfsloader.pygame.load_image("p.png") is surface
    assert surface.get_at((0, 0)) == RED
    report = change("/p.png", png(GHOST))
    assert report.resources == (surface,)
    assert surface.get_at((0, 0)) == GHOST
    assert part.get_at((0, 0)) == GHOST
    assert part.get_parent() is surface


def test_another_size_keeps_the_object_and_frees_no_subsurface(
    game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    inside, across = surface.subsurface((1, 1, 3, 3)), surface.subsurface((4, 2, 4, 4))
    inner = inside.subsurface((0, 0, 2, 2))
    outside = surface.subsurface((6, 4, 2, 2))
    change("/p.png", png(GREEN, (6, 4)))
    assert surface.get_size() == (6, 4)
    assert surface.get_at((5, 3)) == GREEN
    assert [part.get_size() for part in (inside, across, inner, outside)] == [(3, 3), (4, 4), (2, 2), (2, 2)]
    assert inside.get_at((0, 0)) == inner.get_at((1, 1)) == across.get_at((0, 0)) == GREEN
    assert across.get_at((3, 3)) == (0, 0, 0, 0)
    assert outside.get_at((0, 0)) == RED
    assert inside.get_parent() is surface
    inside.fill(RED)
    assert surface.get_at((1, 1)) == inner.get_at((0, 0)) == RED


def test_a_mod_may_bring_another_format(game: ResourceManager, change: Callable[..., vfsloader.Change]) -> None:
    surface = vfsloader.pygame.load_image("/p.png", convert=False)
    change("/p.png", png(GREEN[:3], alpha=False))
    assert surface.get_masks()[3] == 0
    palette = pygame.Surface((8, 6), 0, 8)
    palette.set_palette([(n, 0, n) for n in range(256)])
    palette.fill(7)
    out = io.BytesIO()
    pygame.image.save(palette, out, "x.png")
    change("/p.png", out.getvalue())
    assert surface.get_at((0, 0)) == pygame.image.load(io.BytesIO(out.getvalue()), "x.png").get_at((0, 0))
    change("/p.png", png(GHOST))
    assert surface.get_at((0, 0)) == GHOST


def test_a_global_alpha_stays(game: ResourceManager, change: Callable[..., vfsloader.Change]) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    surface.set_alpha(100)
    change("/p.png", png(GREEN, (20, 20)))
    assert surface.get_alpha() == 100


def test_thousands_of_changes_leave_no_memory_behind(screen: object) -> None:
    chance = random.Random(1)
    surface = LiveSurface((64, 64), pygame.SRCALPHA)
    pictures = [pygame.Surface((n, n), pygame.SRCALPHA) for n in (32, 64, 200)]
    parts: list[LiveSurface] = []

    for step in range(3000):
        if step == 500:
            gc.collect()
            start = rss()
        surface.copy_from(chance.choice(pictures))
        side = surface.get_width() // 2
        parts = [*parts[-3:], surface.subsurface((chance.randrange(side), 0, side, side))]
        for part in parts:
            part.fill((step % 256, 0, 0, 255))
    gc.collect()
    assert rss() - start < 8 << 20


def test_bytes_that_are_no_picture(game: ResourceManager, change: Callable[..., vfsloader.Change]) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    report = change("/p.png", b"this is text")
    assert report.kind == "failed"
    assert "/p.png in save" in str(report.error)
    assert surface.get_at((0, 0)) == RED
    with pytest.raises(ResourceError, match="not a picture"):
        vfsloader.pygame.load_image("/p.png", convert=False)
    with pytest.raises(PathNotFoundError, match=r"did you mean /p\.png"):
        vfsloader.pygame.load_image("/pp.png")


def test_a_sound_of_the_same_length_is_changed_in_place(
    game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    sound = vfsloader.pygame.load_sound("/s.wav")
    channel = sound.play(loops=-1)
    change("/s.wav", wav(2000, 4410))
    assert sound.get_raw()[:4] == (2000).to_bytes(2, "little") * 2
    assert channel.get_busy()
    assert vfsloader.pygame.load_sound("/s.wav") is sound


def test_a_sound_of_another_length_is_the_same_object(
    game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    sound = vfsloader.pygame.load_sound("/s.wav")
    sound.set_volume(0.5)
    sound.play()
    change("/s.wav", wav(3000, 8820))
    assert sound.get_length() == pytest.approx(0.2, abs=0.001)
    assert sound.get_volume() == 0.5
    report = change("/s.wav", b"no sound")
    assert report.kind == "failed"
    assert sound.get_length() == pytest.approx(0.2, abs=0.001)


def test_a_sound_needs_a_mixer(game: ResourceManager) -> None:
    pygame.mixer.quit()
    with pytest.raises(NotInitializedError, match=r"pygame\.mixer\.init"):
        vfsloader.pygame.load_sound("/s.wav")


def test_a_picture_needs_no_display(game: ResourceManager) -> None:
    pygame.display.quit()
    assert vfsloader.pygame.load_image("/p.png").get_at((0, 0)) == RED


@pytest.mark.parametrize("size", [(8, 6), (20, 20)])
def test_a_clip_of_the_game_hides_no_pixels_of_the_change(
    size: tuple[int, int], game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    surface.set_clip((0, 0, 2, 2))
    change("/p.png", png(GREEN, size))
    assert tuple(surface.get_at((size[0] - 1, size[1] - 1))) == GREEN


def test_an_array_of_the_game_shows_the_change(game: ResourceManager, change: Callable[..., vfsloader.Change]) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    array = pygame.PixelArray(surface)
    change("/p.png", png(GREEN))
    assert surface.unmap_rgb(array[3, 3]) == GREEN
    array.close()


def test_a_locked_surface_keeps_its_pixels_when_the_size_changes(
    game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    surface = vfsloader.pygame.load_image("/p.png")
    array = pygame.PixelArray(surface)
    report = change("/p.png", png(GREEN, (20, 20)))
    assert (report.kind, "locked" in str(report.error)) == ("failed", True)
    assert surface.unmap_rgb(array[3, 3]) == RED
    array.close()


def test_a_picture_with_a_palette_keeps_its_transparent_colour(
    game: ResourceManager, change: Callable[..., vfsloader.Change]
) -> None:
    surface = vfsloader.pygame.load_image("/p.png", convert=False)
    palette = pygame.Surface((8, 6), 0, 8)
    palette.set_palette([(255, 0, 0), (0, 255, 0), (255, 0, 0), *[(0, 0, 0)] * 253])
    palette.fill(1)
    palette.set_at((0, 0), (255, 0, 0))
    palette.set_colorkey((255, 0, 0))
    surface.copy_from(palette)
    assert pixels(surface) == pixels(palette)
    assert surface.get_bitsize() == 8
