"""A game that makes copies of pictures in every way there is, against the same game begun again with plain pygame.

Each step of the game is a function of named things. The live game does the steps once, and then only pictures change.
The model does all steps again with the new pictures, in plain pygame.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pygame
import pygame.freetype
import pygame.gfxdraw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from vfsloader.pygame import Adopted, adopt
from vfsloader.pygame.live_copies import replaced_calls

from tests.adapters.pygame_files import encoded
from vfsloader import ResourceManager

EXAMPLES = int(os.environ.get("VFSLOADER_EXAMPLES", "60"))
FILES = ("a.png", "b.png", "c.png")
MODS = ("one", "two")
PLAIN_LOAD = pygame.image.load

Things = list[Any]
numbers = st.integers(-3, 12)
colours = st.tuples(*[st.integers(0, 255)] * 4)


def picture(size: tuple[int, int], colour: tuple[int, ...], has_alpha: bool) -> bytes:
    surface = pygame.Surface(size, pygame.SRCALPHA if has_alpha else 0, 32 if has_alpha else 24)
    surface.fill(colour)
    for x in range(size[0]):
        surface.set_at((x, x * 7 % size[1]), (x * 40 % 256, 255 - x * 9 % 256, colour[2], 255 - x * 13 % 256))
    return encoded(surface)


@st.composite
def pictures(draw: DrawFn) -> bytes:
    return picture((draw(st.integers(6, 14)), draw(st.integers(6, 14))), draw(colours), draw(st.booleans()))


def _rect(surface: Any, numbers: tuple[int, ...]) -> pygame.Rect:
    """An area that is inside of every picture; the smallest is 6 x 6."""
    x, y, width, height = (abs(number) for number in numbers)
    return pygame.Rect(x % 3, y % 3, 1 + width % 3, 1 + height % 3)


def _letters() -> Any:
    if not pygame.freetype.get_init():
        pygame.freetype.init()
    return pygame.freetype.Font(None, 9)


class Game:
    """What each step does, with the modules of pygame that it finds in its place."""

    def copy(self, thing: Any, args: Any) -> Any:
        return thing.copy()

    def convert(self, thing: Any, args: Any) -> Any:
        return thing.convert()

    def convert_alpha(self, thing: Any, args: Any) -> Any:
        return thing.convert_alpha()

    def convert_to_32_bits(self, thing: Any, args: Any) -> Any:
        return thing.convert(32, 0)

    def premultiplied(self, thing: Any, args: Any) -> Any:
        return thing.convert_alpha().premul_alpha()

    def part(self, thing: Any, args: Any) -> Any:
        area = _rect(thing, args)
        return thing.subsurface(area) if thing.get_rect().contains(area) else thing.copy()

    def unbound_part(self, thing: Any, args: Any) -> Any:
        area = _rect(thing, args)
        return pygame.Surface.subsurface(thing, area) if thing.get_rect().contains(area) else thing.copy()

    def scale(self, thing: Any, args: Any) -> Any:
        return pygame.transform.scale(thing, (6 + args[0] % 9, 6 + args[1] % 9))

    def double(self, thing: Any, args: Any) -> Any:
        return pygame.transform.scale_by(thing, 1.5) if thing.get_width() < 40 else thing.copy()

    def rotate(self, thing: Any, args: Any) -> Any:
        return pygame.transform.rotate(thing, args[0] * 30) if thing.get_width() < 40 else thing.copy()

    def flip(self, thing: Any, args: Any) -> Any:
        return pygame.transform.flip(thing, args[0] % 2 == 0, True)

    def smooth(self, thing: Any, args: Any) -> Any:
        return pygame.transform.smoothscale(thing.convert_alpha(), (6 + args[0] % 9, 7))

    def grey(self, thing: Any, args: Any) -> Any:
        return pygame.transform.grayscale(thing)

    def inverted(self, thing: Any, args: Any) -> Any:
        return pygame.transform.invert(thing)

    def blurred(self, thing: Any, args: Any) -> Any:
        # pygame reads beyond the edge of tiny pictures.
        return pygame.transform.box_blur(thing, 1) if min(thing.get_size()) > 3 else thing.copy()

    def scaled_onto(self, thing: Any, args: Any) -> Any:
        target = pygame.Surface((9, 8), pygame.SRCALPHA, 32)
        pygame.transform.scale(thing.convert_alpha(), (9, 8), target)
        return target

    def sheet(self, thing: Any, args: Any) -> Any:
        cell = pygame.Surface((7, 7))
        cell.set_colorkey((0, 0, 0))
        cell.blit(thing, (0, 0), _rect(thing, args))
        return cell

    def background(self, thing: Any, args: Any) -> Any:
        surface = pygame.Surface((16, 16)).convert()
        surface.fill((20, 200, 30))
        surface.blits((thing, (x, 3)) for x in range(0, 12, 4))
        surface.fblits([(thing, (1, 8))])
        return surface

    def masked(self, thing: Any, args: Any) -> Any:
        mask = pygame.mask.from_surface(thing)
        mask.invert()
        return mask.to_surface(setcolor=(1, 2, 3, 255))

    def painted_mask(self, thing: Any, args: Any) -> Any:
        mask = pygame.mask.from_surface(thing, 40 + abs(args[0]) * 10)
        return mask.to_surface(setsurface=thing.convert_alpha(), unsetcolor=(0, 0, 9, 99))

    def colour_mask(self, thing: Any, args: Any) -> Any:
        return pygame.mask.from_threshold(thing, (200, 200, 200), (90, 90, 90, 255)).to_surface()

    def sprites(self, thing: Any, args: Any) -> Any:
        surface = pygame.Surface((16, 16))
        group: Any = pygame.sprite.Group()
        for x in (0, 5):
            sprite: Any = pygame.sprite.Sprite(group)
            sprite.image, sprite.rect = thing, thing.get_rect(topleft=(x, args[0]))
        group.draw(surface)
        return surface

    def bordered(self, thing: Any, args: Any) -> Any:
        surface = thing.convert_alpha()
        pygame.gfxdraw.rectangle(surface, pygame.Rect(1, 1, 4, 3), (9, 90, 200, 128))
        pygame.gfxdraw.aacircle(surface, 4, 4, 2, (200, 9, 90))
        return surface

    def written_on(self, thing: Any, args: Any) -> Any:
        surface = thing.convert_alpha()
        font = _letters()
        font.render_to(surface, (args[0], 1), "ab", (250, 250, 0))
        font.size = 5  # what was drawn keeps the size that it had
        surface.blit(pygame.font.Font(None, 12).render("c", True, (0, 250, 250)), (args[1], 2))
        return surface

    # --- steps that change a thing, and return None ------------------------------------------------

    def draw_on(self, thing: Any, args: Any) -> None:
        position = [args[0], args[1]]
        pygame.draw.circle(thing, (200, abs(args[2]) * 10, 10), position, 3)
        position[0] = 99

    def draw_line(self, thing: Any, args: Any) -> None:
        pygame.draw.lines(thing, (1, 2, 3), False, [(0, 0), [args[0], args[1]], pygame.Vector2(5, 1)])

    def fill(self, thing: Any, args: Any) -> None:
        area = _rect(thing, args)
        thing.fill((abs(args[0]) * 20, 100, 7), area)
        area.x = 99

    def fill_all(self, thing: Any, args: Any) -> None:
        for _ in range(12):
            thing.fill((abs(args[0]) * 20, 100, 7, 128))

    def add(self, thing: Any, args: Any) -> None:
        thing.fill((30, 0, 60, 0), special_flags=pygame.BLEND_RGBA_ADD)

    def dot(self, thing: Any, args: Any) -> None:
        thing.set_at((args[0] % 6, args[1] % 6), (9, 8, 7))

    def scroll(self, thing: Any, args: Any) -> None:
        thing.scroll(args[0] % 3, args[1] % 3)

    def key(self, thing: Any, args: Any) -> None:
        thing.set_colorkey((20, 200, 30))

    def alpha(self, thing: Any, args: Any) -> None:
        thing.set_alpha(40 + abs(args[0]) * 10)

    def clip(self, thing: Any, args: Any) -> None:
        thing.set_clip(_rect(thing, args).clip(thing.get_rect()) or None)  # an empty one may read otherwise

    def unclip(self, thing: Any, args: Any) -> None:
        thing.set_clip(None)

    def own_array(self, thing: Any, args: Any) -> None:
        with pygame.PixelArray(thing) as array:
            _ = array[0, 0]


MAKING = ("copy", "convert", "convert_alpha", "convert_to_32_bits", "premultiplied", "part", "unbound_part", "scale",
          "double", "rotate", "flip", "smooth", "grey", "inverted", "blurred", "scaled_onto", "sheet", "background",
          "masked", "painted_mask", "colour_mask", "sprites", "bordered", "written_on")  # fmt: skip
CHANGING = ("draw_on", "draw_line", "fill", "fill_all", "add", "dot", "scroll", "key", "alpha", "clip", "unclip")

steps = st.one_of(
    st.tuples(st.sampled_from(MAKING), st.integers(0, 50), st.tuples(*[numbers] * 4)),
    st.tuples(st.sampled_from(CHANGING), st.integers(0, 50), st.tuples(*[numbers] * 4)),
    st.tuples(st.just("blit"), st.integers(0, 50), st.tuples(*[numbers] * 4)),
    st.tuples(st.just("drop"), st.integers(0, 50), st.tuples(*[numbers] * 4)),
    st.tuples(st.just("load"), st.integers(0, 50), st.tuples(*[numbers] * 4)),
)
toggles = st.lists(st.tuples(st.sampled_from(MODS), st.booleans()), min_size=1, max_size=6)


def play(game: Game, things: Things, step: tuple[str, int, tuple[int, ...]], load: Callable[[str], Any]) -> None:
    name, index, args = step
    if name == "load":
        things.append(load(FILES[index % len(FILES)]))
        return
    place = index % len(things)
    thing = things[place]
    if thing is None:
        return
    if name == "drop":
        things[place] = None
    elif name == "blit":
        other = things[args[0] % len(things)]
        if other is not None and other.get_abs_parent() is not thing.get_abs_parent():
            thing.blit(other, (args[1], args[2]))
    else:
        made = getattr(game, name)(thing, args)
        if made is not None:
            things.append(made)


Content = dict[tuple[str, str], bytes]


@contextlib.contextmanager
def adopted_game(files: list[bytes]) -> Iterator[tuple[Adopted, Content]]:
    """An adopted folder and two mods that each replace some of its pictures."""
    content: Content = {}
    with tempfile.TemporaryDirectory() as folder:
        for index, layer in enumerate(("res", *(f"mods/{mod}" for mod in MODS))):
            (Path(folder) / layer).mkdir(parents=True)
            name = layer.removeprefix("mods/")
            for number, file in enumerate(FILES):
                if layer == "res" or (number + index) % 2:
                    content[name, file] = files[index * 3 + number]
                    (Path(folder) / layer / file).write_bytes(content[name, file])
            if layer != "res":
                (Path(folder) / layer / "mod.toml").write_text(f'id = "{name}"\nname = "M"\nversion = "1"\n')
        with adopt(Path(folder, "res"), Path(folder, "mods"), watch=False) as adopted:
            yield adopted, content


def looks(things: Things) -> list[tuple[Any, ...] | None]:
    return [
        None if thing is None else
        (thing.get_size(), thing.get_alpha(), thing.get_colorkey(), tuple(thing.get_clip()), thing.get_masks(),
         pygame.image.tobytes(thing, "RGBA"))
        for thing in things
    ]  # fmt: skip


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(
    files=st.lists(pictures(), min_size=9, max_size=9),
    first=st.lists(steps, min_size=1, max_size=14),
    rounds=st.lists(st.tuples(toggles, st.lists(steps, max_size=4)), min_size=1, max_size=3),
)
def test_a_live_game_looks_like_one_that_was_begun_again(
    screen: object, files: list[bytes], first: Any, rounds: Any
) -> None:
    with adopted_game(files) as (adopted, content):
        manager = adopted.manager
        things: Things = []
        done = [*[("load", number, (0, 0, 0, 0)) for number in range(3)], *first]

        def load(file: str) -> pygame.Surface:
            return pygame.image.load(os.path.join(adopted.folder, file))

        for step in done:
            play(Game(), things, step, load)
        for changes, more in rounds:
            for mod, on in changes:
                (manager.mods.enable if on else manager.mods.disable)(mod)
            update_in_slices(manager, things)
            names = [mod.id for mod in manager.mods.enabled]
            assert looks(things) == model(done, names, content)
            for step in more:
                play(Game(), things, step, load)
            done += more
            assert looks(things) == model(done, names, content)


def update_in_slices(manager: ResourceManager, things: Things) -> None:
    """Update in the smallest pieces, and see that all things change in the last one, or none."""
    before = looks(things)
    for _ in range(10_000):
        if manager.update(0.0):
            return
        assert looks(things) == before, "nothing is shown before all of it is"
        if manager._updater.is_idle:  # the toggles changed nothing
            return
    raise AssertionError("the update does not end")


def model(done: list[Any], mods: list[str], content: Content) -> Any:
    """What plain pygame shows after the same steps with the pictures of these mods, the highest last."""

    def load(file: str) -> pygame.Surface:
        layer = next((mod for mod in reversed(mods) if (mod, file) in content), "res")
        return pygame.image.load(io.BytesIO(content[layer, file]), "x.png")

    with plain_pygame():
        things: Things = []
        for step in done:
            play(Game(), things, step, load)
        assert all(type(thing) is pygame.Surface for thing in things if thing is not None)
        return looks(things)


@contextlib.contextmanager
def plain_pygame() -> Iterator[None]:
    """Put pygame's own functions back for a while."""
    ours = [(owner, name, getattr(owner, name)) for owner, name, _, _ in replaced_calls._replaced]
    for owner, name, _, original in replaced_calls._replaced:
        setattr(owner, name, original)
    pygame.image.load, adopted_load = PLAIN_LOAD, pygame.image.load
    try:
        yield
    finally:
        pygame.image.load = adopted_load
        for owner, name, replacement in ours:
            setattr(owner, name, replacement)
