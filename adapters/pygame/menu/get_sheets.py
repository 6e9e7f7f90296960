"""The choices of the page on which a player gets mods: what can be done there, and its sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.view import Item, Sheet
from vfsloader.pygame.menu.words import fill

from vfsloader.errors import ConfigError
from vfsloader.mods.getting import Installer
from vfsloader.runtime.progress import Progress


class GetSheets:
    """Opens the sheets of the page."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = session.words

    def more(self, search: Callable[[], None], close: Callable[[], None]) -> None:
        """Offer everything that can be done on the page."""
        words, page = self._words, self._session.get
        items = []
        chosen = page.row
        if self._session.work.working is not None:
            items.append(Item(words.cancel, self._session.work.cancel))
        elif chosen is not None:
            act = page.view().act_of(chosen)
            if act:
                items.append(Item(fill(getattr(words, f"{act}_mod"), mod=chosen.mod.name), page.act))
            if act == "update":
                items.append(Item(fill(words.remove_mod, mod=chosen.mod.name), partial(page.remove, chosen)))
        if page.updates:
            items.append(Item(fill(words.update_all, count=len(page.updates)), page.update_all))
        items += [
            Item(words.search, search),
            Item(words.look_again, page.look),
            Item(words.add_source, self.ask_address),
            Item(words.sources, self.open_sources),
            Item(words.back, self._leave),
            Item(words.close, close),
        ]
        self._open(words.get_mods, items)

    def open_sources(self) -> None:
        """Show the sources; one that is chosen here is forgotten."""
        words, session = self._words, self._session
        items = []
        for source in session.mods.sources:
            name = f"{source.name}  {source.address}" if source.name else source.address
            items.append(Item(name, self._forgetting(source.address, name)))
        items += [Item(words.add_source, self.ask_address), Item(words.back, lambda: None)]
        self._open(words.sources, items, words.sources_note if len(items) > 2 else "")

    def ask_address(self) -> None:
        """Let the player type the address of a source."""
        words = self._words
        items = [Item(words.done, self._take_address, reads_text=True), Item(words.back, lambda: None)]
        self._open(words.source_address, items, words.source_note, text="https://")

    def _take_address(self) -> None:
        session = self._session
        address = "" if session.sheet is None or session.sheet.text is None else session.sheet.text.strip()
        session.sheet = None
        if address not in ("", "https://"):
            self._add(address, trust=False)

    def _add(self, address: str, *, trust: bool) -> None:
        page = self._session.get

        def add(installer: Installer, _: Progress) -> str:
            try:
                installer.sources.add(address, trust=trust)
            except ConfigError as error:
                if trust or "trust it as it is" not in str(error):
                    raise
                return str(error).partition(";")[0]
            return ""

        def added(doubt: str) -> None:
            if doubt:
                question = fill(self._words.ask_trust, reason=doubt)
                self._session.ask(question, lambda: self._add(address, trust=True))
            else:
                self._session.work.notice = fill(self._words.source_added, source=address)
                page.look()

        self._session.work.begin("", self._words.add_source, add, added)

    def _forgetting(self, address: str, name: str) -> Callable[[], None]:
        session = self._session

        def forget() -> None:
            session.mods.sources.remove(address)
            session.get.look(offline=True)

        return lambda: session.ask(fill(self._words.ask_forget_source, source=name), forget)

    def _leave(self) -> None:
        self._session.page = "list"

    def _open(self, title: str, items: list[Item], note: str = "", text: str | None = None) -> None:
        self._session.sheet = Sheet(title, tuple(items), text, note)
        self._session.sheet_chosen = 0
