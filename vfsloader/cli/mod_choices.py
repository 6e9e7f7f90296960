"""``mods prefer``, ``hide`` and ``choices``: whose files count where several mods have them."""

from __future__ import annotations

from cyclopts import App

from vfsloader.cli.app import Game, Json
from vfsloader.cli.game import open_game
from vfsloader.cli.output import GOOD, print_json, print_table, say
from vfsloader.mods.manager import ModManager


def add_commands(mods: App) -> None:
    """Add the commands."""
    for command in (prefer, hide, choices):
        mods.command(command)


def prefer(glob: str, mod: str, /, *, game: Game = ".", json: Json = False) -> int:
    """Use a mod's files even where a mod that loads later has them: prefer '/music/**' winter.

    Parameters
    ----------
    glob
        The paths, such as /sprites/hero.png or '/music/**'.
    mod
        The id of the mod.
    """
    with open_game(game) as opened:
        opened.mods.prefer(glob, mod)
        return _show(opened.mods, json=json)


def hide(glob: str, mod: str, /, *, game: Game = ".", json: Json = False) -> int:
    """Do not use some files of a mod: hide '/music/**' winter.

    Parameters
    ----------
    glob
        The paths, such as /sprites/hero.png or '/music/**'.
    mod
        The id of the mod.
    """
    with open_game(game) as opened:
        opened.mods.hide(glob, mod)
        return _show(opened.mods, json=json)


def choices(*, forget: str | None = None, game: Game = ".", json: Json = False) -> int:
    """Show the choices for single files; a lower one counts before those above it.

    Parameters
    ----------
    forget
        Paths whose choices are forgotten, as they are shown; all choices if it is ALL.
    """
    with open_game(game) as opened:
        mods = opened.mods
        if forget is not None:
            mods.set_file_choices([one for one in mods.file_choices if forget not in (one.paths, "ALL")])
        return _show(mods, json=json)


def _show(mods: ModManager, *, json: bool) -> int:
    chosen = mods.file_choices
    if json:
        print_json([{"paths": one.paths, "action": one.action, "mod": one.mod} for one in chosen])
    elif chosen:
        rows = [(one.paths, "from" if one.action == "prefer" else "not from", one.mod) for one in chosen]
        print_table(("FILES", "", "MOD"), rows)
    else:
        say("Which mod loads later decides for every file.", GOOD)
    return 0
