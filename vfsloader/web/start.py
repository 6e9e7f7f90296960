"""The start of a game in the page that ``vfsloader web build`` made."""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

from vfsloader.game.current import use
from vfsloader.game.manager import ResourceManager
from vfsloader.web.dropping import accept_mods
from vfsloader.web.storage import persist

#: Has a folder for each title: games at one address share the browser's storage.
KEPT = "/game/kept"


async def start(text: str) -> None:
    """Open the game's layers and run its ``main``.

    Parameters
    ----------
    text
        What ``game.json`` contains.
    """
    game = json.loads(text)
    os.chdir("/game")
    folder = f"{KEPT}/{game['kept']}"
    kept = await persist(folder)
    if kept.refused is not None:
        _report(kept.refused)
    os.environ["VFSLOADER_CACHE"] = f"{folder}/cache"
    dropped = f"{folder}/mods"
    os.makedirs(f"{folder}/saves", exist_ok=True)
    os.makedirs(dropped, exist_ok=True)
    manager = ResourceManager(
        await _pack(game["base"]),
        dlc=[await _pack(pack) for pack in game["dlc"]],
        mods=["/game/mods", dropped],
        save=f"{folder}/saves/user.db",
        state_dir=f"{folder}/state",
        watch=False,
        **game["options"],
    )
    use(manager)
    main: Any = importlib.import_module(game["main"]).main
    accept_mods(dropped, lambda _: manager.mods.rescan(), _report)
    _say("")  # it may never return
    await main(manager, kept)


async def _pack(name: str) -> str:
    """Return the address of a pack beside the page, or its path: a server without range requests sends all of it."""
    import js
    from pyodide.http import pyfetch

    address = str(js.URL.new(name, js.location.href).href)
    try:
        answer = await pyfetch(address, headers={"Range": "bytes=0-0"})
    except OSError:  # opening the pack says what is wrong
        return address
    if answer.status != 200:
        return address
    path = f"/game/packs/{address.rpartition('/')[2]}"
    os.makedirs("/game/packs", exist_ok=True)
    with open(path, "wb") as file:
        file.write(await answer.bytes())
    return path


def _report(error: Exception | str) -> None:
    import js

    js.document.getElementById("log").textContent += f"{error}\n"


def _say(text: str) -> None:
    import js

    js.document.getElementById("status").textContent = text
