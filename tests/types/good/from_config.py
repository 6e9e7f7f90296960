"""A game that is described by its game.toml."""

from typing import assert_type

import vfsloader
from vfsloader import ResourceManager

game = ResourceManager.from_config("game.toml", watch=False, language="fi")  # typo: watch -> wach
assert_type(vfsloader.use(game), ResourceManager)
assert_type(game.exists("/a"), bool)
game.language = "en"
with ResourceManager.from_config(vfsloader.app_path("game.toml"), profile=None) as other:  # typo: app_path -> app_pth
    other.close()  # typo: close -> clsoe
