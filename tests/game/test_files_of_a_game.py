"""A game's files: which exist, in which language, as real files, and from which layers."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import FolderLayer, ResourceManager, VirtualFileSystem, open_layer
from vfsloader.errors import InvalidPathError, NotAFolderError, PathNotFoundError
from vfsloader.game.layers import GameLayers
from vfsloader.store.memory.store import MemoryStore


def filled(name: str, *paths: str) -> MemoryStore:
    store = MemoryStore(name)
    for path in paths:
        store.write(path, f"{name} {path}".encode())
    return store


@pytest.fixture
def base() -> MemoryStore:
    return filled("store", "/a", "/maps/town.tmx", "/maps/deep/tiles.png", "/tl/fi/a", "/tl/fi/only")


@pytest.fixture
def game(base: MemoryStore) -> Iterator[ResourceManager]:
    with ResourceManager(base, watch=False) as made:
        yield made


# --- reading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "exists"),
    [("/a", True), ("maps//town.tmx", True), ("/nope", False), ("/maps", False), ("/only", False), ("/a/x", False)],
)
def test_which_files_exist(game: ResourceManager, path: str, exists: bool) -> None:
    assert game.exists(path) is exists


def test_a_file_may_exist_in_the_language_only(game: ResourceManager) -> None:
    game.language = "fi"
    assert game.exists("/only")
    assert game.read("/only") == b"store /tl/fi/only"


def test_a_path_that_leaves_the_tree_is_refused(game: ResourceManager) -> None:
    with pytest.raises(InvalidPathError):
        game.exists("/../a")


def test_a_file_is_read_by_any_spelling_of_its_path(game: ResourceManager) -> None:
    assert game.read("maps/../a") == b"store /a"


def test_a_file_that_was_read_is_watched(base: MemoryStore, game: ResourceManager) -> None:
    game.read("/a")
    base.write("/a", b"new")
    assert [(change.path, change.kind, change.layer) for change in game.update()] == [("/a", "changed", "base")]


@pytest.mark.parametrize("path", ["/nope", "/maps"])
def test_a_path_that_could_not_be_read_is_watched(base: MemoryStore, game: ResourceManager, path: str) -> None:
    with pytest.raises(OSError, match=path):
        game.read(path)
    base.remove(path)
    base.write(path, b"")
    assert [(change.path, change.kind) for change in game.update()] == [(path, "added")]


@pytest.mark.parametrize("language", ["fi", "pt-BR", "en_GB", "sr@latin", "x2", None])
def test_languages_are_names_of_folders(game: ResourceManager, language: str | None) -> None:
    game.language = language
    assert game.language == language


def test_a_wrong_language_changes_nothing(game: ResourceManager) -> None:
    game.language = "fi"
    with pytest.raises(ValueError, match="not a language"):
        game.language = "a/b"
    assert game.language == "fi"


# --- real files ----------------------------------------------------------------------------------------------


def test_a_real_file_is_in_the_language(game: ResourceManager) -> None:
    game.language = "fi"
    assert Path(game.real_path("a")).read_bytes() == b"store /tl/fi/a"


def test_a_missing_file_has_no_real_file(game: ResourceManager) -> None:
    with pytest.raises(PathNotFoundError) as caught:
        game.real_path("nope")
    assert caught.value.filename == "/nope"


def test_a_file_whose_real_file_was_asked_for_is_watched(base: MemoryStore, game: ResourceManager) -> None:
    game.real_path("/a")
    base.write("/a", b"new")
    assert [change.path for change in game.update()] == ["/a"]


def test_a_real_folder_has_everything_below_it(game: ResourceManager) -> None:
    folder = Path(game.real_folder("maps/"))
    assert (folder / "deep" / "tiles.png").read_bytes() == b"store /maps/deep/tiles.png"
    assert sorted(path.name for path in folder.rglob("*")) == ["deep", "tiles.png", "town.tmx"]


def test_the_whole_tree_is_a_real_folder(game: ResourceManager) -> None:
    assert (Path(game.real_folder()) / "maps" / "town.tmx").is_file()


@pytest.mark.parametrize(("path", "kind"), [("/nope", PathNotFoundError), ("/a", NotAFolderError)])
def test_what_is_not_a_folder_has_no_real_folder(game: ResourceManager, path: str, kind: type[OSError]) -> None:
    with pytest.raises(kind) as caught:
        game.real_folder(path)
    assert caught.value.filename == path


def test_real_files_go_with_the_game(base: MemoryStore, tmp_path: Path) -> None:
    with ResourceManager(base, watch=False) as game:
        file, folder = Path(game.real_path("/a")), Path(game.real_folder("/maps"))
        assert file.exists()
    assert not file.exists()
    assert not folder.exists()


def test_real_files_of_a_cache_stay(base: MemoryStore, tmp_path: Path) -> None:
    with ResourceManager(base, watch=False, cache=tmp_path / "cache") as game:
        file, folder = Path(game.real_path("/a")), Path(game.real_folder("/maps"))
    assert file.parent == folder.parent == tmp_path / "cache" / "files"
    assert not folder.exists()
    assert file.read_bytes() == b"store /a"


# --- layers --------------------------------------------------------------------------------------------------


def names(game: ResourceManager) -> list[str]:
    return [layer["name"] for layer in game.vfs.list_layers()]


def test_of_the_expansions_the_later_one_wins(base: MemoryStore) -> None:
    with ResourceManager(base, dlc=(filled("first", "/a"), filled("second", "/a")), watch=False) as game:
        assert names(game) == ["save", "second", "first", "base"]
        assert game.read("/a") == b"second /a"


def test_layers_of_one_name_are_distinguished(base: MemoryStore) -> None:
    layers = [filled(name, "/x") for name in ("base", "save", "x", "x", "x")]
    with ResourceManager(base, dlc=layers, watch=False) as game:
        assert names(game) == ["save", "x''", "x'", "x", "save'", "base'", "base"]


def test_a_mod_of_a_layers_name_is_distinguished(base: MemoryStore, tmp_path: Path) -> None:
    for name in ("base", "winter"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    with ResourceManager(base, mods=tmp_path, watch=False) as game:
        assert names(game) == ["save", "winter", "mod base", "base"]


@pytest.mark.parametrize("dlc", ["more.pack", b"more", Path("more.pack")])
def test_one_expansion_is_still_a_list(base: MemoryStore, dlc: object) -> None:
    with pytest.raises(TypeError, match="dlc must be a list"):
        ResourceManager(base, dlc=dlc, watch=False)  # type: ignore[arg-type]


def test_layers_that_were_handed_in_stay_open(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        out.writestr("a", "zipped")
    with open_layer(tmp_path / "x.zip") as layer:
        with ResourceManager(layer, watch=False) as game:
            assert game.read("/a") == b"zipped"
        entry = layer.find("/a")
        assert entry is not None
        assert layer.read(entry) == b"zipped"


def test_a_save_is_made_with_its_folder(base: MemoryStore, tmp_path: Path) -> None:
    save = tmp_path / "user" / "saves" / "one.db"
    with ResourceManager(base, save=save, watch=False) as game:
        game.vfs.write_text("/mine", "saved")
    with ResourceManager(base, save=str(save), watch=False) as game:
        assert game.read("/mine") == b"saved"
        assert game.vfs.which_layer("/mine") == "save"


def test_without_a_save_what_is_written_is_lost(base: MemoryStore) -> None:
    with ResourceManager(base, watch=False) as game:
        game.vfs.write_text("/mine", "lost")
    with ResourceManager(base, watch=False) as game:
        assert not game.exists("/mine")


def test_a_whole_file_system_can_be_the_base(base: MemoryStore) -> None:
    vfs = VirtualFileSystem()
    vfs.add_underlay(base)
    with ResourceManager(vfs, watch=False) as game:
        assert game.read("/a") == b"store /a"
        vfs.write_text("/a", "new")
        assert game.read("/a") == b"new"


def layers_of(base: object, mods: Path | None = None) -> GameLayers:
    return GameLayers(
        base,  # type: ignore[arg-type]
        (),
        mods,
        None,
        profile="default",
        game_version=None,
        provides=None,
        new_mods="enabled",
    )


def test_the_folders_to_watch_are_those_of_layers_and_mods(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    layers = layers_of(tmp_path / "base", tmp_path / "mods")
    assert layers.folders() == [tmp_path / "base", tmp_path / "mods"]
    layers.close()


def test_a_layer_that_is_not_a_folder_is_not_watched(base: MemoryStore) -> None:
    layers = layers_of(base)
    assert layers.folders() == []
    layers.close()


def test_a_change_of_a_folder_shows_when_it_is_refreshed(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    layers = layers_of(tmp_path / "base")
    assert not layers.vfs.exists("/new")
    assert layers.vfs.listdir() == []
    (tmp_path / "base" / "new").write_text("")
    layers.refresh({tmp_path / "base" / "new"})
    assert layers.vfs.listdir() == ["new"]
    layers.close()


@pytest.mark.parametrize(
    ("event", "is_found"), [("mods/new", True), ("mods", True), ("mods/old/mod.toml", True), ("mods/old/a", False)]
)
def test_mods_are_looked_for_when_their_folder_or_a_manifest_changes(
    base: MemoryStore, tmp_path: Path, event: str, is_found: bool
) -> None:
    (tmp_path / "mods" / "old").mkdir(parents=True)
    (tmp_path / "mods" / "old" / "a").write_text("")
    layers = layers_of(base, tmp_path / "mods")
    (tmp_path / "mods" / "new").mkdir()
    (tmp_path / "mods" / "new" / "a").write_text("")
    layers.refresh({tmp_path / event})
    assert [mod.id for mod in layers.mods.available] == (["new", "old"] if is_found else ["old"])
    assert layers.is_up_to_date is not is_found
    layers.close()


def test_mounting_the_same_mods_again_does_nothing(base: MemoryStore, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    layers = layers_of(base, tmp_path)
    assert not layers.mount()
    layers.mods.disable("first")
    assert not layers.is_up_to_date
    assert layers.mount()
    assert layers.is_up_to_date
    assert not layers.mount()
    assert [layer["name"] for layer in layers.vfs.list_layers()] == ["save", "second", "base"]
    layers.close()


def test_a_folder_layer_that_was_handed_in_is_watched_too(tmp_path: Path) -> None:
    layers = layers_of(FolderLayer(tmp_path, live=False))
    assert layers.folders() == [tmp_path]
    layers.close()
