"""Textures, sounds, fonts and maps of arcade from the layers."""

from __future__ import annotations

import io
from typing import Any

import arcade
import PIL.Image
from arcade.hitbox import HitBoxAlgorithm
from pyglet.math import Vec2
from vfsloader.arcade.handle import virtual

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.picture_size import refuse_huge_picture
from vfsloader.assets.unreadable import unreadable

NO_OFFSET = Vec2(0, 0)


class TextureLoader(Loader[arcade.Texture]):
    """Decodes pictures into textures. If the size stays the same, a texture is changed in place and in the atlas."""

    def decode(self, asset: Asset, **options: Any) -> PIL.Image.Image:
        """Decode a picture."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            return PIL.Image.open(io.BytesIO(asset.data)).convert("RGBA")
        except (OSError, ValueError, SyntaxError) as error:
            raise unreadable(asset, "a picture", "arcade", error) from error

    def build(self, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Make the texture."""
        return arcade.Texture(decoded.copy())

    def replace(self, resource: arcade.Texture, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Put the new pixels into the texture; if the size differs, make a new texture."""
        if resource.size != decoded.size:
            return self.build(decoded)
        resource.image_data.image.paste(decoded)
        window = _window()
        if window is not None and window.ctx.default_atlas.has_texture(resource):
            window.ctx.default_atlas.update_texture_image(resource)
        return resource

    def size_of(self, decoded: PIL.Image.Image, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return decoded.width * decoded.height * 4


TEXTURES = TextureLoader()


def load_texture(path: str | paths.RealPath) -> arcade.Texture:
    """Load a live texture: sprites show the changed picture if its size stays the same.

    If the size differs, the next call returns a new texture, and the :class:`vfsloader.Change` holds it.

    Parameters
    ----------
    path
        ``":game:sprites/p.png"``, or the virtual path.

    Raises
    ------
    PathNotFoundError, ResourceError
        No layer has the file, or it is not a picture.
    """
    manager, name = virtual(path)
    return manager.load(name, TEXTURES)


def load_sound(path: str | paths.RealPath, streaming: bool = False) -> arcade.Sound:
    """Load a sound from the winning layer; the parameters are those of ``arcade.load_sound``."""
    manager, name = virtual(path)
    return arcade.Sound(manager.real_path(name), streaming)


def load_font(path: str | paths.RealPath) -> None:
    """Add a font from the winning layer, for ``arcade.Text`` and its like."""
    manager, name = virtual(path)
    arcade.load_font(manager.real_path(name))


def load_tilemap(
    path: str | paths.RealPath,
    scaling: float = 1.0,
    layer_options: dict[str, dict[str, Any]] | None = None,
    use_spatial_hash: bool = False,
    hit_box_algorithm: HitBoxAlgorithm | None = None,
    offset: Vec2 = NO_OFFSET,
    texture_atlas: arcade.DefaultTextureAtlas | None = None,
    lazy: bool = False,
) -> arcade.TileMap:
    """Load a Tiled map with the tile sets and pictures that it names, each from its winning layer.

    Parameters
    ----------
    path
        The map.
    scaling, layer_options, use_spatial_hash, hit_box_algorithm, offset, texture_atlas, lazy
        As for ``arcade.load_tilemap``.
    """
    manager, name = virtual(path)
    file = f"{manager.real_folder('/')}{name}"
    return arcade.load_tilemap(
        file, scaling, layer_options, use_spatial_hash, hit_box_algorithm, offset, texture_atlas, lazy
    )


def _window() -> Any:
    try:
        return arcade.get_window()
    except RuntimeError:
        return None
