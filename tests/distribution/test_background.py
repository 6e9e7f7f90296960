"""Planning and fetching on a thread, and switching the set on the game's own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.distribution.world import World
from vfsloader.archives.open_files import POOL
from vfsloader.distribution.transaction import InstalledFiles
from vfsloader.errors import LockedError, PathExistsError, UnknownModError
from vfsloader.mods.getting import InstallPlan
from vfsloader.mods.metadata import mod_opening
from vfsloader.runtime.jobs import CancelledJobError, Job


def planned(world: World, game: Any, mod: str) -> InstallPlan:
    plan: InstallPlan = game.mods.in_background(lambda installer, progress: installer.plan_install(mod)).result()
    return plan


def fetching(game: Any, plan: InstallPlan, at_progress: Callable[[], object] = bool) -> Job[None]:
    def work(installer: Any, progress: Any) -> None:
        def on_progress(done: int, total: int, what: str) -> None:
            at_progress()
            progress(done, total, what)

        installer.fetch(plan, on_progress)

    job: Job[None] = game.mods.in_background(work)
    return job


def test_the_game_goes_on_while_a_mod_is_fetched(world: World) -> None:
    world.release("lib", "1.0")
    world.release("winter", "1.0", requires={"lib": "*"})
    game = world.game()
    game.mods.install("lib")
    plan = planned(world, game, "winter")
    assert [str(change) for change in plan.changes] == ["winter 1.0"]
    reached, go = threading.Event(), threading.Event()
    job = fetching(game, plan, lambda: (reached.set(), go.wait(30)))
    assert reached.wait(30)
    game.mods.disable("lib")  # the player goes on choosing
    game.update()
    assert not game.exists("/f.txt")
    go.set()
    job.result()
    game.update()
    assert not game.exists("/f.txt"), "the set changed before the game said so"
    game.mods.enable("lib")
    game.mods.installer.switch(plan)
    game.update()
    assert game.read("/f.txt") == b"winter 1.0"


def test_a_download_that_is_cancelled_changes_nothing_and_goes_on_later(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    plan = planned(world, game, "winter")
    reached, go = threading.Event(), threading.Event()
    job = fetching(game, plan, lambda: (reached.set(), go.wait(30)))
    assert reached.wait(30)
    job.cancel()
    go.set()
    with pytest.raises(CancelledJobError):
        job.result()
    assert game.mods.available == []
    game.mods.installer.apply(plan)
    assert [mod.id for mod in game.mods.enabled] == ["winter"]


def test_closing_the_game_cancels_what_it_fetches(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    plan = planned(world, game, "winter")
    reached, go = threading.Event(), threading.Event()
    job = fetching(game, plan, lambda: (reached.set(), go.wait(30)))
    assert reached.wait(30)
    game.close()
    go.set()
    with pytest.raises(CancelledJobError):
        job.result()


def test_a_plan_that_is_out_of_date_changes_nothing(world: World) -> None:
    world.release("winter", "1.0")
    world.release("owls", "1.0")
    game = world.game()
    plan = planned(world, game, "winter")
    game.mods.install("owls")
    fetching(game, plan).result()
    with pytest.raises(LockedError, match="were changed meanwhile"):
        game.mods.installer.switch(plan)
    assert [mod.id for mod in game.mods.enabled] == ["owls"]


def test_a_file_that_was_changed_while_the_new_one_was_fetched_is_kept(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    world.release("winter", "2.0")
    plan = game.mods.in_background(lambda installer, progress: installer.plan_update()).result()
    fetching(game, plan).result()
    file = game.mods["winter"].path
    file.unlink()
    file.write_bytes(b"mine")
    with pytest.raises(PathExistsError, match="was changed after it was installed"):
        game.mods.installer.switch(plan)
    assert file.read_bytes() == b"mine"


def test_a_thread_sees_the_mods_as_they_were(world: World) -> None:
    world.release("winter", "1.0")
    game = world.game()
    game.mods.install("winter")
    detached = game.mods.installer.detached()
    game.mods.remove("winter")
    assert [change.mod for change in detached.plan_remove("winter").changes] == ["winter"]
    with pytest.raises(UnknownModError, match="no mod owls"):
        detached.plan_remove("owls")


def test_the_frame_that_switches_does_not_wait_for_the_disk_and_opens_no_zip(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "2.0"):
        world.release("winter", version)
    game = world.game()
    game.mods.install("winter==1.0")
    game.update()
    assert game.read("/f.txt") == b"winter 1.0"
    installer = game.mods.installer
    job = game.mods.in_background(lambda own, _: own.plan_install("winter>=2", from_source=world.server.address))
    plan = job.result()
    fetching(game, plan).result()
    here, waited, opened, deleted = threading.get_ident(), [], [], []
    sync, open_layer, unlink = os.fsync, mod_opening.open_layer, Path.unlink

    def noted(calls: list[str], call: Callable[..., Any]) -> Callable[..., Any]:
        def note(*arguments: Any, **options: Any) -> Any:
            if threading.get_ident() == here:
                calls.append(str(arguments[0]))
            return call(*arguments, **options)

        return note

    with monkeypatch.context() as changed:
        changed.setattr(os, "fsync", noted(waited, sync))
        changed.setattr(mod_opening, "open_layer", noted(opened, open_layer))
        changed.setattr(Path, "unlink", noted(deleted, unlink))
        installer.switch(plan)
        game.update()
    assert (waited, opened, deleted) == ([], [], [])
    assert game.read("/f.txt") == b"winter 2.0"
    mod = game.mods["winter"]
    assert mod.layer.layer.path == mod.path == game.mods.folder / installer.record_of("winter").file
    assert game.mods.chosen_sources == {"winter": world.server.address}
    installer.settle()
    assert [file.name for file in game.mods.folder.glob("*.zip")] == [mod.path.name]
    assert sorted(os.listdir(installer.files.home)) == ["installed.json", "lock", "parts", "sources", "store"]
    POOL.clear()  # the archive is opened again by its new path
    assert game.mods["winter"].layer.read_own("/f.txt", 100) == b"winter 2.0"
    assert [str(change) for change in game.mods.undo_install()] == ["winter 2.0 -> 1.0"]
    game.update()
    assert game.read("/f.txt") == b"winter 1.0"


@pytest.mark.parametrize("point", ["os.rename", "os.link", "os.remove", "shutil.rmtree", "open"])
def test_a_game_that_ends_while_it_deletes_what_was_replaced(world: World, point: str) -> None:
    """Whatever the frame and the thread after it do: ending there leaves the new set."""
    for version in ("1.0", "2.0"):
        world.release("winter", version)
    before = world.game()
    before.mods.install("winter==1.0")
    plan = before.mods.installer.plan_update()
    before.mods.installer.fetch(plan)
    before.mods.installer.switch(plan)
    files = InstalledFiles(before.mods.folder)
    assert files.records()["winter"].version == "2.0"  # counts before anything was deleted
    broken = threading.Event()

    def end(event: str, _arguments: object) -> None:
        if event == point and threading.current_thread().name == "vfsloader-job" and not broken.is_set():
            broken.set()
            raise SystemExit

    sys.addaudithook(end)
    before.close()
    broken.set()  # a hook cannot be removed
    after = world.game()
    assert [str(mod.version) for mod in after.mods.enabled] == ["2.0"]
    assert [file.name for file in after.mods.folder.glob("*.zip")] == [files.records()["winter"].file]
    after.mods.undo_install()
    assert [str(mod.version) for mod in after.mods.enabled] == ["1.0"]


def test_what_another_process_prepared_is_not_taken(world: World) -> None:
    world.release("winter", "1.0")
    world.release("owls", "1.0")
    game = world.game()
    plan = game.mods.installer.plan_install("winter")
    game.mods.installer.fetch(plan)
    other = InstalledFiles(game.mods.folder)
    with other.lock():
        other.prepare({})
    for file in other.home.glob("ready-*.json"):
        file.unlink()  # as another process does that has finished a change
    game.mods.installer.switch(plan)
    assert [mod.id for mod in game.mods.enabled] == ["winter"]
