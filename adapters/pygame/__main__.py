"""``python -m vfsloader.pygame adopt --assets resources --mods mods main.py``: a game with mods, unchanged."""

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
        The words after ``python -m vfsloader.pygame``; those of the process if left out.
    """
    parser = argparse.ArgumentParser(prog="python -m vfsloader.pygame", description="Run a pygame game with mods.")
    words = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adopting = words.add_parser("adopt", help="run a game so that its own calls see the layers")
    adopting.add_argument("--assets", required=True, metavar="DIR", help="the game's folder of assets")
    adopting.add_argument("--mods", metavar="DIR", help="the mods folder")
    adopting.add_argument("--report", action="store_true", help="tell at the end which calls were served")
    adopting.add_argument("script", help="the game's main file")
    adopting.add_argument("words", nargs=argparse.REMAINDER, help="what the game takes on its command line")
    chosen = parser.parse_args(arguments)
    if not os.path.isfile(chosen.script):
        parser.error(f"there is no {chosen.script}")
    sys.argv = [chosen.script, *chosen.words]
    sys.path.insert(0, os.path.dirname(os.path.abspath(chosen.script)))
    with adopt(chosen.assets, chosen.mods) as adopted:
        try:
            runpy.run_path(chosen.script, run_name="__main__")
        finally:
            if chosen.report:
                print(adopted.report(), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
