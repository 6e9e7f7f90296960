from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tests.mods.making import add
from vfsloader import ModManager, ResourceManager, Store, packs
from vfsloader.errors import ConfigError, ModOrderError, UnknownModError
from vfsloader.layers.union import Mount
from vfsloader.mods.conflicts import Standing, standings
from vfsloader.mods.metadata import formats
from vfsloader.mods.metadata.formats import Format, ModFiles, register_format
from vfsloader.mods.metadata.manifest import Manifest


def ids(manager: ModManager) -> list[str]:
    return [mod.id for mod in manager.enabled]


def test_folders_zips_and_packs_are_found(tmp_path: Path) -> None:
    add(tmp_path, "folder-mod", {"a": "f"})
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as out:
        out.writestr("wrapped-1.0/mod.toml", 'id = "zip-mod"\nname = "Z"\nversion = "2"')
        out.writestr("wrapped-1.0/a", "z")
    store = Store(":memory:")
    store.write("/mod.toml", b'id = "pack-mod"\nname = "P"\nversion = "3"\n[files]\nroot = "in"\nmount = "/x"')
    store.write("/in/a", b"p")
    store.write("/readme", b"r")
    packs.build(store, tmp_path / "p.pack")
    (tmp_path / "Bare Folder!").mkdir()
    (tmp_path / "Bare Folder!" / "a").write_text("b")
    (tmp_path / "readme.txt").write_text("no mod")
    (tmp_path / ".hidden").mkdir()
    manager = ModManager(tmp_path)
    assert ids(manager) == ["bare-folder", "folder-mod", "pack-mod", "zip-mod"]
    assert manager.problems == []
    by_id = {mod.id: mod for mod in manager.available}
    assert str(by_id["zip-mod"].version) == "2"
    assert by_id["bare-folder"].name == "Bare Folder!"
    assert [entry.path for entry in by_id["zip-mod"].layer.list("/")] == ["/a"]
    assert [entry.path for entry in by_id["pack-mod"].layer.list("/x")] == ["/x/a"]
    assert by_id["folder-mod"].layer.find("/mod.json") is None
    assert manager.overrides() == {"/a": ["bare-folder", "folder-mod", "zip-mod"]}
    manager.close()


def test_a_zip_without_a_manifest_is_a_mod(tmp_path: Path) -> None:
    for name, inner in (("winter.zip", "winter-1.0/sprites/p.png"), ("plain.zip", "sprites/p.png")):
        with zipfile.ZipFile(tmp_path / name, "w") as out:
            out.writestr(inner, "x")
    manager = ModManager(tmp_path)
    assert ids(manager) == ["plain", "winter"]
    assert all(mod.layer.find("/sprites/p.png") for mod in manager.enabled)
    manager.close()


def test_a_mod_pack_is_a_folder_of_mods(tmp_path: Path) -> None:
    add(tmp_path / "pack", "aa")
    add(tmp_path / "pack" / "inner", "bb")
    (tmp_path / "pack" / "modpack.toml").write_text('name = "All of them"')
    (tmp_path / "pack" / "inner" / "modpack.txt").write_text("")
    (tmp_path / "pack" / "readme.zip").write_text("no mod")
    add(tmp_path, "cc")
    add(tmp_path / "wrapping", "dd")
    manager = ModManager(tmp_path)
    assert ids(manager) == ["aa", "bb", "cc", "dd"]
    assert manager["bb"].path == tmp_path / "pack" / "inner" / "bb"
    assert manager.problems == []


def test_only_manifests_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "aa", {"a": "x"})
    opened: list[str] = []
    real = os.open

    def watching(file: Any, *rest: Any, **more: Any) -> Any:
        opened.append(os.path.basename(file))
        return real(file, *rest, **more)

    monkeypatch.setattr(os, "open", watching)
    manager = ModManager(tmp_path)
    assert opened == ["mod.json"]
    assert ids(manager) == ["aa"]


def test_a_manifest_that_links_out_of_the_mod_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text('id = "secret"\nname = "S"\nversion = "1"')
    (tmp_path / "mods" / "aa").mkdir(parents=True)
    (tmp_path / "mods" / "aa" / "mod.toml").symlink_to(tmp_path / "secret.toml")
    manager = ModManager(tmp_path / "mods")
    assert ids(manager) == []
    assert "a link that leaves the mod" in str(manager.problems[0])


def test_a_game_can_register_its_own_format(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    def read(files: ModFiles) -> Manifest:
        return Manifest(id=files.name, name=(files.read("about.txt") or "").strip(), version=Version("3"))

    added = Format("about.txt", read)
    register_format(added)
    request.addfinalizer(lambda: formats.FORMATS.remove(added))
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "about.txt").write_text("An old mod\n")
    manager = ModManager(tmp_path)
    assert [(mod.id, mod.name) for mod in manager.enabled] == [("old", "An old mod")]
    (tmp_path / "old" / "about.txt").write_text("A changed mod\n")
    assert manager.rescan()
    assert [mod.name for mod in manager.enabled] == ["A changed mod"]


def test_a_broken_mod_costs_itself_only(tmp_path: Path) -> None:
    add(tmp_path, "good")
    for name, text in {
        "typo": 'id = "typo"\nname = "T"\nversoin = "1"',
        "no-toml": "this is [not toml",
        "latin": b'id = "caf\xe9"',
        "list": "[]",
        "root": 'id = "root"\nname = "R"\nversion = "1"\n[files]\nroot = "nowhere"',
    }.items():
        (tmp_path / name).mkdir()
        manifest = tmp_path / name / ("mod.json" if name == "list" else "mod.toml")
        manifest.write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 not really")
    (tmp_path / "broken.pack").write_bytes(b"SQLite format 3\0" + bytes(500))
    manager = ModManager(tmp_path)
    assert ids(manager) == ["good"]
    assert sorted(problem.mod for problem in manager.problems) == [
        "broken.pack", "broken.zip", "latin", "list", "no-toml", "root", "typo",
    ]  # fmt: skip
    assert all(problem.mod in str(problem) for problem in manager.problems)


def test_a_huge_manifest_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_MANIFEST_BYTES", 10)
    add(tmp_path, "huge")
    (problem,) = ModManager(tmp_path).problems
    assert (problem.kind, problem.mod) == ("manifest", "huge")
    assert "too large" in problem.why


def test_of_two_copies_the_newer_is_used(tmp_path: Path) -> None:
    add(tmp_path, "mod")
    other = add(tmp_path / "x", "mod", version="1.5")
    shutil.move(other, tmp_path / "mod-again")
    shutil.rmtree(tmp_path / "x")
    manager = ModManager(tmp_path)
    assert [str(mod.version) for mod in manager.enabled] == ["1.5"]
    assert [(problem.kind, problem.mod, problem.other) for problem in manager.problems] == [
        ("unused_copy", "mod", "mod-again")
    ]


def test_choices_are_kept(tmp_path: Path) -> None:
    for name in ("aa", "bb", "cc"):
        add(tmp_path, name)
    manager = ModManager(tmp_path)
    manager.disable("bb")
    manager.move("cc", before="aa")
    assert ids(manager) == ["cc", "aa"]
    assert ids(ModManager(tmp_path)) == ["cc", "aa"]
    manager.enable("bb")
    assert ids(ModManager(tmp_path)) == ["cc", "aa", "bb"]
    assert sorted(os.listdir(tmp_path)) == ["aa", "bb", "cc", "mods.json"]


def test_an_unknown_mod_is_an_error_that_names_those_there_are(tmp_path: Path) -> None:
    for name in ("aa", "bb", "cc"):
        add(tmp_path, name)
    manager = ModManager(tmp_path)
    for call in (
        lambda: manager.enable("nope"),
        lambda: manager.disable("nope"),
        lambda: manager.move("aa", after="nope"),
        lambda: manager["nope"],
    ):
        with pytest.raises(UnknownModError, match=r"'nope' .* aa, bb, cc"):
            call()
    assert not (tmp_path / "mods.json").exists()


def test_a_move_needs_exactly_one_other_mod(tmp_path: Path) -> None:
    for name in ("aa", "bb", "cc"):
        add(tmp_path, name)
    manager = ModManager(tmp_path)
    for wrong in ({}, {"before": "bb", "after": "cc"}, {"before": "aa"}):
        with pytest.raises(ValueError, match="before or after"):
            manager.move("aa", **wrong)
    assert not (tmp_path / "mods.json").exists()


def test_a_mod_that_vanishes_keeps_its_place(tmp_path: Path) -> None:
    for name in ("aa", "bb", "cc"):
        add(tmp_path, name)
    manager = ModManager(tmp_path)
    manager.move("cc", before="aa")
    manager.disable("bb")
    shutil.rmtree(tmp_path / "cc")
    assert manager.rescan()
    manager.enable("bb")
    assert ids(manager) == ["aa", "bb"]
    add(tmp_path, "cc")
    add(tmp_path, "new")
    assert manager.rescan()
    assert ids(manager) == ["cc", "aa", "bb", "new"]
    assert not manager.rescan()


def test_new_mods_can_start_disabled(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    manager = ModManager(tmp_path, new_mods="disabled")
    assert ids(manager) == []
    manager.enable("aa")
    add(tmp_path, "bb")
    manager.rescan()
    assert ids(manager) == ["aa"]
    assert manager.is_disabled("bb")


def test_profiles(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    add(tmp_path, "bb")
    manager = ModManager(tmp_path)
    manager.use_profile("speedrun")
    manager.disable("aa")
    assert ids(manager) == ["bb"]
    manager.use_profile("default")
    assert ids(manager) == ["aa", "bb"]
    assert set(manager.profiles) == {"default", "speedrun"}
    assert ids(ModManager(tmp_path, profile="speedrun")) == ["bb"]
    assert ModManager(tmp_path, profile=None).profile == "default"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"profiles": {"default": {"order": [1]}}}', "\xff"])
def test_a_damaged_choice_is_set_aside(damage: str, tmp_path: Path) -> None:
    add(tmp_path, "aa")
    (tmp_path / "mods.json").write_text(damage, encoding="latin-1")
    manager = ModManager(tmp_path)
    assert ids(manager) == ["aa"]
    assert manager.problems[0].kind == "state"
    assert (tmp_path / "mods.damaged-1.json").read_text(encoding="latin-1") == damage
    assert not (tmp_path / "mods.json").exists()


@pytest.mark.parametrize("make", [lambda at: None, lambda at: at.write_text("a file")])
def test_a_mods_folder_that_is_none_holds_no_mods(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "mods")
    assert ModManager(tmp_path / "mods").available == []
    assert ModManager(None).available == []


def test_overrides_show_the_game_below(tmp_path: Path) -> None:
    base = Store(":memory:")
    base.write("/a", b"base")
    add(tmp_path, "aa", {"a": "x"})
    manager = ModManager(tmp_path, below=[Mount("base", base)])
    assert manager.overrides() == {"/a": ["base", "aa"]}


def test_enabling_takes_along_what_is_required(tmp_path: Path) -> None:
    add(tmp_path, "top", requires={"middle": "*"})
    add(tmp_path, "middle", requires={"old-base": "*"})
    add(tmp_path, "base", provides={"old-base": "1"})
    add(tmp_path, "other")
    manager = ModManager(tmp_path, new_mods="disabled")
    plan = manager.plan_enable("top")
    assert (plan.enable, plan.others, plan.is_possible) == (("base", "middle", "top"), ("base", "middle"), True)
    assert ids(manager) == []
    manager.apply(plan)
    assert ids(manager) == ["base", "middle", "top"]
    assert manager.is_disabled("other")
    plan = manager.plan_disable("base")
    assert plan.disable == ("base", "middle", "top")
    manager.apply(plan)
    assert ids(ModManager(tmp_path, new_mods="disabled")) == []


def test_a_plan_that_cannot_work_says_why_and_changes_nothing(tmp_path: Path) -> None:
    add(tmp_path, "top", requires={"middle": "*"})
    add(tmp_path, "middle", requires={"gone": ">=2"})
    manager = ModManager(tmp_path, new_mods="disabled")
    plan = manager.plan_enable("top")
    assert not plan.is_possible
    assert [(problem.kind, problem.mod, problem.other) for problem in plan.problems] == [
        ("missing", "middle", "gone"),
        ("broken", "top", "middle"),
    ]
    with pytest.raises(ValueError, match=r"^top cannot load: "):
        manager.apply(plan)
    assert not (tmp_path / "mods.json").exists()


def test_profiles_are_copied_and_forgotten(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    manager = ModManager(tmp_path)
    manager.copy_profile("kept")
    manager.disable("aa")
    assert ModManager(tmp_path, profile="kept").enabled[0].id == "aa"
    for wrong in (lambda: manager.copy_profile("kept"), lambda: manager.delete_profile("default"),
                  lambda: manager.delete_profile("nope")):  # fmt: skip
        with pytest.raises(ValueError, match="profile"):
            wrong()
    manager.delete_profile("kept")
    assert set(ModManager(tmp_path).profiles) == {"default"}


def test_a_profile_travels(tmp_path: Path) -> None:
    for player in ("sender", "receiver"):
        for name in ("aa", "bb", "cc", "dd"):
            add(tmp_path / player, name, {"f": name})
    sender = ModManager(tmp_path / "sender")
    sender.move("cc", before="aa")
    sender.disable("dd")
    sender.export_profile(tmp_path / "mine.json")
    shutil.rmtree(tmp_path / "receiver" / "bb")
    (tmp_path / "receiver" / "cc" / "f").write_text("changed")
    (tmp_path / "receiver" / "aa" / "mod.json").write_text('{"id": "aa", "name": "aa", "version": "2"}')
    receiver = ModManager(tmp_path / "receiver")
    differences = receiver.import_profile(tmp_path / "mine.json", "theirs")
    assert [(difference.kind, difference.mod) for difference in differences] == [
        ("content", "cc"),
        ("version", "aa"),
        ("missing", "bb"),
        ("extra", "dd"),
    ]
    assert ids(receiver) == ["cc", "aa"]
    assert ids(ModManager(tmp_path / "receiver", profile=None)) == ["cc", "aa"]
    assert ids(ModManager(tmp_path / "receiver")) == ["aa", "cc", "dd"]
    same = ModManager(tmp_path / "sender")
    assert [difference.kind for difference in same.import_profile(tmp_path / "mine.json", "again")] == ["extra"]


NOT_PROFILES = [
    "",
    "[]",
    "{}",
    '{"format": "vfsloader profile", "version": 2}',
    '{"format": "vfsloader profile", "version": 1, "name": "x", "mods": [1]}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", NOT_PROFILES, ids=range(len(NOT_PROFILES)))
def test_a_file_that_is_not_a_profile_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(ConfigError) as caught:
        ModManager(tmp_path).import_profile(tmp_path / "p.json")
    assert caught.value.filename == str(tmp_path / "p.json")
    assert not (tmp_path / "mods.json").exists()


def test_content_digests_do_not_depend_on_the_container(tmp_path: Path) -> None:
    add(tmp_path / "a", "mod", {"x/y": "1", "z": "2"})
    with zipfile.ZipFile(tmp_path / "mod.zip", "w") as out:
        for name in ("z", "mod.json", "x/y"):
            out.write(tmp_path / "a" / "mod" / name, f"mod-1/{name}")
    (tmp_path / "b").mkdir()
    shutil.move(tmp_path / "mod.zip", tmp_path / "b")
    folder, zipped = ModManager(tmp_path / "a"), ModManager(tmp_path / "b")
    folder.export_profile(tmp_path / "p.json")
    assert zipped.import_profile(tmp_path / "p.json", "p") == []
    zipped.close()


def test_copies_with_the_same_bytes_share(tmp_path: Path) -> None:
    add(tmp_path, "aa", {"same": "1", "other": "1"})
    add(tmp_path, "bb", {"same": "1", "other": "2"})
    overrides = ModManager(tmp_path).find_overrides()
    assert [(override.path, override.winner, override.same) for override in overrides] == [
        ("/other", "bb", ()),
        ("/same", "bb", ("aa",)),
    ]
    by_layer = standings(overrides)
    assert by_layer["aa"] == Standing("aa", (), ("/other",), ("/same",))
    assert by_layer["bb"].wins == ("/other", "/same")


def test_the_copy_that_fits_is_used(tmp_path: Path) -> None:
    for version in ("1", "2"):
        shutil.move(add(tmp_path / "x", "lib", {"f": version}, version=version), tmp_path / f"lib-{version}")
    manager = ModManager(tmp_path)
    assert [str(mod.version) for mod in manager.copies("lib")] == ["2", "1"]
    assert manager["lib"].layer.read(manager["lib"].layer.find("/f")) == b"2"
    add(tmp_path, "old", requires={"lib": "<2"})
    manager.rescan()
    assert manager["lib"].layer.read(manager["lib"].layer.find("/f")) == b"1"
    assert [(problem.kind, problem.other) for problem in manager.problems] == [("unused_copy", "lib-1")]
    manager.export_profile(tmp_path / "mine.json")
    manager.disable("old")
    assert str(manager["lib"].version) == "2"
    shutil.rmtree(tmp_path / "old")
    differences = manager.import_profile(tmp_path / "mine.json", "theirs")
    assert [(difference.kind, difference.mod) for difference in differences] == [("missing", "old")]
    assert str(manager["lib"].version) == "1"
    with pytest.raises(UnknownModError):
        manager.copies("nope")


def test_a_player_overrides_rules_of_a_mod(tmp_path: Path) -> None:
    add(tmp_path, "winter", requires={"gone": "*"})
    manager = ModManager(tmp_path)
    assert ids(manager) == []
    manager.override_rules("winter", {"-requires": ["gone"]})
    assert ids(manager) == ["winter"]
    assert json.loads((tmp_path / "mods.json").read_text())["profiles"]["default"]["overrides"] == {
        "winter": {"-requires": ["gone"]}
    }
    again = ModManager(tmp_path)
    again.disable("winter")
    again.enable("winter")
    assert ids(again) == ["winter"]
    again.override_rules("winter", None)
    assert ids(again) == []


def test_wrong_overrides_are_refused_or_reported(tmp_path: Path) -> None:
    add(tmp_path, "winter")
    manager = ModManager(tmp_path)
    with pytest.raises(ValueError, match=r"^requires: "):
        manager.override_rules("winter", {"requires": 1})
    assert not (tmp_path / "mods.json").exists()
    manager.override_rules("winter", {"version": ">2"})
    assert ids(manager) == ["winter"]
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [("override", "winter")]


def test_a_move_that_a_rule_forbids_changes_nothing(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    add(tmp_path, "bb", requires={"aa": "*"})
    manager = ModManager(tmp_path)
    with pytest.raises(ModOrderError, match=r"bb cannot load before aa: bb --\[requires\]-> aa"):
        manager.move("bb", before="aa")
    with pytest.raises(ValueError, match="bb cannot load before aa"):
        manager.move("aa", after="bb")
    assert not (tmp_path / "mods.json").exists()


def test_a_mod_removes_files_of_folders_that_it_does_not_have(tmp_path: Path) -> None:
    base = Store()
    base.write("/music/summer_1.ogg", b"la")
    base.write("/music/winter.ogg", b"lo")
    manifest = {"id": "quiet", "name": "Quiet", "version": "1", "files": {"remove": ["/music/summer_*.ogg"]}}
    (tmp_path / "quiet").mkdir()
    (tmp_path / "quiet" / "mod.json").write_text(json.dumps(manifest))
    with ResourceManager(base, mods=tmp_path, watch=False) as game:
        assert game.vfs.listdir("/music") == ["winter.ogg"]
        assert not game.exists("/music/summer_1.ogg")
        game.mods.disable("quiet")
        game.update()
        assert game.read("/music/summer_1.ogg") == b"la"
