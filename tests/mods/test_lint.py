"""``mods check``: each fault is found by file and key, and a mod without faults has none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from vfsloader import ModManager, Store
from vfsloader.errors import UnknownModError
from vfsloader.layers.union import Mount
from vfsloader.mods.lint.check import check_mod

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


def findings(folder: Path, base: Store, files: dict[str, str | bytes], manifest: str = MANIFEST) -> list[str]:
    mod = folder / "mods" / "winter"
    for name, content in {"mod.toml": manifest, **files}.items():
        (mod / name).parent.mkdir(parents=True, exist_ok=True)
        (mod / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    manager = ModManager(folder / "mods", below=[Mount("base", base)])
    return [str(one) for one in manager.check(mod)]


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
    ("files", "told"),
    [
        ({"sprites/a.txt": "", "sprites/A.txt": ""}, "/sprites/a.txt: this differs from /sprites/A.txt only in case"),
        ({"Sprites/p.PNG": PNG}, "/Sprites/p.PNG: the game's file is /sprites/p.png: in another case"),
        ({"Thumbs.db": "x"}, "/Thumbs.db: an editor or the system left this"),
        ({"sprites/p.png~": "x"}, "/sprites/p.png~: an editor or the system left this"),
        ({".git/config": "x"}, "/.git: this folder is no part of a mod"),
        ({"mod.json": "{}"}, "/mod.json: mod.toml is there too"),
        ({"inner/mod.toml": "x = 1"}, "/inner/mod.toml: a manifest counts only at the mod's top"),
        ({"item.json.merge": "{}"}, "/item.json.merge: there is no /item.json that it could change"),
        ({"items.json": "{}", "items.json.merge": "{}"}, "/items.json.merge: the mod replaces /items.json whole"),
        ({"items.json.patch": '[{"op": "remove", "path": "/axe"}]'}, "/items.json.patch: there is no /axe"),
        ({"items.json.patch": "{}"}, "/items.json.patch: a patch is a list of operations"),
        ({"items.json.merge": "{"}, "/items.json.merge: this cannot be read: "),
        (
            {"items.json": '{"axe": {"icon": "/sprites/a.png"}}'},
            "/items.json: /axe/icon: there is no /sprites/a.png",
        ),
        ({"maps/a.tmx": '<image source="../gone.png"/>'}, "/maps/a.tmx: source: there is no /gone.png"),
        ({"maps/a.tmx": '<image source="../../up.png"/>'}, "/maps/a.tmx: source: there is no ../../up.png"),
        ({"a.toml": "x ="}, "/a.toml: this cannot be read: "),
        ({"a.csv": "id\nx,y\n"}, "/a.csv: this cannot be read: line 2 has 2 cells"),
        ({"sprites/p.png": "text"}, "/sprites/p.png: this is no .png"),
        ({"a.ogg": ""}, "/a.ogg: it is empty"),
        ({"aux.txt": ""}, "/aux.txt: Windows can have no file of the name 'aux.txt'"),
        ({"what?.txt": ""}, "/what?.txt: Windows can have no file of the name 'what?.txt'"),
    ],
)
def test_a_fault_in_the_files_is_told(files: dict[str, str | bytes], told: str, tmp_path: Path, base: Store) -> None:
    found = findings(tmp_path, base, files)
    assert len(found) == 1, found
    assert found[0].startswith(told)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[requires]\nsnow = "*"', "mod.toml: requires.snow: no mod of this id is installed here"),
        (
            '[order]\nafter = ["wintre"]',
            "mod.toml: order.after.wintre: no mod of this id is installed here; did",
        ),
        ('[order]\nafter = ["something-else"]', ""),
        ('[files]\nremove = ["/music/winter_*.ogg"]', "mod.toml: files.remove /music/winter_*.ogg: nothing below"),
        ('versoin = "2"', "winter/mod.toml: versoin: there is no such key; did you mean 'version'?"),
        ("authors = 5", "winter/mod.toml: authors: this is a list, not 5"),
        ('[files]\nroot = "sprites"', "/other.txt: this lies outside of files.root, which is /sprites"),
    ],
)
def test_a_fault_in_the_manifest_is_told(more: str, told: str, tmp_path: Path, base: Store) -> None:
    files: dict[str, str | bytes] = {"sprites/p.png": PNG, "README.md": "", "other.txt": ""}
    found = findings(tmp_path, base, files, MANIFEST + more)
    assert [one[: len(told)] for one in found] == ([told] if told else [])


def test_links_out_of_the_mod_and_rules_in_a_circle_are_told(tmp_path: Path, base: Store) -> None:
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    (tmp_path / "mods" / "winter" / "out").symlink_to(tmp_path)
    (tmp_path / "mods" / "summer").mkdir()
    (tmp_path / "mods" / "summer" / "mod.toml").write_text(
        'id = "summer"\nname = "S"\nversion = "1"\n[order]\nafter = ["winter"]\n'
    )
    told = findings(tmp_path, base, {}, MANIFEST + '[order]\nafter = ["summer"]')
    assert told == ["/out: this link leaves the mod, and is not followed"]
    told = [str(one) for one in ModManager(tmp_path / "mods").check("summer")]
    assert told == ["summer: its wish to load after winter closes a circle"]


def test_a_zip_is_checked_from_its_own_top_and_without_a_game(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "winter.zip", "w") as out:
        out.writestr("winter-1/mod.toml", MANIFEST + '[files]\nroot = "in"')
        out.writestr("winter-1/in/p.png", "text")
        out.writestr("winter-1/left.txt", "")
        out.writestr("winter-1/README", "")
    assert [str(one) for one in check_mod(tmp_path / "winter.zip")] == [
        "/p.png: this is no .png: it starts otherwise than any of them",
        "/winter-1/left.txt: this lies outside of files.root, which is /in",
    ]
    (tmp_path / "list.zip").write_text("no zip")
    assert "list.zip" in str(check_mod(tmp_path / "list.zip")[0])
    with pytest.raises(FileNotFoundError):
        check_mod(tmp_path / "nope")
    with pytest.raises(UnknownModError):
        ModManager(tmp_path / "mods").check("nope")
