"""``ui``: the mods of a game in a browser."""

from __future__ import annotations

import contextlib
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json, UsageError
from vfsloader.cli.output import complain, print_json, say
from vfsloader.game.manager import ResourceManager

if TYPE_CHECKING:
    from vfsloader.page.caretaker import Caretaker
    from vfsloader.page.server import PageServer


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(ui)


def ui(
    *,
    port: Annotated[int, Parameter(help="the port (default: the last one if it is free, else any)")] = 0,
    no_browser: Annotated[bool, Parameter(help="only print the address")] = False,
    read_only: Annotated[bool, Parameter(help="let the page change nothing")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Show the mods of a game in a browser, until it is interrupted. The game may run beside it."""
    from vfsloader.page.addresses import KeptAddress
    from vfsloader.page.caretaker import Caretaker

    if not 0 <= port < 1 << 16:
        raise UsageError("a port is a number from 0 to 65535")
    # The save stays the game's: it may be running.
    caretaker = Caretaker(lambda: ResourceManager.from_config(game, save=None, profile=None))
    with contextlib.ExitStack() as stack:
        stack.callback(caretaker.close)
        kept = KeptAddress(Path(game).absolute())
        server = None
        if not port and kept.port:
            with contextlib.suppress(OSError):  # another program has the port now
                server = _serve(caretaker, kept.port, kept.token, read_only=read_only)
        if server is None:
            server = _serve(caretaker, port, kept.token if port == kept.port else None, read_only=read_only)
        stack.enter_context(server)
        kept.keep(server.port, server.token)
        if json:
            print_json({"address": server.address})
        else:
            say(server.address)
            complain("This is the page's address; keep it to yourself. Ctrl-C ends it.", "dim")
        if not no_browser:
            webbrowser.open(server.address)
        server.wait()
    return 0


def _serve(caretaker: Caretaker, port: int, token: str | None, *, read_only: bool) -> PageServer:
    from vfsloader.page.server import PageServer

    return PageServer(caretaker.game, caretaker.desk, caretaker.events, port=port, token=token, read_only=read_only)
