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
from demo_game.meadow import Meadow
from demo_game.saves import Evening
from demo_game.window import Viewport
from demo_game.world import HEIGHT, WIDTH, World

CREAM, DIM, GOLD, GREEN, ROSE = (253, 243, 208), (170, 164, 200), (255, 226, 140), (186, 242, 196), (255, 120, 150)
GARDEN = "/backgrounds/garden.png"


@cache
def font(size: int) -> pygame.font.Font:
    """Return the game's font in a size."""
    return pygame.font.Font(io.BytesIO(vfsloader.current().vfs.read_bytes("/fonts/moonmoth.ttf")), size)


_KEYS = (
    "arrows or WASD fly    Space darts through enemies    1 2 3 evenings",
    "Backspace undoes a level    N sound    M mods    F11 full screen    Esc leaves",
)
_CONTROLLER_KEYS = (
    "the stick flies    A darts through enemies    LB RB evenings",
    "X undoes a level    Y mods    Start sound    B leaves",
)
#: How large the pictures are in the world. A mod may paint them in any resolution.
SIZES = {"moth": 84, "wisp": 48, "hunter": 64, "mote": 32, "heart": 28, "glow": 256, "small glow": 150}
#: Above this the scene is painted smaller and enlarged; its texts never are.
_LARGEST_SCENE = 2.0


class Painter:
    """Paints with live pictures: they change by themselves when a mod is toggled or a file is saved."""

    def __init__(self) -> None:
        load = vfsloader.pygame.load_image
        self.moth = [load(f"/sprites/moth_{frame}.png") for frame in (0, 1, 2, 1)]
        self.enemies = {"wisp": load("/sprites/wisp.png"), "hunter": load("/sprites/hunter.png")}
        self.mote, self.heart, self.glow = (load(f"/sprites/{name}.png") for name in ("mote", "heart", "glow"))
        self.light = pygame.Surface((WIDTH, HEIGHT))
        self.screen = self.scene = pygame.Surface((1, 1))
        self.view = self.stage = Viewport.of((WIDTH, HEIGHT))
        self.meadow = Meadow()
        self.texts = vfsloader.current().translations("moonmoth")
        self._scaled: dict[tuple[int, tuple[int, int]], pygame.Surface] = {}

    def begin(self, screen: pygame.Surface) -> None:
        """Start a frame, on a screen of any size."""
        if screen.get_size() != self.screen.get_size():
            self.forget()
        self.screen = screen
        self.view = Viewport.of(screen.get_size())
        screen.fill("black")
        screen.set_clip(self.view.area)
        if self.view.scale <= _LARGEST_SCENE:
            self.scene, self.stage = screen, self.view
            return
        size = round(WIDTH * _LARGEST_SCENE), round(HEIGHT * _LARGEST_SCENE)
        if self.stage.area.size != size or self.scene.get_size() != size:
            self.scene = pygame.Surface(size).convert(screen)
        self.stage = Viewport.of(size)

    def end(self) -> None:
        """End a frame: what is painted now may cover the whole screen."""
        self.screen.set_clip(None)

    def forget(self) -> None:
        """Scale the pictures again: some may have changed."""
        self._scaled.clear()

    def world(self, world: World, time: float) -> None:
        """Paint the level that is being played."""
        garden = vfsloader.pygame.load_image(world.level.get("background", GARDEN))
        self.scene.blit(self._scale(garden, self.stage.area.size), self.stage.area)
        self.meadow.draw(self.scene, self.stage.at, self.stage.scale)
        self._shine(world)
        for index, mote in enumerate(world.motes):
            self._put(self.mote, "mote", mote + Vector2(0, math.sin(time * 3 + index * 2) * 5))
        for enemy in world.enemies:
            turn = time * 80 if enemy.kind == "wisp" else math.sin(time * 6) * 8
            self._put(self.enemies[enemy.kind], enemy.kind, enemy.at, turn)
        for spark in world.sparks:
            radius = max(spark.life * 6, 1) * self.stage.scale
            pygame.draw.circle(self.scene, spark.colour, self.stage.at(spark.at), radius)
        if not world.safe or int(time * 12) % 2:
            self._put(self.moth[int(time * 14) % len(self.moth)], "moth", world.moth, world.tilt)
        if self.view.scale > _LARGEST_SCENE:
            pygame.transform.smoothscale(self.scene, self.view.area.size, self.screen.subsurface(self.view.area))

    def write(
        self, text: str, size: int, at: tuple[float, float], colour: tuple[int, ...] = CREAM, align: float = 0,
    ) -> None:  # fmt: skip
        """Write text; `align` is 0 (left), 0.5 (centre) or 1 (right)."""
        picture = font(max(6, self.view.px(size))).render(text, True, colour[:3])
        picture.set_alpha(colour[3] if len(colour) > 3 else 255)
        x, y = self.view.at(at)
        self.screen.blit(picture, (x - picture.get_width() * align, y))

    def rect(self, x: float, y: float, width: float, height: float) -> pygame.Rect:
        """Return a box of the world in pixels of the screen."""
        return pygame.Rect(*self.view.at((x, y)), max(1, self.view.px(width)), max(1, self.view.px(height)))

    def hud(self, world: World, level: str) -> None:
        """Paint the score, the lives and the progress."""
        self.write(f"{world.score:,}", 34, (26, 16))
        if world.combo > 1:
            self.write(f"×{world.combo}", 24, (28, 58), GOLD)
        for life in range(world.lives):
            self._heart((WIDTH - 36 - life * 36, 34), SIZES["heart"])
        self.write(f"{level}  {world.level['name']}", 18, (WIDTH / 2, 14), DIM, 0.5)
        share = min(world.gathered / world.level["quota"], 1)
        bar, radius = self.rect(WIDTH / 2 - 130, 44, 260, 6), self.view.px(3)
        pygame.draw.rect(self.screen, (40, 36, 84), bar, border_radius=radius)
        pygame.draw.rect(self.screen, GOLD, (bar.x, bar.y, max(bar.w * share, bar.h), bar.h), border_radius=radius)

    def banner(self, text: str, below: str, strength: float) -> None:
        """Paint a large title and a line below it over everything."""
        alpha = int(255 * min(max(strength, 0), 1))
        self.write(text, 64, (WIDTH / 2, HEIGHT * 0.34), (*CREAM, alpha), 0.5)
        self.write(below, 22, (WIDTH / 2, HEIGHT * 0.34 + 84), (*DIM, alpha), 0.5)

    def title(
        self,
        best: int,
        slots: Sequence[Evening | None],
        others: Sequence[list[str]],
        chosen: int,
        time: float,
        *,
        by_controller: bool,
    ) -> None:
        """Paint the title screen with the saved evenings, and what differs in their mods, over a garden that plays."""
        self.dim()
        self.write("MOONMOTH", 108, (WIDTH / 2, 136), CREAM, 0.5)
        self.write(self.texts.gettext("gather the light, outfly the night"), 22, (WIDTH / 2, 262), GREEN, 0.5)
        self.write(
            "A" if by_controller else "Enter", 26, (WIDTH / 2, 330), (*GOLD, int(170 + 85 * math.sin(time * 4))), 0.5
        )
        if best:
            self.write(f"best {best:,}", 18, (WIDTH / 2, 370), DIM, 0.5)
        for index, evening in enumerate(slots):
            at = (WIDTH / 2 - 318 + index * 216, 406)
            self._slot(at, index + 1, evening, len(others[index]), is_chosen=index == chosen)
        if others[chosen]:
            keys = "X" if by_controller else "R"
            self.write(f"{keys} brings back its mods. {others[chosen][0]}", 15, (WIDTH / 2, 496), GOLD, 0.5)
        for line, keys in enumerate(_CONTROLLER_KEYS if by_controller else _KEYS):
            self.write(self.texts.gettext(keys), 17, (WIDTH / 2, 522 + line * 26), DIM, 0.5)

    def dim(self) -> None:
        """Darken everything that has been painted."""
        self.screen.fill((138, 134, 156), self.view.area, special_flags=pygame.BLEND_RGB_MULT)

    def _slot(
        self, at: tuple[float, float], number: int, evening: Evening | None, others: int, *, is_chosen: bool
    ) -> None:
        x, y, width, height = *at, 204, 84
        area, radius = self.rect(x, y, width, height), self.view.px(12)
        panel = pygame.Surface(area.size, pygame.SRCALPHA)
        pygame.draw.rect(panel, (14, 12, 44, 150), panel.get_rect(), border_radius=radius)
        edge = GOLD if is_chosen else (58, 50, 112)
        pygame.draw.rect(panel, edge, panel.get_rect(), max(1, self.view.px(2)), border_radius=radius)
        self.screen.blit(panel, area)
        self.write(str(number), 20, (x + 16, y + 12), GOLD if is_chosen else DIM)
        label = "a new evening" if evening is None else f"level {evening['level']}    {evening['score']:,}"
        self.write(label, 17, (x + width - 16, y + 14), CREAM if evening else DIM, 1)
        if others:
            self.write("other mods", 15, (x + 16, y + 49), GOLD)
        for life in range(evening["lives"] if evening else 0):
            self._heart((x + width - 27 - life * 22, y + 59), 18)

    def _heart(self, at: tuple[float, float], size: float) -> None:
        picture = self._scale(self.heart, (max(1, self.view.px(size)),) * 2)
        self.screen.blit(picture, picture.get_rect(center=self.view.at(at)))

    def _scale(self, picture: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
        """Return a picture in a size, scaled once."""
        if picture.get_size() == size:
            return picture
        key = id(picture), size
        if key not in self._scaled:
            self._scaled[key] = pygame.transform.smoothscale(picture, size)
        return self._scaled[key]

    def _put(self, picture: pygame.Surface, name: str, at: Vector2, turn: float = 0) -> None:
        """Paint a picture in its size, around a position of the world."""
        width = max(1.0, SIZES[name] * self.stage.scale)
        if turn:
            picture = pygame.transform.rotozoom(picture, turn, width / picture.get_width())
        else:
            picture = self._scale(picture, (round(width), round(width * picture.get_height() / picture.get_width())))
        self.scene.blit(picture, picture.get_rect(center=self.stage.at(at)))

    def _shine(self, world: World) -> None:
        """Darken the garden except around lights."""
        self.light.fill((176, 172, 196))
        small = self._scale(self.glow, (SIZES["small glow"],) * 2)
        large = self._scale(self.glow, (SIZES["glow"],) * 2)
        for lamp, at in [(large, world.moth), *((small, mote) for mote in world.motes)]:
            self.light.blit(lamp, lamp.get_rect(center=at), special_flags=pygame.BLEND_RGB_ADD)
        for enemy in world.enemies:
            self.light.blit(small, small.get_rect(center=enemy.at), special_flags=pygame.BLEND_RGB_ADD)
        size = self.stage.area.size
        light = self.light if size == self.light.get_size() else pygame.transform.smoothscale(self.light, size)
        self.scene.blit(light, self.stage.area, special_flags=pygame.BLEND_RGB_MULT)
