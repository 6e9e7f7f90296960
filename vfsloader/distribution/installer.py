"""Installing, updating and removing mods: what has to change is planned first, and then done as one change."""

from __future__ import annotations

import copy
import difflib
import functools
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader import paths
from vfsloader.distribution.catalogue import Catalogue, read_catalogue
from vfsloader.distribution.choosing import Candidate, Choosing
from vfsloader.distribution.deleting import delete_by_hand
from vfsloader.distribution.frozen_mods import FrozenMods
from vfsloader.distribution.host_server import HostServer
from vfsloader.distribution.hosting import HostedMods, host_mods
from vfsloader.distribution.joining import Joiner
from vfsloader.distribution.lock import Lock, read_lock
from vfsloader.distribution.locking import lock_of, plan_sync, show_set
from vfsloader.distribution.rows import Release
from vfsloader.distribution.searching import info, search
from vfsloader.distribution.sources import Index, Source, Sources
from vfsloader.distribution.staging import Offer, fetch_all, take_address, take_file
from vfsloader.distribution.transaction import InstalledFiles, Record
from vfsloader.errors import LockedError, PathNotFoundError, UnknownModError, VFSError
from vfsloader.mods.install_plans import FoundMod, InstallPlan, ModChange
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.mods.solve.versions import fits, parse_constraint, read_version
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits
from vfsloader.runtime.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager

_WANTED = re.compile(r"([a-z][a-z0-9_-]{1,63})\s*([<>=!~].{0,200})?")


@dataclass(frozen=True)
class Details:
    """How a plan is carried out."""

    records: Mapping[str, Record]
    offers: Sequence[Offer] = ()
    delete: Sequence[Path] = ()
    """Mods that were put into the mods folder by hand, and are to be deleted."""
    lock: Lock | None = None
    undo: bool = False
    before: Mapping[str, Record] | None = None
    """The installed mods that the plan starts from."""


@dataclass(frozen=True)
class _Offered:
    """What a candidate is installed from."""

    record: Record
    source: Source | None = None


@dataclass
class _World:
    """What can be chosen from."""

    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._mods = mods
        self._game_version = game_version
        self._provides = provides or {}
        self._limits = limits
        self.files = InstalledFiles(folder)
        self.sources = Sources(self.files.home / "sources", limits)

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

    def joiner(self) -> Joiner:
        """Return what gets the set of a host."""
        return Joiner(self._mods, self.files, self.sources, self._limits)

    def installed(self) -> list[str]:
        """Return the ids of the mods that were installed, and not put into the mods folder by hand."""
        return list(self.files.records())

    def lock(self) -> Lock:
        """Return the exact copies of the enabled mods."""
        return lock_of(self._mods, self.files, self._limits)

    # --- planning ------------------------------------------------------------------------------------

    def plan_install(self, source: paths.RealPath, progress: Progress = ignore_progress) -> InstallPlan:
        """Find out what installing something takes. A file or an address is fetched for that, to see what it is."""
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
            return self._plan_id(match[1], SpecifierSet() if match[2] is None else parse_constraint(match[2]))
        world = self._world()
        given = Candidate(manifest, False, _Offered(record))
        world.candidates[manifest.id] = [given]
        return self._plan(world, [manifest.id], newest=[manifest.id])

    def plan_update(self, ids: Sequence[str] | None = None) -> InstallPlan:
        """Find out which newer versions fit: of some mods, or of all that came from sources."""
        world = self._world()
        records = self.files.records()
        for mod in ids or ():
            _ = self._mods[mod]
        present_ids = {mod.id for mod in self._mods.available}
        from_sources = [mod for mod, record in records.items() if record.source]
        wanted = list(ids) if ids is not None else [mod for mod in from_sources if mod in present_ids]
        for mod in wanted:
            present = self._mods[mod].version
            world.candidates[mod] = [one for one in world.candidates[mod] if one.manifest.version >= present]
        enabled = {mod.id for mod in self._mods.enabled}
        return self._plan(world, [mod for mod in wanted if mod in enabled or ids is not None], newest=wanted)

    def plan_remove(self, mod: str) -> InstallPlan:
        """Find out what removing a mod takes."""
        records = self.files.records()
        found = self._mods[mod]
        change = ModChange(mod, str(found.version), None)
        needed = sorted(other.id for other in self._mods.enabled if mod in other.manifest.requires)
        notes = (f"without {mod}, these cannot load: {', '.join(needed)}",) if needed else ()
        if mod in records:
            rest = {other: record for other, record in records.items() if other != mod}
            return InstallPlan((change,), (), notes, Details(rest, before=records))
        return InstallPlan((change,), (), notes, Details(records, delete=[found.path], before=records))

    def plan_undo(self) -> InstallPlan:
        """Find out what bringing back the set before takes."""
        previous = self.files.previous()
        if not previous:
            raise PathNotFoundError.at(str(self.files.folder), "nothing was installed yet that could be undone")
        details = Details(previous[0], undo=True, before=self.files.records())
        return InstallPlan(self._changes(previous[0], set()), (), (), details)

    def plan_sync(self, lock: Any) -> InstallPlan:
        """Find out what it takes to have exactly the mods of a lock."""
        wanted = read_lock(lock)
        records, offers = plan_sync(wanted, self._mods, self.files, self.sources, self._limits)
        changes = self._changes(records, {offer.record.sha256 for offer in offers})
        return InstallPlan(changes, (), (), Details(records, offers, lock=wanted, before=self.files.records()))

    # --- doing ---------------------------------------------------------------------------------------

    def apply(self, plan: InstallPlan, progress: Progress = ignore_progress) -> list[ModChange]:
        """Carry out a plan as one change: until all files are there and checked, nothing is touched."""
        self.fetch(plan, progress)
        return self.switch(plan)

    def detached(self) -> ModInstaller:
        """Return an installer that sees the mods as they are now: it can plan and fetch on a thread."""
        detached = copy.copy(self)
        detached._mods = cast("ModManager", FrozenMods(self._mods))
        return detached

    def fetch(self, plan: InstallPlan, progress: Progress = ignore_progress) -> None:
        """Download and check the files of a plan, on any thread. Nothing that the game reads is touched."""
        with self.files.lock():
            fetch_all(self.files, plan.details.offers, progress)
            self.files.check_unchanged(plan.details.records)

    def switch(self, plan: InstallPlan) -> list[ModChange]:
        """Replace the set by that of a plan whose files were fetched, on the game's thread.

        Raises
        ------
        LockedError
            The installed mods are no longer those that the plan starts from. Nothing was changed.
        """
        details: Details = plan.details
        self._mods.refuse_changes()
        with self.files.lock():
            records = self.files.records()
            if details.before not in (None, records):
                sentence = f"the installed mods in {self.files.folder} were changed meanwhile; look at the plan again"
                raise LockedError.at(str(self.files.folder), sentence)
            if details.records != records:
                self.files.change(details.records, undo=details.undo)
        for path in details.delete:
            delete_by_hand(path)
        self._mods.rescan()
        for mod in plan.asked:
            wanted = self._mods.plan_enable(mod)
            if wanted.is_possible and wanted.enable:
                self._mods.apply(wanted)
        if details.lock is not None:
            show_set(self._mods, details.lock)
        return list(plan.changes)

    # --- inside --------------------------------------------------------------------------------------

    def _world(self) -> _World:
        """Return the installed mods and everything that the sources offer, each id from one source only."""
        world = _World(indexes=self.sources.indexes())
        records = self.files.records()
        for mod in self._mods.available:
            world.candidates[mod.id] = [Candidate(mod.manifest, True)]
        offered: set[str] = set()
        for index in world.indexes:
            if index.warning:
                world.notes.append(index.warning)
            if index.warning or index.head.is_expired():
                continue  # what it offers may be out of date
            for name, record in records.items():
                if record.source == index.source.address and name not in index.mods:
                    world.notes.append(f"{name} is no longer offered by {record.source}; the installed one is kept")
            for row in index.mods.values():
                home = records[row.id].source if row.id in records else ""
                if (home and home != index.source.address) or row.id in offered:
                    continue
                offered.add(row.id)
                installed = self._mods[row.id].version if row.id in world.candidates else None
                for release in row.releases:
                    if release.withdrawn and installed == release.version:
                        world.notes.append(f"{row.id} {release.number} was withdrawn: {release.withdrawn}")
                    if not release.withdrawn and installed != release.version:
                        self._offer(world, release, index.source)
        return world

    def _offer(self, world: _World, release: Release, source: Source) -> None:
        record = Record(
            release.id, str(release.version), release.sha256, release.size, release.file[64:], source.address
        )
        try:
            candidate = Candidate(release.manifest, False, _Offered(record, source))
        except VFSError as error:
            world.notes.append(str(error))
        else:
            world.candidates.setdefault(release.id, []).append(candidate)

    def _plan_id(self, mod: str, versions: SpecifierSet) -> InstallPlan:
        world = self._world()
        known = world.candidates.get(mod, [])
        if not known:
            near = difflib.get_close_matches(mod, world.candidates, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            where = "no source has" if world.indexes else "there are no sources yet, so nobody has"
            reasons = "".join(f" ({note})" for note in world.notes[:3])
            raise UnknownModError(f"{where} {mod}{hint}{reasons}")
        fitting = [one for one in known if fits(versions, one.manifest.version)]
        if not fitting:
            there = ", ".join(str(one.manifest.version) for one in known[:10])
            raise UnknownModError(f"no source has {mod} {quoted(str(versions))}; there is {there}")
        world.candidates[mod] = fitting
        return self._plan(world, [mod])

    def _plan(self, world: _World, asked: Sequence[str], newest: Sequence[str] = ()) -> InstallPlan:
        enabled = [mod.id for mod in self._mods.enabled if mod.id not in asked]
        choosing = Choosing(
            world.candidates,
            [*asked, *enabled],
            newest=newest,
            game_version=self._game_version,
            provides=self._provides,
            limits=self._limits,
        )
        chosen = choosing.run()
        records = dict(self.files.records())
        offers = []
        for mod, candidate in chosen.items():
            if isinstance(candidate.offer, _Offered):
                records[mod] = candidate.offer.record
                if candidate.offer.source is not None:
                    origin = functools.partial(self.sources.origin, candidate.offer.source)
                    offers.append(Offer(candidate.offer.record, [origin]))
        changes = self._changes(records, {offer.record.sha256 for offer in offers})
        notes = [
            *world.notes,
            *(f"{change} is a step back, so that all fit together" for change in changes if _is_older(change)),
        ]
        details = Details(records, offers, before=self.files.records())
        return InstallPlan(changes, tuple(asked), tuple(notes), details)

    def _changes(self, records: Mapping[str, Record], fetched: set[str]) -> tuple[ModChange, ...]:
        present = self.files.records()
        by_hand = {mod.id: str(mod.version) for mod in self._mods.available}
        changes = []
        for mod in sorted({*records, *present}):
            new, old = records.get(mod), present.get(mod)
            if new == old:
                continue
            size = new.size if new is not None and new.sha256 in fetched else 0
            before = old.version if old is not None else by_hand.get(mod)
            changes.append(
                ModChange(mod, before, None if new is None else new.version, size, "" if new is None else new.source)
            )
        return tuple(changes)


def _is_older(change: ModChange) -> bool:
    return bool(change.old and change.new) and read_version(str(change.new)) < read_version(str(change.old))


def finish_interrupted(folders: Sequence[Path]) -> None:
    """Finish the changes that a killed process began in some mods folders."""
    for folder in folders:
        InstalledFiles(folder).recover()
