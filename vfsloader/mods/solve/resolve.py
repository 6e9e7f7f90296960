"""Which of the enabled mods can load, and why the others cannot.

Pure. Of a mod with several copies one is chosen (see `copies`). Then mods are dropped for the game's version,
for what they require and nobody live provides, and for what they do not work with, until nothing changes any
more; each keeps its reason.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.solve.candidates import Choice, Copies, choose
from vfsloader.mods.solve.order import LoadOrder, load_order, natural


@dataclass(frozen=True, slots=True)
class Resolution:
    """The mods that load, in order, and what is to be said about the others."""

    order: tuple[str, ...]
    """Ids, lowest priority first."""
    problems: tuple[Problem, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    """Of each id, the place of the copy that counts."""


def resolve(
    copies: Copies,
    *,
    disabled: Collection[str] = (),
    player_order: Sequence[str] = (),
    game_version: Version | None = None,
    provides: Mapping[str, Version] | None = None,
) -> Resolution:
    """Choose and order mods.

    Parameters
    ----------
    copies
        Manifests by id, of every copy of every mod that can be read, the preferred copy first.
    disabled
        Ids that the player switched off.
    player_order
        Ids as the player put them, lowest first.
    game_version
        The game's; None: every ``game_version`` fits.
    provides
        Ids that the game itself brings.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> winter = parse_manifest(
    ...     {"id": "winter", "name": "Winter", "version": "1", "requires": {"snow-lib": ">=2"}}, "winter"
    ... )
    >>> print(resolve({"winter": [winter]}).problems[0])
    Install snow-lib >=2: winter requires it.
    """
    game = _Game(game_version, dict(provides or {}))
    choice = choose(copies, copies.keys() - set(disabled), player_order, game.version, game.provides)
    state = _State(copies, choice, frozenset(disabled), tuple(player_order), game)
    state.drop_quarrels()
    ordered = state.settle()
    state.warn_of_absent()
    return Resolution(ordered.ids, (*state.problems, *ordered.problems), choice.places)


@dataclass(frozen=True, slots=True)
class _Game:
    version: Version | None
    provides: Mapping[str, Version]


class _State:
    """Which mods are still in, while others are dropped."""

    def __init__(
        self, copies: Copies, choice: Choice, disabled: frozenset[str], player_order: tuple[str, ...], game: _Game
    ) -> None:
        self.copies = copies
        self.choice = choice
        # Sorted, whatever the order in which they came.
        self.mods = {mod: several[choice.places[mod]] for mod, several in sorted(copies.items())}
        self.stand_ins: dict[str, list[str]] = defaultdict(list)
        for mod, several in sorted(copies.items()):
            for other in dict.fromkeys(other for one in several for other in one.provides):
                self.stand_ins[other].append(mod)
        self.disabled = disabled
        self.player_order = player_order
        self.game = game
        self.live = {mod: manifest for mod, manifest in self.mods.items() if mod not in disabled}
        self.problems: list[Problem] = []
        self.is_hypothesis = False
        self._places = {mod: place for place, mod in enumerate(player_order)}

    def drop_quarrels(self) -> None:
        """Drop what does not go with the others, whichever copies are taken."""
        for mod, quarrel in self.choice.quarrels.items():
            names, about = " or ".join(sorted(quarrel.others)), " and ".join(quarrel.about)
            chain = (*quarrel.others, mod)
            self._drop(mod, "copies", chain, other=quarrel.others[-1], names=names, about=about)

    def settle(self) -> LoadOrder:
        """Drop until nothing changes any more; give the order of what is left."""
        self._drop_for_game()
        self._drop_until_stable()
        while (ordered := load_order(self.live, self.player_order)).left_out:
            for mod in ordered.left_out:
                del self.live[mod]
            self.problems += [p for p in ordered.problems if p.kind == "cycle"]
            self._drop_until_stable()
        return ordered

    def _drop_for_game(self) -> None:
        version = self.game.version
        if version is None:
            return
        for mod, manifest in list(self.live.items()):
            if not manifest.game_version.contains(version, prereleases=True):
                self._drop(mod, "game_version", wanted=manifest.game_version, found=version)

    def _drop_until_stable(self) -> None:
        while self._drop_unmet() or self._drop_incompatible():
            pass

    def warn_of_absent(self) -> None:
        for mod, manifest in self.live.items():
            for wanted, versions in manifest.recommends.items():
                if not self._provided(wanted, versions):
                    self.problems.append(problem("absent", mod, wanted=wanted))

    def _drop_unmet(self) -> bool:
        for mod, manifest in self.live.items():
            for wanted, versions in manifest.requires.items():
                if not self._provided(wanted, versions):
                    self._drop_for_unmet(mod, wanted, versions)
                    return True
        return False

    def _drop_incompatible(self) -> bool:
        """Drop the later mod of a pair that does not work together.

        Of several pairs the one whose later mod comes first: it may be all that stands in the others' way.
        """
        pairs = []
        for mod, manifest in self.live.items():
            for other, versions in manifest.incompatible.items():
                hit = self.live.get(other)
                if hit is not None and versions.contains(hit.version, prereleases=True):
                    first, last = sorted((mod, other), key=self._place)
                    pairs.append((self._place(last), self._place(first), first, last, mod))
        if pairs:
            *_, first, last, rule = min(pairs)
            self._drop(last, "incompatible", other=first, rule=rule)
        return bool(pairs)

    def _place(self, mod: str) -> tuple[Any, ...]:
        return self._places.get(mod, len(self._places)), natural(mod)

    def _drop_for_unmet(self, mod: str, wanted: str, versions: SpecifierSet) -> None:
        """Leave a mod out because nobody live provides what it requires, and say what would help."""
        given = self._installed(wanted)
        fitting = [(by, place) for by, place, version in given if versions.contains(version, prereleases=True)]
        constraint = f" {versions}" if str(versions) else ""
        if not given:
            near = difflib.get_close_matches(wanted, self.mods, 1, 0.75)
            hint = f"; {near[0]} is installed, perhaps it was meant" if near else ""
            self._drop(mod, "missing", wanted=wanted, constraint=constraint, near=hint)
        elif not fitting:
            found = max(version for _, _, version in given)
            self._drop(mod, "version", wanted=wanted, constraint=versions, found=found)
        elif off := [by for by, _ in fitting if by in self.disabled]:
            self._drop(mod, "disabled", wanted=off[0])
        elif reason := self._why_not_the_other_copy(mod, fitting):
            told = {"wanted": wanted, "constraint": constraint, "by": reason.mod, "fix": reason.fix, "why": reason.why}
            self._drop(mod, "copy", (), **told)
        else:
            self._drop(mod, "broken", wanted=fitting[0][0])

    def _why_not_the_other_copy(self, mod: str, fitting: list[tuple[str, int]]) -> Problem | None:
        """Tell what would keep a copy from loading that a mod could use and that was not chosen."""
        if self.is_hypothesis or any(place == self.choice.places.get(by) for by, place in fitting):
            return None  # the chosen one would do, and cannot load itself
        for by, place in fitting:
            choice = Choice({**self.choice.places, by: place}, {})
            instead = _State(self.copies, choice, self.disabled, self.player_order, self.game)
            instead.is_hypothesis = True
            instead.settle()
            for reason in instead.problems:
                if reason.mod in (by, mod) and not reason.is_warning:
                    return reason
        return None

    def _installed(self, wanted: str) -> list[tuple[str, int, Version]]:
        """Give who provides an id, by which copy, and in which version; the game as ``""``."""
        given = [(wanted, place, one.version) for place, one in enumerate(self.copies.get(wanted, ()))]
        given += [
            (by, place, one.provides[wanted])
            for by in self.stand_ins[wanted]
            for place, one in enumerate(self.copies[by])
            if wanted in one.provides
        ]
        if wanted in self.game.provides:
            given.append(("", 0, self.game.provides[wanted]))
        return given

    def _drop(self, mod: str, kind: str, chain: tuple[str, ...] = (), **facts: object) -> None:
        del self.live[mod]
        if not chain:
            causes = [p for p in self.problems if p.mod == facts.get("wanted")] if kind == "broken" else []
            chain = (*(causes[0].chain if causes else ()), mod)
        self.problems.append(problem(kind, mod, chain=chain, **facts))

    def _provided(self, wanted: str, versions: SpecifierSet) -> bool:
        """Tell whether a mod that is in, or the game, provides an id."""
        given = [self.live[wanted].version] if wanted in self.live else []
        for by in self.stand_ins[wanted]:
            one = self.live.get(by)
            if one is not None and wanted in one.provides:
                given.append(one.provides[wanted])
        if wanted in self.game.provides:
            given.append(self.game.provides[wanted])
        return any(versions.contains(version, prereleases=True) for version in given)
