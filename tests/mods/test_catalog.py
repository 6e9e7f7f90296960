from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import ModManager
from vfsloader.mods.metadata import catalog as catalogs
from vfsloader.mods.metadata.catalog import FILE, Catalog
from vfsloader.mods.metadata.discovery import Discovery, discover
from vfsloader.mods.metadata.formats import FilesOnDisk

COUNT = catalogs.LEAST_MODS + 6


def write_mod(folder: Path, mod: str, **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mod.json").write_text(json.dumps({"id": mod, "name": mod, "version": "1", **more}))


def write_mods(folder: Path) -> Path:
    for n in range(COUNT):
        write_mod(folder / f"mod{n:03}", f"mod{n:03}", requires={f"mod{n // 2:03}": "*"} if n else {})
    return folder


@pytest.fixture(autouse=True)
def settled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what was just written for old, except where that is what is tested."""
    if "just_written" not in request.node.name:
        monkeypatch.setattr(catalogs, "_SETTLED_NS", -(10**12))
        monkeypatch.setattr(catalogs, "_SETTLED_COARSE_NS", -(10**12))


@pytest.fixture
def mods(tmp_path: Path) -> Path:
    return write_mods(tmp_path / "mods")


def shown(discovery: Discovery) -> object:
    return (
        [(mod.manifest, mod.stamp, mod.file) for copies in discovery.mods.values() for mod in copies],
        [(problem.kind, problem.mod, problem.why) for problem in discovery.problems],
    )


def read_with(file: Path, mods: Path) -> Discovery:
    return discover(mods, catalog=Catalog(file), live=False)


def test_a_second_start_reads_no_manifest(mods: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_with(tmp_path / FILE, mods)
    assert len(first.mods) == COUNT

    def refuse(self: FilesOnDisk, *args: object) -> bytes:
        raise AssertionError("the disk was asked")

    monkeypatch.setattr(FilesOnDisk, "load", refuse)
    assert shown(read_with(tmp_path / FILE, mods)) == shown(first)


def test_few_mods_leave_no_file(mods: Path, tmp_path: Path) -> None:
    read_with(tmp_path / FILE, mods)
    assert (tmp_path / FILE).exists()
    for mod in list(mods.iterdir())[: COUNT // 2]:
        shutil.rmtree(mod)
    read_with(tmp_path / FILE, mods)
    assert not (tmp_path / FILE).exists()


def test_what_was_just_written_is_not_kept(mods: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogs, "_SETTLED_NS", 10**12)
    read_with(tmp_path / FILE, mods)
    assert not (tmp_path / FILE).exists()


def edit_manifest(mod: Path) -> None:
    write_mod(mod, "other")


def edit_with_the_same_times(mod: Path) -> None:
    file = mod / "mod.json"
    before = file.stat()
    file.write_text(file.read_text().replace('"1"', '"2"'))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_stronger_manifest(mod: Path) -> None:
    (mod / "mod.toml").write_text('id = "toml"\nname = "t"\nversion = "1"\nwebsite = "x"\n[custom]\nday = 2026-01-01\n')


def make_modpack(mod: Path) -> None:
    (mod / "modpack.toml").touch()


def remove_manifest(mod: Path) -> None:
    (mod / "mod.json").unlink()


def remove(mod: Path) -> None:
    shutil.rmtree(mod)


def replace_by_link(mod: Path) -> None:
    aside = mod.with_name(f"_{mod.name}")
    mod.rename(aside)
    mod.symlink_to(aside)


def damage(mod: Path) -> None:
    (mod / "mod.json").write_text("{")


CHANGES = [
    edit_manifest,
    edit_with_the_same_times,
    add_stronger_manifest,
    make_modpack,
    remove_manifest,
    remove,
    replace_by_link,
    damage,
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(mods: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    before = read_with(tmp_path / FILE, mods)
    change(mods / "mod007")
    after = shown(read_with(tmp_path / FILE, mods))
    assert after == shown(discover(mods, live=False))
    assert (after == shown(before)) == (change is replace_by_link)  # which shows the same


@given(steps=st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 5), st.booleans()), max_size=6))
@settings(max_examples=10)
def test_a_catalog_changes_nothing(tmp_path_factory: pytest.TempPathFactory, steps: Any) -> None:
    at = tmp_path_factory.mktemp("catalog")
    mods = write_mods(at / "mods")
    for change, number, is_read in steps:
        mod = mods / f"mod{number:03}"
        if (mod / "mod.json").exists() and not mod.is_symlink():
            change(mod)
        if is_read:
            assert shown(read_with(at / FILE, mods)) == shown(discover(mods, live=False))
    assert shown(read_with(at / FILE, mods)) == shown(discover(mods, live=False))
    assert shown(read_with(at / FILE, mods)) == shown(discover(mods, live=False))


@pytest.mark.parametrize(
    "damaged",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b'mod003\\"', b'mod333\\"', 1),
        lambda data: b"vfsloader mods catalog 9\n" + data[25:],
        lambda data: b"[" * 100_000,
    ],
)
def test_a_damaged_catalog_is_ignored_and_written_again(
    mods: Path, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / FILE
    read_with(file, mods)
    good = file.read_bytes()
    assert damaged(good) != good
    file.write_bytes(damaged(good))
    assert shown(read_with(file, mods)) == shown(discover(mods, live=False))
    assert file.read_bytes() == good


@pytest.mark.parametrize("body", [b"[]", b'{"a": 1}', b'{"a": [[1], [1], ["x"], "m", "m", 1]}', b"[" * 100_000])
def test_a_foreign_catalog_is_ignored(mods: Path, tmp_path: Path, body: bytes) -> None:
    digest = hashlib.sha256(body).hexdigest().encode()
    (tmp_path / FILE).write_bytes(b"vfsloader mods catalog 1\n" + digest + b"\n" + body)
    assert shown(read_with(tmp_path / FILE, mods)) == shown(discover(mods, live=False))


def test_a_foreign_catalog_cannot_say_what_no_manifest_may(mods: Path, tmp_path: Path) -> None:
    read_with(tmp_path / FILE, mods)
    head, _, body = (tmp_path / FILE).read_bytes().split(b"\n", 2)
    changed = body.replace(b'\\"id\\": \\"mod003\\"', b'\\"id\\": \\"../3\\"')
    assert changed != body
    (tmp_path / FILE).write_bytes(b"\n".join((head, hashlib.sha256(changed).hexdigest().encode(), changed)))
    assert shown(read_with(tmp_path / FILE, mods)) == shown(discover(mods, live=False))


def test_a_read_only_folder_is_no_fault(mods: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert len(read_with(tmp_path / "file" / FILE, mods).mods) == COUNT


def test_the_manager_keeps_it_beside_its_own_file(mods: Path, tmp_path: Path) -> None:
    first = ModManager(mods, state_dir=tmp_path / "state")
    assert (tmp_path / "state" / FILE).exists()
    again = ModManager(mods, state_dir=tmp_path / "state")
    assert [mod.id for mod in again.enabled] == [mod.id for mod in first.enabled]
    write_mod(mods / "mod003", "mod003", version="2")
    assert again.rescan()
    assert str(again["mod003"].version) == "2"
    assert [mod.id for mod in ModManager(mods).available] == [mod.id for mod in first.available]
    assert not any(problem.mod == FILE for problem in ModManager(mods).problems)


def test_a_game_sees_files_that_the_catalog_does_not_know(mods: Path, tmp_path: Path) -> None:
    read_with(tmp_path / FILE, mods)
    (mods / "mod009" / "new.txt").write_text("new")
    (mod,) = read_with(tmp_path / FILE, mods).mods["mod009"]
    assert mod.layer.read(mod.layer.find("/new.txt")) == b"new"  # type: ignore[arg-type]
    assert mod.layer.find("/mod.json") is None


def test_it_is_a_fast_path(mods: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFSLOADER_FAST_PATHS", "0")
    read_with(tmp_path / FILE, mods)
    assert not (tmp_path / FILE).exists()
