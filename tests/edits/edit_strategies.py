"""Random pictures and edits, and the edits as TOML."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st

from tests.edits.edit_model import Pixel, Rows

#: Few values, so that colors meet, and the edges of the arithmetic.
channel = st.sampled_from((0, 1, 100, 127, 128, 200, 254, 255)) | st.integers(0, 255)
pixel = st.tuples(channel, channel, channel, channel)
opacity = st.sampled_from((0.0, 0.3, 0.5, 0.7, 1.0, 0.999)) | st.floats(0, 1)


@st.composite
def pictures(draw: st.DrawFn, most: int = 6) -> Rows:
    palette: list[Pixel] = draw(st.lists(pixel, min_size=1, max_size=4))
    width, height = draw(st.integers(1, most)), draw(st.integers(1, most))
    row = st.lists(st.sampled_from(palette), min_size=width, max_size=width)
    return draw(st.lists(row, min_size=height, max_size=height))


def color(value: Pixel, *, with_alpha: bool) -> str:
    return "#" + bytes(value[: 4 if with_alpha else 3]).hex()


@st.composite
def edits(draw: st.DrawFn, sources: tuple[str, ...], palette: list[Pixel]) -> dict[str, Any]:
    mode = draw(st.sampled_from(("overlay", "replace", "mask", "tint", "recolor")))
    edit: dict[str, Any] = {"mode": mode, "opacity": draw(opacity)}
    colors = st.builds(lambda value, with_alpha: color(value, with_alpha=with_alpha), pixel, st.booleans())
    if draw(st.booleans()):
        edit["area"] = [draw(st.integers(0, 4)), draw(st.integers(0, 4)), *draw(st.tuples(*[st.integers(1, 5)] * 2))]
    if mode == "tint":
        edit["color"] = draw(colors)
    elif mode == "recolor":
        known = st.builds(
            lambda value, with_alpha: color(value, with_alpha=with_alpha), st.sampled_from(palette), st.booleans()
        )
        edit["colors"] = draw(st.dictionaries(known, colors, min_size=1, max_size=3))
    else:
        edit["from"] = draw(st.sampled_from(sources))
        if draw(st.booleans()):
            edit["to"] = list(draw(st.tuples(*[st.integers(-1, 5)] * 2)))
        if mode != "mask" and draw(st.booleans()):
            edit["grow"] = True
    return edit


def toml(edit: dict[str, Any]) -> str:
    lines = ["[[edit]]"]
    for key, value in edit.items():
        if isinstance(value, dict):
            value = "{" + ", ".join(f'"{old}" = "{new}"' for old, new in value.items()) + "}"
        elif isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, str):
            value = f'"{value}"'
        lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"
