"""What a running game is made of, for tools that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vfsloader.assets.decoder import Decoder
from vfsloader.assets.live import LiveResources
from vfsloader.game.layers import GameLayers
from vfsloader.game.updater import Updater


@dataclass(frozen=True, slots=True)
class Inside:
    """The parts of a :class:`~vfsloader.ResourceManager`; read them on the game's own thread."""

    layers: GameLayers
    decoder: Decoder
    resources: LiveResources
    updater: Updater


class Page(Protocol):
    """A page about a game, in a browser."""

    @property
    def address(self) -> str:
        """The address of the page. Anyone who knows it can change the mods."""

    def close(self) -> None:
        """Stop serving."""
