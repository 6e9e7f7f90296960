"""Names in any case: found, listed, removed, and looked for again after each change."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.layers import ROOT_ENTRY, BaseLayer, CaseInsensitiveLayer, Entry, EntryType
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.store.memory.store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore("inner")
    for path in ("/Sprites/P.PNG", "/Sprites/Deep/Q.png", "/Straße.txt"):
        store.write(path, path.encode())
    return store


@pytest.fixture
def view(store: MemoryStore) -> CaseInsensitiveLayer:
    return CaseInsensitiveLayer(store)


@pytest.mark.parametrize(
    ("path", "spelling"),
    [
        ("/sprites/p.png", "/Sprites/P.PNG"),
        ("/SPRITES/DEEP/q.PNG", "/Sprites/Deep/Q.png"),
        ("/sprites", "/Sprites"),
        ("/Sprites/P.PNG", "/Sprites/P.PNG"),
        ("/STRASSE.TXT", "/Straße.txt"),
        ("/", "/"),
        ("/sprites/x.png", None),
        ("/nope/p.png", None),
    ],
)
def test_a_path_as_the_layer_spells_it(view: CaseInsensitiveLayer, path: str, spelling: str | None) -> None:
    assert view.spelling(path) == spelling


def test_an_entry_has_the_path_that_was_asked_for(view: CaseInsensitiveLayer) -> None:
    entry = view.find("/sprites/p.png")
    assert entry is not None
    assert (entry.path, view.read(entry)) == ("/sprites/p.png", b"/Sprites/P.PNG")


def test_a_list_has_the_folder_that_was_asked_for_and_the_layers_names(view: CaseInsensitiveLayer) -> None:
    assert sorted(entry.path for entry in view.list("/SPRITES")) == ["/SPRITES/Deep", "/SPRITES/P.PNG"]


def test_what_is_in_no_case_is_not_found_or_listed(view: CaseInsensitiveLayer) -> None:
    assert view.find("/sprites/x.png") is None
    assert list(view.list("/nope")) == []


def test_of_two_spellings_the_first_in_order_counts() -> None:
    store = MemoryStore()
    for name in ("ab", "aB", "Ab"):
        store.write(f"/{name}", name.encode())
    assert CaseInsensitiveLayer(store).spelling("/AB") == "/Ab"


def test_a_new_name_is_found_after_a_miss(store: MemoryStore, view: CaseInsensitiveLayer) -> None:
    assert view.find("/readme.txt") is None
    store.write("/README.TXT", b"")
    assert view.find("/readme.txt") is not None


def test_a_new_name_is_found_inside_a_transaction(store: MemoryStore, view: CaseInsensitiveLayer) -> None:
    assert view.find("/readme.txt") is None
    with store.transaction():
        store.write("/README.TXT", b"")
        assert view.find("/readme.txt") is not None


def test_a_name_of_a_transaction_that_fails_is_forgotten(store: MemoryStore, view: CaseInsensitiveLayer) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.write("/README.TXT", b"")
        assert view.spelling("/readme.txt") == "/README.TXT"
        raise RuntimeError
    assert view.find("/readme.txt") is None


class Unannounced(BaseLayer):
    """A layer that changes without a notice, as a folder of the disk does."""

    reports_changes = False

    def __init__(self, version: Callable[[], Hashable | None]) -> None:
        self.names = ["A.txt"]
        self.lists = 0
        self._version = version

    def find(self, path: str) -> Entry | None:
        return next((entry for entry in (ROOT_ENTRY, *self.entries()) if entry.path == path), None)

    def list(self, path: str) -> list[Entry]:
        self.lists += 1
        return self.entries()

    def entries(self) -> list[Entry]:
        return [Entry(f"/{name}", EntryType.FILE) for name in self.names]

    def version(self) -> Hashable | None:
        return self._version()


def test_names_are_looked_for_again_when_the_version_differs() -> None:
    version = [1]
    layer = Unannounced(lambda: version[0])
    view = CaseInsensitiveLayer(layer)
    assert view.spelling("/b.txt") is None
    layer.names.append("B.txt")
    version[0] += 1
    assert view.spelling("/b.txt") == "/B.txt"


def test_names_are_remembered_while_the_version_stays() -> None:
    layer = Unannounced(lambda: 1)
    view = CaseInsensitiveLayer(layer)
    for _ in range(3):
        view.spelling("/a.txt")
    assert layer.lists == 1


def test_names_are_looked_for_each_time_without_a_version() -> None:
    layer = Unannounced(lambda: None)
    view = CaseInsensitiveLayer(layer)
    assert view.spelling("/b.txt") is None
    layer.names.append("B.txt")
    assert view.spelling("/b.txt") == "/B.txt"


def test_a_whiteout_that_was_written_with_case_hides_its_own_spelling(
    store: MemoryStore, view: CaseInsensitiveLayer
) -> None:
    store.remove("/Old.png", hide=True)
    assert view.hides("/Old.png")


def test_an_opaque_folder_hides_in_every_spelling(store: MemoryStore, view: CaseInsensitiveLayer) -> None:
    store.make_folder("/Music", opaque=True)
    assert view.hides("/music")


# --- a whole tree -------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "database", "loose files"])
def vfs(request: pytest.FixtureRequest, tmp_path: Path) -> VirtualFileSystem:
    if request.param == "loose files":
        local: object = WritableFolderLayer(tmp_path / "local", name="local")
    else:
        local = MemoryStore("local") if request.param == "memory" else Store(tmp_path / "s.db", name="local")
    base, windows = MemoryStore(), MemoryStore()
    for path in ("/sprites/p.png", "/sprites/q.png"):
        base.write(path, b"base")
    windows.write("/Sprites/P.PNG", b"windows")
    vfs = VirtualFileSystem(local, case_insensitive=True)  # type: ignore[arg-type]
    request.addfinalizer(vfs.close)
    vfs.add_underlay(base, 0, "base")
    vfs.add_underlay(windows, 1, "windows")
    return vfs


SPELLINGS = ["/sprites/p.png", "/Sprites/P.PNG", "/SPRITES/P.png"]


@pytest.mark.parametrize("removed", SPELLINGS)
def test_a_removed_file_is_gone_in_every_spelling(vfs: VirtualFileSystem, removed: str) -> None:
    vfs.remove(removed)
    assert [path for path in SPELLINGS if vfs.exists(path)] == []
    assert vfs.listdir("/sprites") == ["q.png"]


@pytest.mark.parametrize("removed", SPELLINGS)
def test_a_removed_file_that_was_changed_is_gone_in_every_spelling(vfs: VirtualFileSystem, removed: str) -> None:
    vfs.write_bytes("/SPRITES/p.PNG", b"mine")
    vfs.remove(removed)
    assert [path for path in SPELLINGS if vfs.exists(path)] == []


def test_a_removed_file_can_be_written_again(vfs: VirtualFileSystem) -> None:
    vfs.remove("/Sprites/P.PNG")
    vfs.write_bytes("/Sprites/P.PNG", b"new")
    assert [vfs.read_bytes(path) for path in SPELLINGS] == [b"new"] * 3
    vfs.remove("/sprites/p.png")
    assert [path for path in SPELLINGS if vfs.exists(path)] == []


@pytest.mark.parametrize("again", ["/sprites", "/Sprites"])
def test_a_removed_folder_that_is_made_again_is_empty(vfs: VirtualFileSystem, again: str) -> None:
    vfs.rmtree("/SPRITES")
    assert not vfs.exists("/Sprites/Q.png")
    vfs.mkdir(again)
    assert vfs.listdir("/sPrites") == []
    assert not vfs.exists("/Sprites/Q.png")


def test_a_renamed_file_is_gone_in_every_spelling(vfs: VirtualFileSystem) -> None:
    vfs.rename("/SPRITES/Q.PNG", "/sprites/new.png")
    assert vfs.listdir("/sprites") == ["new.png", "p.png"]
    assert not vfs.exists("/Sprites/Q.png")


def test_a_file_that_the_local_layer_spells_twice_is_removed_whole() -> None:
    local = MemoryStore("local")
    for path in ("/a.txt", "/A.txt"):
        local.write(path, b"")
    vfs = VirtualFileSystem(local, case_insensitive=True)
    vfs.remove("/a.txt")
    assert vfs.listdir() == []
