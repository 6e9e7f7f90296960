"""Turning wishes into a plan: the versions that fit together, what has to be fetched, and what to tell first."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.distribution.authors import change_of_author
from vfsloader.distribution.choosing import Candidate
from vfsloader.distribution.lock import Lock
from vfsloader.distribution.lookalikes import lookalikes
from vfsloader.distribution.nearest import Question, nearest
from vfsloader.distribution.sources import Sources
from vfsloader.distribution.staging import Offer, patch_of
from vfsloader.distribution.transaction import InstalledFiles, Record
from vfsloader.distribution.world import Offered, World, world_of
from vfsloader.errors import ConfigError, ModOrderError, UnknownModError
from vfsloader.mods.getting import InstallPlan, ModChange
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.fingerprint import Fingerprint
from vfsloader.mods.solve.versions import fits, parse_constraint, read_version
from vfsloader.quoting import quoted
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from vfsloader.mods.manager import ModManager


@dataclass(frozen=True)
class Details:
    """How a plan is carried out."""

    records: dict[str, Record]
    """The installed mods afterwards. What is only known of a downloaded file is filled in when it is there."""
    offers: Sequence[Offer] = ()
    delete: Sequence[Path] = ()
    """Mods that were put into the mods folder by hand, and are to be deleted."""
    lock: Lock | None = None
    undo: bool = False
    before: Mapping[str, Record] | None = None
    """The installed mods that the plan starts from."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """By id, the source that the player chose."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """By id, the digest that the files in a mod must have."""
    fingerprint: Fingerprint | None = None
    """The set to make of what is installed then."""
    opened: list[Mod] = field(default_factory=list)
    """The mods that are new, opened before the game's own thread needs them."""


@dataclass(frozen=True)
class Wish:
    """A mod to install."""

    id: str
    versions: SpecifierSet | None = None
    given: Candidate | None = None
    """The very copy, if it is a file."""


class Planner:
    """Plans for the mods of one game.

    Parameters
    ----------
    mods
        The game's mods.
    files
        The installed ones.
    sources
        Where mods come from.
    game_version, provides
        What the game is.
    limits
        How many steps a choice may take.
    """

    def __init__(
        self,
        mods: ModManager,
        files: InstalledFiles,
        sources: Sources,
        *,
        game_version: Version | None = None,
        provides: Mapping[str, Version] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.mods = mods
        self._files = files
        self._sources = sources
        self._game_version = game_version
        self._provides = provides or {}
        self._limits = limits

    def world(self, choices: Mapping[str, str] | None = None, wanted: Sequence[str] = ()) -> World:
        """Return what can be chosen from, as far as some mods and the installed ones are concerned."""
        return world_of(self.mods, self._files.records(), self._sources, choices, wanted)

    def install(self, wishes: Sequence[Wish], source: str | None = None) -> InstallPlan:
        """Plan to have some mods, as one change.

        Parameters
        ----------
        wishes
            The mods.
        source
            The address or the name of the source that those without a file have to come from.
        """
        twice = [wish.id for number, wish in enumerate(wishes) if wish.id in [one.id for one in wishes[:number]]]
        if twice:
            raise ConfigError.at(twice[0], f"{twice[0]} is asked for twice; name it once")
        choices: dict[str, str] = {}
        if source is not None:
            address = self._sources.find(source).address
            choices = {wish.id: address for wish in wishes if wish.given is None}
        given = [other for wish in wishes if wish.given is not None for other in wish.given.manifest.requires]
        world = self.world(choices, [*(wish.id for wish in wishes), *given])
        records = self._files.records()
        for wish in wishes:
            if wish.given is not None:
                self._check_pin(world, wish.id, wish.given)
                world.excluded[wish.id] = [one for one in world.candidates.get(wish.id, ()) if not one.is_installed]
                world.candidates[wish.id] = [wish.given]
                world.names.setdefault(wish.id, wish.given.manifest.name)
            else:
                moves = wish.id in choices and wish.id in records and records[wish.id].source != choices[wish.id]
                self._narrow(world, wish, moves=moves)
        asked = [wish.id for wish in wishes]
        return self.plan(world, asked, newest=[wish.id for wish in wishes if wish.given is not None], choices=choices)

    def sources_of(self, mod: str) -> list[str]:
        """Return the addresses that a player has to choose from before a mod can be installed by its id."""
        return self.world().rivals.get(mod, []) if mod not in {known.id for known in self.mods.available} else []

    def update(self, ids: Sequence[str] | None, world: World | None = None) -> InstallPlan:
        """Plan to have the newest versions of some mods, or of all that came from sources."""
        world = self.world() if world is None else world
        records = self._files.records()
        for mod in ids or ():
            _ = self.mods[mod]
        present_ids = {mod.id for mod in self.mods.available}
        from_sources = [mod for mod, record in records.items() if record.source]
        wanted = list(ids) if ids is not None else [mod for mod in from_sources if mod in present_ids]
        for mod in wanted:
            present = self.mods[mod].version
            kept = [one for one in world.candidates[mod] if one.is_installed or one.manifest.version >= present]
            if ids is None:  # one author's new key must not keep other mods from their updates
                others = [one for one in kept if self.question(one)]
                kept = [one for one in kept if one not in others]
                world.notes += [f"{self.question(one)}; it is held back: vfsloader mods update {mod}" for one in others]
            world.candidates[mod] = kept
        enabled = {mod.id for mod in self.mods.enabled}
        return self.plan(world, [mod for mod in wanted if mod in enabled or ids is not None], newest=wanted)

    def plan(
        self,
        world: World,
        asked: Sequence[str],
        newest: Sequence[str] = (),
        choices: Mapping[str, str] | None = None,
    ) -> InstallPlan:
        """Return the plan for the best choice of versions.

        Raises
        ------
        ModOrderError
            Nothing fits.
        """
        chosen = self.choose(world, world.candidates, asked, newest)
        before = self._files.records()
        records = dict(before)
        offers, questions = [], []
        for mod, candidate in chosen.items():
            if not isinstance(candidate.offer, Offered):
                continue
            record, source = candidate.offer.record, candidate.offer.source
            records[mod] = record
            if question := self.question(candidate):
                questions.append(question)
            if source is not None:
                release = candidate.offer.release
                origin = functools.partial(self._sources.origin, source, "" if release is None else release.address)
                offers.append(Offer(record, [origin], patch_of(self._files, before.get(mod), release), release))
        changes = self.changes(records, {offer.record.id: offer.size for offer in offers})
        notes = [
            *world.notes,
            *self._remarks(world, changes, asked, newest),
            *self.remarks_on_copies(records, changes),
        ]
        details = Details(records, offers, before=before, choices=choices or {})
        return InstallPlan(changes, tuple(asked), tuple(dict.fromkeys(notes)), details, tuple(questions))

    def choose(
        self,
        world: World,
        candidates: Mapping[str, Sequence[Candidate]],
        asked: Sequence[str],
        newest: Collection[str] = (),
    ) -> dict[str, Candidate]:
        """Return the best choice of versions.

        Raises
        ------
        ModOrderError
            Nothing fits; the error says why, and what is the nearest thing that would.
        """
        enabled = [mod.id for mod in self.mods.enabled if mod.id not in asked]
        question = Question(candidates, asked, enabled, tuple(newest), self._game_version, self._provides, self._limits)
        choosing = question.choosing()
        try:
            return choosing.run()
        except ModOrderError as error:
            near = nearest(question, world, choosing) if candidates is world.candidates else ""
            if not near:
                raise
            reason = f"{error}; {near}"
            raise ModOrderError(reason, reason) from None

    def changes(
        self, records: Mapping[str, Record], fetched: Mapping[str, int], *, exactly: bool = False
    ) -> tuple[ModChange, ...]:
        """Return what differs between the present set and another one.

        Parameters
        ----------
        records
            The other set.
        fetched
            By id, the bytes that have to be downloaded.
        exactly
            Whether the game uses just these copies, and not newer ones that were put into the mods folder by hand.
        """
        present = self._files.records()
        in_use = {mod.id: str(mod.version) for mod in self.mods.available}
        changes = []
        for mod in sorted({*records, *present}):
            new, old = records.get(mod), present.get(mod)
            if new == old:
                continue
            before = in_use.get(mod, None if old is None else old.version)
            after = None if new is None else new.version
            by_hand = self._by_hand(mod)
            if by_hand is not None and not exactly:
                if before == str(by_hand) and (new is None or by_hand > read_version(new.version)):
                    before = None if old is None else old.version  # what the game uses stays the same
                elif new is None:
                    after = str(by_hand)
            size, source = fetched.get(mod, 0), "" if new is None else new.source
            changes.append(ModChange(mod, before, after, size, source))
        return tuple(changes)

    def remarks_on_copies(self, records: Mapping[str, Record], changes: Sequence[ModChange]) -> list[str]:
        """Return which copies that were put into the mods folder by hand the game uses after some changes.

        Parameters
        ----------
        records
            The installed mods afterwards.
        changes
            The changes.
        """
        remarks = []
        for change in changes:
            by_hand, record = self._by_hand(change.mod), records.get(change.mod)
            if by_hand is not None and (record is None or by_hand > read_version(record.version)):
                where = "was put into the mods folder by hand"
                remarks.append(f"{change.mod} {by_hand} {where}; the game then uses it. Remove it to use another one")
        return remarks

    def _by_hand(self, mod: str) -> Version | None:
        """Return the newest version of a mod that was put into the mods folder by hand."""
        if mod not in {known.id for known in self.mods.available}:
            return None
        installed = {record.file for record in self._files.records().values()}
        return max((copy.version for copy in self.mods.copies(mod) if copy.path.name not in installed), default=None)

    # --- inside --------------------------------------------------------------------------------------

    def _narrow(self, world: World, wish: Wish, *, moves: bool) -> None:
        """Leave only the candidates that a wish allows.

        Parameters
        ----------
        world
            What can be chosen from.
        wish
            The wish.
        moves
            Whether the mod has to come from another source than the installed one.
        """
        mod, versions = wish.id, wish.versions or SpecifierSet()
        known = world.candidates.get(mod, [])
        if not known and world.held.get(mod):
            self._check_pin(world, mod, world.held[mod][0])
        if not known:
            near = difflib.get_close_matches(mod, world.ids, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            where = "no source has" if world.indexes else "there are no sources yet, so nobody has"
            reasons = "".join(f" ({note})" for note in world.notes[:3])
            raise UnknownModError(f"{where} {mod}{hint}{reasons}")
        if mod in world.rivals and not any(one.is_installed for one in known):
            raise ConfigError.at(mod, several_sources(mod, world.rivals[mod]))
        if moves:
            known = [one for one in known if not one.is_installed]
        fitting = [one for one in known if fits(versions, one.manifest.version)]
        if not fitting:
            held = [one for one in world.held.get(mod, ()) if fits(versions, one.manifest.version)]
            if held:
                self._check_pin(world, mod, held[0])
            there = ", ".join(str(one.manifest.version) for one in known[:10]) or "nothing else"
            raise UnknownModError(f"no source has {mod} {quoted(str(versions))}; there is {there}")
        world.excluded[mod] = [
            one for one in known if not one.is_installed and not fits(versions, one.manifest.version)
        ]
        world.candidates[mod] = fitting

    def _check_pin(self, world: World, mod: str, one: Candidate) -> None:
        pin = world.pins.get(mod)
        if pin is not None and not fits(parse_constraint(pin), one.manifest.version):
            reason = f"{mod} is pinned to {pin}, so {one.manifest.version} is not installed: vfsloader mods unpin {mod}"
            raise ModOrderError(reason, reason)

    def question(self, one: Candidate) -> str:
        """Return what a player has to say yes to before a version is installed; empty for nothing."""
        record = self._files.records().get(one.id)
        if record is None or not isinstance(one.offer, Offered):
            return ""
        return change_of_author(one.id, str(one.manifest.version), record.author, one.offer.record.author)

    def _remarks(
        self, world: World, changes: Sequence[ModChange], asked: Sequence[str], newest: Sequence[str]
    ) -> list[str]:
        """Return what a player should know about a plan."""
        remarks = []
        after = {mod.id: mod.version for mod in self.mods.available}
        after |= {change.mod: read_version(change.new) for change in changes if change.new}
        for mod in dict.fromkeys((*asked, *newest)):
            held = [one.manifest.version for one in world.held.get(mod, ())]
            if held and mod in after and max(held) > after[mod]:
                remarks.append(f"{mod} {max(held)} is there; {mod} is pinned to {world.pins[mod]}")
        for change in changes:
            if is_older(change):
                remarks.append(f"{change} is a step back, so that all fit together")
            if change.mod in world.rivals and change.mod not in asked and change.source:
                others = [address for address in world.rivals[change.mod] if address != change.source]
                remarks.append(
                    f"{change.mod} is taken from {change.source}; {', '.join(others)} has one of this id too"
                )
        new = [change.mod for change in changes if change.old is None]
        return [*remarks, *lookalikes(new, world.names, world.trusted)]


def several_sources(mod: str, addresses: Sequence[str]) -> str:
    """Return the sentence that asks a player for a source."""
    return f"{mod} is offered by {len(addresses)} sources, {' and '.join(addresses)}; say which: --source ADDRESS"


def is_older(change: ModChange) -> bool:
    """Return whether a change goes back to an older version."""
    return bool(change.old and change.new) and read_version(str(change.new)) < read_version(str(change.old))


def steps_back(changes: Sequence[ModChange]) -> list[str]:
    """Return what to say about the older versions that a lock asks for."""
    return [f"{change} is a step back: the set asks for it" for change in changes if is_older(change)]
