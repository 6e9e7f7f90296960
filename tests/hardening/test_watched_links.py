"""The watcher does not follow links out of a mod."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vfsloader.game import watcher as watcher_module
from vfsloader.game.watcher import Watcher

WaitFor = Callable[..., object]


def test_folders_behind_links_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "mods" / "a" / "x").mkdir(parents=True)
    (tmp_path / "mods" / "a" / "usr").symlink_to("/usr")
    (tmp_path / "mods" / "a" / "x" / "up").symlink_to("..")
    watched = watcher_module._with_subfolders([tmp_path / "mods"])
    assert watched == [str(tmp_path / "mods"), str(tmp_path / "mods" / "a"), str(tmp_path / "mods" / "a" / "x")]


@pytest.mark.skipif(
    not os.path.isdir("/proc/self/fdinfo"), reason="reads the number of watches from /proc, which only Linux has"
)
def test_a_mod_that_is_moved_in_is_watched_without_its_links(tmp_path: Path, wait_for: WaitFor) -> None:
    outside = tmp_path / "outside"
    for n in range(50):
        (outside / str(n)).mkdir(parents=True)
    (tmp_path / "new" / "sub").mkdir(parents=True)
    (tmp_path / "new" / "out").symlink_to(outside)
    (tmp_path / "mods").mkdir()
    watcher = Watcher([tmp_path / "mods"])
    try:
        wait_for(lambda: tmp_path / "mods" in watcher.drain(), "the watch to begin")
        shutil.move(tmp_path / "new", tmp_path / "mods" / "new")
        wait_for(lambda: count_watches() == 3, "the new folders to be watched")
        file = tmp_path / "mods" / "new" / "sub" / "f"

        def is_noticed() -> bool:
            file.write_text("x")
            return file in watcher.drain()

        wait_for(is_noticed, "a file in a new folder")
        assert count_watches() == 3
    finally:
        watcher.close()


def count_watches() -> int:
    count = 0
    for name in os.listdir("/proc/self/fdinfo"):
        try:
            with open(f"/proc/self/fdinfo/{name}") as file:
                count += sum(line.startswith("inotify") for line in file)
        except OSError:
            continue
    return count
