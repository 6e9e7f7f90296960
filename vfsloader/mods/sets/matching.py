"""A plan that makes the present set equal to a fingerprint, as far as what is installed allows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vfsloader.errors import OptionError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.sets.comparison import SetDifference
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
from vfsloader.mods.solve.plan import Plan, Resolve
from vfsloader.mods.state import Profile


@dataclass(frozen=True, slots=True)
class MatchPlan(Plan):
    """A plan that restores the set of a fingerprint. It can always be applied; what it cannot restore is named."""

    profile: Profile = field(default_factory=Profile)
    """The choice that the plan makes."""
    missing: tuple[SetDifference, ...] = ()
    """What differs from the fingerprint even then, worst first."""

    @property
    def is_possible(self) -> bool:
        """True: the plan goes as far as it can."""
        return True

    @property
    def is_complete(self) -> bool:
        """Whether nothing differs afterwards."""
        return not self.missing


def match_profile(
    wanted: Fingerprint,
    present: Profile,
    *,
    order: Sequence[str],
    disabled: Collection[str],
    copies: Mapping[str, Sequence[Mod]],
    counts: Callable[[str], bool],
    resolve: Callable[[Profile], Resolve],
) -> Profile:
    """Return the profile that comes nearest to a fingerprint.

    Parameters
    ----------
    wanted
        The fingerprint.
    present, order, disabled
        The profile in use, the player's order of all mods, and all disabled mods.
    copies
        The installed copies of each mod.
    counts
        Return whether a mod is one that fingerprints name; others stay as they are.
    resolve
        Resolves the mods under a profile.
    """
    mods = {mod.id: mod for mod in wanted.mods if mod.id in copies}
    off = {mod for mod in disabled if mod not in mods}
    off |= {mod for mod in copies if mod not in mods and counts(mod)}
    overrides = {mod: rules for mod, rules in present.overrides.items() if mod not in mods}
    options = {mod: values for mod, values in present.options.items() if mod not in mods}
    for mod in mods.values():
        if rules := _rules(mod, copies[mod.id]):
            overrides[mod.id] = rules
        if values := _options(mod, copies[mod.id]):
            options[mod.id] = values
    kept = tuple(choice for choice in present.files if choice.mod not in mods)
    files = (*kept, *(choice for choice in wanted.files if choice.mod in mods))
    profile = replace(
        present,
        order=_in_slots(order, list(mods)),
        disabled=frozenset(off),
        overrides=overrides,
        options=options,
        files=files,
    )
    profile = replace(profile, disabled=_without_required(mods, profile, resolve(profile)))
    found = resolve(profile)(profile.disabled).order
    if [mod for mod in found if mod in mods] != [mod for mod in mods if mod in found]:  # others hold them apart
        others = (mod for mod in profile.order if mod not in mods)
        profile = replace(profile, order=(*mods, *others))
    return profile


def _without_required(wanted: Collection[str], profile: Profile, resolve: Resolve) -> frozenset[str]:
    """Return the disabled mods without those that the wanted ones cannot load without."""
    off, on = set(profile.disabled), set(wanted)
    while True:
        problems = resolve(off).problems
        needed = {problem.other for problem in problems if problem.kind == "disabled" and problem.mod in on} & off
        if not needed:
            return frozenset(off)
        on |= needed
        off -= needed


def _in_slots(order: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return an order in which the wanted ones have exchanged their places, and the others have kept theirs."""
    slots = iter(wanted)
    names = set(wanted)
    return tuple(next(slots) if mod in names else mod for mod in order)


def _rules(mod: ModPrint, copies: Sequence[Mod]) -> dict[str, object]:
    versions = {str(copy.version) for copy in copies}
    chosen = {"version": f"=={mod.version}"} if len(versions) > 1 and mod.version in versions else {}
    return {**mod.rules, **chosen}


def _options(mod: ModPrint, copies: Sequence[Mod]) -> dict[str, object]:
    copy = next((copy for copy in copies if str(copy.version) == mod.version), copies[0])
    values: dict[str, object] = {}
    for name, value in mod.options.items():
        option = copy.manifest.options.get(name)
        try:
            values[name] = value if option is None else option.check(value)
        except OptionError:
            continue
    return values
