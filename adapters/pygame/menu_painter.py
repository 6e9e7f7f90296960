"""Draw the mod menu: a list of mods on the left, details of one mod on the right.

All lengths are in hundredths of the target's height, so that the menu looks alike on every screen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import pygame
from vfsloader.pygame.fonts import load_font

from vfsloader.mods.conflicts import Standing
from vfsloader.mods.messages import Problem
from vfsloader.mods.metadata.mod import Mod
from vfsloader.quoting import plain

Rgb = tuple[int, int, int]
#: Characters and lines of one text that are drawn at most: more does not fit.
_LONGEST_TEXT, _MOST_LINES = 1500, 20
#: Characters of a text that must fit on one line, and pictures of texts that are kept, at most.
_LONGEST_LINE, _MOST_PICTURES = 300, 500


@dataclass(frozen=True)
class Skin:
    """Colours, font and texts of a menu."""

    title: str = "Mods"
    font: str | None = None
    """The virtual path of one of the game's fonts; by default pygame's own font."""
    veil: tuple[int, int, int, int] = (8, 8, 20, 170)
    """Drawn over the game, behind the menu; the last number is its opacity."""
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
    """Width and height of the panel, in hundredths of the target's height; the panel never exceeds the target."""
    hints: tuple[tuple[str, str], ...] = (
        ("keyboard", "Enter toggles     Shift + up/down reorders     Esc closes"),
        ("mouse", "Click a switch to toggle     Drag a mod to reorder"),
        ("controller", "A toggles     Shoulder buttons reorder     B closes"),
    )


@dataclass(frozen=True)
class MenuState:
    """Everything that the menu shows."""

    mods: Sequence[Mod]
    unreadable: Sequence[Problem]
    """Problems of mods that cannot be listed; each has a row below the mods."""
    enabled: Collection[str]
    disabled: Collection[str]
    chosen: int
    problems: Sequence[Problem]
    chosen_problems: Sequence[Problem]
    standing: Standing | Literal["counting"] | None
    message: str
    question: str | None
    profile: str
    device: str


class MenuPainter:
    """Draws the menu, and remembers where its parts are."""

    def __init__(self, skin: Skin) -> None:
        self.skin = skin
        self._target = pygame.Surface((1, 1))
        self._unit = 1.0
        self._top = 0
        self._visible = 1
        self._followed = (-1, 0)
        self._close = pygame.Rect(0, 0, 0, 0)
        self._pictures: dict[tuple[object, ...], pygame.Surface] = {}
        self._veil = pygame.Surface((0, 0))
        self._rows: list[tuple[int, pygame.Rect]] = []
        self._answers: list[tuple[bool, pygame.Rect]] = []
        self._fonts: dict[int, pygame.font.Font] = {}

    # --- positions -----------------------------------------------------------------------------------

    def row_at(self, at: tuple[int, int]) -> int | None:
        """Return the index in the list of the row at a point."""
        return next((index for index, rect in self._rows if rect.collidepoint(at)), None)

    def is_switch(self, at: tuple[int, int]) -> bool:
        """Return whether a point is on a row's switch."""
        return any(
            self._switch(rect).inflate(self._unit * 2, self._unit * 4).collidepoint(at) for _, rect in self._rows
        )

    def answer_at(self, at: tuple[int, int]) -> bool | None:
        """Return the answer whose button is at a point."""
        return next((yes for yes, rect in self._answers if rect.collidepoint(at)), None)

    def is_close(self, at: tuple[int, int]) -> bool:
        """Return whether a point is on the button that closes the menu."""
        return self._close.collidepoint(at)

    def scroll(self, rows: int) -> None:
        """Scroll a long list by some rows."""
        self._top = max(0, self._top + rows)

    # --- painting ------------------------------------------------------------------------------------

    def paint(self, target: pygame.Surface, state: MenuState) -> None:
        """Draw everything over a surface."""
        self._target = target
        width, height = target.get_size()
        self._unit = u = min(height, width * 0.62) / 100
        if self._veil.get_size() != target.get_size():
            self._veil = pygame.Surface(target.get_size(), pygame.SRCALPHA)
            self._veil.fill(self.skin.veil)
        target.blit(self._veil, (0, 0))
        panel = pygame.Rect(0, 0, min(width - 6 * u, self.skin.size[0] * u), min(height - 6 * u, self.skin.size[1] * u))
        panel.center = target.get_rect().center
        self._box(panel, self.skin.panel, self.skin.edge, 2.4)
        head = panel.inflate(-8 * u, 0)
        self._write(self.skin.title, 7, (head.x, panel.y + 3 * u), self.skin.text)
        on, count = len(state.enabled), len(state.mods)
        summary = f"{on} of {count} on, profile {state.profile}, the last one wins"
        self._close = pygame.Rect(0, 0, 6 * u, 6 * u)
        self._close.topright = round(head.right + u), round(panel.y + 3.6 * u)
        self._cross(self._close)
        at = self._close.x - 2 * u, panel.y + 6.2 * u
        self._write(summary, 2.9, at, self.skin.dim, align=1, room=head.w * 0.7)
        body = pygame.Rect(panel.x + 3 * u, panel.y + 14 * u, panel.w - 6 * u, panel.h - 23 * u)
        left = pygame.Rect(body.x, body.y, body.w * 0.52, body.h)
        right = pygame.Rect(left.right + 3 * u, body.y, body.right - left.right - 3 * u, body.h)
        self._list(left, state)
        self._details(right, state)
        hint = dict(self.skin.hints).get(state.device, "")
        if state.message:
            self._write(state.message, 2.9, (head.x, panel.bottom - 7.4 * u), self.skin.wrong, width=head.w)
        else:
            self._write(hint, 2.9, (panel.centerx, panel.bottom - 6.6 * u), self.skin.accent, align=0.5)
        self._answers = []
        if state.question is not None:
            self._ask(state.question)

    def _list(self, area: pygame.Rect, state: MenuState) -> None:
        u = self._unit
        step = 11.2 * u
        self._visible = max(1, int(area.h // step))
        count = len(state.mods) + len(state.unreadable)
        self._top = min(self._top, max(0, count - self._visible))
        if self._followed != (state.chosen, self._visible):  # otherwise the player may scroll away from the cursor
            self._followed = state.chosen, self._visible
            self._top = max(min(self._top, state.chosen), state.chosen - self._visible + 1)
        self._rows = []
        if not count:
            self._write("No mods are installed.", 3.4, (area.x, area.y), self.skin.dim)
            self._write("Put a folder or a zip into the mods folder.", 2.9, (area.x, area.y + 6 * u), self.skin.dim)
            return
        failed = {problem.mod for problem in state.problems if not problem.is_warning}
        for index in range(self._top, min(count, self._top + self._visible)):
            rect = pygame.Rect(area.x, area.y + (index - self._top) * step, area.w - 2.5 * u, step - 1.4 * u)
            self._rows.append((index, rect))
            if index < len(state.mods):
                mod = state.mods[index]
                self._row(rect, state, mod, index == state.chosen, mod.id in failed)
            else:
                self._unreadable_row(rect, state.unreadable[index - len(state.mods)], index == state.chosen)
        if count > self._visible:
            bar = pygame.Rect(area.right - 1.2 * u, area.y, 0.8 * u, area.h)
            pygame.draw.rect(self._target, self.skin.row, bar, border_radius=round(u))
            part = bar.copy()
            part.h = max(round(3 * u), round(bar.h * self._visible / count))
            part.y = bar.y + round((bar.h - part.h) * self._top / (count - self._visible))
            pygame.draw.rect(self._target, self.skin.edge, part, border_radius=round(u))

    def _row(self, rect: pygame.Rect, state: MenuState, mod: Mod, is_chosen: bool, has_failed: bool) -> None:
        u, skin = self._unit, self.skin
        is_on = mod.id in state.enabled
        if is_chosen:
            self._box(rect, skin.row, skin.accent, 1.6)
        switch = self._switch(rect)
        wants = mod.id not in state.disabled
        colour = skin.on if is_on else skin.wrong if wants else skin.off
        pygame.draw.rect(self._target, colour, switch, border_radius=switch.h // 2)
        knob = (switch.right if wants else switch.x) + (-1 if wants else 1) * switch.h / 2
        pygame.draw.aacircle(self._target, skin.panel, (knob, switch.centery), switch.h / 2 - 0.6 * u)
        x = switch.right + 2.4 * u
        room = rect.right - x - 14 * u
        self._write(mod.name, 3.8, (x, rect.y + 1.5 * u), skin.text if is_on else skin.dim, room=room)
        below = mod.description or mod.path.name
        self._write(below, 2.6, (x, rect.y + 5.9 * u), skin.dim, room=rect.right - x - 2 * u)
        note, shade = ("cannot load", skin.wrong) if has_failed else (str(mod.version), skin.dim)
        self._write(note, 2.6, (rect.right - 1.8 * u, rect.y + 2.2 * u), shade, align=1)

    def _unreadable_row(self, rect: pygame.Rect, problem: Problem, is_chosen: bool) -> None:
        u, skin = self._unit, self.skin
        if is_chosen:
            self._box(rect, skin.row, skin.accent, 1.6)
        shade = skin.accent if problem.is_warning else skin.wrong
        mark = pygame.Rect(0, 0, 4.4 * u, 4.4 * u)
        mark.center = self._switch(rect).center
        pygame.draw.rect(self._target, shade, mark, border_radius=mark.h // 2)
        self._write("!", 3.4, (mark.centerx, mark.y + 0.9 * u), skin.panel, align=0.5)
        x = self._switch(rect).right + 2.4 * u
        room = rect.right - x - 2 * u
        self._write(problem.mod or problem.fix, 3.8, (x, rect.y + 1.5 * u), skin.dim, room=room)
        self._write(problem.fix, 2.6, (x, rect.y + 5.9 * u), shade, room=room)

    def _cross(self, button: pygame.Rect) -> None:
        self._box(button, self.skin.row, self.skin.edge, 1.4)
        arm = button.inflate(-0.56 * button.w, -0.56 * button.h)
        width = max(2, round(self._unit / 2))
        pygame.draw.line(self._target, self.skin.text, arm.topleft, arm.bottomright, width)
        pygame.draw.line(self._target, self.skin.text, arm.bottomleft, arm.topright, width)

    def _switch(self, row: pygame.Rect) -> pygame.Rect:
        u = self._unit
        return pygame.Rect(row.x + 2 * u, row.centery - 1.7 * u, 6.4 * u, 3.4 * u)

    def _details(self, area: pygame.Rect, state: MenuState) -> None:
        u, skin = self._unit, self.skin
        edge = area.x - 1.5 * u
        pygame.draw.line(self._target, skin.row, (edge, area.y), (edge, area.bottom), max(1, round(u / 5)))
        y = float(area.y)
        if state.chosen >= len(state.mods):
            for problem in state.unreadable[state.chosen - len(state.mods) :][:1]:
                y += self._write(problem.mod or self.skin.title, 4.6, (area.x, y), skin.text, room=area.w) + 2 * u
                self._problem((area.x, y), area.w, problem)
            return
        mod = state.mods[state.chosen]
        y += self._write(mod.name, 4.6, (area.x, y), skin.text, room=area.w) + u
        by = [f"by {', '.join(mod.authors)}"] if mod.authors else []
        facts = "     ".join([f"version {mod.version}", *by, mod.id])
        y += self._write(facts, 2.6, (area.x, y), skin.dim, room=area.w) + 2 * u
        if mod.description:
            y += self._write(mod.description, 3, (area.x, y), skin.text, width=area.w) + 2 * u
        for problem in state.chosen_problems:
            if y > area.bottom - 14 * u:
                break
            y += self._problem((area.x, y), area.w, problem)
        y += self._needs((area.x, y), area.w, mod)
        for text, shade in _standing_lines(state.standing, skin, on=mod.id in state.enabled):
            if y < area.bottom - 3 * u:
                y += self._write(text, 2.7, (area.x, y), shade, room=area.w) + 0.6 * u

    def _problem(self, at: tuple[float, float], width: int, problem: Problem) -> float:
        u, skin = self._unit, self.skin
        shade = skin.accent if problem.is_warning else skin.wrong
        height = self._write(f"{problem.fix}.", 3, at, shade, width=width) + 0.4 * u
        why = f"{problem.why[:1].upper()}{problem.why[1:]}."
        return height + self._write(why, 2.6, (at[0], at[1] + height), skin.dim, width=width) + 2 * u

    def _needs(self, at: tuple[float, float], width: int, mod: Mod) -> float:
        requirements = [f"{other} {versions}".strip() for other, versions in mod.manifest.requires.items()]
        if not requirements:
            return 0
        return self._write(f"Needs {', '.join(requirements)}.", 2.7, at, self.skin.dim, width=width) + 2 * self._unit

    def _ask(self, question: str) -> None:
        u, skin = self._unit, self.skin
        box = pygame.Rect(0, 0, 90 * u, 34 * u)
        box.center = self._target.get_rect().center
        self._box(box, skin.panel, skin.accent, 2)
        self._write(question, 3.6, (box.x + 5 * u, box.y + 5 * u), skin.text, width=box.w - 10 * u)
        for yes, text, x in ((True, "Yes", box.centerx - 24 * u), (False, "No", box.centerx + 4 * u)):
            button = pygame.Rect(x, box.bottom - 11 * u, 20 * u, 7 * u)
            self._box(button, skin.row, skin.on if yes else skin.edge, 1.4)
            self._write(text, 3.4, (button.centerx, button.y + 1.5 * u), skin.text, align=0.5)
            self._answers.append((yes, button))

    def _box(self, rect: pygame.Rect, fill: Rgb, edge: Rgb, radius: float) -> None:
        corner = round(radius * self._unit)
        pygame.draw.rect(self._target, fill, rect, border_radius=corner)
        pygame.draw.rect(self._target, edge, rect, max(1, round(self._unit / 3)), border_radius=corner)

    def _write(
        self,
        text: str,
        size: float,
        at: tuple[float, float],
        colour: Rgb,
        *,
        align: float = 0,
        width: float = 0,
        room: float = 0,
    ) -> int:
        """Write text and return its height; `align` is 0 (left) to 1 (right); wrap at `width`, or cut to `room`."""
        text = text[:_LONGEST_TEXT]
        key = text, max(8, round(size * self._unit)), colour, round(width), round(room)
        picture = self._pictures.get(key)
        if picture is None:
            font = self._font(size)
            if room:
                text = _fit(plain(" ".join(text.split())), font, room)
            else:
                text = "\n".join(map(plain, text.splitlines()[:_MOST_LINES]))
            picture = font.render(text, True, colour, wraplength=max(0, round(width)))
            if self.skin.font is None:  # a font of the game may change while it runs
                if len(self._pictures) >= _MOST_PICTURES:
                    self._pictures.clear()
                self._pictures[key] = picture
        self._target.blit(picture, (at[0] - picture.get_width() * align, at[1]))
        return picture.get_height()

    def _font(self, size: float) -> pygame.font.Font:
        pixels = max(8, round(size * self._unit))
        if pixels not in self._fonts:
            path = self.skin.font
            if path is None:  # its letters are smaller than their nominal size
                self._fonts[pixels] = pygame.font.Font(None, round(pixels * 1.2))
            else:
                self._fonts[pixels] = load_font(path, pixels)
        return self._fonts[pixels]


def _fit(text: str, font: pygame.font.Font, room: float) -> str:
    """Return a text, cut to the width of one line. The width is measured some ten times, however long the text is."""
    if len(text) <= _LONGEST_LINE and font.size(text)[0] <= room:
        return text
    fits, too_long = 0, min(len(text), _LONGEST_LINE)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if font.size(text[:middle].rstrip() + "…")[0] <= room:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + "…" if fits else ""


def _standing_lines(standing: Standing | Literal["counting"] | None, skin: Skin, *, on: bool) -> list[tuple[str, Rgb]]:
    if not on:
        return []
    if standing == "counting":
        return [("Counting overrides …", skin.dim)]
    if standing is None:
        return [("It overrides nothing, and nothing overrides it.", skin.dim)]
    lines = [(f"It {change}", skin.on) for change in standing.changes[:4]]
    if len(standing.changes) > 4:
        lines.append((f"    and {len(standing.changes) - 4:,} more files", skin.dim))
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
