"""What can be chosen from: the mods that are installed, and everything that the sources offer.

An id belongs to the source that its mod was installed from, else to the one that the player chose for it, else to the
first source that has it. A version that the player's pin excludes cannot be chosen; it is remembered, so that messages
can say what a pin holds back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.version import Version

from vfsloader.distribution.choosing import Candidate
from vfsloader.distribution.rows import Release
from vfsloader.distribution.source_list import Source
from vfsloader.distribution.sources import Index, Sources
from vfsloader.distribution.transaction import Record, Records
from vfsloader.errors import VFSError
from vfsloader.mods.solve.versions import fits, parse_constraint
from vfsloader.quoting import plain

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager


@dataclass(frozen=True)
class Offered:
    """What a candidate is installed from."""

    record: Record
    source: Source | None = None
    release: Release | None = None


@dataclass
class World:
    """What can be chosen from."""

    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)
    held: dict[str, list[Candidate]] = field(default_factory=dict)
    """By id, the versions that a pin excludes."""
    excluded: dict[str, list[Candidate]] = field(default_factory=dict)
    """By id, the versions that could be installed and are not what was asked for."""
    rivals: dict[str, list[str]] = field(default_factory=dict)
    """By id, the addresses of all sources that have a mod which belongs to none of them yet."""
    names: dict[str, str] = field(default_factory=dict)
    trusted: set[str] = field(default_factory=set)
    """Ids of mods that are installed, or offered by a source whose signature is checked."""
    waiting: dict[str, list[tuple[Release, Source]]] = field(default_factory=dict)
    """By id, what is offered and was not looked at yet: of thousands of mods, a choice concerns some."""
    providers: dict[str, list[str]] = field(default_factory=dict)
    """By id, the ids of the mods that provide it in some version."""

    @property
    def ids(self) -> set[str]:
        """The ids of all mods that are installed or offered."""
        return {*self.candidates, *self.held, *self.waiting}

    def reach(self, wanted: Iterable[str]) -> None:
        """Make candidates of everything that some mods may require, directly or not."""
        seen: set[str] = set()
        open_ids = list(wanted)
        for mod in open_ids:  # grows while it is read
            if mod in seen:
                continue
            seen.add(mod)
            for release, source in self.waiting.pop(mod, ()):
                _offer(self, release, source)
            for one in self.candidates.get(mod, ()):
                open_ids += one.manifest.requires
                for required in one.manifest.requires:
                    open_ids += self.providers.get(required, ())

    def hold(self, kept: Mapping[str, Version]) -> None:
        """Take out what the player's pins exclude. A version that is installed stays: it is there.

        Parameters
        ----------
        kept
            By id, the versions that are installed.
        """
        for mod, text in self.pins.items():
            try:
                pin = parse_constraint(text)
            except ValueError as error:
                self.notes.append(f"the pin of {mod} is ignored: {error}")
                continue
            known = self.candidates.get(mod, [])
            fitting = [one for one in known if fits(pin, one.manifest.version)]
            self.held[mod] = [one for one in known if one not in fitting and not one.is_installed]
            if mod in kept and not fits(pin, kept[mod]):
                if fitting:
                    self.notes.append(f"{mod} is pinned to {text}, so that its version {kept[mod]} is replaced")
                else:
                    self.notes.append(f"{mod} is pinned to {text}, which no source has; {kept[mod]} is kept")
            installed = [one for one in known if one.is_installed]
            self.candidates[mod] = fitting or installed
            if not self.candidates[mod]:
                del self.candidates[mod]

    def without_pins(self) -> dict[str, list[Candidate]]:
        """Return the candidates as they would be if nothing were pinned."""
        ids = {*self.candidates, *self.held}
        return {mod: [*self.candidates.get(mod, ()), *self.held.get(mod, ())] for mod in ids}


def world_of(
    mods: ModManager,
    records: Records,
    sources: Sources,
    choices: Mapping[str, str] | None = None,
    wanted: Iterable[str] = (),
) -> World:
    """Return what can be chosen from.

    Parameters
    ----------
    mods
        The game's mods.
    records
        The installed ones.
    sources
        The sources.
    choices
        By id, the source that the player has just chosen; it counts more than where a mod came from.
    wanted
        Ids of mods that may be installed.
    """
    world = World(indexes=sources.indexes(), pins=dict(mods.pins))
    kept: dict[str, Version] = {}
    for mod in mods.available:
        world.candidates[mod.id] = [Candidate(mod.manifest, True)]
        world.names[mod.id] = mod.name
        world.trusted.add(mod.id)
        kept[mod.id] = mod.version
    chosen = {**mods.chosen_sources, **{mod: record.source for mod, record in records.items() if record.source}}
    chosen |= choices or {}
    offered: set[str] = set()
    for index in world.indexes:
        address = index.source.address
        if index.warning:
            world.notes.append(index.warning)
        if index.warning or index.head.is_expired():
            continue  # what it offers may be out of date
        for name, record in records.items():
            if record.source == address and name not in index.mods:
                world.notes.append(f"{name} is no longer offered by {address}; the installed one is kept")
        for row in index.mods.values():
            if index.source.keys:
                world.trusted.add(row.id)
            if row.id not in chosen and any(not release.withdrawn for release in row.releases):
                world.rivals.setdefault(row.id, []).append(address)
            if row.id in offered or chosen.get(row.id, address) != address:
                continue
            offered.add(row.id)
            world.names.setdefault(row.id, row.name)
            moves = row.id in records and records[row.id].source not in ("", address)
            for release in row.releases:
                if release.withdrawn and kept.get(row.id) == release.version:
                    world.notes.append(f"{row.id} {release.number} was withdrawn: {release.withdrawn}")
                if not release.withdrawn and (kept.get(row.id) != release.version or moves):
                    world.waiting.setdefault(row.id, []).append((release, index.source))
                    provided = release.rules.get("provides")
                    for other in provided if isinstance(provided, dict) else ():
                        world.providers.setdefault(str(other), []).append(row.id)
    world.rivals = {mod: addresses for mod, addresses in world.rivals.items() if len(addresses) > 1}
    world.reach([*wanted, *kept])
    world.hold(kept)
    return world


def _offer(world: World, release: Release, source: Source) -> None:
    record = Record(
        release.id, str(release.version), release.sha256, release.size, release.suffix, source.address, release.author
    )
    try:
        candidate = Candidate(release.manifest, False, Offered(record, source, release))
    except VFSError as error:
        world.notes.append(plain(str(error), 500))
    else:
        world.candidates.setdefault(release.id, []).append(candidate)
