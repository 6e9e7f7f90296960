"""The journal: notes how surfaces are made and changed, within limits.

What is noted costs time and memory. A surface that is drawn again in each frame follows every change without us, and
so does a part of it that shows a picture. So after some frames or steps a surface is no longer recorded: it becomes
quiet, and is as fast as a plain one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pygame
from vfsloader.pygame.live_copies import counts, recipe_refs
from vfsloader.pygame.live_copies.picked_keys import PickedKey, picked_place
from vfsloader.pygame.live_copies.recipes import (
    INHERITING,
    Blank,
    Given,
    Made,
    PartRecipe,
    PartStep,
    Recipe,
    Source,
    Step,
    UntraceableError,
    Version,
    freeze,
    parts_of,
)
from vfsloader.pygame.live_copies.surface_types import (
    PlainMask,
    PlainSurface,
    QuietSurface,
    RecordedMask,
    RecordedSurface,
    Tracked,
)
from vfsloader.pygame.pointer_swap import swap_masks, swap_surfaces

from vfsloader.runtime import polling

#: A tile map that is drawn once takes thousands of steps.
MAX_STEPS = 20_000
#: A surface that was drawn on in more frames than this is drawn on in each.
MAX_FRAMES = 30
#: So is one that was drawn on in more frames than this and so often.
FEW_FRAMES, MANY_STEPS = 8, 1_000
#: Of a surface that shows no picture, more steps than this are not kept, but its pixels are if it has to be known.
MAX_DRAWN = 200
#: A picture that is rotated again and again, each time from the last result, would be an endless chain.
MAX_DEPTH = 64
#: Pixels of unknown origin are copied before the first change, up to so many bytes.
MAX_KEPT_BYTES = 1 << 22
#: So many settings in a row are kept before only the last of them are.
MAX_SETTINGS = 64
#: What the game sets on a surface without drawing.
PROPERTIES: frozenset[Callable[..., Any]] = frozenset(
    {
        PlainSurface.set_colorkey,
        PlainSurface.set_alpha,
        PlainSurface.set_clip,
        PlainSurface.set_palette,
        PlainSurface.set_palette_at,
    }
)
#: Of these only the last call counts.
_LAST_COUNTS = frozenset({PlainSurface.set_colorkey, PlainSurface.set_alpha, PlainSurface.set_clip})
_TOO_OFTEN = "it is drawn on in each frame"
_TOO_MUCH = f"it was drawn on more than {MAX_STEPS:,} times"
_TOO_DEEP = f"it is the last of a chain of more than {MAX_DEPTH} copies"

_frame = 0


def _next_frame() -> None:
    global _frame
    _frame += 1


polling.register(_next_frame)


def _add_follower(recipe: Recipe, sources: Iterable[Source]) -> None:
    for source in sources:
        recipe_refs.add(source.followers, recipe)


def _remove_follower(recipe: Recipe) -> None:
    for source in recipe.sources:
        recipe_refs.discard(source.followers, recipe)


def recipe_of(target: Any) -> Recipe | None:
    """Return the recipe of a surface or mask, or None: it is not followed."""
    return getattr(target, "_recipe", None)


def set_recipe(target: Any, recipe: Recipe) -> None:
    """Let a surface or mask have a recipe from now on."""
    old = getattr(target, "_recipe", None)
    if old is not None:
        recipe.parts = old.parts
        _remove_follower(old)
    target._recipe = recipe
    recipe.frame = _frame
    if recipe.sources:
        _add_follower(recipe, recipe.sources)


def version_of(target: Any) -> Version | None:
    """Return the present version of a surface or mask; None if it is not known how it came to be."""
    recipe = recipe_of(target)
    if recipe is None:
        return None
    if recipe.fingerprint is not None and not is_intact(target, recipe):
        return None
    if recipe.is_untouched:
        assert isinstance(recipe.origin, Given)
        recipe.origin.held = target
    recipe.referenced = len(recipe.steps)
    if recipe.root is None:
        return Version(recipe, recipe.referenced)
    root = version_of(recipe.root)
    return None if root is None else Version(recipe, recipe.referenced, root)


def forget(target: Any, reason: str) -> None:
    """Do not follow a surface or mask any more, and count it if it shows a picture."""
    recipe = recipe_of(target)
    if recipe is None:
        return
    if recipe.root is not None:
        forget(recipe.root, reason)
    elif recipe.sources:
        counts.leave(reason)
    target._recipe = None
    _remove_follower(recipe)
    if type(target) is RecordedSurface and not recipe.parts:
        _set_class(target, QuietSurface)


def follow(result: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Let what a function returned follow the surfaces among its arguments.

    Returns
    -------
    object
        The result; of a class that can have a recipe, if it has one.
    """
    found: list[Version] = []
    try:
        frozen_args = freeze(args, version_of, found)
        frozen_kwargs = freeze(kwargs, version_of, found) if kwargs else kwargs
    except UntraceableError:
        return result
    if not found:
        return result
    depth = 1 + max([version.recipe.depth for version in found])
    sources = found[0].sources if len(found) == 1 else frozenset().union(*[version.sources for version in found])
    if depth > MAX_DEPTH:
        if sources:
            counts.leave(_TOO_DEEP)
        return result
    made = as_recorded(result)
    if made is not None:
        set_recipe(made, Recipe(made, Made(function, frozen_args, frozen_kwargs), sources, depth))
        return made
    return result


def given(surface: pygame.Surface) -> pygame.Surface:
    """Let a surface that came from elsewhere have a recipe, in case that the game draws a picture on it."""
    made = as_recorded(surface)
    if made is None or recipe_of(made) is not None:
        return surface
    recipe = Recipe(made, Given())
    recipe.is_untouched = True
    set_recipe(made, recipe)
    return made  # type: ignore[no-any-return]


def as_recorded(result: Any) -> Any:
    """Return a new surface or mask of pygame's as one that can have a recipe; None if that is not possible."""
    made: Any
    if type(result) is PlainSurface:
        made = PlainSurface.__new__(RecordedSurface)
        made._recipe = None
        return made if swap_surfaces(made, result) else None
    if type(result) is PlainMask:
        made = RecordedMask((0, 0))
        made._recipe = None
        return made if swap_masks(made, result) else None
    if type(result) is QuietSurface:  # copies have the class of their original
        _set_class(result, RecordedSurface)
    return result if isinstance(result, (Tracked, RecordedMask)) else None


def _set_class(surface: Any, kind: type[Tracked]) -> None:
    surface.__class__ = kind


def touch(target: Any, drawn: tuple[Any, ...] | None = None) -> None:
    """Keep the pixels of a surface that came from elsewhere, right before it is changed for the first time.

    Parameters
    ----------
    target
        The surface.
    drawn
        The arguments of a call that draws. If no picture is among them, and nothing was made of the surface so far,
        its pixels need not be known: they still come from elsewhere.
    """
    recipe = recipe_of(target)
    if recipe is None:
        return
    if recipe.root is not None:
        touch(recipe.root, drawn)
    elif recipe.is_untouched:
        assert isinstance(recipe.origin, Given)
        if drawn is not None and recipe.origin.held is None and not any(isinstance(arg, PlainSurface) for arg in drawn):
            return
        recipe.is_untouched = False
        if PlainSurface.get_pitch(target) * PlainSurface.get_height(target) <= MAX_KEPT_BYTES:
            recipe.origin.pixels = PlainSurface.copy(target)
        else:
            forget(target, "it is large, and it is not known where its first pixels came from")
        recipe.origin.held = None


def note(
    target: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], *, covers: bool = False
) -> None:
    """Note a call that has just changed a surface or mask which has a recipe.

    Parameters
    ----------
    target, function, args, kwargs
        The call.
    covers
        Whether nothing is left of what the surface showed before.
    """
    recipe = recipe_of(target)
    if recipe is None:
        return
    try:
        if function in PROPERTIES:
            _note_property(target, recipe, function, args, kwargs)
            return
        whole = recipe if recipe.root is None else recipe_of(recipe.root)
        if whole is not None and whole.is_untouched:  # see `touch`
            whole.drawn += 1
            _count_frame(whole)
            return
        found: list[Version] = []
        frozen_args = freeze(args, version_of, found)
        frozen_kwargs = freeze(kwargs, version_of, found) if kwargs else kwargs
        if isinstance(recipe, PartRecipe):
            whole = recipe_of(recipe.root)
            if whole is None:
                return
            recipe.referenced = len(recipe.steps)
            step: Step = PartStep(recipe, recipe.referenced, function, frozen_args, frozen_kwargs)
            target, recipe = recipe.root, whole
        else:
            step = Step(function, frozen_args, frozen_kwargs)
        if covers and len(recipe.steps) > 8 and isinstance(recipe.origin, Blank):
            recipe = _start_again(target, recipe)
        _append(recipe, step, found)
        if len(recipe.steps) >= MAX_DRAWN and not recipe.sources:
            _forget_steps(target, recipe)
    except UntraceableError as error:
        forget(target, str(error))


def _forget_steps(target: Any, recipe: Recipe) -> None:
    """Do not keep how a surface was drawn that shows no picture yet: if it ever does, its pixels are kept instead."""
    is_small = (
        isinstance(target, PlainSurface)
        and PlainSurface.get_pitch(target) * PlainSurface.get_height(target) <= MAX_KEPT_BYTES
    )
    is_new = isinstance(recipe.origin, (Blank, Made)) and not recipe.referenced
    if is_small and is_new and recipe.fingerprint is None:
        fresh = Recipe(target, Given())
        fresh.is_untouched = True
        fresh.steps = [step for step in recipe.steps if step.function in PROPERTIES]
        fresh.drawn, fresh.frames = len(recipe.steps), recipe.frames
        set_recipe(target, fresh)


def watch(surface: pygame.Surface, how: str) -> None:
    """Note that the game gets direct access to the pixels of a surface, with which it may only read."""
    recipe = recipe_of(surface)
    if recipe is None:
        return
    if recipe.root is not None:
        watch(recipe.root, how)
        return
    if recipe.is_untouched:
        touch(surface)
    recipe.suspect = how
    recipe.fingerprint = _fingerprint(surface)


def is_intact(surface: Any, recipe: Recipe) -> bool:
    """Return whether a surface's pixels are the same as when the game got access to them. If not, forget it."""
    if recipe.fingerprint is None or recipe.fingerprint == _fingerprint(surface):
        return True
    forget(surface, f"its pixels were changed through {recipe.suspect}")
    return False


def watch_again(surface: pygame.Surface) -> None:
    """Take the present pixels of a surface as those to which the game has access."""
    recipe = recipe_of(surface)
    if recipe is not None and recipe.fingerprint is not None:
        recipe.fingerprint = _fingerprint(surface)


def _fingerprint(surface: pygame.Surface) -> int:
    return zlib.crc32(PlainSurface.get_buffer(surface).raw)


def _append(recipe: Recipe, step: Step, found: list[Version]) -> None:
    if recipe.fingerprint is not None:
        raise UntraceableError(f"it was drawn on after the game got {recipe.suspect} of it")
    _count_frame(recipe)
    if len(recipe.steps) >= MAX_STEPS:
        raise UntraceableError(_TOO_MUCH)
    recipe.steps.append(step)
    for version in found:
        recipe.depth = max(recipe.depth, version.recipe.depth + 1)
        if not version.sources <= recipe.sources:
            _add_follower(recipe, version.sources - recipe.sources)
            recipe.sources = recipe.sources | version.sources
    if recipe.depth > MAX_DEPTH:
        raise UntraceableError(_TOO_DEEP)


def _count_frame(recipe: Recipe) -> None:
    """Count the frames in which a surface is drawn on.

    Raises
    ------
    UntraceableError
        It is drawn on in each frame.
    """
    if recipe.frame != _frame:
        recipe.frame = _frame
        recipe.frames += 1
        steps = len(recipe.steps) + recipe.drawn
        if recipe.frames > MAX_FRAMES or (recipe.frames > FEW_FRAMES and steps > MANY_STEPS):
            raise UntraceableError(_TOO_OFTEN)


def _note_property(
    target: pygame.Surface,
    recipe: Recipe,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    place = picked_place(args[0], recipe) if args and function is PlainSurface.set_colorkey else None
    if place is None:
        step = Step(function, freeze(args, version_of, []), freeze(kwargs, version_of, []))
    else:
        step = PickedKey(place, *args[1:])
    if function in _LAST_COUNTS:  # games set alpha each frame: only the last call counts
        for index in range(len(recipe.steps) - 1, recipe.referenced - 1, -1):
            earlier = recipe.steps[index]
            if earlier.function is function:
                recipe.steps[index] = step
                return
            if earlier.function not in PROPERTIES:
                break
    recipe.steps.append(step)
    settings = _settings(recipe)
    if len(settings) > MAX_SETTINGS:
        _start_with_last(target, recipe, settings)
    if len(recipe.steps) > MAX_STEPS:
        raise UntraceableError(_TOO_MUCH)


def _settings(recipe: Recipe) -> list[Step]:
    """Return the last steps that only set something, if these are many."""
    start = len(recipe.steps) - MAX_SETTINGS - 1
    if start < 0 or any(step.function not in PROPERTIES for step in recipe.steps[start:]):
        return []
    while start and recipe.steps[start - 1].function in PROPERTIES:
        start -= 1
    return recipe.steps[start:]


def _start_with_last(target: pygame.Surface, recipe: Recipe, settings: list[Step]) -> None:
    """Begin a new recipe with what was set last.

    A game that sets alpha and makes a copy in each frame would otherwise add a step each time: the earlier ones belong
    to versions, which keep the old recipe while they are in use.
    """
    last = {step.function: step for step in settings}
    kept = [step for step in settings if step.function not in _LAST_COUNTS or last[step.function] is step]
    if isinstance(recipe, PartRecipe):
        fresh: Recipe = PartRecipe(target, recipe.root, recipe.above)
        whole = recipe_of(recipe.root)
        if whole is not None and whole.parts is not None:
            recipe_refs.discard(whole.parts, recipe)
            recipe_refs.add(whole.parts, fresh)
    else:
        fresh = Recipe(target, recipe.origin, recipe.sources, recipe.depth)
    fresh.steps = recipe.steps[: -len(settings)] + kept
    fresh.frames, fresh.fingerprint, fresh.suspect = recipe.frames, recipe.fingerprint, recipe.suspect
    set_recipe(target, fresh)
    fresh.frame = recipe.frame


def pin_parts(surface: pygame.Surface, function: Callable[..., Any]) -> None:
    """Note that the parts of a surface keep its colour key or alpha when the whole is about to get another one."""
    recipe = recipe_of(surface)
    if recipe is None or not recipe.parts:
        return
    inherit = INHERITING[function]
    parts = [
        part for part in parts_of(recipe)
        if part.above is None and not any(step.function in (function, inherit) for step in part.steps)
    ]  # fmt: skip
    before = version_of(surface) if parts else None
    if before is not None:
        for part in parts:
            part.steps.append(Step(inherit, (before,), {}))


def _start_again(surface: Any, recipe: Recipe) -> Recipe:
    """Begin a new recipe for a surface that was filled as a whole; what is set on it stays."""
    assert recipe.origin is not None
    fresh = Recipe(surface, recipe.origin)
    fresh.frames, fresh.fingerprint, fresh.suspect = recipe.frames, recipe.fingerprint, recipe.suspect
    for function in (PlainSurface.set_colorkey, PlainSurface.set_alpha):
        for step in reversed(recipe.steps):
            if step.function is function:
                fresh.steps.append(step)
                break
    set_recipe(surface, fresh)
    fresh.frame = recipe.frame
    return fresh
