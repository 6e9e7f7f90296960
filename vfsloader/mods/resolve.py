"""Which of the enabled mods can load, and why the others cannot.

Pure. Mods are dropped for the game's version, for what they require and nobody live provides, and for
what they do not work with, until nothing changes any more; each keeps its reason.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods.manifest import Manifest
from vfsloader.mods.messages import Problem, problem
from vfsloader.mods.order import load_order, natural


@dataclass(frozen=True, slots=True)
class Resolution:
    """The mods that load, in order, and what is to be said about the others."""

    order: tuple[str, ...]
    """Ids, lowest priority first."""
    problems: tuple[Problem, ...]


def resolve(
    mods: Mapping[str, Manifest],
    *,
    disabled: Collection[str] = (),
    player_order: Sequence[str] = (),
    game_version: Version | None = None,
    provides: Mapping[str, Version] | None = None,
) -> Resolution:
    """Choose and order mods.

    Parameters
    ----------
    mods
        Manifests by id, of every mod that can be read.
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
    >>> print(resolve({"winter": winter}).problems[0])
    Install snow-lib >=2: winter requires it.
    """
    state = _State(mods, disabled, player_order, dict(provides or {}))
    state.drop_for_game(game_version)
    state.drop_until_stable()
    while True:
        ordered = load_order(state.live, player_order)
        if not ordered.left_out:
            break
        for mod in ordered.left_out:
            del state.live[mod]
        state.problems += [p for p in ordered.problems if p.kind == "cycle"]
        state.drop_until_stable()
    state.warn_of_absent()
    return Resolution(ordered.ids, (*state.problems, *ordered.problems))


class _State:
    def __init__(
        self,
        mods: Mapping[str, Manifest],
        disabled: Collection[str],
        player_order: Sequence[str],
        game: dict[str, Version],
    ) -> None:
        self.mods = dict(sorted(mods.items()))  # whatever the order in which they came
        self.stand_ins: dict[str, list[str]] = defaultdict(list)
        for mod, manifest in self.mods.items():
            for other in manifest.provides:
                self.stand_ins[other].append(mod)
        self.disabled = set(disabled)
        self.game = game
        self.live = {mod: manifest for mod, manifest in sorted(mods.items()) if mod not in self.disabled}
        self.problems: list[Problem] = []
        places = {mod: place for place, mod in enumerate(player_order)}
        self._place = lambda mod: (places.get(mod, len(places)), natural(mod))

    def drop_for_game(self, game_version: Version | None) -> None:
        if game_version is None:
            return
        for mod, manifest in list(self.live.items()):
            if not manifest.game_version.contains(game_version, prereleases=True):
                self._drop(mod, "game_version", wanted=manifest.game_version, found=game_version)

    def drop_until_stable(self) -> None:
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
        for mod, manifest in self.live.items():
            for other, versions in manifest.incompatible.items():
                hit = self.live.get(other)
                if hit is not None and versions.contains(hit.version, prereleases=True):
                    first, last = sorted((mod, other), key=self._place)
                    self._drop(last, "incompatible", other=first, rule=mod)
                    return True
        return False

    def _drop_for_unmet(self, mod: str, wanted: str, versions: SpecifierSet) -> None:
        """Leave a mod out because nobody live provides what it requires, and say what would help."""
        given = self._given(self.mods, wanted)
        fitting = [by for by, version in given if versions.contains(version, prereleases=True)]
        if not given:
            near = difflib.get_close_matches(wanted, self.mods, 1, 0.75)
            hint = f"; {near[0]} is installed, perhaps it was meant" if near else ""
            constraint = f" {versions}" if str(versions) else ""
            self._drop(mod, "missing", wanted=wanted, constraint=constraint, near=hint)
        elif not fitting:
            found = max(version for _, version in given)
            self._drop(mod, "version", wanted=wanted, constraint=versions, found=found)
        elif off := [by for by in fitting if by in self.disabled]:
            self._drop(mod, "disabled", wanted=off[0])
        else:
            self._drop(mod, "broken", wanted=fitting[0])

    def _given(self, mods: Mapping[str, Manifest], wanted: str) -> list[tuple[str, Version]]:
        """Give who provides an id, and in which version: the mod of that id first, the game as ``""``."""
        given = [(wanted, mods[wanted].version)] if wanted in mods else []
        given += [(by, mods[by].provides[wanted]) for by in self.stand_ins[wanted] if by in mods]
        if wanted in self.game:
            given.append(("", self.game[wanted]))
        return given

    def _drop(self, mod: str, kind: str, **facts: object) -> None:
        del self.live[mod]
        causes = [p for p in self.problems if p.mod == facts.get("wanted")] if kind == "broken" else []
        chain = (*(causes[0].chain if causes else ()), mod)
        self.problems.append(problem(kind, mod, chain=chain, **facts))

    def _provided(self, wanted: str, versions: SpecifierSet) -> bool:
        return any(versions.contains(version, prereleases=True) for _, version in self._given(self.live, wanted))
