"""The ``vfsloader`` command: its parser and its exit status.

Exit status 0: done. 1: what was asked about is wrong, such as a missing path or a corrupted pack. 2: the command line
is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from vfsloader.cli import checks, files, mods, packs
from vfsloader.errors import VFSError


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="vfsloader", description="Look into a game's layers, manage its mods, build its packs."
    )
    parser.add_argument("--version", action="version", version=f"vfsloader {version('vfsloader')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    files.add_commands(commands)
    checks.add_commands(commands)
    mods.add_commands(commands)
    packs.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    arguments
        The arguments after ``vfsloader``; by default those of the process.
    """
    chosen = build_parser().parse_args(arguments)
    try:
        status = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (VFSError, OSError) as error:
        print(f"vfsloader: {error}", file=sys.stderr)
        return 1
    return int(status)
