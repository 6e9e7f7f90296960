"""Music and sounds."""

import vfsloader.pygame

theme = vfsloader.pygame.load_music("/theme.ogg")  # typo: load_music -> load_musik
theme.play(loops=-1, fade_ms=500)  # typo: fade_ms -> fade
jump = vfsloader.pygame.load_sound("/jump.wav", volume=0.5)  # typo: volume -> volme
jump.set_volume(1.0)
