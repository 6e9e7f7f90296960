"""``docs``: a guide for the modders of a game."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json
from vfsloader.cli.output import GOOD, print_json, say
from vfsloader.guide import build_guide


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(docs)


def docs(
    out: Annotated[str, Parameter(help="the folder to make")],
    /,
    *,
    name: Annotated[str | None, Parameter(help="what the game is called (default: from [guide] in game.toml)")] = None,
    markdown: Annotated[bool, Parameter(help="write Markdown, for a wiki")] = False,
    no_pictures: Annotated[bool, Parameter(help="do not copy and show the game's pictures")] = False,
    overwrite: Annotated[bool, Parameter(name=["--overwrite", "-f"], help="replace a guide that is there")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Make a modder's guide for this game: its paths, data, sizes and conditions, and the mod format."""
    made = build_guide(game, out, name=name, is_markdown=markdown, has_pictures=not no_pictures, overwrite=overwrite)
    if json:
        print_json(dataclasses.asdict(made))
    else:
        counts = f"{len(made.pages)} pages and {made.pictures} pictures, {made.size:,} bytes"
        say(f"{made.folder}: {counts}; open {made.pages[0]}", GOOD)
    return 0
