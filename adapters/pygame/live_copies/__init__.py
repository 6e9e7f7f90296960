"""Live copies: whatever a game makes of a loaded picture follows when the picture changes.

Surfaces remember how they were made (`recipes`), which `journal` notes while the game runs. When a picture changes,
`rebuild` makes again what was made of it, and shows all of it in one frame.
"""

from vfsloader.pygame.live_copies import masks, surface_methods
from vfsloader.pygame.live_copies.counts import report
from vfsloader.pygame.live_copies.replaced_calls import install

__all__ = ["install", "report"]

surface_methods.add_methods()
masks.add_methods()
