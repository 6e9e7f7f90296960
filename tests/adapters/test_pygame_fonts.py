"""Fonts of pygame, live; and what happens where pointers cannot be swapped."""

from __future__ import annotations

import gc
import io
import weakref
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import pointer_swap

import vfsloader
from tests.adapters.pygame_files import FONT, pixels, rss, wav
from vfsloader import ResourceManager, Store

OTHER_FONT = (Path(__file__).parents[2] / "demo_game" / "assets" / "fonts" / "moonmoth.ttf").read_bytes()
HEIGHTS: dict[int, int] = {}


@pytest.fixture
def font(base: Store, game: ResourceManager) -> vfsloader.pygame.LiveFont:
    base.write("/f.ttf", FONT)
    return vfsloader.pygame.load_font("/f.ttf", 30)


def test_a_font_writes_as_pygames_own_does(font: vfsloader.pygame.LiveFont) -> None:
    own = pygame.font.Font(io.BytesIO(FONT), 30)
    assert isinstance(font, pygame.font.Font)
    assert pixels(font.render("moth", True, "red")) == pixels(own.render("moth", True, "red"))


def test_each_size_is_a_font(font: vfsloader.pygame.LiveFont) -> None:
    assert vfsloader.pygame.load_font("/f.ttf", 30) is font
    assert vfsloader.pygame.load_font("/f.ttf", 10).get_height() < font.get_height()


def test_a_font_is_changed_in_place(font: vfsloader.pygame.LiveFont, base: Store) -> None:
    font.underline = True
    before = pixels(font.render("moth", True, "red"))
    base.write("/f.ttf", OTHER_FONT)
    (change,) = vfsloader.update()
    assert (change.kind, change.path, change.resources) == ("changed", "/f.ttf", (font,))
    assert vfsloader.pygame.load_font("/f.ttf", 30) is font
    other = pygame.font.Font(io.BytesIO(OTHER_FONT), 30)
    other.underline = True
    assert pixels(font.render("moth", True, "red")) == pixels(other.render("moth", True, "red")) != before


def test_texts_are_written_again_when_their_font_changes(
    font: vfsloader.pygame.LiveFont, base: Store, screen: pygame.Surface
) -> None:
    text, lines = font.render("moth", True, "red"), font.render("moth\nmoth", False, (0, 0, 255), "white", 50)
    font.underline, font.point_size = True, 12
    underlined = font.render("moth", True, "red").convert_alpha()
    panel = pygame.Surface((60, 60))
    panel.blit(underlined, (5, 5))
    font.underline, font.point_size = False, 30
    dropped = weakref.ref(font.render("gone", True, "red"))
    texts = text, lines, underlined, panel
    before = [pixels(surface) for surface in texts]
    assert dropped() is None
    base.write("/f.ttf", OTHER_FONT)
    vfsloader.update()
    other = pygame.font.Font(io.BytesIO(OTHER_FONT), 30)
    assert pixels(text) == pixels(font.render("moth", True, "red")) == pixels(other.render("moth", True, "red"))
    assert pixels(lines) == pixels(other.render("moth\nmoth", False, (0, 0, 255), "white", 50))
    other.underline, other.point_size = True, 12
    assert pixels(underlined) == pixels(other.render("moth", True, "red").convert_alpha())
    assert [pixels(surface) == old for surface, old in zip(texts, before, strict=True)] == [False] * 4
    base.write("/f.ttf", b"not a font")
    base.write("/f.ttf", FONT)
    vfsloader.update()
    assert [pixels(surface) for surface in texts] == before


def test_no_frame_shows_letters_of_two_fonts(font: vfsloader.pygame.LiveFont, base: Store) -> None:
    fonts = font, vfsloader.pygame.load_font("/f.ttf", 10)
    texts = [font.render(f"moth {number}", True, "red") for font in fonts for number in range(9)]
    for _ in range(3):
        panel = pygame.Surface((60, 60))
        panel.blits([(texts[0], (0, 0)), (texts[-1], (0, 40))])
        texts.append(panel)

    def shown() -> list[bytes]:
        late = [font.render("moth", True, "red") for font in fonts]
        return [pixels(surface) for surface in (*late, *texts)]

    before, looks, changes = shown(), set(), ()
    base.write("/f.ttf", OTHER_FONT)
    while not changes:
        changes = vfsloader.update(budget_ms=0)
        looks.add(tuple(now == old for now, old in zip(shown(), before, strict=True)))
    assert looks == {(True,) * len(before), (False,) * len(before)}


@pytest.mark.parametrize("data", [b"text", FONT[:100], b""], ids=["text", "half", "empty"])
def test_a_broken_font_leaves_the_old_one(data: bytes, font: vfsloader.pygame.LiveFont, base: Store) -> None:
    before = pixels(font.render("moth", True, "red"))
    base.write("/f.ttf", data)
    assert [change.kind for change in vfsloader.update()] == ["failed"]
    assert pixels(font.render("moth", True, "red")) == before


def test_fonts_leave_no_memory_behind(screen: object) -> None:
    font = vfsloader.pygame.LiveFont(io.BytesIO(FONT), 20)
    for step in range(1200):
        if step == 200:
            gc.collect()
            start = rss()
        size = 10 + step % 30
        assert font.steal_from(pygame.font.Font(io.BytesIO(FONT), size))
        assert font.get_height() == HEIGHTS.setdefault(size, font.get_height())
        font.render("moth", True, "red")
    gc.collect()
    assert rss() - start < 8 << 20
    assert HEIGHTS[39] > HEIGHTS[10]


@pytest.fixture
def unknown_pygame(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pygame whose objects have another layout."""
    for name in ("can_swap_surfaces", "can_swap_sounds", "can_swap_fonts"):
        monkeypatch.setattr(pointer_swap, name, lambda: False)


def test_where_nothing_can_be_swapped_a_sound_stays_the_same_object(
    base: Store, game: ResourceManager, unknown_pygame: None
) -> None:
    base.write("/s.wav", wav(1, 100))
    sound = vfsloader.pygame.load_sound("/s.wav")
    base.write("/s.wav", wav(2, 300))
    vfsloader.update()
    assert sound.get_raw() == wav(2, 300)[44:]


def test_where_nothing_can_be_swapped_a_handle_gets_a_new_font(
    base: Store, game: ResourceManager, unknown_pygame: None
) -> None:
    base.write("/f.ttf", FONT)
    handle = game.handle("/f.ttf", vfsloader.pygame.fonts.FONTS, size=20)
    first, before = handle.value, pixels(handle.value.render("moth", True, "red"))
    base.write("/f.ttf", OTHER_FONT)
    vfsloader.update()
    assert handle.value is not first
    assert pixels(handle.value.render("moth", True, "red")) != before
