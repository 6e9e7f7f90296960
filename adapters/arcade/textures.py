"""Textures, sounds, fonts and maps of arcade out of the layers."""

from __future__ import annotations

import io
from typing import Any

import arcade
import PIL.Image
from vfsloader.arcade.handle import virtual

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.picture_size import refuse_huge_picture
from vfsloader.errors import ResourceError


class TextureLoader(Loader[arcade.Texture]):
    """Decodes pictures into textures; one of the same size is changed in place, in the window's atlas too."""

    def decode(self, asset: Asset, **options: Any) -> PIL.Image.Image:
        """Decode a picture."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            return PIL.Image.open(io.BytesIO(asset.data)).convert("RGBA")
        except (OSError, ValueError, SyntaxError) as error:
            sentence = f"{asset.path} in {asset.layer} is no picture that arcade can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error

    def build(self, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Make the texture."""
        return arcade.Texture(decoded.copy())

    def replace(self, resource: arcade.Texture, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Put other pixels into the texture; for another size make a new one."""
        if resource.size != decoded.size:
            return self.build(decoded)
        resource.image_data.image.paste(decoded)
        window = _window()
        if window is not None and window.ctx.default_atlas.has_texture(resource):
            window.ctx.default_atlas.update_texture_image(resource)
        return resource

    def size_of(self, decoded: PIL.Image.Image, asset_bytes: int) -> int:
        """Count its pixels."""
        return decoded.width * decoded.height * 4


TEXTURES = TextureLoader()


def load_texture(path: str | paths.RealPath) -> arcade.Texture:
    """Load a texture that is alive: sprites show a changed picture of the same size.

    One of another size is a new texture at the next call; the event of the change says so.

    Parameters
    ----------
    path
        ``":game:sprites/p.png"``, or the virtual path.

    Raises
    ------
    PathNotFoundError, ResourceError
        No layer has it, or it is no picture.
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


def load_tilemap(path: str | paths.RealPath, **options: Any) -> arcade.TileMap:
    """Load a map of Tiled, with the tile sets and pictures that it names, each from the layer that wins it.

    Parameters
    ----------
    path
        The map.
    **options
        As for ``arcade.load_tilemap``.
    """
    manager, name = virtual(path)
    return arcade.load_tilemap(f"{manager.real_folder('/')}{name}", **options)


def _window() -> Any:
    try:
        return arcade.get_window()
    except RuntimeError:
        return None
