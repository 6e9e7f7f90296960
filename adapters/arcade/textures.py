"""Textures, sounds, fonts and maps of arcade from the layers."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import arcade
import PIL.Image
from arcade.hitbox import HitBoxAlgorithm
from arcade.texture import ImageData
from pyglet.math import Vec2
from vfsloader.arcade.handle import virtual
from vfsloader.arcade.live_loader import decoded_frames
from vfsloader.arcade.live_textures import show_images
from vfsloader.arcade.maps import contained_map
from vfsloader.arcade.tracking import track

from vfsloader import paths
from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.pillow_modes import eight_bits
from vfsloader.assets.sound_decoding import SOUND_FILES
from vfsloader.assets.unreadable import unreadable

NO_OFFSET = Vec2(0, 0)


#: Makes names of images, so that no two textures share a place in an atlas because they have the same pixels.
_numbers = itertools.count()


class TextureLoader(Loader[arcade.Texture]):
    """Decodes pictures into textures, which are changed in place, in atlases and on sprites."""

    shows_edits: ClassVar[bool] = True

    def __init__(self) -> None:
        track()  # for as long as the game runs

    def decode(self, asset: Asset, **options: Any) -> PIL.Image.Image:
        """Decode a picture, and apply the edits of mods."""
        if not has_edits(asset):
            return _decoded(asset)
        result = edited(asset, _to_picture)
        return PIL.Image.frombytes("RGBA", (result.width, result.height), bytes(result.pixels))

    def build(self, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Make the texture."""
        return arcade.Texture(ImageData(decoded.copy(), hash=f"vfsloader {next(_numbers)}"))

    def replace(self, resource: arcade.Texture, decoded: PIL.Image.Image, **options: Any) -> arcade.Texture:
        """Put the new pixels into the texture, and let sprites and atlases show it."""
        image = resource.image_data.image
        before = {id(resource.image_data): image.size}
        resource.image_data.image = decoded.copy()
        show_images({id(resource.image_data.image): resource.image_data.image}, before)
        return resource

    def size_of(self, decoded: PIL.Image.Image, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return decoded.width * decoded.height * 4


TEXTURES = TextureLoader()


def load_texture(path: str | paths.RealPath) -> arcade.Texture:
    """Load a live texture: sprites that exist show the changed picture, whatever its size.

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
    return eight_bits(decoded_frames(asset)[0]).convert("RGBA")


def _to_picture(asset: Asset) -> Picture:
    image = _decoded(asset)
    return Picture(*image.size, image.tobytes())
