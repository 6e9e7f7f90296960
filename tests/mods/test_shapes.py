"""Mods in the shapes in which people pack them, and what is said of those that cannot be understood."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.mods.shapes import MANIFEST, macos_zip, plain_zip, real_archives, tree, windows_zip
from vfsloader import ModManager, Store
from vfsloader.layers.union import Mount
from vfsloader.mods.metadata.formats import default_manifest

PNG = b"\x89PNG\r\n\x1a\n...."


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    store.write("/sprites/p.png", PNG)
    store.write("/items.json", b"{}")
    return store


def manager_of(folder: Path, base: Store | None = None) -> ModManager:
    return ModManager(folder, below=[] if base is None else [Mount("base", base)])


def shown(manager: ModManager, mod: str = "winter") -> list[str]:
    """Return the files of a mod as the game sees them."""
    return sorted(path for path in manager[mod].layer.glob("/**") if not manager[mod].layer.find(path).is_folder)


FILES: dict[str, str | bytes] = {"mod.toml": MANIFEST, "sprites/p.png": PNG}


def below(folder: str, files: Mapping[str, str | bytes] = FILES) -> dict[str, str | bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


@pytest.mark.parametrize("make", [plain_zip, macos_zip, windows_zip])
@pytest.mark.parametrize(
    "files",
    [
        FILES,
        below("winter-1.2"),
        below("outer/inner"),
        below("a/b/c/d"),
        {**below("winter"), "README.md": "Hello", "License.txt": "MIT", "preview.png": PNG, "homepage.url": "x"},
        {**below("winter"), "winter/README": "Hello", "docs/help.html": "Help"},
        {"Mod.toml": MANIFEST, "sprites/p.png": PNG},
        {"w/MOD.TOML": MANIFEST, "w/sprites/p.png": PNG},
    ],
)
def test_a_zip_is_understood_however_it_is_wrapped(make: Any, files: dict[str, str | bytes], tmp_path: Path) -> None:
    make(tmp_path / "Download (3).zip", files)
    manager = manager_of(tmp_path)
    assert manager.problems == []
    assert [(mod.id, str(mod.version)) for mod in manager.enabled] == [("winter", "1.2")]
    assert "/sprites/p.png" in shown(manager)
    assert not [path for path in shown(manager) if "._" in path or "__MACOSX" in path or path.lower() == "/mod.toml"]
    manager.close()


@pytest.mark.parametrize("wrapped", [FILES, below("winter-1.2"), below("outer/inner")])
def test_every_tool_makes_archives_that_are_understood(wrapped: dict[str, str | bytes], tmp_path: Path) -> None:
    tree(tmp_path / "src", wrapped)
    (tmp_path / "made").mkdir()
    archives = real_archives(tmp_path / "src", tmp_path / "made")
    assert len(archives) >= 4
    for archive in archives:
        mods = tmp_path / f"mods-{archive.name}"
        mods.mkdir()
        archive.rename(mods / archive.name)
        manager = manager_of(mods)
        assert ([mod.id for mod in manager.enabled], manager.problems) == (["winter"], []), archive.name
        entry = manager["winter"].layer.find("/sprites/p.png")
        assert entry is not None
        assert manager["winter"].layer.read(entry) == PNG
        assert manager.check("winter") == [], archive.name
        manager.close()


def test_backslashes_of_old_windows_tools(tmp_path: Path) -> None:
    windows_zip(tmp_path / "w.zip", below("winter"), "\\")
    assert [mod.id for mod in manager_of(tmp_path).enabled] == ["winter"]


def test_a_folder_is_understood_however_it_is_wrapped(tmp_path: Path) -> None:
    for number, files in enumerate(
        [below("inner"), below("outer/inner"), {**below("w"), "Readme.txt": "", "__MACOSX/._w": ""}]
    ):
        tree(tmp_path / str(number) / "mods" / "Some mod", files)
        manager = manager_of(tmp_path / str(number) / "mods")
        assert ([mod.id for mod in manager.enabled], manager.problems) == (["winter"], [])
        assert shown(manager) == ["/sprites/p.png"]


def test_several_mods_in_one_archive(tmp_path: Path) -> None:
    other = MANIFEST.replace("winter", "hud")
    files = {
        **below("winter"),
        "hud/Mod.toml": other,
        "hud/hud.png": PNG,
        "README.txt": "Both",
        "broken/mod.toml": "x =",
    }
    macos_zip(tmp_path / "both.zip", files)
    manager = manager_of(tmp_path)
    assert [mod.id for mod in manager.enabled] == ["hud", "winter"]
    assert (shown(manager, "hud"), shown(manager)) == (["/hud.png"], ["/sprites/p.png"])
    (problem,) = manager.problems
    assert (problem.kind, problem.mod) == ("manifest", "both.zip/broken")
    assert not manager.rescan()
    assert len(manager.problems) == 1
    assert [(finding.kind, finding.file) for finding in manager.check("hud")] == [("unloaded", "/hud/.DS_Store")]
    assert "manifest" in [finding.kind for finding in manager.check(tmp_path / "both.zip")]
    manager.disable("hud")
    assert [mod.id for mod in manager.enabled] == ["winter"]
    manager.close()


def test_a_mod_pack_in_an_archive(tmp_path: Path) -> None:
    plain_zip(tmp_path / "all.zip", {"all/modpack.toml": "", "all/ice/a.png": PNG, **below("all/snow")})
    assert [mod.id for mod in manager_of(tmp_path).enabled] == ["ice", "winter"]


def test_files_of_the_game_are_not_taken_for_manifests(tmp_path: Path, base: Store) -> None:
    plain_zip(tmp_path / "bare.zip", {"sprites/p.png": PNG, "sprites/mod.json": "{}", "scripts/init.lua": ""})
    manager = manager_of(tmp_path, base)
    assert [(mod.id, mod.inner) for mod in manager.enabled] == [("bare", "/")]


@pytest.mark.parametrize(
    ("name", "files", "top"),
    [
        ("winter.zip", {"winter-1.0/sprites/p.png": PNG}, "/winter-1.0"),
        ("winter-1.0.zip", {"Winter/sprites/p.png": PNG}, "/Winter"),
        ("download.zip", {"Snow/sprites/p.png": PNG, "readme.txt": ""}, "/Snow"),  # the game has /sprites
        ("sprites.zip", {"sprites/p.png": PNG}, "/"),
        ("winter.zip", {"winter/winter/sprites/p.png": PNG}, "/winter/winter"),
        ("own.zip", {"extra/new.png": PNG}, "/"),
    ],
)
def test_a_mod_without_a_manifest_starts_where_the_game_would(
    name: str, files: dict[str, str | bytes], top: str, tmp_path: Path, base: Store
) -> None:
    macos_zip(tmp_path / name, files)
    manager = manager_of(tmp_path, base)
    assert [mod.inner for mod in manager.available] == [top]
    assert manager.problems == []
    manager.close()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("mod.rar", b"Rar!\x1a\x07\x01\x00" + bytes(50), "packed"),
        ("really-rar.zip", b"Rar!\x1a\x07\x00" + bytes(50), "packed"),
        ("mod.cab", b"MSCF" + bytes(50), "packed"),
        ("none.zip", b"", "partial"),
        ("half.zip.part", b"PK\x03\x04" + bytes(50), "partial"),
        ("half.zip.crdownload", b"PK\x03\x04" + bytes(50), "partial"),
        ("broken.zip", b"PK\x03\x04" + bytes(50), "unreadable"),
        ("broken.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), "unreadable"),
        ("page.zip", b"<html>404</html>", "unreadable"),
    ],
)
def test_what_cannot_be_opened_is_a_problem_with_a_fix(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    manager = manager_of(tmp_path)
    assert manager.available == []
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [(kind, name)]
    assert name in manager.problems[0].fix


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({}, "empty"),
        ({"README.md": "Hello", "License": "MIT"}, "empty"),
        ({"winter/readme.txt": "Hello", "winter/visit.url": "x"}, "empty"),
        ({".DS_Store": "", "Thumbs.db": "", "__MACOSX/._p.png": ""}, "empty"),
        ({"winter.zip": b"PK", "hud.7z": b"7z", "readme.txt": ""}, "nested"),
    ],
)
def test_an_archive_without_files_for_a_game_is_a_problem(
    files: dict[str, str | bytes], kind: str, tmp_path: Path
) -> None:
    plain_zip(tmp_path / "none.zip", files)
    manager = manager_of(tmp_path)
    assert manager.available == []
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [(kind, "none.zip")]
    (finding,) = manager.check(tmp_path / "none.zip")
    assert "none.zip" in str(finding)


def test_everything_in_the_folder_is_checked(tmp_path: Path) -> None:
    plain_zip(tmp_path / "good.zip", FILES)
    plain_zip(tmp_path / "empty.zip", {})
    (tmp_path / "mod.rar").write_bytes(b"Rar!\x1a\x07\x01\x00")
    tree(tmp_path / "broken", {"mod.toml": "x ="})
    tree(tmp_path / "notes", {"README.md": "Hello"})
    plain_zip(tmp_path / "two.zip", {"hud/mod.toml": MANIFEST.replace("winter", "hud"), "bad/mod.toml": "x ="})
    reports = manager_of(tmp_path).check_all()
    assert {name: len(findings) for name, findings in reports.items()} == {
        "hud": 0, "notes": 0, "winter": 0, "broken": 1, "empty.zip": 1, "mod.rar": 1, "two.zip/bad": 1,
    }  # fmt: skip


def test_a_folder_without_files_for_a_game_is_a_warning(tmp_path: Path) -> None:
    tree(tmp_path / "notes", {"README.md": "Hello"})
    (tmp_path / "new").mkdir()  # an author has just begun
    manager = manager_of(tmp_path)
    assert [mod.id for mod in manager.available] == ["new", "notes"]
    assert [(problem.kind, problem.mod, problem.is_warning) for problem in manager.problems] == [
        ("empty", "notes", True)
    ]


def test_7z_without_the_extra_is_a_problem_with_a_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mod.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    monkeypatch.setitem(sys.modules, "py7zr", None)
    (problem,) = manager_of(tmp_path).problems
    assert (problem.kind, problem.mod) == ("packed", "mod.7z")


def test_a_manifest_whose_suffix_windows_hid(tmp_path: Path) -> None:
    tree(tmp_path / "winter", {"mod.toml.txt": MANIFEST, "sprites/p.png": PNG})
    (problem,) = manager_of(tmp_path).problems
    assert (problem.kind, problem.mod) == ("manifest", "winter")
    assert "mod.toml.txt" in problem.why


def test_a_zip_that_asks_for_a_password_is_a_problem(tmp_path: Path) -> None:
    file = plain_zip(tmp_path / "secret.zip", {"mod.toml": MANIFEST})
    data = bytearray(file.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1  # the flag for encryption
    file.write_bytes(data)
    (problem,) = manager_of(tmp_path).problems
    assert (problem.kind, problem.mod) == ("unreadable", "secret.zip")


def test_ids_without_a_manifest_are_distinct_and_stable() -> None:
    names = [
        "スノー",
        "雪",
        "!!!",
        "???",
        "Снег",
        "снег 2",
        "Снег 3",
        "ثلج",
        "❄",
        "winter",
        "Winter Mod",
        "a",
        "1",
        "wintér",
    ]
    ids = [default_manifest(name).id for name in names]
    assert len(set(ids)) == len(names)
    assert ids[:3] == ["mod-355abcff", "mod-53058fe2", "mod-e84c538e"]
    assert default_manifest("Bare Folder!").id == "bare-folder"
    # macOS decomposes the names of files.
    assert default_manifest("winte\u0301r").id == default_manifest("wint\u00e9r").id
    assert len({default_manifest("x" * 100 + end).id for end in "ab"}) == 2


def test_folders_in_other_scripts_are_mods_of_their_own(tmp_path: Path) -> None:
    for name in ("スノー", "雪", "!!!"):
        tree(tmp_path / name, {"a.png": PNG})
    manager = manager_of(tmp_path)
    assert len(manager.enabled) == 3
    assert manager.problems == []
    assert sorted(mod.name for mod in manager.enabled) == ["!!!", "スノー", "雪"]
    assert [mod.id for mod in manager_of(tmp_path).enabled] == [mod.id for mod in manager.enabled]


def test_files_one_folder_too_deep_are_reported(tmp_path: Path, base: Store) -> None:
    tree(tmp_path / "deep", {"mod.toml": MANIFEST, "assets/sprites/p.png": PNG})
    tree(tmp_path / "new", {"mod.toml": MANIFEST.replace("winter", "new"), "Assets/sprites/only-new.png": PNG})
    tree(tmp_path / "bare", {"assets/sprites/p.png": PNG})
    plain_zip(tmp_path / "zip.zip", {"mod.toml": MANIFEST.replace("winter", "zip"), "x/items.json.merge": "{}"})
    manager = manager_of(tmp_path, base)
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [
        ("too_deep", mod) for mod in ("bare", "new", "winter", "zip")
    ]
    assert all(problem.is_warning for problem in manager.problems)
    for mod, folder in (("bare", "/assets"), ("new", "/Assets"), ("winter", "/assets"), ("zip", "/x")):
        assert (("depth", folder)) in [(finding.kind, finding.file) for finding in manager.check(mod)]


def test_folders_of_a_mods_own_are_not_too_deep(tmp_path: Path, base: Store) -> None:
    tree(tmp_path / "winter", {"mod.toml": MANIFEST, "winter/sprites/own.png": PNG, "sprites/p.png": PNG})
    manager = manager_of(tmp_path, base)
    assert (manager.problems, manager.check("winter")) == ([], [])


def test_another_case_than_the_games_is_reported(tmp_path: Path, base: Store) -> None:
    tree(tmp_path / "winter", {"mod.toml": MANIFEST, "Sprites/p.png": PNG, "Sprites/new.png": PNG})
    manager = manager_of(tmp_path, base)
    assert [(problem.kind, problem.mod) for problem in manager.problems] == [("case", "winter")]
    assert [(finding.kind, finding.file) for finding in manager.check("winter")] == [
        ("case", "/Sprites"),
        ("case", "/Sprites/p.png"),
    ]
    assert len(manager.hints("winter")) == 2


def test_a_zip_is_checked_whatever_is_installed(tmp_path: Path, base: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path / "mods" / "winter", {"mod.toml": MANIFEST, "sprites/p.png": PNG})
    plain_zip(tmp_path / "my.zip", {"mod.toml": MANIFEST, "sprites/q.png": b"text", "Items.json": "{}"})
    monkeypatch.chdir(tmp_path)
    manager = manager_of(tmp_path / "mods", base)
    expected = [("/Items.json", "case"), ("/sprites/q.png", "type")]
    for name in ("my.zip", "./my.zip", str(tmp_path / "my.zip")):
        assert [(finding.file, finding.kind) for finding in manager.check(name)] == expected
    os.replace(tmp_path / "my.zip", tmp_path / "mods" / "my.zip")
    manager.rescan()
    assert [(finding.file, finding.kind) for finding in manager.check("./mods/my.zip")] == expected
    assert manager.check("winter") == []


def test_json_with_comments_is_read_and_noted(tmp_path: Path, base: Store) -> None:
    relaxed = '{\n  // all of it\n  "id": "winter", "name": "W", /* of 5 */ "version": "1",\n}'
    tree(tmp_path / "winter", {"mod.json": relaxed, "items.json.merge": '{"url": "http://x", "n": [1, 2,],}'})
    manager = manager_of(tmp_path, base)
    assert ([mod.id for mod in manager.enabled], manager.problems) == (["winter"], [])
    assert manager.find_values()["/items.json"].data == {"url": "http://x", "n": [1, 2]}
    findings = manager.check("winter")
    assert [(finding.file, finding.kind, finding.is_note) for finding in findings] == [
        ("/items.json.merge", "note", True),
        ("mod.json", "note", True),
    ]
    assert manager.hints("winter") == []


def test_a_zip_with_very_many_manifests_costs_little(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as out:
        for number in range(3000):
            out.writestr(f"m{number}/mod.toml", MANIFEST.replace("winter", f"m{number}"))
    assert len(manager_of(tmp_path).available) == 500
