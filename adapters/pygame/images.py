"""Pictures by their virtual path."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pygame
from vfsloader.pygame.decoding import LEAST_PIXELS, load_checked, load_picture
from vfsloader.pygame.live_copies.loaded import converted, loaded_surface, show_or_stage, source_of
from vfsloader.pygame.live_copies.rebuild import RebuildingLoader
from vfsloader.pygame.live_copies.recipes import Source, duplicate
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.loader import Asset, DecodeAgain, Loader, register_loader
from vfsloader.errors import PathNotFoundError, ResourceError, VFSError
from vfsloader.game.current import current
from vfsloader.paths import natural_key
from vfsloader.quoting import plain, quoted

if TYPE_CHECKING:
    from vfsloader.assets.prepared_groups import Picture

#: A colour by name, number or components; ``"corner"`` is the colour of the top left pixel.
Colour = str | int | tuple[int, ...]
_from_bytes = int.from_bytes
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tga", ".qoi", ".pcx", ".tif", ".tiff", ".xpm", ".lbm")


class Prepared(NamedTuple):
    """A picture that nobody else holds: the live surface takes its pixels without a copy if the format is right."""

    surface: pygame.Surface


class ImageLoader(RebuildingLoader, Loader[LiveSurface]):
    """Decodes every picture format that pygame reads, and copies a changed picture into the live surface.

    The Surface stays the same object, whatever the new size, and its subsurfaces stay valid.
    """

    uses_prepared: ClassVar[bool] = True
    shows_edits: ClassVar[bool] = True
    stages: ClassVar[bool] = True
    meta_options: ClassVar[Mapping[str, type | tuple[type, ...]]] = {
        "convert": bool,
        "colorkey": (str, list),
        "scale": (int, float),
        "size": list,
        "smooth": bool,
    }

    def check_options(self, options: Mapping[str, Any]) -> None:
        """Reject values that are not sizes or colours."""
        size, scale, colorkey = (options.get(name) for name in ("size", "scale", "colorkey"))
        if size is not None:
            check_size(size)
        if scale is not None and not (_is_number(scale) and 0 < scale < math.inf):
            raise ValueError(f"scale: must be a number above 0, not {quoted(scale)}")
        if colorkey is not None and colorkey != "corner":
            try:
                pygame.Color(colorkey)
            except (ValueError, TypeError, OverflowError) as error:
                raise ValueError(f"colorkey: {quoted(colorkey)} is not a colour") from error

    def decode(self, asset: Asset, *, convert: bool = True, **options: Any) -> pygame.Surface:
        """Decode a picture, apply the edits of mods, and scale it."""
        from vfsloader.assets.picture_size import check_picture

        try:
            if asset.editing is not None:
                from vfsloader.pygame.edited import load_edited

                return _scaled(load_edited(asset), asset, **options)
            if not convert or options:
                return _scaled(load_picture(asset), asset, **options)
            kind = check_picture(asset)
            # The size is read here: games load hundreds of pictures at their start, so that this makes few calls.
            head = asset.data[16:24]
            if kind == "png" and _from_bytes(head[:4], "big") * _from_bytes(head[4:], "big") >= LEAST_PIXELS:
                from vfsloader.pygame.fast_png import decode_for_display

                fast = decode_for_display(asset.data)
                if fast is not None:
                    return fast
            return load_checked(asset, kind)
        except VFSError:
            raise
        except Exception as error:  # the libraries that decode raise errors of many types
            from vfsloader.assets.unreadable import unreadable

            raise unreadable(asset, "a picture", "pygame", error) from error

    def build(self, decoded: pygame.Surface | Prepared, *, convert: bool = True, **options: Any) -> LiveSurface:
        """Make the surface that the game holds."""
        if isinstance(decoded, Prepared) or not convert:
            return loaded_surface(LiveSurface, _own_picture(decoded, convert=convert))
        return loaded_surface(LiveSurface, converted(decoded))

    def plain(self, decoded: pygame.Surface | Prepared, **options: Any) -> pygame.Surface:
        """Return a picture that nobody else holds."""
        return _own_picture(decoded, **options)

    def anchor(self, resource: Any, decode_again: DecodeAgain) -> Any:
        """Return what lives as long as the picture or any copy of it."""
        recipe = getattr(resource, "_recipe", None)
        source = resource if recipe is None else recipe.origin
        if not isinstance(source, Source):
            return resource

        def picture() -> pygame.Surface:
            decoded = decode_again()
            return _own_picture(decoded.data, **decoded.options)

        source.decode = picture
        return source

    def prepare_replacement(self, decoded: pygame.Surface | Prepared, **options: Any) -> Prepared:
        """Convert a picture for the game, ahead of the frame that shows it."""
        return Prepared(_own_picture(decoded, **options))

    def replace(self, resource: Any, decoded: pygame.Surface | Prepared, **options: Any) -> Any:
        """Stage a picture for the surface that the game holds; the first one is shown at once."""
        source = resource if isinstance(resource, Source) else source_of(resource)
        if source is not None:  # else the game changed it in a way that cannot be done again
            show_or_stage(source, _own_picture(decoded, **options))
        return resource

    def prepare(self, assets: Sequence[Asset]) -> Mapping[bytes, bytes]:
        """Return the pixels, packed, where they are not much larger than the file."""
        from vfsloader.pygame.prepared import prepare_pictures

        return prepare_pictures(assets)

    def unpack(
        self, asset: Asset, form: memoryview, digest: bytes, *, convert: bool = True, **options: Any
    ) -> dict[bytes, Picture]:
        """Unpack the pixels, if the display has their format and no option changes the picture."""
        from vfsloader.pygame.prepared import unpack_pictures

        return unpack_pictures(asset, form, digest) if convert and not options else {}

    def decode_unpacked(
        self, asset: Asset, unpacked: Picture, *, convert: bool = True, **options: Any
    ) -> pygame.Surface | None:
        """Make a picture that uses the pixels."""
        from vfsloader.pygame.prepared import picture_of

        return picture_of(asset, unpacked) if convert and not options else None

    def hand_over(self, decoded: pygame.Surface) -> Prepared:
        """Let the live surface take the pixels."""
        return Prepared(decoded)

    def size_of(self, decoded: pygame.Surface | Prepared, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        surface = decoded.surface if isinstance(decoded, Prepared) else decoded
        return surface.get_pitch() * surface.get_height()

    def cache_key(self, *, convert: bool = True, **options: Any) -> str:
        """Name raw pixels of the display's format."""
        display = pygame.display.get_surface()
        return f"pixels 1 {(display.get_bitsize(), display.get_masks()) if convert and display else None}"

    def serialize(self, decoded: pygame.Surface, *, convert: bool = True, **options: Any) -> bytes:
        """Return the pixels in the format in which the game will want them."""
        from vfsloader.pygame.pixels import serialize

        if convert and pygame.display.get_surface() is not None:
            transparent = decoded.get_masks()[3] or decoded.get_colorkey() is not None
            decoded = decoded.convert_alpha() if transparent else decoded.convert()
        return serialize(decoded)

    def deserialize(self, data: bytes | memoryview, path: str) -> Prepared:
        """Make a picture of its pixels."""
        from vfsloader.pygame.pixels import deserialize

        return Prepared(deserialize(data))


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

    The surface is live: when a mod is toggled or the file is saved, :func:`vfsloader.update` gives it the new pixels,
    and the new size if that differs. Everything that holds it, a sprite for example, shows the change.
    A ``<path>.meta`` beside the picture may set the parameters that are left out here: ``scale = 2``.

    Parameters
    ----------
    path
        The picture, in any format that ``pygame.image.load`` reads, with at most 134 million pixels.
    convert
        Convert it to the display's format, which blits fastest. Transparency is kept. This is the default.
        With False, or without a display, the picture keeps the file's own format.
    colorkey
        A colour that becomes transparent, by name or numbers; ``"corner"`` is the colour of the top left pixel.
    scale
        Scale it by this factor.
    size
        Scale it to this width and height, in pixels.
    smooth
        Scale it smoothly; by default each pixel is copied.

    Returns
    -------
    LiveSurface
        A ``pygame.Surface``; the same object for each call with this path and these options.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` has not been called.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are not a picture.

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
        return current().load(path, IMAGES)  # the fast path: games may call this every frame
    options = {"convert": convert, "colorkey": colorkey, "scale": scale, "size": size, "smooth": smooth}
    return current().load(path, IMAGES, **{name: value for name, value in options.items() if value is not None})


def load_images(
    pattern: str,
    *,
    convert: bool | None = None,
    colorkey: Colour | None = None,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    smooth: bool | None = None,
) -> list[LiveSurface]:
    """Load the pictures that match a glob, in natural order: ``walk2.png`` comes before ``walk10.png``.

    Parameters
    ----------
    pattern
        For example ``"/sprites/walk*.png"``.
    convert, colorkey, scale, size, smooth
        As for :func:`load_image`.

    Raises
    ------
    PathNotFoundError
        No file matches.
    """
    manager = current()
    files = [path for path in manager.vfs.glob(pattern) if manager.vfs.isfile(path)]
    if not files:
        raise PathNotFoundError.at(pattern, f"no layer has a file that matches {pattern}")
    return [
        load_image(path, convert=convert, colorkey=colorkey, scale=scale, size=size, smooth=smooth)
        for path in sorted(files, key=natural_key)
    ]


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
    from vfsloader.assets.picture_size import MAX_PIXELS

    try:
        IMAGES.check_options({"colorkey": colorkey, "scale": scale, "size": size})
    except ValueError as error:
        raise ResourceError.at(asset.path, f"{plain(asset.path)}: {error}") from error
    if colorkey is not None:
        picture.set_colorkey(picture.get_at((0, 0)) if colorkey == "corner" else pygame.Color(colorkey))
    if scale is not None:
        size = max(round(picture.get_width() * scale), 0), max(round(picture.get_height() * scale), 0)
    if size is None:
        return picture
    most = min(MAX_PIXELS, asset.limits.pixels)
    if min(size) < 1 or size[0] * size[1] > most:
        raise ResourceError.at(
            asset.path,
            f"{plain(asset.path)} cannot be scaled to {quoted(size[0])} x {quoted(size[1])}: at most {most:,} pixels",
        )
    if not smooth:
        return pygame.transform.scale(picture, size)
    return pygame.transform.smoothscale(picture if picture.get_bitsize() >= 24 else picture.convert_alpha(), size)


def check_size(size: object) -> None:
    """Refuse a size that is not two whole numbers above 0; the message names the option."""
    if (
        not isinstance(size, (tuple, list))
        or len(size) != 2
        or not all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in size)
    ):
        shown = f"{quoted(size[0])}, {quoted(size[1])}" if isinstance(size, tuple) and len(size) == 2 else quoted(size)
        raise ValueError(f"size: must be two whole numbers above 0, not {shown}")


def _own_picture(decoded: pygame.Surface | Prepared, *, convert: bool = True, **options: Any) -> pygame.Surface:
    """Return a picture that nobody else holds, in the format that the game wants."""
    if isinstance(decoded, Prepared):
        from vfsloader.pygame.pixels import is_for_display

        if not convert or is_for_display(decoded.surface):
            return decoded.surface
        decoded = decoded.surface
    return converted(decoded) if convert else duplicate(decoded)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
