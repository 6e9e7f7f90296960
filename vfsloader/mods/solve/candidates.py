"""Which copy of a mod to use if a player has several: two downloads of one mod, or an old one that another needs.

Pure. If some choice lets every enabled mod load, such a choice is found, with the newest copies that it allows; the
player's first mod chooses first. Otherwise mods are taken in the player's order as long as they fit together. Each mod
that stays out is reported with those that it conflicts with.

The search is depth first over the mods that are connected to one that has several copies. After each step, the copies
that can no longer load are removed, so that in practice it hardly ever backtracks. ``resolvelib`` was considered. It
supports neither "incompatible if present" nor "any of these provides it", and would only learn of circles afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import Version

from vfsloader.mods.metadata.manifest import Manifest
from vfsloader.mods.solve.order import load_order
from vfsloader.mods.solve.providers import Copies, providers
from vfsloader.mods.solve.versions import fits
from vfsloader.paths import natural_key

#: Stands for leaving a mod out, where that is allowed.
OUT = -1
#: A search stops after this many steps: untrusted rules must not hang the game.
MAX_STEPS = 5_000

_Domains = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class CopyConflict:
    """Why a mod stays out, whichever copies are chosen."""

    others: tuple[str, ...]
    """Earlier mods that it cannot load together with."""
    about: tuple[str, ...]
    """The mods with several copies that are involved."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One copy of each mod."""

    copy_index: Mapping[str, int]
    """By id, the index of the chosen copy."""
    conflicts: Mapping[str, CopyConflict]
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
        The copies of every mod that can be read, the preferred copy first.
    enabled
        Ids that should load.
    player_order
        Ids in the player's order. The first one chooses first.
    game_version
        Copies for another version of the game are passed over if there is a better one.
    provides
        Ids that the game itself provides.

    Examples
    --------
    >>> from vfsloader.mods import parse_manifest
    >>> def mod(id, version, **more):
    ...     return parse_manifest({"id": id, "name": id, "version": version, **more}, id)
    >>> copies = {"hud": [mod("hud", "1", requires={"lib": "<2"})], "lib": [mod("lib", "2"), mod("lib", "1")]}
    >>> choose(copies, copies).copy_index
    {'hud': 0, 'lib': 1}
    """
    copy_index = dict.fromkeys(copies, 0)
    conflicts: dict[str, CopyConflict] = {}
    if not any(len(copies[mod]) > 1 for mod in enabled):
        return Choice(copy_index, conflicts)
    usable = {
        mod: tuple(
            index
            for index, manifest in enumerate(copies[mod])
            if game_version is None or fits(manifest.game_version, game_version)
        )
        for mod in enabled
    }
    rank = {mod: index for index, mod in enumerate(player_order)}
    copy_index.update((mod, indices[0]) for mod, indices in usable.items() if indices)
    for group in _groups({mod: copies[mod] for mod in sorted(enabled)}):
        group.sort(key=lambda mod: (rank.get(mod, len(rank)), natural_key(mod), mod))
        chosen, left_out = _Search(copies, {mod: usable[mod] for mod in group}, provides or {}).run()
        copy_index.update(chosen)
        conflicts.update(left_out)
    return Choice(copy_index, conflicts)


def _groups(copies: Copies) -> list[list[str]]:
    """Return the groups of connected mods that contain one with several copies."""
    by_id = providers(copies)
    neighbours: dict[str, set[str]] = defaultdict(set)
    for mod, manifests in copies.items():
        for manifest in manifests:
            for wanted in (*manifest.requires, *manifest.incompatible):
                for other, _, _ in by_id.get(wanted, ()):
                    neighbours[mod].add(other)
                    neighbours[other].add(mod)
    groups = []
    seen: set[str] = set()
    for start in [mod for mod, manifests in copies.items() if len(manifests) > 1]:
        if start not in seen:
            group, stack = {start}, [start]
            while stack:
                new = neighbours[stack.pop()] - group
                group |= new
                stack += new
            seen |= group
            groups.append(sorted(group))
    return groups


class _Search:
    """The search among the copies of one group.

    A domain is the tuple of copies of a mod, by index, that may still be chosen; :data:`OUT` in it means that the mod
    may stay out.
    """

    def __init__(self, copies: Copies, usable: Mapping[str, tuple[int, ...]], game: Mapping[str, Version]) -> None:
        self.copies = copies
        self.game = game
        self.order = list(usable)
        by_id = providers({mod: copies[mod] for mod in usable})
        self.providers = {
            wanted: [provider for provider in offers if provider.copy_index in usable[provider.mod]]
            for wanted, offers in by_id.items()
        }
        # Which mods to check again when copies of a mod are removed.
        self.affected: dict[str, set[str]] = defaultdict(set)
        for mod, indices in usable.items():
            for index in indices:
                manifest = copies[mod][index]
                for wanted in manifest.requires:
                    for provider, _, _ in self.providers.get(wanted, ()):
                        self.affected[provider].add(mod)
                for other in manifest.incompatible.keys() & usable.keys():
                    self.affected[other].add(mod)
                    self.affected[mod].add(other)
        # Leave out of the search what can never load, whatever is chosen.
        possible = self._narrow({mod: (*indices, OUT) for mod, indices in usable.items()}, self.order)
        assert possible is not None, "leaving every mod out is always possible"
        self.possible = {mod: domain for mod, domain in possible.items() if domain != (OUT,)}
        self.order = [mod for mod in self.order if mod in self.possible]

    def run(self) -> tuple[dict[str, int], dict[str, CopyConflict]]:
        """Return the chosen copies, and why mods stay out that could load with other copies."""
        kept: list[str] = []
        left_out: list[tuple[str, list[str]]] = []
        rest = self.order
        while rest:
            count = self._longest(kept, rest)
            kept += rest[:count]
            if count < len(rest):
                left_out.append((rest[count], list(kept)))
            rest = rest[count + 1 :]
        chosen = self._fit(kept)
        assert chosen is not None, "`_longest` found a choice for these"
        conflicts = {}
        for mod, before in left_out:
            if self._could_be_met(mod, kept) and (core := self._core(before, mod)):
                conflicts[mod] = CopyConflict(tuple(core), self._about([*core, mod]))
        return {mod: index for mod, index in chosen.items() if index != OUT}, conflicts

    def _longest(self, kept: list[str], rest: list[str]) -> int:
        """Return how many of `rest`, from the first on, fit together with `kept`."""
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
        """Return whether a mod that stays out lacks only the right copies of the mods that are kept."""
        domains = {other: self.possible[other] for other in (*kept, mod)}
        return any(index != OUT and self._is_met(mod, index, domains, any_copy=True) for index in self.possible[mod])

    def _about(self, mods: Sequence[str]) -> tuple[str, ...]:
        """Return the mods with several copies that some mods are, name, or depend on."""
        named = {
            provider
            for mod in mods
            for manifest in self.copies[mod]
            for wanted in (mod, *manifest.requires, *manifest.incompatible)
            for provider, _, _ in self.providers.get(wanted, ())
        }
        return tuple(sorted(mod for mod in named if len(self.copies[mod]) > 1))

    def _core(self, kept: Sequence[str], mod: str) -> list[str]:
        """Return as few as possible of `kept` that conflict with `mod` (QuickXplain; U. Junker, 2004)."""
        if self._fit([mod]) is None:
            return []

        def explain(background: list[str], has_grown: bool, among: Sequence[str]) -> list[str]:
            if has_grown and self._fit([*background, mod]) is None:
                return []
            if len(among) == 1:
                return list(among)
            half = len(among) // 2
            right = explain([*background, *among[:half]], bool(half), among[half:])
            left = explain([*background, *right], bool(right), among[:half])
            return [*left, *right]

        return explain([], False, kept)

    def _fit(self, wanted: Iterable[str]) -> dict[str, int] | None:
        """Return a copy for each mod so that all `wanted` load and others may stay out, or None if there is none."""
        domains: _Domains = dict(self.possible)
        for mod in wanted:
            domains[mod] = tuple(index for index in domains[mod] if index != OUT)
        start = self._narrow(domains, self.order)
        stack = [] if start is None else [start]
        for _ in range(MAX_STEPS + 4 * len(self.order)):
            if not stack:
                break
            domains = stack.pop()
            undecided = next((mod for mod in self.order if len(domains[mod]) > 1), None)
            if undecided is None:
                chosen = {mod: index for mod, (index,) in domains.items()}
                live = {mod: self.copies[mod][index] for mod, index in chosen.items() if index != OUT}
                if not load_order(live).left_out:
                    return chosen
                continue
            for index in reversed(domains[undecided]):  # the preferred copy is on top of the stack
                narrowed = self._narrow({**domains, undecided: (index,)}, self.affected[undecided])
                if narrowed is not None:
                    stack.append(narrowed)
        return None

    def _narrow(self, domains: _Domains, changed: Iterable[str]) -> _Domains | None:
        """Remove the copies that cannot load any more. Return None if a mod has nothing left."""
        waiting = dict.fromkeys(changed)
        while waiting:
            mod = next(iter(waiting))
            del waiting[mod]
            domain = domains.get(mod)
            if domain is None:
                continue
            left = tuple(index for index in domain if index == OUT or self._may_load(mod, index, domains))
            if not left:
                return None
            if left != domain:
                domains[mod] = left
                waiting.update(dict.fromkeys(self.affected[mod]))
        return domains

    def _may_load(self, mod: str, index: int, domains: _Domains) -> bool:
        if not self._is_met(mod, index, domains):
            return False
        manifest = self.copies[mod][index]
        return all(
            any(self._go_together(manifest, other, which) for which in domains[other])
            for other in self.affected[mod]
            if other != mod and other in domains
        )

    def _is_met(self, mod: str, index: int, domains: _Domains, *, any_copy: bool = False) -> bool:
        """Return whether some choice meets what a copy requires; with `any_copy`, of any copy of mods in `domains`."""
        for wanted, constraint in self.copies[mod][index].requires.items():
            if wanted in self.game and fits(constraint, self.game[wanted]):
                continue
            if not any(
                provider in domains
                and (any_copy or (which in domains[provider] and (provider != mod or which == index)))
                and fits(constraint, version)
                for provider, which, version in self.providers.get(wanted, ())
            ):
                return False
        return True

    def _go_together(self, manifest: Manifest, other: str, index: int) -> bool:
        """Return whether a copy is compatible with another mod's."""
        if index == OUT:
            return True
        that = self.copies[other][index]
        mine, its = manifest.incompatible.get(other), that.incompatible.get(manifest.id)
        return not (
            (mine is not None and fits(mine, that.version)) or (its is not None and fits(its, manifest.version))
        )
