"""Replacements for the calls by which a game shows a frame or waits for the next: there, changes become visible."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import vfsloader.adopting.patched_calls as settings
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls
from vfsloader.game.manager import ResourceManager


class PatchedFrames(PatchedCalls):
    """Replaces them when the game imports their modules, until :meth:`undo`.

    A game is brought up to date where it shows a frame, and one that shows none where its clock ticks.
    """

    def __init__(self, manager: ResourceManager, late: LatePatches) -> None:
        super().__init__()
        self._manager = manager
        self._is_shown = False
        late.when_imported("pyglet.window", lambda window: self.patch(window.Window, "flip", self._then_show))
        late.when_imported("pyglet.clock", lambda clock: self.patch(clock.Clock, "update_time", self._then_wait))

    def _update(self) -> None:
        gl = sys.modules.get("pyglet.gl")
        if gl is not None and gl.current_context is not None:  # textures cannot be changed without one
            self._manager.update(settings.FRAME_BUDGET_MS)

    def _then_show(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            self._is_shown = True
            self._update()
            return result

        return replacement

    def _then_wait(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> Any:
            if not self._is_shown:
                self._update()
            self._is_shown = False
            return original(*args, **options)

        return replacement
