"""``adopt-build``: a hook file with which PyInstaller freezes an unchanged game together with its mods."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from vfsloader.cli.app import Force, Json
from vfsloader.cli.output import print_json, say
from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.runtime.atomic import refuse_existing, write_whole

_HOOK = '''\
"""Lets {game} see mods. Written by `vfsloader adopt-build`; PyInstaller runs it before the game starts."""

import os
import sys

import vfsloader.{engine}

inside, beside = sys._MEIPASS, os.path.dirname(os.path.abspath(sys.executable))
folders = []
for name in {assets!r}:
    places = [os.path.join(place, *name.split("/")) for place in (inside, beside)]
    folders.append(next(filter(os.path.isdir, places), places[0]))
vfsloader.{engine}.adopt(folders, mods=os.path.join(beside, {mods!r}))
'''


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(adopt_build)


def adopt_build(
    game: Annotated[str, Parameter(help="the game's main file")],
    /,
    *,
    assets: Annotated[list[str], Parameter(help="a folder of the game's assets; may be given several times")],
    mods: Annotated[str, Parameter(help="the mods folder, beside the program that players start")] = "mods",
    engine: Annotated[Literal["pygame", "pyglet", "arcade"], Parameter(help="what the game is made with")] = "pygame",
    out: Annotated[str, Parameter(("--out", "-o"), help="the hook file to write")] = "vfsloader_adopt.py",
    force: Force = False,
    json: Json = False,
) -> int:
    """Write a hook file with which PyInstaller freezes an unchanged game so that it sees mods."""
    main, hook = Path(game), Path(out)
    if not main.is_file():
        raise PathNotFoundError.at(game, f"there is no {game}")
    places = [_place(folder, main.absolute().parent) for folder in assets]
    if not force:
        refuse_existing(hook)
    write_whole(hook, _HOOK.format(engine=engine, game=main.name, assets=places, mods=mods).encode())
    command = ["pyinstaller", "--runtime-hook", str(hook), "--hidden-import", f"vfsloader.{engine}"]
    for folder, place in zip(assets, places, strict=True):
        command += ["--add-data", f"{folder}{os.pathsep}{place}"]
    command.append(game)
    if json:
        print_json({"hook": str(hook), "assets": places, "mods": mods, "command": command})
    else:
        say(f"{hook} is written. Build the game with")
        say(f"    {shlex.join(command)}")
        say(f"and ship it beside a folder {mods}.")
    return 0


def _place(folder: str, home: Path) -> str:
    """Return where a folder will be inside the program: where it is in the game's own folder."""
    if not os.path.isdir(folder):
        raise NotAFolderError.at(folder, f"{folder} is not a folder")
    place = os.path.relpath(os.path.abspath(folder), home)
    if place.startswith(os.pardir):
        raise PathNotFoundError.at(folder, f"{folder} is not in the folder of the game, {home}")
    return place.replace(os.sep, "/")
