"""``join``: playing with the set of another player who runs ``serve``."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json, UsageError
from vfsloader.cli.game import open_game
from vfsloader.cli.mod_files import is_confirmed
from vfsloader.cli.output import BAD, GOOD, answer, complain, say
from vfsloader.cli.progress import progress_bar
from vfsloader.mods.joining import JOINED_VARIABLE, JoinPlan
from vfsloader.quoting import size_text
from vfsloader.runtime.progress import ignore_progress


def add_commands(app: App) -> None:
    """Add the command."""
    app.command(join)


def join(
    address: Annotated[str, Parameter(help="as the host shows it: 192.168.1.5:8000#0123456789abcdef0123")],
    /,
    *,
    run: Annotated[
        str | None,
        Parameter(help="a command that starts the game; only that run plays with the host's set"),
    ] = None,
    yes: Annotated[bool, Parameter(("--yes", "-y"), help="do not ask")] = False,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Play with exactly the mods of a host, and fetch what is missing. Your own mods stay as they are."""
    with open_game(game) as opened:
        joiner = opened.mods.installer.joiner()
        plan: JoinPlan = joiner.plan(address, opened.mods.fingerprint())
        table = {
            "host": plan.host,
            "same": plan.is_same,
            "differences": list(plan.sentences),
            "missing": list(plan.missing),
            "fetched": list(plan.fetched),
            "size": plan.size,
        }
        if not json:
            say(f"{plan.host}, {plan.address}")
            for sentence in plan.missing:
                complain(sentence, BAD)
            for sentence in plan.sentences:
                say(sentence)
            if plan.size:
                say(f"To fetch: {size_text(plan.size)}, for {', '.join(plan.fetched)}")
        if plan.missing:
            return answer({**table, "joined": False}, "The host cannot be joined; nothing is changed.", json=json) or 1
        if not plan.is_same:
            if not (yes or json) and not is_confirmed("Join with these mods?"):
                say("Nothing is changed.")
                return 1
            with progress_bar("fetching") as progress:
                folder = joiner.fetch(plan, progress or ignore_progress)
            opened.mods.show_joined(folder, plan.fingerprint)  # to see that it is exactly that set
            opened.mods.leave()
    if run is None:
        hint = "You have the same mods." if plan.is_same else "Everything is here. Play with it by --run COMMAND."
        return answer({**table, "joined": True}, hint, style=GOOD, json=json)
    try:
        words = shlex.split(run, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"--run {run}: {error}") from None
    environment = dict(os.environ)
    if not plan.is_same:
        environment[JOINED_VARIABLE] = str(joiner.file_of(folder))
    return subprocess.run(words, env=environment, check=False).returncode
