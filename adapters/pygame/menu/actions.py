"""What keys and buttons do: in the list, on the page of conflicts, in a sheet, and before a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vfsloader.pygame.menu.choices import Choices
from vfsloader.pygame.menu.controls import Action
from vfsloader.pygame.menu.scrolled_list import SidePage
from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Sheet


class Actions:
    """Carries out actions of keyboards and controllers."""

    def __init__(self, session: Session, choices: Choices) -> None:
        self._session = session
        self._choices = choices

    def act(self, action: Action) -> None:
        """Do what a key or a button asks for, where the player is."""
        session = self._session
        if action and session.device == "keyboard":
            session.hover = None
        if session.question is not None:
            self._act_on_question(action)
        elif session.sheet is not None:
            self._act_on_sheet(session.sheet, action)
        elif session.is_searching and action in ("confirm", "back", "erase"):
            if action == "erase":
                session.set_search(session.search[:-1])
            else:
                session.is_searching = False
                if action == "back":
                    session.set_search("")
        elif action == "search":
            self._choices.start_search()
        elif session.page == "conflicts":
            self._act_on_page(action)
        elif session.side_page is not None:
            self._act_beside(session.side_page, action)
        else:
            self._act_on_list(action)

    def _act_on_question(self, action: Action) -> None:
        session = self._session
        if action in ("yes", "back", "no"):
            session.answer(yes=action == "yes")
        elif action == "confirm":
            session.answer(yes=session.answer_marked)
        elif action in ("left", "right", "up", "down"):
            session.answer_marked = action in ("left", "up")

    def _act_on_sheet(self, sheet: Sheet, action: Action) -> None:
        session = self._session
        if action in ("up", "down"):
            session.sheet_chosen = (session.sheet_chosen + (-1 if action == "up" else 1)) % len(sheet.items)
        elif action in ("first", "last"):
            session.sheet_chosen = 0 if action == "first" else len(sheet.items) - 1
        elif action == "confirm":
            self._choices.run(session.sheet_chosen)
        elif action == "erase" and sheet.text is not None:
            session.sheet = replace(sheet, text=sheet.text[:-1])
        elif action == "paste" and sheet.text is not None:
            self._choices.paste()
        elif action in ("back", "no", "more"):
            session.sheet = None

    def _act_on_page(self, action: Action) -> None:
        session = self._session
        page = session.layout.body.h * 0.8
        steps = {"up": -session.layout.row, "down": session.layout.row, "page up": -page, "page down": page,
                 "first": -1e9, "last": 1e9}  # fmt: skip
        files = {"up": -1, "down": 1, "page up": -10, "page down": 10, "first": -(1 << 30), "last": 1 << 30}
        if action in steps:
            if not session.step_on_page(files[action]):
                session.scroll("page", steps[action])
        elif action in ("confirm", "right"):
            self._choices.open_file(session.page_chosen)
        elif action in ("back", "left", "no"):
            session.page = "list"
        elif action == "more":
            self._choices.open_more()

    def _act_beside(self, page: SidePage[Any], action: Action) -> None:
        session, layout = self._session, self._session.layout
        a_page = max(1, layout.list.h // layout.row - 1)
        steps = {"page up": -a_page, "page down": a_page, "first": -len(page.rows), "last": len(page.rows)}
        match action:
            case "up" | "down":
                page.step(-1 if action == "up" else 1)
            case "page up" | "page down" | "first" | "last":
                page.put_cursor(page.index + steps[action])
            case "left" | "right":
                session.scroll(page.beside, layout.details.h * (-0.7 if action == "left" else 0.7))
            case "confirm":
                self._choices.act_beside()
            case "more":
                self._choices.open_more()
            case "back" if session.search:
                session.set_search("")
            case "back":
                session.page, session.message = "list", ""

    def _act_on_list(self, action: Action) -> None:
        session = self._session
        a_page = max(1, session.layout.list.h // session.layout.row - 1)
        match action:
            case "up" | "down":
                session.step(-1 if action == "up" else 1)
            case "page up" | "page down":
                session.put_cursor(session.index + (-a_page if action == "page up" else a_page))
            case "first" | "last":
                session.put_cursor(0 if action == "first" else len(session.rows) - 1)
            case "earlier" | "later":
                session.move(-1 if action == "earlier" else 1)
            case "confirm":
                session.toggle()
            case "right":
                self._choices.open_conflicts()
            case "more":
                self._choices.open_more()
            case "back" if session.search:
                session.set_search("")
            case "back":
                session.is_open = False
