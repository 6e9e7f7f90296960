"""The arithmetic of picture edits with numpy: the same functions, and the same results, as :mod:`pixels`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vfsloader.assets.edits.parse import Rgba


def overlay(old: bytes, new: bytes, opacity: int) -> bytes:
    """Draw pixels over others: "source over"."""
    above, out = _pixels(new), _pixels(old).copy()
    alphas = above[:, 3] if opacity == 255 else _div255(above[:, 3] * np.uint16(opacity)).astype(np.uint8)
    if not alphas.any():
        return old
    if out[:, 3].min() == 255:  # most sheets are opaque there, and then the division is by a constant
        weights = np.repeat(alphas, 4).reshape(-1, 4).astype(np.uint16)
        colors = above * weights
        weights ^= 255
        weights *= out
        colors += weights
        out[:] = _div255(colors)
        out[:, 3] = 255
        return bytes(out)
    hidden = alphas == 255
    np.copyto(out.view(np.uint32), above.view(np.uint32), where=hidden[:, None])  # they are opaque themselves
    (mixed,) = np.nonzero(~hidden & (alphas > 0))  # most pictures have few such pixels
    if not len(mixed):
        return bytes(out)
    over, below = _planes(above, mixed), _planes(out, mixed)
    alpha = alphas[mixed].astype(np.uint32)
    under = below[3] * (255 - alpha)
    alpha *= 255
    total = alpha + under
    below[:3] = (over[:3] * alpha + below[:3] * under + (total >> 1)) // total
    below[3] = _div255(total)
    out[mixed] = below.T
    return bytes(out)


def replace(old: bytes, new: bytes, opacity: int) -> bytes:
    """Put pixels in the place of others."""
    if opacity == 255:
        return new
    return bytes(_mixed(np.frombuffer(new, np.uint8), np.frombuffer(old, np.uint8), opacity))


def mask(old: bytes, new: bytes, opacity: int) -> bytes:
    """Keep pixels as far as the others are opaque."""
    out = _pixels(old).copy()
    kept = 255 - _div255((255 - _pixels(new)[:, 3]) * np.uint16(opacity))
    out[:, 3] = _div255(out[:, 3] * kept)
    return bytes(out)


def tint(old: bytes, color: Rgba, opacity: int) -> bytes:
    """Multiply pixels by a color."""
    scales = [255 if factor is None else 255 - (opacity * (255 - factor) + 127) // 255 for factor in color]
    pixels = np.frombuffer(old, np.uint8)
    every = np.frombuffer(bytes(scales) * (len(old) // 4), np.uint8).astype(np.uint16)
    return bytes(_div255(pixels * every).astype(np.uint8))


def recolor(old: bytes, colors: Sequence[tuple[Rgba, Rgba]], opacity: int) -> bytes:
    """Replace colors by others, all at the same time; a color with alpha comes before one without."""
    before = _pixels(old)
    values = np.frombuffer(old, "<u4")
    out = before.copy()
    left = np.ones(len(before), bool)
    for wanted, after in sorted(colors, key=lambda pair: pair[0][3] is None):
        value = wanted[0] | wanted[1] << 8 | wanted[2] << 16 | (wanted[3] or 0) << 24
        found = left & (values == value if wanted[3] is not None else values & 0xFFFFFF == value)
        if found.any():
            left &= ~found
            channels = 3 if after[3] is None else 4
            new = np.array(after[:channels], np.uint8)
            out[found, :channels] = _mixed(new, before[found, :channels], opacity)
    return bytes(out)


def _pixels(data: bytes) -> Any:
    return np.frombuffer(data, np.uint8).reshape(-1, 4)


def _planes(pixels: Any, chosen: Any) -> Any:
    """Return the four channels of some pixels, each in one piece."""
    return np.array(pixels[chosen].T, np.uint32, order="C")


def _mixed(above: Any, below: Any, opacity: int) -> Any:
    return _div255(above * np.uint16(opacity) + below * np.uint16(255 - opacity)).astype(np.uint8)


def _div255(value: Any) -> Any:
    """Divide by 255, rounded to the nearest; products of two bytes fit into 16 bits, which is the quickest."""
    return (value + value.dtype.type(127)) // value.dtype.type(255)
