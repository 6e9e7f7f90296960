"""Bugs of other mod loaders, each with its report, and what untrusted files try."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.mods.making import add, decide, mod
from vfsloader import ModManager, ResourceManager, Store
from vfsloader.layers.union import Mount
from vfsloader.mods.conflicts import merge_problems, read_shared
from vfsloader.mods.metadata.formats import MAX_MANIFEST_BYTES


def test_a_dependency_orders_too() -> None:
    """fabric-loader#459: a dependency was required, and loaded after its user all the same."""
    assert decide(mod("aa", requires={"zz": "*"}), mod("zz")).order == ("zz", "aa")
    assert decide(mod("aa", recommends={"zz": "*"}), mod("zz")).order == ("zz", "aa")
    through = decide(mod("aa", requires={"virtual": "*"}), mod("zz", provides={"virtual": "1"}))
    assert through.order == ("zz", "aa")


def test_a_disabled_mod_does_not_count_as_present() -> None:
    """godot-mod-loader#364: a disabled mod met a requirement, and conflicted with others."""
    needy = decide(mod("needy", requires={"off": "*"}), mod("off"), disabled=["off"])
    assert needy.order == ()
    assert [problem.kind for problem in needy.problems] == ["disabled"]
    assert decide(mod("aa", incompatible={"off": "*"}), mod("off"), disabled=["off"]).problems == ()


def test_before_is_not_a_requirement() -> None:
    """godot-mod-loader#354: "load before" made the other mod a dependency."""
    resolution = decide(mod("aa", order={"before": ["gone"], "after": ["gone-too"]}))
    assert (resolution.order, resolution.problems) == (("aa",), ())
    assert decide(mod("aa", order={"before": ["off"]}), mod("off"), disabled=["off"]).order == ("aa",)


def test_equals_keep_one_order() -> None:
    """vostok-mod-loader#1: mods without rules came in another order at each start."""
    mods = [mod(f"mod{n}") for n in range(30)]
    orders = set()
    for seed in range(20):
        random.Random(seed).shuffle(mods)
        orders.add(decide(*mods).order)
    assert orders == {tuple(f"mod{n}" for n in range(30))}


def test_a_whole_file_over_patches_is_reported() -> None:
    """ModTek#11: a whole file where a patch was meant took back what earlier mods had changed."""
    base, patching, whole = (Store(":memory:", name=name) for name in ("base", "patching", "whole"))
    base.write("/gun.json", b'{"damage": 3, "ammo": 10}')
    patching.write("/gun.json.merge", b'{"damage": 5}')
    whole.write("/gun.json", b'{"damage": 3, "ammo": 20}')
    mounts = [Mount(layer.name, layer) for layer in (base, patching, whole)]
    report = read_shared(mounts, ["/gun.json"])
    assert report["/gun.json"].shadowed == ("patching",)
    assert [(conflict.pointer, conflict.layers) for conflict in report["/gun.json"].conflicts] == [
        ("/damage", ("patching", "whole"))
    ]
    assert [
        (problem.kind, problem.mod, problem.other) for problem in merge_problems(report, ["patching", "whole"])
    ] == [("shadowed", "patching", "whole")]


@pytest.mark.parametrize(
    ("manifest", "part"),
    [
        (b'id = "me"\nname = "caf\xe9"\nversion = "1"', "me/mod.toml: this is not UTF-8 text"),
        (b'id = "../../etc"\nname = "x"\nversion = "1"', "me/mod.toml: id: "),
        (b'id = "/etc/passwd"\nname = "x"\nversion = "1"', "me/mod.toml: id: "),
        (b'id = "me"\nname = "x"\nversion = "1"\n[requires]\nme = "*"', "me/mod.toml: requires: "),
        (b'id = "me"\nname = "x"\nversion = "1"\n[requires]\n"a/b" = "*"', "me/mod.toml: requires: "),
        (b"id = " + b"[" * 100_000, "me/mod.toml: "),
        (b'id = "me"\nname = "x"\nversion = "1"\nversion = "2"', "me/mod.toml: "),
        (b'id = "me"\nname = "x"\nversion = "1.' + b"9" * 10_000 + b'"', "me/mod.toml: "),
    ],
)
def test_a_bad_manifest_is_named_and_left_out(manifest: bytes, part: str, tmp_path: Path) -> None:
    add(tmp_path, "good")
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "mod.toml").write_bytes(manifest)
    manager = ModManager(tmp_path)
    assert [mod.id for mod in manager.enabled] == ["good"]
    assert len(manager.problems) == 1
    assert manager.problems[0].kind == "manifest"
    assert part in str(manager.problems[0])


def test_a_manifest_of_100_mb_is_not_read(tmp_path: Path) -> None:
    add(tmp_path, "good")
    (tmp_path / "big").mkdir()
    with open(tmp_path / "big" / "mod.toml", "wb") as file:
        file.truncate(100 << 20)
    manager = ModManager(tmp_path)
    assert [mod.id for mod in manager.enabled] == ["good"]
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [("manifest", "big")]
    assert "big/mod.toml is too large" in manager.problems[0].why
    assert MAX_MANIFEST_BYTES <= 1 << 20


def test_two_mods_of_one_id_and_version(tmp_path: Path) -> None:
    add(tmp_path, "aa", {"f": "1"})
    shutil.copytree(tmp_path / "aa", tmp_path / "other")
    manager = ModManager(tmp_path)
    assert [mod.path.name for mod in manager.enabled] == ["other"]
    assert [(problem.kind, problem.fix) for problem in manager.problems] == [
        ("duplicate", "Remove one of aa and other")
    ]


def test_each_circle_is_named_once() -> None:
    mods = [mod(f"a{n}", requires={f"a{(n + 1) % 4}": "*"}) for n in range(4)]
    mods += [mod(f"b{n}", requires={f"b{(n + 1) % 3}": "*"}) for n in range(3)]
    resolution = decide(*mods, mod("user", requires={"a0": "*", "b0": "*"}))
    assert [problem.chain for problem in resolution.problems if problem.kind == "cycle"] == [
        ("a0", "a1", "a2", "a3"),
        ("b0", "b1", "b2"),
    ]
    assert resolution.order == ()


def test_a_mod_that_is_replaced_or_deleted_while_the_game_runs(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "f").write_text("base")
    add(tmp_path / "mods", "aa", {"f": "aa"})
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        texts = [game.load("/f", lambda asset: asset.data.decode())]
        with game.vfs.open("/f", "rb") as reading:
            shutil.rmtree(tmp_path / "mods" / "aa")
            assert game.mods.rescan()
            assert [(change.path, change.layer) for change in game.update()] == [("/f", "base")]
            assert reading.read() == b"aa"
        texts.append(game.vfs.read_text("/f"))
        (tmp_path / "mods" / "aa").write_text("a file where a folder was")
        game.mods.rescan()
        assert game.update() == []
        os.unlink(tmp_path / "mods" / "aa")
        add(tmp_path / "mods", "aa", {"f": "new aa"}, version="2")
        game.mods.rescan()
        assert [(change.path, change.layer) for change in game.update()] == [("/f", "aa")]
        assert [*texts, game.vfs.read_text("/f")] == ["aa", "base", "new aa"]


def test_a_mods_folder_that_vanishes_or_becomes_a_file(tmp_path: Path) -> None:
    add(tmp_path / "mods", "aa")
    manager = ModManager(tmp_path / "mods")
    shutil.rmtree(tmp_path / "mods")
    assert manager.rescan()
    assert manager.enabled == []
    (tmp_path / "mods").write_text("a file")
    assert not manager.rescan()
    assert manager.problems == []
    (tmp_path / "mods").unlink()
    manager.use_profile("new")
    assert (tmp_path / "mods" / "mods.json").exists()
