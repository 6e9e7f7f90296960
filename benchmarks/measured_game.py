"""``python measured_game.py PLAN.json WORD ...``: run a game of pygame and measure its frames.

The words are what Python would be given to start the game, or ``adopt`` and the words of that command. The plan has the
number of ``frames`` to show, the ``toggles`` (the id of a mod by the number of the frame), and the file for the
``output``. A frame's time is what the game's own thread computes, not what it sleeps or waits for a processor.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from typing import Any

import pygame


class Measured:
    """Notes the time of each frame, and ends the game after the last."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._frames: list[float] = []
        self._last = 0.0
        self._start = {"cpu": 0.0, "memory": 0}
        pygame.time.Clock = pygame.Clock = _Clock  # type: ignore[misc, assignment]
        pygame.time.wait = pygame.time.delay = lambda milliseconds: milliseconds
        for name in ("flip", "update"):
            setattr(pygame.display, name, self._shown(getattr(pygame.display, name)))

    def _shown(self, original: Any) -> Any:
        def shown(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            self._next()
            return result

        return shown

    def _next(self) -> None:
        now = time.thread_time()
        if not self._last:
            self._start = {"cpu": time.process_time(), "memory": _peak()}
        else:
            self._frames.append(now - self._last)
        mod = self._plan["toggles"].get(str(len(self._frames)))
        if mod is not None:
            import vfsloader

            manager = vfsloader.current().mods
            is_on = any(enabled.id == mod for enabled in manager.enabled)
            (manager.disable if is_on else manager.enable)(mod)
        if len(self._frames) >= self._plan["frames"]:
            with open(self._plan["output"], "w") as file:
                json.dump({"frames": self._frames, "start": self._start, "peak": _peak()}, file)
            os._exit(0)
        self._last = time.thread_time()


class _Clock:
    """Waits for nothing."""

    def tick(self, framerate: float = 0) -> int:
        return 16

    tick_busy_loop = tick

    def get_time(self) -> int:
        return 16

    def get_fps(self) -> float:
        return 60.0


def _peak() -> int:
    """Return the largest amount of memory that this process has had, in bytes."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) << 10


def _start(words: list[str]) -> None:
    if words[0] == "adopt":
        from vfsloader.pygame.adopting import adopt

        from vfsloader.adopting.command import main

        sys.exit(main("pygame", adopt, words))
    sys.argv[:] = words
    sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
    runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    with open(sys.argv[1]) as _file:
        Measured(json.load(_file))
    _start(sys.argv[2:])
