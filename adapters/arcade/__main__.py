"""``python -m vfsloader.arcade adopt --assets resources --mods mods main.py``: run an unchanged game with mods."""

import sys

from vfsloader.arcade.adopting import adopt

from vfsloader.adopting.command import main

if __name__ == "__main__":
    sys.exit(main("arcade", adopt))
