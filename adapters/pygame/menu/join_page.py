"""The page on which a player joins a host: the hosts that were joined last, and what joining one changes.

The network and the disk are on a thread. The game's own thread only switches to the set of the host when everything is
there, and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vfsloader.pygame.menu.scrolled_list import SidePage
from vfsloader.pygame.menu.words import Words, fill

from vfsloader.mods.getting import Installer
from vfsloader.mods.joining import JoinPlan
from vfsloader.quoting import size_text
from vfsloader.runtime.progress import Progress
from vfsloader.runtime.threads import have_threads

if TYPE_CHECKING:
    from vfsloader.pygame.menu.session import Session

Act = Literal["enter_address", "join", "leave", "cancel"]
#: Lines of a question about what joining changes. The page has all of them.
_MOST_LINES = 6


@dataclass(frozen=True)
class HostRow:
    """A row of the page: a host, or the one for a new address."""

    id: str
    """The address as the host shows it; empty for a new one."""
    name: str
    note: str


@dataclass(frozen=True)
class JoinView:
    """What the page shows."""

    rows: tuple[HostRow, ...] = ()
    chosen: int = 0
    scroll: int = 0
    details_scroll: int = 0
    acts: tuple[Act, ...] = ()
    """What the buttons of the rows do."""
    title: str = ""
    """What is said first about the chosen host."""
    lines: tuple[str, ...] = ()
    """What joining it changes."""
    is_refused: bool = False
    is_joined: bool = False

    @property
    def count(self) -> int:
        """How many hosts there are."""
        return len(self.rows) - 1


class JoinPage(SidePage[HostRow]):
    """What the player does on the page, whatever the device.

    Parameters
    ----------
    session
        The menu.
    """

    part, beside = "join", "host"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._words = session.words
        self._work = session.work
        self._rows: tuple[HostRow, ...] = ()
        #: The address that was asked last, and what its host has.
        self._asked = ""
        self._plan: JoinPlan | None = None
        #: The address and the name of the host whose set is played with.
        self._joined = "", ""

    def open(self) -> None:
        """Show the page."""
        session = self._session
        session.page, session.message, self._work.notice = "join", "", ""
        session.is_searching = False
        self._read_hosts()
        if self.joined_name:
            self._put_on(self._joined[0])

    @property
    def menu(self) -> Session:
        """The menu."""
        return self._session

    @property
    def rows(self) -> tuple[HostRow, ...]:
        """The hosts that were joined last, below the row for a new address."""
        return self._rows

    @property
    def wants_address(self) -> bool:
        """Whether the row for a new address is chosen."""
        return self.row is None or not self.row.id

    @property
    def joined_name(self) -> str:
        """The name of the host whose set is played with; empty while the player's own is."""
        joined = self._session.mods.joined
        return "" if joined is None else joined.plan.host or self._joined[1] or self._words.join_host

    def act(self) -> None:
        """Do what the button of the chosen host says."""
        row = self.row
        if row is None:
            return
        self._session.message, self._work.notice = "", ""
        match self._act_of(row):
            case "join":
                self.join(row.id)
            case "leave":
                self.leave()
            case "cancel":
                self._work.cancel()

    def join(self, address: str) -> None:
        """Ask a host what it plays with; then ask the player."""
        address = address.strip()
        self._session.message, self._work.notice = "", ""
        self._asked, self._plan = address, None
        place = address.partition("#")[0].removeprefix("http://")
        name = next((row.name for row in self._rows if row.id == address), place)
        self._work.begin(
            address, name, lambda installer, progress: installer.joiner().plan(address, progress=progress), self._ask
        )

    def leave(self) -> None:
        """Return to the player's own mods."""
        session = self._session
        if session.mods.joined is not None:
            session.mods.leave()
            self._work.notice = self._words.left_them
            self._joined = "", ""
            session.changed()

    def forget(self, address: str) -> None:
        """Forget a host."""
        self._session.mods.installer.hosts.remove(address)
        self._read_hosts()

    # --- joining -------------------------------------------------------------------------------------

    def _ask(self, plan: JoinPlan) -> None:
        """Show what joining changes, and ask whether to go on."""
        session, words = self._session, self._words
        self._plan = plan
        self._remember(plan)
        if plan.missing:
            return
        lines = lines_of(plan, words)
        question = [words.same_mods] if plan.is_same else []
        question = [
            fill(words.ask_join, host=plan.host),
            *question,
            *(f"\N{BULLET} {line}" for line in lines[:_MOST_LINES]),
        ]
        if len(lines) > _MOST_LINES:
            question.append(fill(words.more_changes, count=len(lines) - _MOST_LINES))
        if plan.size:
            question.append(fill(words.download_size, size=size_text(plan.size)))
        session.ask("\n".join(question), lambda: self._fetch(plan))

    def _fetch(self, plan: JoinPlan) -> None:
        if plan.is_same:
            self._enter(plan, None)
            return

        def fetch(installer: Installer, progress: Progress) -> Path:
            folder: Path = installer.joiner().fetch(plan, progress)
            return folder

        if not have_threads():
            self._work.notice = self._words.game_pauses
        self._work.fetch(self._asked, plan.host, plan.size, fetch, lambda folder: self._enter(plan, folder))

    def _enter(self, plan: JoinPlan, folder: Path | None) -> None:
        session = self._session
        if session.mods.joined is not None:  # from one host to the next
            session.mods.leave()
        session.mods.play_with(plan, folder)
        self._joined = self._asked, plan.host
        self._work.notice = fill(self._words.joined_them, host=plan.host)
        session.changed()

    def _remember(self, plan: JoinPlan) -> None:
        self._session.mods.installer.hosts.add(self._asked, plan.host)
        self._read_hosts()
        self._put_on(self._asked)

    def _read_hosts(self) -> None:
        hosts = self._session.mods.installer.hosts
        known = tuple(HostRow(host.address, host.name, host.place.removeprefix("http://")) for host in hosts)
        self._rows = (HostRow("", self._words.enter_address, ""), *known)

    def _put_on(self, address: str) -> None:
        self.put_cursor(next((index for index, row in enumerate(self._rows) if row.id == address), 0))

    # --- what is shown -------------------------------------------------------------------------------

    def _act_of(self, row: HostRow) -> Act:
        working = self._work.working
        if working is not None and working.row == row.id:
            return "cancel"
        if not row.id:
            return "enter_address"
        return "leave" if self._is_joined(row) else "join"

    def _is_joined(self, row: HostRow) -> bool:
        return bool(row.id) and self._session.mods.joined is not None and self._joined[0] == row.id

    def view(self) -> JoinView:
        """Return what the page shows."""
        session, words, row, plan = self._session, self._words, self.row, self._plan
        session.scroll("join", 0)
        is_joined = row is not None and self._is_joined(row)
        lines: tuple[str, ...] = (words.join_note,)
        title, is_refused = "", False
        if plan is not None and row is not None and row.id == self._asked:
            is_refused = bool(plan.missing)
            title = words.not_joined if is_refused else words.same_mods if plan.is_same else ""
            lines = lines_of(plan, words)
        if is_joined:
            title = fill(words.joined_them, host=self.joined_name)
        return JoinView(
            rows=self.rows,
            chosen=self.index,
            scroll=session.scrolls["join"],
            details_scroll=session.scrolls["host"],
            acts=tuple(map(self._act_of, self.rows)),
            title=title,
            lines=lines,
            is_refused=is_refused,
            is_joined=is_joined,
        )

    def stamp(self) -> tuple[Any, ...]:
        """Return something that differs whenever the page may look different."""
        return self._rows, self._session.mods.revision, self._plan is not None, self._session.mods.joined is not None


def lines_of(plan: JoinPlan, words: Words) -> tuple[str, ...]:
    """Return what joining a host changes, a sentence each, or what keeps the player from joining it."""
    if plan.missing:
        return tuple(fill(words.not_sent, mod=mod) for mod in plan.unavailable)
    return tuple(
        fill(
            getattr(words, f"host_{one.kind}"),
            name=one.name or one.mod,
            wanted=one.wanted,
            found=one.found,
            key=one.option,
        )
        for one in plan.differences
    )
