"""Pictures with the edits that mods make to them, as Surfaces."""

from __future__ import annotations

import pygame
from vfsloader.pygame.decoding import load_picture
from vfsloader.pygame.fast_png import decode_for_display
from vfsloader.pygame.live_copies.surface_types import PlainSurface, plain_frombuffer
from vfsloader.pygame.pixels import DISPLAY_MASKS

from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.canvas import Canvas
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.parse import Area
from vfsloader.assets.loader import Asset
from vfsloader.assets.picture_size import check_picture
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError

# pygame's own function, which `adopt` does not replace.
_tobytes = pygame.image.tobytes
_ALPHA_MASKS = (*DISPLAY_MASKS[:3], 0xFF000000)
_SMALL_PIXELS = 1 << 16
_RARE_COLORS = ((255, 0, 254), (1, 254, 3), (253, 2, 5), (3, 1, 251))


class SurfacePicture:
    """A Surface of 32 bits as a picture to edit; it never changes."""

    __slots__ = ("_last", "has_alpha", "height", "key", "surface", "token", "width")

    def __init__(self, picture: pygame.Surface) -> None:
        #: The color that stands for transparent pixels; None for a picture with alpha, or without either.
        self.key = None if picture.get_masks()[3] else picture.get_colorkey()
        self.surface = surface = picture if is_deep(picture) else _deep(picture)
        self.width, self.height = surface.get_size()
        self.has_alpha = bool(surface.get_masks()[3])
        self.token: bytes | None = None
        #: The piece of a small picture that was cut last: edits of one file often use the same.
        self._last: tuple[Area, bytes] | None = None

    @property
    def size_bytes(self) -> int:
        """How much memory the pixels take."""
        return self.surface.get_pitch() * self.height

    def has(self, area: Area) -> bool:
        """Return whether a rectangle is inside the picture."""
        x, y, width, height = area
        return x >= 0 and y >= 0 and x + width <= self.width and y + height <= self.height

    def cut(self, area: Area) -> bytes:
        """Return the pixels of a rectangle inside the picture."""
        last = self._last
        if last is not None and last[0] == area:
            return last[1]
        piece = _tobytes(self.surface.subsurface(area), "RGBA")
        if self.width * self.height <= _SMALL_PIXELS:
            self._last = area, piece
        return piece


def load_edited(asset: Asset) -> pygame.Surface:
    """Decode a picture, and apply its edits."""
    return _to_surface(edited(asset, load_base)) if has_edits(asset) else load_picture(asset)


def with_edits(asset: Asset, picture: pygame.Surface) -> pygame.Surface:
    """Return a decoded picture with its edits applied. Without edits, return the same Surface."""
    return _to_surface(edited(asset, load_base, SurfacePicture(picture))) if has_edits(asset) else picture


def load_base(asset: Asset) -> SurfacePicture:
    """Decode a picture without its edits."""
    try:
        fast = decode_for_display(asset.data) if check_picture(asset) == "png" else None
        return SurfacePicture(load_picture(asset) if fast is None else fast)
    except VFSError:
        raise
    except Exception as error:  # the libraries that decode raise errors of many types
        raise unreadable(asset, "a picture", "pygame", error) from error


def load_unedited(asset: Asset) -> Picture:
    """Decode a picture without its edits into bytes."""
    base = load_base(asset)
    return Picture(base.width, base.height, base.cut((0, 0, base.width, base.height)), has_alpha=base.has_alpha)


def is_deep(surface: pygame.Surface) -> bool:
    """Return whether a picture has 32 bits a pixel in the order of most displays."""
    masks = tuple(mask & 0xFFFFFFFF for mask in surface.get_masks())  # pygame returns them as SDL's signed numbers
    is_deep = surface.get_bitsize() == 32 and masks in (DISPLAY_MASKS, _ALPHA_MASKS)
    return is_deep and surface.get_colorkey() is None and surface.get_alpha() in (None, 255)


def _deep(surface: pygame.Surface) -> pygame.Surface:
    """Return a picture with 32 bits a pixel, as a display would convert it, though there may be none."""
    has_alpha = bool(surface.get_masks()[3]) or surface.get_colorkey() is not None
    if has_alpha:
        # `tobytes` alone may find other pixels transparent, where there is a palette.
        deep = surface.convert(PlainSurface((1, 1), pygame.SRCALPHA, 32, _ALPHA_MASKS))
        deep.set_colorkey(None)  # it is alpha now, and `tobytes` would look for the color, which has alpha itself
        return deep
    return surface.convert(PlainSurface((1, 1), 0, 32, DISPLAY_MASKS))


def _to_surface(canvas: Canvas) -> pygame.Surface:
    """Return what was composed as a Surface that nobody else holds."""
    size = canvas.width, canvas.height
    base = canvas.base
    whole = canvas.whole
    if whole is not None or not isinstance(base, SurfacePicture):
        pixels = canvas.pixels if whole is None else whole
        is_transparent = canvas.has_alpha or pixels[3::4].count(255) < size[0] * size[1]
        picture = plain_frombuffer(pixels, size, "RGBA")
        if isinstance(base, SurfacePicture) and base.key is not None:
            return _with_key(picture, base.key)
        return picture if is_transparent else picture.convert(PlainSurface((1, 1), 0, 32, DISPLAY_MASKS))
    has_grown = size != (base.width, base.height)
    gets_alpha = not base.has_alpha and (has_grown or any(_is_transparent(canvas, area) for area, _ in canvas.patches))
    pattern = PlainSurface((1, 1), pygame.SRCALPHA, 32, _ALPHA_MASKS)
    picture = base.surface.convert(pattern) if gets_alpha else base.surface.copy()
    if has_grown:
        smaller, picture = picture, PlainSurface(size, pygame.SRCALPHA, picture)
        _put(picture, smaller, (0, 0))
    for (x, y, width, height), pixels in canvas.patches:
        _put(picture, plain_frombuffer(pixels, (width, height), "RGBA"), (x, y))
    return picture if base.key is None else _with_key(picture, base.key)


def _with_key(picture: pygame.Surface, key: tuple[int, ...]) -> pygame.Surface:
    """Return a picture with a transparent color, as the file has one: games that convert it rely on that.

    It keeps its alpha where that is needed: where pixels are partly transparent, or where every color is used.
    """
    alphas = _tobytes(picture, "RGBA")[3::4]
    hidden = alphas.count(0)
    if hidden + alphas.count(255) < len(alphas):
        return picture
    for color in (key[:3], *_RARE_COLORS):
        keyed = PlainSurface(picture.get_size(), 0, 32, DISPLAY_MASKS)
        keyed.fill(color)
        keyed.blit(picture, (0, 0))
        if pygame.mask.from_threshold(keyed, color, (1, 1, 1, 255)).count() == hidden:
            keyed.set_colorkey(color)
            return keyed
    return picture


def _is_transparent(canvas: Canvas, area: Area) -> bool:
    return canvas.cut(area)[3::4].count(255) < area[2] * area[3]


def _put(picture: pygame.Surface, piece: pygame.Surface, corner: tuple[int, int]) -> None:
    """Copy pixels as they are, with their alpha."""
    piece.set_alpha(None)  # no blending
    picture.blit(piece, corner)
