"""What the docs say about picture edits, with numpy on whole pictures, and random stacks; no code of the library."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

Array = Any
MODES = ("overlay", "replace", "mask", "tint", "recolor")


def d(value: Array) -> Array:
    return (value + 127) // 255


def _edited(old: Array, new: Array | None, edit: dict[str, Any]) -> Array:
    """The pixels of a rectangle after an edit."""
    o = int(edit.get("opacity", 1.0) * 255 + 0.5)
    mode = edit["mode"]
    out = old.copy()
    if mode == "replace":
        return d(new * o + old * (255 - o))
    if mode == "overlay":
        assert new is not None
        a = d(new[..., 3] * o)
        b = old[..., 3] * (255 - a)
        t = a * 255 + b
        shown = a > 0
        for channel in range(3):
            mixed = (new[..., channel] * a * 255 + old[..., channel] * b + t // 2) // np.maximum(t, 1)
            out[..., channel] = np.where(shown, mixed, old[..., channel])
        out[..., 3] = np.where(shown, d(t), old[..., 3])
        return out
    if mode == "mask":
        assert new is not None
        out[..., 3] = d(old[..., 3] * (255 - d(o * (255 - new[..., 3]))))
        return out
    if mode == "tint":
        for channel, factor in enumerate(bytes.fromhex(edit["color"][1:])):
            out[..., channel] = d(old[..., channel] * (255 - d(o * (255 - factor))))
        return out
    done = np.zeros(old.shape[:2], bool)
    for wanted, after in sorted(edit["colors"].items(), key=lambda pair: -len(pair[0])):
        was, becomes = bytes.fromhex(wanted[1:]), bytes.fromhex(after[1:])
        found = ~done & (old[..., : len(was)] == np.array(list(was))).all(axis=-1)
        done |= found
        for channel, value in enumerate(becomes):
            out[..., channel] = np.where(found, d(value * o + old[..., channel] * (255 - o)), out[..., channel])
    return out


def apply(picture: Array, edit: dict[str, Any], sources: dict[str, Array]) -> tuple[Array, bool]:
    """A picture after an edit, and whether the edit can be applied."""
    source = sources[edit["from"]] if "from" in edit else None
    whole = picture if source is None else source
    x, y, width, height = edit.get("area", (0, 0, whole.shape[1], whole.shape[0]))
    if x + width > whole.shape[1] or y + height > whole.shape[0]:
        return picture, False
    left, top = (x, y) if source is None else edit.get("to", (0, 0))
    right, bottom = left + width, top + height
    if left < 0 or top < 0:
        return picture, False
    if right > picture.shape[1] or bottom > picture.shape[0]:
        if not edit.get("grow"):
            return picture, False
        grown = np.zeros((max(bottom, picture.shape[0]), max(right, picture.shape[1]), 4), picture.dtype)
        grown[: picture.shape[0], : picture.shape[1]] = picture
        picture = grown
    picture = picture.copy()
    new = None if source is None else source[y : y + height, x : x + width]
    picture[top:bottom, left:right] = _edited(picture[top:bottom, left:right], new, edit)
    return picture, True


def random_picture(chance: random.Random, width: int, height: int) -> Array:
    """A picture of a few colors, opaque, transparent and between."""
    palette = [[chance.randrange(256) for _ in range(3)] + [chance.choice((0, 255, 255, 128, 1))] for _ in range(5)]
    at = np.array([[chance.randrange(5) for _ in range(width)] for _ in range(height)])
    return np.array(palette, np.int64)[at]


def random_edit(chance: random.Random, size: tuple[int, int], palette: Array, sources: list[str]) -> dict[str, Any]:
    """An edit, that fits more often than not."""
    mode = chance.choice(MODES)
    edit: dict[str, Any] = {"mode": mode}
    if chance.random() < 0.4:
        edit["opacity"] = round(chance.random(), 3)
    if mode in ("tint", "recolor"):
        if chance.random() < 0.8:
            x, y = chance.randrange(size[0]), chance.randrange(size[1])
            edit["area"] = [x, y, chance.randint(1, size[0] - x), chance.randint(1, size[1] - y)]
        color = "#" + bytes(chance.randrange(256) for _ in range(chance.choice((3, 4)))).hex()
        if mode == "tint":
            edit["color"] = color
        else:
            pixel = [int(value) for value in palette[chance.randrange(len(palette))]]
            edit["colors"] = {"#" + bytes(pixel[: chance.choice((3, 4))]).hex(): color}
        return edit
    edit["from"] = chance.choice(sources)
    if chance.random() < 0.9:
        edit["to"] = [chance.randrange(-1, size[0]), chance.randrange(-1, size[1])]
    if chance.random() < 0.4:
        edit["area"] = [chance.randrange(3), chance.randrange(3), chance.randint(1, 6), chance.randint(1, 6)]
    if mode != "mask" and chance.random() < 0.1:
        edit["grow"] = True
    return edit
