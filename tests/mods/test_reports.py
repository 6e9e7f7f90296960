"""What is said of mods that change data: every change that counts is shown, and nothing is called lost that is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ModManager, Store, packs
from vfsloader.datamerge.merge import ABSENT
from vfsloader.layers.union import Mount
from vfsloader.mods.conflicts import find_overrides
from vfsloader.mods.profile_files import describe
from vfsloader.runtime.budget import Limits

BALANCE = {"speed": 3, "jump": 2, "gravity": 9.8, "title": "Moth", "hard": False, "items": [1, 2]}


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    store.write("/balance.json", json.dumps(BALANCE).encode())
    store.write("/p.png", b"base")
    return store


def manager_of(folder: Path, base: Store) -> ModManager:
    return ModManager(folder, below=[Mount("base", base)])


def merging(folder: Path, mod: str, change: object, **more: object) -> None:
    add(folder, mod, {"balance.json.merge": json.dumps(change)}, **more)


def test_two_mods_that_change_different_values_both_count(tmp_path: Path, base: Store) -> None:
    merging(tmp_path, "aa", {"speed": 5, "jump": 4, "gravity": 5})
    merging(tmp_path, "bb", {"title": "Butterfly", "hard": True})
    add(tmp_path, "cc", {"balance.json.patch": '[{"op": "add", "path": "/items/-", "value": 3}]'})
    manager = manager_of(tmp_path, base)
    assert (manager.overrides(), manager.conflicts(), manager.advice()) == ({}, [], [])
    standings = manager.standings()
    assert {mod: [str(change) for change in standing.changes] for mod, standing in standings.items()} == {
        "aa": ["changes 3 numbers in balance.json"],
        "bb": ["changes 1 text and 1 switch in balance.json"],
        "cc": ["adds 1 value in balance.json"],
    }
    assert all(not (standing.loses or standing.wins or standing.shares) for standing in standings.values())
    (value,) = [value for value in standings["aa"].changes[0].values if value.pointer == "/speed"]
    assert (value.before, value.after, value.is_used) == (3, 5, True)


def test_two_mods_conflict_where_both_set_one_value_to_different_results(tmp_path: Path, base: Store) -> None:
    merging(tmp_path, "aa", {"speed": 5, "jump": 4})
    merging(tmp_path, "bb", {"speed": 7, "jump": 4})
    merging(tmp_path, "cc", {"hard": None})
    manager = manager_of(tmp_path, base)
    (conflict,) = manager.conflicts()
    assert (conflict.path, conflict.pointer, conflict.mods, conflict.values, conflict.winner) == (
        "/balance.json", "/speed", ("aa", "bb"), (5, 7), "bb",
    )  # fmt: skip
    assert str(conflict) == "speed in balance.json is set differently (aa: 5; bb: 7): that of bb is used"
    standings = manager.standings()
    assert str(standings["aa"].changes[0]) == "changes 1 number in balance.json; a mod above it changes 1 value again"
    assert all(standing.loses == () for standing in standings.values())
    assert standings["cc"].changes[0].values[0].after is ABSENT


def test_a_mod_loses_a_change_of_which_nothing_is_used(tmp_path: Path, base: Store) -> None:
    merging(tmp_path, "aa", {"speed": 5})
    merging(tmp_path, "bb", {"speed": 7})
    manager = manager_of(tmp_path, base)
    assert manager.standings()["aa"].loses == ("/balance.json",)
    add(tmp_path, "cc", {"balance.json": json.dumps({**BALANCE, "speed": 1})})
    manager.rescan()
    standings = manager.standings()
    assert (standings["bb"].loses, standings["cc"].wins) == (("/balance.json",), ("/balance.json",))
    assert [problem.kind for problem in manager.advice()] == ["shadowed", "shadowed"]


def test_whole_files_of_data_conflict_by_value_and_others_as_a_whole(tmp_path: Path, base: Store) -> None:
    add(tmp_path, "aa", {"balance.json": json.dumps(BALANCE, indent=9), "p.png": "a"})
    add(tmp_path, "bb", {"balance.json": json.dumps({**BALANCE, "speed": 8}), "p.png": "b"})
    add(tmp_path, "cc", {"p.png": "b"})
    manager = manager_of(tmp_path, base)
    (conflict,) = manager.conflicts()
    assert (conflict.path, conflict.is_file, conflict.mods) == ("/p.png", True, ("aa", "cc"))
    assert str(conflict) == "cc replaces p.png, and so does aa: that of cc is used"


def test_expansions_do_not_conflict_with_mods(tmp_path: Path, base: Store) -> None:
    dlc = Store(":memory:", name="dlc")
    dlc.write("/balance.json.merge", b'{"speed": 4}')
    merging(tmp_path, "aa", {"speed": 5})
    manager = ModManager(tmp_path, below=[Mount("base", base), Mount("dlc", dlc)])
    assert manager.conflicts() == []
    assert [str(change) for change in manager.standings()["aa"].changes] == ["changes 1 number in balance.json"]


def test_a_file_with_the_suffix_that_changes_nothing_is_a_file_like_others(tmp_path: Path, base: Store) -> None:
    for mod in ("aa", "bb"):
        add(tmp_path, mod, {"sounds/piano.patch": mod})
    assert manager_of(tmp_path, base).overrides() == {"/sounds/piano.patch": ["aa", "bb"]}


def test_why_a_path_is_what_it_is(tmp_path: Path, base: Store) -> None:
    merging(tmp_path, "aa", {"speed": 5})
    add(tmp_path, "bb", {"balance.json": json.dumps({**BALANCE, "jump": 8})})
    merging(tmp_path, "cc", {"hard": True})
    found = manager_of(tmp_path, base).explain("balance.json")
    assert found.winner == "bb"
    assert [(part.layer, part.role, part.wins, part.is_used) for part in found.contributions] == [
        ("cc", "merge", False, True),
        ("bb", "whole", True, True),
        ("aa", "merge", False, False),
        ("base", "whole", False, False),
    ]
    assert str(found.contributions[0].change) == "changes 1 switch in balance.json"
    assert found.report is not None
    assert found.report.data["hard"] is True
    assert manager_of(tmp_path, base).explain("/nothing").contributions == ()


def sparse(file: Path, size: int, end: bytes = b"") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "wb") as out:
        out.truncate(size)
        out.seek(size - len(end))
        out.write(end)


def test_huge_files_are_compared_and_hashed_within_the_budget(
    tmp_path: Path, base: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 20 << 30
    sparse(tmp_path / "aa" / "video.ogv", size)
    sparse(tmp_path / "bb" / "video.ogv", size + 1)
    sparse(tmp_path / "cc" / "video.ogv", size + 1)
    read = 0
    manager = ModManager(tmp_path, below=[Mount("base", base)], limits=Limits(decoded_bytes=1 << 22))
    opened = manager["cc"].layer
    real_open = type(opened).open

    def counting(layer: object, entry: object) -> object:
        file = real_open(layer, entry)  # type: ignore[arg-type]
        real_read = file.read

        class Counting:
            def read(self, most: int = -1) -> bytes:
                nonlocal read
                assert most >= 0
                read += most
                return real_read(most)

            def seek(self, *where: int) -> int:
                return file.seek(*where)

            def __enter__(self) -> Counting:
                return self

            def __exit__(self, *error: object) -> None:
                file.close()

        return Counting()

    monkeypatch.setattr(type(opened), "open", counting)
    (override,) = manager.find_overrides()
    assert (override.layers, override.same) == (("aa", "bb", "cc"), ())
    assert manager.explain("/video.ogv").contributions[0].sha256 == ""
    before = describe(manager["cc"], Limits(decoded_bytes=1 << 22))
    sparse(tmp_path / "cc" / "video.ogv", size + 1, b"end")
    manager["cc"].refresh()
    assert describe(manager["cc"], Limits(decoded_bytes=1 << 22)) != before
    assert read <= 1 << 23


def test_large_files_with_the_same_bytes_are_the_same(tmp_path: Path, base: Store) -> None:
    layers = []
    for mod, end in (("aa", b"1"), ("bb", b"2"), ("cc", b"2")):
        sparse(tmp_path / mod / "music.ogg", 3 << 20, end)
        packs.build(tmp_path / mod, tmp_path / f"{mod}.pack")
        layers.append(Mount(mod, Store(tmp_path / f"{mod}.pack", read_only=True)))
    mods = ModManager(tmp_path)
    for name in ("aa", "bb", "cc"):
        mods.enable(name)
    folders = [Mount(name, mods.copies(name)[-1].layer) for name in ("aa", "bb", "cc")]
    for mounts in (layers, folders, [layers[0], folders[1], layers[2]]):
        (override,) = [found for found in find_overrides(mounts) if found.path == "/music.ogg"]
        assert override.same == ("bb",)
    mods.close()
    for mount in layers:
        mount.layer.close()
