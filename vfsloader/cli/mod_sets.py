"""``mods history``, ``undo``, ``redo``, ``keep``, ``restore`` and ``bisect``: the set of mods as a whole."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Game, Json, UsageError
from vfsloader.cli.game import open_game
from vfsloader.cli.output import BAD, GOOD, NOTE, complain, print_json, print_table, say
from vfsloader.mods.manager import ModManager
from vfsloader.mods.state import FILE
from vfsloader.mods.state_file import TRIAL_VARIABLE


def add_commands(mods: App) -> None:
    """Add the commands."""
    for command in (history, undo, redo, keep, restore, bisect):
        mods.command(command)


def history(*, game: Game = ".", json: Json = False) -> int:
    """Show the changes of the mods in this profile, newest first, and the sets that were kept by a name."""
    with open_game(game) as opened:
        past, named = opened.mods.history(), opened.mods.named_sets()
    if json:
        print_json([{"when": change.when, "what": change.what} for change in past])
        return 0
    if past:
        rows = [(str(number), change.when, change.what) for number, change in enumerate(past, 1)]
        print_table(("STEPS BACK", "WHEN", "CHANGE"), rows)
    else:
        say("Nothing was changed yet.")
    if named:
        say("")
        print_table(("KEPT", "NAME"), [(one.when, one.name) for one in named])
    return 0


def keep(name: str | None = None, /, *, forget: bool = False, game: Game = ".", json: Json = False) -> int:
    """Keep the present set of mods by a name, for `mods restore`.

    Parameters
    ----------
    name
        Such as "before the big update". If left out, the names are shown.
    forget
        Forget the set of this name instead.
    """
    with open_game(game) as opened:
        if name is not None:
            try:
                (opened.mods.forget_set if forget else opened.mods.name_set)(name)
            except ValueError as error:
                raise UsageError(str(error)) from error
        named = opened.mods.named_sets()
    if json:
        print_json([{"when": one.when, "name": one.name} for one in named])
    elif name is None:
        print_table(("KEPT", "NAME"), [(one.when, one.name) for one in named])
    else:
        say(f"{'forgotten' if forget else 'kept'}: {name}", GOOD)
    return 0


def restore(name: str, /, *, game: Game = ".", json: Json = False) -> int:
    """Return to an earlier set of mods, as one change that can be undone.

    Parameters
    ----------
    name
        A name given by `mods keep`, or how many changes to go back: the first column of `mods history`.
    """
    with open_game(game) as opened:
        mods = opened.mods
        named = [one.name for one in mods.named_sets()]
        past = mods.history()
        is_number = name not in named and name.isdecimal()
        if is_number and not 1 <= int(name) <= len(past):
            raise UsageError(f"there are {len(past)} changes to go back by, not {name}")
        try:
            mods.restore(past[int(name) - 1] if is_number else name)
        except ValueError as error:
            raise UsageError(str(error)) from error
        enabled = [mod.id for mod in mods.enabled]
    if json:
        print_json({"enabled": enabled})
    else:
        say(f"restored; enabled now: {', '.join(enabled) or 'none'}", GOOD)
    return 0


def undo(*, game: Game = ".", json: Json = False) -> int:
    """Take the last change of the mods back."""
    with open_game(game) as opened:
        return _moved(opened.mods, opened.mods.undo(), "undone", json=json)


def redo(*, game: Game = ".", json: Json = False) -> int:
    """Make the change again that was undone last."""
    with open_game(game) as opened:
        return _moved(opened.mods, opened.mods.redo(), "done again", json=json)


def _moved(mods: ModManager, change: str | None, done: str, *, json: bool) -> int:
    if json:
        print_json({"change": change, "enabled": [mod.id for mod in mods.enabled]})
    elif change is None:
        complain(f"there is nothing that could be {done}", BAD)
    else:
        say(f"{done}: {change}", GOOD)
    return int(change is None)


def bisect(
    *,
    test: Annotated[
        str | None, Parameter(help="a command that ends with status 0 while all is well; if left out, you are asked")
    ] = None,
    game: Game = ".",
    json: Json = False,
) -> int:
    """Find the mods that cause a fault, by trying parts of the set. The set itself stays as it is."""
    with open_game(game) as opened, tempfile.TemporaryDirectory(prefix="vfsloader-bisect-") as folder:
        mods = opened.mods
        trial = Path(folder, FILE)
        if not mods.enabled:
            raise UsageError("no mods are enabled, so none can be guilty")
        search = mods.bisect()
        with search:
            while search.testing is not None:
                mods.write_trial(trial)
                is_good = _asker(trial) if test is None else _tester(test, trial)
                verdict = is_good()
                if not json:
                    words = {True: "good", False: "bad", None: "skipped"}[verdict]
                    complain(f"{words} with {', '.join(search.testing) or 'no mods'}", NOTE)
                if verdict is None:
                    search.skip()
                else:
                    (search.good if verdict else search.bad)()
        guilty = search.found
        if json:
            print_json(
                {
                    "guilty": guilty,
                    "absent": search.is_absence,
                    "trials": search.trials,
                    "contradictory": search.is_contradictory,
                }
            )
        elif search.is_contradictory:
            complain("the answers contradict each other: the fault comes and goes with the same mods", BAD)
        elif search.is_absence:
            say(f"missing: {', '.join(guilty)}; with {'it' if len(guilty) == 1 else 'them'} all is well", BAD)
        elif guilty:
            together = " only together" if len(guilty) > 1 else ""
            say(f"guilty{together}: {', '.join(guilty)}", BAD)
        else:
            say("no mod is guilty: the fault is there with any mods", GOOD)
    return int(search.is_contradictory)


def _tester(command: str, trial: Path) -> Callable[[], bool]:
    """Return a function that runs a command with the mods of the trial."""
    # Windows splits a command line itself.
    arguments = command if os.name == "nt" else shlex.split(command)
    if not arguments:
        raise UsageError("--test needs a command")

    def run() -> bool:
        # What the test prints is not the answer of this command.
        done = subprocess.run(arguments, env={**os.environ, TRIAL_VARIABLE: str(trial)}, stdout=2, check=False)
        return done.returncode == 0

    return run


def _asker(trial: Path) -> Callable[[], bool | None]:
    """Return a function that asks the person at the terminal."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("pass --test COMMAND, or run this in a terminal to be asked")

    def ask() -> bool | None:
        say(f"Start the game with {TRIAL_VARIABLE}={trial} and look for the fault.")
        while True:
            say("Is all well? [y]es, [n]o, [c]annot say")
            line = sys.stdin.readline()
            if not line:
                raise KeyboardInterrupt
            word = line.strip().lower()[:1]
            if word in ("y", "n", "c"):
                return {"y": True, "n": False, "c": None}[word]

    return ask
