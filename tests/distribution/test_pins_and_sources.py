from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import packs
from vfsloader.distribution.lookalikes import lookalikes
from vfsloader.errors import ConfigError, ModOrderError, UnknownModError
from vfsloader.game.manager import ResourceManager
from vfsloader.packs.sign import public_key


def versions(game: ResourceManager) -> dict[str, str]:
    return {mod.id: str(mod.version) for mod in game.mods.enabled}


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "stranger"
    folder.mkdir()
    with World(folder) as made:
        yield made


def test_a_pin_holds_a_version_and_the_summary_says_so(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    assert game.mods.pin("winter") == "==1.0"
    world.release("winter", "2.0")
    plan = game.mods.installer.plan_update()
    assert plan.changes == ()
    assert plan.notes == ("winter 2.0 is there; winter is pinned to ==1.0",)
    with pytest.raises(ModOrderError, match=r"winter is pinned to ==1\.0, so 2\.0 is not installed"):
        game.mods.install("winter==2.0")
    newer = add(world.folder / "downloads", "winter", {"f.txt": "by hand"}, version="3")
    with pytest.raises(ModOrderError, match="pinned"):
        game.mods.install(newer)
    with world.game("again", source=False) as other:
        assert other.mods.pins == {}
    assert json.loads((game.mods.folder / "mods.json").read_text())["mods"]["winter"]["pin"] == "==1.0"  # type: ignore[operator]
    assert game.mods.unpin("winter")
    assert not game.mods.unpin("winter")
    game.mods.update()
    assert versions(game) == {"winter": "2.0"}


def test_a_pin_is_respected_by_what_requires_the_mod(world: World) -> None:
    world.release("lib", "1.0")
    world.release("lib", "2.0")
    world.release("winter", "1.0", requires={"lib": "*"})
    world.release("summer", "1.0", requires={"lib": ">=2"})
    game = world.game()
    game.mods.pin("lib", "<2")
    game.mods.install("winter")
    assert versions(game) == {"lib": "1.0", "winter": "1.0"}
    with pytest.raises(ModOrderError, match=r"lib is pinned to <2: without that, lib 2\.0 would fit"):
        game.mods.install("summer")
    with pytest.raises(UnknownModError):
        game.mods.pin("nothing")
    with pytest.raises(ValueError, match="1"):
        game.mods.pin("lib", "1.x.y")


def test_outdated_says_what_holds_each_mod_back(world: World) -> None:
    for mod in ("free", "held", "game", "tied", "anchor"):
        world.release(mod, "1.0")
    game = world.game(game_version="1.0")
    for mod in ("free", "held", "game", "tied"):
        game.mods.install(mod)
    anchor = add(world.folder / "downloads", "tied-to", requires={"tied": "<2"})
    game.mods.install(anchor)
    game.mods.pin("held")
    for mod in ("free", "held", "tied"):
        world.release(mod, "2.0")
    world.release("game", "2.0", game_version=">=2")
    rows = {row.mod: row for row in game.mods.outdated()}
    assert [(row.version, row.newest) for row in rows.values()] == [("1.0", "2.0")] * 4
    assert {mod: row.fitting for mod, row in rows.items()} == {
        "free": "2.0",
        "held": "1.0",
        "game": "1.0",
        "tied": "1.0",
    }
    assert rows["free"].reason == ""
    assert rows["held"].reason == "it is pinned to ==1.0"
    assert "for version >=2 of the game" in rows["game"].reason
    assert "tied-to" in rows["tied"].reason


def test_several_mods_are_one_change(world: World) -> None:
    world.release("winter", "1.0")
    world.release("hud", "1.0")
    game = world.game()
    mine = add(world.folder / "downloads", "mine", requires={"winter": "*"})
    assert [str(change) for change in game.mods.install(["hud", mine, "winter"])] == ["hud 1.0", "mine 1", "winter 1.0"]
    game.mods.undo_install()
    assert versions(game) == {}
    with pytest.raises(UnknownModError):
        game.mods.install(["hud", "nothing"])
    assert versions(game) == {}
    with pytest.raises(ConfigError, match="asked for twice"):
        game.mods.install(["hud", "hud>=1"])


def test_a_player_chooses_between_two_sources_and_the_choice_is_kept(world: World, stranger: World) -> None:
    world.release("winter", "1.0")
    stranger.release("winter", "9.0")
    game = world.game()
    game.mods.sources.add(stranger.server.address, stranger.key)
    with pytest.raises(ConfigError, match="winter is offered by 2 sources"):
        game.mods.install("winter")
    assert game.mods.installer.sources_of("winter") == [world.server.address, stranger.server.address]
    game.mods.install("winter", from_source=stranger.server.address)
    assert versions(game) == {"winter": "9.0"}
    game.mods.remove("winter")
    game.mods.install("winter")
    assert versions(game) == {"winter": "9.0"}
    game.mods.install("winter", from_source=world.server.address)  # an explicit choice may change it, also back
    assert versions(game) == {"winter": "1.0"}
    assert game.mods.update() == []


def test_a_requirement_that_two_sources_have_is_said(world: World, stranger: World) -> None:
    world.release("lib", "1.0")
    world.release("winter", "1.0", requires={"lib": "*"})
    stranger.release("lib", "99")
    game = world.game()
    game.mods.sources.add(stranger.server.address, stranger.key)
    plan = game.mods.installer.plan_install("winter")
    assert [str(change) for change in plan.changes] == ["lib 1.0", "winter 1.0"]
    assert any("has one of this id too" in note for note in plan.notes)


def test_names_that_look_like_trusted_ones_are_warned_of(world: World, stranger: World) -> None:
    world.release("winter-light", "1.0")
    stranger.release("w1nter-1ight", "1.0")
    game = world.game()
    game.mods.sources.add(stranger.server.address, stranger.key)
    notes = game.mods.installer.plan_install("w1nter-1ight").notes
    assert "w1nter-1ight looks like winter-light, which is another mod; make sure that it is the one you want" in notes
    assert game.mods.installer.plan_install("winter-light").notes != ()  # neither is the right one for a program
    assert lookalikes(["x"], {"x": "W\u0456nter", "winter": "Winter"}, ["winter"]) != []
    assert lookalikes(["x"], {"x": "Summer", "winter": "Winter"}, ["winter"]) == []


def test_the_games_own_sources(world: World, tmp_path: Path) -> None:
    world.release("winter", "1.0")
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "assets").mkdir()
    (tmp_path / "game" / "studio.pub").write_text(public_key(world.key))
    config = f'base = "assets"\nmods = "mods"\n[[source]]\naddress = "{world.server.address}"\nkey = "studio.pub"\n'
    (tmp_path / "game" / "game.toml").write_text(config)
    with ResourceManager.from_config(tmp_path / "game", watch=False) as game:
        assert [(source.address, source.is_own) for source in game.mods.sources] == [(world.server.address, True)]
        game.mods.install("winter")
        for change in (game.mods.sources.remove, game.mods.sources.trust):
            with pytest.raises(ConfigError, match="a source of the game itself"):
                change(world.server.address)
        packs.keygen(tmp_path / "new.key", tmp_path / "new.pub")
        from vfsloader.distribution import IndexFolder

        new = public_key(tmp_path / "new.pub")
        IndexFolder(world.public).publish([world.private_key], next_keys=[new])
        game.mods.search("")
        assert [source.keys for source in game.mods.sources] == [(new,)]
    with ResourceManager.from_config(tmp_path / "game", watch=False) as game:
        assert [source.keys for source in game.mods.sources] == [(new,)]
    for wrong in ('[[source]]\naddress = "x"', "[source]\na = 1", '[[source]]\naddress = 1\nkey = "x"'):
        (tmp_path / "game" / "game.toml").write_text(f'base = "assets"\n{wrong}\n')
        with pytest.raises(ConfigError, match="source"):
            ResourceManager.from_config(tmp_path / "game", watch=False)


def test_a_folder_is_a_source_and_so_is_its_address(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game(source=False)
    game.mods.sources.add(world.public.as_uri(), world.key)
    assert [source.address for source in game.mods.sources] == [str(world.public)]
    game.mods.install("winter")
    game.mods.sources.remove(world.public.as_uri())
    assert list(game.mods.sources) == []
    assert os.listdir(world.public)
