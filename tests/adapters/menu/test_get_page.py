"""Getting mods in the menu, from a real server, by keys, mouse, finger and controller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin
from vfsloader.pygame.menu import get_page as get_page_module
from vfsloader.pygame.menu.get_page import GetPage
from vfsloader.pygame.menu.view import Hit
from vfsloader.pygame.menu.words import LANGUAGES, words_of

from tests.adapters.menu.conftest import icon
from tests.adapters.test_mod_menu import choose, finger, labels, part, press, push, retype, type_text
from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import ResourceManager
from vfsloader.distribution import staging
from vfsloader.runtime import jobs


class Player:
    """A player with an open menu on the page."""

    def __init__(self, world: World, screen: pygame.Surface, wait_for: Callable[..., object], **game: Any) -> None:
        self.world, self.screen, self.wait_for = world, screen, wait_for
        self.game: ResourceManager = world.game(**game)
        self.changes: list[str] = []
        self.menu = ModMenu(self.game, skin=Skin(language="en"), on_change=lambda: self.changes.append("changed"))
        self.menu.is_open = True
        self.menu.draw(screen)

    @property
    def page(self) -> GetPage:
        return self.menu._session.get

    def open(self) -> None:
        press(self.menu, pygame.K_TAB)
        choose(self.menu, "Get mods")
        self.until(lambda: not self.page.is_looking, "the sources")

    def until(self, holds: Callable[[], object], what: str) -> None:
        def drawn() -> object:
            self.menu.draw(self.screen)
            return holds() or self.menu.message

        self.wait_for(drawn, what)

    def settle(self) -> None:
        self.until(lambda: self.menu._session.work.working is None, "the end of the work")

    def asked(self) -> str:
        self.until(lambda: self.menu.question is not None, "the question")
        assert self.menu.message == ""
        assert self.menu.question is not None
        return self.menu.question.text

    def shown(self, *parts: str) -> list[str]:
        self.menu.draw(self.screen)
        return [text.text for text in self.menu._session.painter.shown if text.part in parts]

    def enabled(self) -> dict[str, str]:
        return {mod.id: str(mod.version) for mod in self.game.mods.enabled}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        for mod in ("lib", "owls"):
            small = add(made.mods, mod, {"f.txt": f"{mod} 1.0"}, version="1.0", description="Small things. " * 20)
            small.rename(made.mods / f"{mod}-1.0")
        winter = add(made.mods, "winter", {"f.txt": "snow"}, version="1.0", requires={"lib": "*"}, icon="icon.png",
                     name="Winter comes", tags=["reskin"], authors=["A. Modder"], license="CC0-1.0")  # fmt: skip
        (winter / "icon.png").write_bytes(icon("#3070c0"))
        made.build()
        yield made


@pytest.fixture
def make_player(world: World, screen: object, wait_for: Callable[..., object]) -> Callable[..., Player]:
    return lambda size=(960, 600), **game: Player(world, pygame.display.set_mode(size), wait_for, **game)


@pytest.fixture
def player(make_player: Callable[..., Player]) -> Player:
    made = make_player()
    made.open()
    return made


class Gate:
    """Holds what is fetched until it is opened."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, files: Any, offers: Any, progress: Any) -> Any:
        progress(1_000, 4_000, "winter")
        self.reached.set()
        assert self.go.wait(30)
        progress(2_000, 4_000, "winter")
        return staging.fetch_all(files, offers, progress)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr("vfsloader.distribution.installer.fetch_all", made)
    yield made
    made.go.set()


def test_by_keys(player: Player) -> None:
    assert player.shown("name") == ["lib", "owls", "Winter comes"]
    press(player.menu, pygame.K_SLASH)
    player.menu.handle(pygame.Event(pygame.TEXTINPUT, text="/"))
    type_text(player.menu, "reskin")
    press(player.menu, pygame.K_RETURN)
    assert player.shown("name") == ["Winter comes"]
    player.until(lambda: player.shown("description", "needs"), "the details")
    player.until(lambda: "Licence: CC0-1.0" in player.shown("needs"), "the details")
    assert {"Needs lib"} < set(player.shown("needs"))
    assert "by A. Modder" in player.shown("facts")[0]
    press(player.menu, pygame.K_RETURN)
    question = player.asked()
    assert question.splitlines()[:3] == ["Install Winter comes?", "• Winter comes 1.0", "• lib 1.0"]
    assert "To download: " in question
    press(player.menu, pygame.K_ESCAPE)
    player.settle()
    assert player.enabled() == {}
    press(player.menu, pygame.K_RETURN)
    player.asked()
    press(player.menu, pygame.K_RETURN)
    player.settle()
    assert player.enabled() == {"lib": "1.0", "winter": "1.0"}
    player.game.update()
    assert player.game.read("/f.txt") == b"snow"
    assert player.changes == ["changed"]
    assert set(player.shown("notice")) == {"Done: lib, Winter comes"}
    assert "Installed: 1.0" in player.shown("note")
    press(player.menu, pygame.K_ESCAPE)  # the search
    press(player.menu, pygame.K_ESCAPE)  # the page
    assert player.menu._session.page == "list"
    assert player.menu.is_open


def test_by_mouse(make_player: Callable[..., Player]) -> None:
    player = make_player()

    def click(hit: Hit) -> None:
        at = part(player.menu, player.screen, hit).center
        player.menu.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=1))
        player.menu.handle(pygame.Event(pygame.MOUSEBUTTONUP, pos=at, button=1))

    player.menu.draw(player.screen)
    click(Hit("tool", 1))
    player.until(lambda: not player.page.is_looking, "the sources")
    click(Hit("act", 1))
    player.asked()
    click(Hit("answer", 1))
    player.settle()
    assert player.enabled() == {"owls": "1.0"}
    player.until(lambda: not player.page.is_looking, "the sources")
    click(Hit("offered"))
    assert player.asked() == "Remove owls?"
    click(Hit("answer", 1))
    player.settle()
    assert player.enabled() == {}
    click(Hit("back"))
    assert player.menu._session.page == "list"


def test_by_finger_and_by_controller(player: Player) -> None:
    def tap(hit: Hit) -> None:
        at = part(player.menu, player.screen, hit).center
        finger(player.menu, pygame.FINGERDOWN, at, player.screen)
        finger(player.menu, pygame.FINGERUP, at, player.screen)

    tap(Hit("act", 0))
    player.asked()
    tap(Hit("answer", 1))
    player.settle()
    assert player.enabled() == {"lib": "1.0"}
    push(player.menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    push(player.menu, pygame.CONTROLLER_BUTTON_A)
    player.asked()
    push(player.menu, pygame.CONTROLLER_BUTTON_A)
    player.settle()
    assert player.enabled() == {"lib": "1.0", "owls": "1.0"}
    push(player.menu, pygame.CONTROLLER_BUTTON_Y)
    assert labels(player.menu)[0] == "Remove owls"
    push(player.menu, pygame.CONTROLLER_BUTTON_B)
    push(player.menu, pygame.CONTROLLER_BUTTON_B)
    assert player.menu._session.page == "list"


def test_all_updates_at_once(player: Player) -> None:
    for mod in ("lib", "owls"):
        player.game.mods.install(mod)
        player.world.release(mod, "2.0")
    press(player.menu, pygame.K_TAB)
    choose(player.menu, "Look again")
    player.until(lambda: not player.page.is_looking, "the sources")
    assert player.shown("note").count("1.0 → 2.0") == 2
    press(player.menu, pygame.K_TAB)
    choose(player.menu, "Update all (2)")
    assert player.asked().splitlines()[1:3] == ["• lib 1.0 → 2.0", "• owls 1.0 → 2.0"]
    press(player.menu, pygame.K_RETURN)
    player.settle()
    assert player.enabled() == {"lib": "2.0", "owls": "2.0"}
    player.until(lambda: not player.page.is_looking, "the sources")
    assert "Update all" not in " ".join(player.shown("tool"))


def test_a_download_is_shown_each_frame_and_the_panel_is_not_drawn_again(player: Player, gate: Gate) -> None:
    press(player.menu, pygame.K_RETURN)
    player.asked()
    press(player.menu, pygame.K_RETURN)
    assert gate.reached.wait(30)
    player.menu.draw(player.screen)
    drawn = player.menu._session.painter.drawn
    before = pygame.image.tobytes(player.screen, "RGB")
    assert player.menu._session.work.working is not None
    player.menu._session.work.working.job.done = 3_000
    player.menu.draw(player.screen)
    assert pygame.image.tobytes(player.screen, "RGB") != before
    assert player.menu._session.painter.drawn == drawn
    press(player.menu, pygame.K_DOWN)
    press(player.menu, pygame.K_RETURN)
    assert "Wait until this is done: lib" in player.menu.message
    player.menu._session.message = ""
    player.menu.is_open = False  # the player plays on
    gate.go.set()
    player.settle()
    assert player.enabled() == {"lib": "1.0"}


def test_a_download_is_cancelled(player: Player, gate: Gate) -> None:
    press(player.menu, pygame.K_RETURN)
    player.asked()
    press(player.menu, pygame.K_RETURN)
    assert gate.reached.wait(30)
    assert "Cancel" in player.shown("act")
    press(player.menu, pygame.K_RETURN)
    assert "Cancelled." in player.shown("notice")[0]
    press(player.menu, pygame.K_RETURN)  # again, while the old one still holds the folder
    player.asked()
    press(player.menu, pygame.K_RETURN)
    gate.go.set()
    player.settle()
    assert player.enabled() == {"lib": "1.0"}
    assert player.menu.message == ""


def test_what_fails_is_a_sentence(player: Player) -> None:
    player.world.release("summer", "1.0", requires={"gone": "*"})
    player.page.look()
    player.until(lambda: not player.page.is_looking, "the sources")
    player.page.put_cursor([row.id for row in player.page.rows].index("summer"))
    press(player.menu, pygame.K_RETURN)
    player.until(lambda: player.menu.message, "the message")
    assert "summer 1.0 requires gone" in player.menu.message
    player.world.server.close()
    press(player.menu, pygame.K_UP)
    player.menu._session.message = ""
    player.page.look()
    player.until(lambda: player.menu.message, "the message")
    assert "cannot be reached" in player.menu.message
    assert len(player.shown("name")) == 4  # what the source had last


def test_a_source_is_added_after_a_question(make_player: Callable[..., Player]) -> None:
    player = make_player(source=False)
    player.open()
    assert player.shown("empty") == ["There are no sources of mods yet."]
    press(player.menu, pygame.K_RETURN)
    retype(player.menu, player.world.server.address)
    choose(player.menu, "Done")
    assert "signed by" in player.asked()
    press(player.menu, pygame.K_RETURN)
    player.until(lambda: len(player.page.rows) == 3, "the mods")
    press(player.menu, pygame.K_TAB)
    choose(player.menu, "Sources")
    choose(player.menu, player.world.server.address)
    assert "Forget this source?" in player.asked()
    press(player.menu, pygame.K_RETURN)
    player.until(lambda: not player.page.rows, "an empty list")
    press(player.menu, pygame.K_RETURN)
    retype(player.menu, "ftp://example.org")
    choose(player.menu, "Done")
    player.until(lambda: player.menu.message, "the message")
    assert "is not an https address" in player.menu.message


def test_without_threads_the_game_pauses_and_says_so(
    make_player: Callable[..., Player], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (jobs, get_page_module):
        monkeypatch.setattr(module, "have_threads", bool)
    player = make_player()
    player.open()
    press(player.menu, pygame.K_RETURN)
    player.asked()
    press(player.menu, pygame.K_RETURN)
    assert player.menu._session.work.notice == "The game pauses while it downloads."
    player.settle()
    assert player.enabled() == {"lib": "1.0"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_own_texts_fit(language: str, make_player: Callable[..., Player], gate: Gate) -> None:
    player = make_player((640, 360))
    words = words_of(language, {})
    if player.menu._session.painter.pen.writer.faces.has_all(words.search + words.close):
        player.menu = ModMenu(player.game, skin=Skin(language=language))
        player.menu.is_open = True
    player.page.open()
    player.until(lambda: not player.page.is_looking, "the sources")
    own = ("act", "offered", "tool", "empty", "hint", "key", "item", "answer", "title", "cancel", "notice")
    assert not [text for text in player.shown(*own) if text.endswith("…")]
    press(player.menu, pygame.K_TAB)
    assert not [text for text in player.shown(*own) if text.endswith("…")]
    press(player.menu, pygame.K_ESCAPE)
    press(player.menu, pygame.K_RETURN)
    player.asked()
    press(player.menu, pygame.K_RETURN)
    assert gate.reached.wait(30)
    assert not [text for text in player.shown(*own) if text.endswith("…")]
    press(player.menu, pygame.K_RETURN)
    assert player.shown("notice")
    assert not [text for text in player.shown("notice") if text.endswith("…")]


def test_two_thousand_mods_are_searched_at_once(player: Player) -> None:
    from dataclasses import replace

    catalogue = player.page._catalogue
    assert catalogue is not None
    first = catalogue.mods[0]
    many = tuple(
        replace(first, mod=replace(first.mod, id=f"mod-{n}", name=f"Mod {n}", summary="x")) for n in range(2_000)
    )
    player.page._catalogue = replace(catalogue, mods=many)
    press(player.menu, pygame.K_END)
    assert player.shown("name")[-1] == "Mod 1999"
    drawn = len(player.menu._session.painter.pen.shown)
    assert drawn < 100
    press(player.menu, pygame.K_SLASH)
    player.menu.handle(pygame.Event(pygame.TEXTINPUT, text="/"))
    type_text(player.menu, "mod-77")
    names = ["Mod 77", *(f"Mod {n}" for n in range(770, 780))]
    shown = player.shown("name")
    assert shown == names[: len(shown)]
