"""pygame-ce over the layers: pictures, sounds, music and fonts by their virtual path, live while the game runs.

Each loader uses the manager that :func:`vfsloader.init` made. :func:`vfsloader.update` brings everything that they
returned up to date, and posts a ``RESOURCE_CHANGED`` event for each change. What only some games use, as the mod menu,
is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING

from vfsloader.runtime.collecting import uncollected

with uncollected():  # what is imported stays, and to look for garbage in it takes 6 ms
    from vfsloader.pygame import engine as engine
    from vfsloader.pygame import live_copies as live_copies
    from vfsloader.pygame.events import RESOURCE_CHANGED
    from vfsloader.pygame.images import load_image, load_images
    from vfsloader.pygame.surface import LiveSurface

if TYPE_CHECKING:
    from vfsloader.pygame.adopting import Adopted, adopt
    from vfsloader.pygame.animations import Animation, load_animation, load_cursor, load_svg
    from vfsloader.pygame.fonts import LiveFont, load_font
    from vfsloader.pygame.live_sound import LiveSound
    from vfsloader.pygame.menu.skin import Skin
    from vfsloader.pygame.mod_menu import ModMenu
    from vfsloader.pygame.music import Music, load_music, play_music
    from vfsloader.pygame.sounds import load_sound
    from vfsloader.pygame.spritesheet import Sheet, Spritesheet, load_spritesheet

__all__ = [
    "RESOURCE_CHANGED",
    "Adopted",
    "Animation",
    "LiveFont",
    "LiveSound",
    "LiveSurface",
    "ModMenu",
    "Music",
    "Sheet",
    "Skin",
    "Spritesheet",
    "adopt",
    "load_animation",
    "load_cursor",
    "load_font",
    "load_image",
    "load_images",
    "load_music",
    "load_sound",
    "load_spritesheet",
    "load_svg",
    "play_music",
]

if not TYPE_CHECKING:  # type checkers see the imports above, and so find a misspelt name
    _HOMES = {
        "Adopted": "adopting",
        "Animation": "animations",
        "LiveFont": "fonts",
        "LiveSound": "live_sound",
        "ModMenu": "mod_menu",
        "Music": "music",
        "Sheet": "spritesheet",
        "Skin": "menu.skin",
        "Spritesheet": "spritesheet",
        "adopt": "adopting",
        "load_animation": "animations",
        "load_cursor": "animations",
        "load_font": "fonts",
        "load_music": "music",
        "load_sound": "sounds",
        "load_spritesheet": "spritesheet",
        "load_svg": "animations",
        "play_music": "music",
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
