"""``check-all``: a game with all its mods, against the present version of the game or the next one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Json
from vfsloader.cli.output import BAD, GOOD, NOTE, complain, print_json, say
from vfsloader.errors import PathNotFoundError
from vfsloader.game.manager import ResourceManager
from vfsloader.mods.lint.check_all import SetFinding


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(check_all, name="check-all")


def check_all(
    *,
    game: Annotated[
        str,
        Parameter(
            ("--game", "-g"),
            help="the game's folder or game.toml; or a pack, archive or folder with the files of its next version",
        ),
    ] = ".",
    no_guesses: Annotated[bool, Parameter(help="list only what is certain")] = False,
    json: Json = False,
) -> int:
    """Find what is wrong in a game with all its mods: names of missing files, changes without effect, unused files."""
    if _is_game(game):
        present, following = _check(game), None
    else:
        if not Path(game).exists():
            raise PathNotFoundError.at(game, f"there is no {game}")
        present, following = _check("."), _check(".", base=game)
    found = present if following is None else following
    known = set(present)
    if no_guesses:
        found = [each for each in found if not each.is_guess]
    is_wrong = any(not each.is_guess for each in found)
    if json:
        rows = [{**dataclasses.asdict(each), "is_new": each not in known} for each in found]
        print_json({"findings": rows})
        return int(is_wrong)
    for each in found:
        note = "" if each in known else "new: "
        say(f"{note}{each}", NOTE if each.is_guess else BAD)
    if not found:
        say("nothing to fix", GOOD)
    elif not is_wrong:
        complain("These are guesses: nothing is certainly wrong.")
    return int(is_wrong)


def _is_game(game: str) -> bool:
    path = Path(game)
    return path.suffix == ".toml" or (path.is_dir() and (path / "game.toml").is_file()) or game == "."


def _check(game: str, base: str | None = None) -> list[SetFinding]:
    options = {} if base is None else {"base": base}
    with ResourceManager.from_config(game, watch=False, **options) as opened:  # type: ignore[arg-type]
        return opened.check_all()
