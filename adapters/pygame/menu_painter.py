"""How the mod menu looks: a list of mods on the left, what there is to say of one on the right.

Everything is measured in units of a hundredth of the target's height, so that it looks alike on every screen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import pygame
from vfsloader.pygame.fonts import load_font

from vfsloader.mods.conflicts import Standing
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.discovery import Mod

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Skin:
    """Colours, font and words of a menu."""

    title: str = "Mods"
    font: str | None = None
    """A font of the game, by its virtual path; pygame's own if left out."""
    veil: tuple[int, int, int, int] = (8, 8, 20, 170)
    """Laid over the game behind the menu; the last number is how much it hides."""
    panel: Rgb = (24, 24, 44)
    row: Rgb = (44, 44, 74)
    edge: Rgb = (84, 84, 128)
    text: Rgb = (240, 238, 248)
    dim: Rgb = (158, 156, 184)
    accent: Rgb = (255, 206, 110)
    on: Rgb = (112, 214, 150)
    off: Rgb = (78, 78, 104)
    wrong: Rgb = (255, 120, 130)
    size: tuple[float, float] = (150, 92)
    """Of the panel, in hundredths of the target's height; no more than the target has room for."""
    hints: tuple[tuple[str, str], ...] = (
        ("keyboard", "Enter toggles     Shift + up/down reorders     Esc closes"),
        ("mouse", "Click a switch to toggle     Drag a mod to reorder"),
        ("controller", "A toggles     Shoulder buttons reorder     B closes"),
    )


@dataclass(frozen=True)
class View:
    """What is to be seen."""

    mods: Sequence[Mod]
    enabled: Collection[str]
    disabled: Collection[str]
    chosen: int
    problems: Sequence[Problem]
    about: Sequence[Problem]
    standing: Standing | Literal["counting"] | None
    message: str
    question: str | None
    profile: str
    device: str


class MenuPainter:
    """Draws the menu, and knows what lies where."""

    def __init__(self, skin: Skin) -> None:
        self.skin = skin
        self._unit = 1.0
        self._top = 0
        self._visible = 1
        self._rows: list[tuple[int, pygame.Rect]] = []
        self._answers: list[tuple[bool, pygame.Rect]] = []
        self._fonts: dict[int, pygame.font.Font] = {}

    # --- what lies where -----------------------------------------------------------------------------

    def row_at(self, at: tuple[int, int]) -> int | None:
        """Give the place in the list of the row at a point."""
        return next((place for place, rect in self._rows if rect.collidepoint(at)), None)

    def is_switch(self, at: tuple[int, int]) -> bool:
        """Tell whether a point is on a row's switch."""
        return any(
            self._switch(rect).inflate(self._unit * 2, self._unit * 4).collidepoint(at) for _, rect in self._rows
        )

    def answer_at(self, at: tuple[int, int]) -> bool | None:
        """Give the answer whose button is at a point."""
        return next((yes for yes, rect in self._answers if rect.collidepoint(at)), None)

    def scroll(self, rows: int) -> None:
        """Show other rows of a long list."""
        self._top = max(0, self._top + rows)

    # --- painting ------------------------------------------------------------------------------------

    def paint(self, target: pygame.Surface, view: View) -> None:
        """Paint everything over a surface."""
        width, height = target.get_size()
        self._unit = u = min(height, width * 0.62) / 100
        veil = pygame.Surface(target.get_size(), pygame.SRCALPHA)
        veil.fill(self.skin.veil)
        target.blit(veil, (0, 0))
        panel = pygame.Rect(0, 0, min(width - 6 * u, self.skin.size[0] * u), min(height - 6 * u, self.skin.size[1] * u))
        panel.center = target.get_rect().center
        self._box(target, panel, self.skin.panel, self.skin.edge, 2.4)
        head = panel.inflate(-8 * u, 0)
        self._write(target, self.skin.title, 7, (head.x, panel.y + 3 * u), self.skin.text)
        on, count = len(view.enabled), len(view.mods)
        told = f"{on} of {count} on     profile {view.profile}     the last one wins"
        self._write(target, told, 2.9, (head.right, panel.y + 6.2 * u), self.skin.dim, align=1)
        body = pygame.Rect(panel.x + 3 * u, panel.y + 14 * u, panel.w - 6 * u, panel.h - 23 * u)
        left = pygame.Rect(body.x, body.y, body.w * 0.52, body.h)
        right = pygame.Rect(left.right + 3 * u, body.y, body.right - left.right - 3 * u, body.h)
        self._list(target, left, view)
        self._details(target, right, view)
        hint = dict(self.skin.hints).get(view.device, "")
        if view.message:
            self._write(target, view.message, 2.9, (head.x, panel.bottom - 7.4 * u), self.skin.wrong, width=head.w)
        else:
            self._write(target, hint, 2.9, (panel.centerx, panel.bottom - 6.6 * u), self.skin.accent, align=0.5)
        self._answers = []
        if view.question is not None:
            self._ask(target, view.question)

    def _list(self, target: pygame.Surface, area: pygame.Rect, view: View) -> None:
        u = self._unit
        step = 11.2 * u
        self._visible = max(1, int(area.h // step))
        self._top = min(self._top, max(0, len(view.mods) - self._visible))
        self._top = max(min(self._top, view.chosen), view.chosen - self._visible + 1)
        self._rows = []
        if not view.mods:
            self._write(target, "No mods are installed.", 3.4, (area.x, area.y), self.skin.dim)
            self._write(
                target, "Put a folder or a zip into the mods folder.", 2.9, (area.x, area.y + 6 * u), self.skin.dim
            )
            return
        wrong = {one.mod for one in view.problems if not one.is_warning}
        for place in range(self._top, min(len(view.mods), self._top + self._visible)):
            rect = pygame.Rect(area.x, area.y + (place - self._top) * step, area.w - 2.5 * u, step - 1.4 * u)
            self._rows.append((place, rect))
            self._row(target, rect, view, view.mods[place], place == view.chosen, view.mods[place].id in wrong)
        ids = {mod.id for mod in view.mods}
        y = self._rows[-1][1].bottom + 3 * u
        for problem in (one for one in view.problems if one.mod not in ids):  # a file that is no mod, and says it is
            if y < area.bottom - 8 * u:
                y += (
                    self._write(target, str(problem), 2.6, (area.x + 2 * u, y), self.skin.wrong, width=area.w - 6 * u)
                    + u
                )
        if len(view.mods) > self._visible:
            bar = pygame.Rect(area.right - 1.2 * u, area.y, 0.8 * u, area.h)
            pygame.draw.rect(target, self.skin.row, bar, border_radius=round(u))
            part = bar.copy()
            part.h = round(bar.h * self._visible / len(view.mods))
            part.y = bar.y + round(bar.h * self._top / len(view.mods))
            pygame.draw.rect(target, self.skin.edge, part, border_radius=round(u))

    def _row(
        self, target: pygame.Surface, rect: pygame.Rect, view: View, mod: Mod, is_chosen: bool, is_wrong: bool
    ) -> None:
        u, skin = self._unit, self.skin
        is_on = mod.id in view.enabled
        if is_chosen:
            self._box(target, rect, skin.row, skin.accent, 1.6)
        switch = self._switch(rect)
        wants = mod.id not in view.disabled
        colour = skin.on if is_on else skin.wrong if wants else skin.off
        pygame.draw.rect(target, colour, switch, border_radius=switch.h // 2)
        knob = (switch.right if wants else switch.x) + (-1 if wants else 1) * switch.h / 2
        pygame.draw.aacircle(target, skin.panel, (knob, switch.centery), switch.h / 2 - 0.6 * u)
        x = switch.right + 2.4 * u
        room = rect.right - x - 14 * u
        self._write(target, mod.name, 3.8, (x, rect.y + 1.5 * u), skin.text if is_on else skin.dim, room=room)
        below = mod.description or mod.path.name
        self._write(target, below, 2.6, (x, rect.y + 5.9 * u), skin.dim, room=rect.right - x - 2 * u)
        told, shade = (str(mod.version), skin.dim) if not is_wrong else ("cannot load", skin.wrong)
        self._write(target, told, 2.6, (rect.right - 1.8 * u, rect.y + 2.2 * u), shade, align=1)

    def _switch(self, row: pygame.Rect) -> pygame.Rect:
        u = self._unit
        return pygame.Rect(row.x + 2 * u, row.centery - 1.7 * u, 6.4 * u, 3.4 * u)

    def _details(self, target: pygame.Surface, area: pygame.Rect, view: View) -> None:
        u, skin = self._unit, self.skin
        edge = area.x - 1.5 * u
        pygame.draw.line(target, skin.row, (edge, area.y), (edge, area.bottom), max(1, round(u / 5)))
        if not view.mods:
            return
        mod = view.mods[view.chosen]
        y = float(area.y)
        y += self._write(target, mod.name, 4.6, (area.x, y), skin.text, room=area.w) + u
        by = f"by {', '.join(mod.authors)}" if mod.authors else ""
        told = "     ".join(part for part in (f"version {mod.version}", by, mod.id) if part)
        y += self._write(target, told, 2.6, (area.x, y), skin.dim, room=area.w) + 2 * u
        if mod.description:
            y += self._write(target, mod.description, 3, (area.x, y), skin.text, width=area.w) + 2 * u
        for problem in view.about:
            if y > area.bottom - 14 * u:
                break
            shade = skin.accent if problem.is_warning else skin.wrong
            y += self._write(target, f"{problem.fix}.", 3, (area.x, y), shade, width=area.w) + 0.4 * u
            why = f"{problem.why[:1].upper()}{problem.why[1:]}."
            y += self._write(target, why, 2.6, (area.x, y), skin.dim, width=area.w) + 2 * u
        y += self._needs(target, (area.x, y), area.w, mod)
        for text, shade in _standing_lines(view.standing, skin, on=mod.id in view.enabled):
            if y < area.bottom - 3 * u:
                y += self._write(target, text, 2.7, (area.x, y), shade, room=area.w) + 0.6 * u

    def _needs(self, target: pygame.Surface, at: tuple[float, float], width: int, mod: Mod) -> float:
        wanted = [f"{other} {versions}".strip() for other, versions in mod.manifest.requires.items()]
        if not wanted:
            return 0
        return self._write(target, f"Needs {', '.join(wanted)}.", 2.7, at, self.skin.dim, width=width) + 2 * self._unit

    def _ask(self, target: pygame.Surface, question: str) -> None:
        u, skin = self._unit, self.skin
        box = pygame.Rect(0, 0, 90 * u, 34 * u)
        box.center = target.get_rect().center
        self._box(target, box, skin.panel, skin.accent, 2)
        self._write(target, question, 3.6, (box.x + 5 * u, box.y + 5 * u), skin.text, width=box.w - 10 * u)
        for yes, text, x in ((True, "Yes", box.centerx - 24 * u), (False, "No", box.centerx + 4 * u)):
            button = pygame.Rect(x, box.bottom - 11 * u, 20 * u, 7 * u)
            self._box(target, button, skin.row, skin.on if yes else skin.edge, 1.4)
            self._write(target, text, 3.4, (button.centerx, button.y + 1.5 * u), skin.text, align=0.5)
            self._answers.append((yes, button))

    def _box(self, target: pygame.Surface, rect: pygame.Rect, fill: Rgb, edge: Rgb, radius: float) -> None:
        corner = round(radius * self._unit)
        pygame.draw.rect(target, fill, rect, border_radius=corner)
        pygame.draw.rect(target, edge, rect, max(1, round(self._unit / 3)), border_radius=corner)

    def _write(
        self,
        target: pygame.Surface,
        text: str,
        size: float,
        at: tuple[float, float],
        colour: Rgb,
        *,
        align: float = 0,
        width: float = 0,
        room: float = 0,
    ) -> int:
        """Write text; `align` 0 is left, 1 right; it breaks at `width`, or is cut to `room`. Gives its height."""
        font = self._font(size)
        text = text.replace("\0", "")
        if room:
            while text and font.size(text)[0] > room:
                text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
        picture = font.render(text, True, colour, wraplength=max(0, round(width)))
        target.blit(picture, (at[0] - picture.get_width() * align, at[1]))
        return picture.get_height()

    def _font(self, size: float) -> pygame.font.Font:
        pixels = max(8, round(size * self._unit))
        if pixels not in self._fonts:
            path = self.skin.font
            if path is None:  # its letters are smaller than they say
                self._fonts[pixels] = pygame.font.Font(None, round(pixels * 1.2))
            else:
                self._fonts[pixels] = load_font(path, pixels)
        return self._fonts[pixels]


def _standing_lines(standing: Standing | Literal["counting"] | None, skin: Skin, *, on: bool) -> list[tuple[str, Rgb]]:
    if not on:
        return []
    if standing == "counting":
        return [("Looking who overrides whom …", skin.dim)]
    if standing is None:
        return [("It overrides nothing, and nothing overrides it.", skin.dim)]
    lines: list[tuple[str, Rgb]] = []
    for paths, words, shade in (
        (standing.wins, "Wins", skin.on),
        (standing.loses, "Loses", skin.wrong),
        (standing.shares, "Same as the winner:", skin.dim),
    ):
        if paths:
            lines.append((f"{words} {len(paths):,} {'path' if len(paths) == 1 else 'paths'}", shade))
            lines += [(f"    {path}", skin.dim) for path in paths[:4]]
            if len(paths) > 4:
                lines.append((f"    and {len(paths) - 4:,} more", skin.dim))
    return lines
