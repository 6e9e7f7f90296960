"""Many mods: finding them, and switching one of them while a game runs."""

from __future__ import annotations

import os
import random
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row, compare, seconds
from vfsloader import Asset, FolderLayer, ModManager, ResourceManager, Store, packs
from vfsloader.mods.metadata.discovery import discover

FRAME_SECONDS = 0.016


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    folder = at / "thousand"
    for n in range(1000):
        mod = folder / f"mod{n}"
        mod.mkdir(parents=True)
        rule = f'[requires]\n"mod{n - 1}" = ">=1"\n' if n % 10 else ""
        (mod / "mod.toml").write_text(
            f'id = "mod{n}"\nname = "Mod {n}"\nversion = "1.{n}"\ndescription = "One of a thousand"\n{rule}'
        )

    def read_manifests() -> None:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir():  # the manager keeps a catalog beside them
                    with open(os.path.join(entry.path, "mod.toml"), "rb") as file:
                        tomllib.load(file)

    base = "scandir + tomllib of 1,000"
    yield compare("find 1,000 mods", lambda: discover(folder), base, read_manifests, 3.0)
    yield compare("find, check and order 1,000 mods", lambda: ModManager(folder), base, read_manifests)
    shutil.rmtree(folder)
    yield from _toggling(at)


def _toggling(at: Path) -> Iterator[Row]:
    """Switch one of 100 mods with 10,000 files each, while 1,000 resources are in use."""
    chance = random.Random(3)
    every = [f"/assets/group{n // 100:03}/file{n:05}.png" for n in range(50_000)]
    mods = at / "mods"
    mods.mkdir()
    for n in range(100):
        store = Store(at / "filling.db")
        with store.transaction():
            for path in chance.sample(every, 10_000):
                store.write(path, f"mod {n}".encode())
        packs.build(store, mods / f"mod{n:02}.pack")
        store.close()
        for leftover in at.glob("filling.db*"):
            leftover.unlink()
    (at / "base").mkdir()

    def decode(asset: Asset) -> bytes:
        return asset.data

    with ResourceManager(FolderLayer(at / "base", live=False), mods=mods, watch=False) as game:
        there = [path for path in every if game.vfs.exists(path)]
        in_use = chance.sample(there, 1000)
        for path in in_use:
            game.load(path, decode)
        for name in ("mod99", "mod50", "mod00"):
            times = []
            for _ in range(5):
                game.mods.disable(name)
                times.append(seconds(game.update))
                game.mods.enable(name)
                times.append(seconds(game.update))
            times.sort()
            yield Row(
                f"toggle {name} of 100, 1,000 resources in use", "one frame of 16 ms", times[5] / FRAME_SECONDS, 1.0
            )
