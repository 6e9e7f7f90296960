"""Random stacks of edits of several mods against a numpy model, pixel for pixel; and mods that are toggled."""

from __future__ import annotations

import random
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from tests.edits import numpy_model
from tests.edits.edit_strategies import toml
from vfsloader.assets.edits.apply import Composed, Editing
from vfsloader.assets.edits.canvas import Canvas
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.gather import EditFile, EditStack
from vfsloader.assets.edits.parse import parse_edits
from vfsloader.assets.loader import Asset

HERO = "/hero.png"
Stack = list[list[dict[str, Any]]]


class World:
    """A picture, those that its edits use, and the edits of each mod."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        large = chance.random() < 0.3  # its changes are kept apart from it
        size = chance.randint(40, 90) if large else chance.randint(1, 12)
        self.size = size, chance.randint(1, 12) + 60 * large
        self.pictures = {HERO: numpy_model.random_picture(chance, *self.size)}
        for name in ("/hat.png", "/coat.png"):
            self.pictures[name] = numpy_model.random_picture(chance, chance.randint(1, 8), chance.randint(1, 8))
        self.mods: Stack = [self.some(chance.randint(0, 4)) for _ in range(4)]
        self.of_hat = self.some(chance.randint(0, 1), ["/coat.png"])

    def some(self, count: int, sources: list[str] | None = None) -> list[dict[str, Any]]:
        palette = self.pictures[HERO].reshape(-1, 4)
        names = sources or ["/hat.png", "/coat.png"]
        return [numpy_model.random_edit(self.chance, self.size, palette, names) for _ in range(count)]

    def wanted(self, mods: list[int]) -> tuple[Any, list[bool]]:
        sources = dict(self.pictures)
        for edit in self.of_hat:
            sources["/hat.png"], _ = numpy_model.apply(sources["/hat.png"], edit, sources)
        picture, verdicts = self.pictures[HERO], []
        for mod in mods:
            for edit in self.mods[mod]:
                picture, is_applied = numpy_model.apply(picture, edit, sources)
                verdicts.append(is_applied)
        return picture, verdicts

    def stack_of(self, mods: list[int]) -> Any:
        def stack(path: str) -> EditStack:
            files = [(f"mod{mod}", self.mods[mod]) for mod in mods] if path == HERO else []
            if path == "/hat.png":
                files = [("hats", self.of_hat)]
            parsed = [
                EditFile(name, f"{path}.edit", tuple(parse_edits("".join(map(toml, edits)).encode(), None)))
                for name, edits in files
                if edits
            ]
            return EditStack(tuple(parsed))

        return stack

    def load(self, asset: Asset) -> Picture:
        picture = self.pictures[asset.path]
        return Picture(picture.shape[1], picture.shape[0], picture.astype(np.uint8).tobytes())

    def compose(self, mods: list[int], earlier: dict[str, Composed] | None = None) -> tuple[Canvas, Editing]:
        editing = Editing(self.stack_of(mods), lambda _: None, lambda _, make: make(), earlier=earlier)
        asset = Asset(HERO, HERO.encode(), "base", lambda path: path.encode(), editing=editing)
        base = editing.unedited(asset, self.load)
        return editing.compose(asset, base, self.load)[0], editing


def check(world: World, mods: list[int], canvas: Canvas, editing: Editing) -> None:
    picture, verdicts = world.wanted(mods)
    assert (canvas.height, canvas.width) == picture.shape[:2]
    assert bytes(canvas.pixels) == picture.astype(np.uint8).tobytes()
    assert [outcome.reason is None for outcome in editing.outcomes(HERO)] == verdicts


@pytest.mark.parametrize("hundred", range(20))
def test_two_thousand_stacks(hundred: int) -> None:
    """Each composed whole, then with a mod more or less, out of what was composed before."""
    for seed in range(hundred * 100, hundred * 100 + 100):
        world = World(seed)
        mods = sorted(world.chance.sample(range(4), world.chance.randint(1, 4)))
        canvas, editing = world.compose(mods)
        check(world, mods, canvas, editing)
        for _ in range(2):
            mods = sorted({*mods} ^ {world.chance.randrange(4)})
            earlier = {} if editing.composed is None else {HERO: editing.composed}
            canvas, editing = world.compose(mods, earlier)
            check(world, mods, canvas, editing)


def test_only_what_differs_is_composed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(0)
    world.size = 90, 70
    world.pictures[HERO] = numpy_model.random_picture(world.chance, 90, 70)
    world.of_hat = []
    world.mods = [
        [{"mode": "overlay", "from": "/hat.png", "to": [x, 10 * mod]} for x in (0, 20, 40)] for mod in range(4)
    ]
    _, editing = world.compose([0, 1, 2, 3])
    assert editing.composed is not None
    made = []
    from vfsloader.assets.edits import step

    real = step.changed
    monkeypatch.setattr(step, "changed", lambda *given: made.append(given) or real(*given))
    canvas, again = world.compose([0, 1, 3], {HERO: editing.composed})
    check(world, [0, 1, 3], canvas, again)
    assert made == []  # the pixels below the hats that are gone are those of the picture itself
    canvas, again = world.compose([0, 1, 2, 3], {HERO: again.composed} if again.composed else {})
    check(world, [0, 1, 2, 3], canvas, again)
    assert len(made) == 3


areas = st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(1, 12), st.integers(1, 12))


@settings(max_examples=200)
@given(st.lists(st.tuples(areas, st.integers(0, 255), st.booleans()), max_size=12), areas)
def test_a_canvas_is_like_a_picture(steps: list[tuple[Any, int, bool]], read: Any) -> None:
    base = Picture(30, 30, bytes(value % 251 for value in range(30 * 30 * 4)))
    canvas, model = Canvas(base), base.copy()
    for area, value, grows in steps:
        if grows:
            canvas.grow(area[0] + 20, area[1] + 20)
            model.grow(area[0] + 20, area[1] + 20)
        pixels = bytes([value]) * (area[2] * area[3] * 4)
        canvas.paste(area, pixels)
        model.paste(area, pixels)
        assert canvas.cut(read) == model.cut(read)
    assert bytes(canvas.pixels) == bytes(model.pixels)
    again = Canvas.restored(base, (canvas.width, canvas.height), canvas.kept())
    assert bytes(again.pixels) == bytes(model.pixels)
