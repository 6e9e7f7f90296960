"""``python -m vfsloader.pyglet adopt --assets resources --mods mods main.py``: run an unchanged game with mods."""

import sys

from vfsloader.pyglet.adopting import adopt

from vfsloader.adopting.command import main

if __name__ == "__main__":
    sys.exit(main("pyglet", adopt))
