"""The page on which a player gets mods: what the sources offer.

The network, the disk and the choice of versions are on threads. The game's own thread only looks at them once a frame,
and switches to the new set when all its files are there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vfsloader.pygame.menu.get_summary import summary_of
from vfsloader.pygame.menu.scrolled_list import SidePage
from vfsloader.pygame.menu.words import fill
from vfsloader.pygame.menu.work import Working

from vfsloader.mods.getting import Installer, InstallPlan
from vfsloader.runtime.jobs import CancelledJobError, Job
from vfsloader.runtime.progress import Progress
from vfsloader.runtime.threads import have_threads, make_pool

if TYPE_CHECKING:
    from vfsloader.pygame.menu.session import Session

    from vfsloader.distribution.catalogue import Catalogue, Details, Offered

Act = Literal["", "install", "update", "remove", "cancel"]


@dataclass(frozen=True)
class GetView:
    """What the page shows, without how far a download is: that is drawn each frame."""

    rows: tuple[Offered, ...] = ()
    total: int = 0
    chosen: int = 0
    scroll: int = 0
    installed: Mapping[str, str] = field(default_factory=dict)
    """By id, the versions that are installed."""
    details: Details | None = None
    """None while they are on their way."""
    needs: str = ""
    """What the chosen mod requires, by names."""
    details_scroll: int = 0
    is_looking: bool = False
    has_sources: bool = True
    working: Working | None = None

    def act_of(self, offered: Offered) -> Act:
        """Return what the button of a row does."""
        if self.working is not None and self.working.row == offered.id:
            return "cancel"
        installed = self.installed.get(offered.id)
        if installed is None:
            return "install" if offered.version else ""
        if offered.is_newer_than(installed):
            return "update"
        return "remove"


class GetPage(SidePage["Offered"]):
    """What the player does on the page, whatever the device.

    Parameters
    ----------
    session
        The menu.

    Attributes
    ----------
    version
        Grows when the page may look different.
    """

    part, beside = "get", "offer"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.version = 0
        self.search = ""
        self._session = session
        self._work = session.work
        self._words = session.words
        self._catalogue: Catalogue | None = None
        self._looking: Job[Catalogue] | None = None
        self._looks_again = self._looks_soon = False
        self._thread = make_pool(1, "vfsloader-details")
        self._details: dict[tuple[str, str], Future[Details]] = {}
        self._found: tuple[object, tuple[Offered, ...]] = (None, ())
        self._updates: tuple[object, tuple[Offered, ...]] = (None, ())

    # --- the list ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the page, first with what the sources had last."""
        session = self._session
        session.page, session.message, self._work.notice = "get", "", ""
        session.is_searching = False
        self.look(offline=self._catalogue is None)

    def look(self, *, offline: bool = False) -> None:
        """Look at the sources again, on a thread."""
        self.version += 1
        self._looking = self._session.mods.in_background(lambda installer, _: installer.catalogue(offline=offline))
        self._looks_again = offline

    @property
    def installed(self) -> dict[str, str]:
        """By id, the versions that are installed."""
        return {mod.id: str(mod.version) for mod in self._session.mods.available}

    @property
    def rows(self) -> tuple[Offered, ...]:
        """The mods that match the search."""
        if self._catalogue is None:
            return ()
        key = self._catalogue, self.search
        if self._found[0] is None or self._found[0] != key:
            self._found = key, self._catalogue.search(self.search)
        return self._found[1]

    @property
    def updates(self) -> tuple[Offered, ...]:
        """The mods of which there is a newer version."""
        key = self._catalogue, self._session.mods.revision
        if self._catalogue is not None and self._updates[0] != key:
            self._updates = key, self._catalogue.updates(self.installed)
        return self._updates[1]

    @property
    def menu(self) -> Session:
        """The menu."""
        return self._session

    @property
    def wants_address(self) -> bool:
        """Whether the player types the address of a source before there is anything to choose."""
        return not self.has_sources

    def set_search(self, text: str) -> None:
        """Search for a text."""
        self.search = text
        self.put_on_first()
        self.follow()

    # --- what the player asks for --------------------------------------------------------------------

    def act(self) -> None:
        """Do what the button of the chosen mod says."""
        chosen = self.row
        if chosen is None:
            return
        self._session.message, self._work.notice = "", ""
        match self.view().act_of(chosen):
            case "install":
                wanted, home = chosen.id, chosen.source.address

                def install(installer: Installer, _: Progress) -> InstallPlan:
                    return installer.plan_install(wanted, from_source=home)  # another one may have this id too

                self._plan(chosen.id, chosen.mod.name, install, "install")
            case "update":
                wanted = chosen.id
                self._plan(chosen.id, chosen.mod.name, lambda installer, _: installer.plan_update([wanted]), "update")
            case "remove":
                self.remove(chosen)
            case "cancel":
                self._work.cancel()

    def remove(self, offered: Offered) -> None:
        """Remove a mod, after a question."""
        wanted = offered.id
        self._plan(wanted, offered.mod.name, lambda installer, _: installer.plan_remove(wanted), "remove")

    def update_all(self) -> None:
        """Update all mods that came from sources, after a question."""
        self._plan("", self._words.update, lambda installer, _: installer.plan_update(), "update_all")

    def _plan(self, mod: str, name: str, plan: Callable[[Installer, Progress], InstallPlan], kind: str) -> None:
        self._work.begin(mod, name, plan, lambda made: self._ask(made, mod, name, kind))

    def _ask(self, plan: InstallPlan, mod: str, name: str, kind: str) -> None:
        if not plan.changes and kind != "install":
            self._work.notice = self._words.up_to_date
            return
        session = self._session
        names = {row.id: row.mod.name for row in self._catalogue.mods} if self._catalogue is not None else {}
        names |= {known.id: known.name for known in session.mods.available}
        session.ask(summary_of(plan, self._words, kind, name, names), lambda: self._fetch(plan.accepted(), mod, name))

    def _fetch(self, plan: InstallPlan, mod: str, name: str) -> None:
        if not have_threads():
            self._work.notice = self._words.game_pauses

        def fetch(installer: Installer, progress: Progress) -> InstallPlan:
            installer.fetch(plan, progress)
            return plan

        self._work.fetch(mod, name, sum(change.size for change in plan.changes), fetch, self._switch)

    def _switch(self, plan: InstallPlan) -> None:
        session = self._session
        names = {mod.id: mod.name for mod in session.mods.available}
        session.mods.installer.switch(plan)
        names |= {mod.id: mod.name for mod in session.mods.available}
        changed = ", ".join(names.get(change.mod, change.mod) for change in plan.changes[:4])
        self._work.notice = fill(self._words.done_with, mods=changed + (" …" if len(plan.changes) > 4 else ""))
        self._looks_soon = True  # the frame that switches has enough to do
        session.changed()

    # --- once a frame --------------------------------------------------------------------------------

    def poll(self) -> None:
        """Look at what a thread has found out about the sources. Raises what a player should know."""
        if self._looks_soon:
            self._looks_soon = False
            self.look(offline=True)
            self._looks_again = False
            return
        looking = self._looking
        if looking is not None and looking.poll():
            self._looking = None
            self.version += 1
            with contextlib.suppress(CancelledJobError):  # the game was closed
                self._take(looking.result())

    def _take(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.follow()
        if self._looks_again:
            self.look()
        elif catalogue.warnings and self._session.page == "get":
            self._session.message = catalogue.warnings[0]

    @property
    def is_looking(self) -> bool:
        """Whether the sources are looked at now, or in the next frame."""
        return self._looking is not None or self._looks_soon

    @property
    def has_sources(self) -> bool:
        """Whether there are any sources, as far as is known."""
        return self._catalogue is None or self._catalogue.count > 0

    def view(self) -> GetView:
        """Return what the page shows."""
        session, catalogue = self._session, self._catalogue
        session.scroll("get", 0)
        return GetView(
            rows=self.rows,
            total=len(catalogue.mods) if catalogue is not None else 0,
            chosen=self.index,
            scroll=session.scrolls["get"],
            installed=self.installed,
            details=self._details_of(self.row),
            needs=self._needs(self.row),
            details_scroll=session.scrolls["offer"],
            is_looking=self.is_looking,
            has_sources=self.has_sources,
            working=self._work.working,
        )

    def stamp(self) -> tuple[object, ...]:
        """Return something that differs whenever the page may look different."""
        known = self._details.get(self._key(self.row))
        return self.version, self._session.mods.revision, known is not None and known.done()

    def picture(self, offered: Offered) -> bytes | None:
        """Return the bytes of a mod's picture; called on a thread."""
        return None if self._catalogue is None else self._catalogue.picture(offered)

    def _details_of(self, offered: Offered | None) -> Details | None:
        if offered is None or self._catalogue is None:
            return None
        key = self._key(offered)
        if key not in self._details:
            for other, future in list(self._details.items()):
                if future.cancel():  # the cursor has gone on before it was begun
                    del self._details[other]
            self._details[key] = self._thread.submit(self._catalogue.details, offered)
        future = self._details[key]
        return future.result() if future.done() and not future.cancelled() else None

    def _needs(self, offered: Offered | None) -> str:
        newest = None if offered is None else offered.mod.newest
        if newest is None or self._catalogue is None:
            return ""
        requires = newest.manifest.requires
        names = {one.id: one.mod.name for one in self._catalogue.mods if one.id in requires}
        return ", ".join(f"{names.get(mod, mod)} {versions}".strip() for mod, versions in requires.items())

    def _key(self, offered: Offered | None) -> tuple[str, str]:
        return ("", "") if offered is None else (offered.source.address, offered.mod.details)
