"""The page about formats: its reader, which does not use this library, reads what this library writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vfsloader
from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.build import build_index
from vfsloader.distribution.head import MOST_HEAD_BYTES
from vfsloader.distribution.rows import MOST_INDEX_BYTES, MOST_MODS, MOST_RAW_BYTES, MOST_VERSIONS
from vfsloader.distribution.sources import Sources
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.mods.sets.history import go, past_sets
from vfsloader.mods.state import load_state

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMES = st.text("aB.é-z0", min_size=1, max_size=4).filter(lambda name: name.strip("."))


@pytest.fixture(scope="module")
def reader() -> dict[str, Any]:
    (code,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


def write_mod(folder: Path, mod: str, files: dict[str, bytes], more: str = "") -> Path:
    for path, data in {**files, "/mod.toml": f'id = "{mod}"\nname = "M"\nversion = "1.2"\n{more}'.encode()}.items():
        target = folder / mod / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder / mod


def test_an_index(reader: dict[str, Any], tmp_path: Path) -> None:
    write_mod(tmp_path / "mods", "winter", {"/a.png": b"1"}, 'description = "One\\nTwo"\n[requires]\nlib = ">=1"\n')
    (tmp_path / "mods/winter/CHANGELOG.md").write_text("# 1.2")
    build_index(tmp_path / "mods", tmp_path / "public")
    head, mods = reader["read_index"](tmp_path / "public")
    assert (head["version"], head["keys"]) == (1, [])
    (version,) = mods["winter"]["versions"]
    assert (version["version"], version["requires"], mods["winter"]["summary"]) == ("1.2", {"lib": ">=1"}, "One")
    assert (tmp_path / "public/by-hash" / version["file"]).stat().st_size == version["size"]
    details = json.loads((tmp_path / "public/by-hash" / mods["winter"]["details"]).read_text())
    assert details == {"id": "winter", "version": "1.2", "description": "One\nTwo", "changelog": "# 1.2"}
    file = tmp_path / "public" / head["index"]["path"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(AssertionError):
        reader["read_index"](tmp_path / "public")


def test_the_signature_of_an_index(reader: dict[str, Any], tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    write_mod(tmp_path / "mods", "winter", {})
    vfsloader.packs.keygen(tmp_path / "k", tmp_path / "k.pub")
    build_index(tmp_path / "mods", tmp_path / "public", [tmp_path / "k"])
    data = (tmp_path / "public/index.json").read_bytes()
    (row,) = json.loads(data)["signatures"]
    assert row["key"] == (tmp_path / "k.pub").read_text().strip()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(row["key"]))
    key.verify(bytes.fromhex(row["sig"]), reader["signed_bytes"](data))
    source = Sources(tmp_path / "sources").add(str(tmp_path / "public"), row["key"])
    table = json.loads((tmp_path / "sources/sources.json").read_text())
    example = json.loads(_example("vfsloader sources"))
    assert table.keys() == example.keys()
    assert table["sources"] == [{"address": source.address, "keys": [row["key"]], "name": "public"}]


def test_the_limits_of_an_index_are_those_of_the_page() -> None:
    assert f"| the head | {MOST_HEAD_BYTES >> 10} KiB |" in TEXT
    assert f"| the slim index | {MOST_INDEX_BYTES >> 20} MiB, and {MOST_RAW_BYTES >> 20} MiB unpacked |" in TEXT
    assert f"| mods; versions of one | {MOST_MODS:,}; {MOST_VERSIONS:,} |" in TEXT


@settings(max_examples=12)
@given(st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts)),
                       st.binary(max_size=4), max_size=8))  # fmt: skip
def test_the_digest_of_a_mods_files(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    for path in list(files):  # a file is not a folder, too
        if any(other.startswith(f"{path}/") for other in files):
            del files[path]
    folder = tmp_path_factory.mktemp("mods")
    write_mod(folder, "winter", files)
    (code,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    with vfsloader.ResourceManager("memory:", mods=folder, watch=False) as game:
        (mod,) = game.mods.lock().mods
        seen = {path: game.read(path) for path in game.vfs.glob("/**/*") if not game.vfs.isdir(path)}
    assert mod.content == names["content_digest"](seen)


def test_a_fingerprint_a_lock_and_a_profile_file(reader: dict[str, Any], tmp_path: Path) -> None:
    write_mod(
        tmp_path, "winter", {"/p.png": b"1"}, '[options.snow]\ntype = "bool"\ndefault = true\n[saves]\nneeds = true\n'
    )
    with vfsloader.ResourceManager("memory:", mods=tmp_path, watch=False, game_version="1.0") as game:
        game.mods.set_option("winter", "snow", False)
        game.mods.prefer("/é/*", "winter")
        fingerprint = json.loads(game.mods.fingerprint().to_json())
        assert fingerprint["digest"] == reader["fingerprint_digest"](fingerprint)
        game.vfs.write_text("/saves/1.json", "{}")
        game.mods.stamp("/saves/1.json")
        assert json.loads(game.vfs.read_text("/.fingerprints/saves/1.json.json")) == fingerprint
        game.mods.lock().write(tmp_path / "mods.lock")
        game.mods.export_profile(tmp_path / "mine.json")
    assert Fingerprint.from_json(json.dumps(fingerprint)).digest == fingerprint["digest"]
    example = json.loads(_example("vfsloader fingerprint"))
    assert fingerprint.keys() <= example.keys()
    assert fingerprint["mods"][0].keys() <= example["mods"][0].keys()
    lock = json.loads((tmp_path / "mods.lock").read_text())
    assert lock.keys() == json.loads(_example("vfsloader lock")).keys()
    assert lock["mods"][0].keys() == json.loads(_example("vfsloader lock"))["mods"][0].keys()
    assert lock["mods"][0]["content"] == fingerprint["mods"][0]["sha256"]
    profile = json.loads((tmp_path / "mine.json").read_text())
    assert profile.keys() == json.loads(_example("vfsloader profile")).keys()


def test_the_digest_of_a_mod_with_parts(reader: dict[str, Any], tmp_path: Path) -> None:
    import hashlib

    files = {"/p.png": b"1", "/snow/a.png": b"2", "/snow/b.png": b"3"}
    write_mod(tmp_path, "winter", files, '[[part]]\nroot = "snow"\nname = "deep"\nwhen = { season = "winter" }\n')
    with vfsloader.ResourceManager("memory:", mods=tmp_path, watch=False) as game:
        (mod,) = game.mods.fingerprint().mods
        own = reader["content_digest"]({"/p.png": b"1"})
        part = reader["content_digest"]({"/a.png": b"2", "/b.png": b"3"})
        name = game.mods.available[0].parts[0].name
    text = f"{own}{name}\0/a.png\0{name}\0/b.png\0{part}"
    assert mod.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_history_of_mods_json(reader: dict[str, Any], tmp_path: Path) -> None:
    for mod in ("a1", "b1", "c1"):
        write_mod(tmp_path, mod, {}, '[options.n]\ntype = "int"\n')
    mods = vfsloader.ModManager(tmp_path)
    steps: list[Callable[[], object]] = [
        lambda: mods.disable("a1"), lambda: mods.set_option("b1", "n", 3), lambda: mods.move("c1", before="b1"),
        lambda: mods.hide("/x", "c1"), lambda: mods.enable("a1"), lambda: mods.set_option("b1", "n", 0),
        lambda: mods.override_rules("a1", {"game_version": "*"}), lambda: mods.name_set("mine"),
    ]  # fmt: skip
    for step in steps:
        step()
    (state, _) = load_state(tmp_path / "mods.json")
    assert state is not None
    table = json.loads((tmp_path / "mods.json").read_text())["profiles"]["default"]
    sets = reader["earlier_sets"](table)
    assert len(sets) == 7
    for found, past in zip(sets, past_sets(state.profile), strict=True):
        assert found["order"] == list(past.profile.order)
        assert set(found["disabled"]) == past.profile.disabled
        assert (found["options"], found["overrides"]) == (past.profile.options, past.profile.overrides)
        assert len(found["files"]) == len(past.profile.files)
    (named,) = table["named"]
    assert reader["go"]({}, named["back"])["order"] == list(go(state.profile, named).order)
    assert set(table) <= set(re.findall(r"`(\w+)`", TEXT))


def test_every_format_is_on_the_page() -> None:
    """A new file that says its format has to be described."""
    root = Path(__file__).parents[1] / "vfsloader"
    texts = "\n".join(file.read_text("utf-8") for file in root.rglob("*.py"))
    found = set(
        re.findall(r'^_?FORMAT\b.* = .*"(vfsloader [a-z ]+)"|^.*\b_FORMAT = .*"(vfsloader [a-z ]+)"', texts, re.M)
    )
    found = {first or second for first, second in found}
    assert {"vfsloader index", "vfsloader mods", "vfsloader fingerprint"} <= found
    pages = TEXT + (PAGE.parent / "mods.md").read_text("utf-8")
    kept_for_itself = {"vfsloader installed mods", "vfsloader digests", "vfsloader hosts"}
    assert [name for name in sorted(found - kept_for_itself) if name not in pages] == []


def _example(name: str) -> bytes:
    """Return the example of a format on the page."""
    for block in re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        if f'"{name}"' in block and parse_json(block.encode()):
            return str(block).encode()
    raise AssertionError(name)
