"""The last line of the menu, and what opens above it: choices and questions."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu.get_part import draw_cancel
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.pen import BODY, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import mix
from vfsloader.pygame.menu.view import Hit, Question, Sheet, View
from vfsloader.pygame.menu.words import Words

#: A key in the last line, and the name of the word that says what it does. A key of two arrows is drawn as a sign.
_HINTS = {
    "keyboard": (
        ("Enter", "hint_toggle"),
        ("Shift ↑↓", "hint_move"),
        ("/", "search"),
        ("Tab", "more"),
        ("Esc", "close"),
    ),
    "controller": (("A", "hint_toggle"), ("LB RB", "hint_move"), ("X", "conflicts"), ("Y", "more"), ("B", "close")),
    "mouse": (("hint_click", "hint_toggle"), ("hint_drag", "hint_move"), ("hint_wheel", "hint_scroll")),
    "touch": (),
}
_PAGE_HINTS = {
    "keyboard": (("↑↓", "hint_scroll"), ("Enter", "hint_choose"), ("Esc", "back")),
    "controller": (("↑↓", "hint_scroll"), ("A", "hint_choose"), ("B", "back")),
    "mouse": (("hint_click", "hint_choose"), ("hint_wheel", "hint_scroll")),
    "touch": (),
}
_JOIN_HINTS = {
    "keyboard": (("Enter", "hint_choose"), ("Tab", "more"), ("Esc", "back")),
    "controller": (("A", "hint_choose"), ("X", "hint_scroll"), ("Y", "more"), ("B", "back")),
    "mouse": (("hint_click", "hint_choose"), ("hint_wheel", "hint_scroll")),
    "touch": (),
}
_GET_HINTS = {
    "keyboard": (("Enter", "hint_choose"), ("/", "search"), ("Tab", "more"), ("Esc", "back")),
    "controller": (("A", "hint_choose"), ("X", "hint_scroll"), ("Y", "more"), ("B", "back")),
    "mouse": (("hint_click", "hint_choose"), ("hint_wheel", "hint_scroll")),
    "touch": (),
}


def draw_footer(pen: Pen, words: Words, view: View, layout: Layout) -> None:
    """Draw the message, or else which keys do what."""
    skin, footer = pen.skin, layout.footer
    if view.message:
        _draw_message(pen, view.message, layout)
        return
    is_beside = view.get is not None or view.join is not None
    if is_beside and view.working is not None:
        draw_cancel(pen, words, view, layout)
        return
    if is_beside and view.notice:
        _draw_notice(pen, view.notice, layout)
        return
    own = dict(skin.hints).get(view.device)
    if own is not None:
        y = footer.centery - pen.height(BODY) / 2
        pen.text("hint", own, BODY, (footer.centerx, y), skin.accent, align=0.5, room=footer.w)
        return
    hints = {"list": _HINTS, "conflicts": _PAGE_HINTS, "get": _GET_HINTS, "join": _JOIN_HINTS}[view.page][view.device]
    x = footer.x
    for key, word in hints:
        label = getattr(words, key) if key.startswith("hint_") else key
        what = getattr(words, word)
        key_width = _key_width(pen, label)
        width = key_width + pen.px(8) + pen.width(what, SMALL)
        if x + width > footer.right:
            return
        _draw_key(pen, label, pygame.Rect(x, footer.centery - pen.px(11), key_width, pen.px(22)))
        pen.text("hint", what, SMALL, (x + key_width + pen.px(8), footer.centery - pen.height(SMALL) / 2), skin.dim)
        x += width + pen.px(20)
    if view.page == "list" and view.rows:
        width = pen.width(words.later_wins, SMALL)
        if x + width <= footer.right:
            at = footer.right, footer.centery - pen.height(SMALL) / 2
            pen.text("later wins", words.later_wins, SMALL, at, mix(skin.dim, skin.panel, 0.25), align=1)


def _key_width(pen: Pen, label: str) -> int:
    arrows = label.count("↑↓")
    text = label.replace("↑↓", "").strip()
    width = pen.width(text, SMALL) + (pen.px(4) if text and arrows else 0) + arrows * pen.px(26)
    return max(pen.px(22), width + pen.px(14))


def _draw_key(pen: Pen, label: str, rect: pygame.Rect) -> None:
    skin = pen.skin
    pen.brush.box(rect, skin.row, pen.px(6), skin.edge, max(1, pen.px(1)))
    text = label.replace("↑↓", "").strip()
    y = rect.centery - pen.height(SMALL) / 2
    if "↑↓" not in label:
        pen.text("key", text, SMALL, (rect.centerx, y), skin.text, align=0.5)
        return
    x = rect.x + pen.px(7)
    x += pen.text("key", text, SMALL, (x, y), skin.text) + (pen.px(4) if text else 0)
    for sign in ("up", "down"):
        pen.brush.sign(sign, pygame.Rect(x, rect.centery - pen.px(6), pen.px(12), pen.px(12)), skin.text)
        x += pen.px(13)


def _draw_notice(pen: Pen, notice: str, layout: Layout) -> None:
    skin, footer = pen.skin, layout.footer
    mark = pygame.Rect(footer.x, 0, pen.px(18), pen.px(18))
    mark.centery = footer.centery
    pen.brush.sign("check", mark, skin.on)
    x = mark.right + pen.px(8)
    pen.text("notice", notice, BODY, (x, footer.centery - pen.height(BODY) / 2), skin.text, room=footer.right - x)


def _draw_message(pen: Pen, message: str, layout: Layout) -> None:
    skin, footer = pen.skin, layout.footer
    lines = pen.writer.wrap(message, pen.pixels(BODY), footer.w - pen.px(40), 3)
    height = len(lines) * (pen.height(BODY) + pen.px(2)) + pen.px(14)
    box = pygame.Rect(footer.x - pen.px(6), 0, footer.w + pen.px(12), height)
    box.bottom = max(footer.bottom + pen.px(2), box.h)
    pen.brush.box(box, mix(skin.panel, skin.wrong, 0.2), pen.px(8), mix(skin.panel, skin.wrong, 0.6), max(1, pen.px(1)))
    sign = pygame.Rect(box.x + pen.px(10), box.y + pen.px(8), pen.px(16), pen.px(16))
    pen.brush.sign("warning", sign, skin.wrong)
    area = pygame.Rect(sign.right + pen.px(8), box.y + pen.px(7), footer.w - pen.px(40), 0)
    pen.paragraph("message", message, BODY, area, skin.text, 3)


def _dim_behind(pen: Pen) -> None:
    pen.target.fill((120, 120, 132), special_flags=pygame.BLEND_RGB_MULT)
    pen.hot = []  # what is behind cannot be clicked


def draw_question(pen: Pen, words: Words, view: View, layout: Layout, question: Question) -> None:
    """Draw a question with its two answers."""
    skin, panel = pen.skin, layout.panel
    _dim_behind(pen)
    width = min(panel.w - pen.px(24), pen.px(460))
    pad = pen.px(24)
    most = max(6, (panel.h - pen.px(24) - 3 * pad - pen.px(38)) // (pen.height(NAME) + pen.px(2)))
    lines = pen.writer.wrap(question.text, pen.pixels(NAME), width - 2 * pad, most)
    text_height = len(lines) * (pen.height(NAME) + pen.px(2))
    box = pygame.Rect(0, 0, width, text_height + 3 * pad + pen.px(38))
    box.center = panel.center
    pen.brush.box(box, skin.panel, pen.px(14), skin.accent, max(1, pen.px(1.5)))
    area = pygame.Rect(box.x + pad, box.y + pad, width - 2 * pad, 0)
    pen.paragraph("question", question.text, NAME, area, skin.text, most)
    side = (box.w - 2 * pad - pen.px(14)) // 2
    for index, (yes, label) in enumerate(((True, words.yes), (False, words.no))):
        button = pygame.Rect(box.x + pad + index * (side + pen.px(14)), box.bottom - pad - pen.px(38), side, pen.px(38))
        hit = Hit("answer", int(yes))
        is_marked = view.answer == yes if view.hover is None else view.hover == hit
        fill = mix(skin.row, skin.on, 0.75) if yes else skin.row
        if not is_marked:
            fill = mix(fill, skin.panel, 0.4)
        pen.brush.box(button, fill, pen.px(9), skin.on if yes else skin.edge, max(1, pen.px(2)))
        ink = mix(skin.panel, (0, 0, 0), 0.5) if yes and is_marked else skin.text
        y = button.centery - pen.height(NAME) / 2
        pen.text("answer", label, NAME, (button.centerx, y), ink, align=0.5, room=button.w - pen.px(10))
        pen.hit(button, hit)


def draw_sheet(pen: Pen, words: Words, view: View, layout: Layout, sheet: Sheet) -> None:
    """Draw choices over the menu; those that do not fit are scrolled to."""
    skin, panel = pen.skin, layout.panel
    _dim_behind(pen)
    pen.hit(panel, Hit("back"))
    pad, step = pen.px(16), pen.px(40)
    width = min(panel.w - pen.px(24), pen.px(380))
    note = pen.writer.wrap(sheet.note, pen.pixels(BODY), width - 2 * pad, 6) if sheet.note else []
    note_height = len(note) * (pen.height(BODY) + pen.px(2)) + pen.px(10) if note else 0
    head = pen.height(LARGE) + pen.px(14) + note_height + (pen.px(46) if sheet.text is not None else 0)
    room = max(1, (panel.h - pen.px(24) - head - 2 * pad) // step)
    visible = min(len(sheet.items), room)
    first = max(0, min(view.sheet_chosen - visible // 2, len(sheet.items) - visible))
    box = pygame.Rect(0, 0, width, head + visible * step + 2 * pad)
    box.center = panel.center
    pen.brush.box(box, skin.panel, pen.px(14), skin.accent, max(1, pen.px(1.5)))
    pen.hit(box, Hit("sheet"))
    pen.text("sheet title", sheet.title, LARGE, (box.x + pad, box.y + pad), skin.text, room=width - 2 * pad)
    below = box.y + pad + pen.height(LARGE) + pen.px(8)
    if note:
        pen.paragraph("sheet note", sheet.note, BODY, pygame.Rect(box.x + pad, below, width - 2 * pad, 0), skin.dim, 6)
    if sheet.text is not None:
        _draw_field(pen, sheet.text, pygame.Rect(box.x + pad, below + note_height, width - 2 * pad, pen.px(38)))
    for index in range(first, first + visible):
        item = sheet.items[index]
        line = pygame.Rect(box.x + pad // 2, box.y + pad + head + (index - first) * step, width - pad, step - pen.px(4))
        hit = Hit("item", index)
        if index == view.sheet_chosen or view.hover == hit:
            edge = skin.accent if index == view.sheet_chosen else skin.row
            pen.brush.box(line, skin.row, pen.px(9), edge, max(1, pen.px(1.5)))
        x = line.x + pen.px(12)
        if item.is_marked:
            mark = pygame.Rect(line.right - pen.px(30), 0, pen.px(18), pen.px(18))
            mark.centery = line.centery
            pen.brush.sign("check", mark, skin.on)
        y = line.centery - pen.height(NAME) / 2
        pen.text("item", item.label, NAME, (x, y), skin.text, room=line.w - pen.px(24) - (pen.px(26) * item.is_marked))
        pen.hit(line, hit)


def _draw_field(pen: Pen, text: str, field: pygame.Rect) -> None:
    skin = pen.skin
    pen.brush.box(field, mix(skin.panel, (0, 0, 0), 0.3), pen.px(8), skin.accent, max(1, pen.px(1)))
    x, y = field.x + pen.px(12), field.centery - pen.height(NAME) / 2
    room = field.w - pen.px(30)
    shown = text
    while shown and pen.width(shown, NAME) > room:  # the end is where the player types
        shown = f"\N{HORIZONTAL ELLIPSIS}{shown[2:]}"
    width = pen.text("field", shown, NAME, (x, y), skin.text)
    pen.target.fill(skin.accent, (x + width + pen.px(2), y, max(1, pen.px(1.5)), pen.height(NAME)))
