"""``mods``: the mods of a game, which of them are on, in which order, and which override which."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader.cli import getting, mod_authors, mod_changes, mod_choices, mod_files, mod_options, mod_sets, profiles
from vfsloader.cli.app import DryRun, Game, Json, Mod, UsageError, group
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.output import BAD, FAINT, GOOD, answer, complain, print_json, print_table, say
from vfsloader.cli.problems import STATE_STYLES, is_wrong, problem_data, show_problems, state_of
from vfsloader.mods.conflicts import standings
from vfsloader.mods.manager import ModManager
from vfsloader.mods.solve.plan import Plan

_OtherMod = Annotated[str | None, Parameter(completer=complete_mods)]


def add_commands(app: App) -> None:
    """Add the group of commands."""
    mods = group("mods", "List, enable, disable, order, check and make mods.")
    mods.command(list_mods, name="list")
    mods.command(mod_files.info)
    for command in (enable, disable, move, rules, overrides):
        mods.command(command)
    mod_options.add_commands(mods)
    mod_authors.add_commands(mods)
    mod_changes.add_commands(mods)
    mods.command(mod_files.remove)
    mod_sets.add_commands(mods)
    mod_choices.add_commands(mods)
    getting.add_commands(mods)
    profiles.add_commands(mods)
    app.command(mods)


def list_mods(*, game: Game = ".", json: Json = False) -> int:
    """Show the mods in load order: the last one wins. The exit status is 1 if there are problems."""
    with open_game(game) as opened:
        pins = opened.mods.pins
        rows = [
            {
                "id": mod.id,
                "name": mod.name,
                "version": str(mod.version),
                "state": state_of(opened.mods, mod.id),
                "path": str(mod.path),
                "description": mod.description,
                "pin": pins.get(mod.id, ""),
            }
            for mod in opened.mods.available
        ]
        problems = opened.mods.problems
    status = int(any(map(is_wrong, problems)))
    if json:
        print_json({"mods": rows, "problems": [problem_data(problem) for problem in problems]})
        return status
    if rows:
        table = [
            (row["state"], row["id"], f"{row['version']}{' (pinned)' if row['pin'] else ''}", row["name"])
            for row in rows
        ]
        print_table(("STATE", "ID", "VERSION", "NAME"), table, [STATE_STYLES[row["state"]] for row in rows])
    else:
        say("No mods are installed.")
    show_problems(problems)
    return status


def enable(mod: Mod, /, *, dry_run: DryRun = False, game: Game = ".", json: Json = False) -> int:
    """Enable a mod and what it requires."""
    with open_game(game) as opened:
        return _apply(opened.mods, opened.mods.plan_enable(mod), "enabled", dry_run=dry_run, json=json)


def disable(mod: Mod, /, *, dry_run: DryRun = False, game: Game = ".", json: Json = False) -> int:
    """Disable a mod and what requires it."""
    with open_game(game) as opened:
        return _apply(opened.mods, opened.mods.plan_disable(mod), "disabled", dry_run=dry_run, json=json)


def _apply(mods: ModManager, plan: Plan, done: str, *, dry_run: bool, json: bool) -> int:
    if not dry_run and plan.is_possible:
        mods.apply(plan)
    if json:
        problems = [problem_data(problem) for problem in plan.problems]
        print_json({"mod": plan.mod, "enable": plan.enable, "disable": plan.disable, "problems": problems})
        return int(not plan.is_possible)
    for problem in plan.problems:
        complain(f"{plan.mod} cannot load. {problem}", BAD)
    if not plan.is_possible:
        return 1
    if plan.others:
        why = "which it requires" if plan.enable else "which cannot load without it"
        say(f"{plan.mod}, and {', '.join(plan.others)}, {why}", GOOD)
    elif plan.mod in (*plan.enable, *plan.disable):
        say(f"{plan.mod}: {'would be ' if dry_run else ''}{done}", GOOD)
    else:
        say(f"{plan.mod} is {done} already")
    return 0


def move(
    mod: Mod,
    /,
    *,
    before: Annotated[_OtherMod, Parameter(help="the mod to load it before")] = None,
    after: Annotated[_OtherMod, Parameter(help="the mod to load it after, and so to win over")] = None,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Load a mod before or after another."""
    if (before is None) == (after is None):
        raise UsageError("pass either --before MOD or --after MOD; see vfsloader mods move --help")
    with open_game(game) as opened:
        opened.mods.move(mod, before=before, after=after)
        order = [enabled.id for enabled in opened.mods.enabled]
    return answer({"order": order}, " < ".join(order), json=json)


def rules(
    mod: Mod,
    /,
    *,
    drop: Annotated[
        list[tuple[str, str]] | None,
        Parameter(
            help="RULE MOD: drop a rule about another mod (requires, recommends, incompatible, after or before)",
            show_default=False,
        ),
    ] = None,
    use: Annotated[str | None, Parameter(help='which of several copies to use: "==1.0"')] = None,
    any_game: Annotated[bool, Parameter(help="load it with any version of the game")] = False,
    clear: Annotated[bool, Parameter(help="restore the author's rules")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Override rules of a mod that are too tight."""
    changes: dict[str, Any] = {}
    for rule, other in drop or ():
        changes.setdefault(f"-{rule}", []).append(other)
    if use:
        changes["version"] = use
    if any_game:
        changes["game_version"] = "*"
    with open_game(game) as opened:
        mods = opened.mods
        present = {} if clear else mods.profiles[mods.profile].overrides.get(mod, {})
        mods.override_rules(mod, {**present, **changes} or None)
        overridden = dict(mods.profiles[mods.profile].overrides.get(mod, {}))
        problems = [problem for problem in mods.problems if problem.mod == mod]
        state = state_of(mods, mod)
    if json:
        found = [problem_data(problem) for problem in problems]
        print_json({"mod": mod, "state": state, "overrides": overridden, "problems": found})
    else:
        show_problems(problems)
        if state != "left out":
            text = ", ".join(f"{rule} {_shown(value)}" for rule, value in overridden.items())
            say(f"{mod}: {f'overridden: {text}' if text else 'the rules are those of its author'}", GOOD)
    return int(state == "left out")


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def overrides(
    mod: Annotated[
        str | None, Parameter(help="show what this one wins, loses and shares", completer=complete_mods)
    ] = None,
    /,
    *,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Show which paths several layers have."""
    with open_game(game) as opened:
        mods = opened.mods
        if mod is not None:
            _ = mods[mod]
        found = mods.find_overrides()
        values = mods.find_values(found)
        edits = mods.find_edits()
        clashes = [conflict for conflict in mods.conflicts((), {}, edits) if conflict.place]
        advice = mods.advice(found, values, edits)
    conflicts = [(path, value.pointer, value.layers) for path, report in values.items() for value in report.conflicts]
    if mod is not None:
        found = [override for override in found if mod in override.layers]
        conflicts = [conflict for conflict in conflicts if mod in conflict[2]]
        clashes = [conflict for conflict in clashes if mod in conflict.mods]
        advice = [problem for problem in advice if mod in (problem.mod, problem.other)]
    if json:
        rows = [dataclasses.asdict(override) for override in found]
        set_twice = [{"path": path, "value": pointer, "layers": layers} for path, pointer, layers in conflicts]
        places = [{"path": clash.path, "place": clash.place, "mods": clash.mods} for clash in clashes]
        advised = [problem_data(problem) for problem in advice]
        print_json({"paths": rows, "values": set_twice, "places": places, "advice": advised})
        return 0
    if mod is None:
        lines = [(override.path, " < ".join(override.layers)) for override in found]
        print_table(("PATH", "LAYERS, THE WINNER LAST"), lines)
    elif standing := standings(found, values, edits).get(mod):
        for word, style in (("wins", GOOD), ("loses", BAD), ("shares", FAINT)):
            for path in getattr(standing, word):
                say(f"{word:<7} {path}", style)
        for change in standing.changes:
            say(f"changes {change.path}: {change}", GOOD)
    if conflicts:
        say()
        lines = [(f"{path}: {pointer}", " < ".join(layers)) for path, pointer, layers in conflicts]
        print_table(("VALUE", "SET BY, THE LAST COUNTS"), lines)
    if clashes:
        say()
        lines = [(f"{clash.path}: {clash.place}", " < ".join(clash.mods)) for clash in clashes]
        print_table(("PLACE", "CHANGED BY, THE LAST COUNTS"), lines)
    for problem in advice:
        if problem.kind not in ("clash", "color_clash"):  # these are in the tables
            complain(problem)
    return 0
