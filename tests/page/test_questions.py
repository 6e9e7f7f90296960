"""What needs the player's yes is shown before an install, and only that very question counts as answered."""

from __future__ import annotations

import json
from pathlib import Path

from selenium.webdriver.common.by import By

from tests.distribution.conftest import world as world  # a fixture
from tests.distribution.test_authors import Author, publish
from tests.distribution.world import World
from tests.page.conftest import Answer, Browser, Site, WaitFor, ask
from tests.page.test_inspector import Player


def test_another_authors_update_is_asked_about(world: World, tmp_path: Path) -> None:
    ann, eve = Author(tmp_path, "ann"), Author(tmp_path, "eve")
    publish(world, ann.make("winter", "1.0"))
    game = world.game()
    game.mods.install("winter")
    publish(world, eve.make("winter", "2.0"))
    page = game.serve_inspector()
    player = Player(game)

    def post(name: str, **facts: object) -> Answer:
        body = json.dumps({"what": "update", "ids": ["winter"], **facts}).encode()
        return ask(f"{page.address}api/{name}", body, headers={"content-type": "application/json"})

    try:
        shown = post("plan_get").json
        assert len(shown["questions"]) == 1
        assert "signed by another key" in shown["notes"][0]
        assert post("get", job="1").status == 409
        assert post("get", job="1", accepted=["something else"]).status == 409
        assert game.mods.installer.record_of("winter").author == ann.key
        assert post("get", job="1", accepted=shown["questions"]).status == 200
        assert game.mods.installer.record_of("winter").author == eve.key
    finally:
        player.stop()


def test_a_file_that_was_dropped_is_asked_about(world: World, tmp_path: Path) -> None:
    ann, eve = Author(tmp_path, "ann"), Author(tmp_path, "eve")
    publish(world, ann.make("winter", "1.0"))
    game = world.game()
    game.mods.install("winter")
    data = eve.make("winter", "2.0").read_bytes()
    page = game.serve_inspector()
    player = Player(game)

    def drop(accepted: str = "") -> dict[str, object]:
        answer = ask(f"{page.address}api/upload?name=winter.zip&accepted={accepted}", data)
        assert answer.status == 200
        return dict(answer.json)

    try:
        shown = drop()
        assert not shown["done"]
        (question,), (note, *_) = shown["questions"], shown["notes"]  # type: ignore[misc]
        assert "signed by another key" in note
        assert "--yes" not in note
        assert not drop("something-else")["done"]
        assert game.mods.installer.record_of("winter").author == ann.key
        assert drop(question)["done"]
        assert game.mods.installer.record_of("winter").author == eve.key
    finally:
        player.stop()


def test_the_page_shows_the_question_about_a_dropped_file(
    browser: Browser, fresh: Site, tmp_path: Path, wait_for: WaitFor
) -> None:
    ann, eve = Author(tmp_path, "ann"), Author(tmp_path, "eve")

    def drop(file: Path) -> None:
        browser.js("document.querySelector('input[type=file]').hidden = false")
        browser.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))

    def version() -> str:
        return next((mod["version"] for mod in fresh.get("api/mods").json["mods"] if mod["id"] == "frost"), "")

    browser.open(fresh, "get")
    drop(ann.make("frost", "1.0"))
    wait_for(lambda: version() == "1.0", "the mod")
    second = eve.make("frost", "2.0")
    drop(second)
    browser.sees("signed by another key", "dialog")
    browser.click("Cancel", within="dialog")
    drop(second)
    browser.sees("signed by another key", "dialog")
    assert version() == "1.0"
    browser.click("Install", within="dialog")
    wait_for(lambda: version() == "2.0", "the other version")
