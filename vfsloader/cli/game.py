"""The game that a command is about."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from vfsloader.game.manager import ResourceManager


def add_game_option(parser: argparse.ArgumentParser) -> None:
    """Let the caller say where the game is."""
    parser.add_argument(
        "-g", "--game", default=".", metavar="DIR", help="the game's folder, or its game.toml (default: this folder)"
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Let the caller ask for JSON."""
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def open_game(chosen: argparse.Namespace) -> ResourceManager:
    """Open the game; its save is looked at and its files are not watched."""
    return ResourceManager.from_config(chosen.game, watch=False)


def add_game_command(
    words: argparse._SubParsersAction[Any], word: str, text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Add a command that is about a game."""
    parser: argparse.ArgumentParser = words.add_parser(word, help=text, description=text.capitalize() + ".")
    parser.set_defaults(run=run)
    add_game_option(parser)
    return parser
