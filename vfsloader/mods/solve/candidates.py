"""Which copy of a mod to use where a player has several: two downloads of one mod, or an old one that another needs.

Pure. Where some choice lets every enabled mod load, such a choice is found, with the newest copies that it
allows, the player's first mod asked first. Where none does, mods are taken in the player's order as long as
they go together; each that stays out is told with those that it does not go with.

The search is depth first over the mods that hang together with one that has copies. After each step the copies
that can no longer work are struck out, so that in practice it hardly ever turns back. ``resolvelib`` was
considered: it knows neither "incompatible with it if it is there" nor "one of these provides it", and would
have to be told of circles after the fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.order import load_order, natural

#: Copies of each mod by id, the preferred one first.
Copies = Mapping[str, Sequence[Manifest]]
#: Stands for leaving a mod out, where that is allowed.
OUT = -1
#: After so many steps a search is given up: a stranger's rules must not hang the game.
MAX_STEPS = 5_000

_Domains = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class CopyConflict:
    """Why a mod stays out whichever copies are taken."""

    others: tuple[str, ...]
    """Mods before it with which it does not go."""
    about: tuple[str, ...]
    """The mods with several copies that it is about."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One copy of each mod."""

    places: Mapping[str, int]
    """Of each id, the place of its copy."""
    quarrels: Mapping[str, CopyConflict]
    """By the id of the mod that stays out."""


def choose(
    copies: Copies,
    enabled: Collection[str],
    player_order: Sequence[str] = (),
    game_version: Version | None = None,
    provides: Mapping[str, Version] | None = None,
) -> Choice:
    """Choose a copy of each mod.

    Parameters
    ----------
    copies
        Of every mod that can be read, the preferred copy first.
    enabled
        Ids that shall load.
    player_order
        Ids as the player put them: the first one is asked first.
    game_version
        Copies for another version of the game are passed over where there is a better one.
    provides
        Ids that the game itself brings.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, version, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": version, **more}, id)
    >>> copies = {"hud": [mod("hud", "1", requires={"lib": "<2"})], "lib": [mod("lib", "2"), mod("lib", "1")]}
    >>> choose(copies, copies).places
    {'hud': 0, 'lib': 1}
    """
    places = dict.fromkeys(copies, 0)
    quarrels: dict[str, CopyConflict] = {}
    if not any(len(copies[mod]) > 1 for mod in enabled):
        return Choice(places, quarrels)
    fitting = {mod: _for_game(copies[mod], game_version) for mod in enabled}
    rank = {mod: place for place, mod in enumerate(player_order)}
    places.update((mod, found[0]) for mod, found in fitting.items() if found)
    for group in _groups({mod: copies[mod] for mod in sorted(enabled)}):
        group.sort(key=lambda mod: (rank.get(mod, len(rank)), natural(mod), mod))
        chosen, out = _Search(copies, {mod: fitting[mod] for mod in group}, provides or {}).run()
        places.update(chosen)
        quarrels.update(out)
    return Choice(places, quarrels)


def _for_game(copies: Sequence[Manifest], game_version: Version | None) -> tuple[int, ...]:
    return tuple(
        place
        for place, one in enumerate(copies)
        if game_version is None or one.game_version.contains(game_version, prereleases=True)
    )


def _groups(copies: Copies) -> list[list[str]]:
    """Give the mods that hang together with one that has copies, group by group."""
    by_id: dict[str, set[str]] = defaultdict(set)  # who is or provides an id
    for mod, several in copies.items():
        by_id[mod].add(mod)
        for one in several:
            for other in one.provides:
                by_id[other].add(mod)
    near: dict[str, set[str]] = defaultdict(set)
    for mod, several in copies.items():
        for one in several:
            for wanted in (*one.requires, *one.incompatible):
                for other in by_id.get(wanted, ()):
                    near[mod].add(other)
                    near[other].add(mod)
    groups = []
    seen: set[str] = set()
    for start in [mod for mod, several in copies.items() if len(several) > 1]:
        if start not in seen:
            group, stack = {start}, [start]
            while stack:
                new = near[stack.pop()] - group
                group |= new
                stack += new
            seen |= group
            groups.append(sorted(group))
    return groups


class _Search:
    """The search among the copies of one group."""

    def __init__(self, copies: Copies, places: Mapping[str, tuple[int, ...]], game: Mapping[str, Version]) -> None:
        self.copies = copies
        self.game = game
        self.order = list(places)
        # Who could provide each id, and who must be asked again when a mod's copies are struck out.
        self.givers: dict[str, list[tuple[str, int, Version]]] = defaultdict(list)
        self.affected: dict[str, set[str]] = defaultdict(set)
        for mod, own in places.items():
            for place in own:
                one = copies[mod][place]
                self.givers[mod].append((mod, place, one.version))
                for other, version in one.provides.items():
                    self.givers[other].append((mod, place, version))
        for mod, own in places.items():
            for place in own:
                one = copies[mod][place]
                for wanted in one.requires:
                    for giver, _, _ in self.givers.get(wanted, ()):
                        self.affected[giver].add(mod)
                for other in one.incompatible.keys() & places.keys():
                    self.affected[other].add(mod)
                    self.affected[mod].add(other)
        # What can never load, whatever is chosen, only stands in the way.
        free = {mod: (*own, OUT) for mod, own in places.items()}
        possible = self._struck(free, self.order)
        assert possible is not None, "leaving all out is always possible"
        self.possible = {mod: own for mod, own in possible.items() if own != (OUT,)}
        self.order = [mod for mod in self.order if mod in self.possible]

    def run(self) -> tuple[dict[str, int], dict[str, CopyConflict]]:
        """Give the copies chosen, and why mods stay out that could load with other copies."""
        kept: list[str] = []
        out: list[tuple[str, list[str]]] = []
        rest = self.order
        while rest:
            fits = self._longest(kept, rest)
            kept += rest[:fits]
            if fits < len(rest):
                out.append((rest[fits], list(kept)))
            rest = rest[fits + 1 :]
        found = self._fit(kept)
        assert found is not None, "what is kept has been found to fit"
        quarrels = {}
        for mod, before in out:
            if self._could_be_met(mod, kept) and (core := self._core(before, mod)):
                quarrels[mod] = CopyConflict(tuple(core), self._about([*core, mod]))
        return {mod: place for mod, place in found.items() if place != OUT}, quarrels

    def _longest(self, kept: list[str], rest: list[str]) -> int:
        """Tell how many of `rest` fit in, from the first on."""
        if self._fit([*kept, *rest]) is not None:
            return len(rest)
        low, high = 0, len(rest) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._fit([*kept, *rest[:middle]]) is not None:
                low = middle
            else:
                high = middle - 1
        return low

    def _could_be_met(self, mod: str, kept: Collection[str]) -> bool:
        """Tell whether a mod that stays out lacks nothing but the right copies of the mods that are kept."""
        present = {*kept, mod}
        return any(
            all(
                (wanted in self.game and _fits(spec, self.game[wanted]))
                or any(by in present and _fits(spec, version) for by, _, version in self.givers[wanted])
                for wanted, spec in self.copies[mod][place].requires.items()
            )
            for place in self.possible[mod]
            if place != OUT
        )  # fmt: skip

    def _about(self, mods: Sequence[str]) -> tuple[str, ...]:
        """Give the mods with several copies that some mods are, name, or get something from."""
        named = {
            giver
            for mod in mods
            for one in self.copies[mod]
            for wanted in (mod, *one.requires, *one.incompatible)
            for giver, _, _ in self.givers.get(wanted, ())
        }
        return tuple(sorted(mod for mod in named if len(self.copies[mod]) > 1))

    def _core(self, kept: Sequence[str], mod: str) -> list[str]:
        """Give as few as possible of `kept` with which `mod` does not go (QuickXplain; U. Junker, 2004)."""
        if self._fit([mod]) is None:
            return []

        def explain(background: list[str], grown: bool, among: Sequence[str]) -> list[str]:
            if grown and self._fit([*background, mod]) is None:
                return []
            if len(among) == 1:
                return list(among)
            half = len(among) // 2
            right = explain([*background, *among[:half]], bool(half), among[half:])
            left = explain([*background, *right], bool(right), among[:half])
            return [*left, *right]

        return explain([], False, kept)

    def _fit(self, wanted: Iterable[str]) -> dict[str, int] | None:
        """Give a copy for each mod such that all `wanted` load, and others may be out; None where none is."""
        domains: _Domains = dict(self.possible)
        for mod in wanted:
            domains[mod] = tuple(place for place in domains[mod] if place != OUT)
        start = self._struck(domains, self.order)
        stack = [] if start is None else [start]
        for _ in range(MAX_STEPS + 4 * len(self.order)):
            if not stack:
                break
            here = stack.pop()
            undecided = next((mod for mod in self.order if len(here[mod]) > 1), None)
            if undecided is None:
                found = {mod: place for mod, (place,) in here.items()}
                live = {mod: self.copies[mod][place] for mod, place in found.items() if place != OUT}
                if not load_order(live).left_out:
                    return found
                continue
            for place in reversed(here[undecided]):  # the preferred one is looked at next
                narrowed = self._struck({**here, undecided: (place,)}, self.affected[undecided])
                if narrowed is not None:
                    stack.append(narrowed)
        return None

    def _struck(self, domains: _Domains, changed: Iterable[str]) -> _Domains | None:
        """Strike out the copies that cannot load any more; None where a mod is left without any."""
        waiting = dict.fromkeys(changed)
        while waiting:
            mod = next(iter(waiting))
            del waiting[mod]
            own = domains.get(mod)
            if own is None:
                continue
            left = tuple(place for place in own if place == OUT or self._may(mod, place, domains))
            if not left:
                return None
            if left != own:
                domains[mod] = left
                waiting.update(dict.fromkeys(self.affected[mod]))
        return domains

    def _may(self, mod: str, place: int, domains: _Domains) -> bool:
        one = self.copies[mod][place]
        for wanted, spec in one.requires.items():
            if wanted in self.game and _fits(spec, self.game[wanted]):
                continue
            if not any(
                (by != mod or which == place) and which in domains.get(by, ()) and _fits(spec, version)
                for by, which, version in self.givers.get(wanted, ())
            ):
                return False
        for other in self.affected[mod]:
            if other != mod and other in domains and not any(self._go(one, other, which) for which in domains[other]):
                return False
        return True

    def _go(self, one: Manifest, other: str, place: int) -> bool:
        """Tell whether a copy goes with another mod's."""
        if place == OUT:
            return True
        that = self.copies[other][place]
        mine, its = one.incompatible.get(other), that.incompatible.get(one.id)
        return not ((mine is not None and _fits(mine, that.version)) or (its is not None and _fits(its, one.version)))


def _fits(spec: SpecifierSet, version: Version) -> bool:
    return spec.contains(version, prereleases=True)
