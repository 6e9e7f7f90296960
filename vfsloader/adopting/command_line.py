"""The command line of ``python -m vfsloader.<engine>``.

Importing ``argparse`` takes 5 ms and half a megabyte. A game is nearly always started by the same few words, which are
read here without it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import argparse

_EPILOG = """\
The game is a script, a folder or zip with a __main__.py, the name of an installed command, or, after -m, a module:

  python -m {adapter} adopt --assets resources --mods mods main.py
  python -m {adapter} adopt --assets images --assets sounds --mods mods -m mygame --fullscreen
  python -m {adapter} adopt --find main.py
"""
_FLAGS = {"--report": "report", "--log": "log", "-m": "is_module"}


def read_options(adapter: str, words: Sequence[str]) -> Any:
    """Return the options of a command line; the process ends if it is wrong, or asks for help."""
    options = plain_options(words)
    return make_parsers(adapter)[0].parse_args(words) if options is None else options


def refuse(adapter: str, message: str) -> NoReturn:
    """End the process with a message about the command line."""
    make_parsers(adapter)[1].error(message)


def plain_options(words: Sequence[str]) -> SimpleNamespace | None:
    """Return the options of a command line of the usual form, as the parser would; None: leave it to the parser.

    Examples
    --------
    >>> plain_options(["adopt", "--assets", "data", "main.py", "--level", "3"]).arguments
    ['--level', '3']
    """
    options = SimpleNamespace(assets=[], find=False, mods=None, report=False, log=False, is_module=False)
    rest = deque(words)
    if not rest or rest.popleft() != "adopt":
        return None
    while rest and rest[0].startswith("-"):
        word = rest.popleft()
        if word in _FLAGS:
            setattr(options, _FLAGS[word], True)
            continue
        if word not in ("--assets", "--mods") or not rest or rest[0].startswith("-"):
            return None
        if word == "--assets":
            options.assets.append(rest.popleft())
        else:
            options.mods = rest.popleft()
    if not rest or not options.assets or "--" in rest:
        return None
    options.game, *options.arguments = rest
    return options


def make_parsers(adapter: str) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    """Return the parser of the command line, and that of the command ``adopt``."""
    import argparse

    engine = adapter.rpartition(".")[2]
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
    return parser, adopting
