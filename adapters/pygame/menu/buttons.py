"""What the pages with a button in each row have in common: the title, and the buttons."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.pen import BODY, HEADING, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import Rgb, mix
from vfsloader.pygame.menu.view import Hit, View


def draw_page_title(pen: Pen, view: View, layout: Layout, title: str, summary: str) -> None:
    """Draw the way back, the title, and what is said beside it where there is room."""
    skin, head = pen.skin, layout.head
    back = pygame.Rect(head.x, 0, pen.px(34), pen.px(34))
    back.centery = head.centery
    pen.button(back, "", Hit("back"), view.hover, sign="back", colour=skin.text)
    x = back.right + pen.px(12)
    if layout.is_compact:
        room = (layout.tools.x if view.join is not None else layout.search.x) - x - pen.px(6)
        size = next((size for size in (LARGE, NAME, BODY, SMALL) if pen.width(title, size) <= room), 0.0)
        if size:
            pen.text("title", title, size, (x, head.centery - pen.height(size) / 2), skin.text)
        return
    x += pen.text("title", title, HEADING, (x, head.centery - pen.height(HEADING) / 2), skin.text)
    x += pen.px(16)
    at = x, head.centery - pen.height(BODY) / 2 + pen.px(2)
    pen.text("summary", summary, BODY, at, skin.dim, room=layout.close.x - x - pen.px(16))


def draw_row_ground(pen: Pen, view: View, index: int, rect: pygame.Rect, *, is_chosen: bool) -> None:
    """Draw what is behind a row, and let it react to clicks."""
    if is_chosen:
        pen.brush.box(rect, pen.skin.row, pen.px(10), pen.skin.accent, max(1, pen.px(1.5)))
    elif view.hover in (Hit("offer", index), Hit("act", index)):
        pen.brush.box(rect, pen.faint, pen.px(10))
    pen.hit(rect, Hit("offer", index))


def draw_row_button(
    pen: Pen, view: View, label: str, ink: Rgb, index: int, area: pygame.Rect, *, is_chosen: bool
) -> int:
    """Draw the button of a row at the right of an area, and return where it begins."""
    width = max(pen.px(84), pen.width(label, BODY) + pen.px(24))
    button = pygame.Rect(0, 0, min(width, area.w // 2), pen.px(34))
    button.midright = area.right, area.centery
    skin, hit = pen.skin, Hit("act", index)
    is_hovered = view.hover == hit
    ground = mix(skin.row, skin.edge, 0.8 if is_hovered else 0.45 if is_chosen else 0)
    pen.brush.box(button, ground, pen.px(8), skin.accent if is_hovered else pen.line, max(1, pen.px(1)))
    at = button.centerx, button.y + (button.h - pen.height(BODY)) / 2
    pen.text("act", label, BODY, at, ink, align=0.5, room=button.w - pen.px(12))
    pen.hit(button, hit)
    return button.x - pen.px(10)


def draw_big_button(
    pen: Pen, view: View, label: str, colour: Rgb, flow: pygame.Rect, *, is_strong: bool, edge: Rgb
) -> None:
    """Draw the button of the chosen row, and move below it.

    Parameters
    ----------
    is_strong
        Whether it is filled with its colour.
    edge
        The colour of its edge.
    """
    skin, hit = pen.skin, Hit("offered")
    button = pygame.Rect(flow.x, flow.y, min(flow.w, pen.px(260)), pen.px(38))
    ground = mix(skin.row, colour, 0.75 if is_strong else 0.15)
    if view.hover == hit:
        ground = mix(ground, skin.text, 0.15)
    pen.brush.box(button, ground, pen.px(9), edge, max(1, pen.px(1.5)))
    ink = mix(skin.panel, (0, 0, 0), 0.5) if is_strong else skin.text
    y = button.centery - pen.height(NAME) / 2
    pen.text("offered", label, NAME, (button.centerx, y), ink, align=0.5, room=button.w - pen.px(10))
    pen.hit(button, hit)
    flow.y = button.bottom + pen.px(12)


def draw_divider(pen: Pen, layout: Layout) -> None:
    """Draw the line between a list and what is shown of the chosen row."""
    area = layout.details
    if area.x > layout.list.x:
        pen.target.fill(pen.line, (area.x - pen.px(10), area.y, max(1, pen.px(1)), area.h))
    else:
        pen.target.fill(pen.line, (area.x, area.y - pen.px(10), area.w, max(1, pen.px(1))))
    pen.hit(area, Hit("details"))


def draw_more_below(pen: Pen, area: pygame.Rect, limit: int, scrolled: int) -> None:
    """Draw a sign where there is more below."""
    if limit > scrolled:
        sign = pygame.Rect(area.right - pen.px(22), area.bottom - pen.px(20), pen.px(18), pen.px(18))
        pen.brush.disc(sign.center, sign.w * 0.62, pen.skin.row)
        pen.brush.sign("down", sign, pen.skin.accent)
