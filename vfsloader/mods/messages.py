"""Every sentence that a player or modder reads about mods: the fix first, then the why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: kind -> (what to do, why). Names in braces are filled from the problem's facts.
SENTENCES = {
    "unreadable": ("Repair or remove {where}", "it cannot be read: {reason}"),
    "manifest": ("Ask the author of {where} for a mended mod", "its manifest is wrong: {reason}"),
    "duplicate": ("Remove one of {where} and {other}", "both are {mod} {version}; {other} is used"),
    "unused_copy": ("Nothing to do", "{mod} {found} from {other} is used, and {where} holds {mod} {version}"),
    "game_version": ("Get another version of {mod}", "it is made for game version {wanted}, and this is {found}"),
    "missing": ("Install {wanted}{constraint}", "{mod} requires it{near}"),
    "disabled": ("Enable {wanted}", "{mod} requires it"),
    "version": ("Update {wanted} to {constraint}", "{mod} requires that, and {found} is installed"),
    "broken": ("First mend {wanted}", "{mod} requires it, and it is left out itself"),
    "copy": ("{fix}", "{mod} requires {wanted}{constraint}, and the copy of {by} that would do cannot load: {why}"),
    "copies": ("Disable {mod} or {names}", "no choice among the copies of {about} lets them load together"),
    "incompatible": ("Disable {mod} or {other}", "{rule} says that they do not work together"),
    "cycle": ("Disable one of {names}", "each must load after another: {circle}"),
    "soft_cycle": ("Nothing to do; tell the author of {mod}", "its wish to load {rule} {other} closes a circle"),
    "absent": ("Install {wanted} to get more out of {mod}", "{mod} recommends it"),
    "shadowed": (
        "Tell the author of {other} to ship {path}.merge instead",
        "{other} replaces {path} whole, and what {mod} changes in it counts for nothing",
    ),
    "refused": ("Tell the author of {mod}", "what it changes in {path} does not fit: {reason}"),
    "advice": (
        "Move {mod} above {other}, if you want to see more of it",
        "{other} takes {lost} from it, and overrides more than {mod} ({most} against {least})",
    ),
    "override": ("Mend overrides.{mod} in mods.json", "it is not followed: {reason}"),
    "state": ("Nothing to do", "{where} was damaged ({reason}); it was set aside as {other} and made anew"),
}

#: Kinds that leave the mod in: the game plays on, somebody may want to know.
WARNINGS = frozenset(
    {"soft_cycle", "absent", "duplicate", "unused_copy", "shadowed", "refused", "advice", "override", "state"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the mods that a player should know.

    ``str(problem)`` is the whole sentence.
    """

    kind: str
    mod: str
    """The mod's id, or the file's name where it has none."""
    fix: str
    why: str
    chain: tuple[str, ...] = ()
    """Ids from the root cause to `mod`."""
    other: str = ""
    """The other mod that it is about: the one required, recommended or not worked with."""

    @property
    def is_warning(self) -> bool:
        """Whether the mod loads all the same."""
        return self.kind in WARNINGS

    def __str__(self) -> str:
        return f"{self.fix}: {self.why}" if self.why.endswith((".", "?")) else f"{self.fix}: {self.why}."


def problem(kind: str, mod: str, *, chain: Iterable[str] = (), **facts: object) -> Problem:
    """Make a problem out of its kind and facts."""
    fix, why = SENTENCES[kind]
    facts["mod"] = mod
    other = str(facts.get("wanted") or facts.get("other") or "")
    return Problem(kind, mod, fix.format_map(facts), why.format_map(facts), tuple(chain), other)
