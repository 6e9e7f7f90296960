"""arcade over the layers: a resource handle, ``:game:sprites/p.png``, and live textures."""

from vfsloader.arcade import engine as engine
from vfsloader.arcade.handle import install
from vfsloader.arcade.textures import load_font, load_sound, load_texture, load_tilemap

__all__ = ["install", "load_font", "load_sound", "load_texture", "load_tilemap"]
