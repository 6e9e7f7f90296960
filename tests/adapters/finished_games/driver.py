"""``python driver.py PLAN.json WORD ...``: run a finished game with a clock, dice and a player of our own.

The words are what Python would be given to start the game, or ``adopt`` and the words of that command. The game runs
as fast as it can, and each run does the same: its time comes from the number of frames, its random numbers from a
fixed seed, and keys and clicks are in the plan. What it shows is noted for each frame, and written as JSON at the end.

The plan is a list of actions: ``["run", 60]`` shows so many frames, ``["key", "return"]`` presses a key, ``["click",
[x, y]]`` the mouse, ``["save", file]`` saves the screen, ``["shoot", file]`` what the display shows, ``["enable", id]``
and ``["disable", id]`` toggle a mod and go on until the game shows it, ``["write", [[file, source], ...]]`` replaces
files, ``["mark"]`` notes the frame and how much of the screen is green, ``["end"]`` ends.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import runpy
import shutil
import sys
import time
import zlib
from typing import Any

import pygame

MILLISECONDS = 16
#: A game that shows no end by then is ended, with a traceback.
SECONDS = 400
real_sleep = time.sleep
PLAIN_SCALE, PLAIN_MASK = pygame.transform.scale, pygame.mask.from_threshold
#: A change must be shown in so many frames.
FRAMES_TO_SHOW = 3_000
#: At these frames the player presses a key.
KEYS_AT = (60, 119, 219)


class Driver:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan: list[Any] = plan["actions"]
        self.output: str = plan["output"]
        self.finds_green: bool = plan.get("green", False)
        self.keys: list[str] = plan["keys"]
        self.now = 0
        self.frame = 0
        self.asked = 0
        self.busy = 0
        self.waiting_for = ""
        self.is_slow = False
        self.shown = False
        self.crcs: list[int] = []
        self.greens: list[float] = []
        self.timers: dict[int, list[Any]] = {}
        self.marks: list[int] = []
        self.whole: list[float] = []

    def install(self) -> None:
        random.seed(7)
        for name in ("flip", "update"):
            setattr(pygame.display, name, self.after(getattr(pygame.display, name)))
        driver = self

        class Clock:
            def tick(self, framerate: float = 0) -> int:
                driver.now += 1
                return MILLISECONDS

            tick_busy_loop = tick

            def get_time(self) -> int:
                return MILLISECONDS

            get_rawtime = get_time

            def get_fps(self) -> float:
                return 1000 / MILLISECONDS

        pygame.time.Clock = pygame.Clock = Clock  # type: ignore[misc, assignment]
        pygame.time.get_ticks = self.ticks
        pygame.time.wait = pygame.time.delay = self.wait  # type: ignore[assignment]
        pygame.time.set_timer = self.set_timer
        pygame.event.wait = self.wait_for_event
        time.time = lambda: 1_600_000_000 + self.now / 1000
        time.sleep = lambda seconds: self.wait(int(seconds * 1000))

    def ticks(self) -> int:
        self.asked += 1
        if self.asked > 1000:  # the game waits for a time without showing anything
            self.asked, self.now = 0, self.now + MILLISECONDS
        return self.now

    def wait(self, milliseconds: int) -> int:
        self.now += milliseconds
        return milliseconds

    def wait_for_event(self, *timeout: int) -> Any:
        event = pygame.event.poll()
        while event.type == pygame.NOEVENT:
            self.next_frame()  # a game that waits for a key shows nothing
            event = pygame.event.poll()
            if timeout and timeout[0]:
                break
        return event

    def set_timer(self, event: Any, milliseconds: int, loops: int = 0) -> None:
        kind = event if isinstance(event, int) else event.type
        self.timers.pop(kind, None)
        if milliseconds:
            self.timers[kind] = [event, milliseconds, self.now + milliseconds]

    def after(self, original: Any) -> Any:
        def shown(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            self.next_frame()
            return result

        return shown

    def next_frame(self) -> None:
        self.frame += 1
        self.asked = 0
        self.now += MILLISECONDS
        screen = pygame.display.get_surface()
        if screen is not None:
            raw = screen.get_buffer().raw
            self.crcs.append(zlib.crc32(raw))
            self.greens.append(self.share_of_green(screen) if self.finds_green else 0.0)
        for timer in self.timers.values():
            if self.now >= timer[2]:
                timer[2] = self.now + timer[1]
                pygame.event.post(pygame.Event(timer[0]) if isinstance(timer[0], int) else timer[0])
        self.act()

    def share_of_green(self, screen: Any, *, sampled: bool = True) -> float:
        if sampled:
            screen = PLAIN_SCALE(screen, (160, 120))
        mask = PLAIN_MASK(screen, (0, 230, 0), (60, 90, 60, 255))
        width, height = screen.get_size()
        return float(mask.count() / (width * height))

    def act(self) -> None:
        if self.frame in KEYS_AT:
            self.do_key(self.keys[KEYS_AT.index(self.frame)])
        if self.busy:
            self.busy -= 1
            if self.is_slow and self.waiting_for:
                real_sleep(0.005)  # the disk's own time counts here
                self.shown = self.greens[-1] > 0.001
            if self.waiting_for and self.shown:
                self.busy, self.waiting_for = 0, ""
            elif self.waiting_for and not self.busy:
                self.end(f"{self.waiting_for} was never shown")
            return
        while self.plan and not self.busy:
            name, *args = self.plan.pop(0)
            getattr(self, f"do_{name}")(*args)

    def do_run(self, frames: int) -> None:
        self.busy = frames

    def do_mark(self) -> None:
        self.marks.append(self.frame)
        if self.finds_green:
            self.whole.append(self.share_of_green(pygame.display.get_surface(), sampled=False))

    def do_key(self, name: str) -> None:
        key = pygame.key.key_code(name)
        text = name if len(name) == 1 else "\r" if name == "return" else " " if name == "space" else ""
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.Event(kind, key=key, mod=0, unicode=text, scancode=0))

    def do_click(self, position: list[int]) -> None:
        buttons = {"pos": tuple(position), "button": 1}
        pygame.event.post(pygame.Event(pygame.MOUSEMOTION, pos=tuple(position), rel=(0, 0), buttons=(0, 0, 0)))
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.Event(kind, buttons))

    def do_save(self, file: str) -> None:
        pygame.image.save(pygame.display.get_surface(), file)

    def do_shoot(self, file: str) -> None:
        from PIL import ImageGrab  # a game that runs without a display needs no Pillow

        ImageGrab.grab(xdisplay=os.environ["DISPLAY"]).save(file)

    def do_enable(self, mod: str) -> None:
        self.toggle("enable", mod)

    def do_disable(self, mod: str) -> None:
        self.toggle("disable", mod)

    def toggle(self, what: str, mod: str) -> None:
        manager = self.manager()
        self.expect(f"{what} {mod}")
        getattr(manager.mods, what)(mod)

    def do_write(self, files: list[list[str]]) -> None:
        """Replace files by others, as an artist saves pictures, and go on until the screen shows some green."""
        for file, source in files:
            shutil.copyfile(source, file + ".new")
            os.replace(file + ".new", file)
        self.expect("the new pictures")
        self.is_slow = True

    def expect(self, what: str) -> None:
        self.is_slow = False
        self.shown, self.waiting_for, self.busy = False, what, FRAMES_TO_SHOW

    def manager(self) -> Any:
        from vfsloader.game.current import current

        manager = current()
        if not hasattr(self, "subscribed"):
            self.subscribed = True
            manager.subscribe(self.see_changes)
        return manager

    def see_changes(self, changes: Any) -> None:
        self.shown = True

    def do_end(self) -> None:
        self.end(None)

    def end(self, problem: str | None) -> None:
        result = {
            "problem": problem,
            "crcs": self.crcs,
            "greens": self.greens,
            "marks": self.marks,
            "whole": self.whole,
        }
        with open(self.output, "w") as out:
            json.dump(result, out)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def start(words: list[str]) -> None:
    if words[0] == "adopt":
        from vfsloader.pygame.adopting import adopt

        from vfsloader.adopting.command import main

        sys.exit(main("pygame", adopt, words))
    if words[0] == "-m":
        sys.argv[:] = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = words
        sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        driver = Driver(json.load(file))
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    driver.install()
    start(sys.argv[2:])
