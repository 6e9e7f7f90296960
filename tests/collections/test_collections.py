"""What collections do beyond what their builtins do."""

from __future__ import annotations

import dataclasses
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vfsloader import ResourceManager, VirtualFileSystem, open_layer, packs
from vfsloader.cli.main import main
from vfsloader.collections import (
    Changed,
    PersistentDict,
    PersistentList,
    PersistentSet,
    fsdict,
    fslist,
    fsset,
    poll_all,
)
from vfsloader.errors import NotAStoreError, ReadOnlyError
from vfsloader.store.check import check
from vfsloader.store.sqlite import engine


def processes(code: str, *args: object, count: int = 4) -> None:
    """Run a piece of code in some processes at once."""
    command = [sys.executable, "-c", code, *map(str, args)]
    running = [subprocess.Popen([*command, str(number)]) for number in range(count)]
    assert [process.wait() for process in running] == [0] * count


# --- locations --------------------------------------------------------------------------------------------------


def test_a_file_holds_several(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    with PersistentDict(file) as settings, PersistentList(file, "log") as log, PersistentSet(file, "seen") as seen:
        settings["a"] = 1
        log.append("woke")
        seen.add("lamp")
        with pytest.raises(TypeError, match="'log' is a list, not a dict"):
            PersistentDict(file, "log")
    assert sorted(os.listdir(tmp_path)) == ["s.db"]
    with VirtualFileSystem(file) as vfs:
        vfs.write_text("/beside", "them")
        assert PersistentDict(vfs) == {"a": 1}
        assert PersistentList(vfs, "log") == ["woke"]
        assert PersistentSet(vfs, "seen") == {"lamp"}
    report = check(file)
    assert report.ok
    assert report.files == 1
    assert report.collections == (("dict", "dict", 1), ("log", "list", 1), ("seen", "set", 1))


def test_a_destroyed_collection_refuses_everything() -> None:
    kept = fsdict()
    file = kept.location.catalog.store.path
    kept.destroy()
    assert not os.path.exists(file)
    assert not os.path.exists(file + "-wal")
    for call in (lambda: kept["a"], lambda: len(kept), lambda: kept.update(a=1), lambda: kept.metrics,
                 kept.compact, kept.transaction, lambda: kept.subscribe(print), lambda: list(kept)):  # fmt: skip
        with pytest.raises(ValueError, match="I/O operation on closed file"):
            call()
    assert repr(kept) == "<closed PersistentDict>"


def test_a_destroyed_collection_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    kept, other = PersistentDict(file), PersistentList(file, "other")
    kept.update((str(n), n) for n in range(100))
    other.extend(range(500))
    again = PersistentDict(file)
    kept.destroy()
    other.destroy()
    with pytest.raises(ValueError, match="destroyed"):
        again["x"] = 1
    with pytest.raises(ValueError, match="destroyed"):
        len(again)
    again.close()
    report = check(file)
    assert report.ok
    assert report.collections == ()
    assert PersistentDict(file) == {}


def test_where_a_collection_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TypeError, match="is kept in a file"):
        PersistentDict(5)
    with pytest.raises(TypeError, match="not a store"):
        PersistentDict(VirtualFileSystem(tmp_path / "folder"))
    (tmp_path / "text").write_text("long enough to be a database, but its first bytes are not those of one" * 2)
    with pytest.raises(NotAStoreError):
        PersistentDict(tmp_path / "text")
    PersistentDict(tmp_path / "s.db").close()
    with VirtualFileSystem(tmp_path / "s.db", read_only=True) as vfs:
        kept = PersistentDict(vfs)
        assert kept == {}
        with pytest.raises(ReadOnlyError):
            kept["a"] = 1
    for wrong in ({"codec": "yaml"}, {"cache_type": "big"}, {"cache_type": "lru", "cache_size": 0}, {"klass": "int7"},
                  {"compaction_threshold": 2}):  # fmt: skip
        with pytest.raises(ValueError, match=r"codec|cache|value_type|compaction"):
            PersistentDict(**wrong)  # type: ignore[arg-type]


def test_a_store_with_collections_opens_as_a_layer(tmp_path: Path) -> None:
    """It opens as a layer, indexes and all; any other index or table does not."""
    file = tmp_path / "s.db"
    with VirtualFileSystem(file) as vfs:
        vfs.write_text("/a.txt", "a")
        kept = PersistentDict(vfs)
        kept["x"] = {"level": 3}
        kept.index("level")
        kept.index("stats[0].name")
        with pytest.raises(ValueError, match="not a path"):
            kept.index("a') --")
        vfs.sync()
    with open_layer(file) as layer:
        assert layer.read(layer.find("/a.txt")) == b"a"
        packs.build(layer, tmp_path / "p.pack")
    import apsw

    connection = apsw.Connection(str(file))
    connection.execute("CREATE INDEX \"item_1_x\" ON item(json_extract(value, '$.y')) WHERE collection = 1")
    connection.close()
    with pytest.raises(NotAStoreError, match="item_1_x"):
        open_layer(file)


# --- transactions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [":memory:", "s.db"])
def test_files_and_collections_change_together(place: str, tmp_path: Path) -> None:
    with VirtualFileSystem(place if place == ":memory:" else tmp_path / place) as vfs:
        settings = PersistentDict(vfs, "settings")
        log = PersistentList(vfs, "log")
        vfs.write_text("/level", "1")
        for outer in (settings.transaction, vfs.atomic_batch):
            with pytest.raises(RuntimeError), outer():
                settings["slot"] = 2
                log.append("moved")
                vfs.write_text("/level", "2")
                assert (dict(settings), list(log), vfs.read_text("/level")) == ({"slot": 2}, ["moved"], "2")
                raise RuntimeError
            assert (dict(settings), list(log), vfs.read_text("/level")) == ({}, [], "1")
        with vfs.atomic_batch():
            settings["slot"] = 3
            log.append("moved")
            vfs.write_text("/level", "3")
        assert (dict(settings), list(log), vfs.read_text("/level")) == ({"slot": 3}, ["moved"], "3")


def test_a_collection_made_inside_a_batch_is_rolled_back_with_it() -> None:
    vfs = VirtualFileSystem()
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        with pytest.raises(KeyError), vfs.atomic_batch():
            PersistentDict(vfs, "inner")["a"] = 1
            raise KeyError
        PersistentDict(vfs, "outer")["a"] = 1
        assert PersistentDict(vfs, "inner") == {}
        raise RuntimeError
    assert PersistentDict(vfs, "outer") == {}


def test_iterating_is_a_snapshot(tmp_path: Path) -> None:
    kept, items = PersistentDict(tmp_path / "s.db"), PersistentList(tmp_path / "s.db", "l")
    kept.update((str(n), n) for n in range(5_000))
    items.extend(range(5_000))
    for index, (key, value) in enumerate(kept.items()):
        kept[key] = -1
        kept[f"new {index}"] = 0
        assert (key, value) == (str(index), index)
    for index, value in enumerate(items):
        if index % 500 == 0:
            items.insert(0, -1)
        assert value == index
    assert (len(kept), len(items)) == (10_000, 5_010)


# --- nesting -------------------------------------------------------------------------------------------------


def test_collections_inside_collections_stay_alive(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    with PersistentDict(file) as hero:
        bag = PersistentList()
        bag.append("lamp")
        file_of_its_own = bag.location.catalog.store.path
        hero["bag"] = bag
        assert not os.path.exists(file_of_its_own)
        bag.append("key")
        assert hero["bag"] is bag
        hero["bag"].append(PersistentSet())
        hero["bag"][-1].add("note")
        hero["self"] = hero
    with PersistentDict(file) as hero:
        assert hero["bag"][:2] == ["lamp", "key"]
        assert hero["bag"][2] == {"note"}
        assert hero["self"]["self"] is hero["self"]
        assert repr(hero) == "{'bag': ['lamp', 'key', {'note'}], 'self': {...}}"
        with pytest.raises(TypeError, match="another store"):
            hero["other"] = PersistentDict(":memory:")
    assert check(file).ok


def test_a_temporary_collection_moves_in_with_its_content(tmp_path: Path) -> None:
    outer, inner = PersistentDict(), PersistentList()
    inner.extend([1, inner])
    outer["inner"] = inner
    outer["again"] = inner
    outer["me"] = outer
    with PersistentList(tmp_path / "s.db") as home:
        home.append(outer)
        assert home[0]["inner"] is inner
        assert home[0]["again"] is inner
        assert home[0]["me"] is outer
        assert inner[1] is inner
        inner.append("later")
    with PersistentList(tmp_path / "s.db") as home:
        assert home[0]["again"][2] == "later"
    assert check(tmp_path / "s.db").ok


def test_unreferenced_collections_are_removed(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    home = PersistentDict(file)
    for name in ("cycle", "kept", "held"):
        home[name] = PersistentList()
        home[name].append(name)
    home["cycle"].append(home["cycle"])
    home["kept"].append(PersistentDict())
    held = home["held"]
    del home["cycle"], home["held"]
    gc.collect()
    assert len(home.location.catalog.numbers()) == 5
    home.compact()
    assert len(home.location.catalog.numbers()) == 4
    held.append("still here")
    del held
    gc.collect()
    home.compact()
    assert len(home.location.catalog.numbers()) == 3
    assert home["kept"] == ["kept", {}]
    assert check(file).ok


def test_a_collection_in_another_file_is_found_by_relative_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    child, parent = fslist(tmp_path / "a" / "child"), fsdict(tmp_path / "parent")
    child.append("first")
    parent["nested"] = child
    parent["nested"].append("second")
    assert child == ["first", "second"]
    parent.close()
    child.close()
    os.rename(tmp_path, tmp_path.with_name("moved"))
    moved = tmp_path.with_name("moved")
    with fsdict(moved / "parent") as parent:
        assert parent["nested"][1] == "second"
    os.unlink(moved / "a" / "child")
    with fsdict(moved / "parent") as parent, pytest.raises(ValueError, match="missing"):
        parent["nested"]


# --- types ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Item:
    name: str
    weight: float = 1.0


@dataclasses.dataclass
class Hero:
    name: str
    bag: list[Item]
    at: tuple[int, int]
    best: Item | None = None
    by_name: dict[str, Item] = dataclasses.field(default_factory=dict)


class Level(msgspec.Struct):
    name: str
    quota: int
    spawns: list[tuple[float, float]] = []
    raw: bytes = b""


def test_dataclasses_and_structs_come_back(tmp_path: Path) -> None:
    hero = Hero("moth", [Item("lamp", 2.0)], (3, 4), Item("key"), {"k": Item("key")})
    with (
        PersistentDict(tmp_path / "s.db", klass=Hero) as heroes,
        PersistentList(tmp_path / "l.db", klass=Level) as levels,
    ):
        heroes["m"] = hero
        levels.append(Level("dusk", 5, [(1.5, 2.0)], b"\0"))
        with pytest.raises(TypeError, match="Expected Hero for Hero, got dict"):
            heroes["x"] = {"name": "no"}
        assert list(heroes.scan(where={"bag[0].name": "lamp"})) == [("m", hero)]
    with (
        PersistentDict(tmp_path / "s.db", klass=Hero) as heroes,
        PersistentList(tmp_path / "l.db", klass=Level) as levels,
    ):
        assert heroes["m"] == hero
        assert heroes.popitem() == ("m", hero)
        assert levels == [Level("dusk", 5, [(1.5, 2.0)], b"\0")]
    with pytest.raises(TypeError, match="value_type=Item"):
        PersistentDict()["a"] = Item("lamp")


@pytest.mark.parametrize(
    ("klass", "good", "wrong", "error"),
    [
        (int, 1 << 300, True, TypeError),
        (float, 1.5, 1, TypeError),
        (str, "a", b"a", TypeError),
        (bytes, b"a", "a", TypeError),
        (bool, True, 1, TypeError),
        ("int32", -(1 << 31), 1 << 31, ValueError),
        ("int64", (1 << 63) - 1, 1 << 63, ValueError),
        ("int128", 1 << 100, 1 << 127, ValueError),
        ("string", "a", 1, TypeError),
        ("json", {"a": [1, None]}, {1: 2}, ValueError),
        (dict, {1: 2}, [], TypeError),
    ],
)
def test_types_are_strict(klass: Any, good: Any, wrong: Any, error: type[Exception]) -> None:
    kept, items = PersistentDict(":memory:", klass=klass), PersistentList(":memory:", klass=klass)
    kept["a"] = good
    items.append(good)
    assert kept["a"] == items[0] == good
    for call in (
        lambda: kept.__setitem__("b", wrong),
        lambda: kept.update(b=wrong),
        lambda: kept.setdefault("b", wrong),
        lambda: items.append(wrong),
        lambda: items.extend([good, wrong]),
        lambda: items.insert(0, wrong),
        lambda: items.__setitem__(slice(0, 1), [good, wrong]),
    ):
        with pytest.raises(error):
            call()
    assert (kept, items) == ({"a": good}, [good])
    with pytest.raises(TypeError, match="Expected str for str, got int"):
        PersistentSet(":memory:", klass=str).add(1)


def test_a_number_longer_than_python_prints() -> None:
    kept = PersistentList(":memory:")
    kept.append(10**6000)
    assert kept[0] == 10**6000


def test_pickles_only_where_they_are_asked_for(tmp_path: Path) -> None:
    with PersistentDict(tmp_path / "s.db", codec="pickle") as kept:
        kept["range"] = range(5)
        kept["plain"] = [1, {"in": range(2)}]
        assert (kept["range"], kept["plain"]) == (range(5), [1, {"in": range(2)}])
    with PersistentDict(tmp_path / "s.db") as kept:
        with pytest.raises(ValueError, match="a pickle, which can run any code"):
            kept["range"]
        with pytest.raises(TypeError, match="cannot store a range"):
            kept["other"] = range(3)


# --- searching -----------------------------------------------------------------------------------------------


def test_the_database_answers_where() -> None:
    moths = [
        {"name": f"n{n}", "level": n % 10, "stats": {"hp": n / 2}, "tags": ["a", n], "on": n % 2 == 0, "no": None}
        for n in range(300)
    ]
    kept, items = PersistentDict(":memory:"), PersistentList(":memory:")
    kept.update((moth["name"], moth) for moth in moths)
    items.extend([*moths, "a text", 5, ["level", 3], None])
    questions: list[tuple[dict[str, Any], Callable[[Any], Any]]] = [
        ({"level": 3}, lambda m: m["level"] == 3),
        ({"level >=": 3, "stats.hp <": 20}, lambda m: m["level"] >= 3 and m["stats"]["hp"] < 20),
        ({"name in": ["n1", "n5"]}, lambda m: m["name"] in ("n1", "n5")),
        ({"tags[1]": 7}, lambda m: m["tags"][1] == 7),
        ({"on": True}, lambda m: m["on"]),
        ({"no": None, "level !=": 0}, lambda m: m["level"] != 0),
        ({"name": "'; DROP TABLE item; --"}, lambda m: False),
        ({}, lambda m: True),
    ]
    for step in range(2):
        for where, holds in questions:
            expected = [moth for moth in moths if holds(moth)]
            assert [value for _, value in kept.scan(where=where)] == expected
            assert [item for item in items.scan(where=where) if isinstance(item, dict)] == expected
        if not step:
            kept.index("level")
            kept.index("level")
            plan = kept.location.catalog.database.rows(
                "EXPLAIN QUERY PLAN SELECT key FROM item WHERE collection = 1 AND json_extract(value, '$.level') = 3"
            )
            assert "item_1_level" in str(plan)
    assert list(kept.scan(lambda key, value: value["level"] == 3, where={"stats.hp <": 5})) == [("n3", moths[3])]
    assert list(items.scan(lambda item: item == 5)) == [5]
    for wrong in ("a'b", "level ~", "", "a..b"):
        with pytest.raises(ValueError, match=r"cannot look for"):
            list(kept.scan(where={wrong: 1}))


def test_a_scan_takes_no_more_memory_for_more(tmp_path: Path) -> None:
    import tracemalloc

    kept = PersistentDict(tmp_path / "s.db")
    kept.update((f"key {n}", "x" * 200) for n in range(20_000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in kept.scan(lambda key, value: True)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 600_000  # the content is 4 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["lru", "lfu", "fifo"])
def test_a_cache_never_returns_old_values(kind: str, tmp_path: Path) -> None:
    kept = fsdict(tmp_path / "s.db", cache_type=kind, cache_size=3)
    items = fslist(tmp_path / "l.db", cache_type=kind, cache_size=3)
    other = PersistentDict(tmp_path / "s.db")
    kept.update({str(n): n for n in range(10)})
    items.extend(range(10))
    for n in (1, 1, 2, 3, 4, 1):
        assert (kept[str(n)], items[n]) == (n, n)
    assert kept.metrics["cache_hits"] >= 1
    other["1"] = "changed by another"
    items.insert(0, "moved")
    assert (kept["1"], items[1]) == ("changed by another", 0)
    with pytest.raises(RuntimeError), kept.transaction():
        kept["1"] = "undone"
        assert kept["1"] == "undone"
        raise RuntimeError
    assert kept["1"] == "changed by another"
    kept["list"] = [1]
    kept["list"].append(2)
    assert kept["list"] == [1]


# --- several at once -------------------------------------------------------------------------------------------

_COUNT = """
import sys
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet
where, me = sys.argv[1], sys.argv[2]
counters, log, seen = PersistentDict(where), PersistentList(where, "log"), PersistentSet(where, "seen")
for turn in range(60):
    with counters.transaction():
        counters["all"] = counters.get("all", 0) + 1
        log.insert(len(log) // 2, f"{me} {turn}")
    log.append(f"{me} {turn} behind")
    seen.add(turn)
    counters[f"{me} {turn}"] = turn
"""


def test_four_processes_lose_nothing(tmp_path: Path) -> None:
    processes(_COUNT, tmp_path / "s.db")
    with PersistentDict(tmp_path / "s.db") as counters, PersistentList(counters, "log") as log:
        assert counters["all"] == 240
        assert len(counters) == 241
        expected = [f"{me} {turn}{end}" for me in range(4) for turn in range(60) for end in ("", " behind")]
        assert sorted(log) == sorted(expected)
        assert PersistentSet(counters, "seen") == set(range(60))
    assert check(tmp_path / "s.db").ok


@pytest.mark.parametrize("place", ["file", "memory", "memory save"])
def test_threads_lose_nothing(place: str, tmp_path: Path) -> None:
    where = {"file": tmp_path / "s.db", "memory": ":memory:", "memory save": VirtualFileSystem()}[place]
    counters = PersistentDict(where)
    log = PersistentList(counters, "log")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(25):
                with counters.transaction():
                    counters["all"] = counters.get("all", 0) + 1
                log.insert(turn, number)
                log.append(number)
                assert log[-1] in range(8)
                counters[number] = turn
                assert counters[number] == turn
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert counters["all"] == 200
    assert sorted(log) == sorted([*range(8)] * 50)


def test_subscribers_are_notified(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    kept, items, seen = PersistentDict(file), PersistentList(file, "l"), PersistentSet(file, "s")
    changes: list[Changed] = []
    unsubscribe = kept.subscribe(changes.append)
    items.subscribe(changes.append)
    seen.subscribe(changes.append)
    assert not kept.poll()
    kept["a"] = 1
    kept[(1, 2)] = 2
    kept["a"] = 3
    items.append(1)
    seen.add("x")
    assert changes == []
    assert kept.poll()
    assert items.poll()
    assert seen.poll()
    assert not kept.poll()
    expected = [(kept, ("a", (1, 2))), (items, None), (seen, ("x",))]
    assert [(change.collection, change.keys) for change in changes] == expected
    changes.clear()
    code = "import sys\nfrom vfsloader.collections import PersistentDict\nPersistentDict(sys.argv[1])['theirs'] = 1"
    processes(code, file, count=1)
    assert kept.poll()
    assert changes == [Changed(kept, ("theirs",))]
    changes.clear()
    with pytest.raises(RuntimeError), kept.transaction():
        kept["rolled back"] = 1
        raise RuntimeError
    assert kept.poll() == bool(changes)
    assert all(change.keys is None for change in changes)
    kept.clear()
    kept.poll()
    assert changes[-1].keys is None
    unsubscribe()
    changes.clear()
    kept["b"] = 1
    assert not kept.poll()
    assert changes == []


def test_update_notifies_of_changes_in_the_save(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    changes: list[Changed] = []
    for save in (tmp_path / "save.db", None):
        with ResourceManager(tmp_path / "base", save=save, watch=False) as game:
            settings = game.state("settings")
            assert game.state("settings") is settings
            settings.subscribe(changes.append)
            settings["volume"] = 0.5
            game.update()
            assert changes.pop().keys == ("volume",)
            assert not changes
            assert game.state("found", PersistentSet) == set()
            with pytest.raises(TypeError, match="is a PersistentDict"):
                game.state("settings", PersistentList)
            with settings.transaction():
                game.vfs.write_text("/slot1", "x")
                settings["slot"] = 1
        assert settings.closed
    with PersistentDict(tmp_path / "save.db", "settings") as settings:
        assert settings == {"volume": 0.5, "slot": 1}


# --- space ----------------------------------------------------------------------------------------------------


def test_space_is_given_back(tmp_path: Path, wait_for: Callable[..., object]) -> None:
    file = tmp_path / "s.db"
    kept, items = PersistentDict(file), PersistentList(file, "l")
    kept.update((str(n), "x" * 500) for n in range(4_000))
    items.extend(range(50_000))
    full = kept.metrics
    assert full["items"] == 4_000
    assert full["bytes"] > 2_000_000
    kept.clear()
    for index in range(49_000, 0, -50):
        del items[index : index + 49]
    assert kept.metrics["fragmentation"] > 0.5
    assert kept.fragmentation_ratio == kept.metrics["fragmentation_ratio"]
    kept.compact()
    assert kept.metrics["wasted"] == 0
    assert kept.metrics["total_disk_usage_bytes"] < full["total_disk_usage_bytes"] / 4
    assert os.path.getsize(file) == kept.metrics["data_file_size_bytes"]
    kept.close()
    with PersistentDict(file, compaction_threshold=0.3) as kept:
        kept.update((str(n), "x" * 500) for n in range(4_000))
        for n in range(4_000):
            del kept[str(n)]
        for n in range(600):  # it is looked at now and then
            kept["n"] = n
        wait_for(lambda: kept.fragmentation_ratio < 0.3, "space to be given back")
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "vfsloader-compact"], "the thread to end")
    with VirtualFileSystem(tmp_path / "save.db") as vfs:  # a file that was not laid out for it
        kept = PersistentDict(vfs)
        kept.update((str(n), "x" * 500) for n in range(4_000))
        kept.clear()
        kept.compact()
        assert kept.fragmentation_ratio == 0.0
    assert check(file).ok


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE collection SET count = 7 WHERE kind = 0", "has 3 items, but its header says 7"),
        ("UPDATE item SET value = '{' WHERE key = 'a'", "are not JSON"),
        ("UPDATE item SET value = '{\"$ref\":99}' WHERE key = 'a'", "does not exist"),
        ("UPDATE leaf_data SET count = count + 1", "a leaf of the list l has the wrong"),
        ("DELETE FROM leaf_data", "a leaf of the list l has the wrong"),
        ("DELETE FROM collection WHERE kind = 1", "belong to no collection"),
        ("UPDATE item SET collection = 9 WHERE key = 'a'", "ids of another collection"),
        ("UPDATE node SET size = 5 WHERE path = '/f'", "/f"),
    ],
)
def test_the_check_finds_what_is_wrong(
    damage: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import apsw

    file = tmp_path / "s.db"
    with VirtualFileSystem(file) as vfs:
        vfs.write_bytes("/f", b"abc")
        PersistentDict(vfs).update(a=1, b=2, c=3)
        PersistentList(vfs, "l").extend(range(200))
    assert main(["check", str(file)]) == 0
    assert "is sound: 1 files, 2 collections" in capsys.readouterr().out
    connection = apsw.Connection(str(file))
    connection.execute(damage)
    connection.close()
    assert main(["check", str(file), "--json"]) == 1
    assert fault in capsys.readouterr().out
    assert main(["check", str(file)]) == 1
    assert fault in capsys.readouterr().out


def test_collections_are_not_copied_by_accident() -> None:
    import copy
    import pickle

    kept = PersistentDict(":memory:")
    for call in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be pickled or copied"):
            call(kept)
    with pytest.raises(TypeError, match="unhashable"):
        hash(kept)


# --- closing, notifying, importing -----------------------------------------------------------------------------


def test_a_temporary_file_is_deleted_with_its_object() -> None:
    kept = fsset()
    kept.add(1)
    file = kept.location.catalog.store.path
    assert os.path.exists(file)
    del kept
    gc.collect()
    assert not os.path.exists(file)


def test_a_collection_that_is_never_closed_does_not_keep_the_file_open(tmp_path: Path) -> None:
    """SQLite removes its log when the last connection to a file is closed."""
    file = tmp_path / "s.db"
    kept = PersistentDict(file)
    other = PersistentList(file, "other")
    kept["a"] = 1
    other.append(1)
    assert "s.db-wal" in os.listdir(tmp_path)
    del other
    gc.collect()
    assert "s.db-wal" in os.listdir(tmp_path)
    kept.close()
    assert os.listdir(tmp_path) == ["s.db"]


def test_a_temporary_file_is_deleted_when_the_process_ends_while_a_thread_holds_it() -> None:
    code = """
import threading
from vfsloader.collections import fslist

def hold():
    kept = fslist()
    kept.append(1)
    print(kept.location.catalog.store.path, flush=True)
    is_held.set()
    threading.Event().wait()

is_held = threading.Event()
threading.Thread(target=hold, daemon=True).start()
is_held.wait()
"""
    file = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert file.endswith(".db")
    assert not os.path.exists(file)


def test_subscribers_follow_a_temporary_collection_that_moves_in() -> None:
    home, bag = PersistentDict(":memory:"), PersistentList()
    changes: list[Changed] = []
    bag.subscribe(changes.append)
    home["bag"] = bag
    assert not bag.poll()
    bag.append("lamp")
    assert bag.poll()
    assert [change.collection for change in changes] == [bag]


def test_polling_all_notifies_each_subscriber_once() -> None:
    kept, other = PersistentDict(":memory:"), PersistentSet(":memory:")
    changes: list[Changed] = []
    kept.subscribe(changes.append)
    other.subscribe(changes.append)
    kept["a"] = 1
    other.add("b")
    other.close()
    poll_all()
    poll_all()
    assert changes == [Changed(kept, ("a",))]


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import vfsloader.collections", []),
        ("from vfsloader.collections import PersistentDict, PersistentList, PersistentSet, fsdict, poll_all", []),
        ("from vfsloader.compat.fscollections import fsdict", []),
        ("from vfsloader.collections import PersistentDict; PersistentDict(':memory:')", ["apsw"] * engine.IS_APSW),
        ("from vfsloader.collections import async_fsdict", []),
        ("from vfsloader.compat.fscollections import async_fsdict", []),
    ],
)
def test_heavy_libraries_are_loaded_when_they_are_needed(code: str, loaded: list[str]) -> None:
    code = f"{code}\nimport sys\nprint(*[name for name in ('anyio', 'apsw') if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == loaded


def test_references_are_resolved_whichever_class_was_imported(tmp_path: Path) -> None:
    with PersistentList(tmp_path / "s.db") as home:
        home.extend([PersistentDict(), PersistentSet(), PersistentList()])
    code = (
        "import sys\n"
        "from vfsloader.collections.lists import PersistentList\n"
        "print(*[type(value).__name__ for value in PersistentList(sys.argv[1])])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "s.db")]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.split() == ["PersistentDict", "PersistentSet", "PersistentList"]


def test_a_users_subclass_does_not_stand_for_stored_collections() -> None:
    class Settings(PersistentDict):
        pass

    home = PersistentList(":memory:")
    home.append(Settings(home, "settings"))
    gc.collect()
    assert type(home[0]) is PersistentDict
    assert home[0] == {}


@pytest.mark.parametrize("name", ["value_type", "klass"])
def test_a_value_type_has_two_names(name: str) -> None:
    kept = PersistentDict(":memory:", **{name: int})
    with pytest.raises(TypeError):
        kept["a"] = "text"
    assert kept == {}


def test_a_collection_is_opened_while_the_last_other_one_of_its_file_is_collected(tmp_path: Path) -> None:
    file = tmp_path / "c.db"
    PersistentList(file).close()
    calls = 0

    def collect_at(moment: int, make: Callable[[], PersistentList]) -> PersistentList:
        nonlocal calls
        calls = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event == "call"
            if event == "call" and calls == moment:
                gc.collect(0)  # it is young, as nothing was collected since

        sys.setprofile(count)
        try:
            return make()
        finally:
            sys.setprofile(None)

    gc.disable()
    try:
        moment = 1
        while calls >= moment - 1:
            left = PersistentList(file)
            left.circle = left  # type: ignore[attr-defined]
            del left
            with collect_at(moment, lambda: PersistentList(file)) as opened:
                opened.append(moment)
            gc.collect(0)
            moment += 1
    finally:
        gc.enable()
    assert list(PersistentList(file)) == list(range(1, moment))


def test_threads_open_and_close_collections_of_one_file(tmp_path: Path) -> None:
    file = tmp_path / "c.db"

    def open_and_close(number: int) -> None:
        for _ in range(100):
            with PersistentDict(file) as opened:
                opened[number] = opened.get(number, 0) + 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(open_and_close, range(4)))
    assert dict(PersistentDict(file)) == dict.fromkeys(range(4), 100)
