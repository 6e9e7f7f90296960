"""The in-game mod menu: keys, mouse and controller, and what they do to the mods."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame import ModMenu, Skin
from vfsloader.pygame.menu.view import Hit

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
    made = ModMenu(skin=Skin(language="en"))
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


def part(menu: ModMenu, screen: pygame.Surface, hit: Hit) -> pygame.Rect:
    """Where a part of the menu is."""
    picture(menu, screen)
    rect = menu._session.painter.where(hit)
    assert rect is not None, f"{hit} cannot be seen"
    return rect


def mouse(menu: ModMenu, event: int, at: tuple[int, int]) -> None:
    assert menu.handle(pygame.Event(event, pos=at, button=1, rel=(0, 0), buttons=(1, 0, 0)))
    assert menu.device == "mouse"


def test_a_click_on_a_switch_toggles(menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    switch = part(menu, screen, Hit("switch", 0))
    assert switch.contains(pygame.Rect(switch.center, (1, 1)))
    assert screen.get_at((switch.centerx - switch.w // 6, switch.centery))[:3] == Skin().on
    for expected in (["lib", "beta", "zeta"], ["alpha", "lib", "beta", "zeta"]):
        mouse(menu, pygame.MOUSEBUTTONDOWN, part(menu, screen, Hit("switch", row_of(menu, "alpha"))).center)
        mouse(menu, pygame.MOUSEBUTTONUP, switch.center)
        assert enabled(game) == expected


def row_of(menu: ModMenu, mod: str) -> int:
    return [row.id for row in menu._session.rows].index(mod)


def test_a_row_is_dragged(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    screen = pygame.display.set_mode((960, 600))
    rows = [part(menu, screen, Hit("row", index)).center for index in range(3)]
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
    yes = part(menu, screen, Hit("answer", 1))
    mouse(menu, pygame.MOUSEBUTTONDOWN, (1, 1))
    assert menu.question is not None
    mouse(menu, pygame.MOUSEBUTTONDOWN, yes.center)
    assert menu.question is None
    assert "lib" not in enabled(game)


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
    assert screen.get_rect().inflate(-2, -2).contains(part(menu, screen, Hit("answer", 1)))
    menu.is_open = False
    assert set(picture(menu, screen)) == {0}


def test_conflicts_are_found_on_a_thread(
    menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface, wait_for: Any
) -> None:
    def conflicts(mod: str) -> Any:
        menu.choose(mod)

        def compared() -> bool:
            menu.draw(screen)
            details = menu._session.view().details
            return details is not None and details.conflicts is not None

        wait_for(compared, "the comparison")
        details = menu._session.view().details
        assert details is not None
        return [(found.outcome, found.name, found.paths) for found in details.conflicts or ()]

    assert conflicts("alpha") == [("loses", "Zeta", ("/own.txt",)), ("same", "Zeta", ("/same.txt",))]
    game.mods.disable("beta")
    assert conflicts("zeta") == [
        ("wins", "Alpha", ("/own.txt", "/same.txt")), ("wins", "Lib", ("/own.txt", "/same.txt")),
    ]  # fmt: skip


def test_without_mods_and_with_another_skin(screen: pygame.Surface) -> None:
    with vfsloader.init("memory:", watch=False):
        menu = ModMenu(skin=Skin(language="de", title="Erweiterungen", panel=(200, 10, 10)))
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
        made = ModMenu(skin=Skin(language="en"))
        made.is_open = True
        yield made


def first_row(menu: ModMenu, screen: pygame.Surface) -> int:
    picture(menu, screen)
    return min(hit.number for _, hit in menu._session.painter.pen.hot if hit.place == "row")


def test_the_wheel_scrolls_away_from_the_cursor(long_menu: ModMenu, screen: pygame.Surface) -> None:
    start = first_row(long_menu, screen)
    long_menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=-3, x=0))
    assert first_row(long_menu, screen) == start + 3
    assert chosen(long_menu) == "mod00"
    long_menu.handle(pygame.Event(pygame.MOUSEWHEEL, y=3, x=0))
    assert first_row(long_menu, screen) == start


def test_the_bar_is_dragged(long_menu: ModMenu, screen: pygame.Surface) -> None:
    bar = part(long_menu, screen, Hit("bar"))
    mouse(long_menu, pygame.MOUSEBUTTONDOWN, (bar.centerx, bar.centery))
    assert 20 < first_row(long_menu, screen) < 40
    mouse(long_menu, pygame.MOUSEMOTION, (bar.centerx, bar.bottom + 50))
    assert part(long_menu, screen, Hit("row", 60))
    mouse(long_menu, pygame.MOUSEBUTTONUP, bar.center)
    mouse(long_menu, pygame.MOUSEMOTION, bar.topleft)
    assert part(long_menu, screen, Hit("row", 60))


def test_pages(long_menu: ModMenu, screen: pygame.Surface) -> None:
    screen = pygame.display.set_mode((960, 600))
    picture(long_menu, screen)
    press(long_menu, pygame.K_PAGEDOWN)
    first = long_menu._session.index
    assert 3 < first < 10
    press(long_menu, pygame.K_PAGEDOWN)
    assert long_menu._session.index == 2 * first
    press(long_menu, pygame.K_PAGEUP)
    assert long_menu._session.index == first


def test_a_mod_that_cannot_be_read_has_a_row(long_menu: ModMenu, screen: pygame.Surface) -> None:
    press(long_menu, pygame.K_END)
    assert long_menu.chosen is None
    row = part(long_menu, screen, Hit("row", 60))
    assert long_menu._session.painter.where(Hit("switch", 60)) is None
    for action in (long_menu.toggle, lambda: long_menu.move(-1)):
        action()
        assert long_menu.question is None
    press(long_menu, pygame.K_UP)
    assert chosen(long_menu) == "mod59"
    mouse(long_menu, pygame.MOUSEBUTTONDOWN, row.center)
    assert long_menu.chosen is None


def test_a_broken_mod_is_where_the_player_had_it(tmp_path: Path, screen: pygame.Surface) -> None:
    mods = tmp_path / "mods"
    for name in ("a", "b", "c", "d"):
        add(mods, f"mod-{name}")
    with vfsloader.init("memory:", mods=mods, watch=False) as game:
        game.mods.move("mod-b", after="mod-c")
        (mods / "mod-b" / "mod.json").write_text("{")
        (mods / "mod-d" / "mod.json").write_text("{")
        game.mods.rescan()
        menu = ModMenu(skin=Skin(language="en"))
        assert [row.id for row in menu._session.rows] == ["mod-a", "mod-c", "mod-b", "mod-d"]
        assert [row.mod is None for row in menu._session.rows] == [False, False, True, True]


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
    game.mods._installed.revision += 1
    press(menu, pygame.K_DOWN)
    assert "mods" in menu.message
    assert picture(menu, screen) != before
    texts = [shown.text for shown in menu._session.painter.shown]
    assert any("Input/output error" in text for text in texts)
    assert "Alpha" in texts  # what was known last


def test_a_click_on_the_cross_closes(menu: ModMenu, screen: pygame.Surface) -> None:
    mouse(menu, pygame.MOUSEBUTTONDOWN, part(menu, screen, Hit("close")).center)
    assert not menu.is_open


def type_text(menu: ModMenu, text: str) -> None:
    for letter in text:
        press(menu, ord(letter))
        assert menu.handle(pygame.Event(pygame.TEXTINPUT, text=letter))


def test_search(menu: ModMenu) -> None:
    assert not menu.handle(pygame.Event(pygame.TEXTINPUT, text="x"))
    press(menu, pygame.K_SLASH)
    menu.handle(pygame.Event(pygame.TEXTINPUT, text="/"))  # the key that opened the field
    type_text(menu, "swn")
    assert menu._session.search == "swn"
    assert menu.chosen is None
    for _ in "swn":
        press(menu, pygame.K_BACKSPACE)
    type_text(menu, "be")
    assert [row.id for row in menu._session.rows] == ["beta"]
    press(menu, pygame.K_RETURN)  # back to the list, which stays filtered
    press(menu, pygame.K_RETURN)
    assert menu._session.overview.mods.is_disabled("beta")
    press(menu, pygame.K_ESCAPE)
    assert len(menu._session.rows) == 6
    assert chosen(menu) == "beta"
    assert menu.is_open


def open_item(menu: ModMenu, *labels: str) -> None:
    """Press Tab, and choose by the labels."""
    press(menu, pygame.K_TAB)
    for label in labels:
        sheet = menu._session.sheet
        assert sheet is not None
        for _ in range([item.label for item in sheet.items].index(label) - menu._session.sheet_chosen):
            press(menu, pygame.K_DOWN)
        press(menu, pygame.K_RETURN)


def test_all_mods_at_once(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    open_item(menu, "Disable all")
    press(menu, pygame.K_n)
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]
    open_item(menu, "Disable all")
    press(menu, pygame.K_RETURN)
    assert enabled(game) == []
    open_item(menu, "Enable all")
    press(menu, pygame.K_RIGHT)
    press(menu, pygame.K_RETURN)  # No is marked
    assert enabled(game) == []
    open_item(menu, "Enable all")
    press(menu, pygame.K_y)
    assert enabled(game) == ["alpha", "lib", "beta", "zeta"]


def test_the_order_is_reset(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    game.mods.move("alpha", after="zeta")
    game.mods.disable("zeta")
    assert enabled(game) == ["lib", "beta", "alpha"]
    open_item(menu, "Reset order")
    press(menu, pygame.K_RETURN)
    assert enabled(game) == ["alpha", "lib", "beta"]


def test_profiles(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    open_item(menu, "Profiles", "New profile")
    for _ in range(20):
        press(menu, pygame.K_BACKSPACE)
    type_text(menu, "snow")
    press(menu, pygame.K_RETURN)
    assert game.mods.profile == "snow"
    menu.toggle()
    open_item(menu, "Profiles")
    press(menu, pygame.K_HOME)
    press(menu, pygame.K_RETURN)
    assert (game.mods.profile, enabled(game)) == ("default", ["alpha", "lib", "beta", "zeta"])
    open_item(menu, "Profiles", "Delete snow")
    press(menu, pygame.K_RETURN)
    assert list(game.mods.profiles) == ["default"]


def test_a_new_profile_is_named_for_those_who_cannot_type(menu: ModMenu, game: vfsloader.ResourceManager) -> None:
    push(menu, pygame.CONTROLLER_BUTTON_Y)
    for _ in range(5):
        push(menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    push(menu, pygame.CONTROLLER_BUTTON_A)
    push(menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    push(menu, pygame.CONTROLLER_BUTTON_A)
    push(menu, pygame.CONTROLLER_BUTTON_A)
    assert game.mods.profile == "Profile 2"


@pytest.mark.parametrize("has_manager", [True, False])
def test_the_folder_is_shown_or_named(
    menu: ModMenu, game: vfsloader.ResourceManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_manager: bool
) -> None:
    script = tmp_path / "bin" / "xdg-open"
    script.parent.mkdir()
    seen = tmp_path / "seen"
    if has_manager:
        script.write_text(f'#!/bin/sh\necho "$1" > "{seen}.part"\nmv "{seen}.part" "{seen}"\n')
        script.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{script.parent}:/bin:/usr/bin" if has_manager else str(script.parent))
    monkeypatch.setenv("DISPLAY", ":0")
    open_item(menu, "Open folder")
    if not has_manager:
        assert str(tmp_path / "mods") in menu.message
        return
    deadline = time.monotonic() + 30
    while not seen.exists():
        assert time.monotonic() < deadline
    assert seen.read_text().strip() == str(tmp_path / "mods")


def test_the_page_of_conflicts(
    menu: ModMenu, game: vfsloader.ResourceManager, screen: pygame.Surface, wait_for: Any
) -> None:
    menu.choose("alpha")
    press(menu, pygame.K_RIGHT)

    def texts() -> list[str]:
        picture(menu, screen)
        return [shown.text for shown in menu._session.painter.shown]

    screen = pygame.display.set_mode((960, 600))
    wait_for(lambda: "Loses to Zeta" in texts(), "the conflicts")
    assert {"Conflicts of Alpha", "/own.txt", "The same as in Zeta", "/same.txt"} <= set(texts())
    press(menu, pygame.K_ESCAPE)
    assert menu.is_open
    assert "/own.txt" not in texts()


def test_changes_of_data_conflict_only_where_two_mods_set_one_value(
    tmp_path: Path, screen: pygame.Surface, wait_for: Any
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "balance.json").write_text('{"speed": 1, "jump": 2, "gold": 3}')
    for mod, change in {"fast": {"speed": 5, "jump": 9}, "rich": {"gold": 10}, "zoom": {"speed": 7}}.items():
        add(tmp_path / "mods", mod)
        for name in ("same.txt", "own.txt"):
            (tmp_path / "mods" / mod / name).unlink()
        (tmp_path / "mods" / mod / "balance.json.merge").write_text(json.dumps(change))
    with vfsloader.init(tmp_path / "base", mods=tmp_path / "mods", watch=False):
        menu = ModMenu(skin=Skin(language="en"))
        menu.is_open = True
        for mod, expected in {
            "fast": [
                ("loses", "zoom", ("balance.json: speed",)),
                ("changes", "", ("changes 1 number in balance.json",)),
            ],
            "rich": [("changes", "", ("changes 1 number in balance.json",))],
            "zoom": [
                ("wins", "fast", ("balance.json: speed",)),
                ("changes", "", ("changes 1 number in balance.json",)),
            ],
        }.items():
            menu.choose(mod)
            menu.draw(screen)
            wait_for(lambda: menu._session.view().details.conflicts is not None, "the conflicts")
            details = menu._session.view().details
            assert details is not None
            found = [(group.outcome, group.other, group.paths) for group in details.conflicts or ()]
            assert [(outcome, other) for outcome, other, _ in found] == [(one, other) for one, other, _ in expected]
            assert found[0][2][0].startswith(expected[0][2][0][:12])
            menu.draw(screen)


def finger(menu: ModMenu, event: int, at: tuple[int, int], screen: pygame.Surface) -> None:
    x, y = (part / side for part, side in zip(at, screen.get_size(), strict=True))
    assert menu.handle(pygame.Event(event, x=x, y=y, finger_id=3, touch_id=1, dx=0, dy=0))


def test_fingers(long_menu: ModMenu) -> None:
    screen = pygame.display.set_mode((960, 600))
    row = part(long_menu, screen, Hit("row", 5)).center
    finger(long_menu, pygame.FINGERDOWN, row, screen)
    finger(long_menu, pygame.FINGERMOTION, (row[0], row[1] - 100), screen)
    finger(long_menu, pygame.FINGERMOTION, (row[0], row[1] - 200), screen)
    finger(long_menu, pygame.FINGERUP, (row[0], row[1] - 200), screen)
    assert chosen(long_menu) == "mod00"  # a stroke scrolls, and does not choose
    assert first_row(long_menu, screen) == 3
    switch = part(long_menu, screen, Hit("switch", 6)).center
    finger(long_menu, pygame.FINGERDOWN, switch, screen)
    assert "mod06" in [mod.id for mod in long_menu._session.mods.enabled]
    finger(long_menu, pygame.FINGERUP, switch, screen)
    assert "mod06" not in [mod.id for mod in long_menu._session.mods.enabled]
    long_menu.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, pos=switch, button=1, touch=True))  # SDL's imitation
    assert "mod06" not in [mod.id for mod in long_menu._session.mods.enabled]


def test_a_finger_moves_a_mod_by_its_grip(long_menu: ModMenu) -> None:
    screen = pygame.display.set_mode((960, 600))
    start, end = (part(long_menu, screen, Hit("grip", index)).center for index in (0, 2))
    finger(long_menu, pygame.FINGERDOWN, start, screen)
    finger(long_menu, pygame.FINGERMOTION, end, screen)
    finger(long_menu, pygame.FINGERUP, end, screen)
    assert [mod.id for mod in long_menu._session.mods.enabled][:3] == ["mod01", "mod02", "mod00"]


def test_a_held_button_is_repeated(long_menu: ModMenu, screen: pygame.Surface, wait_for: Any) -> None:
    push(long_menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)

    def has_gone_on() -> bool:
        long_menu.draw(screen)
        return long_menu._session.index > 2

    wait_for(has_gone_on, "the repetition")
    long_menu.handle(pygame.Event(pygame.CONTROLLERBUTTONUP, button=pygame.CONTROLLER_BUTTON_DPAD_DOWN))
    at = long_menu._session.index
    for _ in range(100):
        long_menu.draw(screen)
    assert long_menu._session.index == at


def test_a_failing_callback_does_not_end_the_game(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    def fail() -> None:
        raise ZeroDivisionError("of the game")

    menu = ModMenu(skin=Skin(language="en"), on_change=fail)
    menu.is_open = True
    press(menu, pygame.K_RETURN)
    assert menu.message == "of the game"


def test_a_font_of_the_game_that_changes_is_shown(tmp_path: Path, screen: pygame.Surface, wait_for: Any) -> None:
    base = vfsloader.Store()
    fonts = Path(__file__).parents[2] / "demo_game" / "assets" / "fonts"
    base.write("/font.ttf", (Path(pygame.__file__).parent / "freesansbold.ttf").read_bytes())
    add(tmp_path / "mods", "alpha")
    with vfsloader.init(base, mods=tmp_path / "mods", watch=False) as game:
        menu = ModMenu(skin=Skin(language="en", font="/font.ttf"))
        menu.is_open = True
        picture(menu, screen)
        wait_for(lambda: not menu._session.overview.is_comparing, "the comparison")
        before = picture(menu, screen)
        base.write("/font.ttf", (fonts / "moonmoth.ttf").read_bytes())
        assert picture(menu, screen) == before
        pygame.event.clear()
        game.update()
        for event in pygame.event.get():
            menu.handle(event)
        after = picture(menu, screen)
        assert after != before
        assert not menu.message


def test_a_font_that_is_missing_is_replaced(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = ModMenu(skin=Skin(language="en", font="/no.ttf"))
    menu.is_open = True
    picture(menu, screen)
    assert "Alpha" in [shown.text for shown in menu._session.painter.shown]
    assert not menu.message


# --- options ---------------------------------------------------------------------------------------------


OPTIONS = {
    "snow": {"type": "bool", "default": True, "label": "Snow"},
    "depth": {"type": "int", "min": 0, "max": 3, "default": 1, "when": {"snow": True}},
    "wind": {"type": "float", "min": 0, "max": 10, "default": 2.5, "step": 0.5, "help": "How strong it is"},
    "kind": {"type": "choice", "choices": {"powder": "Powder snow", "wet": "Wet snow"}, "group": "Weather"},
    "sign": {"type": "text", "max_length": 4},
    "tint": {"type": "color", "default": "#aabbcc"},
    "jump": {"type": "key", "default": "w"},
}


@pytest.fixture
def snowy(tmp_path: Path, screen: object) -> Iterator[vfsloader.ResourceManager]:
    (tmp_path / "base").mkdir()
    add(tmp_path / "mods", "winter", options=OPTIONS)
    with vfsloader.init(tmp_path / "base", mods=tmp_path / "mods", watch=False) as made:
        yield made


def labels(menu: ModMenu) -> list[str]:
    sheet = menu._session.sheet
    return [] if sheet is None else [item.label for item in sheet.items]


def choose(menu: ModMenu, text: str) -> None:
    """Walk to an item of the open sheet by the keys, and choose it."""
    names = labels(menu)
    at = next(index for index, name in enumerate(names) if text in name)
    press(menu, pygame.K_HOME)
    for _ in range(at):
        press(menu, pygame.K_DOWN)
    press(menu, pygame.K_RETURN)


def retype(menu: ModMenu, text: str) -> None:
    sheet = menu._session.sheet
    for _ in range(len("" if sheet is None else sheet.text or "")):
        press(menu, pygame.K_BACKSPACE)
    menu.handle(pygame.Event(pygame.TEXTINPUT, text=text))


def test_the_options_of_a_mod(snowy: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = ModMenu(skin=Skin(language="en"))
    menu.is_open = True
    menu.draw(screen)
    menu._session.tools[0].run()
    choose(menu, "Options")
    assert labels(menu)[:4] == [
        "Snow: on",
        "depth: 1",
        "wind: 2.5",
        "Weather \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} kind: Powder snow",
    ]
    plain = picture(menu, screen)
    choose(menu, "depth")
    choose(menu, "3")
    choose(menu, "kind")
    choose(menu, "Wet")
    choose(menu, "wind")
    choose(menu, "+0.5")
    choose(menu, "Done")
    choose(menu, "sign")
    retype(menu, "hi")
    choose(menu, "Done")
    choose(menu, "tint")
    retype(menu, "#FF0000")
    choose(menu, "Done")
    assert snowy.mods.options("winter") == {
        "snow": True, "depth": 3, "wind": 3.0, "kind": "wet", "sign": "hi", "tint": "#ff0000", "jump": "w",
    }  # fmt: skip
    assert picture(menu, screen) != plain
    choose(menu, "Snow")
    assert "depth: 3" not in labels(menu)
    assert snowy.mods.options("winter")["snow"] is False
    choose(menu, "Reset")
    assert snowy.mods.options("winter")["snow"] is True
    choose(menu, "Back")
    assert menu._session.sheet is None


def test_a_value_that_is_not_allowed_is_said_and_not_kept(
    snowy: vfsloader.ResourceManager, screen: pygame.Surface
) -> None:
    menu = ModMenu(skin=Skin(language="en"))
    menu.is_open = True
    menu.draw(screen)
    menu._choices.open_options()
    choose(menu, "sign")
    retype(menu, "too long")
    choose(menu, "Done")
    assert "sign" in menu.message
    assert snowy.mods.options("winter")["sign"] == ""
    choose(menu, "wind")
    for _ in range(30):
        choose(menu, "+0.5")
    choose(menu, "Done")
    assert snowy.mods.options("winter")["wind"] == 10.0
    menu.draw(screen)


def test_a_mod_without_options_offers_none(menu: ModMenu, screen: pygame.Surface) -> None:
    menu.draw(screen)
    menu._session.tools[0].run()
    assert "Options" not in labels(menu)
