"""Files that the game has open, on a system that neither replaces nor deletes those; and what crashes leave."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.distribution.world import World
from vfsloader import ResourceManager, VirtualFileSystem, packs, web
from vfsloader.archives import open_files
from vfsloader.distribution.deleting import delete_by_hand
from vfsloader.errors import AccessDeniedError
from vfsloader.runtime import disk_names, held_files, temporary
from vfsloader.runtime.disk_names import long_path, short_path
from vfsloader.runtime.regular_file import is_within

_MOD = 'id = "snow"\nname = "Snow"\nversion = "1.0"\n'


def _open_files() -> set[str]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    return found


def _open_inodes() -> set[int]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(os.stat(f"/proc/self/fd/{number}").st_ino)
        except OSError:
            continue
    return found


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse as Windows does, by what this process really has open."""

    def refusing(name: str) -> Callable[..., None]:
        real = getattr(os, name)

        def call(path: str | os.PathLike[str], *others: str | os.PathLike[str], **options: object) -> None:
            # What is moved over another file is our own draft, which is closed first where nothing can lock it.
            for one in others if name == "replace" else (path,):
                is_open = os.path.isfile(one) and os.stat(one).st_ino in _open_inodes()  # by whichever name
                if is_open or any(held_files.is_at(file, os.path.abspath(one)) for file in _open_files()):
                    raise PermissionError(errno.EACCES, "The process cannot access the file", str(one))
            real(path, *others, **options)

        return call

    for name in ("unlink", "remove", "rename", "replace"):
        monkeypatch.setattr(os, name, refusing(name))
    monkeypatch.setattr(disk_names, "BUSY_SECONDS", 0.05)


@pytest.fixture(params=["folder", "zip", "pack"])
def mod(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "mod.toml").write_text(_MOD)
    (source / "a.txt").write_text("snow")
    (source / "large.txt").write_text("snow" * 500_000)
    (tmp_path / "base").mkdir()
    (tmp_path / "base/a.txt").write_text("base")
    (tmp_path / "mods").mkdir()
    target = tmp_path / "mods" / ("snow" if request.param == "folder" else f"snow.{request.param}")
    if request.param == "zip":
        with zipfile.ZipFile(target, "w") as archive:
            for file in source.iterdir():
                archive.write(file, file.name)
    elif request.param == "pack":
        packs.build(source, target)
    else:
        source.rename(target)
    return target


def test_a_mod_that_is_in_use_can_be_removed(mod: Path, windows: None, tmp_path: Path) -> None:
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        assert game.read("/a.txt") == b"snow"
        assert mod.is_dir() or any(file == str(mod) for file in _open_files())
        game.mods.remove("snow")
        assert not mod.exists()
        game.update()
        assert game.read("/a.txt") == b"base"


@pytest.mark.parametrize("mod", ["zip"], indirect=True)
def test_a_newer_zip_replaces_one_that_is_in_use(mod: Path, windows: None, tmp_path: Path) -> None:
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        assert game.read("/a.txt") == b"snow"
        newer = tmp_path / "newer.zip"
        with zipfile.ZipFile(newer, "w") as archive:
            archive.writestr("mod.toml", _MOD.replace("1.0", "2.0"))
            archive.writestr("a.txt", "more snow")
        web.add_mod(tmp_path / "mods", "snow.zip", newer.read_bytes())
        game.mods.rescan()
        game.update()
        assert game.read("/a.txt") == b"more snow"


@pytest.mark.parametrize("mod", ["zip"], indirect=True)
@pytest.mark.parametrize("is_enabled", [True, False], ids=["enabled", "disabled"])
def test_a_player_can_delete_a_zip_between_two_frames(
    mod: Path, windows: None, is_enabled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the game reads from it in each frame."""
    monkeypatch.setattr(open_files.POOL, "is_short", True)
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        for _ in range(2):
            assert game.read("/large.txt") == b"snow" * 500_000
            assert str(mod) in _open_files()
            game.update()
            assert str(mod) not in _open_files()
        if not is_enabled:
            game.mods.disable("snow")
            game.update()
        mod.unlink()
        game.mods.rescan()
        game.update()
        assert game.read("/a.txt") == b"base"


@pytest.mark.parametrize("mod", ["zip"], indirect=True)
def test_a_file_that_another_program_has_open_is_not_deleted(mod: Path, windows: None) -> None:
    with (
        mod.open("rb"),
        pytest.raises(AccessDeniedError, match=r"cannot delete .*snow\.zip: another program has it open"),
    ):
        delete_by_hand(mod)
    assert mod.exists()
    delete_by_hand(mod)
    assert not mod.exists()


def test_a_folder_that_is_written_names_the_file_that_is_open(windows: None, tmp_path: Path) -> None:
    (tmp_path / "saves").mkdir()
    with VirtualFileSystem(tmp_path / "saves") as vfs:
        vfs.write_text("/a.txt", "1")
        with (tmp_path / "saves/a.txt").open("rb"):
            with pytest.raises(AccessDeniedError, match=r"cannot move .*a\.txt: another program has it open"):
                vfs.rename("/a.txt", "/b.txt")
            with pytest.raises(AccessDeniedError, match="another program has it open"):
                vfs.remove("/a.txt")
        assert vfs.read_text("/a.txt") == "1"


def test_what_keeps_files_open_is_not_kept_alive_by_it() -> None:
    class Holder:
        def release(self, path: str) -> None:
            released.append(path)

    released: list[str] = []
    holder = Holder()
    held_files.on_release(holder.release)
    held_files.let_go("x")
    del holder
    held_files.let_go("y")
    assert released == [os.path.abspath("x")]


def test_temporary_folders_of_a_killed_game_are_deleted_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, signal; from vfsloader.runtime.temporary import TemporaryFolder\n"
        "folder = TemporaryFolder('files'); open(os.path.join(folder.name, 'copy.ogg'), 'w').close()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    (tmp_path / "vfsloader-mine").mkdir()  # a folder without our lock is somebody else's
    left = [name for name in os.listdir(tmp_path) if name != "vfsloader-mine"]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    alive = temporary.TemporaryFolder("sounds")
    assert sorted(os.listdir(tmp_path)) == sorted(["vfsloader-mine", os.path.basename(alive.name)])
    assert len(left) == 1
    assert temporary.delete_left_over(str(tmp_path)) == []
    alive.cleanup()
    assert os.listdir(tmp_path) == ["vfsloader-mine"]


def test_what_a_killed_batch_moved_aside_is_deleted_at_the_next_start(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path) as vfs:
        vfs.write_text("/a.txt", "1")
        vfs.write_text("/b.txt", "1")
    code = (
        "import os, signal, sys, vfsloader\n"
        "vfs = vfsloader.VirtualFileSystem(sys.argv[1])\n"
        "with vfs.atomic_batch():\n"
        "    vfs.remove('/a.txt')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (tmp_path / ".wh.attic.mine").mkdir()  # a folder without our lock is somebody else's
    assert len(os.listdir(tmp_path)) == 3
    with VirtualFileSystem(tmp_path) as vfs:
        assert sorted(os.listdir(tmp_path)) == [".wh.attic.mine", "b.txt"]
        with pytest.raises(ValueError, match="undo"), vfs.atomic_batch():
            vfs.remove("/b.txt")
            VirtualFileSystem(tmp_path).close()  # as another process would: it deletes nothing that is in use
            raise ValueError("undo")
        assert vfs.read_text("/b.txt") == "1"
    assert sorted(os.listdir(tmp_path)) == [".wh.attic.mine", "b.txt"]


def test_drafts_of_a_killed_writer_are_deleted_at_the_next_start(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, vfsloader\n"
        "vfs = vfsloader.VirtualFileSystem(sys.argv[1])\n"
        "vfs.write_text('/log.txt', 'old')\n"
        "new, log = vfs.open('/new.txt', 'w'), vfs.open('/log.txt', 'a')\n"
        "new.write('half'), log.write(' and new'), new.flush()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 3
    with VirtualFileSystem(tmp_path) as vfs:
        assert os.listdir(tmp_path) == ["log.txt"]
        with vfs.open("/log.txt", "a") as log:
            log.write(" and")
            log.flush()
            log.write(" newer")
            before = set(os.listdir(tmp_path))
            VirtualFileSystem(tmp_path).close()  # as another process would: it deletes nothing that is in use
            assert set(os.listdir(tmp_path)) == before != {"log.txt"}
        assert vfs.read_text("/log.txt") == "old and newer"
    assert os.listdir(tmp_path) == ["log.txt"]
    assert not [file for file in _open_files() if file.startswith(str(tmp_path))]


def test_long_paths_of_windows() -> None:
    path = "C:\\games\\" + "x" * 250
    assert long_path(path, system="nt") == "\\\\?\\" + path
    assert long_path("C:\\games", system="nt") == "C:\\games"
    share = "\\\\server\\share\\" + "x" * 250
    assert long_path(share, system="nt") == "\\\\?\\UNC\\server\\share\\" + "x" * 250
    for whole in (path, share):
        assert short_path(long_path(whole, system="nt")) == whole
        assert long_path(long_path(whole, system="nt"), system="nt") == long_path(whole, system="nt")
        assert is_within(long_path(whole, system="nt"), whole)


def test_long_paths_here(tmp_path: Path) -> None:
    (tmp_path / "saves").mkdir()
    with VirtualFileSystem(tmp_path / "saves") as vfs:
        path = "/" + "/".join(["folder" * 10] * 6) + "/a.txt"
        vfs.write_text(path, "1")
        assert len(str(tmp_path)) + len(path) > disk_names.MAX_PATH
        assert vfs.read_text(path) == "1"
        assert list(vfs.glob("/**/*.txt")) == [path]


@pytest.mark.parametrize("mod", ["zip", "pack"], indirect=True)
@pytest.mark.parametrize("is_read", [False, True], ids=["unread", "read"])
def test_a_mod_that_was_replaced_is_closed_at_the_next_update_once_nothing_reads_from_it(
    mod: Path, is_read: bool, tmp_path: Path
) -> None:
    gc.disable()  # no help from there: a game may disable it, too
    try:
        with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
            content = mod.stat().st_ino
            stream = game.vfs.open("/large.txt", "rb") if is_read else None
            assert game.read("/a.txt") == b"snow"
            mod.rename(tmp_path / "gone")
            game.mods.rescan()
            assert game.read("/a.txt") == b"snow"
            game.update()
            assert game.read("/a.txt") == b"base"
            if stream is not None:
                game.mods.rescan()
                game.update()
                assert stream.read() == b"snow" * 500_000
                stream.close()
                del stream
                game.mods.rescan()
                game.update()
            assert content not in _open_inodes()
    finally:
        gc.enable()


def test_mods_that_the_game_reads_are_updated_and_brought_back(tmp_path: Path, windows: None) -> None:
    with World(tmp_path) as world:
        for version in ("1.0", "2.0"):
            world.release("snow", version)
        game = world.game()
        for act, version in (
            (lambda: game.mods.install("snow==1.0"), "1.0"),
            (game.mods.update, "2.0"),
            (game.mods.undo_install, "1.0"),
        ):
            act()
            game.update()
            assert game.read("/f.txt") == f"snow {version}".encode()
            assert str(game.mods["snow"].version) == version
        assert [file.name.split("-")[1] for file in game.mods.folder.glob("*.zip")] == ["1.0"]
