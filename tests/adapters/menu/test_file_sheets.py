"""Whose version of a file counts, chosen on the page of conflicts by keys and by clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin

import vfsloader
from tests.adapters.test_mod_menu import choose, labels, picture, press
from tests.mods.making import add


@pytest.fixture
def game(tmp_path: Path, screen: object) -> Iterator[vfsloader.ResourceManager]:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "hero.png").write_text("base")
    for mod in ("forest", "owls", "winter"):
        add(tmp_path / "mods", mod, {"hero.png": mod, "[1].png": mod} | ({"bird.png": mod} if mod != "forest" else {}))
    with vfsloader.init(tmp_path / "base", mods=tmp_path / "mods", watch=False) as made:
        yield made


@pytest.fixture
def menu(
    game: vfsloader.ResourceManager, screen: pygame.Surface, settle: Callable[[ModMenu, pygame.Surface], None]
) -> ModMenu:
    menu = ModMenu(skin=Skin(language="en"))
    menu.is_open = True
    menu.draw(screen)
    menu.choose("owls")
    press(menu, pygame.K_RIGHT)
    settle(menu, screen)
    return menu


def marked(menu: ModMenu) -> list[str]:
    sheet = menu._session.sheet
    return [] if sheet is None else [item.label for item in sheet.items if item.is_marked]


def test_a_file_is_chosen_by_keys(
    menu: ModMenu,
    game: vfsloader.ResourceManager,
    screen: pygame.Surface,
    settle: Callable[[ModMenu, pygame.Surface], None],
) -> None:
    session = menu._session
    files = [file.path for file in session.files_of_page()]
    assert sorted(files) == ["/[1].png", "/bird.png", "/hero.png"]
    press(menu, pygame.K_HOME)
    for _ in range([file.path for file in session.files_of_page()].index("/hero.png")):
        press(menu, pygame.K_DOWN)
    press(menu, pygame.K_RETURN)
    for expected in ("forest", "owls"):
        assert labels(menu)[:4] == ["winter", "owls", "forest", "The game\N{RIGHT SINGLE QUOTATION MARK}s own"]
        choose(menu, expected)
        game.update()
        assert game.read("/hero.png") == expected.encode()
        settle(menu, screen)
        menu._choices.open_more()
        choose(menu, "Choices for single files")
        choose(menu, "/hero.png from")
        assert marked(menu) == [expected]
    choose(menu, "own")
    game.update()
    assert game.read("/hero.png") == b"base"
    menu._choices.files.open_file("/hero.png")
    assert labels(menu)[:3] == ["winter", "owls", "forest"]  # those left out can be chosen again
    choose(menu, "load order")
    game.update()
    assert game.read("/hero.png") == b"winter"
    assert game.mods.file_choices == ()
    assert len(game.mods.history()) == 4  # each choice is one change, to undo


def test_a_file_is_chosen_by_a_click(menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    session = menu._session
    plain = picture(menu, screen)
    number = [file.path for file in session.files_of_page()].index("/bird.png")
    place = next(rect for rect, hit in session.painter.pen.hot if hit == ("file", number))
    menu.handle(pygame.Event(pygame.MOUSEMOTION, pos=place.center, rel=(0, 0), buttons=(0, 0, 0)))
    assert picture(menu, screen) != plain
    menu.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, pos=place.center, button=1))
    assert labels(menu)[:2] == ["winter", "owls"]
    assert "/bird.png" in session.sheet.note  # type: ignore[union-attr]
    choose(menu, "owls")
    game.update()
    assert game.read("/bird.png") == b"owls"


def test_the_marked_file_is_scrolled_to(
    tmp_path: Path, screen: pygame.Surface, settle: Callable[[ModMenu, pygame.Surface], None]
) -> None:
    for mod in ("one", "two"):
        add(tmp_path / "many", mod, {f"{number:03}.txt": mod for number in range(300)})
    with vfsloader.init("memory:", mods=tmp_path / "many", watch=False):
        menu = ModMenu(skin=Skin(language="en"))
        menu.is_open = True
        menu.draw(screen)
        menu.choose("one")
        press(menu, pygame.K_RIGHT)
        settle(menu, screen)
        session = menu._session
        for key, chosen in ((pygame.K_END, 299), (pygame.K_UP, 298), (pygame.K_PAGEUP, 288), (pygame.K_HOME, 0)):
            press(menu, key)
            picture(menu, screen)
            assert session.page_chosen == chosen
            paths = [shown.text for shown in session.painter.shown if shown.part == "path"]
            assert session.files_of_page()[chosen].path in paths
            assert any(hit == ("file", chosen) for _, hit in session.painter.pen.hot)
            assert len(paths) < 60
