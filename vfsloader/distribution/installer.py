"""Installing, updating and removing mods: what has to change is planned first, and then done as one change."""

from __future__ import annotations

import contextlib
import copy
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader import paths
from vfsloader.distribution.catalogue import Catalogue, read_catalogue
from vfsloader.distribution.choosing import Candidate
from vfsloader.distribution.deleting import hide_by_hand
from vfsloader.distribution.frozen_mods import FrozenMods
from vfsloader.distribution.host_server import HostServer
from vfsloader.distribution.hosting import HostedMods, host_mods
from vfsloader.distribution.joining import Joiner
from vfsloader.distribution.known_hosts import KnownHosts
from vfsloader.distribution.lock import Lock, read_lock
from vfsloader.distribution.locking import (
    check_content,
    differences,
    lock_of,
    lock_of_fingerprint,
    plan_sync,
    show_set,
    withdrawn,
)
from vfsloader.distribution.outdated import outdated
from vfsloader.distribution.planning import Details, Planner, Wish, steps_back
from vfsloader.distribution.searching import info, search
from vfsloader.distribution.sharing import find_code, lock_of_code, share_code
from vfsloader.distribution.sources import Sources
from vfsloader.distribution.staging import fetch_all, take_address, take_file
from vfsloader.distribution.transaction import InstalledFiles, Record
from vfsloader.distribution.world import Offered
from vfsloader.errors import ConfigError, LockedError, PathNotFoundError
from vfsloader.mods.getting import FoundMod, InstallPlan, ModChange, Outdated
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.mods.solve.versions import parse_constraint
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager

_WANTED = re.compile(r"([a-z][a-z0-9_-]{1,63})\s*([<>=!~].{0,200})?")


class ModInstaller:
    """Gets mods for a game.

    Parameters
    ----------
    mods
        The game's mods.
    folder
        The mods folder to install into.
    game_version, provides
        What the game is, as for :class:`~vfsloader.ModManager`.
    own_sources
        By address, the public keys of the sources that the game itself names.
    limits
        What untrusted files may cost.
    """

    def __init__(
        self,
        mods: ModManager,
        folder: Path,
        *,
        game_version: Version | None = None,
        provides: Mapping[str, Version] | None = None,
        own_sources: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._mods = mods
        self._limits = limits
        self.files = InstalledFiles(folder)
        self.sources = Sources(self.files.home / "sources", limits, own_sources)
        self._planner = Planner(
            mods, self.files, self.sources, game_version=game_version, provides=provides, limits=limits
        )

    # --- looking -------------------------------------------------------------------------------------

    def search(self, text: str, *, offline: bool = False) -> list[FoundMod]:
        """Find mods by a text."""
        installed = {mod.id: str(mod.version) for mod in self._mods.available}
        return search(self.sources.indexes(offline=offline), text, installed)

    def info(self, mod: str) -> dict[str, Any]:
        """Return what the sources say about a mod."""
        return info(self.sources, self.sources.indexes(), mod)

    def catalogue(self, *, offline: bool = False) -> Catalogue:
        """Return what all sources offer, for a page to look around in."""
        homes = {mod: record.source for mod, record in self.files.records().items()}
        return read_catalogue(self.sources, homes, offline=offline)

    def serve(self, fingerprint: Fingerprint, host: str, port: int, name: str) -> HostServer:
        """Offer the present set to other players."""
        return HostServer(self.hosted(fingerprint, name), host, port)

    def hosted(self, fingerprint: Fingerprint, name: str) -> HostedMods:
        """Return what a host offers."""
        return host_mods(self._mods.enabled, fingerprint, self.files.records(), name)

    @property
    def hosts(self) -> KnownHosts:
        """The hosts that were joined last."""
        return KnownHosts(self.files.home / "hosts.json")

    def joiner(self) -> Joiner:
        """Return what gets the set of a host."""
        return Joiner(self._mods, self.files, self.sources, self._limits)

    def installed(self) -> list[str]:
        """Return the ids of the mods that were installed, and not put into the mods folder by hand."""
        return list(self.files.records())

    def record_of(self, mod: str) -> Record | None:
        """Return what is known of a mod that was installed; None for one that was put into the folder by hand."""
        return self.files.records().get(mod)

    def lock(self) -> Lock:
        """Return the exact copies of the enabled mods."""
        return lock_of(self._mods, self.files, self._limits)

    def outdated(self) -> list[Outdated]:
        """Return the mods that have a newer version in their source, and what holds them back."""
        return outdated(self._planner, self.files.records())

    def sources_of(self, mod: str) -> list[str]:
        """Return the addresses that a player has to choose from before a mod can be installed by its id."""
        return self._planner.sources_of(mod)

    def share(self) -> str:
        """Return a short code for the enabled mods, which :meth:`plan_sync` understands elsewhere.

        Raises
        ------
        PathNotFoundError
            Some mods are in no source.
        """
        return share_code(self.lock(), self.sources.indexes(offline=True) or self.sources.indexes())

    def differences(self, lock: Lock) -> list[str]:
        """Return how the enabled mods differ from a lock, as sentences; nothing if they do not."""
        return differences(lock, self.lock())

    # --- planning ------------------------------------------------------------------------------------

    def plan_install(
        self,
        source: paths.RealPath | Sequence[paths.RealPath],
        progress: Progress = ignore_progress,
        *,
        from_source: str | None = None,
    ) -> InstallPlan:
        """Find out what installing something takes. A file or an address is fetched for that, to see what it is.

        Parameters
        ----------
        source
            A file, a folder, an address or an id; or several, which become one change.
        progress
            Called with the bytes done, the total and a name.
        from_source
            The address or the name of the source that ids have to come from.

        Raises
        ------
        ConfigError
            Several sources have a mod, and `from_source` is missing.
        ModOrderError
            It does not fit together.
        """
        wanted = [source] if isinstance(source, (str, os.PathLike)) else list(source)
        return self._planner.install([self._wish(one, progress) for one in wanted], from_source)

    def _wish(self, source: paths.RealPath, progress: Progress) -> Wish:
        text = os.fspath(source)
        match = _WANTED.fullmatch(text.strip())
        if "://" in text:
            with self.files.lock():
                record, manifest = take_address(self.files, text, self._limits, progress)
        elif match is None or not isinstance(source, str) or (Path(text).exists() and not match[2]):
            if not Path(text).exists():
                raise PathNotFoundError.at(
                    text, f"there is no {text}, and it is neither an address nor the id of a mod"
                )
            with self.files.lock():
                record, manifest = take_file(self.files, Path(text))
        else:
            return Wish(match[1], SpecifierSet() if match[2] is None else parse_constraint(match[2]))
        return Wish(manifest.id, given=Candidate(manifest, False, Offered(record)))

    def plan_update(self, ids: Sequence[str] | None = None) -> InstallPlan:
        """Find out which newer versions fit: of some mods, or of all that came from sources."""
        return self._planner.update(ids)

    def plan_remove(self, mod: str) -> InstallPlan:
        """Find out what removing a mod takes."""
        records = self.files.records()
        found = self._mods[mod]
        change = ModChange(mod, str(found.version), None)
        needed = sorted(other.id for other in self._mods.enabled if mod in other.manifest.requires)
        notes = (f"without {mod}, these cannot load: {', '.join(needed)}",) if needed else ()
        if mod in records:
            rest = {other: record for other, record in records.items() if other != mod}
            changes = self._planner.changes(rest, {})
            notes = (*notes, *self._planner.remarks_on_copies(rest, changes))
            return InstallPlan(changes, (), notes, Details(rest, before=records))
        return InstallPlan((change,), (), notes, Details(records, delete=[found.path], before=records))

    def plan_undo(self) -> InstallPlan:
        """Find out what bringing back the set before takes."""
        previous = self.files.previous()
        if not previous:
            raise PathNotFoundError.at(str(self.files.folder), "nothing was installed yet that could be undone")
        details = Details(dict(previous[0]), undo=True, before=self.files.records())
        changes = self._planner.changes(previous[0], {})
        return InstallPlan(changes, (), tuple(self._planner.remarks_on_copies(previous[0], changes)), details)

    def plan_sync(self, wanted: Any) -> InstallPlan:
        """Find out what it takes to have exactly the mods of a lock, of a code, or of a save's fingerprint.

        Parameters
        ----------
        wanted
            A :class:`Lock`, its data or its file; what :meth:`share` returned, or a link that ends with it; or a
            :class:`~vfsloader.Fingerprint`.
        """
        before, fingerprint, keeps = self.files.records(), None, False
        if isinstance(wanted, Fingerprint):
            fingerprint, keeps = wanted, True
            lock = lock_of_fingerprint(wanted, self._mods, before, self.sources.indexes())
        elif isinstance(wanted, str) and (code := find_code(wanted)) is not None:
            lock = lock_of_code(code, list(self.sources), self.sources.indexes())
        else:
            lock = read_lock(wanted)
        records, offers = plan_sync(lock, self._mods, self.files, self.sources, self._limits)
        if keeps:  # what a fingerprint does not name may stay
            records = {**before, **records}
        contents = {mod.id: mod.content for mod in lock.mods if mod.content}
        changes = self._planner.changes(records, {offer.record.id: offer.size for offer in offers}, exactly=True)
        details = Details(
            records,
            offers,
            lock=None if fingerprint is not None else lock,
            before=before,
            contents=contents,
            fingerprint=fingerprint,
        )
        notes = [*steps_back(changes), *withdrawn(lock, self.sources.indexes(offline=True))]
        return InstallPlan(changes, (), tuple(notes), details)

    # --- doing ---------------------------------------------------------------------------------------

    def apply(self, plan: InstallPlan, progress: Progress = ignore_progress) -> list[ModChange]:
        """Carry out a plan as one change: until all files are there and checked, nothing is touched."""
        self.fetch(plan, progress)
        try:
            return self.switch(plan)
        finally:
            self.settle()

    def settle(self) -> None:
        """Wait until what the last change replaced is deleted."""
        self.files.settle()

    def detached(self) -> ModInstaller:
        """Return an installer that sees the mods as they are now: it can plan and fetch on a thread."""
        detached = copy.copy(self)
        frozen = cast("ModManager", FrozenMods(self._mods))
        detached._mods = frozen
        detached._planner = copy.copy(self._planner)
        detached._planner.mods = frozen
        return detached

    def fetch(self, plan: InstallPlan, progress: Progress = ignore_progress) -> None:
        """Download and check the files of a plan, on any thread. Nothing that the game reads is touched."""
        details: Details = plan.details
        if plan.questions:
            sentence = "; ".join(plan.questions)
            raise ConfigError.at("plan", f"{sentence}; this needs a yes: pass --yes, or apply plan.accepted()")
        with self.files.lock():
            details.records.update(fetch_all(self.files, details.offers, progress))
            for offer in details.offers:
                check_content(self.files, details.records[offer.record.id], details.contents, self._limits)
            self.files.check_unchanged(details.records)
            self.files.prepare(details.records, undo=details.undo)
            present = self.files.records()
            details.opened[:] = [
                mod
                for record in details.records.values()
                if record != present.get(record.id)
                and record.suffix == ".zip"
                and (stored := self.files.path_in_store(record)) is not None
                for mod in self._mods.open_ahead(stored, self.files.path(record))
            ]

    def switch(self, plan: InstallPlan) -> list[ModChange]:
        """Replace the set by that of a plan whose files were fetched, on the game's thread.

        Nothing here waits for the disk. What was replaced is deleted on another thread.

        Raises
        ------
        LockedError
            The installed mods are no longer those that the plan starts from. Nothing was changed.
        """
        details: Details = plan.details
        self._mods.refuse_changes()
        with contextlib.ExitStack() as changing:
            changing.enter_context(self.files.lock())
            records = self.files.records()
            if details.before not in (None, records):
                sentence = f"the installed mods in {self.files.folder} were changed meanwhile; look at the plan again"
                raise LockedError.at(str(self.files.folder), sentence)
            if details.records != records:
                self.files.change(details.records, undo=details.undo)
            held = changing.pop_all()
        later: list[Callable[[], object]] = []
        try:
            with self._mods.quick_saves() as sync:
                self._show(plan, later)
                later.append(sync)
        finally:
            self.files.finish(held, later)
        return list(plan.changes)

    def _show(self, plan: InstallPlan, later: list[Callable[[], object]]) -> None:
        """Let the game see the mods of a plan whose files are in place, and enable what the plan asks for."""
        details: Details = plan.details
        for path in details.delete:
            later.append(hide_by_hand(path))
        self._mods.expect(details.opened)
        self._mods.rescan()
        for mod, address in details.choices.items():
            self._mods.choose_source(mod, address)
        for mod in plan.asked:
            wanted = self._mods.plan_enable(mod)
            if wanted.is_possible and wanted.enable:
                self._mods.apply(wanted)
        if details.lock is not None:
            show_set(self._mods, details.lock)
        if details.fingerprint is not None:
            self._mods.apply(self._mods.plan_match(details.fingerprint))


def finish_interrupted(folders: Sequence[Path]) -> None:
    """Finish the changes that a killed process began in some mods folders."""
    for folder in folders:
        InstalledFiles(folder).recover()
