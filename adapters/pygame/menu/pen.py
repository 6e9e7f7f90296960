"""Draws text and shapes at the menu's scale, and notes what was drawn where."""

from __future__ import annotations

from typing import NamedTuple

import pygame
from vfsloader.pygame.menu.brush import Brush
from vfsloader.pygame.menu.skin import Rgb, Skin, mix
from vfsloader.pygame.menu.text import TextWriter
from vfsloader.pygame.menu.view import Hit

#: Sizes of text, in designed pixels.
HEADING, LARGE, NAME, BODY, SMALL = 26, 21, 16, 14, 12.5


class Shown(NamedTuple):
    """A text that was drawn."""

    part: str
    text: str
    rect: pygame.Rect


class Pen:
    """What every part of the menu draws with.

    Attributes
    ----------
    hot
        The parts that react to a click; later ones are above earlier ones.
    shown
        The texts that can be seen, even in part.
    """

    def __init__(self, skin: Skin) -> None:
        self.skin = skin
        self.writer = TextWriter(skin.font)
        self.brush = Brush()
        self.scale = 1.0
        self.hot: list[tuple[pygame.Rect, Hit]] = []
        self.shown: list[Shown] = []
        self.faint = mix(skin.panel, skin.row, 0.45)
        self.line = mix(skin.panel, skin.edge, 0.5)
        self.danger = mix(skin.panel, skin.wrong, 0.14)
        self.notice = mix(skin.panel, skin.accent, 0.12)

    @property
    def target(self) -> pygame.Surface:
        """What is drawn on."""
        return self.brush.target

    def begin(self, target: pygame.Surface, scale: float) -> None:
        """Start a new picture."""
        self.brush.target, self.scale = target, scale
        self.hot, self.shown = [], []

    def px(self, length: float) -> int:
        """Return a designed length in pixels."""
        return round(length * self.scale)

    def pixels(self, size: float) -> int:
        """Return a designed size of text in pixels."""
        return max(7, round(size * self.scale))

    def height(self, size: float) -> int:
        """Return the height of a line of text."""
        return self.writer.height(self.pixels(size))

    def width(self, text: str, size: float) -> int:
        """Return the width of a line of text."""
        return self.writer.width(text, self.pixels(size))

    def hit(self, rect: pygame.Rect, hit: Hit) -> None:
        """Let a part react to clicks where it can be seen."""
        visible = rect.clip(self.target.get_clip())
        if visible.w and visible.h:
            self.hot.append((visible, hit))

    def text(
        self,
        part: str,
        text: str,
        size: float,
        at: tuple[float, float],
        colour: Rgb,
        *,
        align: float = 0,
        room: float = 0,
    ) -> int:
        """Write one line and return its width.

        Parameters
        ----------
        part
            What it is, as `shown` names it.
        text, size, colour
            The text, its designed size and its colour.
        at
            Its top left corner, or the middle or the right end of its top.
        align
            0 for left, 0.5 for the middle, 1 for right.
        room
            Shorten it to this width.
        """
        pixels = self.pixels(size)
        if room:
            text = self.writer.fit(text, pixels, room)
        if not text:
            return 0
        width = self.writer.width(text, pixels)
        where = pygame.Rect(round(at[0] - width * align), round(at[1]), width, self.writer.height(pixels))
        if where.colliderect(self.target.get_clip()):
            self.writer.draw(self.target, text, pixels, where.topleft, colour)
            self.shown.append(Shown(part, text, where.clip(self.target.get_clip())))
        return width

    def paragraph(
        self, part: str, text: str, size: float, area: pygame.Rect, colour: Rgb, most_lines: int = 1000
    ) -> int:
        """Write lines into an area, and return their height. Text in Hebrew or Arabic begins on the right."""
        pixels = self.pixels(size)
        step = self.writer.height(pixels) + self.px(2)
        y = area.y
        clip = self.target.get_clip()
        for line in self.writer.wrap(text, pixels, area.w, most_lines):
            if line and clip.y - step < y < clip.bottom:
                is_rightward = self.writer.line(line, pixels).is_rightward
                self.text(part, line, size, (area.right if is_rightward else area.x, y), colour, align=is_rightward)
            y += step
        return y - area.y

    def button(
        self, rect: pygame.Rect, label: str, hit: Hit, hover: Hit | None, *, sign: str = "", colour: Rgb | None = None
    ) -> None:
        """Draw a button with a text or a sign."""
        skin = self.skin
        is_hovered = hover == hit
        fill = mix(skin.row, skin.edge, 0.45) if is_hovered else skin.row
        self.brush.box(rect, fill, self.px(8), skin.accent if is_hovered else self.line, max(1, self.px(1)))
        ink = colour or (skin.text if is_hovered else mix(skin.text, skin.dim, 0.35))
        if sign:
            self.brush.sign(sign, rect.inflate(-rect.h * 0.4, -rect.h * 0.4), ink)
        if label:
            y = rect.y + (rect.h - self.height(BODY)) / 2
            self.text(hit.place, label, BODY, (rect.centerx, y), ink, align=0.5, room=rect.w - self.px(16))
        self.hit(rect, hit)
