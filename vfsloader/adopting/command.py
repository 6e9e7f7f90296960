"""The command ``python -m vfsloader.<engine>``, which runs a finished game whose calls see the layers."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Callable, Sequence

from vfsloader.adopting.adopted_files import log
from vfsloader.adopting.adopted_game import AdoptedGame
from vfsloader.adopting.command_line import read_options, refuse
from vfsloader.adopting.game_starter import NotAGameError, find_game
from vfsloader.runtime.collecting import uncollected


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
    options = read_options(adapter, sys.argv[1:] if arguments is None else arguments)
    try:
        game = find_game(options.game, options.arguments, is_module=options.is_module)
    except NotAGameError as error:
        refuse(adapter, str(error))
    if options.find:
        from vfsloader.adopting.asset_finder import find_assets  # a game that starts does not need it

        return find_assets(adapter, game)
    if options.log:
        _print_log()
    try:
        with uncollected():  # what is made here stays
            adopted = adopt(options.assets, options.mods)
    except (OSError, ValueError) as error:
        refuse(adapter, str(error))
    gc.freeze()  # collections while the game loads look at the game's own objects, as they would without us
    # Later than anything that the game does at its end.
    atexit.register(_end, adopted, is_reported=options.report)
    return game.run()


def _print_log() -> None:
    import logging

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
