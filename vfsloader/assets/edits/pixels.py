"""The arithmetic of picture edits, in Python alone; :mod:`fast_pixels` computes the same with numpy.

Pixels are straight-alpha RGBA with 8 bits a channel. All of it is exact integer arithmetic; the formulas are in
``docs/picture-edits.md``. Each function gets the old pixels of a rectangle, row after row, and returns the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from vfsloader.assets.edits.parse import Rgba


def div255(value: int) -> int:
    """Divide by 255, rounded to the nearest.

    >>> [div255(value) for value in (0, 127, 128, 65025)]
    [0, 0, 1, 255]
    """
    return (value + 127) // 255


def overlay(old: bytes, new: bytes, opacity: int) -> bytes:
    """Draw pixels over others: "source over"."""
    out = bytearray(old)
    alphas = new[3::4].translate(_scale_table(opacity))
    for at, alpha in enumerate(alphas):
        if not alpha:
            continue
        at *= 4
        if alpha == 255:
            out[at : at + 3], out[at + 3] = new[at : at + 3], 255
            continue
        below = old[at + 3] * (255 - alpha)
        total = alpha * 255 + below
        half = total >> 1
        for channel in (at, at + 1, at + 2):
            out[channel] = (new[channel] * alpha * 255 + old[channel] * below + half) // total
        out[at + 3] = div255(total)
    return bytes(out)


def replace(old: bytes, new: bytes, opacity: int) -> bytes:
    """Put pixels in the place of others."""
    if opacity == 255:
        return new
    rest = 255 - opacity
    return bytes([div255(above * opacity + below * rest) for above, below in zip(new, old, strict=True)])


def mask(old: bytes, new: bytes, opacity: int) -> bytes:
    """Keep pixels as far as the others are opaque."""
    out = bytearray(old)
    kept = new[3::4].translate(_keep_table(opacity))
    out[3::4] = bytes([div255(alpha * factor) for alpha, factor in zip(old[3::4], kept, strict=True)])
    return bytes(out)


def tint(old: bytes, color: Rgba, opacity: int) -> bytes:
    """Multiply pixels by a color."""
    out = bytearray(old)
    for channel, factor in enumerate(color):
        if factor is not None:
            out[channel::4] = old[channel::4].translate(_scale_table(255 - div255(opacity * (255 - factor))))
    return bytes(out)


def recolor(old: bytes, colors: Sequence[tuple[Rgba, Rgba]], opacity: int) -> bytes:
    """Replace colors by others, all at the same time; a color with alpha comes before one without."""
    exact = {bytes(before): after for before, after in colors if before[3] is not None}  # type: ignore[arg-type]
    any_alpha = {bytes(before[:3]): after for before, after in colors if before[3] is None}
    out = bytearray(old)
    known: dict[bytes, bytes] = {}
    rest = 255 - opacity
    for at in range(0, len(old), 4):
        pixel = old[at : at + 4]
        changed = known.get(pixel)
        if changed is None:
            after = exact.get(pixel) or any_alpha.get(pixel[:3])
            changed = pixel
            if after is not None:
                wanted = (*after[:3], pixel[3] if after[3] is None else after[3])
                changed = bytes(
                    [div255((above or 0) * opacity + below * rest) for above, below in zip(wanted, pixel, strict=True)]
                )
            known[pixel] = changed
        out[at : at + 4] = changed
    return bytes(out)


def _scale_table(factor: int) -> bytes:
    return bytes([div255(value * factor) for value in range(256)])


def _keep_table(opacity: int) -> bytes:
    return bytes([255 - div255(opacity * (255 - value)) for value in range(256)])
