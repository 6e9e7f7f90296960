"""Where the parts of the menu are, for a target of any size. Pure: sizes in, rectangles out.

Lengths are designed for a target 600 pixels high and scaled, but never so far down that text becomes unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass

import pygame

#: Below this scale text is too small to read. It is given up only where nothing else would fit.
_SMALLEST_SCALE = 0.8
#: The least room, in designed pixels, that the menu needs.
_LEAST_SIZE = 520, 300
#: Lower panels have their search field in the first line.
_TALL_ENOUGH = 470


@dataclass(frozen=True)
class Layout:
    """The parts of the menu, in pixels of the target."""

    size: tuple[int, int]
    scale: float
    panel: pygame.Rect
    head: pygame.Rect
    """The line of the title."""
    close: pygame.Rect
    search: pygame.Rect
    tools: pygame.Rect
    """Where the buttons are, from the right."""
    body: pygame.Rect
    list: pygame.Rect
    bar: pygame.Rect
    """The scroll bar of the list."""
    details: pygame.Rect
    footer: pygame.Rect
    row: int
    """The height of a row."""
    is_compact: bool
    """Whether title, search and buttons share one line."""

    def px(self, length: float) -> int:
        """Return a designed length in pixels of the target."""
        return round(length * self.scale)


def lay_out(size: tuple[int, int], panel_size: tuple[float, float]) -> Layout:
    """Arrange the menu.

    Parameters
    ----------
    size
        Width and height of the target.
    panel_size
        Width and height of the panel, in hundredths of the target's height.

    Examples
    --------
    >>> layout = lay_out((960, 600), (150, 92))
    >>> layout.panel.size, layout.is_compact, layout.panel.contains(layout.list)
    ((893, 548), False, True)
    """
    width, height = size
    unit = min(height, width * 0.62) / 100
    # On large screens more rows are worth more than letters of the same share of the height.
    scale = max(min(unit / 6, 0.55 + 0.55 * unit / 6), _SMALLEST_SCALE)
    scale = max(0.05, min(scale, width / _LEAST_SIZE[0], height / _LEAST_SIZE[1]))

    def px(length: float) -> int:
        return round(length * scale)

    margin = min(6 * unit, px(36)) if unit / 6 >= _SMALLEST_SCALE else px(8)
    room = width - margin, height - margin
    if unit / 6 >= _SMALLEST_SCALE:
        room = min(room[0], panel_size[0] * unit), min(room[1], panel_size[1] * unit)
    panel = pygame.Rect(0, 0, max(1, round(room[0])), max(1, round(room[1])))
    panel.center = width // 2, height // 2
    pad = px(20)
    inner = panel.inflate(-2 * pad, 0)
    is_compact = panel.h < px(_TALL_ENOUGH)
    is_stacked = panel.h > panel.w  # then the details are below the list
    head = pygame.Rect(inner.x, panel.y + px(10 if is_compact else 14), inner.w, px(40))
    close = pygame.Rect(head.right - px(36), head.centery - px(18), px(36), px(36))
    footer = pygame.Rect(inner.x, panel.bottom - px(38), inner.w, px(30))
    top = head.bottom + px(8 if is_compact else 50)
    body = pygame.Rect(inner.x, top, inner.w, max(px(40), footer.y - px(6) - top))
    gap = px(18)
    if is_stacked:
        listed = pygame.Rect(body.x, body.y, body.w, round(body.h * 0.56))
        details = pygame.Rect(body.x, listed.bottom + gap, body.w, body.bottom - listed.bottom - gap)
    else:
        listed = pygame.Rect(body.x, body.y, round(body.w * 0.55), body.h)
        details = pygame.Rect(listed.right + gap, body.y, body.right - listed.right - gap, body.h)
    bar = pygame.Rect(listed.right - px(8), listed.y, px(8), listed.h)
    rows = pygame.Rect(listed.x, listed.y, listed.w - px(14), listed.h)
    if is_compact:
        search = pygame.Rect(head.x + px(110), head.centery - px(16), max(px(90), head.w // 3), px(32))
        tools = pygame.Rect(search.right + px(10), search.y, close.x - px(8) - search.right - px(10), px(32))
    else:
        search = pygame.Rect(rows.x, head.bottom + px(8), rows.w, px(34))
        tools = pygame.Rect(details.x, search.y, details.w, px(34))
        if is_stacked:
            search.w = round(body.w * 0.5)
            tools = pygame.Rect(search.right + px(8), search.y, body.right - search.right - px(8), px(34))
    return Layout(
        size, scale, panel, head, close, search, tools, body, rows, bar, details, footer, px(58), is_compact
    )  # fmt: skip
