"""The look into a running game: what it reports, on which thread it works, and what it costs."""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from tests.page.conftest import Site, WaitFor, ask
from vfsloader import Asset, ResourceManager, Store
from vfsloader.page.desk import Desk, GameIsBusyError
from vfsloader.page.server import PageServer
from vfsloader.runtime import polling


@pytest.fixture
def base() -> Store:
    store = Store()
    for number in range(300):
        store.write(f"/texts/{number:03}.txt", b"x" * number)
    return store


@pytest.fixture
def game(base: Store) -> Iterator[ResourceManager]:
    with ResourceManager(base, watch=False) as made:
        yield made


class Text:
    """A resource that can be held weakly."""

    def __init__(self, asset: Asset) -> None:
        self.text = asset.data.decode()


class Player:
    """Calls update() until it is stopped, and remembers on which threads the game was touched."""

    def __init__(self, game: ResourceManager) -> None:
        self.game = game
        self.is_running = True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while self.is_running:
            self.game.update()

    def stop(self) -> None:
        self.is_running = False
        self.thread.join()


def events(address: str, until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    end = time.monotonic() + 60
    with urllib.request.urlopen(f"{address}api/events", timeout=20) as stream:
        for line in stream:
            assert time.monotonic() < end, "what was waited for did not come"
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
                if until(found):
                    return found
    raise AssertionError("the stream ended")


def rows_of(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {row[1]: row for event in found for row in event.get("rows", ())}


def test_it_reports_resources_updates_and_misses(game: ResourceManager, base: Store) -> None:
    held = [game.load(f"/texts/{number:03}.txt", Text) for number in range(300)]
    assert not game.exists("/nothing.txt")
    with pytest.raises(FileNotFoundError):
        game.load("/nothing.txt", Text)
    page = game.serve_inspector()
    player = Player(game)
    try:
        found = events(page.address, lambda found: len(rows_of(found)) == 300 and any("misses" in one for one in found))
        row = rows_of(found)["/texts/299.txt"]
        assert row[3] == "base"
        assert row[5] > 0, "how long it was decoded"
        assert row[6] == 0
        assert ["/nothing.txt"] in [one["misses"] for one in found if "misses" in one]
        assert any(one.get("frames") for one in found)

        is_written = False

        def is_reported(found: list[dict[str, Any]]) -> bool:
            nonlocal is_written
            if not is_written and found[-1].get("frames"):  # frames are reported: so updates are noted, too
                is_written = True
                base.write("/texts/299.txt", b"new")
            return any(update["changes"] for one in found for update in one.get("updates", ()))

        found = events(page.address, is_reported)
        (update,) = [update for one in found for update in one.get("updates", ()) if update["changes"]]
        assert update["changes"] == [["/texts/299.txt", "changed", "base", ""]]
        assert update["ms"] > 0
        assert held[299].text == "new" or game.load("/texts/299.txt", Text).text == "new"
    finally:
        player.stop()


def test_nothing_runs_while_no_page_is_open(game: ResourceManager, wait_for: WaitFor) -> None:
    before = list(polling._polls)

    def calls() -> int:
        count = 0

        def note(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            game.update()
        finally:
            sys.setprofile(None)
        return count

    game.update()
    plain = calls()
    page = game.serve_inspector()
    assert polling._polls == before
    assert calls() == plain, "no call more than without an inspector"
    player = Player(game)
    try:
        events(page.address, lambda found: len(found) > 2)
        wait_for(lambda: polling._polls == before, "the poll to be removed after the page was closed")
    finally:
        player.stop()
    assert calls() == plain


def test_the_game_is_touched_on_its_own_thread_only(game: ResourceManager, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: set[int] = set()
    for name in ("enable_all", "undo", "history"):
        method = getattr(game.mods, name)

        def noting(*values: Any, method: Any = method) -> Any:
            touched.add(threading.get_ident())
            return method(*values)

        monkeypatch.setattr(game.mods, name, noting)
    page = game.serve_inspector()
    player = Player(game)
    try:
        for name in ("enable_all", "undo"):
            answer = ask(f"{page.address}api/do/{name}", b"{}", headers={"content-type": "application/json"})
            assert answer.status == 200
        assert ask(f"{page.address}api/history").status == 200
        assert touched == {player.thread.ident}
    finally:
        player.stop()


def test_a_game_that_is_paused_is_said_to_be(monkeypatch: pytest.MonkeyPatch, game: ResourceManager) -> None:
    monkeypatch.setattr("vfsloader.page.session.Session.on_game.__defaults__", (0.2,))
    page = game.serve_inspector()
    answer = ask(f"{page.address}api/state")
    assert answer.status == 503
    assert "paused" in answer.json["error"]
    game.update()  # what was given up is not done any more


def test_closing_the_game_closes_the_page(base: Store) -> None:
    with ResourceManager(base, watch=False) as game:
        page = game.serve_inspector()
        assert isinstance(page, PageServer)
        assert game.serve_inspector() is page
        address = page.address
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)


def test_work_that_was_given_up_is_not_done() -> None:
    desk, done = Desk(lambda: None), []
    with pytest.raises(GameIsBusyError):
        desk.run(lambda: done.append(1), 0.05)
    desk.work()
    assert done == []
    desk.close()
    with pytest.raises(GameIsBusyError):
        desk.run(lambda: done.append(1))


def test_the_state_of_a_site(site: Site) -> None:
    assert not site.get("api/state").json["live"]
