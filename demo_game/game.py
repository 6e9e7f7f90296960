"""The game's loop: scenes, keys, and one call per frame that keeps all files up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pygame
import vfsloader.pygame
from pygame import Vector2

import vfsloader
from demo_game.meadow import MAP
from demo_game.pads import Pads
from demo_game.painter import CREAM, DIM, GOLD, GREEN, ROSE, Painter
from demo_game.saves import SLOTS, Evening, Saves
from demo_game.showcase.pilot import autopilot
from demo_game.window import Window
from demo_game.world import LIVES, World

SOUNDS = ("collect", "dash", "shatter", "hurt", "level", "tick")
#: The mod menu in the game's colours. It leaves the sides of the screen free, so that a toggled mod shows at once.
SKIN = vfsloader.pygame.Skin(
    font="/fonts/moonmoth.ttf", veil=(0, 0, 0, 0), panel=(14, 12, 44), row=(58, 50, 112), edge=(110, 96, 170),
    text=CREAM, dim=DIM, accent=GOLD, on=GREEN, wrong=ROSE, size=(122, 88),
)  # fmt: skip
Pilot = Callable[[World], tuple[Vector2, bool]]


class Game:
    """The game: its scenes, the saved state, and the level that is being played."""

    def __init__(self, pilot: Pilot | None = None) -> None:
        self.saves = Saves(vfsloader.current())
        self.window = Window()
        self.painter = Painter()
        self.pads = Pads()
        self.by_controller = False
        self.sounds = {name: vfsloader.pygame.load_sound(f"/sounds/{name}.wav") for name in SOUNDS}
        self.pilot = pilot or self.steer
        self.levels: dict[str, dict[str, Any]] = {}
        self.level, self.time, self.banner_time = "1", 0.0, 0.0
        self.scene, self.running, self.mod_menu = "title", True, vfsloader.pygame.ModMenu(skin=SKIN)
        self.read_levels()
        self.start("1", silent=True)
        vfsloader.pygame.play_music("/music/theme.ogg", loops=-1)
        pygame.mixer.music.set_volume(float(self.saves.is_loud))

    @property
    def screen(self) -> pygame.Surface:
        """What the game is painted on."""
        return self.window.screen

    def read_levels(self) -> None:
        """Read the levels, merged over all mods."""
        self.levels = vfsloader.current().read_merged("/data/levels.json")

    def start(self, level: str, *, score: int = 0, lives: int = LIVES, silent: bool = False) -> None:
        """Start a level, or the first one if no mod provides it any more. Unless it is silent, save its start."""
        self.level = level if level in self.levels else min(self.levels)
        if not silent:
            self.saves.begin({"level": self.level, "score": score, "lives": lives})
        vfsloader.current().context["night"] = self.level  # conditions of mods can ask which one it is
        self.world = World(self.levels[self.level], (lambda name: None) if silent else self.play_sound, lives, score)
        self.banner_time = 2.0

    def resume(self, evening: Evening | None) -> None:
        """Continue a saved evening, or start a new one."""
        self.scene = "play"
        self.start(**(evening or {"level": min(self.levels), "score": 0, "lives": LIVES}))

    def play_sound(self, name: str) -> None:
        """Play a sound unless sound is off."""
        if self.saves.is_loud:
            self.sounds[name].play()

    def frame(self, seconds: float) -> None:
        """Run one frame: files, events, world, picture."""
        for change in vfsloader.update():
            self.painter.forget()
            if change.path == "/data/levels.json":
                self.read_levels()
            elif change.path == MAP:
                self.painter.meadow.read()
        for event in pygame.event.get():
            self.handle(event)
        self.time += seconds
        if not self.mod_menu.is_open:
            self.play(seconds)
        self.paint()

    def play(self, seconds: float) -> None:
        """Advance the level that is being played."""
        self.banner_time -= seconds
        pilot = self.pilot if self.scene == "play" else autopilot
        self.world.step(seconds, *(pilot(self.world) if self.scene != "over" else (Vector2(), False)))
        if self.scene == "title":
            if self.world.won or self.world.lives <= 0:
                self.start("1", silent=True)
        elif self.scene == "play" and self.world.lives <= 0:
            self.scene = "over"
            self.saves.end(self.world.score)
        elif self.scene == "play" and self.world.won:
            self.play_sound("level")
            order = sorted(self.levels)
            next_level = order[(order.index(self.level) + 1) % len(order)] if self.level in order else order[0]
            self.start(next_level, score=self.world.score + 100, lives=min(self.world.lives + 1, LIVES))

    def handle(self, event: pygame.Event) -> None:
        """Handle an event."""
        if self.pads.handle(event) or self.window.handle(event):
            return
        button = self.pads.button(event) if event.type in (pygame.CONTROLLERBUTTONDOWN, pygame.JOYBUTTONDOWN) else ""
        if button or event.type == pygame.KEYDOWN:
            self.by_controller = bool(button)
        if event.type == pygame.QUIT:
            self.running = False
        elif (event.type == pygame.KEYDOWN and self.is_menu_key(event)) or (
            button == "y" and not self.mod_menu.is_open
        ):
            self.mod_menu.is_open = not self.mod_menu.is_open
            self.play_sound("tick")
        elif self.mod_menu.handle(event):
            if button or event.type in (pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN):
                self.play_sound("tick")
        elif button:
            self.press_button(button)
        elif event.type == pygame.KEYDOWN:
            self.press_key(event.key)

    def is_menu_key(self, event: pygame.Event) -> bool:
        """Return whether a key opens or closes the mod menu, and is not a letter that is typed there."""
        return bool(event.key == pygame.K_m and not self.mod_menu.is_typing)

    def press_key(self, key: int) -> None:
        """Do what a key asks for."""
        if key == pygame.K_ESCAPE:
            self.running = self.scene != "title"
            self.scene = "title"
        elif key == pygame.K_RETURN and self.scene != "play":
            self.resume(self.saves.evening(self.saves.slot))
        elif self.scene == "title" and pygame.key.name(key) in SLOTS:
            self.saves.slot = pygame.key.name(key)
            self.play_sound("tick")
        elif key == pygame.K_r and self.scene == "title":
            self.saves.restore_mods()
        elif key == pygame.K_BACKSPACE and self.scene == "play":
            self.resume(self.saves.undo())
        elif key == pygame.K_n:
            self.switch_sound()

    def press_button(self, button: str) -> None:
        """Do what a button of a controller asks for."""
        if button == "b":
            self.scene = "title"
        elif button == "a" and self.scene != "play":
            self.resume(self.saves.evening(self.saves.slot))
        elif button in ("left", "previous", "right", "next") and self.scene == "title":
            step = -1 if button in ("left", "previous") else 1
            self.saves.slot = SLOTS[(SLOTS.index(self.saves.slot) + step) % len(SLOTS)]
            self.play_sound("tick")
        elif button == "x" and self.scene == "title":
            self.saves.restore_mods()
        elif button == "x" and self.scene == "play":
            self.resume(self.saves.undo())
        elif button == "start":
            self.switch_sound()

    def switch_sound(self) -> None:
        """Turn the sound on or off."""
        self.saves.settings["sound"] = not self.saves.is_loud
        pygame.mixer.music.set_volume(float(self.saves.is_loud))

    def paint(self) -> None:
        """Paint the screen."""
        self.painter.begin(self.screen)
        self.painter.world(self.world, self.time)
        if self.scene == "title":
            slots = [self.saves.evening(slot) for slot in SLOTS]
            chosen = SLOTS.index(self.saves.slot)
            others = [self.saves.differences(slot) for slot in SLOTS]
            self.painter.title(self.saves.best, slots, others, chosen, self.time, by_controller=self.by_controller)
        else:
            self.painter.hud(self.world, self.level)
        if self.scene == "play" and self.banner_time > 0:
            self.painter.banner(
                self.world.level["name"],
                self.painter.texts.gettext("gather %d lights") % self.world.level["quota"],
                self.banner_time,
            )
        if self.scene == "over":
            self.painter.dim()
            self.painter.banner(
                f"{self.world.score:,}",
                f"best {self.saves.best:,}    {'A' if self.by_controller else 'Enter'} flies again",
                1,
            )
        self.painter.end()
        self.mod_menu.draw(self.screen)
        pygame.display.flip()

    def steer(self, _: World) -> tuple[Vector2, bool]:
        """Steer with the keyboard or a controller."""
        keys = pygame.key.get_pressed()
        right = (keys[pygame.K_RIGHT] or keys[pygame.K_d]) - (keys[pygame.K_LEFT] or keys[pygame.K_a])
        down = (keys[pygame.K_DOWN] or keys[pygame.K_s]) - (keys[pygame.K_UP] or keys[pygame.K_w])
        steering = Vector2(right, down) + self.pads.steering()
        if steering.length() > 1:
            steering.normalize_ip()
        return steering, keys[pygame.K_SPACE] or self.pads.is_dashing
