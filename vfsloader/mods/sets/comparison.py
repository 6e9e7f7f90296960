"""How the present set of mods differs from a fingerprint, worst first, in a player's words. Pure."""

from __future__ import annotations

import bisect
import json
from collections.abc import Container, Sequence
from dataclasses import dataclass

from vfsloader.mods import messages
from vfsloader.mods.conditions import same_scalar
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint

#: The kinds of differences, worst first.
KINDS = ("game", "missing", "disabled", "broken", "extra", "version", "content", "order", "option", "rules", "files")


@dataclass(frozen=True, slots=True)
class SetDifference:
    """One difference between the present set and a fingerprint. ``str(difference)`` is a sentence for the player."""

    mod: str
    """The id; empty if the difference is not about one mod."""
    kind: str
    """``missing`` (not installed), ``disabled``, ``broken`` (it cannot load), ``extra``, ``version``, ``content``,
    ``order``, ``option``, ``rules``, ``files`` or ``game``."""
    wanted: str = ""
    """What the fingerprint has."""
    found: str = ""
    """What is there now."""
    option: str = ""
    """The name of the option."""
    name: str = ""
    """The name of the mod."""
    breaks_save: bool = False
    """Whether the author of the mod says that a save can break without it."""
    homepage: str = ""
    """Where the mod can be had, as its author says."""

    def __str__(self) -> str:
        where = f"; it can be had from {self.homepage}" if self.homepage else ""
        facts = {"name": self.name or self.mod, "wanted": self.wanted, "found": self.found, "key": self.option}
        sentence = messages.fill(messages.SET_DIFFERENCES[self.kind], where=where, **facts)
        return sentence + (messages.BREAKS_SAVE if self.breaks_save else "")


def compare(
    wanted: Fingerprint, present: Fingerprint, installed: Container[str] = (), disabled: Container[str] = ()
) -> list[SetDifference]:
    """Return what differs, worst first: nothing if both have the same digest.

    Parameters
    ----------
    wanted
        A fingerprint, as of a save.
    present
        That of the present set.
    installed, disabled
        The ids of all mods that are installed, and of those that are disabled.

    Examples
    --------
    >>> winter = ModPrint("winter", "1.0", "00ff", "Winter")
    >>> for difference in compare(Fingerprint((winter,)), Fingerprint()):
    ...     print(difference)
    Install Winter 1.0: it was in use.
    """
    theirs = {mod.id: mod for mod in wanted.mods}
    ours = {mod.id: mod for mod in present.mods}
    found = []
    if wanted.game_version != present.game_version:
        found.append(SetDifference("", "game", wanted.game_version or "unknown", present.game_version or "unknown"))
    for mod in wanted.mods:
        if mod.id not in ours:
            kind = "missing" if mod.id not in installed else "disabled" if mod.id in disabled else "broken"
            found.append(_difference(mod, kind, mod.version, breaks_save=mod.needed))
        else:
            found += _of_both(mod, ours[mod.id])
    found += [_difference(mod, "extra", "", mod.version) for mod in present.mods if mod.id not in theirs]
    common = [mod for mod in present.mods if mod.id in theirs]
    rank = {mod.id: index for index, mod in enumerate(wanted.mods)}
    order = " < ".join(mod.name or mod.id for mod in wanted.mods if mod.id in ours)
    found += [_difference(common[index], "order", order) for index in _moved([rank[mod.id] for mod in common])]
    if wanted.files != present.files:
        found.append(SetDifference("", "files"))
    return sorted(found, key=lambda difference: (not difference.breaks_save, KINDS.index(difference.kind)))


def _of_both(wanted: ModPrint, found: ModPrint) -> list[SetDifference]:
    differences = []
    if wanted.version != found.version:
        differences.append(_difference(wanted, "version", wanted.version, found.version))
    elif wanted.sha256 != found.sha256:
        differences.append(_difference(wanted, "content", wanted.version, found.version))
    for name in sorted({*wanted.options, *found.options}):
        values = [options.get(name) for options in (wanted.options, found.options)]
        if not same_scalar(*values):
            texts = ["its default" if value is None else str(value) for value in values]
            differences.append(_difference(wanted, "option", *texts, option=name))
    if json.dumps(wanted.rules, sort_keys=True) != json.dumps(found.rules, sort_keys=True):
        differences.append(_difference(wanted, "rules"))
    return differences


def _difference(
    mod: ModPrint, kind: str, wanted: str = "", found: str = "", *, option: str = "", breaks_save: bool = False
) -> SetDifference:
    homepage = mod.homepage if kind in ("missing", "version", "content") else ""
    return SetDifference(mod.id, kind, wanted, found, option, mod.name, breaks_save, homepage)


def _moved(ranks: Sequence[int]) -> list[int]:
    """Return the fewest positions without which the ranks are in order."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for index, rank in enumerate(ranks):
        at = bisect.bisect_left(tails, rank)
        before.append(ends[at - 1] if at else None)
        tails[at : at + 1] = [rank]
        ends[at : at + 1] = [index]
    kept = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return [index for index in range(len(ranks)) if index not in kept]
