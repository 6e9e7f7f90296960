"""Sets of mods: their fingerprint when nothing changed, and one step of the search for a mod at fault."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row, compare, seconds
from vfsloader import Asset, FolderLayer, ModManager, ResourceManager
from vfsloader.mods.sets.live_bisection import Bisection

FRAME_SECONDS = 0.016
MODS, FILES = 20, 5_000


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    yield from _fingerprint(at / "fingerprint")
    yield from _bisecting(at / "bisecting")


def _fingerprint(at: Path) -> Iterator[Row]:
    mods = at / "mods"
    for n in range(MODS):
        for group in range(FILES // 100):
            folder = mods / f"mod{n:02}" / f"group{group:03}"
            folder.mkdir(parents=True)
            for number in range(100):
                (folder / f"file{number:03}.txt").write_text(f"{n}{group}")
    time.sleep(2.5)  # files that were written just now are read again
    manager = ModManager(mods)
    manager.fingerprint()

    def scan(folder: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    scan(entry.path)
                else:
                    entry.stat(follow_symlinks=False)

    what = f"fingerprint of {MODS} mods, {MODS * FILES:,} files, unchanged"
    yield compare(what, manager.fingerprint, "scandir + stat of them", lambda: scan(str(mods)), 1.2)
    with ResourceManager(FolderLayer(mods, live=False), mods=mods, watch=True) as game:
        game.mods.fingerprint()
        times = sorted(seconds(game.mods.fingerprint) for _ in range(5))
    yield Row("the same while the game watches its folders", "10 ms", times[2] / 0.01, 1.0)
    shutil.rmtree(at)


def _bisecting(at: Path) -> Iterator[Row]:
    chance = random.Random(5)
    mods = at / "mods"
    for n in range(1000):
        mod = mods / f"mod{n:03}"
        mod.mkdir(parents=True)
        for number in chance.sample(range(1000), 5):
            (mod / f"file{number:03}.txt").write_text(f"{n}")
    (at / "base").mkdir()
    for number in range(1000):
        (at / "base" / f"file{number:03}.txt").write_text("base")

    def decode(asset: Asset) -> bytes:
        return asset.data

    with ResourceManager(FolderLayer(at / "base", live=False), mods=mods, watch=True) as game:
        in_use = [game.load(f"/file{number:03}.txt", decode) for number in range(1000)]
        times = []
        for _ in range(5):
            search = game.mods.bisect()

            def step(search: Bisection = search) -> None:
                search.bad()
                game.update()

            game.update()
            times.append(seconds(step))
            search.cancel()
            game.update()
        del in_use
    times.sort()
    what = "a bisect step among 1,000 mods, 1,000 resources in use"
    yield Row(what, "three frames of 16 ms", times[2] / (3 * FRAME_SECONDS), 1.0)
    shutil.rmtree(at)
