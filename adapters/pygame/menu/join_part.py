"""The page with the hosts that can be joined: its list, and what joining one changes."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu.buttons import (
    draw_big_button,
    draw_divider,
    draw_more_below,
    draw_page_title,
    draw_row_button,
    draw_row_ground,
)
from vfsloader.pygame.menu.join_page import Act, JoinView
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.list_part import draw_bar, draw_letter
from vfsloader.pygame.menu.pen import BODY, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import Rgb
from vfsloader.pygame.menu.view import Hit, View
from vfsloader.pygame.menu.words import Words, fill


def draw_title(pen: Pen, words: Words, view: View, join: JoinView, layout: Layout) -> None:
    """Draw the way back, the title, and how many hosts there are."""
    draw_page_title(pen, view, layout, words.join_host, fill(words.hosts_known, count=join.count))


def draw_hosts(pen: Pen, words: Words, view: View, join: JoinView, layout: Layout) -> int:
    """Draw the rows that can be seen, and return how far the list can be scrolled."""
    area, count = layout.list, len(join.rows)
    limit = max(0, count * layout.row - area.h)
    pen.hit(area, Hit("offers"))
    scroll = max(0, min(join.scroll, limit))
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    for index in range(scroll // layout.row, min(count, (scroll + area.h) // layout.row + 1)):
        rect = pygame.Rect(area.x, area.y + index * layout.row - scroll, area.w, layout.row - pen.px(4))
        _draw_row(pen, words, view, join, index, rect)
    if not join.count:
        hint = pygame.Rect(area.x + pen.px(9), area.y + layout.row + pen.px(8), area.w - pen.px(18), area.h)
        pen.paragraph("empty", words.no_hosts, BODY, hint, pen.skin.dim)
    pen.target.set_clip(outer)
    if limit:
        draw_bar(pen, layout.bar, area.h, count * layout.row, scroll, view.hover)
    return limit


def _draw_row(pen: Pen, words: Words, view: View, join: JoinView, index: int, rect: pygame.Rect) -> None:
    skin, row, act = pen.skin, join.rows[index], join.acts[index]
    is_chosen = index == join.chosen
    draw_row_ground(pen, view, index, rect, is_chosen=is_chosen)
    tile = pygame.Rect(rect.x + pen.px(9), 0, pen.px(40), pen.px(40))
    tile.centery = rect.centery
    right = rect.right - pen.px(10)
    if not row.id:
        pen.brush.box(tile, skin.row, pen.px(10), skin.accent, max(1, pen.px(1.5)))
        arm = pen.px(9)
        thick = max(2, pen.px(2.5))
        pen.target.fill(skin.accent, (tile.centerx - arm, tile.centery - thick // 2, 2 * arm, thick))
        pen.target.fill(skin.accent, (tile.centerx - thick // 2, tile.centery - arm, thick, 2 * arm))
        x = tile.right + pen.px(12)
        pen.text("name", row.name, NAME, (x, rect.centery - pen.height(NAME) / 2), skin.text, room=right - x)
        return
    draw_letter(pen, row.id, row.name, tile, is_bright=True)
    area = pygame.Rect(rect.x, rect.y, right - rect.x, rect.h)
    right = draw_row_button(pen, view, _label(words, act), _ink(pen, act), index, area, is_chosen=is_chosen)
    x = tile.right + pen.px(12)
    y = rect.centery - (pen.height(NAME) + pen.height(SMALL) + pen.px(2)) / 2
    name = row.name if pen.writer.faces.has_all(row.name) else row.note
    pen.text("name", name, NAME, (x, y), skin.text, room=right - x)
    y += pen.height(NAME) + pen.px(2)
    if act == "leave":
        mark = pygame.Rect(x, y + pen.px(1), pen.px(13), pen.px(13))
        pen.brush.sign("check", mark, skin.on)
        x = mark.right + pen.px(5)
    pen.text("note", row.note, SMALL, (x, y), skin.on if act == "leave" else skin.dim, room=right - x)


def draw_host(pen: Pen, words: Words, view: View, join: JoinView, layout: Layout) -> int:
    """Draw what is known of the chosen host, and return how far that can be scrolled."""
    skin, area = pen.skin, layout.details
    row, act = join.rows[join.chosen], join.acts[join.chosen]
    draw_divider(pen, layout)
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    flow = pygame.Rect(area.x, area.y - join.details_scroll, area.w, area.h)
    top = flow.y
    flow.y += pen.paragraph("details name", row.name, LARGE, flow, skin.text, most_lines=2)
    if row.note:
        pen.text("facts", row.note, SMALL, flow.topleft, skin.dim, room=flow.w)
        flow.y += pen.height(SMALL)
    flow.y += pen.px(12)
    strong = act in ("join", "enter_address")
    colour = {"leave": skin.accent, "cancel": skin.wrong}.get(act, skin.on)
    draw_big_button(pen, view, _label(words, act), colour, flow, is_strong=strong, edge=colour)
    if join.title:
        ink = skin.wrong if join.is_refused else skin.on if join.is_joined else skin.text
        flow.y += pen.paragraph("host title", join.title, NAME, flow, ink) + pen.px(8)
    is_list = join.lines != (words.join_note,)
    for line in join.lines:
        text = f"\N{BULLET} {line}" if is_list else line
        flow.y += pen.paragraph("host", text, BODY, flow, skin.text if is_list else skin.dim) + pen.px(4)
    pen.target.set_clip(outer)
    limit = max(0, flow.y - top - area.h)
    draw_more_below(pen, area, limit, join.details_scroll)
    return limit


def _label(words: Words, act: Act) -> str:
    return str(getattr(words, act))


def _ink(pen: Pen, act: Act) -> Rgb:
    skin = pen.skin
    return {"join": skin.text, "leave": skin.accent, "cancel": skin.wrong}.get(act, skin.dim)
