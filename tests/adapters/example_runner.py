"""Runs an example that an engine ships, by a clock that does not depend on the machine.

It is run as a game: ``python -m vfsloader.arcade adopt --assets ... example_runner.py arcade EXAMPLE SHOTS STEPS``.
Each word of STEPS is a number of frames, ``on`` or ``off`` for the mod, or ``shot=NAME``.
"""

from __future__ import annotations

import random
import runpy
import sys
import time
from pathlib import Path
from typing import Any

engine, example, shots, *steps = sys.argv[1:]
SECONDS = 1 / 60
_now = [1000.0]


def _clock() -> float:
    return _now[0]


time.time = time.perf_counter = time.monotonic = _clock  # type: ignore[assignment]
random.seed(1)

import pyglet

pyglet.options.audio = ("silent",)


def toggle(name: str) -> None:
    import vfsloader

    mods = vfsloader.current().mods
    (mods.enable if name == "on" else mods.disable)("green")


def save(window: Any, name: str) -> None:
    from PIL import Image

    window.switch_to()
    buffer = pyglet.image.get_buffer_manager().get_color_buffer().get_image_data()
    data = bytes(buffer.get_data("RGBA", -buffer.width * 4))
    Image.frombytes("RGBA", (buffer.width, buffer.height), data).convert("RGB").save(Path(shots) / f"{name}.png")


def frame(window: Any, shot: str | None = None) -> None:
    _now[0] += SECONDS
    window.switch_to()
    window.dispatch_events()
    pyglet.clock.tick(poll=True)
    if hasattr(window, "_dispatch_updates"):
        window._dispatch_updates(SECONDS)
    window.switch_to()
    window.dispatch_event("on_draw")
    window.dispatch_event("on_refresh", SECONDS)
    if shot is not None:
        save(window, shot)
    window.flip()


def drive(view: Any = None, **_options: Any) -> None:
    if engine == "arcade" and view is not None:
        arcade.get_window().show_view(view)
    window = next(iter(pyglet.app.windows))
    for step in steps:
        if step.isdigit():
            for _ in range(int(step)):
                frame(window)
        elif step.startswith("shot="):
            frame(window, step.removeprefix("shot="))
        else:
            toggle(step)
    sys.stdout.flush()
    raise SystemExit(0)


if engine == "arcade":
    import arcade

    arcade.run = drive
    arcade.window_commands.run = drive
    sys.argv[:] = [example]
    runpy.run_module(example, run_name="__main__")
else:
    pyglet.app.run = drive
    pyglet.app.event_loop.run = drive
    sys.argv[:] = [example]
    sys.path.insert(0, str(Path(example).parent))
    runpy.run_path(example, run_name="__main__")
