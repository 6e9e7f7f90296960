"""arcade over the layers: resource handles, ``:game:sprites/p.png``, and live textures.

Everything is imported when it is first used: a game may set options before it imports arcade.
"""

import importlib
from typing import TYPE_CHECKING

from vfsloader.arcade import engine as engine

if TYPE_CHECKING:
    from vfsloader.arcade.adopting import Adopted, adopt
    from vfsloader.arcade.handle import install
    from vfsloader.arcade.textures import load_font, load_sound, load_texture, load_tilemap

__all__ = ["Adopted", "adopt", "install", "load_font", "load_sound", "load_texture", "load_tilemap"]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    _HOMES = {
        "Adopted": "adopting",
        "adopt": "adopting",
        "install": "handle",
        "load_font": "textures",
        "load_sound": "textures",
        "load_texture": "textures",
        "load_tilemap": "textures",
    }

    def __getattr__(name):
        """Import a name when it is first used, and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_HOMES})
