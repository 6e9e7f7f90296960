"""The mouse and fingers: clicks, drags and the wheel."""

from __future__ import annotations

import pygame
from vfsloader.pygame.menu.choices import Choices
from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Hit

Point = tuple[int, int]
#: How far a finger moves, in designed pixels, before it scrolls instead of tapping.
_TAP = 12
#: At the edge of the list a dragged mod scrolls it by this share of a row.
_EDGE_STEP = 0.5


class Pointer:
    """Does what a mouse or a finger asks for."""

    def __init__(self, session: Session, choices: Choices) -> None:
        self._session = session
        self._choices = choices
        self._at: Point = (-1, -1)
        self._bar_from: int | None = None
        self._finger: int | None = None
        self._touched: Point = (0, 0)
        self._scrolled: str | None = None
        self._is_tap = False

    def mouse(self, event: pygame.Event) -> None:
        """Handle an event of the mouse."""
        session = self._session
        if event.type == pygame.MOUSEWHEEL:
            steps = getattr(event, "precise_y", 0.0) or event.y
            session.scroll(self._scrolled_part(self._at), -steps * session.layout.row)
            self._hover()
            return
        if getattr(event, "touch", False):
            return  # SDL's imitation of a finger, which has its own events
        self._at = event.pos
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self.press(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and event.button == 1:
            self.release()
        elif event.type == pygame.MOUSEMOTION:
            self.drag(event.pos)
        self._hover()

    def finger(self, event: pygame.Event) -> None:
        """Handle an event of a finger: a tap clicks, a stroke scrolls, a stroke from a grip moves the mod."""
        session = self._session
        width, height = session.layout.size
        at = round(event.x * width), round(event.y * height)
        session.hover = None
        if event.type == pygame.FINGERDOWN:
            if self._finger is not None:
                return
            self._finger, self._touched, self._is_tap = event.finger_id, at, True
            hit = session.painter.hit(at)
            self._scrolled = self._scrolled_part(at)
            if hit is not None and hit.place in ("grip", "bar"):
                self._is_tap = False
                self.press(at)
        elif event.finger_id == self._finger:
            if event.type == pygame.FINGERMOTION:
                self._stroke(at)
            else:
                self._finger = None
                if self._is_tap:
                    self.press(at)
                self.release()

    def press(self, at: Point) -> None:
        """Click at a point."""
        session, choices = self._session, self._choices
        hit = session.painter.hit(at)
        if session.question is not None:
            if hit is not None and hit.place == "answer":
                session.answer(yes=bool(hit.number))
            return
        if session.sheet is not None:
            if hit is not None and hit.place == "item":
                choices.run(hit.number)
            elif hit is None or hit.place == "back":
                session.sheet = None
            return
        session.is_searching = hit is not None and hit.place == "search"
        if hit is not None:
            self._click(hit, at)

    def _click(self, hit: Hit, at: Point) -> None:
        session = self._session
        match hit.place:
            case "search" if session.page == "conflicts":
                session.page = "list"
            case "close":
                session.is_open = False
            case "clear":
                session.set_search("")
            case "tool" if hit.number < len(session.tools):
                session.tools[hit.number].run()
            case "conflicts":
                self._choices.open_conflicts()
            case "file":
                self._choices.open_file(hit.number)
            case "back":
                session.page, session.message = "list", ""
            case "offer" | "act" if session.side_page is not None and hit.number < len(session.side_page.rows):
                session.message = ""
                session.side_page.put_cursor(hit.number, follow=False)
                if hit.place == "act":
                    self._choices.act_beside()
            case "offered":
                self._choices.act_beside()
            case "cancel":
                session.work.cancel()
            case "bar":
                self._bar_from = at[1]
                self._drag_bar(at)
            case "row" | "grip" | "switch" if hit.number < len(session.rows):
                session.message = ""
                session.put_cursor(hit.number, follow=False)
                if hit.place == "switch":
                    session.toggle()
                elif session.rows[hit.number].mod is not None:
                    session.dragged = session.rows[hit.number].id

    def drag(self, at: Point) -> None:
        """Move what is held: a mod, or the scroll bar."""
        if self._bar_from is not None:
            self._drag_bar(at)
        elif self._session.dragged is not None:
            self._drag_mod(at)

    def release(self) -> None:
        """Let go."""
        self._bar_from, self._session.dragged = None, None

    def _drag_mod(self, at: Point) -> None:
        """Move the dragged mod to the row under the pointer."""
        session = self._session
        area, rows = session.layout.list, session.rows
        if not area.y <= at[1] < area.bottom:
            session.scroll("list", session.layout.row * (-_EDGE_STEP if at[1] < area.y else _EDGE_STEP))
        y = max(area.y, min(at[1], area.bottom - 1))
        target = (y - area.y + session.scrolls["list"]) // session.layout.row
        source = next((index for index, row in enumerate(rows) if row.id == session.dragged), None)
        if source is None or not 0 <= target < len(rows) or target == source or rows[target].mod is None:
            return
        scrolled = session.scrolls["list"]
        session.move_next_to(rows[source].id, rows[target].id, after=target > source)
        session.scrolls["list"] = scrolled

    def _drag_bar(self, at: Point) -> None:
        session = self._session
        area = session.layout.list
        shown = session if session.side_page is None else session.side_page
        part, content = shown.part, len(shown.rows) * session.layout.row
        if content > area.h:
            share = (at[1] - area.y) / max(1, area.h)
            session.scroll(part, share * content - area.h / 2 - session.scrolls[part])

    def _stroke(self, at: Point) -> None:
        session = self._session
        if session.dragged is not None or self._bar_from is not None:
            self.drag(at)
        elif self._is_tap and abs(at[1] - self._touched[1]) < session.layout.px(_TAP):
            return
        elif self._scrolled is not None:
            self._is_tap = False
            session.scroll(self._scrolled, self._touched[1] - at[1])
            self._touched = at

    def _scrolled_part(self, at: Point) -> str:
        """Return what the wheel or a finger scrolls at a point."""
        session = self._session
        if session.page == "conflicts":
            return "page"
        shown = session if session.side_page is None else session.side_page
        beside, below = shown.beside, shown.part
        is_over_details = session.layout.details.collidepoint(at) and session.painter.limits[beside] > 0
        return beside if is_over_details else below

    def _hover(self) -> None:
        self._session.hover = self._session.painter.hit(self._at)
