"""Decoding pictures where no engine runs: on the command line, and in checks of mods."""

from __future__ import annotations

import importlib
import io
from typing import Any, ClassVar

from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.canvas import Canvas
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.picture_size import check_picture, check_pixels
from vfsloader.assets.pillow_modes import eight_bits
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import MissingExtraError, VFSError


class PlainPictures(Loader[Any]):
    """Decodes pictures with their edits into bytes, by Pillow if it is installed, else by pygame."""

    shows_edits: ClassVar[bool] = True

    def decode(self, asset: Asset, **options: Any) -> Picture | Canvas:
        """Decode a picture, and apply its edits."""
        return edited(asset, load_plain) if has_edits(asset) else load_plain(asset)

    def size_of(self, decoded: Picture | Canvas, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return decoded.size_bytes


PLAIN_PICTURES = PlainPictures()


def load_plain(asset: Asset) -> Picture:
    """Decode a picture without its edits.

    Raises
    ------
    ResourceError
        It is not a picture, or too large.
    MissingExtraError
        There is no library that decodes pictures.
    """
    kind = check_picture(asset)
    try:
        library = _module("PIL.Image")
        if library is not None and kind != "svg":
            formats = None if asset.is_trusted else [str(kind).upper()]
            with library.open(io.BytesIO(asset.data), formats=formats) as picture:
                check_pixels(asset, picture.size)
                has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
                width, height = picture.size
                return Picture(width, height, eight_bits(picture).convert("RGBA").tobytes(), has_alpha=has_alpha)
        adapter = _module("vfsloader.pygame.edited")
        if adapter is not None:
            return adapter.load_unedited(asset)  # type: ignore[no-any-return]
    except VFSError:
        raise
    except Exception as error:  # the libraries that decode raise errors of many types
        raise unreadable(asset, "a picture", "Pillow", error) from error
    raise MissingExtraError.of("decoding pictures", "pillow", "pygame")


def encode_png(picture: Picture | Canvas) -> bytes:
    """Return a picture as a PNG file.

    Raises
    ------
    MissingExtraError
        There is no library that writes pictures.
    """
    out = io.BytesIO()
    size = picture.width, picture.height
    library = _module("PIL.Image")
    if library is not None:
        library.frombytes("RGBA", size, bytes(picture.pixels)).save(out, "PNG")
        return out.getvalue()
    pygame = _module("pygame")
    if pygame is not None:
        pygame.image.save(pygame.image.frombytes(bytes(picture.pixels), size, "RGBA"), out, "picture.png")
        return out.getvalue()
    raise MissingExtraError.of("writing pictures", "pillow", "pygame")


def _module(name: str) -> Any:
    """Return a library if it is installed; the core itself needs none."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
