"""The state of the menu: the cursor, the search, what is scrolled how far, what is open above the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vfsloader.pygame.menu.conflicts_page import PageFile, files_of
from vfsloader.pygame.menu.get_page import GetPage
from vfsloader.pygame.menu.icons import Icons
from vfsloader.pygame.menu.join_page import JoinPage
from vfsloader.pygame.menu.layout import Layout, lay_out
from vfsloader.pygame.menu.overview import Overview
from vfsloader.pygame.menu.painter import MenuPainter
from vfsloader.pygame.menu.rows import Row, search_rows
from vfsloader.pygame.menu.scrolled_list import ScrolledList, SidePage
from vfsloader.pygame.menu.skin import Skin
from vfsloader.pygame.menu.view import MAX_TYPED, Details, Device, Hit, Page, Question, Sheet, Tool, View
from vfsloader.pygame.menu.words import fill, words_of
from vfsloader.pygame.menu.work import Work

from vfsloader.errors import ModOrderError
from vfsloader.game.manager import ResourceManager
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.solve.plan import Plan


class Session(ScrolledList[Row]):
    """What the player does with the mods, whatever the device.

    Parameters
    ----------
    manager
        The game.
    skin
        Colours, font and words.
    on_change
        Called after each change.
    """

    part, beside = "list", "details"

    def __init__(self, manager: ResourceManager, skin: Skin, on_change: Callable[[], object]) -> None:
        super().__init__()
        self.words = words_of(skin.language, skin.words)
        self.skin = skin
        self.overview = Overview(manager, self.words)
        self.game = manager
        self.mods = manager.mods
        self.icons = Icons()
        self.painter = MenuPainter(skin, self.words, self.icons, lambda offered: self.get.picture(offered))
        self.layout: Layout = lay_out((960, 600), skin.size)
        self.is_open = False
        self.message = ""
        self.device: Device = "keyboard"
        self.page: Page = "list"
        self.page_chosen = 0
        self._search = ""
        self.is_searching = False
        self.question: Question | None = None
        self.answer_marked = True
        self.sheet: Sheet | None = None
        self.sheet_chosen = 0
        self.hover: Hit | None = None
        self.dragged: str | None = None
        self.scrolls = {"list": 0, "details": 0, "page": 0, "get": 0, "offer": 0, "join": 0, "host": 0}
        self.tools: tuple[Tool, ...] = ()
        self.changes = 0
        self._on_change = on_change
        self._found: tuple[tuple[int, str], tuple[Row, ...]] = ((-1, ""), ())
        self.work = Work(self)
        self.get = GetPage(self)
        self.join = JoinPage(self)

    # --- the list ------------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that match the search."""
        self.overview.refresh()
        key = self.overview.version, self._search
        if key != self._found[0]:
            self._found = key, search_rows(self.overview.rows, self._search)
        return self._found[1]

    @property
    def menu(self) -> Session:
        """Itself: the list of mods is the menu's own."""
        return self

    @property
    def side_page(self) -> SidePage[Any] | None:
        """The page that is open instead of the list, if its rows have buttons."""
        return self.get if self.page == "get" else self.join if self.page == "join" else None

    @property
    def chosen(self) -> Mod | None:
        """The mod under the cursor."""
        return None if self.row is None else self.row.mod

    def choose(self, mod: str) -> None:
        """Put the cursor on a mod; end a search that does not find it."""
        if mod not in [row.id for row in self.rows]:
            self._search = ""
        self.put_cursor([row.id for row in self.rows].index(mod))

    def scroll(self, part: str, by: float) -> None:
        """Scroll the list, the details or the page by pixels."""
        lists: tuple[ScrolledList[Any], ...] = (self, self.get, self.join)
        most = next((one.most_scrolled for one in lists if one.part == part), self.painter.limits.get(part, 0))
        self.scrolls[part] = round(max(0, min(self.scrolls[part] + by, most)))

    def files_of_page(self) -> list[PageFile]:
        """Return the files on the page of conflicts."""
        row = self.row
        conflicts = None if row is None or row.mod is None else self.overview.conflicts_of(row.mod)
        return files_of(self.painter.pen, conflicts or ())

    def step_on_page(self, by: int) -> bool:
        """Mark another file on the page of conflicts, and scroll to it. Return whether there is one."""
        files = self.files_of_page()
        if not files:
            return False
        self.page_chosen = max(0, min(self.page_chosen + by, len(files) - 1))
        file, room = files[self.page_chosen], self.layout.body.h * 0.7
        top = 0 if self.page_chosen == 0 else file.y
        self.scrolls["page"] = round(max(min(self.scrolls["page"], top), file.y + 2 * file.h - room, 0))
        return True

    @property
    def search(self) -> str:
        """What the search field of the page contains."""
        return self._search if self.side_page is None else self.side_page.search

    def set_search(self, text: str) -> None:
        """Search for a text."""
        if self.side_page is not None:
            self.side_page.set_search(text[:MAX_TYPED])
        else:
            self._search = text[:MAX_TYPED]
            self.follow()

    # --- changes -------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Switch the mod under the cursor on or off; ask first if other mods must change with it."""
        mod = self.chosen
        if mod is None:
            return
        self.message = ""
        enabling = self.mods.is_disabled(mod.id)
        plan = self.mods.plan_enable(mod.id) if enabling else self.mods.plan_disable(mod.id)
        if not plan.is_possible:
            self.message = str(plan.problems[0])
        elif not enabling and (needed := self._needed_by_saves(plan)):
            others = ", ".join(self.mods[other].name for other in plan.disable)
            self.ask(fill(self.words.ask_needed, mod=needed, others=others), lambda: self._apply(plan))
        elif plan.others:
            names = ", ".join(self.mods[other].name for other in plan.others)
            sentence = self.words.ask_enable if enabling else self.words.ask_disable
            self.ask(fill(sentence, mod=mod.name, others=names), lambda: self._apply(plan))
        else:
            self._apply(plan)

    def _needed_by_saves(self, plan: Plan) -> str:
        """Return the names of the mods that a plan disables although saves can break without them."""
        return ", ".join(self.mods[mod].name for mod in plan.disable if self.mods[mod].manifest.saves)

    def move(self, by: int) -> None:
        """Move the mod under the cursor up or down in the load order; show the rule that forbids it."""
        rows, mod, target = self.rows, self.chosen, self.index + by
        while 0 <= target < len(rows) and rows[target].mod is None:
            target += 1 if by > 0 else -1
        if mod is not None and 0 <= target < len(rows) and target != self.index:
            self.move_next_to(mod.id, rows[target].id, after=by > 0)

    def move_next_to(self, mod: str, other: str, *, after: bool) -> None:
        """Move a mod right before or after another."""
        self.message = ""
        try:
            self.mods.move(mod, **{"after" if after else "before": other})
        except (ModOrderError, OSError) as error:
            self.message = str(error)
            return
        self.choose(mod)
        self._on_change()

    def change(self, act: Callable[[], object]) -> None:
        """Change several mods at once."""
        self.message = ""
        try:
            act()
        except (OSError, ValueError) as error:  # the folder is read-only, or the disk is full
            self.message = str(error)
            return
        self.follow()
        self._on_change()

    def changed(self) -> None:
        """Call what the game wants to be called after a change."""
        self._on_change()

    def ask(self, text: str, run: Callable[[], object]) -> None:
        """Ask the player before something is done."""
        self.question, self.answer_marked = Question(text, run), True

    def answer(self, *, yes: bool) -> None:
        """Answer the open question."""
        question, self.question = self.question, None
        if yes and question is not None:
            question.run()

    def _apply(self, plan: Plan) -> None:
        try:
            self.mods.apply(plan)
        except OSError as error:  # the folder is read-only, or the disk is full
            self.message = str(error)
            return
        self.choose(plan.mod)
        self._on_change()

    # --- what is shown -------------------------------------------------------------------------------

    def stamp(self) -> tuple[object, ...]:
        """Return something that differs whenever the menu may look different."""
        return (
            self.overview.version, self.changes, self.icons.version, self.overview.comparison(), self.message,
            self.question, self.device, self.layout, self.work.version, self.work.notice,
            self.page == "get" and self.get.stamp(), self.page == "join" and self.join.stamp(),
        )  # fmt: skip

    def resize(self, size: tuple[int, int]) -> None:
        """Arrange the menu for a target."""
        if size != self.layout.size:
            self.layout = lay_out(size, self.skin.size)
            self.hover = None
            for one in (self, self.get, self.join):
                one.follow()

    def view(self) -> View:
        """Return everything that the menu shows."""
        rows, row = self.rows, self.row
        details = None
        if row is not None:
            conflicts = () if row.mod is None or not row.is_on else self.overview.conflicts_of(row.mod)
            details = Details(row, self.overview.problems_of(row), conflicts)
        self.scroll("list", 0)
        return View(
            rows=rows,
            total=self.overview.total,
            loading=self.overview.loading,
            attention=self.overview.attention,
            chosen=self.index,
            scroll=self.scrolls["list"],
            details=details,
            details_scroll=self.scrolls["details"],
            page=self.page,
            get=self.get.view() if self.page == "get" else None,
            join=self.join.view() if self.page == "join" else None,
            working=self.work.working,
            notice=self.work.notice,
            page_scroll=self.scrolls["page"],
            page_chosen=self.page_chosen,
            search=self.search,
            is_searching=self.is_searching,
            profile=self.mods.profile,
            tools=self.tools,
            message=self.message,
            question=self.question,
            answer=self.answer_marked,
            sheet=self.sheet,
            sheet_chosen=self.sheet_chosen,
            device=self.device,
            hover=self.hover,
            dragged=self.dragged,
            version=self.icons.version + self.painter.font_version,
        )
