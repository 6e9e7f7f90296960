"""The choices of the page on which a player joins a host, and its field for an address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Item, Sheet
from vfsloader.pygame.menu.words import fill

#: What an address looks like.
_EXAMPLE = "192.168.1.5:8000#0123456789abcdef0123"
_LONGEST = 300


class JoinSheets:
    """Opens the sheets of the page.

    Parameters
    ----------
    session
        The menu.
    paste
        Puts the text of the clipboard into the text field of the open sheet.
    """

    def __init__(self, session: Session, paste: Callable[[], None]) -> None:
        self._session = session
        self._words = session.words
        self._paste = paste

    def more(self, close: Callable[[], None]) -> None:
        """Offer everything that can be done on the page."""
        words, session = self._words, self._session
        page, row = session.join, session.join.row
        items = []
        if session.work.working is not None:
            items.append(Item(words.cancel, session.work.cancel))
        elif row is not None and row.id:
            act = page.view().acts[page.index]
            sentence = words.leave_them if act == "leave" else words.join_them
            items.append(Item(fill(sentence, host=row.name), page.act))
            items.append(Item(fill(words.forget_host, host=row.name), partial(page.forget, row.id)))
        items += [
            Item(words.enter_address, self.ask_address),
            Item(words.back, self._leave_page),
            Item(words.close, close),
        ]
        session.sheet, session.sheet_chosen = Sheet(words.join_host, tuple(items)), 0

    def ask_address(self) -> None:
        """Let the player type or paste the address of a host."""
        words, session = self._words, self._session
        items = (
            Item(words.join, self._take_address, reads_text=True),
            Item(words.paste, self._paste, reads_text=True),
            Item(words.back, lambda: None),
        )
        note = fill(words.address_note, example=_EXAMPLE)
        session.sheet = Sheet(words.host_address, items, "", note, _LONGEST)
        session.sheet_chosen = 0

    def _take_address(self) -> None:
        session = self._session
        address = "" if session.sheet is None or session.sheet.text is None else session.sheet.text.strip()
        session.sheet = None
        if address:
            session.join.join(address)

    def _leave_page(self) -> None:
        self._session.page = "list"
