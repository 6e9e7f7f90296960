"""The rules of the game: a moth, the light it gathers, and its enemies. No picture is loaded here."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pygame import Vector2

WIDTH, HEIGHT = 960, 600
LIVES, DASH_SECONDS, DASH_PAUSE, SAFE_SECONDS, COMBO_SECONDS = 3, 0.22, 0.9, 1.6, 2.2
GOLD, GREEN, ROSE = (255, 226, 140), (186, 242, 196), (255, 92, 138)


@dataclass
class Enemy:
    """An enemy: a wisp drifts and bounces, a hunter follows the moth."""

    kind: str
    at: Vector2
    speed: Vector2


@dataclass
class Spark:
    """A fading speck of light."""

    at: Vector2
    speed: Vector2
    life: float
    colour: tuple[int, int, int]


@dataclass
class World:
    """One level that is being played. `play_sound` is called with the name of each sound."""

    level: dict[str, Any]
    play_sound: Callable[[str], None]
    lives: int = LIVES
    score: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.moth, self.speed = Vector2(WIDTH / 2, HEIGHT / 2), Vector2()
        self.tilt = self.time = self.dash = self.rest = self.combo_left = 0.0
        self.safe = SAFE_SECONDS
        self.gathered, self.combo, self.won = 0, 1, False
        self.sparks: list[Spark] = []
        self.motes = [self._random_position() for _ in range(4)]
        kinds = ["wisp"] * self.level["wisps"] + ["hunter"] * self.level["hunters"]
        self.enemies = [self._enemy(kind) for kind in kinds]

    def step(self, seconds: float, steering: Vector2, dash: bool) -> None:
        """Advance the level. `steering` is the direction that the player wants, `dash` whether the moth dashes."""
        self.time += seconds
        self.safe, self.dash, self.rest = (max(t - seconds, 0) for t in (self.safe, self.dash, self.rest))
        self.combo_left = max(self.combo_left - seconds, 0)
        if not self.combo_left:
            self.combo = 1
        self._fly(seconds, steering, dash)
        self._gather()
        self.won = self.gathered >= self.level["quota"]
        for enemy in self.enemies:
            self._hunt(enemy, seconds)
        for spark in self.sparks:
            spark.at += spark.speed * seconds
            spark.speed *= 0.94
            spark.life -= seconds
        self.sparks = [spark for spark in self.sparks if spark.life > 0]

    def _fly(self, seconds: float, steering: Vector2, dash: bool) -> None:
        if dash and not self.rest and steering:
            self.dash, self.rest = DASH_SECONDS, DASH_PAUSE
            self.speed = steering.normalize() * 900
            self.play_sound("dash")
        if self.dash:
            self._burst(self.moth, GREEN, 2, 30)
        else:
            self.speed += (steering * 330 - self.speed) * min(seconds * 7, 1)
        self.moth += self.speed * seconds
        self.moth.x = min(max(self.moth.x, 30), WIDTH - 30)
        self.moth.y = min(max(self.moth.y, 80), HEIGHT - 40)
        self.tilt += (-self.speed.x / 14 - self.tilt) * min(seconds * 10, 1)

    def _gather(self) -> None:
        for index, mote in enumerate(self.motes):
            if mote.distance_to(self.moth) < 40:
                self._burst(mote, GOLD, 14, 160)
                self.gathered += 1
                self.score += 10 * self.combo
                self.combo, self.combo_left = min(self.combo + 1, 9), COMBO_SECONDS
                self.motes[index] = self._random_position()
                self.play_sound("collect")

    def _hunt(self, enemy: Enemy, seconds: float) -> None:
        if enemy.kind == "hunter":
            toward = (self.moth - enemy.at).normalize() if enemy.at != self.moth else Vector2()
            enemy.speed += (toward * 135 * self.level["speed"] - enemy.speed) * min(seconds * 1.4, 1)
        enemy.at += enemy.speed * seconds
        for axis, limit in ((0, WIDTH), (1, HEIGHT)):
            if not 76 * axis + 20 < enemy.at[axis] < limit - 20:
                enemy.speed[axis] = math.copysign(enemy.speed[axis], limit / 2 - enemy.at[axis])
        if enemy.at.distance_to(self.moth) > 38:
            return
        if self.dash:
            self._burst(enemy.at, ROSE, 26, 260)
            self.score += 25 * self.combo
            self.play_sound("shatter")
            enemy.at = self._random_position()
        elif not self.safe:
            self._burst(self.moth, ROSE, 30, 240)
            self.lives, self.safe, self.combo = self.lives - 1, SAFE_SECONDS, 1
            self.play_sound("hurt")

    def _enemy(self, kind: str) -> Enemy:
        angle = self.chance.uniform(0, math.tau)
        speed = Vector2(math.cos(angle), math.sin(angle)) * self.chance.uniform(80, 140) * self.level["speed"]
        return Enemy(kind, self._random_position(), speed)

    def _random_position(self) -> Vector2:
        while True:
            at = Vector2(self.chance.uniform(60, WIDTH - 60), self.chance.uniform(80, HEIGHT - 80))
            if at.distance_to(self.moth) > 180:
                return at

    def _burst(self, at: Vector2, colour: tuple[int, int, int], count: int, force: float) -> None:
        for _ in range(count):
            angle, push = self.chance.uniform(0, math.tau), self.chance.uniform(0.2, 1) * force
            speed = push * Vector2(math.cos(angle), math.sin(angle))
            self.sparks.append(Spark(Vector2(at), speed, self.chance.uniform(0.2, 0.7), colour))
