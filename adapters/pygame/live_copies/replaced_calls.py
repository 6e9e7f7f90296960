"""Puts the recording classes and functions in place of pygame's own, and back."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pygame
from vfsloader.pygame.live_copies.journal import follow, given, note, recipe_of, touch, watch
from vfsloader.pygame.live_copies.letters import recording_font
from vfsloader.pygame.live_copies.shown import note_icon
from vfsloader.pygame.live_copies.surface_types import PlainSurface, RecordedSurface, Tracked
from vfsloader.pygame.pointer_swap import can_swap_masks, can_swap_surfaces

from vfsloader.adopting.late_patches import LatePatches
from vfsloader.game.current import on_current_changed
from vfsloader.game.manager import ResourceManager

_Make = Callable[[Any], Any]
#: What `pygame.transform` has besides transformations.
_NOT_TRANSFORMING = ("average_color", "threshold")
_READING_ARRAYS = ("pixels2d", "pixels3d", "pixels_alpha", "pixels_red", "pixels_green", "pixels_blue")
_LOADING = ("load", "load_basic", "load_extended", "load_sized_svg", "frombytes", "fromstring")
_HERE = object()

_replaced: list[tuple[Any, str, Any, Any]] = []
_users = 0
#: Few games use these modules, so they are not imported for them.
_late = LatePatches()


def install() -> Callable[[], None]:
    """Replace pygame's functions and classes.

    Returns
    -------
    callable
        Puts pygame's own back, unless somebody else needs ours; calling it again changes nothing.
    """
    global _users
    once = functools.cache(_uninstall)
    _users += 1
    if _users > 1:
        return once
    can_swap_surfaces(), can_swap_masks()  # tried with pygame's own classes
    for owner in (pygame, pygame.surface):
        for name in ("Surface", "SurfaceType"):
            _replace(owner, name, lambda original: RecordedSurface)
    for name in _functions(pygame.transform):
        if name not in _NOT_TRANSFORMING and not name.startswith(("get_", "set_")):
            _replace(pygame.transform, name, _making)
    _replace(pygame.transform, "threshold", _drawing)
    _replace_drawing(pygame.draw)
    _late.when_imported("pygame.gfxdraw", _replace_drawing)
    for owner in (pygame.mask, pygame.sprite):
        _replace(owner, "from_surface", _mask_from_surface)
    _replace(pygame.mask, "from_threshold", _making)
    for name in _LOADING:
        _replace(pygame.image, name, _giving)
    _replace(pygame.image, "frombuffer", _giving_of_bytes)
    _replace(pygame.display, "set_icon", _set_icon)
    freetype = _imported("pygame.freetype")
    if freetype is not None:
        _replace(freetype, "Font", recording_font)
    _replace(pygame, "PixelArray", _pixel_array_class)
    _replace_array_functions()
    return once


def _uninstall() -> None:
    """Put pygame's own functions and classes back, except where somebody else replaced ours since."""
    global _users
    _users -= 1
    if _users:
        return
    _late.end()
    for owner, name, replacement, original in reversed(_replaced):
        if getattr(owner, name, None) is replacement:
            setattr(owner, name, original)
    _replaced.clear()


def unrecorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return pygame's own function of which another one has taken the place."""
    return next((original for _, _, replacement, original in _replaced if replacement is function), function)


def _install_for(manager: ResourceManager) -> None:
    """Let a game that uses :func:`vfsloader.init` have live copies, too."""
    if not _users:
        install()


def _replace(owner: Any, name: str, make: _Make) -> None:
    original = getattr(owner, name, None)
    if original is not None:
        replacement = make(original)
        setattr(owner, name, replacement)
        _replaced.append((owner, name, replacement, original))


def _replace_drawing(module: ModuleType) -> None:
    for name in _functions(module):
        _replace(module, name, _drawing)


def _replace_array_functions() -> None:
    """Replace those of `pygame.surfarray`, or have it done when the game first uses them: that imports NumPy."""
    surfarray = sys.modules.get("pygame.surfarray")
    if surfarray is None:  # NumPy is not installed
        return
    spec: ModuleSpec | None = object.__getattribute__(surfarray, "__spec__")
    if type(surfarray) is ModuleType or spec is None or spec.loader is None:
        _replace_functions_of(surfarray)
    elif not isinstance(spec.loader, _ReplacingLoader):
        spec.loader = _ReplacingLoader(spec.loader)  # type: ignore[assignment] # importlib.abc would be imported


def _replace_functions_of(surfarray: ModuleType) -> None:
    for name in _READING_ARRAYS:
        _replace(surfarray, name, functools.partial(_opening, "a pixel array"))
    _replace(surfarray, "blit_array", _drawing)
    _replace(surfarray, "make_surface", _giving)


class _ReplacingLoader:
    """Loads `pygame.surfarray`, which pygame does when it is first used, and then replaces its functions."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python; it asks for this method."""

    def exec_module(self, module: ModuleType) -> None:
        spec: ModuleSpec = object.__getattribute__(module, "__spec__")
        spec.loader = self._loader
        self._loader.exec_module(module)
        if _users:
            _replace_functions_of(module)


def _imported(name: str) -> ModuleType | None:
    """Import a part of pygame; None if it cannot be: a frozen game contains only what it imports itself."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _functions(module: ModuleType) -> list[str]:
    return [
        name for name in dir(module)
        if not name.startswith("_") and callable(getattr(module, name)) and not isinstance(getattr(module, name), type)
    ]  # fmt: skip


def _making(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function that makes a surface or mask of a surface, or draws the result on another one."""

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        for arg in (*args[1:], *kwargs.values()):
            if isinstance(arg, Tracked):
                touch(arg)
        result = original(*args, **kwargs)
        if type(result) is PlainSurface or recipe_of(result) is None:
            return follow(result, original, args, kwargs)
        # The result was passed as the surface to draw on.
        call = functools.partial(_with_target, original)
        marked = tuple(_HERE if arg is result else arg for arg in args)
        note(result, call, marked, {name: _HERE if arg is result else arg for name, arg in kwargs.items()})
        return result

    return replacement


def _with_target(function: Callable[..., Any], target: Any, *args: Any, **kwargs: Any) -> None:
    function(
        *[target if arg is _HERE else arg for arg in args],
        **{name: target if arg is _HERE else arg for name, arg in kwargs.items()},
    )


def _drawing(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function that draws on its first argument."""

    @functools.wraps(original)
    def replacement(surface: Any, *args: Any, **kwargs: Any) -> Any:
        if recipe_of(surface) is None:
            return original(surface, *args, **kwargs)
        touch(surface, (*args, *kwargs.values()))
        result = original(surface, *args, **kwargs)
        note(surface, original, args, kwargs)
        return result

    return replacement


def _giving(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function that makes a surface of something else."""

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        return given(result) if type(result) is PlainSurface else result

    return replacement


def _giving_of_bytes(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function whose surface shares its pixels with a buffer. Only bytes never change."""
    give = _giving(original)

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        buffer = args[0] if args else kwargs.get("buffer")
        return (give if isinstance(buffer, bytes) else original)(*args, **kwargs)

    return replacement


def _opening(how: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a function or class that gives direct access to the pixels of a surface."""

    @functools.wraps(original, updated=())
    def replacement(surface: Any, *args: Any, **kwargs: Any) -> Any:
        watch(surface, how)
        return original(surface, *args, **kwargs)

    return replacement


def _pixel_array_class(original: type[Any]) -> type[Any]:
    """Return a class that takes the place of PixelArray, which cannot be a base class."""

    class Meta(type):
        def __call__(cls, surface: Any) -> Any:
            watch(surface, "a PixelArray")
            return original(surface)

        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: Any) -> bool:
            return subclass is cls or issubclass(subclass, original)

    return Meta(original.__name__, (), {"__doc__": original.__doc__, "__module__": original.__module__})


def _mask_from_surface(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def replacement(surface: Any, threshold: int = 127) -> Any:
        mask = original(surface, threshold)
        recipe = recipe_of(surface)
        if recipe is None:
            return mask
        width, height = mask.get_size()
        recipe.opaque_above = threshold if mask.count() == width * height else None
        return follow(mask, original, (surface, threshold), {})

    return replacement


def _set_icon(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def replacement(surface: Any) -> None:
        original(surface)
        note_icon(surface)

    return replacement


on_current_changed(_install_for)
