"""What is held, kept, forgotten and found again; what depends on what; languages, metadata, handles."""

from __future__ import annotations

import gc
import json
import logging
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from vfsloader import Asset, Loader, ResourceManager, Store
from vfsloader.assets.decoder import ENTRY_BYTES
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.runtime.lru import ByteLRU


class Box:
    def __init__(self, text: str) -> None:
        self.text = text


class BoxLoader(Loader[Box]):
    """Counts what it decodes."""

    meta_options: ClassVar[dict[str, type]] = {"volume": int}

    def __init__(self) -> None:
        self.decoded: list[str] = []

    def decode(self, asset: Asset, **options: Any) -> str:
        self.decoded.append(f"{asset.layer}:{asset.path}")
        if asset.data == b"bad":
            raise ResourceError.at(asset.path, f"{asset.path} is bad")
        return asset.data.decode()

    def build(self, decoded: str, *, volume: int = 1, **options: Any) -> Box:
        return Box(f"{decoded} at {volume}")

    def replace(self, resource: Box, decoded: str, *, volume: int = 1, **options: Any) -> Box:
        resource.text = f"{decoded} at {volume}"
        return resource


@pytest.fixture
def base() -> Store:
    store = Store(":memory:", name="base")
    store.write("/a", b"base a")
    store.write("/b", b"base b")
    return store


@pytest.fixture
def game(base: Store, tmp_path: Path) -> Iterator[ResourceManager]:
    mod = tmp_path / "mods" / "winter"
    mod.mkdir(parents=True)
    (mod / "a").write_text("winter a")
    with ResourceManager(base, mods=tmp_path / "mods", watch=False) as made:
        yield made


@pytest.fixture
def boxes() -> BoxLoader:
    return BoxLoader()


def test_toggling_back_decodes_nothing_again(game: ResourceManager, boxes: BoxLoader) -> None:
    a, b = game.load("/a", boxes), game.load("/b", boxes)
    for _ in range(5):
        game.mods.disable("winter")
        game.update()
        assert a.text == "base a at 1"
        game.mods.enable("winter")
        game.update()
        assert a.text == "winter a at 1"
    assert boxes.decoded == ["winter:/a", "base:/b", "base:/a"]
    assert b.text == "base b at 1"
    assert game.stats()["remembered"] == 9


def test_a_resource_is_forgotten_with_its_last_holder_and_its_bytes_are_kept(
    game: ResourceManager, boxes: BoxLoader
) -> None:
    box = game.load("/a", boxes)
    assert game.load("/a", boxes) is box
    assert game.stats()["in_use"] == 1
    gone = weakref.ref(box)
    del box
    gc.collect()
    assert gone() is None
    assert game.stats()["in_use"] == 0
    assert game.stats()["watched"] == 0
    assert game.load("/a", boxes).text == "winter a at 1"
    assert boxes.decoded == ["winter:/a"]


def test_a_path_that_is_used_again_is_watched_still(base: Store, game: ResourceManager, boxes: BoxLoader) -> None:
    game.load("/b", boxes)  # and nobody holds it
    box = game.load("/b", boxes)
    base.write("/b", b"new b")
    assert [change.resources for change in game.update()] == [(box,)]
    assert box.text == "new b at 1"


def test_what_is_replaced_is_held_until_it_is_told_of(base: Store, game: ResourceManager) -> None:
    class Plain(Loader[Box]):
        def decode(self, asset: Asset, **options: Any) -> str:
            return asset.data.decode()

        def build(self, decoded: str, **options: Any) -> Box:
            return Box(decoded)

    old = game.load("/b", Plain())
    base.write("/b", b"new b")
    (change,) = game.update()
    assert change.resources[0].text == "new b"
    assert old.text == "base b"


def test_what_is_kept_stays_within_the_budget(base: Store, boxes: BoxLoader) -> None:
    for n in range(50):
        base.write(f"/n{n}", b"x" * 100)
    budget = 10 * (100 + ENTRY_BYTES)
    with ResourceManager(base, watch=False, cache_bytes=budget) as game:
        for n in range(50):
            game.load(f"/n{n}", boxes)
            assert game.stats()["cached_bytes"] <= budget
        assert game.stats()["evicted"] == 40
        game.load("/n0", boxes)
        assert boxes.decoded.count("base:/n0") == 2


def test_values_that_cannot_be_held_weakly_stay_within_the_budget(base: Store) -> None:
    for n in range(50):
        base.write(f"/n{n}", f"{n:0100}".encode())
    with ResourceManager(base, watch=False, cache_bytes=1000) as game:
        for n in range(50):
            assert game.load(f"/n{n}", lambda asset: asset.data.decode()) == f"{n:0100}"
        assert game.stats()["in_use"] == 10


def test_a_budget_lets_the_oldest_go_first() -> None:
    dropped: list[str] = []
    kept = ByteLRU(10, dropped.append)
    for name in "abc":
        kept.put(name, name, 3)
    assert kept.get("a", None) == "a"
    kept.put("d", "d", 3)
    assert dropped == ["b"]
    kept.put("a", "A", 7)
    assert (kept.get("a", None), dropped, kept.bytes, len(kept)) == ("A", ["b", "c"], 10, 2)
    kept.put("huge", 1, 11)
    assert kept.get("huge", None) is None
    assert kept.bytes == 0
    kept.clear()
    assert len(kept) == 0


def read_map(asset: Asset) -> dict[str, Any]:
    data = json.loads(asset.data)
    try:
        tiles = asset.read(data["tiles"]).decode()
    except FileNotFoundError:
        tiles = "none"
    return {"tiles": tiles}


def test_a_resource_depends_on_all_that_its_loader_read(base: Store, game: ResourceManager, boxes: BoxLoader) -> None:
    base.write("/maps/town.json", b'{"tiles": "../tiles/t.txt"}')
    town = game.handle("/maps/town.json", read_map)
    plain = game.load("/b", boxes)
    assert town.value == {"tiles": "none"}
    base.write("/tiles/t.txt", b"grass")
    told = game.update()
    assert [(change.path, change.kind, change.resources) for change in told] == [("/tiles/t.txt", "added", (town,))]
    assert town.value == {"tiles": "grass"}
    base.write("/maps/town.json", b'{"tiles": "other.txt"}')
    assert [change.path for change in game.update()] == ["/maps/town.json"]
    base.write("/tiles/t.txt", b"no longer of interest")
    assert game.update() == []
    base.write("/maps/other.txt", b"sand")
    game.update()
    assert town.value == {"tiles": "sand"}
    assert plain.text == "base b at 1"
    base.write("/maps/town.json", b"{broken")
    (failed,) = game.update()
    assert (failed.kind, failed.resources, town.value) == ("failed", (town,), {"tiles": "sand"})
    base.write("/maps/town.json", b'{"tiles": "gone.txt"}')
    assert [change.kind for change in game.update()] == ["changed"]
    assert town.value == {"tiles": "none"}


def test_a_refresh_that_fails_for_a_file_that_is_missing_is_tried_again_when_it_comes(
    base: Store, game: ResourceManager
) -> None:
    base.write("/list", b"one")
    base.write("/one", b"1")
    listed = game.handle("/list", lambda asset: [asset.read(name).decode() for name in asset.data.decode().split()])
    base.write("/list", b"one two")
    (failed,) = game.update()
    assert failed.kind == "failed"
    assert failed.error is not None
    assert "no layer has /two" in failed.error
    base.write("/two", b"2")
    assert [change.path for change in game.update()] == ["/two"]
    assert listed.value == ["1", "2"]


def test_bytes_that_a_loader_only_hands_on_are_watched_too(base: Store, game: ResourceManager) -> None:
    """bevyengine/bevy#6780: a change in a file that was only read as bytes was not seen."""
    raw = game.handle("/b", lambda asset: asset.data)
    base.write("/b", b"\x00\x01")
    game.update()
    assert raw.value == b"\x00\x01"


def test_a_first_load_that_fails_can_be_mended(base: Store, game: ResourceManager, boxes: BoxLoader) -> None:
    """bevyengine/bevy#7470: an asset that failed once was never loaded again."""
    base.write("/late", b"bad")
    with pytest.raises(ResourceError, match="/late is bad"):
        game.load("/late", boxes)
    base.write("/late", b"good")
    assert [(change.path, change.kind) for change in game.update()] == [("/late", "changed")]
    assert game.load("/late", boxes).text == "good at 1"


def test_a_file_beside_an_asset_carries_its_options(
    base: Store, game: ResourceManager, boxes: BoxLoader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a, loud = game.load("/a", boxes), game.load("/a", boxes, volume=9)
    (tmp_path / "mods" / "winter" / "a.meta").write_text("volume = 3")
    game.mods["winter"].refresh()
    assert [(change.path, set(change.resources)) for change in game.update()] == [("/a.meta", {a, loud})]
    assert (a.text, loud.text) == ("winter a at 3", "winter a at 9")
    base.write("/b.meta", b"volume = 2")
    b = game.load("/b", boxes)
    assert b.text == "base b at 2"
    for wrong, reason in (
        ("volume = 'loud'", "volume: 'loud' has the wrong type"),
        ("volme = 1", "volme: there is no such option; the options are volume"),
        ("volume =", "Invalid value"),
    ):
        caplog.clear()
        base.write("/b.meta", wrong.encode())
        with caplog.at_level(logging.WARNING):
            game.update()
        assert b.text == "base b at 1"
        assert reason in caplog.text
        assert "/b.meta in base is ignored" in caplog.text
    assert boxes.decoded.count("base:/b") == 2


def test_a_language_counts_before_all_layers(base: Store, game: ResourceManager, boxes: BoxLoader) -> None:
    base.write("/tl/fi/a", b"kissa")
    base.write("/texts.json", b'{"hello": "Hello", "bye": "Bye"}')
    base.write("/tl/fi/texts.json.merge", b'{"hello": "Hei"}')
    a = game.load("/a", boxes)
    assert a.text == "winter a at 1"
    assert game.read_merged("/texts.json")["hello"] == "Hello"
    game.language = "fi"
    assert [(change.path, change.layer) for change in game.update()] == [("/a", "base"), ("/texts.json", "base")]
    assert a.text == "kissa at 1"
    assert game.read_merged("/texts.json") == {"hello": "Hei", "bye": "Bye"}
    base.write("/tl/fi/b", b"koira")
    assert game.load("/b", boxes).text == "koira at 1"
    base.write("/tl/fi/a", b"kissat")
    assert [change.path for change in game.update()] == ["/a"]
    game.language = None
    game.update()
    assert a.text == "winter a at 1"
    for wrong in ("", "..", "../fi", "a/b", "fi\n"):
        with pytest.raises(ValueError, match="language"):
            game.language = wrong
    with ResourceManager(base, watch=False, language="fi") as finnish:
        assert finnish.load("/a", boxes).text == "kissat at 1"


def test_a_plain_function_that_raises_anything_does_not_stop_the_game(base: Store, game: ResourceManager) -> None:
    base.write("/n", b"1")
    number = game.handle("/n", lambda asset: int(asset.data))
    base.write("/n", b"one")
    (failed,) = game.update()
    assert failed.kind == "failed"
    assert failed.error is not None
    assert "invalid literal" in failed.error
    assert number.value == 1
    with pytest.raises(PathNotFoundError):
        game.load("/gone", int)


def test_work_is_spread_over_frames_and_shown_in_one(base: Store, game: ResourceManager, boxes: BoxLoader) -> None:
    for n in range(20):
        base.write(f"/n{n:02}", b"1")
    held = [game.load(f"/n{n:02}", boxes) for n in range(20)]
    for n in range(20):
        base.write(f"/n{n:02}", b"2")
    for frame in range(20):
        if frame == 5:
            base.write("/n19", b"3")
        if frame == 15:
            base.write("/n00", b"4")  # it was decoded already: one frame more
        before = len(boxes.decoded)
        assert game.update(budget_ms=0) == []
        assert len(boxes.decoded) == before + 1
        assert {box.text for box in held} == {"1 at 1"}
    assert [change.path for change in game.update(budget_ms=0)] == [f"/n{n:02}" for n in range(20)]
    assert [box.text for box in held] == ["4 at 1", *["2 at 1"] * 18, "3 at 1"]
    assert game.update(budget_ms=0) == []


def test_a_meta_file_that_is_written_to_the_saves_counts(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text("base")

    class Loud(Loader[str]):
        meta_options: ClassVar[dict[str, type]] = {"loud": bool}

        def decode(self, asset: Asset, *, loud: bool = False, **options: Any) -> str:
            return asset.data.decode().upper() if loud else asset.data.decode()

    with ResourceManager(tmp_path, watch=False) as game:
        handles = [game.handle(f"/{number}.txt", Loud()) for number in range(8)]
        assert {handle.value for handle in handles} == {"base"}
        game.vfs.write_text("/7.txt.meta", "loud = true")
        game.update()
        assert [handle.value for handle in handles] == ["base"] * 7 + ["BASE"]
        game.vfs.remove("/7.txt.meta")
        game.update()
        assert {handle.value for handle in handles} == {"base"}
