"""A running game: its layers and mods, what it loaded, and what changes while it runs."""

from vfsloader.game.current import current, init, update, use
from vfsloader.game.manager import ResourceManager

__all__ = [
    "ResourceManager",
    "current",
    "init",
    "update",
    "use",
]
