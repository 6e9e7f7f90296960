from __future__ import annotations

import contextlib
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import packs
from vfsloader.distribution import IndexFolder, check_index
from vfsloader.distribution.build_patches import patches_of
from vfsloader.distribution.origin import WebOrigin
from vfsloader.distribution.patches import apply_patch, make_patch
from vfsloader.errors import VFSError

NOISE = "".join(chr(33 + number) for number in random.Random(7).choices(range(90), k=60_000))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths that are fetched."""
    asked: list[str] = []
    for name in ("read", "download"):
        real = getattr(WebOrigin, name)

        def call(self: WebOrigin, path: str, *rest: object, real: object = real) -> object:
            asked.append(path)
            return real(self, path, *rest)  # type: ignore[operator]

        monkeypatch.setattr(WebOrigin, name, call)
    return asked


def patches_in(world: World) -> list[Path]:
    """Return the patches of mods; an index has patches, too."""
    mods = IndexFolder(world.public).mods.values()
    return [world.public / "by-hash" / name for mod in mods for name, _ in patches_of(mod)]


def test_an_update_downloads_a_patch(world: World, counted: list[str]) -> None:
    world.release("winter", "1.0", {"big.txt": NOISE, "f.txt": "1"})
    game = world.game()
    game.mods.install("winter")
    world.release("winter", "2.0", {"big.txt": NOISE, "f.txt": "2"})
    (patch,) = patches_in(world)
    assert check_index(world.public, world.key) == []
    (change,) = game.mods.installer.plan_update().changes
    assert change.size == patch.stat().st_size < 2000
    counted.clear()
    game.mods.update()
    assert [path.rpartition(".")[2] for path in counted] == ["json", "patch"]
    game.update()
    assert game.read("/f.txt") == b"2"
    world.release("winter", "3.0", {"f.txt": NOISE[::-1]})
    assert patches_in(world) == []
    game.mods.update()
    assert game.read("/f.txt") == b"2"
    game.update()
    assert game.read("/f.txt") == NOISE[::-1].encode()


def test_an_update_of_a_pack_downloads_a_patch(world: World, counted: list[str]) -> None:
    for version in ("1.0", "2.0", "3.0"):
        folder = add(world.folder / version, "winter", {"big.txt": NOISE, "f.txt": version}, version=version)
        packs.build(folder, world.mods / f"winter-{version}.pack")
    later = [
        (world.mods / f"winter-{version}.pack").rename(world.folder / f"{version}.pack") for version in ("2.0", "3.0")
    ]
    world.build()
    game = world.game()
    game.mods.install("winter")
    assert counted[-1].endswith(".pack")
    index = IndexFolder(world.public)
    for file in later:
        index.add(file)
    index.publish([world.private_key])
    newest = index.mods["winter"].releases[0]
    assert sorted(newest.patches) == ["1.0", "2.0"]
    assert max(newest.patches.values()) < newest.size / 2
    assert check_index(world.public, world.key) == []
    counted.clear()
    game.mods.update()
    assert counted[-1].endswith(".patch")
    assert not [path for path in counted if path.endswith(".pack")]
    game.update()
    assert game.read("/f.txt") == b"3.0"
    folder = game.mods.folder
    assert folder is not None
    (stored,) = folder.glob("winter*.pack")
    assert stored.read_bytes() == later[1].read_bytes()
    assert packs.verify(stored).ok


@pytest.mark.parametrize("damage", ["other", "cut", "missing", "bomb"])
def test_a_patch_that_does_not_help_is_replaced_by_the_whole_file(
    world: World, counted: list[str], damage: str
) -> None:
    world.release("winter", "1.0", {"big.txt": NOISE, "f.txt": "1"})
    game = world.game()
    game.mods.install("winter")
    world.release("winter", "2.0", {"big.txt": NOISE, "f.txt": "2"})
    (patch,) = patches_in(world)
    data = patch.read_bytes()
    if damage == "missing":
        patch.unlink()
    else:
        bad = {"other": data[:-40] + bytes(40), "cut": data[:20], "bomb": data + data}[damage]
        patch.write_bytes(bad)
    assert check_index(world.public, world.key) != [] or damage == "other"
    game.mods.update()
    assert counted[-1].endswith(".zip")
    game.update()
    assert game.read("/f.txt") == b"2"


def test_a_changed_old_file_gets_the_whole_new_one(world: World, counted: list[str]) -> None:
    world.release("winter", "1.0", {"big.txt": NOISE, "f.txt": "1"})
    game = world.game()
    game.mods.install("winter")
    folder = game.mods.folder
    assert folder is not None
    (stored,) = (folder / ".getting" / "store").glob("*")
    stored.unlink()
    stored.write_bytes(b"damaged")
    world.release("winter", "2.0", {"big.txt": NOISE, "f.txt": "2"})
    game.mods.update()
    assert counted[-1].endswith(".zip")


def test_a_withdrawn_version_is_not_patched_to(world: World) -> None:
    for version in ("1.0", "2.0", "3.0"):
        world.release("winter", version, {"big.txt": NOISE, "f.txt": version})
    assert len(patches_in(world)) == 2
    world.withdraw("winter", "3.0")
    releases = IndexFolder(world.public).mods["winter"].releases
    assert [sorted(release.patches) for release in releases] == [[], ["1.0"], []]
    assert check_index(world.public, world.key) == []


def test_a_changed_index_is_a_patch(world: World, counted: list[str]) -> None:
    for number in range(12):
        world.release(f"mod{number}", "1.0", description=NOISE[number * 90 :][:90])
    game = world.game()
    game.mods.search("")
    world.release("mod3", "2.0")
    counted.clear()
    assert game.mods.search("mod3")[0].version == "2.0"
    assert [path.rpartition(".")[2] for path in counted] == ["json", "patch"]
    counted.clear()
    assert game.mods.search("mod3")[0].version == "2.0"
    assert [path.rpartition(".")[2] for path in counted] == ["json"]
    with world.game("game", source=False) as again:  # what a patch made is kept
        assert again.mods.installer.search("mod3", offline=True)[0].version == "2.0"
    for damage in (b"", b"damaged"):
        world.release("mod4", f"{len(damage)}.5")
        for patch in (world.public / "by-hash").glob("*.patch"):
            patch.write_bytes(damage) if damage else patch.unlink()
        assert {found.id for found in game.mods.search("")} == {f"mod{number}" for number in range(12)}
    assert len(list((world.public / "by-hash").glob("*.json.zst"))) <= 6


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=100))
@settings(max_examples=50)
def test_patches_give_the_new_file_and_anything_else_ends(old: bytes, new: bytes, junk: bytes) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, name) for name in ("old", "new", "target")]
        files[0].write_bytes(old * 20)
        files[1].write_bytes(old * 20 + new)
        patch = make_patch(files[0], files[1])
        if patch is not None:
            apply_patch(files[0], patch, files[2], len(old) * 20 + len(new))
            assert files[2].read_bytes() == files[1].read_bytes()
        files[2].unlink(missing_ok=True)
        with contextlib.suppress(VFSError):
            apply_patch(files[0], junk, files[2], 50)
        assert not files[2].exists() or files[2].stat().st_size <= 50
