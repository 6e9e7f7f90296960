"""What all commands are declared with: groups of commands, and options that several commands share.

Only this package needs cyclopts; :mod:`vfsloader.cli.main` imports it when a command runs.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.completers import complete_mods, complete_paths

Game = Annotated[str, Parameter(("--game", "-g"), help="the game's folder, or its game.toml")]
Json = Annotated[bool, Parameter("--json", help="answer in JSON, for scripts")]
Force = Annotated[bool, Parameter(("--force", "-f"), help="replace a file that is there")]
DryRun = Annotated[bool, Parameter(("--dry-run", "-n"), help="only print what would be done")]
Pack = Annotated[str, Parameter(help="the pack")]
Source = Annotated[str, Parameter(help="a pack, zip, tar or folder")]
Path = Annotated[str, Parameter(help="a path of the game's tree, such as /sprites/p.png", completer=complete_paths)]
Mod = Annotated[str, Parameter(help="the mod's id", completer=complete_mods)]


class UsageError(Exception):
    """The command line is wrong in a way that the parser does not notice: exit status 2."""


def group(name: str, help: str) -> App:
    """Return a new group of commands.

    Parameters
    ----------
    name
        Its name.
    help
        One sentence about it.
    """
    return App(
        name=name,
        help=help,
        help_flags=["--help", "-h"],
        version_flags=[],
        default_parameter=Parameter(negative=()),
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
        exit_on_error=False,
        print_error=False,
        verbose=False,
    )
