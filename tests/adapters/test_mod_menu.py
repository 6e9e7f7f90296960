"""The in-game mod menu: keys, mouse and controller, and what is seen of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import ModMenu, Skin, menu_painter

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
    assert menu.chosen is None  # the last row is the mod that cannot be read
    press(menu, pygame.K_UP)
    assert chosen(menu) == "lost"
    press(menu, pygame.K_HOME)
    press(menu, pygame.K_DOWN, pygame.KMOD_SHIFT)
    assert enabled(game)[:2] == ["lib", "alpha"]
    assert menu.chosen.id == "alpha"
    press(menu, pygame.K_END)
    press(menu, pygame.K_ESCAPE)
    assert not menu.is_open
    assert not menu.handle(pygame.Event(pygame.KEYDOWN, key=pygame.K_RETURN, mod=0))


def test_a_change_that_needs_other_changes_is_confirmed_first(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
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


def test_the_menu_says_why_something_is_impossible(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
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


def parts(menu: ModMenu, screen: pygame.Surface, colour: tuple[int, int, int]) -> list[pygame.Rect]:
    """Where the menu shows a colour, from the top down."""
    picture(menu, screen)
    mask = pygame.mask.from_threshold(screen, colour, (1, 1, 1, 255))
    return sorted((rect for rect in mask.get_bounding_rects() if rect.w > 2), key=lambda rect: rect.y)


def mouse(menu: ModMenu, event: int, at: tuple[int, int]) -> None:
    assert menu.handle(pygame.Event(event, pos=at, button=1, rel=(0, 0), buttons=(1, 0, 0)))
    assert menu.device == "mouse"


def test_a_click_on_a_switch_toggles(menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    switch = parts(menu, screen, Skin().on)[0]
    for expected in (["lib", "beta", "zeta"], ["alpha", "lib", "beta", "zeta"]):
        mouse(menu, pygame.MOUSEBUTTONDOWN, switch.center)
        mouse(menu, pygame.MOUSEBUTTONUP, switch.center)
        assert enabled(game) == expected


def test_a_row_is_dragged(menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    rows = [(switch.right + 20, switch.centery) for switch in parts(menu, screen, Skin().on)]
    mouse(menu, pygame.MOUSEBUTTONDOWN, rows[0])
    mouse(menu, pygame.MOUSEMOTION, rows[1])
    mouse(menu, pygame.MOUSEMOTION, rows[2])
    mouse(menu, pygame.MOUSEBUTTONUP, rows[2])
    assert enabled(game)[:3] == ["lib", "beta", "alpha"]
    mouse(menu, pygame.MOUSEMOTION, rows[0])  # no button is held
    assert enabled(game)[:3] == ["lib", "beta", "alpha"]


def test_a_question_is_answered_by_its_button(
    menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface
) -> None:
    menu.choose("lib")
    menu.toggle()
    yes = max(parts(menu, screen, Skin().on), key=lambda rect: rect.w * rect.h)
    mouse(menu, pygame.MOUSEBUTTONDOWN, (1, 1))
    assert menu.question is not None
    mouse(menu, pygame.MOUSEBUTTONDOWN, yes.center)
    assert menu.question is None
    assert "lib" not in enabled(game)


def test_the_wheel_scrolls_a_long_list(tmp_path: Path, screen: pygame.Surface) -> None:
    for number in range(30):
        add(tmp_path / "mods", f"mod{number}")
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False):
        menu = ModMenu()
        menu.is_open = True
        press(menu, pygame.K_END)
        before = picture(menu, screen)
        menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=1, x=0))
        assert picture(menu, screen) != before


def chosen(menu: ModMenu) -> str:
    assert menu.chosen is not None
    return menu.chosen.id


def push(menu: ModMenu, button: int) -> None:
    assert menu.handle(pygame.Event(pygame.CONTROLLERBUTTONDOWN, button=button))
    assert menu.device == "controller"


def test_the_buttons_of_a_controller(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    push(menu, pygame.CONTROLLER_BUTTON_A)
    assert "alpha" not in enabled(game)
    push(menu, pygame.CONTROLLER_BUTTON_A)
    push(menu, pygame.CONTROLLER_BUTTON_RIGHTSHOULDER)
    assert enabled(game)[:2] == ["lib", "alpha"]
    push(menu, pygame.CONTROLLER_BUTTON_DPAD_UP)
    assert chosen(menu) == "lib"
    push(menu, pygame.CONTROLLER_BUTTON_A)
    assert menu.question is not None
    push(menu, pygame.CONTROLLER_BUTTON_B)
    assert (menu.question, menu.is_open) == (None, True)
    push(menu, pygame.CONTROLLER_BUTTON_B)
    assert not menu.is_open


def test_a_stick_moves_one_row_each_time_it_is_pushed(menu: ModMenu) -> None:
    rows = []
    for value in (0.2, 0.9, 1.0, 0.1, -1.0, 0.0):
        menu.handle(pygame.Event(pygame.JOYAXISMOTION, axis=1, value=value))
        rows.append(chosen(menu))
    assert rows == ["alpha", "lib", "lib", "lib", "alpha", "alpha"]
    menu.handle(pygame.Event(pygame.CONTROLLERAXISMOTION, axis=pygame.CONTROLLER_AXIS_LEFTY, value=32000))
    assert chosen(menu) == "lib"


def test_a_joystick(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    menu.handle(pygame.Event(pygame.JOYHATMOTION, value=(0, -1)))
    assert chosen(menu) == "lib"
    menu.handle(pygame.Event(pygame.JOYBUTTONDOWN, button=0))
    assert menu.question is not None
    menu.handle(pygame.Event(pygame.JOYBUTTONDOWN, button=1))
    assert menu.question is None
    menu.handle(pygame.Event(pygame.JOYBUTTONDOWN, button=5))
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]
    assert "beta" in menu.message  # which requires lib


def test_other_events_are_the_games_own(menu: ModMenu) -> None:
    assert not menu.handle(pygame.Event(pygame.ACTIVEEVENT))


@pytest.mark.parametrize("size", [(320, 200), (960, 600), (600, 900), (1920, 1080)])
def test_it_is_drawn_at_every_size(size: tuple[int, int], menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    screen = pygame.display.set_mode(size)
    before = picture(menu, screen)
    assert len(set(before)) > 50
    for row in range(5):
        menu.step(1)
        now = picture(menu, screen)
        assert now != before, f"row {row} looks like the one before"
        before = now
    menu.choose("lib")
    menu.toggle()
    assert picture(menu, screen) != before
    yes = max(parts(menu, screen, Skin().on), key=lambda rect: rect.w * rect.h)
    assert screen.get_rect().inflate(-2, -2).contains(yes)
    menu.is_open = False
    assert set(picture(menu, screen)) == {0}


def test_overrides_are_counted_on_a_thread(
    menu: ModMenu,
    game: vfsloader.ResourceManager,
    screen: pygame.Surface,
    wait_for: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[menu_painter.MenuState] = []
    monkeypatch.setattr(menu_painter.MenuPainter, "paint", lambda painter, target, state: drawn.append(state))

    def is_counted() -> bool:
        menu.draw(screen)
        return drawn[-1].standing not in (None, "counting")

    menu.choose("alpha")
    wait_for(is_counted, "the count")
    assert (drawn[-1].standing.loses, drawn[-1].standing.shares) == (("/own.txt",), ("/same.txt",))
    game.mods.disable("beta")
    menu.choose("zeta")
    wait_for(is_counted, "the new count")
    assert drawn[-1].standing.wins == ("/own.txt", "/same.txt")


def test_without_mods_and_with_another_skin(screen: pygame.Surface) -> None:
    with vfsloader.init("memory:", watch=False):
        menu = ModMenu(skin=Skin(title="Erweiterungen", panel=(200, 10, 10)))
        menu.is_open = True
        menu.toggle()
        menu.move(1)
        menu.step(1)
        assert menu.chosen is None
        assert bytes((200, 10, 10)) in picture(menu, screen)


def test_changes_are_reported(game: vfsloader.ResourceManager) -> None:
    reported: list[list[str]] = []
    menu = ModMenu(on_change=lambda: reported.append(enabled(game)))
    menu.is_open = True
    menu.toggle()
    menu.toggle()
    menu.move(1)
    assert reported == [["lib", "beta", "zeta"], ["alpha", "lib", "beta", "zeta"], ["lib", "alpha", "beta", "zeta"]]


@pytest.fixture
def long_menu(tmp_path: Path, screen: object) -> Iterator[ModMenu]:
    """A menu of 60 mods and one whose manifest is damaged."""
    for number in range(60):
        add(tmp_path / "mods", f"mod{number:02}")
    (tmp_path / "mods" / "broken").mkdir()
    (tmp_path / "mods" / "broken" / "mod.toml").write_text("no manifest")
    with vfsloader.init("memory:", mods=tmp_path / "mods", watch=False):
        made = ModMenu()
        made.is_open = True
        yield made


def test_the_wheel_scrolls_away_from_the_cursor(long_menu: ModMenu, screen: pygame.Surface) -> None:
    def first_row() -> int:
        picture(long_menu, screen)
        return min(row for x in range(screen.width) if (row := long_menu._painter.row_at((x, 60))) is not None)

    start = first_row()
    long_menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=-3, x=0))
    assert first_row() == start + 3
    assert chosen(long_menu) == "mod00"
    long_menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=3, x=0))
    assert first_row() == start


def test_a_mod_that_cannot_be_read_has_a_row(long_menu: ModMenu, screen: pygame.Surface) -> None:
    press(long_menu, pygame.K_END)
    assert long_menu.chosen is None
    marks = parts(long_menu, screen, Skin().wrong)
    assert marks
    for action in (long_menu.toggle, lambda: long_menu.move(-1)):
        action()
        assert long_menu.question is None
    press(long_menu, pygame.K_UP)
    assert chosen(long_menu) == "mod59"
    mouse(long_menu, pygame.MOUSEBUTTONDOWN, max(marks, key=lambda rect: rect.h).center)
    assert long_menu.chosen is None


@pytest.mark.parametrize("method", ["apply", "move"])
def test_a_mods_folder_that_cannot_be_written_is_a_message(
    menu: ModMenu, game: vfsloader.ResourceManager, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "mods.json")

    monkeypatch.setattr(type(game.mods), method, refuse)
    press(menu, pygame.K_RETURN) if method == "apply" else press(menu, pygame.K_DOWN, pygame.KMOD_SHIFT)
    assert "mods.json" in menu.message
    assert menu.is_open


def test_a_failure_while_the_mods_are_read_is_a_message(
    menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = picture(menu, screen)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error", "mods")

    monkeypatch.setattr(type(game.mods), "available", property(fail))
    press(menu, pygame.K_DOWN)
    assert "mods" in menu.message
    assert len(picture(menu, screen)) == len(before)


def test_a_long_name_is_measured_a_few_times(screen: object) -> None:
    class CountingFont:
        """A font of letters one pixel wide."""

        measured = longest = 0

        def size(self, text: str) -> tuple[int, int]:
            self.measured += 1
            self.longest = max(self.longest, len(text))
            return len(text), 1

    for length in (10, 100, 101, 4000, 100_000):
        font: Any = CountingFont()
        text = menu_painter._fit("x" * length, font, 100)
        assert len(text) == min(length, 100)
        assert text.endswith("…") == (length > 100)
        assert font.measured < 12
        assert font.longest <= 300


def test_a_click_on_the_cross_closes(menu: ModMenu, screen: pygame.Surface) -> None:
    picture(menu, screen)
    close = next(
        (x, y)
        for y in range(0, screen.height, 4)
        for x in range(screen.width // 2, screen.width, 4)
        if menu._painter.is_close((x, y))
    )
    mouse(menu, pygame.MOUSEBUTTONDOWN, close)
    assert not menu.is_open
