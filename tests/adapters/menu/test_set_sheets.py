"""The history, the search for a mod at fault, and a safe start, by the keys of the menu."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin

import vfsloader
from tests.adapters.test_mod_menu import choose, labels, picture, press, retype
from tests.mods.making import add


@pytest.fixture
def game(tmp_path: Path, screen: object) -> Iterator[vfsloader.ResourceManager]:
    for mod in ("forest", "hud", "owls", "winter"):
        add(tmp_path, mod, {"bad.txt": "x"} if mod == "owls" else {})
    with vfsloader.init("memory:", mods=tmp_path, watch=False) as made:
        yield made


def opened(screen: pygame.Surface) -> ModMenu:
    menu = ModMenu(skin=Skin(language="en"))
    menu.is_open = True
    menu.draw(screen)
    return menu


def enabled(game: vfsloader.ResourceManager) -> list[str]:
    return [mod.id for mod in game.mods.enabled]


def test_the_history(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = opened(screen)
    choose_more(menu, "History")
    assert "Nothing was changed yet." in menu._session.sheet.note  # type: ignore[union-attr]
    choose(menu, "Back")
    game.mods.disable("hud")
    game.mods.move("forest", after="winter")
    choose_more(menu, "History")
    assert [label[18:] for label in labels(menu)[-3:-1]] == ["Another order", "Off: hud"]
    before = picture(menu, screen)
    choose(menu, "Undo: Another order")
    assert enabled(game) == ["forest", "owls", "winter"]
    assert picture(menu, screen) != before
    choose(menu, "Redo")
    assert enabled(game) == ["owls", "winter", "forest"]
    choose(menu, "Keep")
    retype(menu, "my set")
    choose(menu, "Done")
    game.mods.disable_all()
    choose_more(menu, "History")
    choose(menu, "Return to \N{LEFT DOUBLE QUOTATION MARK}my set")
    assert menu.question is not None
    press(menu, pygame.K_RETURN)
    assert enabled(game) == ["owls", "winter", "forest"]
    choose_more(menu, "History")
    choose(menu, "Off: hud")  # to what was before that change
    press(menu, pygame.K_RETURN)
    assert enabled(game) == ["forest", "hud", "owls", "winter"]
    choose_more(menu, "History")
    choose(menu, "Forget")
    assert game.mods.named_sets() == []


def choose_more(menu: ModMenu, text: str) -> None:
    menu._choices.open_more()
    choose(menu, text)


def test_the_mod_at_fault_is_found_while_the_game_runs(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = opened(screen)
    choose_more(menu, "Find the mod at fault")
    questions = 0
    while "Stop searching" in labels(menu):
        questions += 1
        choose(menu, "Look at the game")
        assert not menu.is_open
        game.update()
        menu.is_open = True  # the question is there again
        menu.draw(screen)
        choose(menu, "The fault is there" if game.exists("/bad.txt") else "All is well")
    assert questions <= 4
    assert menu._session.sheet.note == "At fault: owls"  # type: ignore[union-attr]
    assert len(enabled(game)) == 4
    choose(menu, "Disable owls")
    assert enabled(game) == ["forest", "hud", "winter"]
    assert game.mods.undo() == "disabled owls"


def test_a_search_is_stopped(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = opened(screen)
    choose_more(menu, "Find the mod at fault")
    assert len(enabled(game)) < 4
    choose(menu, "Cannot say")
    choose(menu, "Stop searching")
    assert len(enabled(game)) == 4
    menu.is_open = False
    menu.is_open = True
    assert menu._session.sheet is None


@pytest.mark.parametrize(
    ("answer", "found"), [("All is well", "Missing: with hud, all is well."), ("The fault is there", "No mod")]
)
def test_a_missing_mod_is_named(
    game: vfsloader.ResourceManager, screen: pygame.Surface, answer: str, found: str
) -> None:
    game.mods.disable("hud")
    menu = opened(screen)
    choose_more(menu, "Find the mod at fault")
    while "Stop searching" in labels(menu):
        choose(menu, answer if "hud" in enabled(game) else "The fault is there")
    assert found in menu._session.sheet.note  # type: ignore[union-attr]
    if answer == "All is well":
        choose(menu, "Enable hud")
        assert "hud" in enabled(game)


@pytest.mark.parametrize(
    ("choice", "left"),
    [("Keep them off", ["good"]), ("Try them again", ["bad", "good"]), ("Find the mod", ["good"]), ("later", ["good"])],
)
def test_after_failed_starts_the_player_decides(
    tmp_path: Path, screen: pygame.Surface, choice: str, left: list[str]
) -> None:
    def start() -> vfsloader.ResourceManager:
        return vfsloader.init("memory:", mods=tmp_path, watch=False, safe_mode="ask")

    add(tmp_path, "good")
    with start() as game:
        game.ready()
    add(tmp_path, "bad")
    for _ in range(2):
        with pytest.raises(KeyError), start():
            raise KeyError
    with start() as game:
        menu = opened(screen)
        assert "without: bad" in menu._session.sheet.note  # type: ignore[union-attr]
        choose(menu, choice)
        if choice == "Find the mod":
            while "Stop searching" in labels(menu):
                choose(menu, "The fault is there" if "bad" in enabled(game) else "All is well")
            choose(menu, "Disable bad")
        assert enabled(game) == left
        menu.is_open = False
        menu.is_open = True
        assert (menu._session.sheet is not None) == (choice == "later")


def test_choices_for_single_files_can_be_forgotten(game: vfsloader.ResourceManager, screen: pygame.Surface) -> None:
    menu = opened(screen)
    menu._choices.open_more()
    assert "Choices for single files" not in labels(menu)
    game.mods.prefer("/bad.txt", "owls")
    game.mods.hide("/music/**", "hud")
    choose_more(menu, "Choices for single files")
    assert labels(menu)[:-1] == ["/bad.txt from owls", "/music/** not from hud"]
    choose(menu, "not from hud")
    press(menu, pygame.K_RETURN)
    assert [choice.mod for choice in game.mods.file_choices] == ["owls"]


def test_a_mod_that_saves_need_is_not_disabled_without_a_question(tmp_path: Path, screen: pygame.Surface) -> None:
    add(tmp_path, "lib", saves={"needs": True})
    with vfsloader.init("memory:", mods=tmp_path, watch=False) as game:
        menu = opened(screen)
        menu.toggle()
        assert menu.question is not None
        assert "Saves may no longer work without lib" in menu.question.text
        press(menu, pygame.K_RETURN)
        assert enabled(game) == []
        menu.toggle()
        assert enabled(game) == ["lib"]
