from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader.distribution import IndexFolder
from vfsloader.errors import ModOrderError, PathExistsError, UnknownModError, VFSError
from vfsloader.game.manager import ResourceManager


def versions(game: ResourceManager) -> dict[str, str]:
    return {mod.id: str(mod.version) for mod in game.mods.enabled}


def test_a_mod_comes_with_what_it_requires_and_shows_in_the_running_game(world: World) -> None:
    world.release("lib", "1.0")
    world.release("lib", "2.0")
    world.release("winter", "1.0", requires={"lib": "<2"})
    game = world.game()
    assert [str(change) for change in game.mods.install("winter")] == ["lib 1.0", "winter 1.0"]
    game.update()
    assert game.read("/f.txt") == b"winter 1.0"
    assert game.mods.install("winter") == []


def test_update_takes_the_newest_that_fit_together_and_undo_brings_back(world: World) -> None:
    world.release("lib", "1.0")
    world.release("winter", "1.0", requires={"lib": "*"})
    game = world.game(game_version="1.0")
    game.mods.install("winter")
    world.release("lib", "2.0")
    world.release("lib", "3.0", game_version=">=2")
    world.release("winter", "2.0", requires={"lib": ">=2"})
    game.mods.update()
    assert versions(game) == {"lib": "2.0", "winter": "2.0"}
    game.mods.undo_install()
    assert versions(game) == {"lib": "1.0", "winter": "1.0"}


def test_a_mod_that_was_deleted_by_hand_keeps_no_other_from_its_update(world: World) -> None:
    world.release("lib", "1.0")
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("lib")
    game.mods.install("winter")
    game.mods["lib"].path.unlink()
    game.mods.rescan()
    world.release("lib", "2.0")
    world.release("winter", "2.0")
    game.mods.update()
    assert versions(game) == {"winter": "2.0"}
    game.mods.install("lib")
    assert versions(game) == {"lib": "2.0", "winter": "2.0"}


def test_why_nothing_fits(world: World) -> None:
    world.release("winter", "1.0", requires={"lib": ">=2"})
    world.release("lib", "1.0")
    world.release("old", "1.0", game_version="<1")
    game = world.game(game_version="1.5")
    with pytest.raises(ModOrderError, match=r"winter 1\.0 requires lib >=2: there is 1\.0"):
        game.mods.install("winter")
    with pytest.raises(ModOrderError, match="is for version <1 of the game"):
        game.mods.install("old")
    with pytest.raises(UnknownModError, match="did you mean winter"):
        game.mods.install("wintr")
    world.release("summer", "1.0", incompatible={"lib": "*"})
    game.mods.install("lib")
    with pytest.raises(ModOrderError, match="summer cannot be installed together with lib"):
        game.mods.install("summer")
    assert versions(game) == {"lib": "1.0"}


def test_a_provider_does_and_unneeded_mods_stay_away(world: World) -> None:
    world.release("winter", "1.0", requires={"lib": "*"})
    world.release("better-lib", "1.0", provides={"lib": "9"})
    world.release("other-lib", "1.0", provides={"lib": "1"})
    game = world.game()
    assert len(game.mods.install("winter")) == 2


def test_remove_and_a_file_that_was_changed_by_hand(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    file = game.mods["winter"].path
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data + b"x")
    with pytest.raises(PathExistsError, match="was changed after it was installed"):
        game.mods.remove("winter")
    file.write_bytes(data)
    game.mods.remove("winter")
    assert not file.exists()
    assert versions(game) == {}


def test_files_folders_and_addresses(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game(source=False)
    zipped = next((world.public / "by-hash").glob("*.zip"))
    game.mods.install(zipped)
    game.mods.install(add(world.folder / "elsewhere", "hud", {"h.txt": "1"}))
    assert versions(game) == {"hud": "1", "winter": "1.0"}
    other = world.game("other", source=False)
    other.mods.install(f"{world.server.address}/by-hash/{zipped.name}")
    assert versions(other) == {"winter": "1.0"}
    with pytest.raises(VFSError, match="not encrypted"):
        other.mods.install("http://mods.example/winter.zip")


def test_an_id_belongs_to_the_source_it_came_from(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    with World(make(world.folder / "stranger")) as stranger:
        stranger.release("winter", "9.0")
        game.mods.sources.add(stranger.server.address, stranger.key)
        assert game.mods.update() == []
        assert versions(game) == {"winter": "1.0"}


def test_a_withdrawn_version_is_kept_and_reported_and_never_installed(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    world.withdraw("winter", "1.0")
    assert game.mods.installer.plan_update().notes == ("winter 1.0 was withdrawn: it breaks saves",)
    assert versions(game) == {"winter": "1.0"}
    with pytest.raises(UnknownModError):
        world.game("other").mods.install("winter")


def test_a_mod_that_the_index_no_longer_has_is_kept_and_reported(world: World) -> None:
    world.release("winter", "1.0")
    world.release("lib", "1.0")
    game = world.game()
    game.mods.install("winter")
    index = IndexFolder(world.public)
    del index.mods["winter"]
    index.publish([world.private_key])
    (note,) = game.mods.installer.plan_update().notes
    assert note.startswith("winter is no longer offered by ")
    assert game.mods.update() == []
    assert versions(game) == {"winter": "1.0"}


def test_a_damaged_mod_keeps_no_other_from_its_update(world: World) -> None:
    world.release("lib", "1.0")
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("lib")
    game.mods.install("winter")
    game.mods["lib"].path.write_bytes(b"damaged")
    game.mods.rescan()
    world.release("winter", "2.0")
    game.mods.update()
    assert versions(game) == {"winter": "2.0"}


def test_search_works_offline(world: World) -> None:
    world.release("winter", "1.0", description="Snow everywhere", tags=["reskin"])
    world.release("hud", "1.0")
    game = world.game()
    assert [mod.id for mod in game.mods.search("snow RESKIN")] == ["winter"]
    assert game.mods.installer.info("winter")["description"] == "Snow everywhere"
    world.server.close()
    assert [mod.id for mod in game.mods.installer.search("", offline=True)] == ["hud", "winter"]


def test_lock_and_sync_give_another_player_exactly_this_set(world: World) -> None:
    for version in ("1.0", "2.0"):
        world.release("winter", version)
    world.release("hud", "1.0")
    game = world.game()
    game.mods.install("winter==1.0")
    game.mods.install("hud")
    game.mods.move("hud", before="winter")
    game.mods.lock().write(world.folder / "mods.lock")
    other = world.game("other")
    other.mods.install("winter")
    add(world.folder / "other" / "mods", "extra")
    other.mods.rescan()
    other.mods.sync(world.folder / "mods.lock")
    assert [str(mod.version) for mod in other.mods.enabled] == ["1.0", "1.0"]
    assert [mod.id for mod in other.mods.enabled] == [mod.id for mod in game.mods.enabled]
    assert other.mods.is_disabled("extra")
    assert other.mods.lock().to_json()["mods"] == json.loads((world.folder / "mods.lock").read_text())["mods"]


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("by_hand", "wanted", "change", "removed"),
    [
        ("1.0", "winter==2.0", "winter 1.0 -> 2.0", "winter 2.0 -> 1.0"),
        ("2.5", "winter>=3", "winter 2.5 -> 3.0", "winter 3.0 -> 2.5"),
        ("2.5", "winter==2.0", "winter 2.0", "winter 2.0 is removed"),
    ],
)
def test_a_summary_names_the_versions_that_the_game_uses(
    world: World, by_hand: str, wanted: str, change: str, removed: str
) -> None:
    for version in ("2.0", "3.0"):
        world.release("winter", version)
    game = world.game()
    made = add(game.mods.folder, "winter", {"f.txt": "by hand"}, version=by_hand)
    made.rename(made.with_name("my-winter"))
    game.mods.rescan()
    installer = game.mods.installer
    for action, expected in ((installer.plan_install, change), (installer.plan_remove, removed)):
        before = str(game.mods["winter"].version)
        plan = action(wanted if expected == change else "winter")
        assert [str(one) for one in installer.apply(plan)] == [expected]
        after = str(game.mods["winter"].version)
        if before != after:
            assert expected == f"winter {before} -> {after}"
            assert bool(plan.notes) == (after == by_hand)
        else:
            assert f"winter {by_hand} was put into the mods folder by hand; the game then uses it" in plan.notes[0]


def test_an_update_names_the_copy_that_was_used(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    made = add(game.mods.folder, "winter", {"f.txt": "by hand"}, version="2.0")
    made.rename(made.with_name("my-winter"))
    game.mods.rescan()
    world.release("winter", "3.0")
    assert [str(change) for change in game.mods.update()] == ["winter 2.0 -> 3.0"]
