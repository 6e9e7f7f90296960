"""``mods lock``, ``share`` and ``sync``: having the same set of mods as somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from vfsloader.cli.app import DryRun, Game, Json, UsageError
from vfsloader.cli.game import open_game
from vfsloader.cli.getting_plans import Yes, carry_out
from vfsloader.cli.output import BAD, answer, complain, say
from vfsloader.errors import PathNotFoundError
from vfsloader.mods.manager import ModManager


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (lock, share, sync):
        app.command(command)


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


def share(
    *,
    link: Annotated[bool, Parameter(help="put the address of the first source before it")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Print a short code for the enabled mods, which others pass to mods sync."""
    with open_game(game) as opened:
        code = opened.mods.share()
        homes = [mod.source for mod in opened.mods.lock().mods if "://" in mod.source]
        count = len(opened.mods.enabled)
    text = f"{homes[0]}/#{code}" if link and homes else code
    if not json:
        complain(f"{count} mods; others run: vfsloader mods sync CODE")
        say(text)
        return 0
    return answer({"code": code, "link": f"{homes[0]}/#{code}" if homes else None}, text, json=json)


def sync(
    wanted: Annotated[str, Parameter(help="the file that mods lock wrote, or what mods share printed")] = "mods.lock",
    /,
    *,
    save: Annotated[
        str | None, Parameter(help="have the mods with which this save of the game was made, such as /saves/1.json")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Have exactly the mods of a lock, of a code, or of a save."""
    with open_game(game) as opened:
        mods = opened.mods
        if save is not None:
            if wanted != "mods.lock":
                raise UsageError("name a lock or a code, or pass --save, and not both")
            fingerprint = mods.stamp_of(save)
            if fingerprint is None:
                raise PathNotFoundError.at(save, f"there is no save {save}, or the game kept no fingerprint with it")
            status = carry_out(mods, mods.installer.plan_sync(fingerprint), yes, dry_run, json)
            differing = [] if dry_run or status else [str(difference) for difference in mods.compare(fingerprint)]
        else:
            plan = mods.installer.plan_sync(_lock_or_code(wanted))
            status = carry_out(mods, plan, yes, dry_run, json)
            differing = [] if dry_run or status else _differences(mods, plan.details)
    for sentence in differing:
        complain(sentence, BAD)
    return status or int(bool(differing))


def _differences(mods: ModManager, details: Any) -> list[str]:
    """Look whether the set is now really the one that was asked for."""
    return mods.installer.differences(details.lock)


def _lock_or_code(wanted: str) -> str | Path:
    return Path(wanted) if Path(wanted).exists() else wanted
