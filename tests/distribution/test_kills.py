"""SIGKILL while mods are installed, updated and removed: the old set or the new one is there, and nothing between."""

from __future__ import annotations

import os
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.distribution.world import World
from vfsloader import ResourceManager, Store
from vfsloader.distribution.transaction import InstalledFiles
from vfsloader.mods.getting import InstallPlan

#: Killed at random points. What renames, links and deletes is tried at each of its points.
KILLS = int(os.environ.get("VFSLOADER_KILLS", "12"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of this one")
#: What changes the disk, and what opens files for it.
MOVES = frozenset({"os.rename", "os.link", "os.remove"})
EVENTS = MOVES | {"os.mkdir", "os.rmdir", "open", "shutil.copyfile"}
MODS = ("alpha", "bravo", "charlie")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return two versions of three mods."""
    with World(tmp_path_factory.mktemp("kills")) as made:
        for mod in MODS:
            for version in ("1.0", "2.0"):
                made.release(mod, version)
        yield made


def opened(folder: Path) -> ResourceManager:
    return ResourceManager(Store(), mods=folder, watch=False)


def present(folder: Path) -> dict[str, str]:
    with opened(folder) as game:
        return {mod.id: str(mod.version) for mod in game.mods.enabled}


ACTIONS: dict[str, tuple[dict[str, str], Callable[[ResourceManager], InstallPlan], dict[str, str]]] = {
    "install": ({}, lambda game: game.mods.installer.plan_install(list(MODS)), dict.fromkeys(MODS, "2.0")),
    "update": (
        dict.fromkeys(MODS, "1.0"),
        lambda game: game.mods.installer.plan_update(),
        dict.fromkeys(MODS, "2.0"),
    ),
    "remove": (
        {"alpha": "1.0", "bravo": "1.0"},
        lambda game: game.mods.installer.plan_remove("alpha"),
        {"bravo": "1.0"},
    ),
}


def act(folder: Path, action: str, last: int, events: frozenset[str] = EVENTS) -> int:
    """Do it in another process, which is killed at the step `last`. Return the number of steps if it was not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader, writer = os.pipe()
        child = os.fork()
    if not child:
        try:
            steps = 0
            game = opened(folder)
            plan = ACTIONS[action][1](game)

            def step(event: str, arguments: object) -> None:
                nonlocal steps
                if event in events:
                    steps += 1
                    if steps == last:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(step)
            game.mods.installer.apply(plan)
            os.write(writer, str(steps).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, "rb") as answer:
        return int(answer.read() or 0)


def test_an_update_that_is_killed_at_any_of_its_moves(world: World, tmp_path: Path) -> None:
    before, _, after = ACTIONS["update"]
    folder = tmp_path / "mods"
    with opened(folder) as game:
        game.mods.sources.add(str(world.public), world.key)
        game.mods.install([f"{mod}==1.0" for mod in MODS])
    seen = set()
    for point in range(1, 100):
        steps = act(folder, "update", point, MOVES)
        found = present(folder)
        assert found in (before, after), point
        seen.add(tuple(found.items()))
        if steps:
            break
        if found == after:
            with opened(folder) as game:
                game.mods.undo_install()
    assert steps
    assert point > 5
    assert len(seen) == 2
    assert not [name for name in os.listdir(InstalledFiles(folder).parts) if name.endswith(".zip")]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_killed_change_leaves_the_old_set_or_the_new_one(world: World, tmp_path: Path, action: str) -> None:
    before, _, after = ACTIONS[action]

    def prepare(name: str) -> Path:
        folder = tmp_path / name / "mods"
        with opened(folder) as game:
            game.mods.sources.add(str(world.public), world.key)
            if before:
                game.mods.install([f"{mod}=={version}" for mod, version in before.items()])
        return folder

    steps = act(prepare("whole"), action, 0)
    assert steps > 5
    chance = random.Random(7)
    seen = set()
    for number in range(KILLS // 3):
        folder = prepare(str(number))
        act(folder, action, chance.randint(1, steps))
        found = present(folder)
        assert found in (before, after), number
        seen.add(tuple(found.items()))
        if found == before:  # and what was begun can be done again
            with opened(folder) as game:
                game.mods.installer.apply(ACTIONS[action][1](game))
            assert present(folder) == after
        files = InstalledFiles(folder)
        assert {file.name for file in folder.glob("*.zip")} == {one.file for one in files.records().values()}
    assert KILLS < 100 or len(seen) == 2
