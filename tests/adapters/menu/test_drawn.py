"""What is drawn, compared with a model of what must be visible: in all sizes, with few and many mods."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin
from vfsloader.pygame.menu.layout import lay_out
from vfsloader.pygame.menu.pen import SMALL, Shown
from vfsloader.pygame.menu.view import Hit
from vfsloader.pygame.menu.words import LANGUAGES, words_of

Settle = Callable[[ModMenu, pygame.Surface], None]
MakeMenu = Callable[..., ModMenu]
SIZES = [(320, 200), (640, 360), (960, 600), (600, 900), (1920, 1080), (3840, 2160)]
#: Texts that a mod wrote may be shortened; the menu's own must fit.
OF_MODS = {"name", "note", "details name", "facts", "id", "description", "needs", "fix", "why", "tile", "conflict"}


def shown(menu: ModMenu, *parts: str) -> list[Shown]:
    return [text for text in menu._session.painter.shown if not parts or text.part in parts]


def expected_rows(menu: ModMenu, size: tuple[int, int]) -> list[int]:
    """The indices of the rows that a player must see: those that overlap the list's area, from the top down."""
    layout, rows = lay_out(size, Skin().size), menu._session.rows
    scroll = menu._session.scrolls["list"]
    tops = (index * layout.row - scroll for index in range(len(rows)))
    return [index for index, top in enumerate(tops) if -layout.row < top < layout.list.h]


def check(menu: ModMenu, screen: pygame.Surface) -> None:
    """Compare the picture with the model."""
    size = screen.get_size()
    layout = lay_out(size, Skin().size)
    rows = menu._session.rows
    expected = expected_rows(menu, size)
    hit_rows = sorted({hit.number for _, hit in menu._session.painter.pen.hot if hit.place == "row"})
    # A row of which only the gap below it is left has nothing to click.
    assert set(expected[1:-1]) <= set(hit_rows) <= set(expected)
    names = shown(menu, "name")
    assert len(names) >= len(hit_rows) - 2  # at the edges only the other line may be left
    by_y = {text.rect.y: text.text for text in names}
    found = [by_y[y] for y in sorted(by_y)]
    models = [rows[index] for index in hit_rows]
    if len(found) < len(models):
        models = models[-len(found) :] if layout.list.y < names[0].rect.y else models[: len(found)]
    for text, row in itertools.zip_longest(found, models):
        assert text == row.id or (len(text) > 1 and row.name.startswith(text.rstrip("…"))), (text, row)
    for text in shown(menu):
        assert layout.panel.contains(text.rect), text
        if text.rect.h < 0.6 * menu._session.painter.pen.height(SMALL):
            continue  # the edge of the list cuts it off
        ground = menu._session.skin.panel
        pixels = {screen.get_at((x, y))[:3] for x in range(text.rect.x, text.rect.right)
                  for y in range(text.rect.y, text.rect.bottom, 2)}  # fmt: skip
        assert len(pixels) > 1, f"{text} cannot be seen on {ground}"
    for one, two in itertools.combinations(shown(menu), 2):
        overlap = one.rect.clip(two.rect)
        assert overlap.w * overlap.h <= 0.2 * min(one.rect.w * one.rect.h, two.rect.w * two.rect.h), (one, two)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [0, 4, 60])
def test_what_must_be_visible_is(size: tuple[int, int], count: int, make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode(size)
    menu = make_menu(count)
    settle(menu, screen)
    if not count:
        assert [text.text for text in shown(menu, "empty")] or size == (320, 200)
        assert not shown(menu, "name")
        return
    check(menu, screen)
    for key in (pygame.K_PAGEDOWN, pygame.K_END, pygame.K_UP, pygame.K_HOME):
        menu.handle(pygame.Event(pygame.KEYDOWN, key=key, mod=0))
        settle(menu, screen)
        check(menu, screen)
        chosen = menu._session.painter.where(Hit("row", menu._session.index))
        assert chosen is not None
        assert chosen.h > 0.8 * menu._session.layout.row, "the row under the cursor is cut off"
    if size[1] > 300:
        menu.handle(pygame.Event(pygame.MOUSEWHEEL, x=0, y=-1, precise_y=-0.4))
        settle(menu, screen)
        check(menu, screen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_menus_own_texts_fit(language: str, make_menu: MakeMenu, settle: Settle) -> None:
    words = words_of(language, {})
    menu = make_menu(4, language)
    if not menu._session.painter.pen.writer.faces.has_all(words.search + words.close):
        language = "en"  # no font here has the letters, and their code points need more room
        menu = make_menu(4, language)
    screen = pygame.display.set_mode((640, 360))
    for key in (None, pygame.K_TAB, pygame.K_ESCAPE, pygame.K_RIGHT):
        if key is not None:
            menu.handle(pygame.Event(pygame.KEYDOWN, key=key, mod=0))
        settle(menu, screen)
        for text in shown(menu):
            assert text.part in OF_MODS or not text.text.endswith("…"), text


def test_a_thousand_mods(make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode((960, 600))
    menu = make_menu(1000)
    settle(menu, screen)
    check(menu, screen)
    menu.handle(pygame.Event(pygame.KEYDOWN, key=pygame.K_END, mod=0))
    settle(menu, screen)
    check(menu, screen)


def test_nothing_is_drawn_again_while_nothing_changes(make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode((960, 600))
    menu = make_menu(60)
    settle(menu, screen)
    drawn = menu._session.painter.drawn
    before = pygame.image.tobytes(screen.subsurface(menu._session.layout.panel.inflate(-40, -40)), "RGB")
    for _ in range(700):  # problems are read again now and then
        menu.draw(screen)
    menu.handle(pygame.Event(pygame.MOUSEMOTION, pos=(1, 1), rel=(0, 0), buttons=(0, 0, 0)))
    menu.handle(pygame.Event(pygame.KEYUP, key=pygame.K_a, mod=0))
    menu._session.device = "keyboard"
    menu.draw(screen)
    assert menu._session.painter.drawn == drawn
    screen.fill("black")
    menu.draw(screen)
    assert pygame.image.tobytes(screen.subsurface(menu._session.layout.panel.inflate(-40, -40)), "RGB") == before
    menu.toggle()
    menu.draw(screen)
    assert menu._session.painter.drawn == drawn + 1


def test_the_veil_darkens_only_what_is_around(make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode((960, 600))
    menu = make_menu(4)
    screen.fill((200, 200, 200))
    menu.draw(screen)
    red, green, blue, opacity = Skin().veil
    dark = tuple(round(200 * (255 - opacity) / 255 + part * opacity / 255) for part in (red, green, blue))
    panel = menu._session.layout.panel
    for at in ((2, 2), (957, 597), (panel.x - 1, 300), (panel.x, panel.y)):
        assert max(abs(a - b) for a, b in zip(screen.get_at(at)[:3], dark, strict=True)) <= 2
    assert screen.get_at((panel.x + 30, panel.y + 8))[:3] == Skin().panel


def test_icons(make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode((960, 600))
    menu = make_menu(4)
    settle(menu, screen)
    tiles = {text.text for text in shown(menu, "tile")}
    assert tiles in ({"Ü", "雪"}, {"Ü", "M"})  # mods 1 and 2 have no icon, and there may be no font for one
    assert "W" not in tiles
    row = menu._session.painter.where(Hit("row", 0))
    assert row is not None
    colours = [screen.get_at((x, row.centery)) for x in range(row.x, row.x + 90)]
    assert sum(abs(c.r - 0x30) + abs(c.g - 0x70) + abs(c.b - 0xC0) <= 12 for c in colours) > 30, colours


def test_long_details_are_scrolled(make_menu: MakeMenu, settle: Settle) -> None:
    screen = pygame.display.set_mode((640, 360))
    menu = make_menu(8)
    menu.choose("mod-0006")  # it needs a mod that is not installed
    settle(menu, screen)
    area = menu._session.layout.details
    assert "needs" not in {text.part for text in shown(menu)}
    menu.handle(pygame.Event(pygame.MOUSEMOTION, pos=area.center, rel=(0, 0), buttons=(0, 0, 0)))
    for _ in range(9):
        menu.handle(pygame.Event(pygame.MOUSEWHEEL, x=0, y=-1))
    menu.draw(screen)
    assert "Needs gone" in [text.text for text in shown(menu, "needs")]
