"""What a submitted version changes, before an index takes it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.distribution.test_authors import Author, publish
from tests.distribution.world import World
from tests.mods.making import add
from vfsloader import packs
from vfsloader.distribution import IndexFolder
from vfsloader.distribution.review import FileChange, Review, review_file
from vfsloader.errors import ManifestError


def review(world: World, file: Path) -> Review:
    return review_file(IndexFolder(world.public), file)


def packed(folder: Path, suffix: str) -> Path:
    """Return a mod's folder as what an author may send."""
    if suffix == "":
        return folder
    pack = folder.with_suffix(".pack")
    packs.build(folder, pack)
    if suffix == ".pack":
        return pack
    packs.convert(pack, folder.with_suffix(".zip"))
    return folder.with_suffix(".zip")


@pytest.mark.parametrize("suffix", ["", ".zip", ".pack"])
def test_files_that_are_added_removed_and_changed(world: World, suffix: str) -> None:
    world.release("winter", "1.0", {"same.txt": "1", "old.txt": "gone\n", "a.txt": "one\ntwo\n", "b.bin": "\0"})
    files = {
        "same.txt": "1",
        "a.txt": "one\n\x1b[31mthree\n",
        "b.bin": "\0\0",
        "new.txt": "n",
        "long.txt": "x\n" * 5000,
    }
    folder = add(world.folder / "sent", "winter", files, version="2.0", requires={"lib": ">=2"})
    before = sorted(world.public.rglob("*"))
    shown = review(world, packed(folder, suffix))
    assert sorted(world.public.rglob("*")) == before
    assert (shown.mod, shown.version, shown.old, shown.warnings) == ("winter", "2.0", "1.0", ())
    manifest, *others = shown.changes
    assert '+version = "2.0"' in manifest.lines or any("2.0" in line for line in manifest.lines)
    rows = {change.path: (change.old, change.new) for change in others}
    assert rows == {
        "/a.txt": (8, 15),
        "/b.bin": (1, 2),
        "/long.txt": (None, 10_000),
        "/new.txt": (None, 1),
        "/old.txt": (5, None),
    }
    lines = {change.path: change.lines for change in others}
    assert lines["/a.txt"][-2:] == ("-two", "+\\x1b[31mthree")
    assert (lines["/b.bin"], lines["/long.txt"]) == ((), ())
    assert lines["/old.txt"][-1] == "-gone"


def test_it_agrees_with_two_tables(world: World) -> None:
    chance = random.Random(3)
    for number in range(6):
        sides = [{f"{name}.txt": str(chance.randint(1, 2)) for name in chance.sample("abcdef", 4)} for _ in range(2)]
        world.release(f"mod{number}", "1.0", sides[0])
        sent = add(world.folder / "sent", f"mod{number}", sides[1], version="2.0")
        changed = {change.path for change in review(world, sent).changes} - {"/mod.json", "/mod.toml"}
        assert changed == {f"/{key}" for key in {*sides[0], *sides[1]} if sides[0].get(key) != sides[1].get(key)}


def test_a_fix_of_an_old_version_is_compared_with_it(world: World) -> None:
    world.release("winter", "1.0", {"f.txt": "1"})
    world.release("winter", "3.0", {"f.txt": "3"})
    shown = review(world, add(world.folder / "sent", "winter", {"f.txt": "1"}, version="1.1"))
    assert (shown.old, len(shown.changes)) == ("1.0", 1)
    assert review(world, add(world.folder / "early", "winter", version="0.1")).old == "3.0"


def test_a_new_mod_and_what_is_not_one(world: World) -> None:
    world.release("winter", "1.0")
    shown = review(world, add(world.folder / "sent", "summer", {"f.txt": "1", "x.png": "text"}))
    assert shown.old == ""
    assert FileChange("/f.txt", None, 1) in shown.changes
    assert shown.changes[0].lines[2:] != ()
    assert [finding.partition(":")[0] for finding in shown.findings] == ["/x.png"]
    (world.folder / "notes.txt").write_text("1")
    with pytest.raises(ManifestError, match=r"end in \.zip or \.pack"):
        review(world, world.folder / "notes.txt")


def test_other_content_of_a_version_and_another_author_are_said(world: World, tmp_path: Path) -> None:
    ann, eve = Author(tmp_path, "ann"), Author(tmp_path, "eve")
    publish(world, ann.make("winter", "1.0"))
    assert review(world, ann.make("winter", "2.0")).warnings == ()
    (warning,) = review(world, eve.make("winter", "2.0")).warnings
    assert warning.startswith("winter 2.0 is signed by another key (")
    assert "is not signed;" in review(world, eve.make("winter", "3.0", signed=False)).warnings[0]
    sent = add(world.folder / "sent", "winter", {"f.txt": "other"}, version="1.0")
    assert review(world, sent).warnings[0] == "the index has another winter 1.0; give the changed mod a new version"


def test_a_damaged_index_can_still_take_the_next_version(world: World) -> None:
    world.release("winter", "1.0")
    for file in (world.public / "by-hash").glob("*.zip"):
        file.write_bytes(b"damaged")
    shown = review(world, add(world.folder / "sent", "winter", version="2.0"))
    assert "winter 1.0 of the index cannot be compared" in shown.warnings[0]
