"""The arithmetic of picture edits with numpy: the same functions, and the same results, as :mod:`pixels`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vfsloader.assets.edits.parse import Rgba


def overlay(old: bytes, new: bytes, opacity: int) -> bytes:
    """Draw pixels over others: "source over"."""
    above, out = _pixels(new), _pixels(old).copy()
    alphas = above[:, 3] if opacity == 255 else _div255(above[:, 3].astype(np.uint32) * opacity).astype(np.uint8)
    hidden = alphas == 255
    np.copyto(out.view(np.uint32), above.view(np.uint32), where=hidden[:, None])  # they are opaque themselves
    (mixed,) = np.nonzero(~hidden & (alphas > 0))  # most pictures have few such pixels
    if not len(mixed):
        return bytes(out)
    over, below = above[mixed].astype(np.uint32), out[mixed].astype(np.uint32)
    alpha = alphas[mixed].astype(np.uint32)
    under = below[:, 3] * (255 - alpha)
    total = alpha * 255 + under
    colors = (over[:, :3] * (alpha * 255)[:, None] + below[:, :3] * under[:, None] + (total >> 1)[:, None]) // total[
        :, None
    ]
    out[mixed, :3] = colors
    out[mixed, 3] = _div255(total)
    return bytes(out)


def replace(old: bytes, new: bytes, opacity: int) -> bytes:
    """Put pixels in the place of others."""
    if opacity == 255:
        return new
    return bytes(_mixed(_pixels(new), _pixels(old), opacity))


def mask(old: bytes, new: bytes, opacity: int) -> bytes:
    """Keep pixels as far as the others are opaque."""
    out = _pixels(old).copy()
    kept = 255 - _div255((255 - _pixels(new)[:, 3].astype(np.uint32)) * opacity)
    out[:, 3] = _div255(out[:, 3] * kept)
    return bytes(out)


def tint(old: bytes, color: Rgba, opacity: int) -> bytes:
    """Multiply pixels by a color."""
    out = _pixels(old).copy()
    for channel, factor in enumerate(color):
        if factor is not None:
            scale = 255 - (opacity * (255 - factor) + 127) // 255
            out[:, channel] = _div255(out[:, channel].astype(np.uint32) * scale)
    return bytes(out)


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


def _mixed(above: Any, below: Any, opacity: int) -> Any:
    mixed = _div255(above.astype(np.uint32) * opacity + below.astype(np.uint32) * (255 - opacity))
    return mixed.astype(np.uint8)


def _div255(value: Any) -> Any:
    return (value + 127) // 255
