"""Textures, sounds, fonts and maps of arcade from the layers."""

from __future__ import annotations

import io
from typing import Any, ClassVar

import arcade
import PIL.Image
from arcade.hitbox import HitBoxAlgorithm
from pyglet.math import Vec2
from vfsloader.arcade.handle import virtual
from vfsloader.arcade.maps import contained_map

from vfsloader import paths
from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.picture_size import check_picture, check_pixels
from vfsloader.assets.sound_decoding import SOUND_FILES
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError

NO_OFFSET = Vec2(0, 0)


class TextureLoader(Loader[arcade.Texture]):
    """Decodes pictures into textures. If the size stays the same, a texture is changed in place and in the atlas."""

    shows_edits: ClassVar[bool] = True

    def decode(self, asset: Asset, **options: Any) -> PIL.Image.Image:
        """Decode a picture, and apply the edits of mods."""
        if not has_edits(asset):
            return _decoded(asset)
        result = edited(asset, _to_picture)
        return PIL.Image.frombytes("RGBA", (result.width, result.height), bytes(result.pixels))

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
    """Load a sound from the winning layer; the parameters are those of ``arcade.load_sound``.

    A mod's sound is decoded here, because the system's decoders would read anything. If it cannot be decoded, the next
    layer's is used.
    """
    manager, name = virtual(path)
    return arcade.Sound(manager.load(name, SOUND_FILES).file, streaming)


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

    Raises
    ------
    PathNotFoundError
        No layer has the map, or a tile set or template that it names.
    ResourceError
        The map, or a file that it names, names a file outside of the tree, or is not what it should be.
    """
    manager, name = virtual(path)
    file = contained_map(manager, name)
    try:
        return arcade.load_tilemap(
            file, scaling, layer_options, use_spatial_hash, hit_box_algorithm, offset, texture_atlas, lazy
        )
    except Exception as error:
        asset = manager.asset(name)
        if asset.is_trusted:
            raise
        raise unreadable(asset, "a map", "arcade", error) from error


def _decoded(asset: Asset) -> PIL.Image.Image:
    try:
        kind = check_picture(asset)
        formats = None if asset.is_trusted else [str(kind).upper()]
        with PIL.Image.open(io.BytesIO(asset.data), formats=formats) as picture:
            check_pixels(asset, picture.size)
            decoded: PIL.Image.Image = picture.convert("RGBA")
            return decoded
    except VFSError:
        raise
    except Exception as error:  # Pillow's decoders raise errors of many types
        raise unreadable(asset, "a picture", "arcade", error) from error


def _to_picture(asset: Asset) -> Picture:
    image = _decoded(asset)
    return Picture(*image.size, image.tobytes())


def _window() -> Any:
    try:
        return arcade.get_window()
    except RuntimeError:
        return None
