from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import packs
from vfsloader.distribution import IndexFolder
from vfsloader.distribution.authors import author_of, sign_mod
from vfsloader.errors import ConfigError, DamagedError, ManifestError, UnknownFormatError, VFSError
from vfsloader.packs.sign import public_key


class Author:
    """Somebody who signs mods."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        packs.keygen(self.folder / "a.key", self.folder / "a.pub")
        self.key = public_key(self.folder / "a.pub")

    def make(self, mod: str, version: str, suffix: str = ".zip", *, signed: bool = True) -> Path:
        """Make a version of a mod."""
        folder = add(self.folder / f"{version}{suffix}", mod, {"f.txt": f"{mod} {version}"}, version=version)
        file = self.folder / f"{mod}-{version}{suffix}"
        packs.build(folder, self.folder / "x.pack", overwrite=True)
        if suffix == ".zip":
            packs.convert(self.folder / "x.pack", file)
        else:
            shutil.copyfile(self.folder / "x.pack", file)
        if signed:
            assert sign_mod(file, self.folder / "a.key") == self.key
        return file


@pytest.fixture
def ann(tmp_path: Path) -> Author:
    return Author(tmp_path, "ann")


@pytest.fixture
def eve(tmp_path: Path) -> Author:
    return Author(tmp_path, "eve")


def publish(world: World, file: Path) -> None:
    index = IndexFolder(world.public)
    index.add(file)
    index.publish([world.private_key])


@pytest.mark.parametrize("suffix", [".zip", ".pack"])
def test_a_signature_covers_every_byte(ann: Author, suffix: str) -> None:
    file = ann.make("winter", "1.0", suffix)
    assert author_of(file) == ann.key
    data = file.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 60)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with contextlib.suppress(VFSError):
            assert author_of(file) == ""
    file.write_bytes(data + b"x")
    with contextlib.suppress(VFSError):
        assert author_of(file) == ""


def test_a_signed_zip_is_still_a_zip_and_can_be_signed_again(ann: Author, eve: Author) -> None:
    file = ann.make("winter", "1.0")
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    sign_mod(file, eve.folder / "a.key")
    assert author_of(file) == eve.key
    other = file.with_suffix(".txt")
    other.write_text("no zip")
    with pytest.raises(UnknownFormatError, match="cannot be signed"):
        sign_mod(other, ann.folder / "a.key")


@pytest.mark.parametrize("suffix", [".zip", ".pack"])
def test_another_authors_update_needs_a_yes(world: World, ann: Author, eve: Author, suffix: str) -> None:
    publish(world, ann.make("winter", "1.0", suffix))
    world.release("hud", "1.0")
    game = world.game()
    assert game.mods.installer.info("winter")["versions"][0]["author"] == ann.key
    game.mods.install(["winter", "hud"])
    assert game.mods.installer.record_of("winter").author == ann.key
    publish(world, eve.make("winter", "2.0", suffix))
    world.release("hud", "2.0")
    plan = game.mods.installer.plan_update()
    assert [str(change) for change in plan.changes] == ["hud 1.0 -> 2.0"]
    assert any("signed by another key" in note and "held back" in note for note in plan.notes)
    assert "signed by another key" in {row.mod: row.reason for row in game.mods.outdated()}["winter"]
    game.mods.update()
    with pytest.raises(ConfigError, match="this needs a yes"):
        game.mods.update(["winter"])
    asked = game.mods.installer.plan_update(["winter"])
    assert len(asked.questions) == 1
    game.mods.installer.apply(asked.accepted())
    assert game.mods.installer.record_of("winter").author == eve.key


def test_an_unsigned_update_of_a_signed_mod_needs_a_yes_and_a_file_too(world: World, ann: Author, eve: Author) -> None:
    game = world.game(source=False)
    game.mods.install(ann.make("winter", "1.0"))
    game.mods.install(ann.make("winter", "1.1"))
    with pytest.raises(ConfigError, match="is not signed"):
        game.mods.install(ann.make("winter", "2.0", signed=False))
    with pytest.raises(ConfigError, match="signed by another key"):
        game.mods.install(eve.make("winter", "3.0"))
    assert str(game.mods["winter"].version) == "1.1"


def test_an_index_that_lies_about_the_author_is_refused(world: World, ann: Author, eve: Author) -> None:
    publish(world, eve.make("winter", "1.0"))
    index = IndexFolder(world.public)
    row = index.mods["winter"]
    index.mods["winter"] = dataclasses.replace(row, releases=(dataclasses.replace(row.releases[0], author=ann.key),))
    index.publish([world.private_key])
    game = world.game()
    with pytest.raises(ManifestError, match="not signed by the author whom the index names"):
        game.mods.install("winter")
    assert game.mods.available == []
    assert not [name for name in os.listdir(game.mods.folder / ".getting" / "parts") if name.endswith(".zip")]  # type: ignore[operator]


def test_a_damaged_signature_is_not_published(world: World, ann: Author) -> None:
    file = ann.make("winter", "1.0")
    data = file.read_bytes()
    file.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    with pytest.raises((DamagedError, ManifestError)):
        publish(world, file)
