"""What the commands about packs have in common: how they are declared, and how they answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from vfsloader.cli.game import add_json_option
from vfsloader.cli.output import print_json, say


def add_command(
    words: argparse._SubParsersAction[Any],
    word: str,
    text: str,
    run: Callable[[argparse.Namespace], int],
    *,
    json: bool = True,
    force: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command and return its parser.

    Parameters
    ----------
    words
        The commands of the same group.
    word
        The command's name.
    text
        Its help.
    run
        Called with the parsed command line; returns the exit status.
    json
        Whether the command has ``--json``.
    force
        The help of ``-f``, if the command has it.
    """
    parser: argparse.ArgumentParser = words.add_parser(word, help=text)
    parser.set_defaults(run=run)
    if json:
        add_json_option(parser)
    if force is not None:
        parser.add_argument("-f", "--force", action="store_true", help=force)
    return parser


def print_report(chosen: argparse.Namespace, report: object, text: str) -> int:
    """Print a report as JSON if the caller asked for it, else as a sentence; return exit status 0."""
    if chosen.json:
        print_json(report)
    else:
        say(text)
    return 0
