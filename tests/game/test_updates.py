"""Updates: which changes are reported, when work is left for later, and who is called."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Asset, Change, Loader, ResourceManager, Store, VirtualFileSystem
from vfsloader.assets.decoder import ENTRY_BYTES
from vfsloader.collections.dicts import PersistentDict
from vfsloader.collections.lists import PersistentList
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.store.memory.store import MemoryStore


class Box:
    def __init__(self, text: str) -> None:
        self.text = text


class BoxLoader(Loader[Box]):
    """Makes boxes, which can be changed in place."""

    def __init__(self) -> None:
        self.replaced: list[str] = []

    def decode(self, asset: Asset, **options: Any) -> str:
        if asset.data == b"bad":
            raise ResourceError.at(asset.path, f"{asset.path} is bad")
        return asset.data.decode()

    def build(self, decoded: str, *, scale: int = 1, **options: Any) -> Box:
        return Box(decoded * scale)

    def replace(self, resource: Box, decoded: str, *, scale: int = 1, **options: Any) -> Box:
        self.replaced.append(decoded)
        resource.text = decoded * scale
        return resource


def text_of(asset: Asset) -> str:
    return asset.data.decode()


@pytest.fixture
def base() -> MemoryStore:
    store = MemoryStore()
    for path in ("/a", "/b", "/c"):
        store.write(path, f"old {path}".encode())
    return store


@pytest.fixture
def game(base: MemoryStore) -> Iterator[ResourceManager]:
    with ResourceManager(base, watch=False) as made:
        yield made


@pytest.fixture
def boxes() -> BoxLoader:
    return BoxLoader()


# --- what is reported ----------------------------------------------------------------------------------------


def test_nothing_that_changed_is_nothing_to_report(game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    assert (game.update(), game.update(), held.text) == ([], [], "old /a")


def test_a_change_has_the_path_the_layer_and_the_resources(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    held, scaled = game.load("/a", boxes), game.load("/a", boxes, scale=2)
    base.write("/a", b"new")
    assert game.update() == [Change("/a", "changed", "base", None, (held, scaled))]
    assert (held.text, scaled.text) == ("new", "newnew")


def test_a_path_that_nobody_asked_for_is_not_reported(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/a", b"new")
    assert game.update() == []


def test_a_file_that_goes_leaves_its_resource(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    base.remove("/a")
    assert game.update() == [Change("/a", "removed", resources=(held,))]
    assert held.text == "old /a"


def test_a_file_that_returns_is_added(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    base.remove("/a")
    game.update()
    base.write("/a", b"back")
    assert game.update() == [Change("/a", "added", "base", resources=(held,))]
    assert held.text == "back"


def test_a_file_that_breaks_leaves_its_resource(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    base.write("/a", b"bad")
    assert game.update() == [Change("/a", "failed", "base", "/a is bad", (held,))]
    assert held.text == "old /a"


def test_a_file_that_is_fixed_is_loaded(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    base.write("/a", b"bad")
    game.update()
    base.write("/a", b"good")
    assert game.update() == [Change("/a", "changed", "base", resources=(held,))]
    assert held.text == "good"


def test_a_change_of_two_steps_is_reported_from_the_first(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    """A path that went and came back, while other work was left for later, was there before."""
    held = [game.load(path, boxes) for path in ("/a", "/b", "/c")]
    for path in ("/a", "/b", "/c"):
        base.write(path, b"1")
    reported = [(change.path, change.kind) for change in game.update(budget_ms=0)]
    base.remove("/c")
    reported += [(change.path, change.kind) for change in game.update(budget_ms=0)]
    base.write("/c", b"2")
    while news := game.update(budget_ms=0):
        reported += [(change.path, change.kind) for change in news]
    assert ("/c", "changed") in reported
    assert ("/c", "added") not in reported
    assert held[2].text == "2"


def test_a_commit_of_another_program_is_seen(tmp_path: Path, boxes: BoxLoader) -> None:
    with Store(tmp_path / "base.db") as other, Store(tmp_path / "base.db") as base:
        other.write("/a", b"old")
        with ResourceManager(base, watch=False) as game:
            held = game.load("/a", boxes)
            assert game.update() == []
            other.write("/a", b"new")
            assert [change.path for change in game.update()] == ["/a"]
            assert (held.text, game.update()) == ("new", [])


def test_a_resource_that_nobody_holds_is_not_reloaded(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    game.load("/a", boxes)
    gc.collect()
    base.write("/a", b"new")
    game.update()
    assert boxes.replaced == []


def test_a_path_that_nobody_uses_any_more_is_forgotten(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    held: Box | None = game.load("/a", boxes)
    assert game.stats()["watched"] == 1
    assert held is not None
    del held
    gc.collect()
    base.write("/b", b"new")
    game.update()
    base.write("/a", b"new")
    assert (game.update(), game.stats()["watched"]) == ([], 0)


# --- data files ------------------------------------------------------------------------------------------------


def test_a_data_file_is_reported_with_its_highest_layer(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/d.json", b'{"x": 1}')
    game.read_merged("/d.json")
    game.vfs.write_text("/d.json.merge", '{"y": 2}')
    assert game.update() == [Change("/d.json", "changed", "save")]
    assert game.read_merged("/d.json") == {"x": 1, "y": 2}
    assert game.update() == []


def test_a_data_file_goes_and_comes(base: MemoryStore, game: ResourceManager) -> None:
    with pytest.raises(PathNotFoundError):
        game.read_merged("/d.json")
    base.write("/d.json", b"1")
    assert game.update() == [Change("/d.json", "added", "base")]
    base.remove("/d.json")
    assert game.update() == [Change("/d.json", "removed")]
    base.write("/other", b"")
    assert game.update() == []


def test_a_data_file_that_breaks_is_reported_once(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/d.json", b"1")
    game.read_merged("/d.json")
    base.write("/d.json", b"{broken")
    (change,) = game.update()
    assert (change.path, change.kind) == ("/d.json", "failed")
    assert "/d.json in base cannot be read" in str(change.error)
    base.write("/other", b"")
    assert game.update() == []


def test_a_data_file_that_broke_while_it_was_in_use_is_changed_when_it_is_fixed(
    base: MemoryStore, game: ResourceManager
) -> None:
    base.write("/d.json", b"1")
    game.read_merged("/d.json")
    base.write("/d.json", b"{broken")
    game.update()
    base.write("/d.json", b"2")
    assert game.update() == [Change("/d.json", "changed", "base")]


def test_a_translation_that_breaks_in_another_way_is_reported_again(base: MemoryStore, game: ResourceManager) -> None:
    game.language = "fi"
    base.write("/d.json", b"{broken, too")
    base.write("/tl/fi/d.json", b"1")
    assert game.read_merged("/d.json") == 1
    for broken in (b"{broken", b"[broken"):
        base.write("/tl/fi/d.json", broken)
        assert [(change.path, change.kind) for change in game.update()] == [("/d.json", "failed")]


def test_a_data_file_that_is_fixed_is_changed(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/d.json", b"{broken")
    with pytest.raises(ResourceError):
        game.read_merged("/d.json")
    base.write("/d.json", b"1")
    (change,) = game.update()
    assert (change.path, change.layer, change.error) == ("/d.json", "base", None)


def test_changes_that_cannot_be_applied_are_part_of_the_report(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/d.json", b'{"x": 1}')
    game.read_merged("/d.json")
    game.vfs.write_text("/d.json.patch", '[{"op": "remove", "path": "/nope"}]')
    (change,) = game.update()
    assert (change.kind, change.layer) == ("changed", "save")
    assert "/nope" in str(change.error)


def test_data_files_are_reported_in_the_order_of_their_paths(base: MemoryStore, game: ResourceManager) -> None:
    for path in ("/b.json", "/a.json", "/c.json"):
        base.write(path, b"1")
        game.read_merged(path)
    for path in ("/b.json", "/a.json", "/c.json"):
        base.write(path, b"2")
    assert [change.path for change in game.update()] == ["/a.json", "/b.json", "/c.json"]


def test_a_data_file_follows_the_language(base: MemoryStore, game: ResourceManager) -> None:
    base.write("/d.json", b'"plain"')
    base.write("/tl/fi/d.json", b'"suomi"')
    game.language = "fi"
    assert game.read_merged("/d.json") == "suomi"
    game.language = None
    assert [change.path for change in game.update()] == ["/d.json"]
    assert game.read_merged("/d.json") == "plain"


# --- a budget --------------------------------------------------------------------------------------------------


def test_what_is_ready_is_shown_when_everything_is(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = [game.load(path, boxes) for path in ("/a", "/b", "/c")]
    for path in ("/a", "/b", "/c"):
        base.write(path, b"new")
    reported = [[change.path for change in game.update(budget_ms=0)] for _ in range(4)]
    assert reported == [[], [], ["/a", "/b", "/c"], []]
    assert [box.text for box in held] == ["new"] * 3


def test_a_large_budget_does_everything(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    held = [game.load(path, boxes) for path in ("/a", "/b", "/c")]
    for path in ("/a", "/b", "/c"):
        base.write(path, b"new")
    assert len(game.update(budget_ms=60_000)) == len(held) == 3


def test_a_path_is_reported_when_all_its_resources_are_done(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    held = [game.load("/a", boxes, scale=scale) for scale in (1, 2, 3)]
    base.write("/a", b"x")
    reported = [game.update(budget_ms=0) for _ in range(3)]
    assert [len(changes) for changes in reported] == [0, 0, 1]
    assert reported[2][0].resources == tuple(held)
    assert [box.text for box in held] == ["x", "xx", "xxx"]


# --- who is called ----------------------------------------------------------------------------------------------


def test_a_subscriber_is_called_with_the_changes(base: MemoryStore, game: ResourceManager) -> None:
    calls: list[list[Change]] = []
    game.subscribe(calls.append)
    game.read("/a")
    game.update()
    assert calls == []
    base.write("/a", b"new")
    changes = game.update()
    assert calls == [changes]


def test_a_subscriber_is_called_once_however_often_it_subscribed(base: MemoryStore, game: ResourceManager) -> None:
    calls: list[list[Change]] = []
    listener = calls.append
    ends = [game.subscribe(listener) for _ in range(2)]
    game.read("/a")
    base.write("/a", b"new")
    game.update()
    assert len(calls) == 1
    for end in ends:
        end()
    base.write("/a", b"newer")
    game.update()
    assert len(calls) == 1


def test_a_subscriber_may_end_its_subscription_when_it_is_called(base: MemoryStore, game: ResourceManager) -> None:
    calls: list[str] = []
    ends: list[Callable[[], None]] = []

    def once(changes: list[Change]) -> None:
        calls.append("once")
        ends[0]()

    ends.append(game.subscribe(once))
    game.subscribe(lambda changes: calls.append("always"))
    game.read("/a")
    for text in (b"1", b"2"):
        base.write("/a", text)
        game.update()
    assert calls == ["once", "always", "always"]


# --- resources ----------------------------------------------------------------------------------------------------


def test_a_function_and_its_options_are_one_resource(game: ResourceManager) -> None:
    assert game.load("/a", text_of) == game.load("a", text_of) == "old /a"
    assert game.stats()["decoded"] == 1


def test_paths_in_use_are_known_by_their_loader(game: ResourceManager, boxes: BoxLoader) -> None:
    held = [game.load("/b", boxes), game.load("/a", boxes), game.load("/c", text_of)]
    assert game.in_use(boxes) == ["/b", "/a"]
    assert game.in_use(text_of) == ["/c"]
    assert game.in_use(BoxLoader()) == []
    assert len(held) == 3


def test_a_handle_is_one_object(base: MemoryStore, game: ResourceManager) -> None:
    handle = game.handle("/a", text_of)
    assert game.handle("/a", text_of) is handle
    base.write("/a", b"new")
    assert [change.resources for change in game.update()] == [(handle,)]
    assert (handle.path, handle.value) == ("/a", "new")


def test_a_handle_of_a_loader_has_its_options(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    handle = game.handle("a", boxes, scale=2)
    box = handle.value
    assert box.text == "old /aold /a"
    base.write("/a", b"x")
    game.update()
    assert handle.value is box
    assert box.text == "xx"


def test_an_attached_object_is_filled_and_kept_up_to_date(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    box = Box("mine")
    game.attach(box, "a", boxes, scale=2)
    assert box.text == "old /aold /a"
    base.write("/a", b"x")
    assert [change.resources for change in game.update()] == [(box,)]
    assert box.text == "xx"


def test_an_object_that_is_loaded_already_is_attached_as_it_is(
    base: MemoryStore, game: ResourceManager, boxes: BoxLoader
) -> None:
    box = Box("mine")
    game.attach(box, "/a", boxes, is_loaded=True)
    assert (box.text, boxes.replaced) == ("mine", [])
    base.write("/a", b"x")
    game.update()
    assert box.text == "x"


def test_two_objects_can_be_attached_to_one_path(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    attached = [Box("first"), Box("second")]
    for box in attached:
        game.attach(box, "/a", boxes)
    base.write("/a", b"x")
    (change,) = game.update()
    assert change.resources == tuple(attached)
    assert game.stats()["in_use"] == 2
    assert game.load("/a", boxes) not in attached


def test_an_object_is_not_attached_to_a_missing_path(game: ResourceManager, boxes: BoxLoader) -> None:
    box = Box("mine")
    with pytest.raises(PathNotFoundError):
        game.attach(box, "/nope", boxes)
    assert box.text == "mine"


class Rebuilding(Loader[Box]):
    """Makes a new box for each content."""

    def decode(self, asset: Asset, **options: Any) -> str:
        return asset.data.decode()

    def build(self, decoded: str, **options: Any) -> Box:
        return Box(decoded)


def test_a_resource_that_was_made_again_is_held_until_its_change_is_reported(
    base: MemoryStore, game: ResourceManager
) -> None:
    old = game.load("/a", Rebuilding())
    base.write("/a", b"new")
    changes = game.update()
    (new,) = changes[0].resources
    assert (old.text, new.text, game.stats()["in_use"]) == ("old /a", "new", 1)
    del new
    changes.clear()
    gc.collect()
    assert game.stats()["in_use"] == 0


def test_what_was_done_is_counted(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    base.write("/four", b"four")
    held = [game.load("/four", boxes)]
    gc.collect()
    assert game.stats() == {
        "in_use": len(held),
        "cached": 1,
        "cached_bytes": 4 + ENTRY_BYTES,
        "evicted": 0,
        "decoded": 1,
        "remembered": 0,
        "prepared": 0,
        "watched": 1,
    }


def test_a_value_that_grows_counts_with_its_new_size(base: MemoryStore) -> None:
    with ResourceManager(base, watch=False, cache_bytes=100) as game:
        for path in ("/a", "/b"):
            base.write(path, b"x" * 40)
            game.load(path, text_of)
        base.write("/b", b"x" * 90)
        game.update()
        assert game.in_use(text_of) == ["/b"]


# --- preloads -------------------------------------------------------------------------------------------------------


def test_a_preloaded_resource_is_the_one_that_is_loaded(game: ResourceManager, boxes: BoxLoader) -> None:
    held = game.load("/a", boxes)
    job = game.preload(["/a", "b"], boxes)
    job.wait()
    assert job.resources["/a"] is held
    assert game.load("/b", boxes) is job.resources["/b"]


def test_a_preloaded_resource_is_kept_up_to_date(base: MemoryStore, game: ResourceManager, boxes: BoxLoader) -> None:
    job = game.preload(["/a"], boxes)
    job.wait()
    base.write("/a", b"new")
    assert game.update() == [Change("/a", "changed", "base", resources=(job.resources["/a"],))]
    assert job.resources["/a"].text == "new"


def test_a_glob_preloads_files_only(base: MemoryStore, game: ResourceManager) -> None:
    base.make_folder("/folder")
    job = game.preload("/*", text_of)
    job.wait()
    assert (sorted(job.resources), job.errors) == (["/a", "/b", "/c"], {})


def test_a_preload_that_is_cancelled_by_closing() -> None:
    base = MemoryStore()
    base.write("/a", b"")
    with ResourceManager(base, watch=False) as game:
        job = game.preload(["/a"], text_of)
    assert job.is_cancelled


class Remote(MemoryStore):
    is_remote = True

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def prefetch(self, entries: Any) -> None:
        self.fetched += [entry.path for entry in entries]


def test_a_preload_fetches_remote_files_together() -> None:
    remote = Remote()
    for path in ("/a", "/b"):
        remote.write(path, b"text")
    with ResourceManager(remote, watch=False) as game:
        game.preload("/*", text_of).wait()
    assert remote.fetched == ["/a", "/b"]


# --- state -----------------------------------------------------------------------------------------------------------


def test_a_state_is_one_object_and_a_dictionary_unless_asked(game: ResourceManager) -> None:
    state = game.state("settings")
    assert game.state("settings") is state
    assert type(state) is PersistentDict
    assert type(game.state("found", PersistentList)) is PersistentList


def test_states_of_two_names_are_two_and_are_found_in_the_save(game: ResourceManager) -> None:
    game.state("settings")["volume"] = 3
    game.state("slots")["one"] = "moth"
    assert PersistentDict(game.vfs, "settings") == {"volume": 3}
    assert PersistentDict(game.vfs, "slots") == {"one": "moth"}


def test_a_state_has_the_options_of_a_collection(game: ResourceManager) -> None:
    state = game.state("settings", klass="int32")
    with pytest.raises((TypeError, ValueError)):
        state["volume"] = "loud"


def test_a_state_of_another_kind_is_refused(game: ResourceManager) -> None:
    game.state("settings")
    with pytest.raises(TypeError, match="'settings' is a PersistentDict, not a PersistentList"):
        game.state("settings", PersistentList)


def test_a_state_that_was_closed_is_opened_again(game: ResourceManager) -> None:
    state = game.state("settings")
    state["volume"] = 3
    state.close()
    again = game.state("settings")
    assert again is not state
    assert again["volume"] == 3


def test_states_are_kept_in_the_save_and_closed_with_the_game(base: MemoryStore, tmp_path: Path) -> None:
    with ResourceManager(base, save=tmp_path / "save.db", watch=False) as game:
        state = game.state("settings")
        state["volume"] = 3
    assert state.closed
    with ResourceManager(base, save=tmp_path / "save.db", watch=False) as game:
        assert game.state("settings") == {"volume": 3}


def test_a_missing_file_is_named_with_a_hint_when_the_game_has_ended(base: MemoryStore) -> None:
    vfs = VirtualFileSystem()
    vfs.write_text("/player.png", "")
    with pytest.raises(PathNotFoundError) as caught, ResourceManager(vfs, watch=False) as game:
        game.read("/playr.png")
    vfs.close()
    assert "did you mean /player.png?" in str(caught.value)
