"""``serve``: offering mods in the local network."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader import packs
from vfsloader.cli.app import Game, Json
from vfsloader.cli.game import open_game
from vfsloader.cli.output import GOOD, complain, print_json, say
from vfsloader.distribution.host_server import HostServer
from vfsloader.distribution.serve import index_of_set
from vfsloader.packs.sign import public_key


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(serve)


def serve(
    public: Annotated[str | None, Parameter(help="an index (default: the enabled mods of the game)")] = None,
    /,
    *,
    host: Annotated[str, Parameter(help="where to listen; 0.0.0.0 for the whole network")] = "127.0.0.1",
    name: Annotated[str, Parameter(help="what other players see")] = "",
    port: Annotated[int, Parameter(help="the port; 0 for any that is free")] = 8000,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Offer an index, or the mods of this game, in the local network, until it is interrupted.

    Others `join` the set of this game, or add it as a source.
    """
    with contextlib.ExitStack() as stack:
        key, hosted = None, None
        if public is None:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            packs.keygen(scratch / "private.key", scratch / "public.key")
            key = public_key(scratch / "public.key")
            opened = stack.enter_context(open_game(game))
            name = name or "a host"
            for reason in index_of_set(opened.mods.enabled, scratch / "index", scratch / "private.key", name):
                complain(reason)
            public = str(scratch / "index")
            hosted = opened.mods.installer.hosted(opened.mods.fingerprint(), name)
        server = stack.enter_context(HostServer(hosted, host, port, index=Path(public)))
        if json:
            print_json({"address": server.address, "key": key, "join": server.join_address if hosted else None})
        else:
            say(f"serving {server.address}; Ctrl-C ends it", GOOD)
            if hosted is not None:
                say(f"others play with this set: vfsloader join {server.join_address}")
            say(f"others run: vfsloader mods sources add {server.address}" + (f" --key {key}" if key else ""))
        server.wait()
    return 0
