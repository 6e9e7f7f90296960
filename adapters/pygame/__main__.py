"""``python -m vfsloader.pygame adopt --assets resources --mods mods main.py``: run an unchanged game with mods."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Sequence

from vfsloader.pygame.adopt import adopt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a game whose calls see the layers.

    Parameters
    ----------
    arguments
        The arguments after ``python -m vfsloader.pygame``; by default those of the process.
    """
    parser = argparse.ArgumentParser(prog="python -m vfsloader.pygame", description="Run a pygame game with mods.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adopting = commands.add_parser("adopt", help="run a game so that its own calls see the layers")
    adopting.add_argument("--assets", required=True, metavar="DIR", help="the game's folder of assets")
    adopting.add_argument("--mods", metavar="DIR", help="the mods folder")
    adopting.add_argument("--report", action="store_true", help="print at the end which calls were served")
    adopting.add_argument("script", help="the game's main file")
    adopting.add_argument("arguments", nargs=argparse.REMAINDER, help="the game's own arguments")
    options = parser.parse_args(arguments)
    if not os.path.isfile(options.script):
        parser.error(f"{options.script} does not exist")
    sys.argv = [options.script, *options.arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(options.script)))
    with adopt(options.assets, options.mods) as adopted:
        try:
            runpy.run_path(options.script, run_name="__main__")
        finally:
            if options.report:
                print(adopted.report(), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
