from __future__ import annotations

import hashlib
import io
import os
import pickle
from pathlib import Path

import pytest

from vfsloader import FolderLayer, Store, VFSError, VirtualFileSystem, open_layer, packs
from vfsloader.errors import FolderNotEmptyError, InvalidPathError


def layer_of(**files: str) -> Store:
    store = Store(":memory:")
    for path, text in files.items():
        store.write("/" + path.replace("__", "/").replace("_txt", ".txt"), text.encode())
    return store


@pytest.fixture
def vfs() -> VirtualFileSystem:
    """Base below winter below the local layer."""
    made = VirtualFileSystem()
    made.add_underlay(layer_of(a_txt="base a", d__x_txt="base x", d__y_txt="base y", only__zeppelin_txt="z"), 0, "base")
    made.add_underlay(layer_of(a_txt="winter a", d__x_txt="winter x", d__n_txt="winter n"), 10, "winter")
    return made


def test_the_later_layer_wins(vfs: VirtualFileSystem) -> None:
    assert vfs.read_text("/a.txt") == "winter a"
    assert vfs.which_layer("/a.txt") == "winter"
    assert vfs.read_text("d/y.txt") == "base y"
    assert vfs.listdir("/") == ["a.txt", "d", "only"]
    assert vfs.listdir("/d") == ["n.txt", "x.txt", "y.txt"]
    assert list(vfs.walk("/")) == [
        ("/", ["d", "only"], ["a.txt"]),
        ("/d", [], ["n.txt", "x.txt", "y.txt"]),
        ("/only", [], ["zeppelin.txt"]),
    ]
    assert vfs.glob("/**/?.txt") == ["/a.txt", "/d/n.txt", "/d/x.txt", "/d/y.txt"]
    assert vfs.glob("/d") == ["/d"]
    assert vfs.glob("/*") == ["/a.txt", "/d", "/only"]


def test_of_equal_priorities_the_later_added_wins() -> None:
    vfs = VirtualFileSystem()
    assert vfs.add_underlay(layer_of(a="1")) == "underlay_1"
    assert vfs.add_underlay(layer_of(a="2")) == "underlay_2"
    assert vfs.read_text("/a") == "2"
    assert vfs.remove_underlay("underlay_2")
    assert not vfs.remove_underlay("underlay_2")
    assert vfs.read_text("/a") == "1"
    with pytest.raises(ValueError, match="already"):
        vfs.add_underlay(layer_of(), name="underlay_1")


def test_writing_leaves_underlays_alone(vfs: VirtualFileSystem) -> None:
    assert vfs.write_text("/a.txt", "mine") == 4
    assert vfs.read_text("/a.txt") == "mine"
    assert vfs.which_layer_detailed("/a.txt") == {
        "path": "/a.txt",
        "resolved_from": "local",
        "layers": [
            {"name": "local", "has_file": True, "hides": False},
            {"name": "winter", "has_file": True, "hides": False},
            {"name": "base", "has_file": True, "hides": False},
        ],
    }
    vfs.remove("/a.txt")
    assert not vfs.exists("/a.txt")
    assert vfs.which_layer_detailed("/a.txt")["layers"][0] == {"name": "local", "has_file": False, "hides": True}
    assert vfs.listdir("/") == ["d", "only"]


def test_a_removed_folder_stays_removed_when_it_is_made_again(vfs: VirtualFileSystem) -> None:
    vfs.rmtree("/d")
    assert not vfs.exists("/d/x.txt")
    vfs.mkdir("/d")
    assert vfs.listdir("/d") == []
    vfs.write_text("/d/new.txt", "n")
    assert vfs.listdir("/d") == ["new.txt"]


def test_whiteouts_survive_reopening(tmp_path: Path) -> None:
    base = layer_of(a="1", d__b="2")
    with VirtualFileSystem(tmp_path / "s.db") as vfs:
        vfs.add_underlay(base, name="base")
        vfs.remove("/a")
        vfs.rename("/d", "/e")
    with VirtualFileSystem(tmp_path / "s.db") as vfs:
        vfs.add_underlay(base, name="base")
        assert list(vfs.walk()) == [("/", ["e"], []), ("/e", [], ["b"])]


def test_opening_for_change_copies_up(vfs: VirtualFileSystem) -> None:
    with vfs.open("/a.txt", "a") as file:
        file.write("!")
    assert vfs.read_text("/a.txt") == "winter a!"
    assert vfs.which_layer("/a.txt") == "local"
    with vfs.open("/d/y.txt", "r+b") as file:
        file.write(b"BASE")
    assert vfs.read_bytes("/d/y.txt") == b"BASE y"


@pytest.mark.parametrize("mode", ["r", "w", "a", "x", "r+", "w+", "a+", "x+"])
@pytest.mark.parametrize("binary", [False, True])
def test_modes_do_what_the_builtin_does(mode: str, binary: bool, tmp_path: Path) -> None:
    full = mode + "b" * binary
    real = tmp_path / "f"
    vfs = VirtualFileSystem(tmp_path / "s.db")
    if mode[0] != "x":
        real.write_bytes(b"line one\nline two\n")
        vfs.write_bytes("/f", b"line one\nline two\n")

    def drive(file: io.IOBase) -> list[object]:
        told: list[object] = [file.readable(), file.writable(), file.seekable(), file.tell()]
        for action in (
            lambda: file.read(6),
            lambda: file.write(b"ADDED" if binary else "ADDED"),
            lambda: file.seek(2),
            lambda: file.readline(),
            lambda: file.truncate(9),
            lambda: file.seek(0, 2),
            lambda: file.write(b"END" if binary else "END"),
            lambda: file.seek(0),
            lambda: file.read(),
        ):
            try:
                told.append(action())
            except (io.UnsupportedOperation, OSError) as error:
                told.append(type(error))
        return told

    with open(real, full) as expected, vfs.open("/f", full) as found:
        assert drive(found) == drive(expected)
    assert vfs.read_bytes("/f") == real.read_bytes()
    vfs.close()


@pytest.mark.parametrize("mode", ["", "q", "rw", "rr", "tb", "r++", "b", "+"])
def test_what_is_no_mode_is_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="mode"):
        VirtualFileSystem().open("/f", mode)


def test_text_options(tmp_path: Path) -> None:
    vfs = VirtualFileSystem()
    with vfs.open("/f", "w", encoding="utf-16", newline="\r\n") as file:
        file.write("ä\nb")
    assert vfs.read_bytes("/f").decode("utf-16") == "ä\r\nb"
    assert vfs.open("/f", encoding="utf-16").read() == "ä\nb"
    assert vfs.read_text("/f", "utf-16") == "ä\nb"
    assert vfs.open("/f", errors="replace").readable()
    with pytest.raises(ValueError, match="encoding"):
        vfs.open("/f", "rb", encoding="utf-8")
    with pytest.raises(ValueError, match="unbuffered"):
        vfs.open("/f", "w", 0)
    with vfs.open("/raw", "wb", 0) as file:
        assert file.write(b"abc") == 3
    assert vfs.read_bytes("/raw") == b"abc"


def test_a_file_changes_when_it_is_closed_and_not_when_its_block_fails(vfs: VirtualFileSystem) -> None:
    file = vfs.open("/a.txt", "w")
    file.write("new")
    file.flush()
    assert vfs.read_text("/a.txt") == "winter a"
    file.close()
    assert vfs.read_text("/a.txt") == "new"
    for mode in ("w", "wb", "r+", "r+b", "a"):
        with pytest.raises(ZeroDivisionError), vfs.open("/a.txt", mode) as file:
            file.write(b"half" if "b" in mode else "half")
            raise ZeroDivisionError
        assert vfs.read_text("/a.txt") == "new"


def test_errors_are_builtin_kinds_with_a_sentence(vfs: VirtualFileSystem) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        vfs.read_bytes("/d/xx.txt")
    assert (missing.value.errno, missing.value.filename) == (2, "/d/xx.txt")
    assert str(missing.value) == "no layer has /d/xx.txt (looked in local, winter, base); did you mean /d/x.txt?"
    assert isinstance(missing.value, VFSError)
    assert str(pickle.loads(pickle.dumps(missing.value))) == str(missing.value)
    with pytest.raises(FileNotFoundError, match=r"did you mean /only/zeppelin\.txt"):
        vfs.read_bytes("/zeppelin.txt")
    for call, kind in (
        (lambda: vfs.open("/d"), IsADirectoryError),
        (lambda: vfs.read_bytes("/d"), IsADirectoryError),
        (lambda: vfs.write_text("/d", "x"), IsADirectoryError),
        (lambda: vfs.listdir("/a.txt"), NotADirectoryError),
        (lambda: vfs.open("/a.txt/b"), NotADirectoryError),
        (lambda: vfs.write_text("/a.txt/b", "x"), NotADirectoryError),
        (lambda: vfs.listdir("/nope"), FileNotFoundError),
        (lambda: vfs.open("/a.txt", "x"), FileExistsError),
        (lambda: vfs.mkdir("/d"), FileExistsError),
        (lambda: vfs.mkdir("/p/q"), FileNotFoundError),
        (lambda: vfs.rename("/a.txt", "/d"), FileExistsError),
        (lambda: vfs.rename("/nope", "/x"), FileNotFoundError),
        (lambda: vfs.copytree("/d", "/only"), FileExistsError),
        (lambda: vfs.remove("/d"), IsADirectoryError),
        (lambda: vfs.stat("/nope"), FileNotFoundError),
        (lambda: vfs.getsize("/nope"), FileNotFoundError),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert isinstance(caught.value, VFSError)
    for call, ours in (
        (lambda: vfs.rmdir("/d"), FolderNotEmptyError),
        (lambda: vfs.rename("/d", "/d/e"), InvalidPathError),
        (lambda: vfs.copytree("/d", "/d/e"), InvalidPathError),
        (lambda: vfs.rmtree("/"), InvalidPathError),
        (lambda: vfs.read_bytes("/../x"), InvalidPathError),
    ):
        with pytest.raises(ours):
            call()


@pytest.mark.parametrize("bad", ["", "/\0", "/..", "a\\b", "/" + "x" * 10_000, "/\udc80"])
def test_what_cannot_be_a_path_does_not_exist(bad: str, vfs: VirtualFileSystem) -> None:
    assert not vfs.exists(bad)
    assert not vfs.isfile(bad)
    assert not vfs.isdir(bad)
    with pytest.raises(OSError, match=r"."):
        vfs.write_bytes(bad, b"")
    assert vfs.exists("/a.txt")


def test_making_and_removing_folders(vfs: VirtualFileSystem) -> None:
    vfs.makedirs("/p/q")
    vfs.makedirs("/p/q", exist_ok=True)
    vfs.mkdir("/p/r", parents=True)
    vfs.rmdir("/p/q")
    assert vfs.listdir("/p") == ["r"]


def test_a_folder_is_copied_merged(vfs: VirtualFileSystem) -> None:
    vfs.copytree("/d", "/copy")
    assert vfs.listdir("/copy") == vfs.listdir("/d") == ["n.txt", "x.txt", "y.txt"]
    assert vfs.read_text("/copy/y.txt") == "base y"
    assert vfs.which_layer("/copy/y.txt") == "local"


@pytest.mark.parametrize("new", ["/elsewhere", "/moved/here"])
def test_a_folder_of_underlays_is_moved_merged(vfs: VirtualFileSystem, new: str) -> None:
    vfs.rename("/d", new)
    assert vfs.listdir(new) == ["n.txt", "x.txt", "y.txt"]
    assert not vfs.exists("/d")


def test_walking_a_missing_folder_reports_it_and_yields_nothing(vfs: VirtualFileSystem) -> None:
    assert list(vfs.walk("/nope")) == []
    errors: list[OSError] = []
    assert list(vfs.walk("/nope", errors.append)) == []
    assert [(isinstance(error, FileNotFoundError), error.filename) for error in errors] == [(True, "/nope")]


def test_walking_may_be_pruned(vfs: VirtualFileSystem) -> None:
    vfs.write_text("/w/a/deep/1.txt", "")
    vfs.write_text("/w/b/2.txt", "")
    seen = []
    for folder, folders, files in vfs.walk("/w"):
        folders[:] = [name for name in folders if name != "a"]
        seen.append((folder, files))
    assert seen == [("/w", []), ("/w/b", ["2.txt"])]


def test_stat_has_every_name(vfs: VirtualFileSystem) -> None:
    vfs.write_text("/s.txt", "hello")
    result = vfs.stat("/s.txt")
    assert result.st_size == result.size == vfs.getsize("/s.txt") == 5
    assert result.st_mtime == pytest.approx(result.st_mtime_ns / 1e9)
    assert result.modified_at[:10] == result.created_at[:10]
    assert result.source_layer == "local"
    assert not result.is_directory
    assert vfs.stat("/d").is_directory


def test_the_generation_rises_with_each_change(vfs: VirtualFileSystem) -> None:
    vfs.write_text("/s.txt", "hello")
    before = vfs.stat("/s.txt").generation
    vfs.write_text("/s.txt", "hello!")
    assert vfs.stat("/s.txt").generation > before


@pytest.mark.parametrize("content", [b"", b"hello", bytes(3 << 20)])
def test_the_digest_is_the_contents(vfs: VirtualFileSystem, content: bytes) -> None:
    vfs.write_bytes("/s.bin", content)
    assert vfs.digest("/s.bin") == hashlib.sha256(content).digest()
    assert vfs.digest("/a.txt") == hashlib.sha256(vfs.read_bytes("/a.txt")).digest()


def test_a_read_only_file_system_says_so(tmp_path: Path) -> None:
    VirtualFileSystem(tmp_path / "s.db").close()
    with VirtualFileSystem(tmp_path / "s.db", read_only=True) as vfs:
        for call in (
            lambda: vfs.write_text("/x", ""),
            lambda: vfs.mkdir("/x"),
            lambda: vfs.open("/x", "w"),
        ):
            with pytest.raises(PermissionError, match="reading only"):
                call()
        assert vfs.list_layers()[0]["writable"] is False


def test_batches(vfs: VirtualFileSystem) -> None:
    with pytest.raises(ZeroDivisionError), vfs.atomic_batch():
        vfs.remove("/a.txt")
        vfs.write_text("/b.txt", "b")
        with vfs.atomic_batch():
            vfs.rename("/d", "/e")
        raise ZeroDivisionError
    assert vfs.listdir("/") == ["a.txt", "d", "only"]
    assert vfs.read_text("/a.txt") == "winter a"


def test_a_file_system_can_be_a_layer_of_another() -> None:
    lower, upper = VirtualFileSystem(), VirtualFileSystem()
    lower.add_underlay(layer_of(a="below", b="b"), name="deep")
    upper.add_underlay(lower, name="lower")
    assert upper.read_text("/a") == "below"
    lower.write_text("/a", "changed")
    assert upper.read_text("/a") == "changed"
    lower.remove("/b")
    assert not upper.exists("/b")
    assert upper.list_layers()[1] == {"name": "lower", "priority": 0, "db_path": ":memory:", "writable": False}


def test_a_subclass_may_read_in_its_own_way() -> None:
    class Loud(VirtualFileSystem):
        def read_bytes(self, path: object) -> bytes:
            return super().read_bytes(path).upper()

    vfs = Loud()
    vfs.write_text("/a", "quiet")
    assert vfs.read_bytes("/a") == b"QUIET"
    assert vfs.read_text("/a") == "QUIET"


def test_a_live_folder_shows_changes_and_a_fixed_one_when_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    live, fixed = VirtualFileSystem(), VirtualFileSystem()
    layer = FolderLayer(tmp_path, live=False)
    live.add_underlay(FolderLayer(tmp_path))
    fixed.add_underlay(layer)
    assert live.listdir() == fixed.listdir() == ["a"]
    assert fixed.read_text("/a") == "1"
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_text("2")
    assert live.listdir() == ["b"]
    assert live.read_text("/b") == "2"
    with pytest.raises(FileNotFoundError):
        fixed.read_text("/a")
    layer.refresh()
    assert fixed.read_text("/b") == "2"


def test_a_commit_of_another_connection_is_seen_at_once(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db") as one, VirtualFileSystem(tmp_path / "s.db") as other:
        one.write_text("/a", "1")
        assert other.read_text("/a") == "1"
        other.write_text("/a", "22")
        assert one.read_text("/a") == "22"
        other.remove("/a")
        assert not one.exists("/a")


def test_packs_hold_what_was_put_in(tmp_path: Path) -> None:
    data = {f"/d{n % 7}/f{n}": os.urandom(n * 700) for n in range(60)}
    store = Store(":memory:")
    for path, content in data.items():
        store.write(path, content)
    report = packs.build(store, tmp_path / "x.pack")
    assert (report.files, report.size) == (60, sum(map(len, data.values())))
    with pytest.raises(FileExistsError):
        packs.build(store, tmp_path / "x.pack")
    packs.build(store, tmp_path / "x.pack", overwrite=True)
    assert os.listdir(tmp_path) == ["x.pack"]
    with open_layer(tmp_path / "x.pack") as pack, VirtualFileSystem() as vfs:
        vfs.add_underlay(pack)
        assert {path: vfs.read_bytes(path) for path in data} == data


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    class Broken(Store):
        def read(self, key: object) -> bytes:
            raise OSError("the disk died")

    store = Broken(":memory:")
    store.write("/a", b"1")
    with pytest.raises(OSError, match="died"):
        packs.build(store, tmp_path / "x.pack")
    assert os.listdir(tmp_path) == []


def test_an_error_that_outlives_its_file_system_can_still_be_read() -> None:
    with VirtualFileSystem() as vfs:
        vfs.write_text("/player.png", "x")
        with pytest.raises(FileNotFoundError) as lost:
            vfs.read_bytes("/plyer.png")
    assert str(lost.value) == "no layer has /plyer.png (looked in local)"
    with pytest.raises(FileNotFoundError) as told, VirtualFileSystem() as vfs:
        vfs.write_text("/player.png", "x")
        vfs.read_bytes("/plyer.png")
    assert str(told.value).endswith("did you mean /player.png?")


def test_a_buffer_that_does_not_fit_leaves_the_file_as_it_was() -> None:
    """What is left in a buffer is written when the file is closed; a refusal then must not cut the file short."""
    with VirtualFileSystem(quota=100) as vfs:
        vfs.write_text("/a", "kept")
        for mode in ("wb", "w", "r+b", "ab"):
            with pytest.raises(OSError, match="quota"), vfs.open(mode=mode, path="/a") as file:
                file.write(b"x" * 200 if "b" in mode else "x" * 200)
            file = vfs.open("/a", mode)
            file.write(b"x" * 200 if "b" in mode else "x" * 200)
            with pytest.raises(OSError, match="quota"):
                file.close()
            assert file.closed
            assert vfs.read_text("/a") == "kept"
