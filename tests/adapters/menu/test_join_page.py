"""Joining a host in the menu: by keys, mouse, finger and controller, and everything that a host can refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
from vfsloader.pygame import ModMenu, Skin
from vfsloader.pygame.menu import choices, join_page
from vfsloader.pygame.menu.view import Hit
from vfsloader.pygame.menu.words import LANGUAGES, words_of

import vfsloader
from tests.adapters.test_mod_menu import choose, finger, labels, part, press, push
from tests.distribution.test_joining import Party, party, tree
from vfsloader.distribution import joining, receiving
from vfsloader.distribution.known_hosts import KnownHosts
from vfsloader.runtime import jobs

__all__ = ["party"]


class Guest:
    """A player with the menu open, and a host that serves."""

    def __init__(self, party: Party, wait_for: Callable[..., object], size: tuple[int, int] = (960, 600)) -> None:
        self.party, self.wait_for = party, wait_for
        self.screen = pygame.display.set_mode(size)
        self.server = party.serve(name="Ada")
        (party.folder / "guest").mkdir(exist_ok=True)
        self.game = vfsloader.init(str(party.folder / "base"), mods=party.folder / "guest", watch=False)
        self.changes: list[str] = []
        self.menu = ModMenu(skin=Skin(language="en"), on_change=lambda: self.changes.append("changed"))
        self.menu.is_open = True

    def open(self) -> None:
        """Open the page from the sheet with everything that can be done."""
        press(self.menu, pygame.K_TAB)
        choose(self.menu, "Play together")

    def type_address(self, address: str | None = None) -> None:
        """Type an address into the field, and confirm."""
        press(self.menu, pygame.K_HOME)
        press(self.menu, pygame.K_RETURN)
        self.menu.handle(pygame.Event(pygame.TEXTINPUT, text=address or self.server.join_address))
        press(self.menu, pygame.K_RETURN)

    def until(self, holds: Callable[[], object], what: str) -> None:
        def drawn() -> object:
            self.menu.draw(self.screen)
            return holds() or self.menu.message

        self.wait_for(drawn, what)

    def asked(self) -> list[str]:
        self.until(lambda: self.menu.question is not None, "the question")
        assert self.menu.question is not None, self.menu.message
        return self.menu.question.text.splitlines()

    def settle(self) -> None:
        self.until(lambda: self.menu._session.work.working is None, "the end of the work")

    def shown(self, *parts: str) -> list[str]:
        self.menu.draw(self.screen)
        return [text.text for text in self.menu._session.painter.shown if text.part in parts]

    def enabled(self) -> list[tuple[str, str]]:
        return [(mod.id, str(mod.version)) for mod in self.game.mods.enabled]


@pytest.fixture
def make_guest(party: Party, screen: object, wait_for: Callable[..., object]) -> Iterator[Callable[..., Guest]]:
    party.mod("host", "winter", {"f.txt": "snow"}, "2.0", name="Winter comes")
    party.mod("host", "lib", {"lib.txt": "lib"})
    party.mod("guest", "winter", {"f.txt": "old snow"}, "1.0", name="Winter comes")
    party.mod("guest", "owls", {"o.txt": "owls"})
    guests = []

    def make(size: tuple[int, int] = (960, 600)) -> Guest:
        guests.append(Guest(party, wait_for, size))
        return guests[-1]

    yield make
    for guest in guests:
        guest.game.close()


@pytest.fixture
def guest(make_guest: Callable[..., Guest]) -> Guest:
    return make_guest()


OWN, HOSTS = [("owls", "1.0"), ("winter", "1.0")], [("lib", "1.0"), ("winter", "2.0")]


def test_by_keys(guest: Guest) -> None:
    before = tree(guest.party.folder / "guest")
    guest.open()
    assert guest.shown("empty") == ["You have not joined anybody yet."]
    guest.type_address()
    question = guest.asked()
    assert question[0] == "Play with the mods of Ada?"
    assert set(question[1:4]) == {
        "\N{BULLET} New: lib 1.0",
        "\N{BULLET} Off until you leave: owls",
        "\N{BULLET} Winter comes: version 2.0 instead of 1.0",
    }
    assert question[4].startswith("To download: ")
    press(guest.menu, pygame.K_ESCAPE)
    assert guest.enabled() == OWN
    assert guest.menu._session.join.index == 1  # the host is remembered, and the cursor is on it
    press(guest.menu, pygame.K_RETURN)
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    guest.settle()
    assert guest.enabled() == HOSTS
    assert guest.changes == ["changed"]
    assert set(guest.shown("notice", "host title")) == {"You play with the mods of Ada."}
    guest.game.update()
    assert guest.game.read("/f.txt") == b"snow"
    assert guest.game.mods.fingerprint() == guest.party.games[0].mods.fingerprint()
    press(guest.menu, pygame.K_RETURN)
    assert guest.enabled() == OWN
    assert guest.shown("notice") == ["Your own mods are back."]
    guest.game.update()
    assert guest.game.read("/f.txt") == b"old snow"
    assert tree(guest.party.folder / "guest") == before
    press(guest.menu, pygame.K_ESCAPE)
    assert guest.menu._session.page == "list"


def test_a_pasted_address_by_mouse(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    def click(hit: Hit) -> None:
        at = part(guest.menu, guest.screen, hit).center
        guest.menu.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=1))
        guest.menu.handle(pygame.Event(pygame.MOUSEBUTTONUP, pos=at, button=1))

    guest.menu.draw(guest.screen)
    click(Hit("tool", 2))
    click(Hit("offered"))
    monkeypatch.setattr(choices, "clipboard_text", str)
    click(Hit("item", 1))
    assert guest.menu.message == "There is no text to paste."
    monkeypatch.setattr(choices, "clipboard_text", lambda: f"{guest.server.join_address}")
    click(Hit("item", 1))
    assert guest.shown("field")[0].endswith(guest.server.join_address[-10:])
    click(Hit("item", 0))
    guest.asked()
    click(Hit("answer", 1))
    guest.settle()
    assert guest.enabled() == HOSTS
    click(Hit("back"))
    guest.menu.draw(guest.screen)
    assert "Leave Ada" in guest.shown("tool")
    click(Hit("tool", 1))
    assert guest.enabled() == OWN


def test_keys_that_paste(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "clipboard_text", lambda: "10.0.0.7:8000#" + "a" * 20)
    guest.open()
    for key, held in ((pygame.K_v, pygame.KMOD_LCTRL), (pygame.K_v, pygame.KMOD_LMETA),
                      (pygame.K_INSERT, pygame.KMOD_LSHIFT)):  # fmt: skip
        press(guest.menu, pygame.K_RETURN)
        press(guest.menu, key, held)
        assert guest.menu._session.sheet is not None
        assert guest.menu._session.sheet.text == "10.0.0.7:8000#" + "a" * 20
        press(guest.menu, pygame.K_ESCAPE)


def test_a_host_of_before_by_controller_and_by_finger(guest: Guest) -> None:
    def tap(hit: Hit) -> None:
        at = part(guest.menu, guest.screen, hit).center
        finger(guest.menu, pygame.FINGERDOWN, at, guest.screen)
        finger(guest.menu, pygame.FINGERUP, at, guest.screen)

    hosts = guest.game.mods.installer.hosts
    hosts.add("10.0.0.7:8000#" + "a" * 20, "Bob")
    hosts.add(guest.server.join_address, "Ada")
    push(guest.menu, pygame.CONTROLLER_BUTTON_Y)
    choose(guest.menu, "Play together")
    push(guest.menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    push(guest.menu, pygame.CONTROLLER_BUTTON_A)
    guest.asked()
    push(guest.menu, pygame.CONTROLLER_BUTTON_A)
    guest.settle()
    assert guest.enabled() == HOSTS
    push(guest.menu, pygame.CONTROLLER_BUTTON_A)
    assert guest.enabled() == OWN
    tap(Hit("act", 1))
    guest.asked()
    tap(Hit("answer", 1))
    guest.settle()
    assert guest.enabled() == HOSTS
    tap(Hit("offered"))
    assert guest.enabled() == OWN
    push(guest.menu, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    push(guest.menu, pygame.CONTROLLER_BUTTON_Y)
    assert labels(guest.menu)[:2] == ["Join Bob", "Forget Bob"]
    choose(guest.menu, "Forget Bob")
    assert [host.name for host in guest.game.mods.installer.hosts] == ["Ada"]
    assert guest.shown("name") == ["Enter an address", "Ada"]


def test_what_cannot_be_had_is_said(guest: Guest) -> None:
    guest.party.mod("host", "secret", {"s.txt": "mine"}, sharing={}, name="Secret")
    server = guest.party.serve(name="Eve")
    guest.open()
    guest.type_address(server.join_address)
    guest.settle()
    assert guest.menu.question is None
    assert guest.shown("host title") == ["This host cannot be joined:"]
    text = " ".join(guest.shown("host"))
    assert "Secret 1.0 is not here, and its author does not let the host pass it on." in text
    assert guest.enabled() == OWN


def test_a_host_that_is_gone_and_an_address_that_is_not_one(guest: Guest) -> None:
    guest.open()
    guest.type_address("192.168.1.5:8000")
    assert "the part after #" in (guest.settle() or guest.menu.message)
    guest.type_address()
    guest.asked()
    guest.server.close()
    press(guest.menu, pygame.K_RETURN)
    guest.until(lambda: guest.menu.message, "the message")
    assert "cannot be reached" in guest.menu.message or "closed" in guest.menu.message
    assert guest.enabled() == OWN
    assert guest.game.mods.joined is None


def test_a_set_that_is_the_same(guest: Guest) -> None:
    same = guest.game.mods.serve(name="Twin")
    guest.party.servers.append(same)
    guest.open()
    guest.type_address(same.join_address)
    assert guest.asked() == ["Play with the mods of Twin?", "You have the same mods."]
    press(guest.menu, pygame.K_RETURN)
    assert guest.shown("host title") == ["You play with the mods of Twin."]
    guest.type_address()  # on to another host
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    guest.settle()
    assert guest.enabled() == HOSTS


def test_while_a_host_is_joined_the_list_is_fixed(guest: Guest) -> None:
    guest.open()
    guest.type_address()
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    guest.settle()
    press(guest.menu, pygame.K_ESCAPE)
    press(guest.menu, pygame.K_RETURN)
    assert "you play with the mods of a host" in guest.menu.message
    assert guest.enabled() == HOSTS


def test_what_is_fetched_is_cancelled(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = threading.Event(), threading.Event()

    def held(*arguments: Any) -> Any:
        reached.set()
        assert go.wait(30)
        return receiving.receive(*arguments)

    monkeypatch.setattr(joining, "receive", held)
    guest.open()
    guest.type_address()
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    assert reached.wait(30)
    assert "Cancel" in guest.shown("offered")
    press(guest.menu, pygame.K_RETURN)
    go.set()
    assert guest.shown("notice") == ["Cancelled. The next download goes on from here."]
    assert guest.enabled() == OWN
    press(guest.menu, pygame.K_RETURN)
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    guest.settle()
    assert guest.enabled() == HOSTS


def test_without_threads_the_game_pauses_and_says_so(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (jobs, join_page):
        monkeypatch.setattr(module, "have_threads", bool)
    guest.open()
    guest.type_address()
    guest.asked()
    press(guest.menu, pygame.K_RETURN)
    assert guest.menu._session.work.notice == "The game pauses while it downloads."
    guest.settle()
    assert guest.enabled() == HOSTS


def test_a_file_of_hosts_that_is_damaged_counts_as_empty(tmp_path: Path) -> None:
    file = tmp_path / "hosts.json"
    for data in (b"", b"{", b"[]", b'{"hosts": 7}', b'{"hosts": [{"address": 7}]}', b'{"hosts": [[]]}', b"\xff"):
        file.write_bytes(data)
        assert list(KnownHosts(file)) == []
    hosts = KnownHosts(file)
    for number in range(40):
        hosts.add(f"10.0.0.{number}:8000#{'a' * 20}", f"Host {number}\n\x1b[31m")
    hosts.add(f"10.0.0.20:8000#{'b' * 20}", "Host 20 again")
    kept = list(KnownHosts(file))
    assert len(kept) == 30
    assert (kept[0].name, kept[1].address) == ("Host 20 again", f"10.0.0.39:8000#{'a' * 20}")
    assert "\n" not in kept[1].name
    assert [host.place for host in kept].count("10.0.0.20:8000") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_own_texts_fit(language: str, make_guest: Callable[..., Guest]) -> None:
    guest = make_guest((640, 360))
    words = words_of(language, {})
    if guest.menu._session.painter.pen.writer.faces.has_all(words.search + words.close):
        guest.menu = ModMenu(guest.game, skin=Skin(language=language))
        guest.menu.is_open = True
    own = (
        "act",
        "offered",
        "tool",
        "empty",
        "hint",
        "key",
        "item",
        "answer",
        "title",
        "cancel",
        "notice",
        "host title",
    )

    def cut() -> list[str]:
        return [text for text in guest.shown(*own) if text.endswith("…")]

    guest.menu._session.join.open()
    assert not cut()
    press(guest.menu, pygame.K_RETURN)
    assert not cut()
    press(guest.menu, pygame.K_ESCAPE)
    guest.type_address()
    guest.asked()
    assert not cut()
    press(guest.menu, pygame.K_RETURN)
    guest.settle()
    assert guest.shown("notice")
    assert not cut()
    press(guest.menu, pygame.K_TAB)
    assert not cut()
    press(guest.menu, pygame.K_ESCAPE)
    press(guest.menu, pygame.K_RETURN)
    assert not cut()
