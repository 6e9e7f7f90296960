"""Pictures by their virtual path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import pygame
from vfsloader.pygame.pixels import deserialize, serialize
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader, register_loader
from vfsloader.assets.picture_size import MAX_PIXELS, refuse_huge_picture
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.game.current import current
from vfsloader.paths import natural_key

#: A colour, or the place of a pixel that has it.
Colour = str | int | tuple[int, ...]
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tga", ".qoi", ".pcx", ".tif", ".tiff", ".xpm", ".lbm")


class Ready(NamedTuple):
    """A picture that is as it shall be, and that nobody else holds."""

    surface: pygame.Surface


class ImageLoader(Loader[LiveSurface]):
    """Decodes every picture format that pygame reads, and writes a changed one into the living surface.

    In place: the Surface stays the same object, whatever the size; subsurfaces are safe.
    """

    meta_options: ClassVar[Mapping[str, type | tuple[type, ...]]] = {
        "convert": bool,
        "colorkey": (str, list),
        "scale": (int, float),
        "size": list,
        "smooth": bool,
    }

    def decode(self, asset: Asset, **options: Any) -> pygame.Surface:
        """Decode a picture, and scale it."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            picture = pygame.image.load(asset.open(), asset.name)
            return _scaled(picture, asset, **options)
        except (pygame.error, MemoryError) as error:
            sentence = f"{asset.path} in {asset.layer} is no picture that pygame can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error

    def build(self, decoded: pygame.Surface | Ready, **options: Any) -> LiveSurface:
        """Make the surface that the game holds."""
        surface = LiveSurface((1, 1))
        return self.replace(surface, decoded, **options)

    def replace(self, resource: LiveSurface, decoded: pygame.Surface | Ready, **options: Any) -> LiveSurface:
        """Give a picture to the surface that everyone holds."""
        picture = decoded.surface if isinstance(decoded, Ready) else _finished(decoded, **options)
        if picture is decoded:
            resource.become(picture)
        else:
            resource.take(picture)
        return resource

    def size_of(self, decoded: pygame.Surface | Ready, asset_bytes: int) -> int:
        """Count its pixels."""
        picture = decoded.surface if isinstance(decoded, Ready) else decoded
        return picture.get_pitch() * picture.get_height()

    def cache_key(self, *, convert: bool = True, **options: Any) -> str:
        """Name raw pixels of the display's format."""
        display = pygame.display.get_surface()
        return f"pixels 1 {(display.get_bitsize(), display.get_masks()) if convert and display else None}"

    def serialize(self, decoded: pygame.Surface, **options: Any) -> bytes:
        """Give the pixels as the game will want them."""
        return serialize(_finished(decoded, **options))

    def deserialize(self, data: bytes | memoryview, path: str) -> Ready:
        """Make a picture of its pixels."""
        return Ready(deserialize(data))


IMAGES = ImageLoader()
register_loader(IMAGES, *SUFFIXES)


def load_image(
    path: paths.PathLike,
    *,
    convert: bool | None = None,
    colorkey: Colour | None = None,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    smooth: bool | None = None,
) -> LiveSurface:
    """Load a picture from the winning layer.

    The surface is alive: when a mod is toggled or the file is saved, :func:`vfsloader.update` gives it the
    new pixels, and the new size where that differs. Whoever holds it, a sprite too, shows the change.
    What is left out here a ``<path>.meta`` beside the picture may say: ``scale = 2``.

    Parameters
    ----------
    path
        The picture: any format that ``pygame.image.load`` reads, of at most 134 million pixels.
    convert
        Bring it to the display's format, which blits fastest, with transparency kept where the picture
        has any: so if left out. Without a display, and with False, it keeps the file's own format.
    colorkey
        A colour that is transparent, by name or numbers; ``"corner"``: that of the pixel at the top left.
    scale
        Make it so many times as large.
    size
        Make it this large, in pixels: width and height.
    smooth
        Scale it smoothly; pixel by pixel if left out.

    Returns
    -------
    LiveSurface
        A ``pygame.Surface``; the same one for each call with this path and these options.

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
    >>> vfsloader.pygame.load_image("/dot.png", scale=2).get_size()
    (6, 4)
    """
    if convert is None and colorkey is None and scale is None and size is None and smooth is None:
        return current().load(path, IMAGES)  # as most pictures are, each frame perhaps
    given = {"convert": convert, "colorkey": colorkey, "scale": scale, "size": size, "smooth": smooth}
    return current().load(path, IMAGES, **{name: value for name, value in given.items() if value is not None})


def load_images(pattern: str, **options: Any) -> list[LiveSurface]:
    """Load the pictures that fit a glob, in the order in which people count: ``walk2.png`` before ``walk10.png``.

    Parameters
    ----------
    pattern
        Such as ``"/sprites/walk*.png"``.
    **options
        As for :func:`load_image`.

    Raises
    ------
    PathNotFoundError
        Nothing fits.
    """
    manager = current()
    found = [path for path in manager.vfs.glob(pattern) if manager.vfs.isfile(path)]
    if not found:
        raise PathNotFoundError.at(pattern, f"no layer has a file that fits {pattern}")
    return [load_image(path, **options) for path in sorted(found, key=natural_key)]


def _finished(picture: pygame.Surface, *, convert: bool = True, **options: Any) -> pygame.Surface:
    """Bring a picture to the display's format; the same one where nothing is to be done."""
    if not convert or pygame.display.get_surface() is None:
        return picture
    transparent = picture.get_masks()[3] or picture.get_colorkey() is not None
    return picture.convert_alpha() if transparent else picture.convert()


def _scaled(
    picture: pygame.Surface,
    asset: Asset,
    *,
    colorkey: Colour | None = None,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    smooth: bool = False,
    **options: Any,
) -> pygame.Surface:
    if colorkey is not None:
        picture.set_colorkey(picture.get_at((0, 0)) if colorkey == "corner" else _colour(colorkey, asset))
    if scale is not None:
        size = round(picture.get_width() * scale), round(picture.get_height() * scale)
    if size is None:
        return picture
    if len(size) != 2 or min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
        raise ResourceError.at(asset.path, f"{asset.path} cannot be scaled to {size}: at most {MAX_PIXELS:,} pixels")
    if not smooth:
        return pygame.transform.scale(picture, size)
    return pygame.transform.smoothscale(picture if picture.get_bitsize() >= 24 else picture.convert_alpha(), size)


def _colour(colour: Colour, asset: Asset) -> pygame.Color:
    try:
        return pygame.Color(colour)
    except (ValueError, TypeError) as error:
        raise ResourceError.at(asset.path, f"{asset.path}: {colour!r} is no colour: {error}") from error
