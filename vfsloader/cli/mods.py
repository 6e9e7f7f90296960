"""``mods``: the mods of a game."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vfsloader.cli.game import add_game_option, add_json_option, open_game
from vfsloader.cli.output import print_json, print_table
from vfsloader.mods import ModManager


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    mods = commands.add_parser("mods", help="list mods, switch them on and off")
    words = mods.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = words.add_parser("list", help="show the mods in load order: the last one wins")
    add_json_option(listing)
    listing.set_defaults(run=_list)
    enable = words.add_parser("enable", help="switch a mod on")
    enable.set_defaults(run=_enable)
    disable = words.add_parser("disable", help="switch a mod off")
    disable.set_defaults(run=_disable)
    for parser in (enable, disable):
        parser.add_argument("mod", help="the mod's id")
    for parser in (listing, enable, disable):
        add_game_option(parser)


def _list(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        rows = [
            {
                "id": mod.id,
                "name": mod.name,
                "version": str(mod.version),
                "state": _state(game.mods, mod.id),
                "path": str(mod.path),
                "description": mod.description,
            }
            for mod in game.mods.available
        ]
        problems = game.mods.problems
    if chosen.json:
        told = [{"kind": p.kind, "mod": p.mod, "fix": p.fix, "why": p.why, "chain": p.chain} for p in problems]
        print_json({"mods": rows, "problems": told})
        return 0
    if rows:
        print_table(("STATE", "ID", "VERSION", "NAME"), [(r["state"], r["id"], r["version"], r["name"]) for r in rows])
    else:
        print("No mods are installed.")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 0


def _state(mods: ModManager, mod: str) -> str:
    if mods.is_disabled(mod):
        return "off"
    return "on" if any(one.id == mod for one in mods.enabled) else "left out"


def _enable(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.enable(chosen.mod)
        about = [p for p in game.mods.problems if chosen.mod in (p.mod, *p.chain) and not p.is_warning]
        for problem in about:
            print(f"{chosen.mod} is on, but cannot load. {problem}", file=sys.stderr)
        return 1 if about else 0


def _disable(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.disable(chosen.mod)
        for problem in game.mods.problems:
            if problem.kind == "disabled" and chosen.mod in problem.fix.split():
                print(f"{problem.mod} cannot load now. {problem}", file=sys.stderr)
    return 0
