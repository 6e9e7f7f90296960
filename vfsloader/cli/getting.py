"""``mods install``, ``update``, ``outdated``, ``pin``, ``search`` and ``sources``: getting mods."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli import getting_sets
from vfsloader.cli.app import DryRun, Game, Json, UsageError, group
from vfsloader.cli.completers import complete_mods
from vfsloader.cli.game import open_game
from vfsloader.cli.getting_plans import Yes, carry_out, has_a_person
from vfsloader.cli.offers import show_found
from vfsloader.cli.output import GOOD, answer, complain, print_json, print_table, say
from vfsloader.cli.progress import progress_bar
from vfsloader.mods.getting import Installer
from vfsloader.runtime.progress import ignore_progress

Undo = Annotated[bool, Parameter(help="bring back the mods as they were before the last installation")]
_PIN = re.compile(r"([a-z][a-z0-9_-]{1,63})\s*([<>=!~].{0,200})?")
Address = Annotated[str, Parameter(help="the address or the folder of an index, or the name of a source")]


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (install, update, outdated, pin, unpin, search):
        app.command(command)
    getting_sets.add_commands(app)
    sources = group("sources", "Where mods come from: indexes that anybody can host.")
    sources.command(list_sources, name="list")
    for change in (add, remove, trust):
        sources.command(change)
    app.command(sources)


def install(
    *what: Annotated[str, Parameter(help='files, folders, https addresses, or ids: winter, "winter>=1.2"')],
    source: Annotated[
        str | None, Parameter(help="the address or the name of the source that ids have to come from")
    ] = None,
    undo: Undo = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Install mods and what they require, as one change."""
    if undo == bool(what):
        raise UsageError("name what to install, or pass --undo; see vfsloader mods install --help")
    with open_game(game) as opened:
        installer = opened.mods.installer
        if undo:
            return carry_out(opened.mods, installer.plan_undo(), yes, dry_run, json)
        if source is None and not json and has_a_person():
            source = _asked_source(installer, what)
        with progress_bar("downloading") as progress:
            plan = installer.plan_install(what, progress or ignore_progress, from_source=source)
        return carry_out(opened.mods, plan, yes, dry_run, json)


def _asked_source(installer: Installer, what: Sequence[str]) -> str | None:
    """Ask from which source mods should come that several sources have."""
    for text in what:
        match = _PIN.fullmatch(text.strip())
        addresses = installer.sources_of(match[1]) if match is not None and not Path(text).exists() else []
        if not addresses:
            continue
        say(f"{match[1] if match else text} is offered by several sources:")
        for number, address in enumerate(addresses, 1):
            say(f"{number}  {address}")
        say(f"Which one? [1-{len(addresses)}]")
        typed = sys.stdin.readline().strip()
        return addresses[int(typed) - 1] if typed.isdecimal() and 1 <= int(typed) <= len(addresses) else None
    return None


def update(
    *mod: Annotated[str, Parameter(help="ids (default: all that came from a source)", completer=complete_mods)],
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Install the newest versions that fit together."""
    with open_game(game) as opened:
        return carry_out(opened.mods, opened.mods.installer.plan_update(mod or None), yes, dry_run, json)


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


def outdated(*, game: Game = ".", json: Json = False) -> int:
    """Show which mods have newer versions, and what holds them back. The exit status is 1 if there are some."""
    with open_game(game) as opened:
        rows = opened.mods.outdated()
    if json:
        print_json([dataclasses.asdict(row) for row in rows])
    elif rows:
        table = [
            (row.mod, row.version, row.fitting if row.fitting != row.version else "", row.newest, row.reason)
            for row in rows
        ]
        print_table(("ID", "VERSION", "UPDATE", "NEWEST", "HELD BACK BECAUSE"), table)
    else:
        say("All mods are up to date.", GOOD)
    return int(bool(rows))


def pin(
    mod: Annotated[
        str | None, Parameter(help='the id, with versions if you like: winter, winter==1.2, "winter<2"')
    ] = None,
    /,
    *,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Keep a mod in its version: installing and updating choose no other one. Without an id, show the pins."""
    with open_game(game) as opened:
        if mod is None:
            pins = opened.mods.pins
            if json:
                print_json(pins)
            elif pins:
                print_table(("ID", "PINNED TO"), list(pins.items()))
            else:
                say("No mod is pinned.")
            return 0
        match = _PIN.fullmatch(mod.strip())
        if match is None:
            raise UsageError(f"{mod} is not an id, nor an id with versions; see vfsloader mods pin --help")
        pinned = opened.mods.pin(match[1], match[2])
    return answer({"mod": match[1], "pin": pinned}, f"{match[1]} is pinned to {pinned}", json=json)


def unpin(
    mod: Annotated[str, Parameter(help="the id", completer=complete_mods)],
    /,
    *,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Let a mod be updated again."""
    with open_game(game) as opened:
        was_pinned = opened.mods.unpin(mod)
    text = f"{mod} is no longer pinned" if was_pinned else f"{mod} was not pinned"
    return answer({"mod": mod, "unpinned": was_pinned}, text, json=json)


def list_sources(*, game: Game = ".", json: Json = False) -> int:
    """Show the sources."""
    with open_game(game) as opened:
        rows = [dataclasses.asdict(source) for source in opened.mods.sources]
    if json:
        print_json(rows)
    elif rows:
        table = [
            (
                row["name"],
                row["address"],
                ", ".join(key[:16] for key in row["keys"]) or "not signed",
                "of the game" if row["shipped"] else row["kind"],
            )
            for row in rows
        ]
        print_table(("NAME", "ADDRESS", "KEY", ""), table)
    else:
        say("There are no sources.")
    return 0


def add(
    address: Address,
    /,
    *,
    key: Annotated[str | None, Parameter(help="the public key of its owner: a file, or 64 hexadecimal digits")] = None,
    kind: Annotated[str, Parameter(help="the kind of a source of another world: thunderstore or contentdb")] = "",
    yes: Annotated[bool, Parameter(("--yes", "-y"), help="trust the key that it has now, or that it has none")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Add a source."""
    home = address if "://" in address else str(Path(address).absolute())
    with open_game(game) as opened:
        source = opened.mods.sources.add(home, key, trust=yes, kind=kind)
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
