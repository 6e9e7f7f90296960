"""Several mods folders, read-only ones, and where the player's choice is kept."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ModManager, ResourceManager, Store
from vfsloader.errors import ReadOnlyError
from vfsloader.mods.state import FileChoice, Profile, State, load_state, save_state


@contextlib.contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Make folders read-only for this process, whoever runs it."""
    with contextlib.ExitStack() as undo:
        for folder in folders:
            if sys.platform == "win32":
                deny = ["icacls", str(folder), "/deny", "*S-1-1-0:(WD,AD,DC)"]
                subprocess.run(deny, check=True, capture_output=True)
                undo.callback(subprocess.run, [*deny[:2], "/remove:d", "*S-1-1-0"], check=True, capture_output=True)
            else:
                undo.callback(os.chmod, folder, os.stat(folder).st_mode)
                os.chmod(folder, 0o555)
        if sys.platform != "win32" and os.geteuid() == 0:
            os.setresuid(65534, 65534, 0)
            undo.callback(os.setresuid, 0, 0, 0)
        yield


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that every user may read, with the user's own data in ``home``."""
    folder = Path(tempfile.mkdtemp())
    os.chmod(folder, 0o755)
    (folder / "home").mkdir()
    os.chmod(folder / "home", 0o777)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, **more: folder / "home" / name)
    yield folder
    shutil.rmtree(folder)


def ids(manager: ModManager) -> list[str]:
    return [mod.id for mod in manager.enabled]


def test_mods_come_from_several_folders_and_the_later_wins(tmp_path: Path) -> None:
    for number, version in enumerate(("1.0", "2.0", "1.5")):
        add(tmp_path / str(number), "shared", {"f": version}, version=version)
        add(tmp_path / str(number), f"only-{number}")
    manager = ModManager([tmp_path / "0", str(tmp_path / "1"), tmp_path / "2", tmp_path / "gone", tmp_path / "2"])
    assert ids(manager) == ["only-0", "only-1", "only-2", "shared"]
    assert str(manager["shared"].version) == "1.5"
    assert [str(mod.version) for mod in manager.copies("shared")] == ["1.5", "2.0", "1.0"]
    assert {problem.kind for problem in manager.problems} == {"unused_copy"}
    assert all(problem.fix == "Nothing to do" for problem in manager.problems)
    shutil.rmtree(tmp_path / "2" / "shared")
    assert manager.rescan()
    assert str(manager["shared"].version) == "2.0"


def test_equal_copies_in_several_folders_need_no_fix(tmp_path: Path) -> None:
    for name in ("system", "user"):
        add(tmp_path / name, "shared")
    manager = ModManager([tmp_path / "system", tmp_path / "user"])
    assert manager["shared"].path == tmp_path / "user" / "shared"
    assert [problem.kind for problem in manager.problems] == ["unused_copy"]


def test_the_choice_is_kept_in_the_last_folder_that_can_be_written(place: Path) -> None:
    add(place / "system", "aa")
    (place / "user").mkdir()
    os.chmod(place / "user", 0o777)
    with read_only(place / "system"):
        for folders in ([place / "system", place / "user"], [place / "user", place / "system"]):
            manager = ModManager(folders)
            manager.disable("aa")
            assert manager.folder == place / "user"
            assert manager.state_file == place / "user" / "mods.json"
            assert ids(ModManager(folders)) == []
            data = json.loads((place / "user" / "mods.json").read_text())
            assert data["mods"]["aa"]["folder"] == str(place / "system")
            (place / "user" / "mods.json").unlink()


def test_toggling_in_a_read_only_folder_is_kept_in_the_users_data(place: Path) -> None:
    add(place / "game" / "mods", "aa")
    add(place / "game" / "mods", "bb")
    with read_only(place / "game" / "mods"):
        manager = ModManager(place / "game" / "mods")
        manager.disable("aa")
        manager.move("bb", before="aa")
        assert ids(manager) == ["bb"]
        assert manager.problems == []
        assert ids(ModManager(place / "game" / "mods")) == ["bb"]
        file = manager.state_file
        assert file is not None
        assert (place / "home" / "vfsloader") in file.parents
        assert file.parent.name.startswith("game-")
        with ResourceManager(Store(), mods=place / "game" / "mods", watch=False) as game:
            assert ids(game.mods) == ["bb"]
            game.mods.enable("aa")
            game.update()
        assert ids(ModManager(place / "game" / "mods")) == ["bb", "aa"]
    assert sorted(os.listdir(place / "game" / "mods")) == ["aa", "bb"]


def test_a_choice_that_a_read_only_folder_came_with_is_where_one_starts(place: Path) -> None:
    add(place / "game" / "mods", "aa")
    add(place / "game" / "mods", "bb")
    ModManager(place / "game" / "mods").disable("aa")
    with read_only(place / "game" / "mods"):
        manager = ModManager(place / "game" / "mods")
        assert ids(manager) == ["bb"]
        manager.enable("aa")
        assert ids(ModManager(place / "game" / "mods")) == ["aa", "bb"]


def test_where_nothing_can_be_written_nothing_changes(place: Path) -> None:
    add(place / "mods", "aa")
    with read_only(place / "mods", place / "home"):
        manager = ModManager(place / "mods")
        with pytest.raises(ReadOnlyError):
            manager.disable("aa")
        assert ids(manager) == ["aa"]


def test_a_folder_for_the_choice(tmp_path: Path) -> None:
    add(tmp_path / "mods", "aa")
    manager = ModManager(tmp_path / "mods", state_dir=tmp_path / "config" / "game")
    manager.disable("aa")
    assert os.listdir(tmp_path / "mods") == ["aa"]
    assert (tmp_path / "config" / "game" / "mods.json").exists()
    assert ids(ModManager(tmp_path / "mods", state_dir=tmp_path / "config" / "game")) == []
    assert ids(ModManager(tmp_path / "mods")) == ["aa"]


def test_a_game_with_several_folders_follows_all_of_them(tmp_path: Path) -> None:
    base = Store()
    base.write("/p", b"base")
    add(tmp_path / "one", "aa", {"p": "aa"})
    (tmp_path / "two").mkdir()
    (tmp_path / "state").mkdir()
    folders = [tmp_path / "one", tmp_path / "two"]
    with ResourceManager(base, mods=folders, state_dir=tmp_path / "state", watch=False) as game:
        assert game.read("/p") == b"aa"
        add(tmp_path / "two", "bb", {"p": "bb"})
        game._updater._layers.refresh({tmp_path / "two" / "bb"})
        game.update()
        assert game.read("/p") == b"bb"
        (tmp_path / "state" / "mods.json").write_text('{"profiles": {"default": {"disabled": ["bb"]}}}')
        game._updater._layers.refresh({tmp_path / "state" / "mods.json"})
        game.update()
        assert game.read("/p") == b"aa"


def test_a_config_with_several_folders(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    add(tmp_path / "mods", "aa")
    add(tmp_path / "more", "bb")
    (tmp_path / "game.toml").write_text('base = "assets"\nmods = ["mods", "more"]\nstate_dir = "state"')
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        assert ids(game.mods) == ["aa", "bb"]
        game.mods.disable("aa")
    assert (tmp_path / "state" / "mods.json").exists()


def test_a_cache_that_cannot_be_written_is_kept_where_the_user_may_write(place: Path) -> None:
    (place / "game").mkdir()
    (place / "state").mkdir()
    os.chmod(place / "state", 0o777)
    base = Store()
    base.write("/p.txt", b"text")
    with read_only(place / "game"):
        for state, folder in ((None, place / "home" / "vfsloader"), (place / "state", place / "state")):
            with ResourceManager(base, cache=place / "game" / "cache", state_dir=state, watch=False) as game:
                assert folder in Path(game.real_path("/p.txt")).parents
    assert os.listdir(place / "game") == []


@pytest.mark.parametrize(("name", "is_told"), [("mosd", True), ("Mods2", True), ("addons", False)])
def test_a_mods_folder_with_a_wrong_name_is_a_warning(name: str, is_told: bool, tmp_path: Path) -> None:
    (tmp_path / "mods").mkdir()
    manager = ModManager(tmp_path / name)
    assert [problem.kind for problem in manager.problems] == ["mods_folder"] * is_told
    assert all(problem.is_warning for problem in manager.problems)
    (tmp_path / "mods").rename(tmp_path / "something")
    manager.rescan()
    assert [problem.kind for problem in manager.problems] == []


# --- the file --------------------------------------------------------------------------------------------


def test_the_file_keeps_all_that_a_player_chose(tmp_path: Path) -> None:
    profile = Profile(
        ("aa", "bb"),
        frozenset({"bb"}),
        {"aa": {"group": "late"}},
        {"aa": {"snow": True, "amount": 3}},
        (FileChoice("/p.png", "prefer", "bb"), FileChoice("/music/**", "hide", "aa")),
        ({"time": "2026-11-26T15:00:00", "what": "disable bb", "order": ["aa", "bb"], "disabled": []},),
        {"colour": "blue"},
    )
    mods = {"aa": {"folder": "/usr/share/games/moth/mods", "source": "https://example.org/aa.zip", "sha256": "00"}}
    state = State("mine", {"mine": profile, "default": Profile()}, mods, ("https://example.org/index",), {"later": [1]})
    save_state(tmp_path / "mods.json", state)
    assert load_state(tmp_path / "mods.json") == (state, None)
    data = json.loads((tmp_path / "mods.json").read_text())
    assert (data["format"], data["version"], data["profile"]) == ("vfsloader mods", 2, "mine")
    assert list(data)[:4] == ["format", "version", "profile", "profiles"]
    assert data["profiles"]["default"] == {"order": [], "disabled": []}
    assert data["profiles"]["mine"]["files"][0] == {"paths": "/p.png", "prefer": "bb"}


def test_what_this_version_does_not_know_survives_a_toggle(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    data = {
        "profile": "default",
        "later": {"x": 1},
        "sources": ["https://example.org"],
        "profiles": {"default": {"order": ["aa"], "options": {"aa": {"snow": False}}, "later": 2}, "other": {}},
    }
    (tmp_path / "mods.json").write_text(json.dumps(data))
    manager = ModManager(tmp_path)
    manager.disable("aa")
    manager.use_profile("other")
    written = json.loads((tmp_path / "mods.json").read_text())
    assert (written["later"], written["sources"]) == ({"x": 1}, ["https://example.org"])
    assert [entry["what"] for entry in written["profiles"]["default"].pop("history")] == ["disabled aa"]
    assert written["profiles"]["default"] == {
        "order": ["aa"], "disabled": ["aa"], "options": {"aa": {"snow": False}}, "later": 2,
    }  # fmt: skip


def test_the_old_format_is_read(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    add(tmp_path, "bb")
    old = {
        "profile": "p",
        "profiles": {"p": {"order": ["bb", "aa"], "disabled": [], "overrides": {"aa": {"group": "early"}}}},
    }
    (tmp_path / "mods.json").write_text(json.dumps(old))
    assert ids(ModManager(tmp_path, profile=None)) == ["aa", "bb"]


def test_a_file_of_a_newer_version_is_set_aside(tmp_path: Path) -> None:
    add(tmp_path, "aa")
    (tmp_path / "mods.json").write_text('{"version": 3, "profiles": {"default": {"disabled": ["aa"]}}}')
    manager = ModManager(tmp_path)
    assert ids(manager) == ["aa"]
    assert [problem.kind for problem in manager.problems] == ["state"]
    assert "version 3" in manager.problems[0].why
    assert (tmp_path / "mods.damaged-1.json").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        '{"version": "2"}',
        '{"mods": {"aa": 1}}',
        '{"profiles": {"p": {"files": [{"paths": "/x"}]}}}',
        '{"sources": [1]}',
    ],
)
def test_a_file_that_makes_no_sense_is_set_aside(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "mods.json").write_text(wrong)
    assert [problem.kind for problem in ModManager(tmp_path).problems] == ["state"]
