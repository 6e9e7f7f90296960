"""The choices that open above the menu: everything that concerns all mods, and the profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from vfsloader.pygame.menu.file_sheets import FileSheets
from vfsloader.pygame.menu.folder import open_folder
from vfsloader.pygame.menu.get_sheets import GetSheets
from vfsloader.pygame.menu.join_sheets import JoinSheets
from vfsloader.pygame.menu.option_sheets import OptionSheets
from vfsloader.pygame.menu.pasting import clipboard_text
from vfsloader.pygame.menu.session import Session
from vfsloader.pygame.menu.set_sheets import SetSheets
from vfsloader.pygame.menu.view import MAX_TYPED, Item, Sheet, Tool
from vfsloader.pygame.menu.words import fill


class Choices:
    """Opens sheets of a session, and does what the player chooses there."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = session.words
        self._tools_of: tuple[object, ...] = ()
        self._options = OptionSheets(session)
        self.sets = SetSheets(session)
        self.files = FileSheets(session)
        self.get = GetSheets(session)
        self.join = JoinSheets(session, self.paste)
        self.update_tools()

    def update_tools(self) -> None:
        """Name the buttons above the list. The first opens everything; others are shown where there is room."""
        words, session = self._words, self._session
        updates = len(session.get.updates) if session.page == "get" else 0
        joined = session.join.joined_name
        tools_of = session.mods.profile, session.page, updates, session.get.has_sources, joined
        if self._tools_of == tools_of:
            return
        self._tools_of = tools_of
        if session.page == "get":
            session.tools = (Tool(words.more, self.open_more),)
            if updates:
                session.tools += (Tool(fill(words.update_all, count=updates), session.get.update_all),)
            if not session.get.has_sources:
                session.tools += (Tool(words.add_source, self.get.ask_address),)
            return
        if session.page == "join":
            session.tools = (Tool(words.more, self.open_more), Tool(words.enter_address, self.join.ask_address))
            return
        session.tools = (
            Tool(words.more, self.open_more),
            *((Tool(fill(words.leave_them, host=joined), session.join.leave),) if joined else ()),
            Tool(words.get_mods, session.get.open),
            Tool(words.join_host, session.join.open),
            Tool(fill(words.profile, name=session.mods.profile), self.open_profiles),
            Tool(words.open_folder, self.show_folder),
            Tool(words.enable_all, self._ask_enable_all),
            Tool(words.reset_order, self._ask_reset),
        )

    def open(self, title: str, *items: Item, text: str | None = None, chosen: int = 0) -> None:
        """Open a sheet."""
        self._session.sheet = Sheet(title, items, text)
        self._session.sheet_chosen = chosen

    def open_more(self) -> None:
        """Offer everything that can be done."""
        words, session = self._words, self._session
        if session.page == "get":
            self.get.more(self.start_search, self._close)
            return
        if session.page == "join":
            self.join.more(self._close)
            return
        items = [
            Item(words.search, self.start_search),
            Item(words.enable_all, self._ask_enable_all),
            Item(words.disable_all, self._ask_disable_all),
            Item(words.reset_order, self._ask_reset),
            Item(words.profiles, self.open_profiles),
            Item(words.get_mods, session.get.open),
            Item(words.join_host, session.join.open),
            Item(words.history, self.sets.open_history),
            Item(words.find_fault, self.sets.start_search),
            Item(words.open_folder, self.show_folder),
            Item(words.close, self._close),
        ]
        if session.mods.file_choices:
            items.insert(-2, Item(words.change_files, self.files.open_all))
        if session.row is not None and session.row.is_on:
            items.insert(0, Item(words.conflicts, self.open_conflicts))
        if session.chosen is not None and session.chosen.manifest.options:
            items.insert(0, Item(words.options, self.open_options))
        self.open(words.more, *items)

    def open_profiles(self) -> None:
        """Offer the profiles."""
        words, mods = self._words, self._session.mods
        names = sorted(mods.profiles)
        items = [Item(name, self._using(name), is_marked=name == mods.profile) for name in names]
        items.append(Item(words.new_profile, self.name_profile))
        others = [name for name in names if name != mods.profile]
        items += [Item(fill(words.delete_profile, name=name), self._deleting(name)) for name in others]
        self.open(words.profiles, *items, chosen=names.index(mods.profile))

    def name_profile(self) -> None:
        """Ask for the name of a new profile; one is proposed, as a controller cannot type."""
        words, mods = self._words, self._session.mods
        number = next(
            number for number in range(2, len(mods.profiles) + 3)
            if fill(words.profile_number, number=number) not in mods.profiles
        )  # fmt: skip
        proposed = fill(words.profile_number, number=number)
        items = (
            Item(words.new_profile, self._make_profile, reads_text=True),
            Item(words.back, self.open_profiles),
        )
        self.open(words.name_profile, *items, text=proposed)

    def open_conflicts(self) -> None:
        """Open the page of the chosen mod's conflicts."""
        session = self._session
        if session.row is not None and session.row.is_on:
            session.page, session.page_chosen, session.scrolls["page"] = "conflicts", 0, 0

    def open_file(self, number: int) -> None:
        """Ask whose file counts, for a file on the page of conflicts."""
        files = self._session.files_of_page()
        if 0 <= number < len(files):
            self._session.page_chosen = number
            self.files.open_file(files[number].path)

    def open_options(self) -> None:
        """Open the options of the chosen mod."""
        mod = self._session.chosen
        if mod is not None:
            self._options.open(mod)

    def ask_address(self) -> None:
        """Let the player type an address, as the open page needs it."""
        (self.join if self._session.page == "join" else self.get).ask_address()

    def act_beside(self) -> None:
        """Do what the button of the row under the cursor says, on the page that is open instead of the list."""
        page = self._session.side_page
        if page is not None and page.wants_address:
            self.ask_address()
        elif page is not None:
            page.act()

    def paste(self) -> None:
        """Put the text of the clipboard into the text field of the open sheet."""
        session, text = self._session, clipboard_text()
        if session.sheet is None or session.sheet.text is None:
            return
        if not text:
            session.message = self._words.nothing_to_paste
        else:
            session.sheet = replace(session.sheet, text=text[: session.sheet.most])

    def start_search(self) -> None:
        """Let the player type a search, or on the page of hosts an address."""
        if self._session.page == "join":
            self.join.ask_address()
            return
        if self._session.page == "conflicts":
            self._session.page = "list"
        self._session.is_searching = True

    def show_folder(self) -> None:
        """Open the mods folder, or say where it is."""
        folder = self._session.mods.folder
        if folder is None:
            return
        try:
            if open_folder(folder):
                return
        except OSError:  # it cannot be made or shown; its path helps all the same
            pass
        self._session.message = fill(self._words.folder_is, folder=folder.absolute())

    def run(self, index: int) -> None:
        """Do what an item of the open sheet says."""
        session = self._session
        sheet = session.sheet
        if sheet is not None and 0 <= index < len(sheet.items):
            session.sheet_chosen = index
            run = sheet.items[index].run
            if not sheet.items[index].reads_text:
                session.sheet = None
            run()

    def _make_profile(self) -> None:
        session = self._session
        name = "" if session.sheet is None or session.sheet.text is None else session.sheet.text.strip()
        session.sheet = None
        if name:
            session.change(lambda: session.mods.use_profile(name[:MAX_TYPED]))

    def _using(self, name: str) -> Callable[[], None]:
        session = self._session
        return lambda: session.change(lambda: session.mods.use_profile(name))

    def _deleting(self, name: str) -> Callable[[], None]:
        session = self._session
        question = fill(self._words.ask_delete, name=name)
        return lambda: session.ask(question, lambda: session.change(lambda: session.mods.delete_profile(name)))

    def _ask_enable_all(self) -> None:
        session = self._session
        session.ask(self._words.ask_enable_all, lambda: session.change(session.mods.enable_all))

    def _ask_disable_all(self) -> None:
        session = self._session
        session.ask(self._words.ask_disable_all, lambda: session.change(session.mods.disable_all))

    def _ask_reset(self) -> None:
        session = self._session
        session.ask(self._words.ask_reset, lambda: session.change(session.mods.reset_order))

    def _close(self) -> None:
        self._session.is_open = False
