from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader.distribution.sharing import Shared, find_code
from vfsloader.distribution.sources import Sources
from vfsloader.errors import ConfigError, DamagedError, PathNotFoundError, VFSError
from vfsloader.game.manager import ResourceManager


def enabled(game: ResourceManager) -> list[str]:
    return [f"{mod.id} {mod.version}" for mod in game.mods.enabled]


def test_a_code_gives_another_player_exactly_this_set(world: World) -> None:
    for version in ("1.0", "2.0"):
        world.release("winter", version)
    world.release("hud", "1.0")
    game = world.game()
    game.mods.install(["winter==1.0", "hud"])
    game.mods.move("hud", before="winter")
    code = game.mods.share()
    assert len(code) < 100
    assert find_code(f"see {world.server.address}/#{code}") == code
    other = world.game("other")
    other.mods.install("winter")
    plan = other.mods.installer.plan_sync(f"{world.server.address}/#{code}")
    assert "winter 2.0 -> 1.0 is a step back: the set asks for it" in plan.notes
    other.mods.sync(code)
    assert enabled(other) == enabled(game) == ["hud 1.0", "winter 1.0"]
    assert other.mods.installer.differences(game.mods.lock()) == []
    other.mods.move("hud", after="winter")
    assert other.mods.installer.differences(game.mods.lock()) == ["the order differs: winter, hud"]


def test_a_code_adds_no_source_and_names_no_folder(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    code = game.mods.share()
    with pytest.raises(ConfigError, match=r"is not among your sources; if you trust it: vfsloader mods sources add"):
        world.game("other", source=False).mods.sync(code)
    game.mods.install(add(world.folder / "downloads", "mine"))
    with pytest.raises(PathNotFoundError, match="mine 1 cannot be shared in a code"):
        game.mods.share()


def test_an_ambiguous_code_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.release("winter", "1.0")
    world.release("winter", "2.0")
    game = world.game()
    game.mods.install("winter")
    code = game.mods.share()
    shared = Shared.decode(code)
    other = dataclasses.replace(shared, fingerprint=bytes(8)).encode()
    with pytest.raises(ConfigError, match="other files begin with the bits"):
        game.mods.sync(other)
    present = Sources.indexes

    def forged(self: Sources, *, offline: bool = False) -> object:
        """Somebody made a file whose digest begins with the same bits: that takes a week."""
        indexes = present(self, offline=offline)
        row = indexes[0].mods["winter"]
        old = row.releases[1]
        twin = dataclasses.replace(old, file=row.releases[0].file[:10] + old.file[10:])
        indexes[0].mods["winter"] = dataclasses.replace(row, releases=(row.releases[0], twin))
        return indexes

    monkeypatch.setattr(Sources, "indexes", forged)
    with pytest.raises(ConfigError, match=r"this code may mean winter 2\.0 and winter 1\.0"):
        game.mods.sync(code)
    with pytest.raises(ConfigError, match="may mean"):
        game.mods.share()


@given(
    st.lists(st.text("abc./:é", min_size=1, max_size=300), min_size=1, max_size=5, unique=True).flatmap(
        lambda sources: st.builds(
            Shared,
            st.just(tuple(sources)),
            st.lists(st.tuples(st.binary(min_size=5, max_size=5), st.integers(0, len(sources) - 1)), max_size=40).map(
                tuple
            ),
            st.binary(min_size=8, max_size=8),
        )
    ),
    st.integers(0, 1 << 30),
)
@settings(max_examples=50)
def test_codes_are_read_as_they_were_written_and_nothing_else_is(shared: Shared, place: int) -> None:
    code = shared.encode()
    assert Shared.decode(code) == shared
    data = bytearray(base64.urlsafe_b64decode(code[4:] + "=" * (-len(code[4:]) % 4)))
    data[place % len(data)] ^= 1 + place % 255
    for damaged in (code[:-3], "vm1." + base64.urlsafe_b64encode(data).decode().rstrip("=")):
        try:
            assert Shared.decode(damaged) != shared
        except ConfigError:
            pass


def test_a_save_brings_back_the_mods_that_it_was_made_with(world: World) -> None:
    world.release("winter", "1.0", options={"snow": {"type": "bool", "default": True}})
    game = world.game()
    game.mods.install("winter")
    game.mods.set_option("winter", "snow", False)
    game.vfs.write_bytes("/saves/1.json", b"{}")
    game.mods.stamp("/saves/1.json")
    fingerprint = game.mods.stamp_of("/saves/1.json")
    assert fingerprint is not None
    world.release("winter", "2.0")
    world.release("hud", "1.0")
    game.mods.update()
    game.mods.install("hud")
    plan = game.mods.installer.plan_sync(fingerprint)
    assert [str(change) for change in plan.changes] == ["winter 2.0 -> 1.0"]
    assert plan.notes == ("winter 2.0 -> 1.0 is a step back: the set asks for it",)
    game.mods.sync(fingerprint)
    assert game.mods.compare(fingerprint) == []
    assert enabled(game) == ["winter 1.0"]
    assert game.mods.options("winter") == {"snow": False}


def test_another_content_than_that_of_the_save_is_refused(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game(source=False)
    add(game.mods.folder, "winter", {"f.txt": "mine"}, version="1.0")  # type: ignore[arg-type]
    game.mods.rescan()
    fingerprint = game.mods.fingerprint()
    other = world.game("other")
    with pytest.raises(DamagedError, match=r"has another winter 1\.0 than the one asked for; nothing was changed"):
        other.mods.sync(fingerprint)
    assert enabled(other) == []
    with pytest.raises(PathNotFoundError, match=r"no source has winter 1\.0"):
        world.game("third", source=False).mods.sync(fingerprint)


@pytest.mark.parametrize("text", ["vm1.", "vm1.AAAAAAAAAAAA", "vm1." + "_" * 5000, "no.lock", "vm1.ab*cdefghijklmnop"])
def test_what_is_not_a_code(world: World, text: str) -> None:
    with pytest.raises((VFSError, FileNotFoundError)):
        world.game().mods.sync(text)


def test_a_lock_with_a_withdrawn_version_says_so(world: World, tmp_path: Path) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    game.mods.lock().write(tmp_path / "mods.lock")
    world.withdraw("winter", "1.0")
    other = world.game("other")
    other.mods.search("")
    assert other.mods.installer.plan_sync(tmp_path / "mods.lock").notes == (
        "winter 1.0 was withdrawn: it breaks saves",
    )
