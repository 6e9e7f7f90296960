"""Pictures by their virtual path."""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.errors import ResourceError
from vfsloader.resources import Asset, Loader, current


class ImageLoader(Loader[LiveSurface]):
    """Decodes every picture format that pygame reads, and writes a changed one into the living surface."""

    def decode(self, asset: Asset, *, convert: bool = True, **options: Any) -> pygame.Surface:
        """Decode a picture."""
        return _decode(asset, convert)

    def build(self, decoded: pygame.Surface, **options: Any) -> LiveSurface:
        """Make the surface that the game holds."""
        surface = LiveSurface((1, 1))
        surface.become(decoded)
        return surface

    def replace(self, resource: LiveSurface, decoded: pygame.Surface, **options: Any) -> LiveSurface:
        """Write a picture into the surface that everyone holds."""
        resource.become(decoded)
        return resource

    def size_of(self, decoded: pygame.Surface, asset_bytes: int) -> int:
        """Count its pixels."""
        return decoded.get_pitch() * decoded.get_height()


IMAGES = ImageLoader()


def load_image(path: paths.PathLike, *, convert: bool = True) -> LiveSurface:
    """Load a picture from the winning layer.

    The surface is alive: when a mod is toggled or the file is saved, :func:`vfsloader.update` gives it the
    new pixels, and the new size where that differs. Whoever holds it, a sprite too, shows the change.

    Parameters
    ----------
    path
        The picture: any format that ``pygame.image.load`` reads.
    convert
        Bring it to the display's format, which blits fastest, with transparency kept where the picture
        has any. Without a display, and with False, it keeps the file's own format.

    Returns
    -------
    LiveSurface
        A ``pygame.Surface``; the same one for each call with this path.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` was not called yet.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are no picture.

    Examples
    --------
    >>> import pygame, vfsloader, vfsloader.pygame
    >>> base = vfsloader.Store()
    >>> dot = pygame.Surface((3, 2))
    >>> with __import__("io").BytesIO() as file:
    ...     pygame.image.save(dot, file, "dot.png")
    ...     base.write("/dot.png", file.getvalue())
    >>> game = vfsloader.init(base)
    >>> vfsloader.pygame.load_image("/dot.png").get_size()
    (3, 2)
    """
    return current().load(path, IMAGES, convert=convert)


def _decode(asset: Asset, convert: bool) -> pygame.Surface:
    try:
        picture = pygame.image.load(asset.open(), asset.name)
    except (pygame.error, MemoryError) as error:
        sentence = f"{asset.path} in {asset.layer} is no picture that pygame can read: {error}"
        raise ResourceError.at(asset.path, sentence) from error
    if not convert or pygame.display.get_surface() is None:
        return picture
    transparent = picture.get_masks()[3] or picture.get_colorkey() is not None
    return picture.convert_alpha() if transparent else picture.convert()
