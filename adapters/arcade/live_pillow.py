"""Pillow images that remember how they were made: arcade loads, cuts and turns its pictures by Pillow.

An image that comes from a file of the layers has a `Recipe`: the file, or another recipe and the method that was
called. When the file changes, each image that somebody still holds is made again and gets the new pixels in place. A
recipe keeps no pixels.
"""

from __future__ import annotations

import functools
import hashlib
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import PIL.Image
import PIL.ImageDraw

from vfsloader.adopting.patched_calls import PatchedCalls

#: Methods that return a new image.
_DERIVING = ("convert", "copy", "crop", "effect_spread", "filter", "getchannel", "point", "quantize", "reduce",
             "resize", "rotate", "transform", "transpose")  # fmt: skip
#: Methods that change an image, and can be called again on another.
_CHANGING = ("alpha_composite", "paste", "putalpha")
#: Methods that change it depending on what it showed.
_SPOILING = ("frombytes", "putdata", "putpalette", "putpixel", "remap_palette", "thumbnail")

_RECIPE = "_vfsloader_recipe"
_originals = {
    name: getattr(PIL.Image.Image, name) for name in (*_DERIVING, *_CHANGING) if hasattr(PIL.Image.Image, name)
}

#: How many images do not follow any more, by reason.
left: Counter[str] = Counter()


class Source:
    """The file of a picture. It lives as long as an image that was made of it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.frames: list[PIL.Image.Image] | None = None
        """What was decoded, until it is taken."""
        self.staged: list[PIL.Image.Image] | None = None
        self.decode: Callable[[], list[PIL.Image.Image]] | None = None
        """Returns the pictures as they are, for images that are made of several files."""
        self.mode = ""
        """The mode of the image that the program has; arcade takes one of RGBA as it is."""
        self.is_shown = False
        """Whether the program has an image of it."""
        self.images: list[weakref.ref[PIL.Image.Image]] = []

    def pictures(self) -> list[PIL.Image.Image]:
        """Return the frames of the file in its new state."""
        frames = self.staged
        if frames is None:
            frames = [] if self.decode is None else self.decode()
        return [_originals["convert"](frame, "RGBA") for frame in frames] if self.mode == "RGBA" else frames


class Recipe:
    """How an image is made."""

    __slots__ = ("args", "frame", "key", "method", "options", "parent", "sources")

    def __init__(
        self,
        source: Source | None = None,
        frame: int = 0,
        *,
        parent: Recipe | None = None,
        method: str = "",
        args: tuple[Any, ...] = (),
        options: dict[str, Any] | None = None,
    ) -> None:
        self.frame = frame
        self.parent = parent
        self.method = method
        # Other images may be dropped by the game, and change with their own files.
        self.args = tuple(_kept(value) for value in args)
        self.options = {name: _kept(value) for name, value in (options or {}).items()}
        used = [value for value in (*self.args, *self.options.values()) if isinstance(value, Recipe)]
        self.sources: frozenset[Source] = frozenset() if source is None else frozenset([source])
        for recipe in (*used, *([parent] if parent else [])):
            self.sources |= recipe.sources
        if parent is None:
            assert source is not None
            self.key = f"{source.path}#{frame}"
        else:
            words = [_named(value) for value in (*self.args, *self.options.items())]
            self.key = hashlib.sha256("\n".join([parent.key, method, *words]).encode()).hexdigest()

    def make(self, made: dict[Recipe, PIL.Image.Image]) -> PIL.Image.Image:
        """Make the image, of files in their new state; parts that are in `made` already are used."""
        steps = [self]
        while steps[-1].parent is not None and steps[-1] not in made:
            steps.append(steps[-1].parent)
        for recipe in reversed(steps):
            if recipe not in made:
                made[recipe] = recipe._make_one(made)
        return made[self]

    def _make_one(self, made: dict[Recipe, PIL.Image.Image]) -> PIL.Image.Image:
        if self.parent is None:
            (source,) = self.sources
            frames = source.pictures()
            return frames[self.frame % len(frames)]
        base = made[self.parent]
        args = [_used(value, made) for value in self.args]
        options = {name: _used(value, made) for name, value in self.options.items()}
        if self.method not in _CHANGING:
            result: PIL.Image.Image = _originals[self.method](base, *args, **options)
            return result
        changed: PIL.Image.Image = _originals["copy"](base)
        _originals[self.method](changed, *args, **options)
        return changed


def _kept(value: Any) -> Any:
    if isinstance(value, PIL.Image.Image):
        return recipe_of(value) or _originals["copy"](value)
    return tuple(value) if isinstance(value, list) else value


def _used(value: Any, made: dict[Recipe, PIL.Image.Image]) -> Any:
    return value.make(made) if isinstance(value, Recipe) else value


def _named(value: Any) -> str:
    if isinstance(value, Recipe):
        return value.key
    return f"an image {id(value)}" if isinstance(value, PIL.Image.Image) else repr(value)


def recipe_of(image: PIL.Image.Image) -> Recipe | None:
    """Return how an image was made; None if it does not come from the layers."""
    return vars(image).get(_RECIPE)


def follow(image: PIL.Image.Image, recipe: Recipe) -> None:
    """Keep an image up to date."""
    setattr(image, _RECIPE, recipe)
    for source in recipe.sources:
        source.images.append(weakref.ref(image, source.images.remove))


def let_go(image: PIL.Image.Image, reason: str) -> None:
    """Leave an image as it is from now on."""
    recipe = vars(image).pop(_RECIPE, None)
    if recipe is not None:
        left[reason] += 1
        for source in recipe.sources:
            source.images[:] = [ref for ref in source.images if ref() is not image]


def make_again(sources: Iterable[Source]) -> list[PIL.Image.Image]:
    """Put new pixels into all images that were made of files with staged pictures, and return these images."""
    made: dict[Recipe, PIL.Image.Image] = {}
    new: list[tuple[PIL.Image.Image, PIL.Image.Image]] = []
    seen: set[Recipe] = set()  # an image that is made of two files is in the lists of both
    for source in sources:
        for image in [image for ref in source.images if (image := ref()) is not None]:
            recipe = recipe_of(image)
            if recipe is not None and recipe not in seen:
                seen.add(recipe)
                try:
                    new.append((image, recipe.make(made)))
                except Exception as error:  # whatever a method raises for another picture
                    let_go(image, f"they cannot be made again ({error})")
    for image, other in new:
        _fill(image, other)
    return [image for image, _ in new]


def _fill(image: PIL.Image.Image, other: PIL.Image.Image) -> None:
    other.load()
    own = _originals["copy"](other)
    image.im = own.im
    image._size, image._mode, image.palette = own._size, own._mode, own.palette
    image.readonly = 0


# --- noting what is done to images -------------------------------------------------------------------


class PatchedPillow(PatchedCalls):
    """Notes the methods that are called on images, until :meth:`undo`."""

    def __init__(self) -> None:
        super().__init__()
        for name in _DERIVING:
            self.patch(PIL.Image.Image, name, self._deriving)
        for name in _CHANGING:
            self.patch(PIL.Image.Image, name, self._changing)
        for name in _SPOILING:
            self.patch(PIL.Image.Image, name, self._spoiling)
        self.patch(PIL.ImageDraw.ImageDraw, "__init__", self._drawing)

    def _deriving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        name = original.__name__

        @functools.wraps(original)
        def replacement(image: PIL.Image.Image, *args: Any, **options: Any) -> Any:
            result = original(image, *args, **options)
            recipe = recipe_of(image)
            if recipe is not None and result is not image:
                if recipe.parent is None and getattr(image, "n_frames", 1) > 1:
                    (source,) = recipe.sources
                    recipe = Recipe(source, image.tell())
                earlier = vars(result).pop(_RECIPE, None)
                if earlier is not None:  # the method called others
                    for source in earlier.sources:
                        source.images[:] = [ref for ref in source.images if ref() is not result]
                follow(result, Recipe(parent=recipe, method=name, args=args, options=options))
            return result

        return replacement

    def _changing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        name = original.__name__

        @functools.wraps(original)
        def replacement(image: PIL.Image.Image, *args: Any, **options: Any) -> Any:
            before = recipe_of(image)
            given = [value for value in (*args, *options.values()) if isinstance(value, PIL.Image.Image)]
            if before is None and not any(map(recipe_of, given)):
                return original(image, *args, **options)
            parent = before or Recipe(_still(image))
            after = Recipe(parent=parent, method=name, args=args, options=options)
            result = original(image, *args, **options)
            if vars(image).pop(_RECIPE, None) is not None:
                for source in parent.sources:
                    source.images[:] = [ref for ref in source.images if ref() is not image]
            follow(image, after)
            return result

        return replacement

    def _spoiling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(image: PIL.Image.Image, *args: Any, **options: Any) -> Any:
            let_go(image, f"the game called {original.__name__}() on them")
            return original(image, *args, **options)

        return replacement

    def _drawing(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replacement(draw: Any, im: PIL.Image.Image, *args: Any, **options: Any) -> None:
            let_go(im, "the game drew on them")
            original(draw, im, *args, **options)

        return replacement


def _still(image: PIL.Image.Image) -> Source:
    """Return what stands for an image of the game's own, onto which others are pasted."""
    source = Source(f"an image {id(image)}")
    source.staged = [_originals["copy"](image)]
    return source


def report() -> list[str]:
    """Return lines for a report: which images do not follow."""
    return [f"{count:>7} images do not follow changes: {reason}" for reason, count in sorted(left.items())]
