"""The command ``vfsloader``: which words it knows, and what it answers to the shell.

Exit status: 0 done; 1 the thing asked about is wrong (no such path, a broken pack); 2 the command line is.
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
    """Make the parser with all commands."""
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
    """Run a command; give its exit status.

    Parameters
    ----------
    arguments
        The words after ``vfsloader``; those of the process if left out.
    """
    chosen = build_parser().parse_args(arguments)
    try:
        status = chosen.run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (VFSError, OSError) as error:
        print(f"vfsloader: {error}", file=sys.stderr)
        return 1
    return int(status)
