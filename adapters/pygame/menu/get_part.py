"""The page with the mods of the sources: its list, what is shown of one mod, and how far a download is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pygame
from vfsloader.pygame.menu.buttons import (
    draw_big_button,
    draw_divider,
    draw_more_below,
    draw_page_title,
    draw_row_button,
    draw_row_ground,
)
from vfsloader.pygame.menu.get_page import Act, GetView
from vfsloader.pygame.menu.icons import Icons
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.list_part import draw_bar, draw_letter
from vfsloader.pygame.menu.pen import BODY, LARGE, NAME, SMALL, Pen
from vfsloader.pygame.menu.skin import Rgb, mix
from vfsloader.pygame.menu.view import Hit, View
from vfsloader.pygame.menu.words import Words, fill
from vfsloader.pygame.menu.work import Working

from vfsloader.quoting import size_text

if TYPE_CHECKING:
    from vfsloader.distribution.catalogue import Offered

ReadPicture = Callable[["Offered"], bytes | None]


class OfferIcons:
    """The pictures of offered mods.

    Parameters
    ----------
    icons
        Decodes and keeps them.
    read
        Returns the bytes of a mod's picture; called on a thread.
    """

    def __init__(self, icons: Icons, read: ReadPicture) -> None:
        self._icons = icons
        self._read = read

    def draw(self, pen: Pen, offered: Offered, tile: pygame.Rect) -> None:
        """Draw the picture of a mod, or a tile with the first letter of its name."""
        address, name = offered.source.address, offered.mod.icon
        picture = self._icons.get_offered(address, name, lambda: self._read(offered), tile.w)
        if picture is None:
            draw_letter(pen, offered.id, offered.mod.name, tile, is_bright=True)
        else:
            pen.brush.masked(picture, tile.topleft, max(2, tile.w // 5))


def draw_title(pen: Pen, words: Words, view: View, get: GetView, layout: Layout) -> None:
    """Draw the way back, the title, and how many mods there are."""
    summary = words.looking if get.is_looking else fill(words.mods_offered, count=f"{get.total:,}")
    draw_page_title(pen, view, layout, words.get_mods, summary)


def draw_offers(pen: Pen, words: Words, view: View, get: GetView, layout: Layout, icons: OfferIcons) -> int:
    """Draw the rows that can be seen, and return how far the list can be scrolled."""
    area, count = layout.list, len(get.rows)
    limit = max(0, count * layout.row - area.h)
    pen.hit(area, Hit("offers"))
    if not count:
        _draw_empty(pen, words, view, get, area)
        return 0
    scroll = max(0, min(get.scroll, limit))
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    for index in range(scroll // layout.row, min(count, (scroll + area.h) // layout.row + 1)):
        rect = pygame.Rect(area.x, area.y + index * layout.row - scroll, area.w, layout.row - pen.px(4))
        _draw_row(pen, words, view, get, index, rect, icons)
    pen.target.set_clip(outer)
    if limit:
        draw_bar(pen, layout.bar, area.h, count * layout.row, scroll, view.hover)
    return limit


def _draw_empty(pen: Pen, words: Words, view: View, get: GetView, area: pygame.Rect) -> None:
    text, hint = words.nothing_offered, ""
    if get.is_looking:
        text = words.looking
    elif not get.has_sources:
        text, hint = words.no_sources, words.source_note
    elif view.search:
        text = fill(words.no_match, text=view.search)
    line = pygame.Rect(area.x, area.y + area.h // 4, area.w, area.h)
    line.y += pen.paragraph("empty", text, NAME, line, pen.skin.text) + pen.px(6)
    pen.paragraph("empty hint", hint, BODY, line, pen.skin.dim)


def _draw_row(
    pen: Pen, words: Words, view: View, get: GetView, index: int, rect: pygame.Rect, icons: OfferIcons
) -> None:
    skin, offered = pen.skin, get.rows[index]
    is_chosen = index == get.chosen
    draw_row_ground(pen, view, index, rect, is_chosen=is_chosen)
    tile = pygame.Rect(rect.x + pen.px(9), 0, pen.px(40), pen.px(40))
    tile.centery = rect.centery
    icons.draw(pen, offered, tile)
    act = get.act_of(offered)
    right = rect.right - pen.px(10)
    if act:
        area = pygame.Rect(rect.x, rect.y, right - rect.x, rect.h)
        right = draw_row_button(pen, view, _label(words, act), _ink(pen, act), index, area, is_chosen=is_chosen)
    x = tile.right + pen.px(12)
    y = rect.centery - (pen.height(NAME) + pen.height(SMALL) + pen.px(2)) / 2
    name = offered.mod.name if pen.writer.faces.has_all(offered.mod.name) else offered.id
    pen.text("name", name, NAME, (x, y), skin.text, room=right - x)
    y += pen.height(NAME) + pen.px(2)
    installed = get.installed.get(offered.id)
    if installed is not None and act != "update":
        mark = pygame.Rect(x, y + pen.px(1), pen.px(13), pen.px(13))
        pen.brush.sign("check", mark, skin.on)
        x = mark.right + pen.px(5)
        pen.text("note", fill(words.installed, version=installed), SMALL, (x, y), skin.on, room=right - x)
        return
    note = offered.mod.summary or fill(words.version, version=offered.version)
    if act == "update":
        note = f"{installed} \N{RIGHTWARDS ARROW} {offered.version}"
    elif not act:
        note = words.withdrawn
    pen.text("note", note, SMALL, (x, y), skin.accent if act == "update" else skin.dim, room=right - x)


def _label(words: Words, act: Act) -> str:
    return str(getattr(words, act))


def _ink(pen: Pen, act: Act) -> Rgb:
    skin = pen.skin
    return {"install": skin.text, "update": skin.accent, "cancel": skin.wrong}.get(act, skin.dim)


def draw_offer(pen: Pen, words: Words, view: View, get: GetView, layout: Layout, icons: OfferIcons) -> int:
    """Draw the mod under the cursor, and return how far that can be scrolled."""
    area = layout.details
    if not get.rows:
        return 0
    offered = get.rows[get.chosen]
    draw_divider(pen, layout)
    outer = pen.target.get_clip()
    pen.target.set_clip(area)
    flow = pygame.Rect(area.x, area.y - get.details_scroll, area.w, area.h)
    top = flow.y
    _draw_facts(pen, words, get, offered, flow, icons)
    _draw_big_act(pen, words, view, get.act_of(offered), offered, flow)
    _draw_tags(pen, offered, flow)
    _draw_texts(pen, words, get, offered, flow)
    pen.target.set_clip(outer)
    limit = max(0, flow.y - top - area.h)
    draw_more_below(pen, area, limit, get.details_scroll)
    return limit


def _draw_facts(pen: Pen, words: Words, get: GetView, offered: Offered, flow: pygame.Rect, icons: OfferIcons) -> None:
    skin = pen.skin
    tile = pygame.Rect(flow.x, flow.y, pen.px(64), pen.px(64))
    icons.draw(pen, offered, tile)
    x = tile.right + pen.px(14)
    room = flow.right - x
    area = pygame.Rect(x, flow.y, room, 0)
    y = flow.y + pen.paragraph("details name", offered.mod.name, LARGE, area, skin.text, most_lines=2)
    facts = [fill(words.version, version=offered.version)] if offered.version else [words.withdrawn]
    if get.details is not None and get.details.authors:
        facts.append(fill(words.by, authors=", ".join(get.details.authors)))
    pen.text("facts", "  ·  ".join(facts), SMALL, (x, y), skin.dim, room=room)
    y += pen.height(SMALL) + pen.px(2)
    origin = fill(words.from_source, source=offered.source.name or offered.source.address)
    pen.text("facts", origin, SMALL, (x, y), skin.dim, room=room)
    flow.y = max(y + pen.height(SMALL), tile.bottom) + pen.px(12)


def _draw_big_act(pen: Pen, words: Words, view: View, act: Act, offered: Offered, flow: pygame.Rect) -> None:
    if not act:
        return
    skin, label = pen.skin, _label(words, act)
    if act in ("install", "update"):
        label += f"  ·  {size_text(offered.size)}"
    colour = {"install": skin.on, "update": skin.accent, "cancel": skin.wrong}.get(act, skin.row)
    edge = colour if act != "remove" else skin.edge
    draw_big_button(pen, view, label, colour, flow, is_strong=act in ("install", "update"), edge=edge)


def _draw_tags(pen: Pen, offered: Offered, flow: pygame.Rect) -> None:
    if not offered.mod.tags:
        return
    x, height = flow.x, pen.height(SMALL) + pen.px(8)
    for tag in offered.mod.tags[:8]:
        width = min(pen.width(tag, SMALL) + pen.px(18), flow.w)
        if x > flow.x and x + width > flow.right:
            break
        chip = pygame.Rect(x, flow.y, width, height)
        if chip.colliderect(pen.target.get_clip()):
            pen.brush.box(chip, pen.skin.row, height // 2)
        at = chip.centerx, chip.y + pen.px(4)
        pen.text("tag", tag, SMALL, at, pen.skin.dim, align=0.5, room=width - pen.px(12))
        x = chip.right + pen.px(6)
    flow.y += height + pen.px(12)


def _draw_texts(pen: Pen, words: Words, get: GetView, offered: Offered, flow: pygame.Rect) -> None:
    skin, details = pen.skin, get.details
    text = details.description if details is not None and details.description else offered.mod.summary
    if text:
        flow.y += pen.paragraph("description", text, BODY, flow, skin.text) + pen.px(12)
    if get.needs:
        flow.y += pen.paragraph("needs", fill(words.needs, mods=get.needs), SMALL, flow, skin.dim) + pen.px(12)
    if details is None:
        return
    if details.license:
        licence = fill(words.licence, licence=details.license)
        flow.y += pen.paragraph("needs", licence, SMALL, flow, skin.dim) + pen.px(12)
    if details.problem:
        flow.y += pen.paragraph("why", details.problem, SMALL, flow, skin.wrong) + pen.px(12)
    if details.changelog:
        pen.text("heading", words.changelog, NAME, flow.topleft, skin.text, room=flow.w)
        flow.y += pen.height(NAME) + pen.px(6)
        flow.y += pen.paragraph("changelog", details.changelog, SMALL, flow, skin.dim) + pen.px(12)


def place_of_cancel(pen: Pen, words: Words, layout: Layout) -> pygame.Rect:
    """Return where the button is that ends a download."""
    footer = layout.footer
    width = max(pen.px(84), pen.width(words.cancel, BODY) + pen.px(24))
    button = pygame.Rect(0, 0, width, pen.px(30))
    button.midright = footer.right, footer.centery
    return button


def draw_cancel(pen: Pen, words: Words, view: View, layout: Layout) -> None:
    """Draw the button that ends a download, in the last line."""
    pen.button(place_of_cancel(pen, words, layout), words.cancel, Hit("cancel"), view.hover, colour=pen.skin.wrong)


def draw_progress(pen: Pen, words: Words, view: View, layout: Layout, working: Working) -> None:
    """Draw how far a download is, in the last line."""
    if view.message or view.sheet is not None or view.question is not None:
        return
    skin, footer, job = pen.skin, layout.footer, working.job
    right = place_of_cancel(pen, words, layout).x - pen.px(14)
    if not working.is_fetching:
        text = fill(words.planning, mod=working.name)
    elif job.total and job.done < job.total:
        amounts = {"done": size_text(job.done), "total": size_text(job.total)}
        text = fill(words.downloading, mod=working.name, **amounts)
    else:
        text = fill(words.checking, mod=working.name)
    room = right - footer.x
    bar = pygame.Rect(footer.x, footer.bottom - pen.px(7), room, max(3, pen.px(6)))
    y = bar.y - pen.height(SMALL) - pen.px(2)
    pen.target.fill(skin.panel, (footer.x, y, room, footer.bottom - y))
    pen.text("progress", text, SMALL, (footer.x, y), skin.text, room=room)
    pen.brush.box(bar, mix(skin.panel, (0, 0, 0), 0.35), bar.h // 2)
    full = bar.copy()
    full.w = max(bar.h, bar.w * min(job.done, job.total) // job.total) if job.total else bar.h
    if not job.total:  # nobody knows how long it takes: a knob goes to and fro
        full.w = bar.w // 6
        phase = pygame.time.get_ticks() / 900 % 2
        full.x += round((bar.w - full.w) * (phase if phase < 1 else 2 - phase))
    pen.brush.box(full, skin.on, bar.h // 2)
