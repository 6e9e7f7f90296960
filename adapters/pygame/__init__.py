"""pygame-ce over the layers: pictures, sounds, music and fonts by their virtual path, live while the game runs.

Each loader uses the manager that :func:`vfsloader.init` made. :func:`vfsloader.update` brings everything that they
returned up to date, and posts a ``RESOURCE_CHANGED`` event for each change.
"""

from vfsloader.pygame import engine as engine
from vfsloader.pygame.adopt import Adopted, adopt
from vfsloader.pygame.animations import Animation, load_animation, load_cursor, load_svg
from vfsloader.pygame.events import RESOURCE_CHANGED
from vfsloader.pygame.fonts import LiveFont, load_font
from vfsloader.pygame.images import load_image, load_images
from vfsloader.pygame.live_sound import LiveSound
from vfsloader.pygame.menu_painter import Skin
from vfsloader.pygame.mod_menu import ModMenu
from vfsloader.pygame.music import Music, load_music, play_music
from vfsloader.pygame.sounds import load_sound
from vfsloader.pygame.spritesheet import Sheet, Spritesheet, load_spritesheet
from vfsloader.pygame.surface import LiveSurface

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
