"""Draws the menu into a picture of its own, again only when something changed, and puts it over the game."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu import conflicts_page, details_part, get_part, join_part, list_part, overlays
from vfsloader.pygame.menu.icons import Icons
from vfsloader.pygame.menu.layout import Layout
from vfsloader.pygame.menu.pen import Pen, Shown
from vfsloader.pygame.menu.skin import Skin
from vfsloader.pygame.menu.view import Hit, View
from vfsloader.pygame.menu.words import Words
from vfsloader.pygame.menu.work import Working


class MenuPainter:
    """Draws what a view says, and remembers where its parts are.

    Attributes
    ----------
    drawn
        How often the panel was drawn: not more often than it changed.
    font_version
        Grows when a font may have changed.
    limits
        How far list, details and page can be scrolled.
    """

    def __init__(self, skin: Skin, words: Words, icons: Icons, read_picture: get_part.ReadPicture) -> None:
        self.skin = skin
        self.words = words
        self.icons = icons
        self.offers = get_part.OfferIcons(icons, read_picture)
        self.pen = Pen(skin)
        self.drawn = 0
        self.font_version = 0
        self.limits = {"list": 0, "details": 0, "page": 0, "get": 0, "offer": 0, "join": 0, "host": 0}
        self._panel = pygame.Surface((0, 0))
        self._corners: list[tuple[pygame.Surface, tuple[int, int]]] = []
        self._last: tuple[View, Layout] | None = None

    @property
    def shown(self) -> list[Shown]:
        """The texts that can be seen, each with what it is and where."""
        return self.pen.shown

    def hit(self, at: tuple[int, int]) -> Hit | None:
        """Return the uppermost part at a point that reacts to a click."""
        return next((hit for rect, hit in reversed(self.pen.hot) if rect.collidepoint(at)), None)

    def where(self, hit: Hit) -> pygame.Rect | None:
        """Return where a part is."""
        return next((rect for rect, other in reversed(self.pen.hot) if other == hit), None)

    def forget_fonts(self) -> None:
        """Write everything again: a font of the game may have changed."""
        self.pen.writer.forget()
        self.font_version += 1

    def paint(self, target: pygame.Surface, view: View, layout: Layout) -> None:
        """Draw the menu over a surface."""
        if self._last is None or self._last[0] != view or self._last[1] is not layout:
            self._redraw(target, view, layout)
            self._last = view, layout
        self._show(target, layout.panel)

    def repeat(self, target: pygame.Surface, layout: Layout) -> None:
        """Draw the same as before."""
        self._show(target, layout.panel)

    def draw_progress(self, target: pygame.Surface, view: View, layout: Layout, working: Working) -> None:
        """Draw how far a download is, over the panel: it changes with each frame, and the panel does not."""
        pen = self.pen
        shown, hot = len(pen.shown), len(pen.hot)
        panel, pen.brush.target = pen.target, target
        get_part.draw_progress(pen, self.words, view, layout, working)
        pen.brush.target = panel
        del pen.shown[shown:], pen.hot[hot:]

    # --- the picture on the target -------------------------------------------------------------------

    def _show(self, target: pygame.Surface, panel: pygame.Rect) -> None:
        width, height = target.get_size()
        radius = self._radius()
        around = [
            pygame.Rect(0, 0, width, panel.y),
            pygame.Rect(0, panel.bottom, width, height - panel.bottom),
            pygame.Rect(0, panel.y, panel.x, panel.h),
            pygame.Rect(panel.right, panel.y, width - panel.right, panel.h),
        ]
        around += [pygame.Rect(x, y, radius, radius) for x in (panel.x, panel.right - radius)
                   for y in (panel.y, panel.bottom - radius)]  # fmt: skip
        self._darken(target, around)
        for part in (
            pygame.Rect(radius, 0, panel.w - 2 * radius, radius),
            pygame.Rect(0, radius, panel.w, panel.h - 2 * radius),
            pygame.Rect(radius, panel.h - radius, panel.w - 2 * radius, radius),
        ):
            target.blit(self._panel, panel.move(part.topleft), part)
        for corner, at in self._corners:
            target.blit(corner, panel.move(at))

    def _darken(self, target: pygame.Surface, parts: list[pygame.Rect]) -> None:
        """Draw the veil. Two fills are faster than a picture with transparency."""
        *colour, opacity = self.skin.veil
        if not opacity:
            return
        kept = (255 - opacity,) * 3
        added = tuple(part * opacity // 255 for part in colour)
        for part in parts:
            if part.w > 0 and part.h > 0:
                target.fill(kept, part, special_flags=pygame.BLEND_RGB_MULT)
                if any(added):
                    target.fill(added, part, special_flags=pygame.BLEND_RGB_ADD)

    def _radius(self) -> int:
        return self.pen.px(16)

    # --- the panel -----------------------------------------------------------------------------------

    def _redraw(self, target: pygame.Surface, view: View, layout: Layout) -> None:
        self.drawn += 1
        if self._panel.get_size() != layout.panel.size or self._panel.get_bitsize() != target.get_bitsize():
            self._panel = pygame.Surface(layout.panel.size, 0, target).convert(target)
            self._panel.set_alpha(None)
        whole = pygame.Surface((1, 1)) if layout.panel.w < 1 else self._panel
        pen = self.pen
        pen.begin(whole, layout.scale)
        whole.fill(self.skin.panel)
        self._draw_parts(view, _moved(layout))
        self._cut_corners()
        offset = layout.panel.topleft
        pen.hot = [(rect.move(offset), hit) for rect, hit in pen.hot]
        pen.shown = [Shown(part, text, rect.move(offset)) for part, text, rect in pen.shown]

    def _draw_parts(self, view: View, layout: Layout) -> None:
        list_part.draw_head(self.pen, self.words, view, layout)
        if view.get is not None:
            get_part.draw_title(self.pen, self.words, view, view.get, layout)
            self.limits["get"] = get_part.draw_offers(self.pen, self.words, view, view.get, layout, self.offers)
            self.limits["offer"] = get_part.draw_offer(self.pen, self.words, view, view.get, layout, self.offers)
        elif view.join is not None:
            join_part.draw_title(self.pen, self.words, view, view.join, layout)
            self.limits["join"] = join_part.draw_hosts(self.pen, self.words, view, view.join, layout)
            self.limits["host"] = join_part.draw_host(self.pen, self.words, view, view.join, layout)
        elif view.page == "conflicts" and view.details is not None:
            self.limits["page"] = conflicts_page.draw_conflicts(self.pen, self.words, view, layout)
        else:
            self.limits["list"] = list_part.draw_list(self.pen, self.words, view, layout, self.icons)
            self.limits["details"] = details_part.draw_details(self.pen, self.words, view, layout, self.icons)
        overlays.draw_footer(self.pen, self.words, view, layout)
        if view.sheet is not None:
            overlays.draw_sheet(self.pen, self.words, view, layout, view.sheet)
        if view.question is not None:
            overlays.draw_question(self.pen, self.words, view, layout, view.question)

    def _cut_corners(self) -> None:
        """Draw the panel's edge, and keep its corners as pictures with round edges."""
        radius, brush, skin = self._radius(), self.pen.brush, self.skin
        width = max(1, self.pen.px(1.5))
        panel = self._panel
        panel_width, panel_height = panel.get_size()
        for rect in ((radius, 0, panel_width - 2 * radius, width), (0, radius, width, panel_height - 2 * radius),
                     (radius, panel_height - width, panel_width - 2 * radius, width),
                     (panel_width - width, radius, width, panel_height - 2 * radius)):  # fmt: skip
            panel.fill(skin.edge, rect)
        ring = pygame.Surface((2 * radius, 2 * radius), pygame.SRCALPHA)
        brush.target = ring
        brush.disc((radius, radius), radius, skin.edge)
        inside = panel.get_at((min(radius, panel_width - 1), min(radius, panel_height - 1)))  # may have been dimmed
        brush.disc((radius, radius), radius - width, (inside.r, inside.g, inside.b))
        brush.target = panel
        self._corners = []
        for x, left in ((0, 0), (panel_width - radius, radius)):
            for y, top in ((0, 0), (panel_height - radius, radius)):
                self._corners.append((ring.subsurface((left, top, radius, radius)).copy(), (x, y)))


def _moved(layout: Layout) -> Layout:
    """Return the layout with the panel at the top left corner."""
    x, y = layout.panel.topleft
    moved = {
        name: getattr(layout, name).move(-x, -y)
        for name in ("panel", "head", "close", "search", "tools", "body", "list", "bar", "details", "footer")
    }
    return Layout(size=layout.size, scale=layout.scale, row=layout.row, is_compact=layout.is_compact, **moved)
