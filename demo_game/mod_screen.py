"""The screen behind the key M: which mods there are, which win, and why some cannot play."""

from __future__ import annotations

import pygame

import vfsloader
from demo_game.painter import CREAM, DIM, GOLD, GREEN, ROSE, Painter, write
from demo_game.world import HEIGHT, WIDTH

PANEL = pygame.Rect(130, 46, WIDTH - 260, HEIGHT - 92)
TOP, ROW = PANEL.y + 74, 64


class ModScreen:
    """Toggle with Enter or a click, reorder with Shift and the arrows; what changes shows at once."""

    def __init__(self) -> None:
        self.mods = vfsloader.current().mods
        self.chosen = 0

    def press(self, key: int, shift: bool) -> None:
        """Take a key."""
        rows = self.mods.available
        if not rows:
            return
        self.chosen %= len(rows)
        step = {pygame.K_UP: -1, pygame.K_w: -1, pygame.K_DOWN: 1, pygame.K_s: 1}.get(key, 0)
        if key in (pygame.K_RETURN, pygame.K_SPACE):
            self.toggle(self.chosen)
        elif step and shift and 0 <= self.chosen + step < len(rows):
            mod, other = rows[self.chosen].id, rows[self.chosen + step].id
            if step < 0:
                self.mods.move(mod, before=other)
            else:
                self.mods.move(mod, after=other)
            self.chosen = [row.id for row in self.mods.available].index(mod)
        else:
            self.chosen = (self.chosen + step) % len(rows)

    def click(self, at: tuple[int, int]) -> None:
        """Take a click."""
        place = (at[1] - TOP) // ROW
        if PANEL.collidepoint(at) and 0 <= place < len(self.mods.available):
            self.chosen = place
            self.toggle(place)

    def toggle(self, place: int) -> None:
        """Switch a mod on or off. It stays where it is in the list, so that the eye can follow."""
        mod = self.mods.available[place].id
        if self.mods.is_disabled(mod):
            self.mods.enable(mod)
        else:
            self.mods.disable(mod)
        self.chosen = [row.id for row in self.mods.available].index(mod)

    def paint(self, painter: Painter) -> None:
        """Paint the screen over the game, which goes on showing what the mods do to it."""
        panel = pygame.Surface(PANEL.size, pygame.SRCALPHA)
        pygame.draw.rect(panel, (14, 12, 44, 242), panel.get_rect(), border_radius=18)
        pygame.draw.rect(panel, (110, 96, 170, 255), panel.get_rect(), 2, border_radius=18)
        painter.screen.blit(panel, PANEL)
        screen = painter.screen
        write(screen, "Mods", 36, (PANEL.x + 30, PANEL.y + 16))
        write(screen, "the last one wins", 17, (PANEL.right - 30, PANEL.y + 32), DIM, 1)
        on = {mod.id for mod in self.mods.enabled}
        for place, mod in enumerate(self.mods.available):
            row = pygame.Rect(PANEL.x + 14, TOP + place * ROW, PANEL.w - 28, ROW - 8)
            if place == self.chosen % len(self.mods.available):
                pygame.draw.rect(screen, (58, 50, 112), row, border_radius=12)
            pygame.draw.circle(screen, GREEN if mod.id in on else (70, 64, 110), (row.x + 26, row.centery), 9)
            write(screen, mod.name, 22, (row.x + 52, row.y + 5), CREAM if mod.id in on else DIM)
            write(screen, str(mod.version), 15, (row.right - 16, row.y + 10), DIM, 1)
            write(screen, mod.description or mod.path.name, 15, (row.x + 52, row.y + 32), DIM)
        y = TOP + len(self.mods.available) * ROW + 4
        for problem in self.mods.problems[:3]:
            y += write(screen, str(problem), 15, (PANEL.x + 40, y), ROSE, width=PANEL.w - 80) + 4
        keys = "Enter toggles    Shift and ↑ ↓ reorder    M back to the game"
        write(screen, keys, 15, (PANEL.centerx, PANEL.bottom - 32), GOLD, 0.5)
