"""Planning and fetching on a thread, and switching the set on the game's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.distribution.world import World
from vfsloader.errors import LockedError, PathExistsError, UnknownModError
from vfsloader.mods.getting import InstallPlan
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
