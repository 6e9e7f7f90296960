"""``mods info`` and ``mods remove``: one installed mod, and the files that it consists of."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from vfsloader.cli.app import DryRun, Game, Json, Mod
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.offers import show_offer
from vfsloader.cli.output import BAD, answer, complain, print_json, print_table, say
from vfsloader.cli.problems import STATE_STYLES, problem_data, show_problems, state_of
from vfsloader.distribution.deleting import delete_by_hand
from vfsloader.mods.conflicts import standings
from vfsloader.mods.manager import ModManager
from vfsloader.mods.messages import count_paths

_RULES = ("requires", "recommends", "incompatible")


def info(mod: Mod, /, *, game: Game = ".", json: Json = False) -> int:
    """Show what is known about a mod: what it needs, what it changes, and what is wrong with it."""
    with open_game(game) as opened:
        if mod not in [known.id for known in opened.mods.available] and len(opened.mods.sources):
            return show_offer(opened.mods, mod, json=json)
        found = opened.mods[mod]
        manifest = found.manifest
        state = state_of(opened.mods, mod)
        standing = standings(opened.mods.find_overrides()).get(mod)
        problems = [problem for problem in opened.mods.problems if mod in (problem.mod, problem.other)]
        facts: dict[str, Any] = {
            "id": found.id,
            "name": found.name,
            "version": str(found.version),
            "state": state,
            "kind": manifest.kind,
            "path": str(found.path),
            "authors": list(found.authors),
            "description": found.description,
            "game_version": str(manifest.game_version),
            **{rule: {other: str(which) for other, which in getattr(manifest, rule).items()} for rule in _RULES},
            "after": list(manifest.after),
            "before": list(manifest.before),
            "pin": opened.mods.pins.get(mod),
            **_origin_of(opened.mods, mod),
            "copies": [str(copy.path) for copy in opened.mods.copies(mod)],
            "wins": list(standing.wins) if standing else [],
            "loses": list(standing.loses) if standing else [],
            "required_by": sorted(other.id for other in opened.mods.available if mod in other.manifest.requires),
            "problems": [problem_data(problem) for problem in problems],
        }
    if json:
        print_json(facts)
        return 0
    rows = [(key, facts[key]) for key in ("id", "version", "state", "path", "game_version") if facts[key]]
    rows += [("authors", ", ".join(found.authors))] if found.authors else []
    for rule in _RULES:
        rows += [(rule, ", ".join(f"{other} {which}".strip() for other, which in facts[rule].items()))]
    rows += [("pinned to", facts["pin"]), ("from", facts["source"]), ("signed by", facts["author"])]
    rows += [("required by", ", ".join(facts["required_by"]))]
    rows += [("copies", ", ".join(facts["copies"]) if len(facts["copies"]) > 1 else "")]
    rows += [("wins", _some(facts["wins"])), ("loses", _some(facts["loses"]))]
    rows = [row for row in rows if row[1]]
    print_table(("", found.name), rows, [STATE_STYLES[state] if row[0] == "state" else "" for row in rows])
    for line in found.description.splitlines():
        say(line)
    show_problems(problems)
    return 0


def _origin_of(mods: ModManager, mod: str) -> dict[str, str]:
    """Return where an installed mod came from, and whose key signed it."""
    record = mods.installer.record_of(mod) if mods.folder is not None else None
    return {"source": "" if record is None else record.source, "author": "" if record is None else record.author}


def _some(paths: list[str]) -> str:
    return ", ".join(paths) if len(paths) <= 3 else f"{', '.join(paths[:3])} and {count_paths(len(paths) - 3)} more"


def remove(
    mod: Annotated[str, Parameter(help="the mod's id, or the name of its file or folder", completer=complete_mods)],
    /,
    *,
    yes: Annotated[bool, Parameter(("--yes", "-y"), help="do not ask")] = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Delete a mod from the mods folder."""
    with open_game(game) as opened:
        paths = _files_of(opened.mods, mod)
        needed_by = sorted(other.id for other in opened.mods.enabled if mod in other.manifest.requires)
    if len(paths) > 1:
        complain(f"There are {len(paths)} copies of {mod}. Name the one to delete: {', '.join(map(str, paths))}.", BAD)
        return 1
    (path,) = paths
    if needed_by and not json:
        complain(f"Without {mod}, these cannot load: {', '.join(needed_by)}.")
    if not (dry_run or yes or json) and not is_confirmed(f"Delete {path}?"):
        say("Nothing is deleted.")
        return 1
    if not dry_run:
        with open_game(game) as opened:
            if mod in opened.mods.installer.installed():
                opened.mods.remove(mod)
            else:
                delete_by_hand(path)
    text = f"{mod}: {'would be ' if dry_run else ''}deleted ({path})"
    return answer({"mod": mod, "path": str(path), "required_by": needed_by, "deleted": not dry_run}, text, json=json)


def _files_of(mods: ModManager, mod: str) -> list[Path]:
    """Return where the copies of a mod are; one that cannot be read has no id, but its name in the mods folder."""
    ids = [known.id for known in mods.available]
    if mod in ids:
        return [copy.path for copy in mods.copies(mod)]
    copies = [copy.path for known in ids for copy in mods.copies(known)]
    matching = [path for path in copies if path.name == mod or path.absolute() == Path(mod).absolute()]
    if not matching and any(problem.mod == mod for problem in mods.problems):
        beside = [folder / mod for folder in mods.folders if (folder / mod).parent == folder]
        matching = [path for path in beside if os.path.lexists(path)]
    return matching or [mods[mod].path]  # raises: there is no such mod


def is_confirmed(question: str) -> bool:
    """Ask, if there is a person to ask: standard input and output are a terminal."""
    if sys.stdin is None or sys.stdout is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    say(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
