"""``adopt-build``: a hook file with which PyInstaller freezes an unchanged pygame game together with its mods."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import Any

from vfsloader.cli.commands import add_command
from vfsloader.cli.output import print_json, say
from vfsloader.errors import NotAFolderError, PathNotFoundError
from vfsloader.runtime.atomic import refuse_existing, write_whole

_HOOK = '''\
"""Lets {game} see mods. Written by `vfsloader adopt-build`; PyInstaller runs it before the game starts."""

import os
import sys

import vfsloader.pygame

inside, beside = sys._MEIPASS, os.path.dirname(os.path.abspath(sys.executable))
folders = []
for name in {assets!r}:
    places = [os.path.join(place, *name.split("/")) for place in (inside, beside)]
    folders.append(next(filter(os.path.isdir, places), places[0]))
vfsloader.pygame.adopt(folders, mods=os.path.join(beside, {mods!r}))
'''


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    text = "write a hook file with which PyInstaller freezes an unchanged pygame game so that it sees mods"
    parser = add_command(commands, "adopt-build", text, _write, force="replace a file that is there")
    parser.add_argument("game", help="the game's main file")
    parser.add_argument(
        "--assets", action="append", required=True, metavar="DIR",
        help="a folder of the game's assets; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--mods", default="mods", metavar="NAME", help="the mods folder, beside the program that players start"
    )
    parser.add_argument("-o", "--out", default="vfsloader_adopt.py", metavar="FILE", help="the hook file to write")


def _write(chosen: argparse.Namespace) -> int:
    game, out = Path(chosen.game), Path(chosen.out)
    if not game.is_file():
        raise PathNotFoundError.at(chosen.game, f"there is no {chosen.game}")
    places = [_place(folder, game.absolute().parent) for folder in chosen.assets]
    if not chosen.force:
        refuse_existing(out)
    write_whole(out, _HOOK.format(game=game.name, assets=places, mods=chosen.mods).encode())
    command = ["pyinstaller", "--runtime-hook", str(out), "--hidden-import", "vfsloader.pygame"]
    for folder, place in zip(chosen.assets, places, strict=True):
        command += ["--add-data", f"{folder}{os.pathsep}{place}"]
    command.append(str(game))
    text = (
        f"{out} is written. Build the game with\n    {shlex.join(command)}\nand ship it beside a folder {chosen.mods}."
    )
    if chosen.json:
        print_json({"hook": str(out), "assets": places, "mods": chosen.mods, "command": command})
    else:
        for line in text.split("\n"):
            say(line)
    return 0


def _place(folder: str, home: Path) -> str:
    """Return where a folder will be inside the program: where it is in the game's own folder."""
    if not os.path.isdir(folder):
        raise NotAFolderError.at(folder, f"{folder} is not a folder")
    place = os.path.relpath(os.path.abspath(folder), home)
    if place.startswith(os.pardir):
        raise PathNotFoundError.at(folder, f"{folder} is not in the folder of the game, {home}")
    return place.replace(os.sep, "/")
