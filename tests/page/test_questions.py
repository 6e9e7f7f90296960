"""What needs the player's yes is shown before an install, and only that very question counts as answered."""

from __future__ import annotations

import json
from pathlib import Path

from tests.distribution.conftest import world as world  # a fixture
from tests.distribution.test_authors import Author, publish
from tests.distribution.world import World
from tests.page.conftest import Answer, ask
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
