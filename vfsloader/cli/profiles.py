"""``mods profile``: keeping several choices of mods, and exchanging them with other players."""

from __future__ import annotations

import argparse
from typing import Any

from vfsloader.cli.game import add_game_command, add_json_option, open_game
from vfsloader.cli.output import complain, print_json, say
from vfsloader.mods.manager import ModManager


def add_commands(words: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    profile = words.add_parser("profile", help="keep several choices of mods, and exchange them")
    actions = profile.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_json_option(add_game_command(actions, "list", "show the profiles", _list))
    for word, text, change in (
        ("use", "switch to another profile; a new one starts as a copy of the present one", ModManager.use_profile),
        ("copy", "store the present choice under another name as well", ModManager.copy_profile),
        ("delete", "delete a profile", ModManager.delete_profile),
    ):
        parser = add_game_command(actions, word, text, _change)
        parser.add_argument("name", help="the profile's name")
        parser.set_defaults(change=change)
    export = add_game_command(actions, "export", "write the present profile to a file for another player", _export)
    export.add_argument("file", help="the file to write")
    importing = add_game_command(actions, "import", "import another player's profile and switch to it", _import)
    importing.add_argument("file", help="the file that export wrote")
    importing.add_argument("--name", help="its name here (default: the name that it has in the file)")


def _list(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        current, names = game.mods.profile, sorted(game.mods.profiles)
    if chosen.json:
        print_json({"current": current, "profiles": names})
    else:
        for name in names:
            say(f"{'*' if name == current else ' '} {name}")
    return 0


def _change(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        chosen.change(game.mods, chosen.name)
    return 0


def _export(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.export_profile(chosen.file)
        say(f"{chosen.file}: profile {game.mods.profile}, {len(game.mods.enabled)} mods")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        differences = game.mods.import_profile(chosen.file, chosen.name)
        say(f"profile {game.mods.profile}, {len(game.mods.enabled)} mods")
    for difference in differences:
        complain(difference)
    return 1 if any(difference.kind != "extra" for difference in differences) else 0
