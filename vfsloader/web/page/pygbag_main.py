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
from vfsloader.web.storage import Persistence  # noqa: E402

NOT_KEPT = "pygbag keeps no files: saves last only until the tab is closed."


async def main() -> None:
    """Open the game's layers and run its own ``main``."""
    game = json.loads((HERE / "game.json").read_text("utf-8"))
    folder = HERE / "kept"
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
    kept = Persistence(folder, None, None, NOT_KEPT if sys.platform == "emscripten" else None)
    await importlib.import_module(game["main"]).main(manager, kept)
    manager.close()
    pygame.quit()


asyncio.run(main())
