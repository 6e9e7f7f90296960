"""Starts the game, in pygbag and on a desktop: pygbag fetches what this file imports and awaits its loop."""

import asyncio
import importlib
import json
import os
import sys
from pathlib import Path

import pygame

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "program"), str(HERE)]

from vfsloader.game.current import use  # noqa: E402
from vfsloader.game.manager import ResourceManager  # noqa: E402
from vfsloader.web.storage import Persistence, persist  # noqa: E402


async def nothing_to_do(_fs: object, _populate: bool) -> None:
    """On a desktop, files are kept anyhow."""


async def main() -> None:
    """Open the game's layers and run its own ``main``."""
    game = json.loads((HERE / "game.json").read_text("utf-8"))
    folder = HERE / "kept"
    if sys.platform == "emscripten":
        kept = await persist(folder)
    else:
        kept = Persistence(folder, None, nothing_to_do)
    (folder / "saves").mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("VFSLOADER_CACHE", str(folder / "cache"))
    manager = ResourceManager(
        str(HERE / game["base"]),
        dlc=[str(HERE / pack) for pack in game["dlc"]],
        mods=str(HERE / "mods"),
        save=str(folder / "saves/user.db"),
        state_dir=str(folder / "state"),
        watch=False,
        **game["options"],
    )
    use(manager)
    await importlib.import_module(game["main"]).main(manager, kept)
    manager.close()
    await kept.flush()
    pygame.quit()


asyncio.run(main())
