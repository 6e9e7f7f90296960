"""A game's life, which prints what it saw; run by tests in a Python that lacks something."""

from __future__ import annotations

import asyncio
import sys
import zipfile
from pathlib import Path

from vfsloader import ResourceManager, packs
from vfsloader.collections import PersistentDict, async_fsdict
from vfsloader.store.sqlite import engine
from vfsloader.vfs.asynchronous import AsyncVirtualFileSystem


def main(folder: Path) -> None:
    base = folder / "base"
    (base / "maps").mkdir(parents=True)
    for number in range(20):
        (base / f"maps/{number}.txt").write_text(f"map {number}" * 2000)
    packs.build(base, folder / "base.pack")
    assert not packs.verify(folder / "base.pack").faults
    with zipfile.ZipFile(folder / "mods-snow.zip", "w") as archive:
        archive.writestr("mod.toml", 'id = "snow"\nname = "Snow"\nversion = "1.0"\n')
        archive.writestr("maps/1.txt", "snow")
    (folder / "mods").mkdir()
    (folder / "mods-snow.zip").rename(folder / "mods/snow.zip")
    with ResourceManager(folder / "base.pack", mods=folder / "mods", save=folder / "user.db", watch=True) as game:
        game.vfs.write_text("/save.json", "{}")
        loading = game.preload("/maps/*.txt", lambda asset: asset.data.upper())
        frames = 0
        while not loading.is_done:
            game.update(budget_ms=2)
            frames += 1
            assert frames < 10_000_000
        print("preloaded", loading.done, loading.errors)
        game.preload("/maps/*.txt", lambda asset: len(asset.data)).wait()
        print("winner", game.read("/maps/1.txt")[:4])
        game.mods.disable("snow")
        game.update()
        print("after", game.read("/maps/1.txt")[:5])
        game.update(budget_ms=1)
    with PersistentDict(folder / "kept.db") as kept:
        kept["a"] = [1, 2]
        kept.compact(background=True)
    asyncio.run(awaited(folder))
    print("engine", "apsw" if engine.IS_APSW else "sqlite3")


async def awaited(folder: Path) -> None:
    async with AsyncVirtualFileSystem(folder / "user.db") as vfs:
        async with vfs.open("/log.txt", "w") as file:
            await file.write("hello")
        print("awaited", await vfs.read_text("/log.txt"), await vfs.read_text("/save.json"))
        try:
            async with vfs.atomic_batch():
                await vfs.write_text("/log.txt", "bye")
            print("batch: done")
        except NotImplementedError as error:
            print("batch:", error)
    async with async_fsdict(folder / "kept.db") as kept:
        print("kept", await kept.get("a"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
