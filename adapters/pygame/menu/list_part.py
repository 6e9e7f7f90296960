"""The upper part of the menu and its list."""

from __future__ import annotations

import zlib

import pygame
from vfsloader.pygame.menu.icons import Icons
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.pen import BODY, HEADING, NAME, SMALL, Pen
from vfsloader.pygame.menu.rows import Row
from vfsloader.pygame.menu.skin import Rgb, mix
from vfsloader.pygame.menu.view import Hit, View
from vfsloader.pygame.menu.words import Words, fill

#: Colours of the tiles of mods without an icon.
_TILES: tuple[Rgb, ...] = (
    (94, 129, 244), (88, 184, 196), (112, 190, 120), (214, 168, 80), (222, 120, 90), (206, 100, 150), (150, 110, 220),
    (110, 140, 170),
)  # fmt: skip


def draw_head(pen: Pen, words: Words, view: View, layout: Layout) -> None:
    """Draw the title, the search field and the buttons."""
    skin = pen.skin
    if view.get is None and view.join is None:  # these pages have their own
        _draw_title(pen, words, view, layout)
    if view.join is None:
        _draw_search(pen, words, view, layout.search)
    _draw_tools(pen, view, layout.tools)
    pen.button(layout.close, "", Hit("close"), view.hover, sign="close", colour=skin.text)


def _draw_title(pen: Pen, words: Words, view: View, layout: Layout) -> None:
    skin, head = pen.skin, layout.head
    y = head.y + (head.h - pen.height(HEADING)) / 2
    room = layout.search.x - head.x - pen.px(8) if layout.is_compact else head.w * 0.5
    width = pen.text("title", skin.title or words.title, HEADING, (head.x, y), skin.text, room=room)
    if not layout.is_compact and view.total:
        summary = fill(words.summary, on=view.loading, count=view.total)
        x = head.x + width + pen.px(16)
        base = head.centery - pen.height(BODY) / 2 + pen.px(2)
        room = layout.close.x - x - pen.px(16)
        width = pen.text("summary", summary, BODY, (x, base), skin.dim, room=room)
        if view.attention:
            x += width + pen.px(16)
            sign = pygame.Rect(x, 0, pen.px(15), pen.px(15))
            sign.centery = head.centery + pen.px(1)
            text = fill(words.needs_attention, count=view.attention)
            room = layout.close.x - sign.right - pen.px(20)
            if pen.width(text, BODY) <= room:
                pen.brush.sign("warning", sign, skin.wrong)
                pen.text("attention", text, BODY, (sign.right + pen.px(6), base), skin.wrong)


def _draw_search(pen: Pen, words: Words, view: View, field: pygame.Rect) -> None:
    skin = pen.skin
    is_active = view.is_searching or view.hover == Hit("search")
    pen.brush.box(field, mix(skin.panel, (0, 0, 0), 0.3), pen.px(8), skin.accent if is_active else pen.line,
                  max(1, pen.px(1)))  # fmt: skip
    glass = pygame.Rect(field.x + pen.px(10), 0, pen.px(16), pen.px(16))
    glass.centery = field.centery
    pen.brush.sign("search", glass, skin.dim)
    x, y = glass.right + pen.px(8), field.y + (field.h - pen.height(BODY)) / 2
    room = field.right - x - pen.px(36)
    pen.hit(field, Hit("search"))
    if view.search:
        width = pen.text("search", view.search, BODY, (x, y), skin.text, room=room)
        cross = pygame.Rect(field.right - pen.px(30), 0, pen.px(24), pen.px(24))
        cross.centery = field.centery
        pen.brush.sign("close", cross, skin.text if view.hover == Hit("clear") else skin.dim)
        pen.hit(cross.inflate(pen.px(6), pen.px(8)), Hit("clear"))
    else:
        width = 0
        pen.text("search", words.search, BODY, (x, y), skin.dim, room=room)
    if view.is_searching:
        caret = pygame.Rect(x + width + pen.px(1), 0, max(1, pen.px(1.5)), pen.px(18))
        caret.centery = field.centery
        pen.target.fill(skin.accent, caret)


def _draw_tools(pen: Pen, view: View, area: pygame.Rect) -> None:
    """Draw as many buttons as there is room for; the first one, which opens all choices, is always there."""
    right = area.right
    for index, tool in enumerate(view.tools):
        width = area.h + pen.px(6) if not index else min(pen.width(tool.label, BODY) + pen.px(26), area.w)
        if index and right - width < area.x:
            break
        rect = pygame.Rect(right - width, area.y, width, area.h)
        pen.button(rect, tool.label if index else "", Hit("tool", index), view.hover, sign="" if index else "more")
        right = rect.x - pen.px(8)


def draw_list(pen: Pen, words: Words, view: View, layout: Layout, icons: Icons) -> int:
    """Draw the rows that can be seen, and return how far the list can be scrolled."""
    area = layout.list
    limit = max(0, len(view.rows) * layout.row - area.h)
    pen.hit(area, Hit("list"))
    if not view.rows:
        _draw_empty(pen, words, view, area)
        return 0
    scroll = max(0, min(view.scroll, limit))
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    first = scroll // layout.row
    for index in range(first, min(len(view.rows), (scroll + area.h) // layout.row + 1)):
        rect = pygame.Rect(area.x, area.y + index * layout.row - scroll, area.w, layout.row - pen.px(4))
        _draw_row(pen, view, index, rect, icons)
    pen.target.set_clip(outer)
    if limit:
        draw_bar(pen, layout.bar, area.h, len(view.rows) * layout.row, scroll, view.hover)
    return limit


def draw_bar(pen: Pen, bar: pygame.Rect, seen: int, content: int, scroll: int, hover: Hit | None) -> None:
    """Draw the scroll bar of a list of which some pixels are seen."""
    skin, knob = pen.skin, bar.copy()
    knob.h = max(pen.px(28), bar.h * seen // content)
    knob.y = bar.y + (bar.h - knob.h) * scroll // (content - seen)
    pen.brush.box(bar, mix(skin.panel, (0, 0, 0), 0.25), bar.w // 2)
    pen.brush.box(knob, skin.accent if hover == Hit("bar") else skin.edge, bar.w // 2)
    pen.hit(bar.inflate(pen.px(10), 0), Hit("bar"))


def _draw_empty(pen: Pen, words: Words, view: View, area: pygame.Rect) -> None:
    text, hint = words.empty, words.empty_hint
    if view.search:
        text, hint = fill(words.no_match, text=view.search), ""
    line = pygame.Rect(area.x, area.y + area.h // 4, area.w, area.h)
    line.y += pen.paragraph("empty", text, NAME, line, pen.skin.text) + pen.px(6)
    pen.paragraph("empty hint", hint, BODY, line, pen.skin.dim)


def _draw_row(pen: Pen, view: View, index: int, rect: pygame.Rect, icons: Icons) -> None:
    skin, row = pen.skin, view.rows[index]
    is_chosen, is_hovered = index == view.chosen, view.hover is not None and view.hover.number == index and (
        view.hover.place in ("row", "switch", "grip")
    )  # fmt: skip
    if is_chosen:
        is_dragged = view.dragged == row.id
        pen.brush.box(rect, mix(skin.row, skin.accent, 0.12) if is_dragged else skin.row, pen.px(10),
                      skin.accent, max(1, pen.px(1.5)))  # fmt: skip
    elif is_hovered:
        pen.brush.box(rect, pen.faint, pen.px(10))
    pen.hit(rect, Hit("row", index))
    grip = pygame.Rect(rect.x + pen.px(2), rect.y, pen.px(20), rect.h)
    if row.mod is not None:
        if is_chosen or is_hovered:
            pen.brush.sign("grip", grip.inflate(0, -rect.h + pen.px(22)), skin.dim)
        pen.hit(grip, Hit("grip", index))
    tile = pygame.Rect(grip.right + pen.px(2), 0, pen.px(40), pen.px(40))
    tile.centery = rect.centery
    draw_icon(pen, row, tile, icons)
    switch = pygame.Rect(0, 0, pen.px(40), pen.px(22))
    switch.midright = rect.right - pen.px(12), rect.centery
    right = switch.x - pen.px(10)
    if row.mod is not None:
        _draw_switch(pen, row, switch)
        pen.hit(switch.inflate(pen.px(16), pen.px(20)), Hit("switch", index))
        note = str(row.place) if row.place else ""
        right -= pen.text("place", note, SMALL, (right, rect.centery - pen.height(SMALL) / 2), skin.dim, align=1)
        right -= pen.px(10)
    else:
        right = rect.right - pen.px(12)
    x = tile.right + pen.px(12)
    is_bright = row.is_on or (row.mod is None and is_chosen)
    y = rect.centery - (pen.height(NAME) + pen.height(SMALL) + pen.px(2)) / 2
    name = row.name if pen.writer.faces.has_all(row.name) else row.id  # an id has plain letters
    pen.text("name", name, NAME, (x, y), skin.text if is_bright else skin.dim, room=right - x)
    y += pen.height(NAME) + pen.px(2)
    shade = skin.dim if row.mod is not None and not row.is_wrong else skin.wrong
    if row.problem is not None and (row.is_wrong or row.problem.is_warning):
        sign = pygame.Rect(x, y + pen.px(1), pen.px(13), pen.px(13))
        pen.brush.sign("warning", sign, skin.wrong if row.is_wrong else skin.accent)
        x = sign.right + pen.px(5)
    if not row.is_wrong and not row.is_on:
        shade = mix(skin.dim, skin.panel, 0.3)
    pen.text("note", row.note, SMALL, (x, y), shade, room=right - x)


def draw_icon(pen: Pen, row: Row, tile: pygame.Rect, icons: Icons) -> None:
    """Draw a mod's icon, or a tile with the first letter of its name."""
    radius = max(2, tile.w // 5)
    icon = None if row.mod is None else icons.get(row.mod, tile.w)
    if icon is not None:
        if not row.is_on:
            icon = icon.copy()
            icon.set_alpha(130)
        pen.brush.masked(icon, tile.topleft, radius)
        return
    if row.mod is None:
        pen.brush.box(tile, mix(pen.skin.panel, pen.skin.wrong, 0.22), radius)
        pen.brush.sign("warning", tile.inflate(-tile.w * 0.4, -tile.h * 0.4), pen.skin.wrong)
        return
    draw_letter(pen, row.id, row.name, tile, is_bright=row.is_on)


def draw_letter(pen: Pen, mod: str, name: str, tile: pygame.Rect, *, is_bright: bool) -> None:
    """Draw a tile with the first letter of a name, in a colour that the id chooses."""
    colour = _TILES[zlib.crc32(mod.encode()) % len(_TILES)]
    ground = mix(pen.skin.panel, colour, 0.62 if is_bright else 0.26)
    pen.brush.box(tile, ground, max(2, tile.w // 5))
    faces = pen.writer.faces
    letter = next((char for char in name + mod if char.isalnum() and faces.has_all(char)), "?").upper()[:1]
    size = 0.5 * tile.h / pen.scale
    ink = mix(ground, (255, 255, 255), 0.86 if is_bright else 0.4)
    pen.text("tile", letter, size, (tile.centerx, tile.centery - pen.height(size) / 2), ink, align=0.5)


def _draw_switch(pen: Pen, row: Row, switch: pygame.Rect) -> None:
    skin = pen.skin
    colour = skin.on if row.is_on else skin.wrong if row.is_wanted else skin.off
    pen.brush.box(switch, colour, switch.h // 2)
    radius = switch.h / 2 - pen.px(3)
    x = switch.right - switch.h / 2 if row.is_wanted else switch.x + switch.h / 2
    pen.brush.disc((x, switch.centery), radius, (250, 250, 252) if row.is_wanted else mix(skin.dim, skin.text, 0.3))
