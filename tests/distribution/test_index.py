from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import packs
from vfsloader.distribution import IndexFolder, build_index, check_index
from vfsloader.errors import ConfigError, PathExistsError, UnknownModError


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_mods_make_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    packs.keygen(tmp_path / "k.key", tmp_path / "k.pub")
    mod = add(tmp_path / "mods", "winter", {"a.txt": "1", "CHANGELOG.md": "new", "icon.png": "p"}, icon="icon.png")
    build_index(tmp_path / "mods", tmp_path / "one" / "public", [tmp_path / "k.key"])
    os.utime(mod / "a.txt", (1, 1))
    build_index(tmp_path / "mods", tmp_path / "two" / "public", [tmp_path / "k.key"])
    one = tree(tmp_path / "one")
    assert one == tree(tmp_path / "two")
    assert sorted({name.rpartition(".")[2] for name in one}) == ["json", "png", "zip", "zst"]


def test_nothing_is_written_if_nothing_changed(world: World) -> None:
    world.release("winter", "1.0")
    before = {file: file.stat().st_mtime_ns for file in world.public.rglob("*")}
    assert not build_index(world.mods, world.public, [world.private_key]).changed
    assert {file: file.stat().st_mtime_ns for file in world.public.rglob("*")} == before
    world.release("winter", "2.0")
    assert before.items() - {file: file.stat().st_mtime_ns for file in world.public.rglob("*.zip")}.items()


def test_a_version_never_changes_its_content(world: World) -> None:
    world.release("winter", "1.0")
    (world.mods / "winter-1.0" / "f.txt").write_text("other")
    with pytest.raises(PathExistsError, match="give the changed mod a new version"):
        world.build()


def test_zips_and_packs_and_what_is_not_a_mod(world: World) -> None:
    with zipfile.ZipFile(world.mods / "a.zip", "w") as archive:
        archive.writestr("mod.json", json.dumps({"id": "zipped", "name": "Z", "version": "1"}))
        archive.writestr("a.txt", "1")
    packs.build(add(world.folder, "packed", {"a.txt": "1"}), world.mods / "b.pack")
    (world.mods / "notes.txt").write_text("no mod")
    report = build_index(world.mods, world.public, [world.private_key])
    assert report.added == ("zipped 1", "packed 1")
    assert [text.partition(":")[0] for text in report.skipped] == ["notes.txt"]
    assert check_index(world.public, world.key) == []


@pytest.mark.parametrize("kind", ["*.zip", "*.zst", "*.json"])
def test_check_finds_damage(world: World, kind: str) -> None:
    world.release("winter", "1.0")
    file = next((world.public / "by-hash").glob(kind))
    file.write_bytes(file.read_bytes()[:-1])
    assert check_index(world.public)
    file.unlink()
    assert check_index(world.public)


def test_check_finds_a_foreign_key(world: World) -> None:
    world.release("winter", "1.0")
    packs.keygen(world.folder / "other.key", world.folder / "other.pub")
    assert check_index(world.public, world.key) == []
    assert "not signed by a key" in check_index(world.public, world.folder / "other.pub")[0]


def test_a_signed_index_is_not_changed_without_its_key(world: World) -> None:
    world.release("winter", "1.0")
    with pytest.raises(ConfigError, match="pass its key"):
        build_index(world.mods, world.public)


def test_a_withdrawn_version_stays_with_its_reason(world: World) -> None:
    world.release("winter", "1.0")
    world.withdraw("winter", "1.0")
    world.build()
    mod = IndexFolder(world.public).mods["winter"]
    assert (mod.newest, mod.releases[0].withdrawn) == (None, "it breaks saves")
    with pytest.raises(UnknownModError, match=r"it has 1\.0"):
        world.withdraw("winter", "3")
