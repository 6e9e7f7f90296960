"""The in-game mod menu: keys, mouse and controller, and what is seen of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import ModMenu, Skin

import vfsloader


def add(folder: Path, mod: str, **more: Any) -> None:
    (folder / mod).mkdir(parents=True)
    data = {"id": mod, "name": mod.title(), "version": "1", "description": f"About {mod}", **more}
    (folder / mod / "mod.json").write_text(json.dumps(data))
    (folder / mod / "same.txt").write_text("same")
    (folder / mod / "own.txt").write_text(mod)


@pytest.fixture
def game(tmp_path: Path, screen: object) -> Iterator[vfsloader.ResourceManager]:
    (tmp_path / "base").mkdir()
    for mod, more in {
        "alpha": {}, "beta": {"requires": {"lib": "*"}}, "lib": {}, "lost": {"requires": {"gone": "*"}}, "zeta": {},
    }.items():  # fmt: skip
        add(tmp_path / "mods", mod, **more)
    (tmp_path / "mods" / "broken").mkdir()
    (tmp_path / "mods" / "broken" / "mod.toml").write_text("no manifest")
    with vfsloader.init(tmp_path / "base", mods=tmp_path / "mods", watch=False) as made:
        yield made


@pytest.fixture
def menu(game: vfsloader.ResourceManager) -> ModMenu:
    made = ModMenu()
    made.is_open = True
    return made


def press(menu: ModMenu, key: int, mod: int = 0) -> None:
    assert menu.handle(pygame.Event(pygame.KEYDOWN, key=key, mod=mod))


def enabled(game: vfsloader.ResourceManager) -> list[str]:
    return [mod.id for mod in game.mods.enabled]


def picture(menu: ModMenu, screen: pygame.Surface) -> bytes:
    screen.fill("black")
    menu.draw(screen)
    return pygame.image.tobytes(screen, "RGB")


def test_keys(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]
    assert menu.chosen is not None
    assert menu.chosen.id == "alpha"
    press(menu, pygame.K_RETURN)
    assert enabled(game) == ["lib", "beta", "zeta"]
    press(menu, pygame.K_SPACE)
    assert "alpha" in enabled(game)
    press(menu, pygame.K_DOWN)
    assert menu.chosen.id == "lib"
    press(menu, pygame.K_UP)
    press(menu, pygame.K_UP)
    assert menu.chosen.id == "lost"
    press(menu, pygame.K_HOME)
    press(menu, pygame.K_DOWN, pygame.KMOD_SHIFT)
    assert enabled(game)[:2] == ["lib", "alpha"]
    assert menu.chosen.id == "alpha"
    press(menu, pygame.K_END)
    press(menu, pygame.K_ESCAPE)
    assert not menu.is_open
    assert not menu.handle(pygame.Event(pygame.KEYDOWN, key=pygame.K_RETURN, mod=0))


def test_what_takes_others_along_is_asked_first(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    menu.choose("lib")
    press(menu, pygame.K_RETURN)
    assert menu.question is not None
    assert menu.question.text == "Disable Lib, and Beta, which need it?"
    press(menu, pygame.K_ESCAPE)
    assert (menu.question, menu.is_open) == (None, True)
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]
    press(menu, pygame.K_RETURN)
    press(menu, pygame.K_RETURN)
    assert enabled(game) == ["alpha", "zeta"]
    menu.choose("beta")
    menu.toggle()
    assert menu.question is not None
    assert menu.question.text == "Enable Beta, and Lib, which it needs?"
    menu.answer(yes=True)
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]


def test_what_cannot_be_is_said(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    menu.choose("lost")
    menu.toggle()
    menu.toggle()
    assert menu.message == "Install gone: lost requires it."
    menu.choose("beta")
    menu.move(-1)
    assert menu.message == "beta cannot load before lib: beta --[requires]-> lib"
    menu.choose("alpha")
    menu.move(+1)
    assert menu.message == ""


def test_the_mouse(menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    picture(menu, screen)
    rows = dict(menu._painter._rows)
    switch = menu._painter._switch(rows[0]).center
    down, up = {"type": pygame.MOUSEBUTTONDOWN}, {"type": pygame.MOUSEBUTTONUP}

    def mouse(what: dict[str, int], at: tuple[int, int]) -> None:
        assert menu.handle(pygame.Event(what["type"], pos=at, button=1, rel=(0, 0), buttons=(1, 0, 0)))

    mouse(down, switch)
    mouse(up, switch)
    assert "alpha" not in enabled(game)
    mouse(down, switch)
    assert "alpha" in enabled(game)
    mouse(down, rows[0].center)
    mouse({"type": pygame.MOUSEMOTION}, rows[1].center)
    mouse({"type": pygame.MOUSEMOTION}, rows[2].center)
    mouse(up, rows[2].center)
    assert enabled(game)[:3] == ["lib", "beta", "alpha"]
    mouse({"type": pygame.MOUSEMOTION}, rows[0].center)
    assert enabled(game)[:3] == ["lib", "beta", "alpha"]
    menu.choose("lib")
    menu.toggle()
    picture(menu, screen)
    yes = next(rect for answer, rect in menu._painter._answers if answer)
    mouse(down, (1, 1))
    assert menu.question is not None
    mouse(down, yes.center)
    assert "lib" not in enabled(game)
    menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=-1, x=0))
    assert menu.device == "mouse"


def test_a_controller(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    def button(which: int) -> None:
        assert menu.handle(pygame.Event(pygame.CONTROLLERBUTTONDOWN, button=which))

    button(pygame.CONTROLLER_BUTTON_A)
    assert "alpha" not in enabled(game)
    button(pygame.CONTROLLER_BUTTON_A)
    button(pygame.CONTROLLER_BUTTON_RIGHTSHOULDER)
    assert enabled(game)[:2] == ["lib", "alpha"]
    button(pygame.CONTROLLER_BUTTON_DPAD_UP)
    assert menu.chosen is not None
    assert menu.chosen.id == "lib"
    for value in (0.2, 0.9, 1.0, 0.1, -1.0, 0.0):
        menu.handle(pygame.Event(pygame.JOYAXISMOTION, axis=1, value=value))
    assert menu.chosen.id == "lib"
    menu.handle(pygame.Event(pygame.JOYHATMOTION, value=(0, -1)))
    assert menu.chosen.id == "alpha"
    menu.handle(pygame.Event(pygame.CONTROLLERAXISMOTION, axis=pygame.CONTROLLER_AXIS_LEFTY, value=-32000))
    assert menu.chosen.id == "lib"
    menu.handle(pygame.Event(pygame.JOYBUTTONDOWN, button=0))
    assert menu.question is not None
    button(pygame.CONTROLLER_BUTTON_B)
    assert (menu.question, menu.is_open) == (None, True)
    button(pygame.CONTROLLER_BUTTON_B)
    assert not menu.is_open
    assert not menu.handle(pygame.Event(pygame.ACTIVEEVENT))


@pytest.mark.parametrize("size", [(320, 200), (960, 600), (600, 900), (1920, 1080)])
def test_it_is_drawn_at_every_size(size: tuple[int, int], menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    screen = pygame.display.set_mode(size)
    before = picture(menu, screen)
    assert len(set(before)) > 50
    for place in range(5):
        menu.step(1)
        now = picture(menu, screen)
        assert now != before, f"row {place} looks like the one before"
        before = now
    menu.choose("lib")
    menu.toggle()
    assert picture(menu, screen) != before
    for _, button in menu._painter._answers:
        assert screen.get_rect().contains(button)
    menu.is_open = False
    assert set(picture(menu, screen)) == {0}


def test_who_overrides_whom_is_counted_aside(
    menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface, wait_for: Any
) -> None:
    menu.choose("alpha")
    standing = wait_for(lambda: menu._standing() != "counting" and menu._standing(), "the count")
    assert (standing.loses, standing.shares) == (("/own.txt",), ("/same.txt",))
    game.mods.disable("beta")
    menu.choose("zeta")
    standing = wait_for(lambda: menu._standing() != "counting" and menu._standing(), "the new count")
    assert standing.wins == ("/own.txt", "/same.txt")


def test_without_mods_and_with_another_skin(screen: pygame.Surface) -> None:
    with vfsloader.init("memory:", watch=False):
        menu = ModMenu(skin=Skin(title="Erweiterungen", panel=(200, 10, 10)))
        menu.is_open = True
        menu.toggle()
        menu.move(1)
        menu.step(1)
        assert menu.chosen is None
        assert bytes((200, 10, 10)) in picture(menu, screen)


def test_changes_are_told(game: vfsloader.ResourceManager) -> None:
    told: list[list[str]] = []
    menu = ModMenu(on_change=lambda: told.append(enabled(game)))
    menu.is_open = True
    menu.toggle()
    menu.toggle()
    menu.move(1)
    assert [len(one) for one in told] == [3, 4, 4]
