"""Makes again what was made of pictures that changed, a piece at a time, and then shows all of it at once.

When a new picture is staged, what was made of it alone is made again; nobody sees it yet. What was made of several
pictures follows when all of them are there, one surface with each call of :meth:`Rebuild.advance`. The last call puts
everything in place. So a frame shows the old picture or the new one everywhere, and never some of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pygame
from vfsloader.pygame.live_copies import counts
from vfsloader.pygame.live_copies.drawn_parts import Backgrounds
from vfsloader.pygame.live_copies.in_place import NO_LOOKS, show
from vfsloader.pygame.live_copies.journal import PROPERTIES, is_intact, recipe_of
from vfsloader.pygame.live_copies.recipe_refs import recipes_in
from vfsloader.pygame.live_copies.recipes import (
    Look,
    PartRecipe,
    Recipe,
    Source,
    Step,
    UntraceableError,
    Version,
    duplicate,
    parts_of,
)
from vfsloader.pygame.live_copies.shown import show_again
from vfsloader.pygame.live_copies.surface_types import PlainMask, PlainSurface

from vfsloader.runtime.logs import logger

_log = logger("vfsloader")


class Rebuild:
    """One change of pictures at a time."""

    def __init__(self) -> None:
        self._when_shown: list[Callable[[], object]] = []
        self._changed: set[Source] = set()
        #: What was made of several pictures, and has to wait.
        self._waiting: dict[Recipe, None] = {}
        #: New surfaces and masks, by recipe and number of steps.
        self._made: dict[tuple[Recipe, int], Any] = {}
        self._decoded: dict[Source, pygame.Surface] = {}
        #: What was made since a picture was staged.
        self._made_last: list[tuple[Recipe, int]] = []
        #: What will be shown: recipes, and how many of their steps are done.
        self._to_show: dict[Recipe, int] = {}
        #: What was set last on each of these then.
        self._set_last: dict[Recipe, list[Step]] = {}

    def stage(self, source: Source, picture: pygame.Surface | None) -> None:
        """Make again what was made of a file alone; its new picture, if it has one, may be held by nobody else."""
        if source in self._changed:  # it changed again, before the last change was shown
            self._made = {key: made for key, made in self._made.items() if source not in key[0].sources}
            self._to_show = {recipe: count for recipe, count in self._to_show.items() if source not in recipe.sources}
            self._decoded.pop(source, None)
        source.staged = picture
        self._changed.add(source)
        self._made_last = []
        for recipe in recipes_in(source.followers):
            if len(recipe.sources) == 1:
                self._make_one(recipe)
            else:
                self._waiting[recipe] = None
                self._to_show.pop(recipe, None)
        if not any(source in recipe.sources for recipe in self._waiting):
            self._let_go(source)

    def when_shown(self, action: Callable[[], object]) -> None:
        """Call a function when everything that is staged has been put in place."""
        self._when_shown.append(action)

    @property
    def has_work(self) -> bool:
        """Whether anything is staged that is not shown yet."""
        return bool(self._changed) or bool(self._when_shown)

    def advance(self) -> None:
        """Make one more surface, or show all of them."""
        if self._waiting:
            recipe = next(iter(self._waiting))
            del self._waiting[recipe]
            self._make_one(recipe)
        else:
            self._show()

    def finish(self) -> None:
        """Do all the work there is."""
        while self.has_work:
            self.advance()

    # --- Resolver ------------------------------------------------------------------------------------

    def state(self, version: Version) -> Any:
        """Return a surface or mask as it is at a version; the caller must not change it."""
        recipe, count, root = version
        if root is not None:
            assert isinstance(recipe, PartRecipe)
            return recipe.view(self.state(root), count, self)
        if self._changed.isdisjoint(recipe.sources):
            owner = recipe.owner()
            if owner is not None and recipe_of(owner) is recipe and len(recipe.steps) == count:
                return owner
        return self._make(recipe, count)

    def picture(self, source: Source) -> pygame.Surface:
        """Return what a file shows; the caller must not change it."""
        if source.staged is not None:
            return source.staged
        if source not in self._decoded:
            self._decoded[source] = _decoded_again(source)
        return self._decoded[source]

    # --- one change ----------------------------------------------------------------------------------

    def _let_go(self, source: Source) -> None:
        """Drop the picture of a file, and what was made of it only in passing."""
        source.staged = None
        self._decoded.pop(source, None)
        for key in self._made_last:
            if self._to_show.get(key[0]) != key[1]:
                self._made.pop(key, None)

    def _make_one(self, recipe: Recipe) -> None:
        owner = recipe.owner()
        if owner is None or recipe_of(owner) is not recipe or not is_intact(owner, recipe):
            return
        count = len(recipe.steps)
        try:
            self._make(recipe, count)
        except Exception as error:  # whatever pygame raises for arguments that do not fit the new picture
            _leave(error)
            return
        self._to_show[recipe] = count
        self._set_last[recipe] = _set_last(recipe, count)

    def _make(self, recipe: Recipe, count: int) -> Any:
        key = recipe, count
        if key not in self._made:
            self._made_last.append(key)
            if isinstance(recipe.origin, Source) and count == 0:
                self._made[key] = self.picture(recipe.origin)
            else:
                self._made[key] = recipe.make(count, self)
        return self._made[key]

    def _show(self) -> None:
        for source in self._changed:  # the game went on, and may have made more
            for recipe in recipes_in(source.followers):
                if recipe not in self._to_show:
                    self._make_one(recipe)
        shown: list[Any] = []
        backgrounds = Backgrounds()
        for owner, made, looks in self._up_to_date():
            backgrounds.keep(owner)
            try:
                show(owner, made, looks)
            except Exception as error:  # as above
                _leave(error)
            else:
                shown.append(owner)
        for source in self._changed:
            source.staged = None
        counts.followed["changes"] += 1
        counts.followed["copies"] += len(shown)
        self._changed, self._made, self._decoded, self._to_show, self._set_last = set(), {}, {}, {}, {}
        self._made_last = []
        actions, self._when_shown = self._when_shown, []
        for action in actions:
            action()
        show_again(shown)
        backgrounds.show()

    def _up_to_date(self) -> list[tuple[Any, Any, Mapping[PartRecipe, Look | None]]]:
        """Return the surfaces and masks that the game still holds, with what they become and how their parts look.

        The game went on while these were made, so the steps since are done, too: before the first is put in place,
        because what is made may be needed for others until then.
        """
        becoming: list[tuple[Any, Any, Mapping[PartRecipe, Look | None]]] = []
        for recipe, count in self._to_show.items():
            owner = recipe.owner()
            if owner is None or recipe_of(owner) is not recipe:
                continue
            made = self._made[recipe, count]
            if not recipe.steps and not recipe.parts:  # as with most: a frame has to show hundreds
                becoming.append((owner, made, NO_LOOKS))
                continue
            try:
                later = recipe.steps[count:]
                set_last = _set_last(recipe, count)
                if set_last != self._set_last[recipe]:  # such steps are exchanged, see `journal`
                    later = set_last + later
                if later:
                    made = PlainMask.__copy__(made) if isinstance(made, PlainMask) else duplicate(made)
                for step in later:
                    step.apply(made, self)
                parts = [part for part in parts_of(recipe) if part.owner() is not None]
                looks = {part: self._look(part, owner, made) for part in parts}
            except Exception as error:  # as above
                _leave(error)
            else:
                becoming.append((owner, made, looks))
        return becoming

    def _look(self, part: PartRecipe, whole: Any, made: Any) -> Look | None:
        """Return what is set on a subsurface of a new surface; None: the same as now."""
        if (
            not part.steps
            and part.above is None
            and PlainSurface.get_colorkey(whole) is PlainSurface.get_colorkey(made) is None
            and PlainSurface.get_bitsize(made) > 8
        ):
            return None
        return Look.of(part, part.view(made, len(part.steps), self))


def _set_last(recipe: Recipe, count: int) -> list[Step]:
    """Return the last steps that only set something."""
    start = count
    while start and recipe.steps[start - 1].function in PROPERTIES:
        start -= 1
    return recipe.steps[start:count]


def _decoded_again(source: Source) -> pygame.Surface:
    """Return what a file shows now; for a picture without a file, what its surface shows."""
    if source.decode is not None:
        return source.decode()
    surface = source.surface()
    if surface is None:
        raise UntraceableError("the picture is not there any more")
    return duplicate(surface)


def _leave(error: Exception) -> None:
    """Count a surface that stays as it was, because the same calls fail for the new picture."""
    _log.debug("a surface does not follow a change", exc_info=True)
    counts.leave(f"making it again failed: {error}")


REBUILD = Rebuild()


class RebuildingLoader:
    """What loaders have in common that stage their changes in `REBUILD`."""

    @property
    def has_work(self) -> bool:
        """Whether pictures or texts are staged."""
        return REBUILD.has_work

    def advance(self) -> None:
        """Make again one surface that was made of what changed; the last step shows all of them."""
        REBUILD.advance()
