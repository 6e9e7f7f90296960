"""Special files and links in a mods folder cost only the mod that has them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mods.making import add
from vfsloader import ResourceManager
from vfsloader.mods.manager import ModManager


def ids(manager: ModManager) -> list[str]:
    return sorted(mod.id for mod in manager.available)


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_socket(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(file))


def a_link_to_a_pipe(file: Path) -> None:
    os.mkfifo(file.with_name("pipe"))
    file.symlink_to("pipe")


def a_folder(file: Path) -> None:
    file.mkdir()


def a_long_chain(file: Path) -> None:
    for number in range(1500):
        file.with_name(str(number)).symlink_to(str(number + 1))
    file.symlink_to("0")


@pytest.mark.parametrize("make", [a_pipe, a_socket, a_link_to_a_pipe, a_folder, a_long_chain])
@pytest.mark.parametrize("marker", ["mod.toml", "mod.json", "mod.conf"])
def test_a_manifest_that_is_not_a_file(tmp_path: Path, make: Callable[[Path], None], marker: str) -> None:
    add(tmp_path, "good")
    (tmp_path / "bad").mkdir()
    make(tmp_path / "bad" / marker)
    manager = ModManager(tmp_path)
    assert ids(manager) == ["good"]
    (problem,) = manager.problems
    assert problem.kind == "unreadable"
    assert "bad" in str(problem)
    manager.close()


@pytest.mark.parametrize("make", [a_pipe, a_socket])
def test_an_archive_that_is_not_a_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    add(tmp_path, "good")
    make(tmp_path / "bad.zip")
    manager = ModManager(tmp_path)
    assert ids(manager) == ["good"]
    assert [problem.kind for problem in manager.problems] == ["unreadable"]
    manager.close()


def test_links_in_a_mod_pack_stay_in_it(tmp_path: Path) -> None:
    mods = tmp_path / "mods"
    add(tmp_path / "elsewhere", "secret")
    add(mods / "pack", "aa")
    (mods / "pack" / "modpack.toml").write_text('name = "All of them"')
    (mods / "pack" / "inner").mkdir()
    (mods / "pack" / "inner" / "modpack.toml").write_text('name = "Some of them"')
    (mods / "pack" / "inner" / "real").symlink_to(add(mods / "pack" / "kept", "bb"))
    (mods / "pack" / "out").symlink_to(tmp_path / "elsewhere" / "secret")
    (mods / "pack" / "inner" / "up").symlink_to("..")
    for number in range(100):  # each would be listed a hundred times, and so on
        (mods / "pack" / f"again{number}").symlink_to(".")
    manager = ModManager(mods)
    assert "secret" not in ids(manager)
    assert {"aa", "bb"} <= set(ids(manager))
    assert len([problem for problem in manager.problems if "link" in str(problem)]) == 102
    manager.close()


def test_a_mod_with_links_that_point_up_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "f").write_text("base")
    mod = add(tmp_path / "mods", "loops", {"x/f": "x", "y/f": "y", "f": "mod"})
    for name in ("x", "y"):
        (mod / name / "up").symlink_to("..")
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        assert game.vfs.glob("/**") == ["/f", "/x", "/x/f", "/y", "/y/f"]
        assert game.vfs.read_text("/f") == "mod"
        assert list(game.mods.overrides()) is not None
