"""``mods``: the mods of a game: what there is, what is on, in which order, and who overrides whom."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

from vfsloader.cli import profiles, scaffold
from vfsloader.cli.game import add_game_command, add_json_option, open_game
from vfsloader.cli.output import print_json, print_table
from vfsloader.mods.conflicts import standings
from vfsloader.mods.lint.check import Finding, check_mod
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.plan import Plan

Commands = argparse._SubParsersAction


def add_commands(commands: Commands[Any]) -> None:
    """Add the commands."""
    mods = commands.add_parser("mods", help="list mods, switch them on and off, put them in order")
    words = mods.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = add_game_command(words, "list", "show the mods in load order: the last one wins", _list)
    enable = add_game_command(words, "enable", "switch a mod on, with what it requires", _enable)
    disable = add_game_command(words, "disable", "switch a mod off, with what requires it", _disable)
    for parser in (enable, disable):
        parser.add_argument("mod", help="the mod's id")
        parser.add_argument("-n", "--dry-run", action="store_true", help="only tell what would be done")
    move = add_game_command(words, "move", "load a mod before or after another", _move)
    move.add_argument("mod", help="the mod's id")
    side = move.add_mutually_exclusive_group(required=True)
    side.add_argument("--before", metavar="MOD", help="the mod that it is to load before")
    side.add_argument("--after", metavar="MOD", help="the mod that it is to load after: it then wins over that")
    rules = add_game_command(words, "mend", "read a mod's rules otherwise than its author wrote them", _mend)
    rules.add_argument("mod", help="the mod's id")
    rules.add_argument(
        "--drop",
        nargs=2,
        action="append",
        metavar=("RULE", "MOD"),
        default=[],
        help="forget a rule about another mod: requires, recommends, incompatible, after or before",
    )
    rules.add_argument("--use", metavar="VERSIONS", help='of several copies, use one of these versions: "==1.0"')
    rules.add_argument("--any-game", action="store_true", help="load it whatever the game's version is")
    rules.add_argument("--clear", action="store_true", help="read it as its author wrote it")
    overrides = add_game_command(words, "overrides", "show which paths several layers have", _overrides)
    overrides.add_argument("mod", nargs="?", help="show what this one wins, loses and shares")
    check = add_game_command(words, "check", "look for what a mod's author should mend", _check)
    check.add_argument("mod", nargs="*", help="a mod's id, or the path of one (default: all mods of the game)")
    for parser in (listing, overrides, check):
        add_json_option(parser)
    profiles.add_commands(words)
    new = words.add_parser("new", help="make a folder for a new mod, with manifest and read-me")
    new.add_argument("mod", help="the mod's id; its folder is called so")
    new.add_argument("--name", help="the mod's name for people (default: from the id)")
    new.add_argument("--in", dest="folder", default=".", metavar="DIR", help="where to make it (default: this folder)")
    new.set_defaults(run=_new)


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
        print_json({"mods": rows, "problems": [problem_data(one) for one in problems]})
        return 0
    if rows:
        print_table(("STATE", "ID", "VERSION", "NAME"), [(r["state"], r["id"], r["version"], r["name"]) for r in rows])
    else:
        print("No mods are installed.")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 0


def problem_data(problem: Problem) -> dict[str, object]:
    """Give a problem as scripts read it."""
    return {name: getattr(problem, name) for name in ("kind", "mod", "fix", "why", "chain")}


def _state(mods: ModManager, mod: str) -> str:
    if mods.is_disabled(mod):
        return "off"
    return "on" if any(one.id == mod for one in mods.enabled) else "left out"


def _enable(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        return _follow(game.mods, game.mods.plan_enable(chosen.mod), chosen)


def _disable(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        return _follow(game.mods, game.mods.plan_disable(chosen.mod), chosen)


def _follow(mods: ModManager, plan: Plan, chosen: argparse.Namespace) -> int:
    for problem in plan.problems:
        print(f"{plan.mod} cannot load. {problem}", file=sys.stderr)
    if not plan.is_possible:
        return 1
    if plan.others:
        why = "which it requires" if plan.enable else "which cannot load without it"
        print(f"{plan.mod}, and {', '.join(plan.others)}, {why}")
    if not chosen.dry_run:
        mods.apply(plan)
    return 0


def _move(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.move(chosen.mod, before=chosen.before, after=chosen.after)
        print(" < ".join(mod.id for mod in game.mods.enabled))
    return 0


def _mend(chosen: argparse.Namespace) -> int:
    rules: dict[str, Any] = {}
    for rule, mod in chosen.drop:
        rules.setdefault(f"-{rule}", []).append(mod)
    if chosen.use:
        rules["version"] = chosen.use
    if chosen.any_game:
        rules["game_version"] = "*"
    with open_game(chosen) as game:
        mods = game.mods
        present = {} if chosen.clear else mods.profiles[mods.profile].overrides.get(chosen.mod, {})
        try:
            mods.override_rules(chosen.mod, {**present, **rules} or None)
        except ValueError as error:
            print(f"vfsloader: {error}", file=sys.stderr)
            return 1
        for problem in mods.problems:
            if problem.mod == chosen.mod:
                print(problem, file=sys.stderr)
        return 0 if _state(mods, chosen.mod) != "left out" else 1


def _overrides(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        mods = game.mods
        if chosen.mod is not None:
            _ = mods[chosen.mod]
        found = mods.find_overrides()
        values = mods.find_values(found)
        advice = mods.advice(found, values)
    disputes = [(path, one.pointer, one.layers) for path, report in values.items() for one in report.conflicts]
    if chosen.mod is not None:
        found = [one for one in found if chosen.mod in one.layers]
        disputes = [one for one in disputes if chosen.mod in one[2]]
        advice = [one for one in advice if chosen.mod in (one.mod, one.other)]
    if chosen.json:
        set_twice = [{"path": path, "value": pointer, "layers": layers} for path, pointer, layers in disputes]
        rows = [dataclasses.asdict(one) for one in found]
        print_json({"paths": rows, "values": set_twice, "advice": [problem_data(one) for one in advice]})
        return 0
    if chosen.mod is None:
        print_table(("PATH", "LAYERS, THE WINNER LAST"), [(one.path, " < ".join(one.layers)) for one in found])
    elif summed := standings(found).get(chosen.mod):
        for word in ("wins", "loses", "shares"):
            for path in getattr(summed, word):
                print(f"{word:<7} {path}")
    if disputes:
        print()
        told = [(f"{path}: {pointer}", " < ".join(layers)) for path, pointer, layers in disputes]
        print_table(("VALUE", "SET BY, THE LAST COUNTS"), told)
    for one in advice:
        print(one, file=sys.stderr)
    return 0


def _check(chosen: argparse.Namespace) -> int:
    found: dict[str, list[Finding]] = {}
    try:
        game = open_game(chosen)
    except FileNotFoundError:
        if not chosen.mod:
            raise
        print("No game.toml is here: what the mod replaces or names is not looked for; see --game.", file=sys.stderr)
        found = {path: check_mod(Path(path)) for path in chosen.mod}
    else:
        with game:
            unread = [one.mod for one in game.mods.problems if one.kind in ("manifest", "unreadable")]
            folder = game.mods.folder or Path()
            everything = [*(mod.id for mod in game.mods.available), *(str(folder / one) for one in unread)]
            found = {Path(mod).name: game.mods.check(mod) for mod in chosen.mod or everything}
    if chosen.json:
        print_json({mod: [dataclasses.asdict(one) for one in findings] for mod, findings in found.items()})
    else:
        for mod, findings in found.items():
            for one in findings:
                print(f"{mod}: {one}")
    return 1 if any(found.values()) else 0


def _new(chosen: argparse.Namespace) -> int:
    print(scaffold.new_mod(Path(chosen.folder), chosen.mod, chosen.name))
    return 0
