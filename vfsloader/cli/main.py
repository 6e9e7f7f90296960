"""The ``vfsloader`` command: its parser and its exit status.

Exit status 0: done. 1: what was asked about is wrong, such as a missing path or a corrupted pack. 2: the command line
is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from vfsloader.cli import adopt_build, checks, files, mods, packs
from vfsloader.cli.output import report_error, stop_writing
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
    adopt_build.add_commands(commands)
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
    except BrokenPipeError:  # the reader, such as `head`, has stopped reading
        stop_writing()
        return 0
    except (VFSError, OSError) as error:
        report_error(error)
        status = 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:  # the reader has stopped reading, or the disk is full
        stop_writing()
        if isinstance(error, BrokenPipeError):
            return int(status)
        report_error(error)
        return 1
    return int(status)
