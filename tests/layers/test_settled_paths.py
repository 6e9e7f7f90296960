"""Trees with live folders show every change at once, whether notices of changes are read or every folder is asked."""

from __future__ import annotations

import gc
import mmap
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Store, VirtualFileSystem
from vfsloader.errors import PathError
from vfsloader.layers import folder_notices
from vfsloader.layers.folder import FolderLayer
from vfsloader.runtime.fast_paths import VARIABLE

#: Steps of another process; `make soak` asks for many more.
STEPS = int(os.environ.get("VFSLOADER_RENAMES", "500"))
ROOT = Path(__file__).parents[2]
#: Only Linux has notices that are there as soon as the change is.
HAS_NOTICES = sys.platform.startswith("linux")


def tree_over(*folders: Path, top: Path | str = ":memory:") -> VirtualFileSystem:
    """Mount folders, the last one on top, and read until they are watched."""
    vfs = VirtualFileSystem(top)
    for place, folder in enumerate(folders):
        vfs.add_underlay(FolderLayer(folder, trusted=place % 2 == 0), place, folder.name)
    for _ in range(20):
        answer(vfs, "/no such file")
    return vfs


def answer(vfs: VirtualFileSystem, path: str) -> bytes | str:
    """Return the content of a file, or the kind of the error."""
    try:
        data = vfs.read_bytes(path)
        with vfs.open(path, "rb") as file:
            assert file.read() == data == vfs.view(path)
        return data
    except PathError as error:
        return type(error).__name__


def finds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with each question that is put to a folder."""
    asked: list[str] = []
    find = FolderLayer.find

    def counted(self: FolderLayer, path: str) -> object:
        asked.append(path)
        return find(self, path)

    monkeypatch.setattr(FolderLayer, "find", counted)
    return asked


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "mods" / name for name in ("low", "middle", "high")]
    for folder in made:
        (folder / "a" / "b").mkdir(parents=True)
    (made[0] / "a/b/x").write_bytes(b"low")
    return made


def test_no_folder_is_asked_again_until_something_changes(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)  # CI runs the tests once with slow paths only
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"
    asked = finds(monkeypatch)
    assert vfs.read_bytes("/a/b/x") == b"low"
    (folders[0] / "a/b/x").write_bytes(b"new")  # the same name: the file is read, not remembered
    assert vfs.read_bytes("/a/b/x") == b"new"
    assert (not asked) == HAS_NOTICES
    assert vfs.stat("/a/b/x").st_size == 3
    (folders[2] / "a/b/x").write_bytes(b"high")
    assert vfs.read_bytes("/a/b/x") == b"high"
    (folders[2] / "a/b/x").unlink()
    assert vfs.read_bytes("/a/b/x") == b"new"


def test_the_switch_turns_notices_off(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    vfs = tree_over(*folders)
    asked = finds(monkeypatch)
    for _ in range(3):
        assert vfs.read_bytes("/a/b/x") == b"low"
    assert len(asked) > 9


def _move_away(folder: Path) -> None:
    shutil.copytree(folder.parent, folder.parent.with_name("other"))
    (folder.parent.with_name("other") / folder.name / "a/b/x").write_bytes(b"other")
    os.replace(folder.parent, folder.parent.with_name("elsewhere"))
    os.replace(folder.parent.with_name("other"), folder.parent)


def _replace_root(folder: Path) -> None:
    os.replace(folder, folder.with_name("old"))
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a/b/x").write_bytes(b"another root")


def _replace_folder_by_file(folder: Path) -> None:
    shutil.rmtree(folder / "a")
    (folder / "a").write_bytes(b"cuts off")


def _overflow(folder: Path) -> None:
    for n in range(17_000):
        (folder / "a/b/noise").touch()
        (folder / "a/b/noise").unlink()
        if n == 16_990:
            (folder / "a/b/x").write_bytes(b"one of many")


@pytest.mark.parametrize("change", [_move_away, _replace_root, _replace_folder_by_file, _overflow])
def test_changes_of_the_folders_themselves_show(folders: list[Path], change: Callable[[Path], None]) -> None:
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"
    change(folders[2])
    plain = VirtualFileSystem()
    for place, folder in enumerate(folders):
        if folder.is_dir():
            plain.add_underlay(FolderLayer(folder), place, folder.name)
    assert answer(vfs, "/a/b/x") == answer(plain, "/a/b/x") != b"low"


def test_a_link_is_asked_for_each_time(folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folders[2] / "a/b/x").symlink_to(tmp_path / "outside")
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"  # the link leads nowhere
    (tmp_path / "outside").write_bytes(b"outside")
    assert vfs.read_bytes("/a/b/x") == b"outside"
    asked = finds(monkeypatch)
    assert vfs.read_bytes("/a/b/x") == b"outside"
    assert asked


def test_a_folder_behind_a_link_is_asked_each_time(folders: list[Path], tmp_path: Path) -> None:
    shutil.rmtree(folders[2] / "a")
    (folders[2] / "a").symlink_to(tmp_path / "outside")
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"
    (tmp_path / "outside" / "b").mkdir(parents=True)
    (tmp_path / "outside" / "b" / "x").write_bytes(b"outside")
    assert vfs.read_bytes("/a/b/x") == b"outside"


def test_a_name_in_another_case_is_asked_for(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    vfs = tree_over(*folders)
    for asked_for, other in (("y", "Y"), ("Z", "z")):
        (folders[1] / "a/b" / other).write_bytes(b"other")
        (folders[0] / "a/b" / asked_for).write_bytes(b"asked for")
        path = f"/a/b/{asked_for}"
        assert vfs.read_bytes(path) in (b"asked for", b"other")  # the disk knows whether these are one name
        with monkeypatch.context():
            asked = finds(monkeypatch)
            vfs.read_bytes(path)
            assert asked


def test_a_file_that_is_moved_in_shows(folders: list[Path], tmp_path: Path) -> None:
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"
    (tmp_path / "y").write_bytes(b"moved in")
    os.replace(tmp_path / "y", folders[1] / "a/b/x")
    assert vfs.read_bytes("/a/b/x") == b"moved in"
    os.replace(folders[1] / "a/b/x", folders[2] / "a/b/x")
    assert vfs.read_bytes("/a/b/x") == b"moved in"
    os.replace(folders[2] / "a/b/x", tmp_path / "y")
    assert vfs.read_bytes("/a/b/x") == b"low"


def test_a_layer_of_another_kind_on_top_is_heeded(folders: list[Path], tmp_path: Path) -> None:
    for top in (":memory:", tmp_path / "save.db", tmp_path / "mods" / "writable"):
        if top == tmp_path / "mods" / "writable":
            (tmp_path / "mods" / "writable").mkdir()
        with tree_over(*folders, top=top) as vfs:
            assert vfs.read_bytes("/a/b/x") == b"low"
            vfs.write_bytes("/a/b/x", b"top")
            assert vfs.read_bytes("/a/b/x") == b"top"
            with pytest.raises(KeyError), vfs.atomic_batch():
                vfs.remove("/a/b/x")
                assert answer(vfs, "/a/b/x") == "PathNotFoundError"
                raise KeyError
            assert vfs.read_bytes("/a/b/x") == b"top"
            vfs.remove("/a/b/x")
            assert answer(vfs, "/a/b/x") == "PathNotFoundError"


def test_a_store_that_another_one_writes_is_asked(folders: list[Path], tmp_path: Path) -> None:
    with tree_over(*folders, top=tmp_path / "save.db") as vfs, Store(tmp_path / "save.db") as other:
        assert vfs.read_bytes("/a/b/x") == b"low"
        other.write("/a/b/x", b"theirs")
        assert vfs.read_bytes("/a/b/x") == b"theirs"
        other.remove("/a/b/x")
        assert vfs.read_bytes("/a/b/x") == b"low"


def test_a_limit_on_watched_folders_costs_speed_alone(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_notices, "MAX_WATCHED", 2)
    vfs = tree_over(*folders)
    for data in (b"one", b"two"):
        (folders[1] / "a/b/x").write_bytes(data)
        assert vfs.read_bytes("/a/b/x") == data
        (folders[1] / "a/b/x").unlink()
        assert vfs.read_bytes("/a/b/x") == b"low"


def test_another_list_of_layers_ends_the_watching(folders: list[Path]) -> None:
    vfs = tree_over(*folders)
    assert vfs.read_bytes("/a/b/x") == b"low"
    gc.collect()
    before = _open_files()
    for _ in range(5):
        vfs.remove_underlay("high")
        vfs.add_underlay(FolderLayer(folders[2]), 2, "high")
        for _ in range(20):
            vfs.read_bytes("/a/b/x")
    gc.collect()
    assert _open_files() == before


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if HAS_NOTICES else 0


_FORK = """
    import os, pathlib, sys
    from tests.layers.test_settled_paths import tree_over
    high = pathlib.Path(sys.argv[2])
    vfs = tree_over(pathlib.Path(sys.argv[1]), high)
    assert vfs.read_bytes("/a/b/x") == b"low"
    if hasattr(os, "fork"):
        for turn in (b"one", b"two"):
            (high / "a/b/x").write_bytes(turn)
            child = os.fork()
            if not child:
                os._exit(0 if vfs.read_bytes("/a/b/x") == turn else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert vfs.read_bytes("/a/b/x") == turn, "the child has read the parent's notice"
            (high / "a/b/x").unlink()
            assert vfs.read_bytes("/a/b/x") == b"low"
"""


def test_a_child_process_takes_no_notice_from_its_parent(folders: list[Path]) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_FORK), folders[0], folders[2]]
    subprocess.run(command, check=True, cwd=ROOT)


_NAMES = ["a", "a/b", "a/b/x", "a/b/X", "a/é", "a/e\u0301", "y", ".wh.a", "a/.wh.b", "a/b/.wh.x", "a/b/.wh..wh..opq"]
_PATHS = ["/a", "/a/b/x", "/a/b/X", "/a/b", "/a/é", "/y", "/y/x", "/a/b/x/z"]
_steps = st.one_of(
    st.tuples(st.just("file"), st.integers(0, 3), st.sampled_from(_NAMES)),
    st.tuples(st.just("folder"), st.integers(0, 3), st.sampled_from(_NAMES)),
    st.tuples(st.just("remove"), st.integers(0, 3), st.sampled_from(_NAMES)),
    st.tuples(st.just("move"), st.integers(0, 3), st.sampled_from(_NAMES), st.sampled_from(_NAMES)),
    st.tuples(
        st.just("link"), st.integers(0, 3), st.sampled_from(_NAMES), st.sampled_from(["y", "../a", "b", "../.."])
    ),
    st.tuples(st.just("mode"), st.integers(0, 3), st.sampled_from(["a", "a/b"]), st.sampled_from([0o755, 0o000])),
    st.tuples(st.just("root"), st.integers(0, 3)),
)


@settings(max_examples=120)
@given(st.lists(_steps, min_size=1, max_size=20))
def test_notices_and_asking_always_agree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    place = tmp_path_factory.mktemp("x").resolve()
    roots = [place / name for name in ("0", "1", "2", "top")]
    for root in roots:
        (root / "a" / "b").mkdir(parents=True)
        (root / "y").write_bytes(root.name.encode())
    vfs = tree_over(*roots[:3], top=roots[3])
    for number, (what, who, *rest) in enumerate(steps):
        root = roots[int(who)]  # type: ignore[call-overload]
        _do(what, root, *rest, data=b"%d" % number)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, "0")
            plain = tree_over(*roots[:3], top=roots[3])
        for path in _PATHS:
            assert answer(vfs, path) == answer(plain, path), path
    for root in roots:
        for folder in (root / "a", root / "a" / "b"):
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(0o755)


def _do(what: object, root: Path, name: object = "", other: object = "", *, data: bytes) -> None:
    """Change a folder, if that is possible there."""
    at = root / str(name)
    try:
        if what == "file":
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_bytes(data)
        elif what == "folder":
            at.mkdir(parents=True)
        elif what == "remove":
            shutil.rmtree(at) if at.is_dir() and not at.is_symlink() else at.unlink()
        elif what == "move":
            os.replace(at, root / str(other))
        elif what == "link":
            os.symlink(str(other), at)
        elif what == "mode":
            at.chmod(int(other))  # type: ignore[call-overload]
        else:
            shutil.copytree(root, root.with_name("copy"), symlinks=True)
            os.replace(root, root.with_name(f"old {data.decode()}"))
            os.replace(root.with_name("copy"), root)
    except OSError:
        shutil.rmtree(root.with_name("copy"), ignore_errors=True)


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[mmap.mmap]:
    (tmp_path / "slot").write_bytes(bytes(8))
    with (tmp_path / "slot").open("r+b") as file, mmap.mmap(file.fileno(), 8) as published:
        yield published


def test_no_read_is_older_than_what_another_process_has_done(
    folders: list[Path], tmp_path: Path, slot: mmap.mmap
) -> None:
    (folders[0] / "a/b/x").write_bytes(bytes(8))
    for folder, name in zip(folders, "012", strict=True):
        os.replace(folder, folder.with_name(name))
    place = tmp_path / "mods"
    vfs = tree_over(*[place / name for name in "012"])
    command = [sys.executable, "-m", "tests.layers.rename_writer", place, tmp_path / "slot", str(STEPS)]
    with subprocess.Popen(command, cwd=ROOT) as writer:
        while writer.poll() is None:
            for _ in range(100):
                done = int.from_bytes(slot[:], "big")
                shown = int.from_bytes(vfs.read_bytes("/a/b/x"), "big")
                assert shown >= done, "a stale read"
    assert writer.returncode == 0
    assert int.from_bytes(vfs.read_bytes("/a/b/x"), "big") == STEPS == int.from_bytes(slot[:], "big")
