"""``mods install``, ``update``, ``search``, ``sources``, ``lock`` and ``sync``: getting mods."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import DryRun, Game, Json, UsageError, group
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.mod_files import is_confirmed
from vfsloader.cli.offers import show_found
from vfsloader.cli.output import GOOD, answer, complain, print_json, print_table, say
from vfsloader.cli.progress import progress_bar
from vfsloader.mods.install_plans import InstallPlan
from vfsloader.mods.manager import ModManager
from vfsloader.quoting import size_text
from vfsloader.runtime.progress import ignore_progress

Yes = Annotated[bool, Parameter(("--yes", "-y"), help="do not ask")]
Undo = Annotated[bool, Parameter(help="bring back the mods as they were before the last installation")]
Address = Annotated[str, Parameter(help="the address or the folder of an index, or the name of a source")]


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (install, update, search, lock, sync):
        app.command(command)
    sources = group("sources", "Where mods come from: indexes that anybody can host.")
    sources.command(list_sources, name="list")
    for change in (add, remove, trust):
        sources.command(change)
    app.command(sources)


def install(
    *source: Annotated[str, Parameter(help='files, folders, https addresses, or ids: winter, "winter>=1.2"')],
    undo: Undo = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Install mods and what they require."""
    if undo == bool(source):
        raise UsageError("name what to install, or pass --undo; see vfsloader mods install --help")
    with open_game(game) as opened:
        status = 0
        if undo:
            return _carry_out(opened.mods, opened.mods.installer.plan_undo(), yes, dry_run, json)
        for one in source:
            status = status or _carry_out(opened.mods, opened.mods.installer.plan_install(one), yes, dry_run, json)
    return status


def update(
    *mod: Annotated[str, Parameter(help="ids (default: all that came from a source)", completer=complete_mods)],
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Install the newest versions that fit together."""
    with open_game(game) as opened:
        return _carry_out(opened.mods, opened.mods.installer.plan_update(mod or None), yes, dry_run, json)


def search(
    *text: Annotated[str, Parameter(help="words that all occur in the id, the name, the summary or the tags")],
    offline: Annotated[bool, Parameter(help="look only in what the sources had last")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Search all sources."""
    with open_game(game) as opened:
        found = opened.mods.installer.search(" ".join(text), offline=offline)
        count = len(opened.mods.sources)
    if json:
        print_json([dataclasses.asdict(mod) for mod in found])
    elif found:
        show_found(found)
    else:
        complain("Nothing was found." if count else "There are no sources yet: vfsloader mods sources add ADDRESS")
    return int(not found)


def lock(
    file: Annotated[str, Parameter(help="the file to write")] = "mods.lock",
    /,
    *,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Write the exact copies of the enabled mods to a file, so that others can have the same."""
    with open_game(game) as opened:
        made = opened.mods.lock()
    made.write(file)
    return answer({"file": file, "mods": [mod.id for mod in made.mods]}, f"{file}: {len(made.mods)} mods", json=json)


def sync(
    file: Annotated[str, Parameter(help="the file that mods lock wrote")] = "mods.lock",
    /,
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Have exactly the mods of a lock."""
    with open_game(game) as opened:
        return _carry_out(opened.mods, opened.mods.installer.plan_sync(file), yes, dry_run, json)


def _carry_out(mods: ModManager, plan: InstallPlan, yes: bool, dry_run: bool, json: bool) -> int:
    """Show a plan, ask, and carry it out."""
    if not json:
        for note in plan.notes:
            complain(note)
        for change in plan.changes:
            size = f", {size_text(change.size)}" if change.size else ""
            say(f"{change}{size}" + (f", from {change.source}" if change.source else ""))
    if not dry_run:
        if plan.changes and not (yes or json) and not is_confirmed("Go on?"):
            say("Nothing is changed.")
            return 1
        with progress_bar("downloading") as progress:
            mods.installer.apply(plan, progress or ignore_progress)
    rows = [dataclasses.asdict(change) for change in plan.changes]
    done = "would be done" if dry_run else "done"
    text = f"{len(rows)} {'change' if len(rows) == 1 else 'changes'}, {done}" if rows else "nothing to change"
    return answer({"changes": rows, "notes": list(plan.notes), "done": not dry_run}, text, json=json)


def list_sources(*, game: Game = ".", json: Json = False) -> int:
    """Show the sources."""
    with open_game(game) as opened:
        rows = [dataclasses.asdict(source) for source in opened.mods.sources]
    if json:
        print_json(rows)
    elif rows:
        table = [
            (row["name"], row["address"], ", ".join(key[:16] for key in row["keys"]) or "not signed") for row in rows
        ]
        print_table(("NAME", "ADDRESS", "KEY"), table)
    else:
        say("There are no sources.")
    return 0


def add(
    address: Address,
    /,
    *,
    key: Annotated[str | None, Parameter(help="the public key of its owner: a file, or 64 hexadecimal digits")] = None,
    yes: Annotated[bool, Parameter(("--yes", "-y"), help="trust the key that it has now, or that it has none")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Add a source."""
    home = address if "://" in address else str(Path(address).absolute())
    with open_game(game) as opened:
        source = opened.mods.sources.add(home, key, trust=yes)
    return answer(dataclasses.asdict(source), f"{source.name or source.address} is added", style=GOOD, json=json)


def remove(address: Address, /, *, game: Game = ".", json: Json = False) -> int:
    """Forget a source. What was installed from it stays."""
    with open_game(game) as opened:
        opened.mods.sources.remove(address)
    return answer({"removed": address}, f"{address} is removed", json=json)


def trust(address: Address, /, *, game: Game = ".", json: Json = False) -> int:
    """Trust the key that a source has now, in place of the one before."""
    with open_game(game) as opened:
        source = opened.mods.sources.trust(address)
    return answer(dataclasses.asdict(source), f"{source.name or source.address} is trusted", json=json)
