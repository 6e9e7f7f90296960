"""Links and special files in a folder: every walk ends, nothing blocks, and no link leads out of a mod."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vfsloader import FolderLayer, VirtualFileSystem, open_layer
from vfsloader.errors import PathNotFoundError
from vfsloader.layers import folder as folder_module
from vfsloader.layers.protocol import Entry


def every_path(layer: FolderLayer, most: int = 200_000) -> list[str]:
    """Walk a layer; fail instead of walking without end."""
    found: list[str] = []
    waiting = ["/"]
    while waiting:
        for entry in layer.list(waiting.pop()):
            found.append(entry.path)
            assert len(found) <= most, "the walk does not end"
            if entry.is_folder:
                waiting.append(entry.path)
    return sorted(found)


def up(at: Path) -> set[str]:
    for name in ("x", "y"):
        (at / name).mkdir()
        (at / name / "f").write_text(name)
        (at / name / "up").symlink_to("..")
    return {"/x", "/x/f", "/y", "/y/f"}


def itself(at: Path) -> set[str]:
    (at / "x").mkdir()
    (at / "x" / "self").symlink_to(".")
    (at / "x" / "again").symlink_to(at / "x")
    (at / "endless").symlink_to("endless")
    return {"/x"}


def one_another(at: Path) -> set[str]:
    for name, other in (("x", "y"), ("y", "x")):
        (at / name).mkdir()
        (at / name / "f").write_text(name)
        (at / name / "to").symlink_to(at / other)
    return {"/x", "/x/f", "/x/to", "/x/to/f", "/y", "/y/f", "/y/to", "/y/to/f"}


def back_into_the_way(at: Path) -> set[str]:
    """The way down from a link's target passes a folder that was entered before."""
    (at / "p" / "q" / "r").mkdir(parents=True)
    (at / "in").symlink_to("p/q/r")
    (at / "p" / "q" / "r" / "out").symlink_to(at / "p")
    return {"/in", "/in/out", "/in/out/q", "/p", "/p/q", "/p/q/r"}


@pytest.mark.parametrize("make", [up, itself, one_another, back_into_the_way])
@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("live", [False, True])
def test_a_walk_enters_no_folder_twice(
    tmp_path: Path, make: Callable[[Path], set[str]], trusted: bool, live: bool
) -> None:
    expected = make(tmp_path)
    layer = FolderLayer(tmp_path, trusted=trusted, live=live)
    assert set(every_path(layer)) == expected
    assert set(layer.glob("/**")) == expected
    for path in expected:  # and each path is found without a walk
        assert FolderLayer(tmp_path, trusted=trusted, live=live).find(path) is not None
    for path in ("/x/up/x", "/x/up/y/f", "/x/self/self", "/x/to/to/f", "/in/out/q/r"):
        if path not in expected:
            assert FolderLayer(tmp_path, trusted=trusted, live=live).find(path) is None
    with VirtualFileSystem() as vfs:
        vfs.add_underlay(layer)
        assert set(vfs.glob("/**")) == expected


def test_a_link_that_replaces_a_known_folder_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "x" / "sub").mkdir(parents=True)
    layer = FolderLayer(tmp_path)
    assert every_path(layer) == ["/x", "/x/sub"]
    (tmp_path / "x" / "sub").rmdir()
    (tmp_path / "x" / "sub").symlink_to("..")
    assert every_path(layer) == ["/x"]


def test_links_that_multiply_show_a_bounded_number_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty folders, each with two links to the next: without a circle, but a billion paths."""
    monkeypatch.setattr(folder_module, "MAX_LISTED_BELOW_LINKS", 500)
    for number in range(30):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "f").write_text("x")
        for link in "ab":
            (tmp_path / str(number) / link).symlink_to(tmp_path / str(number + 1))
    layer = FolderLayer(tmp_path, live=False)
    paths = every_path(layer)
    assert 300 < len(paths) <= 500 + 4 * 30
    assert {f"/{number}/f" for number in range(30)} <= set(paths)
    assert every_path(layer) == paths  # the same again
    assert layer.find("/0/a/b/a/f") is not None
    assert any("below links" in reason for path in paths for _, reason in layer.left_out(path))


def test_folders_that_all_link_to_one_another_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MAX_LISTED_BELOW_LINKS", 1000)
    names = "abcdefghijkl"
    for name in names:
        (tmp_path / name).mkdir()
        for other in names:
            (tmp_path / name / other).symlink_to(tmp_path / other)
    assert len(every_path(FolderLayer(tmp_path, live=False))) < 2000


def test_a_chain_of_a_thousand_links_is_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "0").write_text("x")
    for number in range(1, 2000):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    layer = FolderLayer(tmp_path)
    assert layer.find("/1999") is None
    assert layer.read(layer.find("/20")) == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        layer.read(Entry("/1999", 0, locator=str(tmp_path / "1999")))  # type: ignore[arg-type]


# --- out of the folder -----------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside" / "fonts").mkdir(parents=True)
    (tmp_path / "outside" / "fonts" / "a.ttf").write_text("font")
    return tmp_path / "outside"


def test_links_of_a_trusted_folder_lead_out(tmp_path: Path, outside: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "font.ttf").symlink_to(outside / "fonts" / "a.ttf")
    (base / "fonts").symlink_to(outside / "fonts")
    (base / "round").symlink_to("/")  # ends, as no folder is entered twice
    with open_layer(base, trusted=True) as layer:
        assert layer.read(layer.find("/font.ttf")) == layer.read(layer.find("/fonts/a.ttf")) == b"font"
        assert layer.find(f"/round{base}") is None
    with open_layer(base) as layer:
        assert list(layer.list("/")) == []
        assert layer.find("/fonts/a.ttf") is None


def swap_file(mod: Path, outside: Path) -> None:
    (mod / "sub" / "f").unlink()
    (mod / "sub" / "f").symlink_to(outside / "fonts" / "a.ttf")


def swap_folder(mod: Path, outside: Path) -> None:
    (mod / "sub" / "f").unlink()
    (mod / "sub").rmdir()
    (outside / "fonts" / "f").write_text("secret")
    (mod / "sub").symlink_to(outside / "fonts")


def swap_root(mod: Path, outside: Path) -> None:
    mod.rename(mod.with_name("away"))
    (outside / "sub").mkdir()
    (outside / "sub" / "f").write_text("secret")
    mod.symlink_to(outside)


@pytest.mark.parametrize("swap", [swap_file, swap_folder, swap_root])
def test_what_is_opened_is_checked_and_not_only_what_was_found(
    tmp_path: Path, outside: Path, swap: Callable[[Path, Path], None]
) -> None:
    mod = tmp_path / "mod"
    (mod / "sub").mkdir(parents=True)
    (mod / "sub" / "f").write_text("mine")
    layer = FolderLayer(mod)
    entry = layer.find("/sub/f")
    swap(mod, outside)
    with pytest.raises(PathNotFoundError, match="leads out"):
        layer.read(entry)
    with pytest.raises(PathNotFoundError, match="leads out"):
        layer.open(entry)


def test_links_inside_are_read_and_files_keep_their_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_bytes(b"x" * 70_000)
    (tmp_path / "to").symlink_to("real")
    (tmp_path / "g").symlink_to("to/f")
    layer = FolderLayer(tmp_path)
    for path in ("/real/f", "/to/f", "/g"):
        entry = layer.find(path)
        assert layer.read(entry) == b"x" * 70_000
        with layer.open(entry) as file:
            assert file.name == str(tmp_path / path[1:])
            assert file.read() == b"x" * 70_000


# --- special files ---------------------------------------------------------------------------------------


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_socket(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(file))


def a_folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("make", [a_pipe, a_socket, a_folder])
@pytest.mark.parametrize("trusted", [False, True])
def test_a_special_file_is_never_waited_for(tmp_path: Path, make: Callable[[Path], None], trusted: bool) -> None:
    (tmp_path / "f").write_text("old")
    (tmp_path / "link").symlink_to("f")
    layer = FolderLayer(tmp_path, trusted=trusted)
    entries = [layer.find("/f"), layer.find("/link")]
    (tmp_path / "f").unlink()
    make(tmp_path / "f")
    for entry in entries:
        with pytest.raises(PathNotFoundError, match="not a regular file"):
            layer.read(entry)
        with pytest.raises(PathNotFoundError, match="not a regular file"):
            layer.open(entry)
    if make is not a_folder:
        assert list(layer.list("/")) == []
        assert [reason for _, reason in layer.left_out("/")] == ["it is not a regular file"] * 2


def test_the_next_layer_answers_for_a_file_that_became_a_pipe(tmp_path: Path) -> None:
    for name in ("low", "high"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_text(name)
    with VirtualFileSystem() as vfs:
        vfs.add_underlay(FolderLayer(tmp_path / "low", live=False))
        vfs.add_underlay(FolderLayer(tmp_path / "high", live=False), priority=1)
        assert vfs.read_text("/f") == "high"
        (tmp_path / "high" / "f").unlink()
        os.mkfifo(tmp_path / "high" / "f")
        assert vfs.read_text("/f") == "low"


def test_what_is_left_out_is_listed_with_reasons(tmp_path: Path, outside: Path) -> None:
    mod = tmp_path / "mod"
    (mod / "x").mkdir(parents=True)
    (mod / "out").symlink_to(outside)
    (mod / "gone").symlink_to("nothing")
    (mod / "x" / "up").symlink_to("..")
    (mod / "a\\b").write_text("x")
    layer = FolderLayer(mod)
    assert [(path, reason.split()[-1]) for path, reason in layer.left_out("/")] == [
        ("/a\\b", "path"),
        ("/gone", "nowhere"),
        ("/out", "folder"),
    ]
    assert layer.left_out("/x") == [("/x/up", "it is a link back to a folder on its own path")]
    assert layer.left_out("/nope") == []


def test_files_are_read_by_many_threads(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 5000)
    layer = FolderLayer(tmp_path)
    entry = layer.find("/f")
    lengths: list[int] = []
    threads = [threading.Thread(target=lambda: lengths.append(len(layer.read(entry)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [5000] * 8
