"""Pillow's pictures in the mode that engines show."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar


class _HasMode(Protocol):
    @property
    def mode(self) -> str:
        """What its pixels are."""


Picture = TypeVar("Picture", bound=_HasMode)


def eight_bits(picture: Picture) -> Picture:
    """Return a picture with at most 8 bits a channel.

    Pillow itself converts gray of 16 bits by cutting off everything above 255, so that nearly all of it becomes white.

    Examples
    --------
    >>> import PIL.Image
    >>> eight_bits(PIL.Image.new("I;16", (1, 1), 0x8001)).getpixel((0, 0))
    128
    """
    if not picture.mode.startswith("I"):
        return picture
    deep: Any = picture
    eight: Picture = deep.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return eight
