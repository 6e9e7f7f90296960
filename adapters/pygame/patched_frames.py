"""Replacements for the calls by which a game shows a frame or waits for the next: there, changes become visible."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pygame
from vfsloader.pygame.live_copies.drawn_parts import must_show_all, note_update

import vfsloader.adopting.patched_calls as settings
from vfsloader.adopting.patched_calls import PatchedCalls, as_plain
from vfsloader.game.manager import ResourceManager

#: A game that waits for an event is brought up to date so often.
_MILLISECONDS_TO_WAIT = 20


class PatchedFrames(PatchedCalls):
    """Replaces the calls when it is made, until :meth:`undo`.

    A game that shows its frames by ``pygame.display`` or ``pygame.Window`` is brought up to date there, and one that
    draws otherwise when it waits. A frame is brought up to date once.
    """

    def __init__(self, manager: ResourceManager) -> None:
        super().__init__()
        self._manager = manager
        self._is_shown = False
        for name in ("flip", "update"):
            self.patch(pygame.display, name, self._then_show)
        self.patch(pygame.event, "wait", self._then_wait)
        for name in ("wait", "delay"):
            self.patch(pygame.time, name, self._after_waiting)
        self._replace_class(pygame.Window, self._window_class(pygame.Window), (pygame,))
        clock = pygame.time.Clock
        self._replace_class(clock, self._clock_class(clock), (pygame.time, pygame))

    def _replace_class(self, original: type, replacement: type, modules: tuple[Any, ...]) -> None:
        for module in modules:
            for name in [name for name, value in vars(module).items() if value is original]:
                self.replace(module, name, replacement, original)

    def show(self) -> None:
        """Bring everything up to date: a frame has been shown."""
        self._is_shown = True
        self._manager.update(settings.FRAME_BUDGET_MS)

    def wait(self) -> None:
        """Bring everything up to date unless that was done when the frame was shown."""
        if not self._is_shown:
            self._manager.update(settings.FRAME_BUDGET_MS)
        self._is_shown = False

    def _then_show(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            result = original() if must_show_all() else original(*args, **options)
            note_update(args[0] if args else next(iter(options.values()), None))
            self.show()
            return result

        return replacement

    def _then_wait(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Replace a call that waits for an event: what changes meanwhile is shown when the game goes on."""

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            timeout = args[0] if args else options.get("timeout", 0)
            if not isinstance(timeout, int) or len(args) + len(options) > 1:
                return original(*args, **options)  # which raises what the game expects
            self.wait()
            left = timeout
            while True:
                # A negative number, too, waits without an end.
                step = min(left, _MILLISECONDS_TO_WAIT) if timeout > 0 else _MILLISECONDS_TO_WAIT
                event = original(step)
                left -= step
                if event.type != pygame.NOEVENT or (timeout > 0 and left <= 0):
                    return event
                self._manager.update(settings.FRAME_BUDGET_MS)

        return replacement

    def _after_waiting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            self.wait()
            return result

        return replacement

    def _window_class(self, original: type[pygame.Window]) -> type[pygame.Window]:
        show = self.show

        class Window(original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc, valid-type]
            __doc__ = original.__doc__

            def flip(self) -> None:
                super().flip()
                show()

        return Window

    def _clock_class(self, original: type[pygame.time.Clock]) -> Any:
        wait = self.wait

        class Clock:
            # pygame's class cannot be subclassed.
            __doc__ = original.__doc__
            __slots__ = ("__weakref__", "_clock")

            def __init__(self) -> None:
                self._clock = original()

            def __repr__(self) -> str:
                return repr(self._clock)

            def tick(self, *framerate: Any) -> int:
                wait()
                return self._clock.tick(*framerate)

            def tick_busy_loop(self, *framerate: Any) -> int:
                wait()
                return self._clock.tick_busy_loop(*framerate)

            def get_time(self) -> int:
                return self._clock.get_time()

            def get_rawtime(self) -> int:
                return self._clock.get_rawtime()

            def get_fps(self) -> float:
                return self._clock.get_fps()

        Clock.__module__, Clock.__qualname__ = original.__module__, original.__qualname__
        return Clock
