"""The arithmetic of picture edits: numpy's, Python's and that of the docs are the same to the bit."""

from __future__ import annotations

import itertools
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.edits import edit_model
from tests.edits.edit_strategies import edits, opacity, pictures, pixel, toml
from vfsloader.assets.edits import fast_pixels, pixels
from vfsloader.assets.edits.parse import Edit, parse_edits

ENGINES = (fast_pixels, pixels)


def flat(values: list[edit_model.Pixel]) -> bytes:
    return bytes(itertools.chain.from_iterable(values))


@given(st.data())
def test_each_mode_is_as_the_docs_say(data: st.DataObject) -> None:
    old: list[edit_model.Pixel] = data.draw(st.lists(pixel, min_size=1, max_size=12))
    edit: dict[str, Any] = data.draw(edits(("hat.png",), old))
    new: list[edit_model.Pixel] = data.draw(st.lists(pixel, min_size=len(old), max_size=len(old)))
    (parsed,) = parse_edits(toml(edit).encode(), None)
    assert isinstance(parsed, Edit), parsed
    wanted = flat([edit_model.changed(before, after, edit) for before, after in zip(old, new, strict=True)])
    for engine in ENGINES:
        if parsed.source is not None:
            result = getattr(engine, parsed.mode)(flat(old), flat(new), parsed.opacity)
        elif parsed.color is not None:
            result = engine.tint(flat(old), parsed.color, parsed.opacity)
        else:
            result = engine.recolor(flat(old), parsed.colors, parsed.opacity)
        assert result == wanted, engine.__name__


@pytest.mark.parametrize("engine", ENGINES)
def test_overlay_for_every_pair_of_alphas(engine: Any) -> None:
    pairs = list(itertools.product(range(0, 256, 3), repeat=2))
    old = [(10, 250, 3, below) for below, _ in pairs]
    new = [(255, 0, 90, above) for _, above in pairs]
    wanted = flat([edit_model.changed(o, n, {}) for o, n in zip(old, new, strict=True)])
    assert engine.overlay(flat(old), flat(new), 255) == wanted


@given(pictures(), opacity)
def test_a_picture_over_itself_in_full_stays(picture: edit_model.Rows, share: float) -> None:
    data = flat([value for row in picture for value in row])
    number = int(share * 255)
    for engine in ENGINES:
        assert engine.replace(data, data, number) == data
        assert engine.overlay(data, bytes(len(data)), number) == data
