"""``ls``, ``cat`` and ``which``: the merged tree of a game."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any

from vfsloader import paths
from vfsloader.cli.game import add_game_option, add_json_option, open_game
from vfsloader.cli.output import print_json, print_table


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    ls = commands.add_parser("ls", help="list a folder of the game's tree")
    ls.add_argument("path", nargs="?", default="/", help="the folder (default: /)")
    ls.add_argument("-l", "--long", action="store_true", help="show size and layer")
    ls.set_defaults(run=_ls)
    cat = commands.add_parser("cat", help="write a file of the game's tree to standard output")
    cat.add_argument("path", help="the file")
    cat.set_defaults(run=_cat)
    which = commands.add_parser("which", help="tell which layer provides a path")
    which.add_argument("path", help="the file or folder")
    which.set_defaults(run=_which)
    for parser in (ls, cat, which):
        add_game_option(parser)
    for parser in (ls, which):
        add_json_option(parser)


def _ls(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        rows = []
        for name in game.vfs.listdir(chosen.path):
            status = game.vfs.stat(paths.join(paths.normalise(chosen.path), name))
            rows.append((name + "/" * status.is_directory, status.st_size, status.source_layer))
    if chosen.json:
        print_json([{"name": n, "size": size, "layer": layer} for n, size, layer in rows])
    elif chosen.long:
        print_table(("NAME", "SIZE", "LAYER"), rows)
    else:
        for name, _, _ in rows:
            print(name)
    return 0


def _cat(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game, game.vfs.open(chosen.path, "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer)
    return 0


def _which(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        stat = game.vfs.stat(chosen.path)  # says what is near where nothing is there
        found = game.vfs.which_layer_detailed(chosen.path)
    if chosen.json:
        print_json(found)
    else:
        print(stat.source_layer)
    return 0
