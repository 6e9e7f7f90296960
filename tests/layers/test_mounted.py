"""Views of part of a layer: what they find, list, match and hide, and what reaches the inner layer."""

from __future__ import annotations

import pytest

from vfsloader.layers import EntryType, Layer, MountedLayer
from vfsloader.store.memory.store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore("inner")
    for path in ("/assets/p.png", "/assets/sub/q.png", "/assets/mod.toml", "/assets2/no.png", "/readme.txt"):
        store.write(path, path.encode())
    return store


@pytest.fixture
def view(store: MemoryStore) -> MountedLayer:
    return MountedLayer(store, root="/assets", mount="/mods/w", without=["/assets/mod.toml"])


def tree(layer: Layer, folder: str = "/") -> list[str]:
    """The paths of everything that can be listed, each of which has to be found, too."""
    listed = []
    for entry in layer.list(folder):
        found = layer.find(entry.path)
        assert found is not None
        assert (found.path, found.kind) == (entry.path, entry.kind)
        listed += [entry.path, *(tree(layer, entry.path) if entry.is_folder else ())]
    return sorted(listed)


MERGED = ["/mods", "/mods/w", "/mods/w/p.png", "/mods/w/sub", "/mods/w/sub/q.png"]


def test_everything_that_is_listed_is_found(view: MountedLayer) -> None:
    assert tree(view) == MERGED


@pytest.mark.parametrize("path", ["/", "/mods", "/mods/w", "/mods/w/sub"])
def test_folders_on_the_way_to_the_mount_are_folders(view: MountedLayer, path: str) -> None:
    entry = view.find(path)
    assert entry is not None
    assert (entry.path, entry.kind) == (path, EntryType.FOLDER)


@pytest.mark.parametrize(
    "path", ["/mods/w2", "/mods/other", "/other", "/p.png", "/assets/p.png", "/mods/w/readme.txt", "/mods/w/mod.toml"]
)
def test_nothing_else_is_found_or_listed(view: MountedLayer, path: str) -> None:
    assert view.find(path) is None
    assert list(view.list(path)) == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("/*", ["/mods"]),
        ("/mods/*", ["/mods/w"]),
        ("/mods/w/*", ["/mods/w/p.png", "/mods/w/sub"]),
        ("/**/*.png", ["/mods/w/p.png", "/mods/w/sub/q.png"]),
        ("/**/*.toml", []),
        ("/assets/*", []),
    ],
)
def test_a_glob_matches_the_paths_of_the_view(view: MountedLayer, pattern: str, matches: list[str]) -> None:
    assert sorted(view.glob(pattern)) == matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("/*", ["/assets"]),
        ("/**/*.png", ["/assets/sub/q.png"]),
        ("/assets/*", ["/assets/sub"]),
    ],
)
def test_a_glob_agrees_with_the_lists_where_a_folder_stays_where_it_is(
    store: MemoryStore, pattern: str, matches: list[str]
) -> None:
    view = MountedLayer(store, root="/assets/sub", mount="/assets/sub")
    assert sorted(view.glob(pattern)) == matches


def test_a_glob_of_a_plain_view_leaves_out_what_it_does_not_show(store: MemoryStore) -> None:
    view = MountedLayer(store, without=["/assets/mod.toml"])
    assert sorted(view.glob("/assets/*")) == ["/assets/p.png", "/assets/sub"]


def test_a_plain_view_shows_its_layer_without_some_paths(store: MemoryStore) -> None:
    view = MountedLayer(store, without=["/assets/mod.toml"])
    assert tree(view) == [path for path in tree(store) if path != "/assets/mod.toml"]
    assert view.find("/assets/mod.toml") is None


def test_a_folder_can_become_the_root(store: MemoryStore) -> None:
    assert tree(MountedLayer(store, root="/assets")) == ["/mod.toml", "/p.png", "/sub", "/sub/q.png"]


def test_a_root_can_be_mounted_elsewhere(store: MemoryStore) -> None:
    assert tree(MountedLayer(store, mount="/m")) == ["/m", *(f"/m{path}" for path in tree(store))]


def test_a_root_that_the_layer_does_not_have_leaves_the_way_to_the_mount(store: MemoryStore) -> None:
    assert [entry.path for entry in MountedLayer(store, root="/nope", mount="/m").list("/")] == ["/m"]


def test_roots_and_mounts_are_normalised(store: MemoryStore) -> None:
    view = MountedLayer(store, root="assets/", mount="mods//w/")
    assert (view.root, view.mount) == ("/assets", "/mods/w")


def test_a_view_is_called_as_its_layer_unless_it_has_a_name(store: MemoryStore) -> None:
    assert (MountedLayer(store).name, MountedLayer(store, name="w").name) == ("inner", "w")


@pytest.mark.parametrize(
    ("path", "is_hidden"),
    [("/old/x.ogg", True), ("/old/deep/x.ogg", False), ("/title.png", True), ("/old/x.png", False), ("/old", False)],
)
def test_globs_hide_what_lower_layers_have(path: str, is_hidden: bool) -> None:
    layer = MountedLayer(MemoryStore(), remove=["/old/*.ogg", "/title.png"])
    assert layer.hides(path) is is_hidden
    assert layer.remove == ("/old/*.ogg", "/title.png")


def test_a_whiteout_of_the_layer_hides_at_the_mount(store: MemoryStore, view: MountedLayer) -> None:
    store.remove("/assets/old.png", hide=True)
    assert view.hides("/mods/w/old.png")


def test_a_whiteout_of_the_layer_hides_nothing_elsewhere(store: MemoryStore, view: MountedLayer) -> None:
    store.remove("/readme.txt", hide=True)
    store.remove("/assets/old.png", hide=True)
    assert not any(view.hides(path) for path in ("/readme.txt", "/assets/old.png", "/old.png", "/mods/w/p.png"))


class Plain(MemoryStore):
    """A layer that never hides anything."""

    may_hide = False


@pytest.mark.parametrize(
    ("layer", "remove", "may_hide"),
    [(MemoryStore(), [], True), (Plain(), ["/a"], True), (Plain(), [], False)],
)
def test_whether_a_view_may_hide(layer: Layer, remove: list[str], may_hide: bool) -> None:
    assert MountedLayer(layer, remove=remove).may_hide is may_hide


def test_an_entry_of_a_view_keeps_its_facts(store: MemoryStore, view: MountedLayer) -> None:
    inner, outer = store.find("/assets/p.png"), view.find("/mods/w/p.png")
    assert inner is not None
    assert outer == inner._replace(path="/mods/w/p.png")


def test_a_view_opens_and_reads_the_layers_bytes(view: MountedLayer) -> None:
    entry = view.find("/mods/w/sub/q.png")
    assert entry is not None
    with view.open(entry) as file:
        assert file.read() == view.read(entry) == b"/assets/sub/q.png"


class Remote(MemoryStore):
    """A layer on another machine that records what it is asked for."""

    is_remote = True

    def __init__(self) -> None:
        super().__init__()
        self.prefetched: list[object] = []
        self.is_closed = False

    def prefetch(self, entries: object) -> None:
        self.prefetched.append(entries)

    def close(self) -> None:
        self.is_closed = True


def test_a_view_of_a_remote_layer_is_remote(store: MemoryStore) -> None:
    assert (MountedLayer(Remote()).is_remote, MountedLayer(store).is_remote) == (True, False)


def test_a_view_hands_on_what_is_to_be_fetched() -> None:
    remote = Remote()
    MountedLayer(remote).prefetch([])
    assert remote.prefetched == [[]]


def test_a_view_closes_its_layer() -> None:
    remote = Remote()
    with MountedLayer(remote):
        assert not remote.is_closed
    assert remote.is_closed


class Counter:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.changes = 0
        self.steps = 0

    def changed(self) -> None:
        self.changes += 1

    def stepped(self) -> None:
        self.steps += 1


def test_a_view_announces_steps_of_a_transaction_apart(store: MemoryStore, view: MountedLayer) -> None:
    counter = Counter()
    view.subscribe(counter.changed, counter.stepped)
    with store.transaction():
        store.write("/assets/new", b"")
        assert (counter.changes, counter.steps) == (0, 1)
    assert counter.changes == 1


def test_a_view_has_its_layers_version(store: MemoryStore, view: MountedLayer) -> None:
    before = view.version()
    store.write("/assets/new", b"")
    assert view.version() == store.version() != before
