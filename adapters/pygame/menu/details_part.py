"""What is shown of one mod: beside the list."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu.conflicts import Conflict
from vfsloader.pygame.menu.icons import Icons
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.list_part import draw_icon
from vfsloader.pygame.menu.pen import BODY, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import Rgb, mix
from vfsloader.pygame.menu.view import Details, Hit, View
from vfsloader.pygame.menu.words import Words, fill

from vfsloader.mods.messages import Problem

#: Conflicts in the short list beside the mods.
_MOST_GROUPS = 6


def draw_details(pen: Pen, words: Words, view: View, layout: Layout, icons: Icons) -> int:
    """Draw the mod under the cursor, and return how far that can be scrolled."""
    area = layout.details
    x = area.x - pen.px(10)
    if view.details is None:
        return 0
    if area.x > layout.list.x:
        pen.target.fill(pen.line, (x, area.y, max(1, pen.px(1)), area.h))
    else:
        pen.target.fill(pen.line, (area.x, area.y - pen.px(10), area.w, max(1, pen.px(1))))
    pen.hit(area, Hit("details"))
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    flow = pygame.Rect(area.x, area.y - view.details_scroll, area.w, area.h)
    top = flow.y
    _draw_title(pen, words, view, flow, icons)
    _draw_about(pen, words, view.details, flow)
    _draw_summary(pen, words, view, flow)
    pen.target.set_clip(outer)
    limit = max(0, flow.y - top - area.h)
    if limit > view.details_scroll:
        sign = pygame.Rect(area.right - pen.px(22), area.bottom - pen.px(20), pen.px(18), pen.px(18))
        pen.brush.disc(sign.center, sign.w * 0.62, pen.skin.row)
        pen.brush.sign("down", sign, pen.skin.accent)
    return limit


def _draw_title(pen: Pen, words: Words, view: View, flow: pygame.Rect, icons: Icons) -> None:
    skin = pen.skin
    assert view.details is not None
    row = view.details.row
    tile = pygame.Rect(flow.x, flow.y, pen.px(56), pen.px(56))
    draw_icon(pen, row, tile, icons)
    x = tile.right + pen.px(14)
    room = flow.right - x
    name = pygame.Rect(x, flow.y, room, 0)
    y = flow.y + pen.paragraph("details name", row.name, LARGE, name, skin.text, most_lines=2)
    facts = [row.id]
    if row.mod is not None:
        facts = [fill(words.version, version=row.mod.version)]
        if row.mod.authors:
            facts.append(fill(words.by, authors=", ".join(row.mod.authors)))
    pen.text("facts", "  ·  ".join(facts), SMALL, (x, y), skin.dim, room=room)
    flow.y = max(y + pen.height(SMALL), tile.bottom) + pen.px(12)
    if row.mod is not None:
        count = view.loading
        place = fill(words.place, place=row.place, count=count) if row.place else words.off
        if row.is_wrong:
            place = words.cannot_load
        colour = skin.on if row.is_on else skin.wrong if row.is_wrong else skin.dim
        dot = pygame.Rect(flow.x, flow.y, pen.px(9), pen.height(BODY))
        pen.brush.disc(dot.center, pen.px(4), colour)
        width = pen.text("place of", place, BODY, (dot.right + pen.px(7), flow.y), mix(colour, skin.text, 0.3),
                         room=flow.w - pen.px(20))  # fmt: skip
        x = dot.right + width + pen.px(20)
        pen.text("id", row.id, SMALL, (x, flow.y + pen.px(1)), skin.dim, room=max(1, flow.right - x))
        flow.y += pen.height(BODY) + pen.px(12)


def _draw_about(pen: Pen, words: Words, details: Details, flow: pygame.Rect) -> None:
    skin, mod = pen.skin, details.row.mod
    for problem in details.problems:
        _draw_problem(pen, problem, flow)
    if mod is None:
        return
    if mod.description:
        flow.y += pen.paragraph("description", mod.description, BODY, flow, skin.text) + pen.px(12)
    needs = [f"{other} {versions}".strip() for other, versions in mod.manifest.requires.items()]
    if needs:
        text = fill(words.needs, mods=", ".join(needs))
        flow.y += pen.paragraph("needs", text, SMALL, flow, skin.dim) + pen.px(12)


def _draw_problem(pen: Pen, problem: Problem, flow: pygame.Rect) -> None:
    """Draw a card: what to do, and below it why."""
    skin = pen.skin
    colour = skin.accent if problem.is_warning else skin.wrong
    pad = pen.px(12)
    inner = pygame.Rect(flow.x + pad + pen.px(24), flow.y + pad, flow.w - 2 * pad - pen.px(24), 0)
    fix, why = f"{problem.fix}.", problem.why
    if not why.startswith(problem.mod):  # an id stays as it is
        why = why[:1].upper() + why[1:]
    why = why if why.endswith((".", "?", "!")) else f"{why}."
    parts = ((fix, BODY, mix(colour, skin.text, 0.25)), (why, SMALL, skin.dim))
    heights = [
        len(pen.writer.wrap(text, pen.pixels(size), inner.w)) * (pen.height(size) + pen.px(2))
        for text, size, _ in parts
    ]
    card = pygame.Rect(flow.x, flow.y, flow.w, sum(heights) + 2 * pad + pen.px(4))
    if card.colliderect(pen.target.get_clip()):
        pen.brush.box(card, pen.notice if problem.is_warning else pen.danger, pen.px(10))
        pen.brush.sign("warning", pygame.Rect(card.x + pad, card.y + pad, pen.px(16), pen.px(16)), colour)
    for (text, size, shade), height in zip(parts, heights, strict=True):
        pen.paragraph("fix" if size == BODY else "why", text, size, inner, shade)
        inner.y += height + pen.px(4)
    flow.y = card.bottom + pen.px(10)


def _draw_summary(pen: Pen, words: Words, view: View, flow: pygame.Rect) -> None:
    """Draw a button that opens the conflicts, with the largest of them."""
    skin, details = pen.skin, view.details
    if details is None or details.row.mod is None or not details.row.is_on:
        return
    if details.conflicts is None:
        pen.text("comparing", words.comparing, SMALL, flow.topleft, skin.dim, room=flow.w)
        flow.y += pen.height(SMALL)
        return
    if not details.conflicts:
        flow.y += pen.paragraph("no conflicts", words.no_conflicts, SMALL, flow, skin.dim)
        return
    groups = details.conflicts[:_MOST_GROUPS]
    step = pen.height(BODY) + pen.px(5)
    card = pygame.Rect(flow.x, flow.y, flow.w, pen.px(40) + len(groups) * step + pen.px(6))
    is_hovered = view.hover == Hit("conflicts")
    pen.brush.box(card, skin.row if is_hovered else pen.faint, pen.px(10), skin.accent if is_hovered else pen.line,
                  max(1, pen.px(1)))  # fmt: skip
    pen.hit(card, Hit("conflicts"))
    x, y = card.x + pen.px(14), card.y + pen.px(10)
    pen.text("conflicts", words.conflicts, NAME, (x, y), skin.text, room=card.w - pen.px(50))
    forward = pygame.Rect(card.right - pen.px(30), 0, pen.px(18), pen.px(18))
    forward.centery = y + pen.height(NAME) // 2
    pen.brush.sign("forward", forward, skin.dim)
    y += pen.px(28)
    for group in groups:
        draw_group(pen, words, group, pygame.Rect(x, y, card.w - pen.px(28), step))
        y += step
    flow.y = card.bottom + pen.px(6)


def draw_group(pen: Pen, words: Words, group: Conflict, line: pygame.Rect, size: float = BODY) -> None:
    """Draw one line: an arrow, what happens, and for how many files."""
    skin = pen.skin
    sign, colour, sentence = _LOOKS[group.outcome]
    shade: Rgb = getattr(skin, colour)
    mark = pygame.Rect(line.x, 0, pen.px(14), pen.px(14))
    mark.centery = line.y + pen.height(size) // 2
    pen.brush.sign(sign, mark, shade)
    count = f"{len(group.paths):,}"
    width = pen.text("count", count, size, (line.right, line.y), skin.text, align=1)
    text = fill(getattr(words, sentence), mod=group.name or words.the_game)
    room = line.w - width - mark.w - pen.px(16)
    pen.text("conflict", text, size, (mark.right + pen.px(8), line.y), mix(shade, skin.text, 0.35), room=room)


_LOOKS = {
    "wins": ("up", "on", "wins_over"),
    "loses": ("down", "wrong", "loses_to"),
    "same": ("check", "dim", "same_as"),
    "changes": ("check", "on", "changes_data"),
}
