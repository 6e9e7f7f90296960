"""``mods``: the mods of a game, which of them are on, in which order, and which override which."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from vfsloader.cli import profiles, scaffold
from vfsloader.cli.game import add_game_command, add_json_option, open_game
from vfsloader.cli.output import complain, print_json, print_table, say
from vfsloader.mods.conflicts import standings
from vfsloader.mods.lint.check import Finding, check_mod
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import Problem
from vfsloader.mods.solve.plan import Plan


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    mods = commands.add_parser("mods", help="list, enable, disable, order and check mods")
    words = mods.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = add_game_command(words, "list", "show the mods in load order: the last one wins", _list)
    for word, text, plan in (
        ("enable", "enable a mod and what it requires", ModManager.plan_enable),
        ("disable", "disable a mod and what requires it", ModManager.plan_disable),
    ):
        parser = add_game_command(words, word, text, _switch)
        parser.set_defaults(plan=plan)
        parser.add_argument("mod", help="the mod's id")
        parser.add_argument("-n", "--dry-run", action="store_true", help="only print what would be done")
    move = add_game_command(words, "move", "load a mod before or after another", _move)
    move.add_argument("mod", help="the mod's id")
    side = move.add_mutually_exclusive_group(required=True)
    side.add_argument("--before", metavar="MOD", help="the mod to load it before")
    side.add_argument("--after", metavar="MOD", help="the mod to load it after, and so to win over")
    rules = add_game_command(words, "rules", "override rules of a mod that are too tight", _rules)
    rules.add_argument("mod", help="the mod's id")
    rules.add_argument(
        "--drop",
        nargs=2,
        action="append",
        metavar=("RULE", "MOD"),
        default=[],
        help="drop a rule about another mod: requires, recommends, incompatible, after or before",
    )
    rules.add_argument("--use", metavar="VERSIONS", help='which of several copies to use: "==1.0"')
    rules.add_argument("--any-game", action="store_true", help="load it with any version of the game")
    rules.add_argument("--clear", action="store_true", help="restore the author's rules")
    overrides = add_game_command(words, "overrides", "show which paths several layers have", _overrides)
    overrides.add_argument("mod", nargs="?", help="show what this one wins, loses and shares")
    check = add_game_command(words, "check", "find what a mod's author should fix", _check)
    check.add_argument("mod", nargs="*", help="a mod's id or its path (default: all mods of the game)")
    for parser in (listing, overrides, check):
        add_json_option(parser)
    profiles.add_commands(words)
    new = words.add_parser("new", help="make a folder for a new mod, with a manifest and a read-me")
    new.add_argument("mod", help="the mod's id, which also names its folder")
    new.add_argument("--name", help="the name shown to players (default: from the id)")
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
        print_json({"mods": rows, "problems": [problem_data(problem) for problem in problems]})
        return 0
    if rows:
        print_table(
            ("STATE", "ID", "VERSION", "NAME"), [(row["state"], row["id"], row["version"], row["name"]) for row in rows]
        )
    else:
        say("No mods are installed.")
    for problem in problems:
        complain(problem)
    return 0


def problem_data(problem: Problem) -> dict[str, object]:
    """Return the fields of a problem that scripts read."""
    return {name: getattr(problem, name) for name in ("kind", "mod", "fix", "why", "chain")}


def _state(mods: ModManager, mod: str) -> str:
    if mods.is_disabled(mod):
        return "off"
    return "on" if any(enabled.id == mod for enabled in mods.enabled) else "left out"


def _switch(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        plan: Plan = chosen.plan(game.mods, chosen.mod)
        for problem in plan.problems:
            complain(f"{plan.mod} cannot load. {problem}")
        if not plan.is_possible:
            return 1
        if plan.others:
            why = "which it requires" if plan.enable else "which cannot load without it"
            say(f"{plan.mod}, and {', '.join(plan.others)}, {why}")
        if not chosen.dry_run:
            game.mods.apply(plan)
        return 0


def _move(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        game.mods.move(chosen.mod, before=chosen.before, after=chosen.after)
        say(" < ".join(mod.id for mod in game.mods.enabled))
    return 0


def _rules(chosen: argparse.Namespace) -> int:
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
        mods.override_rules(chosen.mod, {**present, **rules} or None)
        for problem in mods.problems:
            if problem.mod == chosen.mod:
                complain(problem)
        return 0 if _state(mods, chosen.mod) != "left out" else 1


def _overrides(chosen: argparse.Namespace) -> int:
    with open_game(chosen) as game:
        mods = game.mods
        if chosen.mod is not None:
            _ = mods[chosen.mod]
        overrides = mods.find_overrides()
        values = mods.find_values(overrides)
        advice = mods.advice(overrides, values)
    conflicts = [(path, value.pointer, value.layers) for path, report in values.items() for value in report.conflicts]
    if chosen.mod is not None:
        overrides = [override for override in overrides if chosen.mod in override.layers]
        conflicts = [conflict for conflict in conflicts if chosen.mod in conflict[2]]
        advice = [problem for problem in advice if chosen.mod in (problem.mod, problem.other)]
    if chosen.json:
        rows = [dataclasses.asdict(override) for override in overrides]
        set_twice = [{"path": path, "value": pointer, "layers": layers} for path, pointer, layers in conflicts]
        print_json({"paths": rows, "values": set_twice, "advice": [problem_data(problem) for problem in advice]})
        return 0
    if chosen.mod is None:
        lines = [(override.path, " < ".join(override.layers)) for override in overrides]
        print_table(("PATH", "LAYERS, THE WINNER LAST"), lines)
    elif standing := standings(overrides).get(chosen.mod):
        for word in ("wins", "loses", "shares"):
            for path in getattr(standing, word):
                say(f"{word:<7} {path}")
    if conflicts:
        say()
        lines = [(f"{path}: {pointer}", " < ".join(layers)) for path, pointer, layers in conflicts]
        print_table(("VALUE", "SET BY, THE LAST COUNTS"), lines)
    for problem in advice:
        complain(problem)
    return 0


def _check(chosen: argparse.Namespace) -> int:
    reports: dict[str, list[Finding]] = {}
    try:
        game = open_game(chosen)
    except FileNotFoundError:
        if not chosen.mod:
            raise
        complain("No game.toml found: what the mod replaces or names is not checked; see --game.")
        reports = {path: check_mod(Path(path)) for path in chosen.mod}
    else:
        with game:
            unread = [problem.mod for problem in game.mods.problems if problem.kind in ("manifest", "unreadable")]
            folder = game.mods.folder or Path()
            every_mod = [*(mod.id for mod in game.mods.available), *(str(folder / name) for name in unread)]
            reports = {Path(mod).name: game.mods.check(mod) for mod in chosen.mod or every_mod}
    if chosen.json:
        rows = {mod: [dataclasses.asdict(finding) for finding in findings] for mod, findings in reports.items()}
        print_json(rows)
    else:
        for mod, findings in reports.items():
            for finding in findings:
                say(f"{mod}: {finding}")
    return 1 if any(reports.values()) else 0


def _new(chosen: argparse.Namespace) -> int:
    say(scaffold.new_mod(Path(chosen.folder), chosen.mod, chosen.name))
    return 0
