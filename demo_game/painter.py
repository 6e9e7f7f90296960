"""Paint the game: every picture and font comes from the layers by its path."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from functools import cache

import pygame
import vfsloader.pygame
from pygame import Vector2

import vfsloader
from demo_game.saves import Evening
from demo_game.world import HEIGHT, WIDTH, World

CREAM, DIM, GOLD, GREEN, ROSE = (253, 243, 208), (170, 164, 200), (255, 226, 140), (186, 242, 196), (255, 120, 150)
GARDEN = "/backgrounds/garden.png"


@cache
def font(size: int) -> pygame.font.Font:
    """Return the game's font in a size."""
    return pygame.font.Font(io.BytesIO(vfsloader.current().vfs.read_bytes("/fonts/moonmoth.ttf")), size)


def write(
    target: pygame.Surface, text: str, size: int, at: tuple[float, float], colour: tuple[int, ...] = CREAM,
    align: float = 0, width: int = 0,
) -> int:  # fmt: skip
    """Write text and return its height; `align` is 0 (left), 0.5 (centre) or 1 (right); wrap lines at `width`."""
    picture = font(size).render(text, True, colour[:3], wraplength=width)
    picture.set_alpha(colour[3] if len(colour) > 3 else 255)
    target.blit(picture, (at[0] - picture.get_width() * align, at[1]))
    return picture.get_height()


class Painter:
    """Paints with live pictures: they change by themselves when a mod is toggled or a file is saved."""

    def __init__(self, screen: pygame.Surface) -> None:
        load = vfsloader.pygame.load_image
        self.screen = screen
        self.moth = [load(f"/sprites/moth_{frame}.png") for frame in (0, 1, 2, 1)]
        self.enemies = {"wisp": load("/sprites/wisp.png"), "hunter": load("/sprites/hunter.png")}
        self.mote, self.heart, self.glow = (load(f"/sprites/{name}.png") for name in ("mote", "heart", "glow"))
        self.light = pygame.Surface((WIDTH, HEIGHT))

    def world(self, world: World, time: float) -> None:
        """Paint the level that is being played."""
        self.screen.blit(vfsloader.pygame.load_image(world.level.get("background", GARDEN)), (0, 0))
        self._shine(world)
        for index, mote in enumerate(world.motes):
            self._put(self.mote, mote + Vector2(0, math.sin(time * 3 + index * 2) * 5))
        for enemy in world.enemies:
            turn = time * 80 if enemy.kind == "wisp" else math.sin(time * 6) * 8
            self._put(pygame.transform.rotate(self.enemies[enemy.kind], turn), enemy.at)
        for spark in world.sparks:
            pygame.draw.circle(self.screen, spark.colour, spark.at, max(spark.life * 6, 1))
        if not world.safe or int(time * 12) % 2:
            frame = self.moth[int(time * 14) % len(self.moth)]
            self._put(pygame.transform.rotate(frame, world.tilt), world.moth)

    def hud(self, world: World, level: str) -> None:
        """Paint the score, the lives and the progress."""
        write(self.screen, f"{world.score:,}", 34, (26, 16))
        if world.combo > 1:
            write(self.screen, f"×{world.combo}", 24, (28, 58), GOLD)
        for life in range(world.lives):
            self.screen.blit(self.heart, (WIDTH - 50 - life * 36, 20))
        write(self.screen, f"{level}  {world.level['name']}", 18, (WIDTH / 2, 14), DIM, 0.5)
        share = min(world.gathered / world.level["quota"], 1)
        bar = pygame.Rect(WIDTH / 2 - 130, 44, 260, 6)
        pygame.draw.rect(self.screen, (40, 36, 84), bar, border_radius=3)
        pygame.draw.rect(self.screen, GOLD, (bar.x, bar.y, max(bar.w * share, 6), bar.h), border_radius=3)

    def banner(self, text: str, below: str, strength: float) -> None:
        """Paint a large title and a line below it over everything."""
        alpha = int(255 * min(max(strength, 0), 1))
        write(self.screen, text, 64, (WIDTH / 2, HEIGHT * 0.34), (*CREAM, alpha), 0.5)
        write(self.screen, below, 22, (WIDTH / 2, HEIGHT * 0.34 + 84), (*DIM, alpha), 0.5)

    def title(self, best: int, slots: Sequence[Evening | None], chosen: int, time: float) -> None:
        """Paint the title screen with the saved evenings over a garden that plays by itself."""
        self.dim()
        write(self.screen, "MOONMOTH", 108, (WIDTH / 2, 136), CREAM, 0.5)
        write(self.screen, "gather the light, outfly the night", 22, (WIDTH / 2, 262), GREEN, 0.5)
        write(self.screen, "Enter", 26, (WIDTH / 2, 330), (*GOLD, int(170 + 85 * math.sin(time * 4))), 0.5)
        if best:
            write(self.screen, f"best {best:,}", 18, (WIDTH / 2, 370), DIM, 0.5)
        for index, evening in enumerate(slots):
            self._slot(pygame.Rect(WIDTH / 2 - 318 + index * 216, 414, 204, 84), index + 1, evening, index == chosen)
        keys = "arrows or WASD fly    Space darts through enemies    1 2 3 evenings"
        write(self.screen, keys, 17, (WIDTH / 2, 526), DIM, 0.5)
        more_keys = "Backspace undoes a level    N sound    M mods    Esc leaves"
        write(self.screen, more_keys, 17, (WIDTH / 2, 552), DIM, 0.5)

    def dim(self) -> None:
        """Darken everything that has been painted."""
        self.screen.fill((138, 134, 156), special_flags=pygame.BLEND_RGB_MULT)

    def _slot(self, area: pygame.Rect, number: int, evening: Evening | None, is_chosen: bool) -> None:
        panel = pygame.Surface(area.size, pygame.SRCALPHA)
        pygame.draw.rect(panel, (14, 12, 44, 150), panel.get_rect(), border_radius=12)
        pygame.draw.rect(panel, GOLD if is_chosen else (58, 50, 112), panel.get_rect(), 2, border_radius=12)
        self.screen.blit(panel, area)
        write(self.screen, str(number), 20, (area.x + 16, area.y + 12), GOLD if is_chosen else DIM)
        label = "a new evening" if evening is None else f"level {evening['level']}    {evening['score']:,}"
        write(self.screen, label, 17, (area.right - 16, area.y + 14), CREAM if evening else DIM, 1)
        heart = pygame.transform.smoothscale(self.heart, (18, 18))
        for life in range(evening["lives"] if evening else 0):
            self.screen.blit(heart, (area.right - 36 - life * 22, area.y + 50))

    def _put(self, picture: pygame.Surface, at: Vector2) -> None:
        self.screen.blit(picture, picture.get_rect(center=at))

    def _shine(self, world: World) -> None:
        """Darken the garden except around lights."""
        self.light.fill((176, 172, 196))
        small = pygame.transform.smoothscale(self.glow, (150, 150))
        for lamp, at in [(self.glow, world.moth), *((small, mote) for mote in world.motes)]:
            self.light.blit(lamp, lamp.get_rect(center=at), special_flags=pygame.BLEND_RGB_ADD)
        for enemy in world.enemies:
            self.light.blit(small, small.get_rect(center=enemy.at), special_flags=pygame.BLEND_RGB_ADD)
        self.screen.blit(self.light, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
