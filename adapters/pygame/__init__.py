"""pygame-ce over the layers: pictures and sounds by their virtual path, alive while the game runs.

Each loader uses the manager that :func:`vfsloader.init` made. What it returns is brought up to date by
:func:`vfsloader.update`.
"""

from vfsloader.pygame.images import load_image
from vfsloader.pygame.sounds import load_sound
from vfsloader.pygame.surface import LiveSurface

__all__ = ["LiveSurface", "load_image", "load_sound"]
