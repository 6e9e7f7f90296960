"""Recipes: how a surface came to be, so that it can be made again when a picture that it was made of changes.

A recipe is an origin and the steps since. The origin says where the first pixels came from: a file, a new surface, or
a function of other surfaces. A step is a call that changed the surface, such as ``blit``. Arguments that are surfaces
are kept as versions: another recipe, and how many of its steps had been done. So later drawing on a source does not
change the result, and a surface that the game has dropped keeps no pixels. Rectangles, colours and lists are copied,
because the game may change them later.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pygame
from vfsloader.pygame.live_copies.recipe_refs import recipes_in
from vfsloader.pygame.live_copies.surface_types import PlainMask, PlainSurface, Tracked

if TYPE_CHECKING:
    from vfsloader.pygame.live_copies.recipe_refs import RecipeRefs

#: A surface of at most so many bytes is copied when its history is not known.
MAX_COPIED_BYTES = 1 << 16
#: So large an array may be kept as an argument.
MAX_ARRAY_BYTES = 1 << 20
_IMMUTABLE = frozenset({int, float, str, bool, bytes, type(None)})
_MUTABLE = frozenset({pygame.Rect, pygame.FRect, pygame.Color, pygame.Vector2, pygame.Vector3})
_NO_KWARGS: dict[str, Any] = {}


class UntraceableError(Exception):
    """A surface was changed in a way that cannot be done again. The text is the reason."""


class Resolver(Protocol):
    """Makes versions of surfaces and pictures of files again; see `rebuild`."""

    def state(self, version: Version) -> Any:
        """Return a surface or mask as it is at a version; the caller must not change it."""

    def picture(self, source: Source) -> pygame.Surface:
        """Return what a file shows; the caller must not change it."""


class Version(NamedTuple):
    """A surface or mask after some of its steps; for a part of a surface, also the version of the whole."""

    recipe: Recipe
    steps: int
    root: Version | None = None

    @property
    def sources(self) -> frozenset[Source]:
        return (self.root or self).recipe.sources


class Origin(Protocol):
    """Where the first pixels of a surface came from."""

    def make(self, resolver: Resolver) -> Any:
        """Return a new surface or mask."""


class Blank:
    """A new surface of a size and format."""

    __slots__ = ("_depth", "_flags", "_masks", "_size")

    def __init__(self, surface: pygame.Surface) -> None:
        self._size = PlainSurface.get_size(surface)
        self._flags = PlainSurface.get_flags(surface) & pygame.SRCALPHA
        self._depth = PlainSurface.get_bitsize(surface)
        self._masks = PlainSurface.get_masks(surface)

    def make(self, resolver: Resolver) -> pygame.Surface:
        return PlainSurface(self._size, self._flags, self._depth, self._masks)


class Source:
    """A file of which a surface was loaded. It keeps no pixels, except while a change is being prepared.

    Attributes
    ----------
    decode
        Returns the picture as the file is now, which nobody may change.
    followers
        The recipes of what was made of the picture.
    is_new
        Whether the surface has not shown any picture yet.
    owner
        What has to live as long as a copy of the picture does, because it is told about changes; such as a sheet.
    staged
        The new picture, until it is shown.
    surface
        A weak reference to the surface that was loaded.
    """

    __slots__ = ("__weakref__", "decode", "followers", "is_new", "owner", "staged", "surface")

    def __init__(self, surface: pygame.Surface) -> None:
        self.decode: Callable[[], pygame.Surface] | None = None
        self.followers: RecipeRefs = {}
        self.is_new = True
        self.owner: Any = None
        self.staged: pygame.Surface | None = None
        self.surface = weakref.ref(surface)

    def make(self, resolver: Resolver) -> pygame.Surface:
        return duplicate(resolver.picture(self))


class Made:
    """The result of a function of other surfaces."""

    __slots__ = ("_args", "_function", "_kwargs")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._function = function
        self._args = args
        self._kwargs = kwargs

    def make(self, resolver: Resolver) -> Any:
        return self._function(*_thaw(self._args, resolver), **_thaw(self._kwargs, resolver))


class Given:
    """Pixels that came from elsewhere, such as a text.

    They are the surface's own until it is changed; then they are copied, see `journal`.
    """

    __slots__ = ("held", "pixels")

    def __init__(self) -> None:
        self.held: pygame.Surface | None = None
        """The surface itself, once a version of it is used: its pixels must outlive it."""
        self.pixels: pygame.Surface | None = None

    def make(self, resolver: Resolver) -> pygame.Surface:
        pixels = self.pixels or self.held
        if pixels is None:
            raise UntraceableError("its pixels are gone")
        return PlainSurface.copy(pixels)


class Step:
    """A call that changed a surface or mask."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs

    def apply(self, target: Any, resolver: Resolver) -> None:
        """Do it again."""
        self.function(target, *_thaw(self.args, resolver), **_thaw(self.kwargs, resolver))


class PartStep(Step):
    """A call that changed a surface through one of its subsurfaces."""

    __slots__ = ("_part", "_part_count")

    def __init__(
        self,
        part: PartRecipe,
        count: int,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        super().__init__(function, args, kwargs)
        self._part = part
        self._part_count = count

    def apply(self, target: Any, resolver: Resolver) -> None:
        view = self._part.view(target, self._part_count, resolver)
        super().apply(view, resolver)
        if PlainSurface.get_parent(view) is None:  # the picture became smaller than the subsurface
            _copy_back(view, target, self._part.whole_area)


class Recipe:
    """How one surface or mask came to be.

    Attributes
    ----------
    owner
        A weak reference to the surface or mask.
    origin, steps
        How it is made.
    sources
        The files of which it was made.
    depth
        How many surfaces in a row it is made of.
    parts
        Its subsurfaces that are in use.
    referenced
        How many steps belong to a version that is in use: these must stay.
    frame, frames
        The last frame in which it was changed, and in how many frames it was.
    drawn
        How many steps were not kept, because it showed no picture.
    is_untouched
        Whether its pixels came from elsewhere and are still the same.
    opaque_above
        The game made a mask with this threshold and saw no transparent pixel.
    fingerprint, suspect
        A checksum of the pixels when the game got direct access to them, and how it got that.
    """

    __slots__ = (
        "__weakref__", "depth", "drawn", "fingerprint", "frame", "frames", "is_untouched", "opaque_above", "origin",
        "owner", "parts", "referenced", "root", "sources", "steps", "suspect",
    )  # fmt: skip

    def __init__(
        self, owner: Any, origin: Origin | None, sources: frozenset[Source] = frozenset(), depth: int = 0
    ) -> None:
        self.owner = weakref.ref(owner)
        self.origin = origin
        self.steps: list[Step] = []
        self.sources = sources
        self.depth = depth
        self.parts: RecipeRefs | None = None
        self.root: Any = None
        self.referenced = 0
        self.frame = -1
        self.frames = 0
        self.drawn = 0
        self.is_untouched = False
        self.opaque_above: int | None = None
        self.fingerprint: int | None = None
        self.suspect = ""

    def make(self, count: int, resolver: Resolver) -> Any:
        """Make it again, with its first steps."""
        assert self.origin is not None
        made = self.origin.make(resolver)
        for step in self.steps[:count]:
            step.apply(made, resolver)
        return made


class PartRecipe(Recipe):
    """A subsurface: it shares the pixels of a whole surface, and has its own colour key, alpha, clip and palette.

    Attributes
    ----------
    root
        The whole surface. Drawing on the part is a step of the whole.
    above
        The part from which this part was cut, at the version of that moment; None if it was cut from the whole.
    area
        Where it is in the surface from which it was cut.
    whole_area
        Where it is in the whole surface.
    """

    __slots__ = ("above", "area", "whole_area")

    def __init__(self, owner: pygame.Surface, root: Tracked, above: Version | None) -> None:
        super().__init__(owner, None)
        self.root = root
        self.above = above
        size = PlainSurface.get_size(owner)
        self.area = pygame.Rect(PlainSurface.get_offset(owner), size)
        self.whole_area = self.area
        if above is not None:
            assert isinstance(above.recipe, PartRecipe)
            self.whole_area = self.area.move(above.recipe.whole_area.topleft)

    @property
    def has_own_alpha(self) -> bool:
        """Whether its alpha was set, and not only the one of the whole surface."""
        above = None if self.above is None else self.above.recipe
        return any(step.function in (PlainSurface.set_alpha, _inherit_alpha) for step in self.steps) or (
            isinstance(above, PartRecipe) and above.has_own_alpha
        )

    def view(self, whole: pygame.Surface, count: int, resolver: Resolver) -> pygame.Surface:
        """Return this part of another whole surface; it shares its pixels if it is inside."""
        if self.above is not None:
            above = self.above.recipe
            assert isinstance(above, PartRecipe)
            whole = above.view(whole, self.above.steps, resolver)
        view = cut(whole, self.area)
        for step in self.steps[:count]:
            step.apply(view, resolver)
        return view


def parts_of(recipe: Recipe) -> list[PartRecipe]:
    """Return the subsurfaces of a surface that are in use."""
    return [part for part in recipes_in(recipe.parts) if isinstance(part, PartRecipe)]


class Look(NamedTuple):
    """What is set on a subsurface itself.

    An alpha that it has from the whole surface is left alone: pygame keeps a number for it that cannot be read.
    """

    colorkey: Any
    has_own_alpha: bool
    alpha: int | None
    clip: pygame.Rect
    palette: Any

    @classmethod
    def of(cls, part: PartRecipe, surface: pygame.Surface) -> Look:
        """Return what is set on a view of a part."""
        return cls(
            PlainSurface.get_colorkey(surface),
            part.has_own_alpha,
            PlainSurface.get_alpha(surface),
            PlainSurface.get_clip(surface),
            PlainSurface.get_palette(surface) if PlainSurface.get_bitsize(surface) <= 8 else None,
        )

    def put_on(self, surface: pygame.Surface) -> None:
        """Set it on another surface."""
        if self.palette is not None and PlainSurface.get_bitsize(surface) <= 8:
            PlainSurface.set_palette(surface, self.palette)
        if PlainSurface.get_colorkey(surface) != self.colorkey:
            PlainSurface.set_colorkey(surface, self.colorkey)
        if self.has_own_alpha:
            set_alpha_of(surface, self.alpha)
        if PlainSurface.get_clip(surface) != self.clip:
            PlainSurface.set_clip(surface, self.clip)


def set_alpha_of(surface: pygame.Surface, alpha: int | None) -> None:
    """Set what ``get_alpha()`` returned. With None alone, pygame would keep the number for later."""
    if alpha is None:
        PlainSurface.set_alpha(surface, 255)
    PlainSurface.set_alpha(surface, alpha)


def _inherit_colorkey(part: pygame.Surface, whole: pygame.Surface) -> None:
    PlainSurface.set_colorkey(part, PlainSurface.get_colorkey(whole))


def _inherit_alpha(part: pygame.Surface, whole: pygame.Surface) -> None:
    set_alpha_of(part, PlainSurface.get_alpha(whole))


#: For a property that a subsurface has from its parent at first, the function that keeps it so.
INHERITING: dict[Callable[..., Any], Callable[..., Any]] = {
    PlainSurface.set_colorkey: _inherit_colorkey,
    PlainSurface.set_alpha: _inherit_alpha,
}


def duplicate(picture: pygame.Surface) -> pygame.Surface:
    """Return a copy that is the same in every respect: pygame's own loses the colour key of a picture with alpha."""
    try:
        copy = PlainSurface.copy(picture)
    except pygame.error:
        if PlainSurface.get_bitsize(picture) != 8:
            raise
        from vfsloader.pygame.live_copies.indexed import copy_indexed

        return copy_indexed(picture)
    colorkey = PlainSurface.get_colorkey(picture)
    if colorkey is not None and PlainSurface.get_colorkey(copy) is None:
        PlainSurface.set_colorkey(copy, colorkey)
    return copy


def cut(surface: pygame.Surface, area: pygame.Rect) -> pygame.Surface:
    """Return a subsurface; where the area is not inside, a new surface with as much as there is."""
    inside = area.clip(PlainSurface.get_rect(surface))
    if inside == area:
        return PlainSurface.subsurface(surface, area)
    flags, depth = PlainSurface.get_flags(surface) & pygame.SRCALPHA, PlainSurface.get_bitsize(surface)
    view = PlainSurface(area.size, flags, depth, PlainSurface.get_masks(surface))
    if depth <= 8:
        PlainSurface.set_palette(view, PlainSurface.get_palette(surface))
    if inside.size != (0, 0):
        _copy_pixels(PlainSurface.subsurface(surface, inside), view, (inside.x - area.x, inside.y - area.y))
    PlainSurface.set_colorkey(view, PlainSurface.get_colorkey(surface))
    PlainSurface.set_alpha(view, PlainSurface.get_alpha(surface))
    return view


def _copy_pixels(source: pygame.Surface, target: pygame.Surface, at: tuple[int, int]) -> None:
    """Copy without blending."""
    plain = PlainSurface.copy(source)
    PlainSurface.set_colorkey(plain, None)
    PlainSurface.set_alpha(plain, None)
    PlainSurface.blit(target, plain, at)


def _copy_back(view: pygame.Surface, whole: pygame.Surface, area: pygame.Rect) -> None:
    inside = area.clip(PlainSurface.get_rect(whole))
    if inside.size != (0, 0):
        source = PlainSurface.subsurface(view, inside.move(-area.x, -area.y))
        clip = PlainSurface.get_clip(whole)
        PlainSurface.set_clip(whole, None)
        _copy_pixels(source, whole, inside.topleft)
        PlainSurface.set_clip(whole, clip)


def freeze(value: Any, version_of: Callable[[Any], Version | None], found: list[Version]) -> Any:
    """Return an argument as a recipe keeps it, and add the versions in it to `found`.

    Raises
    ------
    UntraceableError
        It is a surface of which it is not known how it came to be, and which is too large to be copied.
    """
    kind = type(value)
    if kind in _IMMUTABLE:
        return value
    if isinstance(value, (PlainSurface, PlainMask)):
        version = version_of(value)
        if version is not None:
            found.append(version)
            return version
        return PlainMask.__copy__(value) if isinstance(value, PlainMask) else _frozen_surface(value)
    if kind is tuple or kind is list:
        return tuple([freeze(item, version_of, found) for item in value])
    if kind in _MUTABLE:
        return kind(value)
    if kind is dict:
        return {key: freeze(item, version_of, found) for key, item in value.items()} if value else _NO_KWARGS
    rect = getattr(value, "rect", None)  # a sprite, for example, where a rectangle is wanted
    if rect is not None:
        return freeze(rect() if callable(rect) else rect, version_of, found)
    if hasattr(value, "__array_interface__"):
        if value.nbytes > MAX_ARRAY_BYTES:
            raise UntraceableError("a large array was drawn on it")
        return value.copy()
    try:
        return tuple([freeze(item, version_of, found) for item in value])
    except TypeError:
        return value


def _frozen_surface(surface: pygame.Surface) -> pygame.Surface:
    """Return a copy of a surface without a recipe, or a large plain one itself: games seldom change these."""
    if PlainSurface.get_pitch(surface) * PlainSurface.get_height(surface) <= MAX_COPIED_BYTES:
        return PlainSurface.copy(surface)
    if isinstance(surface, Tracked):
        raise UntraceableError("something was drawn on it that changes all the time")
    if PlainSurface.get_abs_parent(surface) is pygame.display.get_surface():
        raise UntraceableError("the screen was drawn on it")
    return surface


def _thaw(value: Any, resolver: Resolver) -> Any:
    kind = type(value)
    if kind is Version:
        return resolver.state(value)
    if kind is tuple:
        return tuple([_thaw(item, resolver) for item in value])
    if kind is dict:
        return {key: _thaw(item, resolver) for key, item in value.items()} if value else value
    return value
