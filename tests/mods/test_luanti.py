"""The Luanti mods that Debian ships, read and ordered unchanged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vfsloader import ModManager
from vfsloader.errors import ManifestError
from vfsloader.mods.metadata import luanti

PACKAGES = [
    "minetest-data",
    "minetest-mod-3d-armor",
    "minetest-mod-basic-materials",
    "minetest-mod-character-creator",
    "minetest-mod-craftguide",
    "minetest-mod-currency",
    "minetest-mod-ethereal",
    "minetest-mod-homedecor",
    "minetest-mod-infinite-chest",
    "minetest-mod-lucky-block",
    "minetest-mod-maidroid",
    "minetest-mod-mesecons",
    "minetest-mod-mobs-redo",
    "minetest-mod-moreblocks",
    "minetest-mod-moreores",
    "minetest-mod-nether",
    "minetest-mod-pipeworks",
    "minetest-mod-protector",
    "minetest-mod-skyblock",
    "minetest-mod-throwing",
    "minetest-mod-throwing-arrows",
    "minetest-mod-unified-inventory",
    "minetest-mod-unifieddyes",
    "minetest-mod-worldedit",
    "minetest-mod-xdecor",
]

pytestmark = pytest.mark.debian


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mods folder with the mods of all packages, and with those of the game that they are made for."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        sentence = "this test unpacks Debian's packages of Luanti mods: it needs apt-get and dpkg-deb"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("luanti")
    os.chmod(folder, 0o755)
    done = subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sentence = f"Debian's packages cannot be had (apt-get update?): {done.stderr[-300:]}"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    mods = folder / "mods"
    mods.mkdir()
    for deb in folder.glob("*.deb"):
        unpacked = folder / "unpacked" / deb.name
        unpacked.parent.mkdir(exist_ok=True)
        subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True)
        root = unpacked / "usr" / "share" / "games" / "minetest"
        for place in (root / "mods", root / "games" / "minetest_game" / "mods"):
            for mod in place.iterdir() if place.is_dir() else ():
                (mods / mod.name).symlink_to(mod)
    return mods


def declared(mod: Path) -> tuple[set[str], set[str]]:
    """Read a mod's dependencies in another way than the reader does: (hard, optional)."""
    conf = mod / "mod.conf"
    text = conf.read_text() if conf.exists() else ""
    values = dict(re.findall(r"^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE))
    if "depends" in values or "optional_depends" in values:
        hard, soft = (values.get(key, "") for key in ("depends", "optional_depends"))
        return set(re.findall(r"\w+", hard)), set(re.findall(r"\w+", soft))
    depends = mod / "depends.txt"
    words = depends.read_text().split() if depends.exists() else []
    return {word for word in words if "?" not in word}, {word.rstrip("?") for word in words if "?" in word}


def test_every_mod_is_read(world: Path) -> None:
    manager = ModManager(world)
    assert len(manager.available) >= 80
    kinds = {problem.kind for problem in manager.problems}
    assert kinds <= {"missing", "broken", "soft_cycle", "cycle", "duplicate"}, [str(p) for p in manager.problems]
    by_id = {mod.id: mod for mod in manager.available}
    assert {"default", "3d_armor", "mesecons", "homedecor_kitchen", "mobs", "worldedit", "ethereal"} <= by_id.keys()
    assert by_id["doors"].description
    for mod in manager.available:
        hard, soft = declared(mod.path)
        assert set(mod.manifest.requires) == hard - {mod.id}, mod
        assert set(mod.manifest.after) == soft - hard - {mod.id}, mod


def test_every_rule_holds_and_every_reason_is_true(world: Path) -> None:
    manager = ModManager(world)
    place = {mod.id: at for at, mod in enumerate(manager.enabled)}
    assert len(place) >= 80
    loose = {(p.mod, p.why) for p in manager.problems if p.kind == "soft_cycle"}
    for mod in manager.enabled:
        assert all(place[other] < place[mod.id] for other in mod.manifest.requires)
        for other in mod.manifest.after:
            if other in place and place[other] > place[mod.id]:
                assert any(who == mod.id and f" {other} " in why for who, why in loose), (mod, other)
    reasons = {problem.mod: problem for problem in manager.problems if not problem.is_warning}
    for mod in manager.available:
        if mod.id not in place:
            absent = [other for other in mod.manifest.requires if other not in place]
            assert absent
            assert any(other in str(reasons[mod.id]) for other in absent)


def test_the_order_does_not_depend_on_the_disk(world: Path, tmp_path: Path) -> None:
    names = sorted(os.listdir(world), reverse=True)
    (tmp_path / "again").mkdir()
    for name in names:
        (tmp_path / "again" / name).symlink_to((world / name).resolve())
    order = [mod.id for mod in ModManager(world).enabled]
    assert [mod.id for mod in ModManager(tmp_path / "again").enabled] == order


def test_their_files_are_layers(world: Path) -> None:
    manager = ModManager(world)
    default = manager["default"].layer
    assert default.find("/textures/default_dirt.png") is not None
    assert default.find("/init.lua") is not None


@pytest.mark.parametrize("text", ["name = Bad Name", "name = ../up", 'name = """a\nb"""'])
def test_a_name_that_is_not_valid(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^x: name: ") as caught:
        luanti.manifest("x", "x", {"mod.conf": text}.get)
    assert caught.value.filename == "x"
