"""What the docs say about picture edits, pixel by pixel with exact fractions; no code of the library."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

Pixel = tuple[int, int, int, int]
Rows = list[list[Pixel]]


def nearest(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def per_255(value: int) -> int:
    return nearest(Fraction(value, 255))


def changed(old: Pixel, new: Pixel | None, edit: dict[str, Any]) -> Pixel:
    """One pixel after an edit."""
    opacity = math.floor(edit.get("opacity", 1.0) * 255 + 0.5)
    mode = edit.get("mode", "overlay")
    if mode == "overlay":
        assert new is not None
        alpha = per_255(new[3] * opacity)
        if alpha == 0:
            return old
        above, below = alpha * 255, old[3] * (255 - alpha)
        mixed = [nearest(Fraction(n * above + o * below, above + below)) for n, o in zip(new[:3], old[:3], strict=True)]
        return mixed[0], mixed[1], mixed[2], per_255(above + below)
    if mode == "mask":
        assert new is not None
        return (*old[:3], per_255(old[3] * (255 - per_255(opacity * (255 - new[3])))))
    if mode == "tint":
        color = bytes.fromhex(edit["color"][1:])
        factors = [*color, 255][:4]
        out = [per_255(value * (255 - per_255(opacity * (255 - by)))) for value, by in zip(old, factors, strict=True)]
        return out[0], out[1], out[2], out[3]
    if mode == "recolor":
        by_hex = {key.lower(): value for key, value in edit["colors"].items()}
        wanted = by_hex.get("#" + bytes(old).hex()) or by_hex.get("#" + bytes(old[:3]).hex())
        if wanted is None:
            return old
        after = bytes.fromhex(wanted[1:])
        new = (after[0], after[1], after[2], after[3] if len(after) == 4 else old[3])
    assert new is not None
    out = [per_255(n * opacity + o * (255 - opacity)) for n, o in zip(new, old, strict=True)]
    return out[0], out[1], out[2], out[3]


def apply(picture: Rows, edit: dict[str, Any], sources: dict[str, Rows]) -> bool:
    """Change a picture; return whether the edit can be applied."""
    source = sources.get(edit.get("from", ""))
    if "from" in edit and source is None:
        return False
    whole = picture if source is None else source
    x, y, width, height = edit.get("area", (0, 0, len(whole[0]), len(whole)))
    if x + width > len(whole[0]) or y + height > len(whole):
        return False
    left, top = (x, y) if source is None else edit.get("to", (0, 0))
    if left < 0 or top < 0:
        return False
    if left + width > len(picture[0]) or top + height > len(picture):
        if not edit.get("grow"):
            return False
        for row in picture:
            row += [(0, 0, 0, 0)] * (left + width - len(row))
        picture += [[(0, 0, 0, 0)] * len(picture[0]) for _ in range(top + height - len(picture))]
    for dy in range(height):
        for dx in range(width):
            new = None if source is None else source[y + dy][x + dx]
            picture[top + dy][left + dx] = changed(picture[top + dy][left + dx], new, edit)
    return True
