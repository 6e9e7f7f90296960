"""Whatever happens, the menu raises nothing, and what it shows is about mods that are there."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pygame
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from vfsloader.pygame import ModMenu, Skin

import vfsloader

KEYS = [pygame.K_UP, pygame.K_DOWN, pygame.K_LEFT, pygame.K_RIGHT, pygame.K_HOME, pygame.K_END, pygame.K_PAGEDOWN,
        pygame.K_PAGEUP, pygame.K_RETURN, pygame.K_SPACE, pygame.K_TAB, pygame.K_SLASH, pygame.K_BACKSPACE, pygame.K_y,
        pygame.K_n, pygame.K_w, pygame.K_f, pygame.K_ESCAPE]  # fmt: skip
POINTS = st.tuples(st.integers(-50, 1000), st.integers(-50, 700))
IDS = st.sampled_from([f"mod{number}" for number in range(6)])


class Records(logging.Handler):
    """Keeps what is logged: only errors that nobody expected are."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {record.exc_text}")


class RandomPlayer(RuleBasedStateMachine):
    """A player who presses anything, while mods come, go and break."""

    @initialize(count=st.integers(0, 6), language=st.sampled_from(["en", "ru", "ja"]))
    def begin(self, count: int, language: str) -> None:
        pygame.init()
        self.records = Records()
        logging.getLogger("vfsloader.pygame").addHandler(self.records)
        self.screen = pygame.display.set_mode((640, 360))
        self.folder = TemporaryDirectory()
        self.mods = Path(self.folder.name, "mods")
        self.mods.mkdir()
        for number in range(count):
            self._write(f"mod{number}", {})
        self.game = vfsloader.init("memory:", mods=self.mods, watch=False)
        self.menu = ModMenu(self.game, skin=Skin(language=language))
        self.menu.is_open = True

    def _write(self, mod: str, more: dict[str, Any]) -> None:
        (self.mods / mod).mkdir(exist_ok=True)
        data = {"id": mod, "name": mod, "version": "1", "description": "d " * 40, **more}
        (self.mods / mod / "mod.json").write_text(json.dumps(data))
        (self.mods / mod / "a.txt").write_text(mod)

    @rule(mod=IDS, more=st.sampled_from([{}, {"requires": {"mod1": "*"}}, {"name": "雪 שלום 🎉"}, {"icon": "a.txt"},
                                         {"name": ""}, {"description": "\u202e\x1b" * 9}]))  # fmt: skip
    def write_mod(self, mod: str, more: dict[str, Any]) -> None:
        self._write(mod, more)
        self.game.mods.rescan()

    @rule(mod=IDS)
    def remove_mod(self, mod: str) -> None:
        shutil.rmtree(self.mods / mod, ignore_errors=True)
        self.game.mods.rescan()

    @rule(mod=IDS)
    def break_mod(self, mod: str) -> None:
        (self.mods / mod).mkdir(exist_ok=True)
        (self.mods / mod / "mod.json").write_text("{")
        self.game.mods.rescan()

    @rule()
    def remove_all_behind_its_back(self) -> None:
        shutil.rmtree(self.mods, ignore_errors=True)
        self.mods.mkdir()

    @rule(key=st.sampled_from(KEYS), mod=st.sampled_from([0, pygame.KMOD_SHIFT, pygame.KMOD_CTRL]))
    def press(self, key: int, mod: int) -> None:
        self.menu.handle(pygame.Event(pygame.KEYDOWN, key=key, mod=mod))

    @rule(text=st.text(max_size=5))
    def type_text(self, text: str) -> None:
        self.menu.handle(pygame.Event(pygame.TEXTINPUT, text=text))

    @rule(at=POINTS, then=POINTS, button=st.sampled_from([1, 1, 1, 3]), touch=st.booleans())
    def drag(self, at: tuple[int, int], then: tuple[int, int], button: int, touch: bool) -> None:
        for kind, pos in ((pygame.MOUSEBUTTONDOWN, at), (pygame.MOUSEMOTION, then), (pygame.MOUSEBUTTONUP, then)):
            self.menu.handle(pygame.Event(kind, pos=pos, button=button, rel=(0, 0), buttons=(1, 0, 0), touch=touch))

    @rule(kind=st.sampled_from([pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP]),
          x=st.floats(-0.5, 1.5), y=st.floats(-0.5, 1.5), finger=st.integers(0, 1))  # fmt: skip
    def touch(self, kind: int, x: float, y: float, finger: int) -> None:
        self.menu.handle(pygame.Event(kind, x=x, y=y, dx=0.0, dy=0.0, finger_id=finger, touch_id=1))

    @rule(y=st.integers(-9, 9))
    def wheel(self, y: int) -> None:
        self.menu.handle(pygame.Event(pygame.MOUSEWHEEL, x=0, y=y, precise_y=float(y)))

    @rule(button=st.integers(0, 20), value=st.integers(-32768, 32767))
    def controller(self, button: int, value: int) -> None:
        for event in (
            pygame.Event(pygame.CONTROLLERBUTTONDOWN, button=button),
            pygame.Event(pygame.JOYBUTTONDOWN, button=button),
            pygame.Event(pygame.CONTROLLERAXISMOTION, axis=button % 6, value=value),
            pygame.Event(pygame.JOYAXISMOTION, axis=button % 6, value=value / 32767),
            pygame.Event(pygame.JOYHATMOTION, value=(button % 3 - 1, value % 3 - 1)),
            pygame.Event(pygame.CONTROLLERBUTTONUP, button=button),
        ):
            self.menu.handle(event)

    @rule(size=st.sampled_from([(640, 360), (1, 1), (30, 20), (320, 200), (200, 500)]))
    def resize(self, size: tuple[int, int]) -> None:
        self.screen = pygame.Surface(size)

    @rule()
    def reopen(self) -> None:
        self.menu.is_open = True

    @rule()
    def read_only(self) -> None:
        state = self.mods / "mods.json"
        if state.is_dir():
            state.rmdir()
        else:
            state.unlink(missing_ok=True)
            state.mkdir()  # what cannot be written as a file

    @invariant()
    def draws(self) -> None:
        if not hasattr(self, "menu"):
            return
        self.menu.draw(self.screen)
        assert self.records.texts == []
        if not self.menu.is_open:
            return
        rows = {row.id for row in self.menu._session.rows}
        assert {mod.id for mod in self.game.mods.available} <= rows or self.menu._session.search
        chosen = self.menu.chosen
        assert chosen is None or chosen.id in rows

    def teardown(self) -> None:
        if hasattr(self, "game"):
            logging.getLogger("vfsloader.pygame").removeHandler(self.records)
            self.game.close()
            self.folder.cleanup()


TestRandomPlayer = RandomPlayer.TestCase
TestRandomPlayer.settings = settings(
    max_examples=int(os.environ.get("VFSLOADER_EXAMPLES", "25")),
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)
