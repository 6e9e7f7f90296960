"""Options and helpers for commands that work on a game."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from vfsloader.cli.output import report_error
from vfsloader.game.manager import ResourceManager


def add_game_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--game``, which says where the game is."""
    parser.add_argument(
        "-g", "--game", default=".", metavar="DIR", help="the game's folder, or its game.toml (default: this folder)"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def open_game(chosen: argparse.Namespace) -> ResourceManager:
    """Open the game that was chosen with ``--game``, without watching its files."""
    return ResourceManager.from_config(chosen.game, watch=False)


def add_game_command(
    commands: argparse._SubParsersAction[Any], name: str, summary: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Add a command that works on a game."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")

    def run_or_report(chosen: argparse.Namespace) -> int:
        try:
            return run(chosen)
        except ValueError as error:  # no such profile, a mod that is moved after itself, …
            report_error(error)
            return 1

    parser.set_defaults(run=run_or_report)
    add_game_option(parser)
    return parser
