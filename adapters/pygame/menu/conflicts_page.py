"""The page of a mod's conflicts, path by path. A file can be chosen, to say whose version counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pygame
from vfsloader.pygame.menu.conflicts import Conflict
from vfsloader.pygame.menu.details_part import draw_group
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.pen import BODY, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import mix
from vfsloader.pygame.menu.view import Hit, View
from vfsloader.pygame.menu.words import Words, fill


class PageFile(NamedTuple):
    """A file on the page, and where it is."""

    path: str
    y: int
    """From the top of the page, in pixels."""
    h: int


def files_of(pen: Pen, conflicts: Sequence[Conflict]) -> list[PageFile]:
    """Return the files of conflicts, in the order of the page; values of data are not files."""
    files, y = [], 0
    for group in conflicts:
        y += _group_height(pen)
        step = _step(pen, group)
        if _has_files(group):
            files += [
                PageFile(path, y + index * step, step) for index, path in enumerate(group.paths) if _is_file(path)
            ]
        y += step * len(group.paths) + pen.px(14)
    return files


def draw_conflicts(pen: Pen, words: Words, view: View, layout: Layout) -> int:
    """Draw the page of a mod's conflicts, path by path, and return how far it can be scrolled."""
    assert view.details is not None
    skin, area, row = pen.skin, layout.body, view.details.row
    back = pygame.Rect(area.x, area.y, pen.px(34), pen.px(34))
    pen.button(back, "", Hit("back"), view.hover, sign="back", colour=skin.text)
    title = fill(words.conflicts_of, mod=row.name)
    y = back.centery - pen.height(LARGE) / 2
    pen.text("page title", title, LARGE, (back.right + pen.px(12), y), skin.text, room=area.w - back.w - pen.px(12))
    page = pygame.Rect(area.x, back.bottom + pen.px(12), area.w, area.bottom - back.bottom - pen.px(12))
    pen.hit(page, Hit("page"))
    outer = pen.target.get_clip()
    pen.target.set_clip(page)
    line = pygame.Rect(page.x, page.y - view.page_scroll, page.w - pen.px(16), 0)
    top = line.y
    if not view.details.conflicts:
        text = words.comparing if view.details.conflicts is None else words.no_conflicts
        line.y += pen.paragraph("no conflicts", text, BODY, line, skin.dim)
    number = 0
    for group in view.details.conflicts or ():
        number = _draw_paths(pen, words, view, group, line, page, number)
    pen.target.set_clip(outer)
    limit = max(0, line.y - top - page.h)
    if limit:
        bar = pygame.Rect(page.right - pen.px(8), page.y, pen.px(8), page.h)
        knob = bar.copy()
        knob.h = max(pen.px(28), bar.h * page.h // (page.h + limit))
        knob.y = bar.y + (bar.h - knob.h) * min(view.page_scroll, limit) // limit
        pen.brush.box(bar, mix(skin.panel, (0, 0, 0), 0.25), bar.w // 2)
        pen.brush.box(knob, skin.edge, bar.w // 2)
    return limit


def _group_height(pen: Pen) -> int:
    return pen.height(NAME) + pen.px(8)


def _step(pen: Pen, group: Conflict) -> int:
    return pen.height(SMALL) + pen.px(10 if _has_files(group) else 4)


def _has_files(group: Conflict) -> bool:
    return group.outcome in ("wins", "loses")


def _is_file(path: str) -> bool:
    return path.startswith("/")


def _draw_paths(
    pen: Pen, words: Words, view: View, group: Conflict, line: pygame.Rect, page: pygame.Rect, number: int
) -> int:
    """Draw one group, whose first file has a number; return that of the next group's first file."""
    step, height, skin = _step(pen, group), _group_height(pen), pen.skin
    if page.y - height < line.y < page.bottom:
        draw_group(pen, words, group, pygame.Rect(line.x, line.y, line.w, height), NAME)
    line.y += height
    first = max(0, (page.y - line.y) // step)
    last = min(len(group.paths), (page.bottom - line.y) // step + 1)
    files = _has_files(group)
    if files:
        number += sum(map(_is_file, group.paths[:first]))
    for index in range(first, last):  # there may be thousands
        path = group.paths[index]
        area = pygame.Rect(line.x + pen.px(12), line.y + index * step, line.w - pen.px(12), step)
        colour = skin.dim
        if files and _is_file(path):
            hit = Hit("file", number)
            is_chosen = view.device in ("keyboard", "controller") and view.page_chosen == number
            if is_chosen or view.hover == hit:
                pen.brush.box(area, skin.row, pen.px(7), skin.accent if is_chosen else skin.row, max(1, pen.px(1.5)))
            sign = pygame.Rect(area.right - pen.px(24), 0, pen.px(12), pen.px(12))
            sign.centery = area.centery
            pen.brush.sign("forward", sign, skin.text if is_chosen or view.hover == hit else skin.dim)
            pen.hit(area.clip(page), hit)
            colour = mix(skin.dim, skin.text, 0.4)
            number += 1
        at = area.x + pen.px(10), area.centery - pen.height(SMALL) / 2
        pen.text("path", path, SMALL, at, colour, room=area.w - pen.px(40))
    line.y += step * len(group.paths) + pen.px(14)
    return number + (sum(map(_is_file, group.paths[max(last, 0) :])) if files else 0)
