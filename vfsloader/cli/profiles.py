"""``mods profile``: several choices of mods, kept, taken, and exchanged with other players."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vfsloader.cli.game import add_game_command, add_json_option, open_game
from vfsloader.cli.output import print_json

Commands = argparse._SubParsersAction


def add_commands(words: Commands[Any]) -> None:
    """Add the commands."""
    profile = words.add_parser("profile", help="keep several choices of mods, and exchange them")
    actions = profile.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_json_option(add_game_command(actions, "list", "show the profiles", _list))
    for word, text, run in (
        ("use", "take another profile; a new one starts as a copy of the present one", _use),
        ("copy", "keep the present choice under another name too", _copy),
        ("delete", "forget a profile", _delete),
    ):
        add_game_command(actions, word, text, run).add_argument("name", help="the profile's name")
    export = add_game_command(actions, "export", "write the present profile to a file for another player", _export)
    export.add_argument("file", help="the file to write")
    importing = add_game_command(actions, "import", "take over another player's profile", _import)
    importing.add_argument("file", help="what export wrote")
    importing.add_argument("--name", help="what to call it here (default: the name that it has)")


def _list(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        current, names = game.mods.profile, sorted(game.mods.profiles)
    if chosen.json:
        print_json({"current": current, "profiles": names})
    else:
        for name in names:
            print(f"{'*' if name == current else ' '} {name}")
    return 0


def _use(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.use_profile(chosen.name)
    return 0


def _copy(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.copy_profile(chosen.name)
    return 0


def _delete(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.delete_profile(chosen.name)
    return 0


def _export(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.export_profile(chosen.file)
        print(f"{chosen.file}: profile {game.mods.profile}, {len(game.mods.enabled)} mods")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        differences = game.mods.import_profile(chosen.file, chosen.name)
        print(f"profile {game.mods.profile}, {len(game.mods.enabled)} mods")
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if any(one.kind != "extra" for one in differences) else 0
