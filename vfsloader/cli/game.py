"""Opening the game that a command works on."""

from __future__ import annotations

from vfsloader.game.manager import ResourceManager


def open_game(game: str) -> ResourceManager:
    """Open a game by its folder or its ``game.toml``, without watching its files. It does not count as a start."""
    return ResourceManager.from_config(game, watch=False, safe_mode="off")
