"""Sheets and animations."""

from typing import assert_type

import vfsloader.pygame

sheet = vfsloader.pygame.load_spritesheet("/hero.png", (16, 16), margin=1)  # typo: margin -> margn
assert_type(len(sheet), int)
walk = sheet.animation("walk")  # typo: animation -> animaton
walk.frame_at(120.0, loop=False)  # typo: loop -> lop
torch = vfsloader.pygame.load_animation("/torch.gif")
assert_type(torch.length_ms, int)
