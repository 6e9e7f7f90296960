"""Run examples without a screen, by a clock of our own, and take pictures of what they draw.

``python -m tools.example_driver OUT NAME …`` runs each example in a copy of its folder. What is done to it, and when
a picture is taken, is in :mod:`tools.example_scripts`. The pictures are ``OUT/NAME-SHOT.png``.
"""

from __future__ import annotations

import os

os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
os.environ["ARCADE_HEADLESS"] = "True"

import contextlib
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from tools.example_scripts import EXAMPLES, SCRIPTS, Script

MOST_FRAMES, SECONDS = 1500, 1 / 60
_frames = [0]


class Stage:
    """One run of an example: its script, one step at a time, and the pictures."""

    def __init__(self, script: Script, out: Path, picture: Callable[[], Image.Image], press: Any, click: Any) -> None:
        self._steps = self._run(script)
        self._out, self._picture, self._press, self._click = out, picture, press, click
        self._last: Image.Image | None = None

    def frame(self) -> bool:
        """Do what the script says after a frame, and return whether there is more."""
        _frames[0] += 1
        return next(self._steps, None) is not None

    def _run(self, script: Script) -> Iterator[bool]:
        yield from [True] * 3
        for step in script.steps:
            word, _, rest = step.partition(" ") if isinstance(step, str) else ("call", "", "")
            if word == "call":
                step()  # type: ignore[operator]
            elif word == "press":
                self._press(rest)
            elif word == "click":
                self._click()
            elif word == "frames":
                yield from [True] * int(rest)
            elif word == "changes":
                yield from self._until_it_changes()
            else:
                self._last = self._picture()
                self._last.save(f"{self._out}-{word}.png")
            yield True
            yield True

    def _until_it_changes(self) -> Iterator[bool]:
        """Let frames pass until the picture is another one; a watcher of files needs a moment."""
        for _ in range(MOST_FRAMES):
            yield True
            if self._picture() != self._last:
                yield from [True] * 2
                return
            time.sleep(0.01)
        raise AssertionError(f"{self._out.name}: nothing changed")


def run_pygame(script: Script, out: Path) -> None:
    """Run a program of pygame; its loop is stepped by ``pygame.display.flip``."""
    import pygame

    def picture() -> Image.Image:
        screen = pygame.display.get_surface()
        return Image.frombytes("RGB", screen.get_size(), pygame.image.tobytes(screen, "RGB"))

    def press(key: str) -> None:
        pygame.event.post(pygame.Event(pygame.KEYDOWN, key=pygame.key.key_code(key), mod=0, unicode="", scancode=0))

    def click() -> None:
        pygame.event.post(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(240, 160), touch=False))

    class Clock:
        def tick(self, _rate: float = 0) -> int:
            return 16

    stage, flip = Stage(script, out, picture, press, click), pygame.display.flip
    kept = {"Clock": pygame.time.Clock, "get_ticks": pygame.time.get_ticks}

    def flip_and_step() -> None:
        flip()
        if not stage.frame():
            pygame.event.post(pygame.Event(pygame.QUIT))

    start = _frames[0]
    pygame.display.flip = flip_and_step
    pygame.time.Clock, pygame.time.get_ticks = Clock, lambda: (_frames[0] - start) * 16  # type: ignore[misc, assignment]
    try:
        runpy.run_path("main.py", run_name="__main__")
    finally:
        pygame.display.flip = flip
        for name, value in kept.items():
            setattr(pygame.time, name, value)
        pygame.quit()


def run_pyglet(script: Script, out: Path) -> None:
    """Run a program of pyglet or arcade; its loop is replaced by ours."""
    import pyglet

    pyglet.options.headless = True
    pyglet.options.audio = ("silent",)
    if script.engine == "arcade":
        import arcade
    pyglet.clock.set_default(pyglet.clock.Clock(lambda: _frames[0] * SECONDS))

    def window() -> Any:
        (made,) = pyglet.app.windows
        return made

    def picture() -> Image.Image:
        window().switch_to()
        buffer = pyglet.image.get_buffer_manager().get_color_buffer().get_image_data()
        data = bytes(buffer.get_data("RGBA", -buffer.width * 4))
        return Image.frombytes("RGBA", (buffer.width, buffer.height), data).convert("RGB")

    def press(key: str) -> None:
        window().dispatch_event("on_key_press", getattr(pyglet.window.key, key.upper()), 0)

    def loop(*_arguments: object, **_options: object) -> None:
        stage = Stage(script, out, picture, press, lambda: None)
        while stage.frame():
            window().switch_to()
            window().dispatch_events()
            pyglet.clock.tick(poll=True)
            if script.engine == "arcade":
                window()._dispatch_updates(SECONDS)
                window().switch_to()
            window().dispatch_event("on_draw")
            window().dispatch_event("on_refresh", SECONDS)
        window().close()

    pyglet.app.run = loop
    if script.engine == "arcade":
        arcade.run = loop
    if script.command:
        sys.argv = [script.command[0], *script.command[1:]]
        with contextlib.suppress(SystemExit):
            runpy.run_module(script.command[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path("main.py", run_name="__main__")


def run(name: str, out: Path) -> None:
    """Run an example in a copy of its folder."""
    script = SCRIPTS[name]
    with tempfile.TemporaryDirectory(prefix="vfsloader-example-") as folder, contextlib.ExitStack() as at_end:
        os.environ["VFSLOADER_CACHE"] = f"{folder}/cache"
        shutil.copytree(EXAMPLES / name, f"{folder}/{name}", ignore=shutil.ignore_patterns("__pycache__"))
        at_end.enter_context(contextlib.chdir(f"{folder}/{name}"))
        sys.argv = ["main.py"]
        if script.beside is not None:
            at_end.enter_context(script.beside())
        (run_pygame if script.engine == "pygame" else run_pyglet)(script, out / name)


def main(arguments: list[str]) -> int:
    """Run examples; by default all."""
    out, *names = arguments
    folder = Path(out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or SCRIPTS:
        print(name, flush=True)
        if SCRIPTS[name].command and names != [name]:  # it changes the whole process
            subprocess.run([sys.executable, "-m", "tools.example_driver", str(folder), name], check=True)
        else:
            run(name, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
