"""``mods check``: each fault is found by file and key, and a mod without faults has none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from vfsloader import ModManager, Store
from vfsloader.errors import UnknownModError
from vfsloader.layers.union import Mount
from vfsloader.mods.lint.check import Finding, check_mod

PNG = b"\x89PNG\r\n\x1a\n...."
MANIFEST = 'id = "winter"\nname = "Winter"\nversion = "1"\n'


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    for path, data in {
        "/sprites/p.png": PNG,
        "/items.json": b'{"sword": {"icon": "/sprites/p.png"}}',
        "/music/summer_1.ogg": b"OggS",
    }.items():
        store.write(path, data)
    return store


def findings(folder: Path, base: Store, files: dict[str, str | bytes], manifest: str = MANIFEST) -> list[Finding]:
    mod = folder / "mods" / "winter"
    for name, content in {"mod.toml": manifest, **files}.items():
        (mod / name).parent.mkdir(parents=True, exist_ok=True)
        (mod / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    manager = ModManager(folder / "mods", below=[Mount("base", base)])
    return manager.check(mod)


def test_a_good_mod_has_no_findings(tmp_path: Path, base: Store) -> None:
    files = {
        "README.md": "Hello",
        "LICENSE": "MIT",
        "assets/sprites/p.png": PNG,
        "assets/sprites/new.png": PNG,
        "assets/items.json.merge": '{"bow": {"icon": "/sprites/new.png"}}',
        "assets/items.json.patch": '[{"op": "replace", "path": "/sword/icon", "value": "/sprites/new.png"}]',
        "assets/map.tmx": '<map><tileset source="sprites/new.png"/></map>',
        "assets/prices.csv": "id,price\nbow,3\n",
    }
    more = '[files]\nroot = "assets"\nremove = ["/music/summer_*.ogg"]\n'
    assert findings(tmp_path, base, files, MANIFEST + more) == []


@pytest.mark.parametrize(
    ("files", "kind", "file", "key", "part"),
    [
        ({"sprites/a.txt": "", "sprites/A.txt": ""}, "case", "/sprites/a.txt", "", "/sprites/A.txt"),
        ({"Sprites/p.PNG": PNG}, "case", "/Sprites/p.PNG", "", "/sprites/p.png"),
        ({"Thumbs.db": "x"}, "unloaded", "/Thumbs.db", "", "editor"),
        ({"sprites/p.png~": "x"}, "unloaded", "/sprites/p.png~", "", "editor"),
        ({".git/config": "x"}, "unloaded", "/.git", "", "folder"),
        ({"mod.json": "{}"}, "unloaded", "/mod.json", "", "mod.toml"),
        ({"inner/mod.toml": "x = 1"}, "unloaded", "/inner/mod.toml", "", "manifest"),
        ({"item.json.merge": "{}"}, "unloaded", "/item.json.merge", "", "/item.json "),
        ({"items.json": "{}", "items.json.merge": "{}"}, "unloaded", "/items.json.merge", "", "replaces"),
        ({"items.json.patch": '[{"op": "remove", "path": "/axe"}]'}, "reference", "/items.json.patch", "", "/axe"),
        ({"items.json.patch": "{}"}, "reference", "/items.json.patch", "", "list of operations"),
        ({"items.json.merge": "{"}, "type", "/items.json.merge", "", "cannot be read"),
        (
            {"items.json": '{"axe": {"icon": "/sprites/a.png"}}'},
            "reference", "/items.json", "/axe/icon", "/sprites/a.png",
        ),
        ({"maps/a.tmx": '<image source="../gone.png"/>'}, "reference", "/maps/a.tmx", "source", "/gone.png"),
        ({"maps/a.tmx": '<image source="../../up.png"/>'}, "reference", "/maps/a.tmx", "source", "../../up.png"),
        ({"a.toml": "x ="}, "type", "/a.toml", "", "cannot be read"),
        ({"a.csv": "id\nx,y\n"}, "type", "/a.csv", "", "line 2"),
        ({"sprites/p.png": "text"}, "type", "/sprites/p.png", "", ".png signature"),
        ({"a.ogg": ""}, "type", "/a.ogg", "", "empty"),
        ({"aux.txt": ""}, "name", "/aux.txt", "", "Windows"),
        ({"com¹.txt": ""}, "name", "/com¹.txt", "", "Windows"),
        ({"what?.txt": ""}, "name", "/what?.txt", "", "Windows"),
    ],
)  # fmt: skip
def test_a_fault_in_the_files_is_found(
    files: dict[str, str | bytes], kind: str, file: str, key: str, part: str, tmp_path: Path, base: Store
) -> None:
    (finding,) = findings(tmp_path, base, files)
    assert (finding.kind, finding.file, finding.key) == (kind, file, key)
    assert part in finding.sentence


@pytest.mark.parametrize(
    ("more", "kind", "file", "key"),
    [
        ('[requires]\nsnow = "*"', "reference", "mod.toml", "requires.snow"),
        ('[order]\nafter = ["wintre"]', "reference", "mod.toml", "order.after.wintre"),
        (
            '[files]\nremove = ["/music/winter_*.ogg"]',
            "whiteout", "mod.toml", "files.remove /music/winter_*.ogg",
        ),
        ('versoin = "2"', "manifest", "winter/mod.toml", ""),
        ("authors = 5", "manifest", "winter/mod.toml", ""),
        ('[files]\nroot = "sprites"', "unloaded", "/other.txt", ""),
    ],
)  # fmt: skip
def test_a_fault_in_the_manifest_is_found(
    more: str, kind: str, file: str, key: str, tmp_path: Path, base: Store
) -> None:
    files: dict[str, str | bytes] = {"sprites/p.png": PNG, "README.md": "", "other.txt": ""}
    (finding,) = findings(tmp_path, base, files, MANIFEST + more)
    assert (finding.kind, finding.file, finding.key) == (kind, file, key)


def test_optional_ids_need_not_be_installed(tmp_path: Path, base: Store) -> None:
    assert findings(tmp_path, base, {}, MANIFEST + '[order]\nafter = ["something-else"]') == []


def test_a_near_id_is_suggested(tmp_path: Path, base: Store) -> None:
    (finding,) = findings(tmp_path, base, {}, MANIFEST + '[recommends]\nwintre = "*"')
    assert "did you mean winter?" in finding.sentence


def test_an_unreadable_change_is_found_once(tmp_path: Path, base: Store) -> None:
    files: dict[str, str | bytes] = {"items.json.merge": "{", "items.json.patch": "[]"}
    assert [finding.file for finding in findings(tmp_path, base, files)] == ["/items.json.merge"]


def test_links_out_of_the_mod_are_found(tmp_path: Path, base: Store) -> None:
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    (tmp_path / "mods" / "winter" / "out").symlink_to(tmp_path)
    (finding,) = findings(tmp_path, base, {})
    assert (finding.kind, finding.file) == ("unloaded", "/out")


def test_rules_in_a_circle_are_found(tmp_path: Path) -> None:
    for mod, other in (("summer", "winter"), ("winter", "summer")):
        (tmp_path / mod).mkdir()
        manifest = f'id = "{mod}"\nname = "{mod}"\nversion = "1"\n[order]\nafter = ["{other}"]\n'
        (tmp_path / mod / "mod.toml").write_text(manifest)
    manager = ModManager(tmp_path)
    assert [(finding.kind, finding.file) for finding in manager.check("summer")] == [("order", "summer")]
    assert manager.check("winter") == []


def test_a_zip_is_checked_from_its_own_top_and_without_a_game(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "winter.zip", "w") as out:
        out.writestr("winter-1/mod.toml", MANIFEST + '[files]\nroot = "in"')
        out.writestr("winter-1/in/p.png", "text")
        out.writestr("winter-1/left.txt", "")
        out.writestr("winter-1/README", "")
    assert [(finding.kind, finding.file) for finding in check_mod(tmp_path / "winter.zip")] == [
        ("type", "/p.png"),
        ("unloaded", "/winter-1/left.txt"),
    ]


def test_a_file_that_is_not_a_mod_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "list.zip").write_text("no zip")
    (finding,) = check_mod(tmp_path / "list.zip")
    assert finding.kind == "type"
    assert "list.zip" in finding.sentence


def test_what_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_mod(tmp_path / "nope")
    with pytest.raises(UnknownModError):
        ModManager(tmp_path / "mods").check("nope")
