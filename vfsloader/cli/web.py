"""``web``: a game as a page."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Json, group
from vfsloader.cli.output import GOOD, print_json, say
from vfsloader.web.build import build


def add_commands(app: App) -> None:
    """Add the command."""
    web = group("web", "Play a game in the browser.")
    web.command(build_page, name="build")
    app.command(web)


def build_page(
    game: Annotated[str, Parameter(help="a game.toml")],
    out: Annotated[str, Parameter(help="the folder to make")],
    /,
    *,
    main: Annotated[str | None, Parameter(help="a Python file with: async def main(game, kept)")] = None,
    title: Annotated[str | None, Parameter(help="the title of the page")] = None,
    engine: Annotated[str, Parameter(help="what draws: canvas, pygame, or pygbag")] = "canvas",
    package: Annotated[tuple[str, ...], Parameter(help="one more package of Pyodide; may be repeated")] = (),
    pyodide: Annotated[str | None, Parameter(help="a folder with Pyodide (default: a public server)")] = None,
    compiled: Annotated[
        bool, Parameter(name="--compile", help="compile the modules: quicker to start, larger")
    ] = False,
    node: Annotated[str | None, Parameter(help="the Node.js that compiles (default: the one on the PATH)")] = None,
    overwrite: Annotated[bool, Parameter(name=["--overwrite", "-f"], help="replace the folder")] = False,
    json: Json = False,
) -> int:
    """Make a folder of static files for any web server: the game's page, modules, packs and mods."""
    made = build(
        game,
        out,
        main=main,
        title=title,
        engine=engine,
        packages=package,
        pyodide=pyodide,
        compiled=compiled,
        node=node,
        overwrite=overwrite,
    )
    if json:
        print_json(dataclasses.asdict(made))
        return 0
    say(f"{made.folder}: {made.files} files, {made.size:,} bytes, of which {made.modules:,} are {made.wheel}", GOOD)
    if engine == "pygbag":
        say(f"play it here: python {made.folder}/main.py; make its page: pygbag --build {made.folder}")
    return 0
