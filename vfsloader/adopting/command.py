"""The command ``python -m vfsloader.<engine>``, which runs a finished game whose calls see the layers."""

from __future__ import annotations

import argparse
import atexit
import logging
import sys
from collections.abc import Callable, Sequence

from vfsloader.adopting.adopted_files import log
from vfsloader.adopting.adopted_game import AdoptedGame
from vfsloader.adopting.game_starter import NotAGameError, find_game

_EPILOG = """\
The game is a script, a folder or zip with a __main__.py, the name of an installed command, or, after -m, a module:

  python -m {adapter} adopt --assets resources --mods mods main.py
  python -m {adapter} adopt --assets images --assets sounds --mods mods -m mygame --fullscreen
  python -m {adapter} adopt --find main.py
"""


def main(
    engine: str,
    adopt: Callable[[list[str], str | None], AdoptedGame],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a game whose calls see the layers.

    Parameters
    ----------
    engine
        The name of the adapter, such as ``pygame``.
    adopt
        Adopts the folders of assets with a mods folder, before the game is imported.
    arguments
        The arguments after ``python -m vfsloader.<engine>``; by default those of the process.

    Returns
    -------
    int
        The exit status of the process; 2 if the command line is wrong.
    """
    adapter = f"vfsloader.{engine}"
    parser = argparse.ArgumentParser(prog=f"python -m {adapter}", description=f"Run a game of {engine} with mods.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adopting = commands.add_parser(
        "adopt",
        help="run a game so that its own calls see the layers",
        epilog=_EPILOG.format(adapter=adapter),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = adopting.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--assets", action="append", metavar="DIR", help="a folder of the game's assets; may be given several times"
    )
    what.add_argument(
        "--find", action="store_true", help="run the game for ten seconds and report in which folders its assets are"
    )
    adopting.add_argument("--mods", metavar="DIR", help="the mods folder")
    adopting.add_argument("--report", action="store_true", help="print at the end which calls were served")
    adopting.add_argument("--log", action="store_true", help="print at once what is not served, and why")
    adopting.add_argument("-m", dest="is_module", action="store_true", help="the game is a module, as for python -m")
    adopting.add_argument("game", metavar="GAME", help="the game")
    adopting.add_argument("arguments", nargs=argparse.REMAINDER, help="the game's own arguments")
    options = parser.parse_args(arguments)
    try:
        game = find_game(options.game, options.arguments, is_module=options.is_module)
    except NotAGameError as error:
        adopting.error(str(error))
    if options.find:
        from vfsloader.adopting.asset_finder import find_assets  # a game that starts does not need it

        return find_assets(adapter, game)
    if options.log:
        _print_log()
    try:
        adopted = adopt(options.assets, options.mods)
    except (OSError, ValueError) as error:
        adopting.error(str(error))
    # Later than anything that the game does at its end.
    atexit.register(_end, adopted, is_reported=options.report)
    return game.run()


def _print_log() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("vfsloader: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def _end(adopted: AdoptedGame, *, is_reported: bool) -> None:
    if is_reported and sys.stderr is not None:
        print(adopted.report(), file=sys.stderr)
    adopted.warn_if_useless()
    adopted.undo()
