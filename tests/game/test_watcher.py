"""Files that change on a real disk, in all the ways in which programs write them."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mods.making import add
from vfsloader import ResourceManager
from vfsloader.assets.loader import Handle
from vfsloader.game.watcher import Watcher
from vfsloader.runtime import file_notices

WaitFor = Callable[..., object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base" / "deep").mkdir(parents=True)
    (tmp_path / "base" / "f").write_text("old")
    (tmp_path / "base" / "deep" / "g").write_text("old")
    return tmp_path


@pytest.fixture
def game(folder: Path) -> Iterator[ResourceManager]:
    with ResourceManager(folder / "base", mods=folder / "mods") as made:
        yield made


def is_shown(game: ResourceManager, text: Handle[str], expected: str) -> Callable[[], bool]:
    """Return a condition for ``wait_for``: after an update the handle has the expected value."""

    def condition() -> bool:
        game.update()
        return text.value == expected

    return condition


def overwrite(file: Path) -> None:
    file.write_text("new")


def rename_over(file: Path) -> None:
    file.with_name("f.part").write_text("new")
    os.replace(file.with_name("f.part"), file)


def delete_and_create(file: Path) -> None:
    file.unlink()
    file.write_text("new")


def keep_a_backup(file: Path) -> None:
    """As vim does: the old file gets another name, the new one is written, the old one goes."""
    file.rename(file.with_name("f~"))
    file.write_text("new")
    file.with_name("f~").unlink()


def link_a_nameless_file(file: Path) -> None:
    handle = os.open(file.parent, os.O_TMPFILE | os.O_WRONLY)
    os.write(handle, b"new")
    os.fsync(handle)
    file.unlink()
    root = os.open("/", os.O_RDONLY)  # given one, Python follows the link, as linkat(2) asks for
    os.link(f"/proc/self/fd/{handle}", file, src_dir_fd=root, follow_symlinks=True)
    os.close(root)
    os.close(handle)


def truncate_and_append(file: Path) -> None:
    with open(file, "w") as out:
        for char in "new":
            out.write(char)
            out.flush()
            os.fsync(out.fileno())


@pytest.mark.parametrize(
    "save",
    [overwrite, rename_over, delete_and_create, keep_a_backup, link_a_nameless_file, truncate_and_append],
    ids=lambda save: save.__name__,
)
def test_every_way_of_saving_is_seen(save: Any, game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    """bevyengine/bevy#3359 and #21183: files replaced by a rename or a link were not seen."""
    text = game.handle("/f", lambda asset: asset.data.decode())
    for _ in range(3):
        (folder / "base" / "f").write_text("old")
        wait_for(is_shown(game, text, "old"), "the old text")
        save(folder / "base" / "f")
        wait_for(is_shown(game, text, "new"), "the new text")


def test_thousands_of_changes_at_once(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    (folder / "base" / "many").mkdir()
    for n in range(3000):
        (folder / "base" / "many" / str(n)).write_text("1")
    shown = [game.handle(f"/many/{n}", lambda asset: asset.data.decode()) for n in range(3000)]
    for n in range(3000):
        (folder / "base" / "many" / str(n)).write_text("2")

    def all_new() -> bool:
        game.update()
        return all(one.value == "2" for one in shown)

    wait_for(all_new, "all of 3,000 files")


def test_a_folder_that_is_moved_in_and_out(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    shown = game.handle("/deep/g", lambda asset: asset.data.decode())
    os.rename(folder / "base" / "deep", folder / "away")
    (told,) = wait_for(game.update, "the folder to go")  # type: ignore[misc]
    assert (told.path, told.kind) == ("/deep/g", "removed")
    (folder / "away" / "g").write_text("changed")
    os.rename(folder / "away", folder / "base" / "deep")
    (told,) = wait_for(game.update, "the folder to return")  # type: ignore[misc]
    assert (told.path, told.kind, shown.value) == ("/deep/g", "added", "changed")


def test_the_whole_base_vanishes_and_returns(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    text = game.handle("/f", lambda asset: asset.data.decode())
    for content in ("one", "two"):
        shutil.rmtree(folder / "base")
        wait_for(lambda: any(change.kind == "removed" for change in game.update()), "the base to go")
        (folder / "base").mkdir()
        (folder / "base" / "f").write_text(content)
        wait_for(is_shown(game, text, content), "the base to return")
        (folder / "base" / "f").write_text(f"{content} again")
        wait_for(is_shown(game, text, f"{content} again"), "a change after that")


def test_a_mods_folder_that_is_made_later(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    text = game.handle("/f", lambda asset: asset.data.decode())
    (folder / "mods" / "winter").mkdir(parents=True)
    (folder / "mods" / "winter" / "f").write_text("winter")
    wait_for(is_shown(game, text, "winter"), "the first mod")
    (folder / "mods" / "winter" / "f").write_text("deep winter")
    wait_for(is_shown(game, text, "deep winter"), "a change in it")


def test_folders_are_polled_where_the_system_has_no_watches_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wait_for: WaitFor
) -> None:
    real = file_notices.watch

    def out_of_watches(folders: list[str], *, poll_ms: int | None, **more: Any) -> Any:
        if poll_ms is None:
            raise OSError(28, "OS file watch limit reached")
        return real(folders, poll_ms=poll_ms, **more)

    monkeypatch.setattr(file_notices, "watch", out_of_watches)
    watcher = Watcher([folder / "base"])
    try:
        wait_for(lambda: watcher.is_polling, "polling")
        seen: set[Path] = set()

        def is_seen() -> bool:
            (folder / "base" / "f").write_text(os.urandom(8).hex())
            seen.update(watcher.drain())
            return folder / "base" / "f" in seen

        wait_for(is_seen, "a change seen by polling")
    finally:
        watcher.close()


def test_nothing_to_watch_starts_no_thread(tmp_path: Path) -> None:
    watcher = Watcher([])
    assert not any(thread.name == "vfsloader-watcher" for thread in threading.enumerate())
    assert not watcher.has_news
    watcher.close()


def test_a_mod_that_is_a_link_to_its_authors_folder_is_live(
    game: ResourceManager, folder: Path, wait_for: WaitFor
) -> None:
    mods, work = folder / "mods", folder / "work"
    add(work, "snow", {"f": "one"})
    text = game.handle("/f", lambda asset: asset.data.decode())
    mods.mkdir(exist_ok=True)
    (mods / "snow").symlink_to(work / "snow", target_is_directory=True)
    wait_for(is_shown(game, text, "one"), "the linked mod")
    wait_for(lambda: work / "snow" in game._watcher.folders, "its folder to be watched")
    numbers = itertools.count()

    def is_seen() -> bool:
        (work / "snow" / "f").write_text(f"two {next(numbers)}")
        game.update()
        return text.value.startswith("two")

    wait_for(is_seen, "what its author writes")
    (mods / "snow").unlink()
    wait_for(is_shown(game, text, "old"), "the mod to go")
